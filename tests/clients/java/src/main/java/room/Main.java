package room;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The day of tests/clients/README.md with a Java client: lettuce|jedis PORT single|cluster RESP [extras]. */
public final class Main {
    private static final ExecutorService STEPS = Executors.newCachedThreadPool();
    private static int failures;

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[1]);
        boolean cluster = args[2].equals("cluster");
        int protocol = Integer.parseInt(args[3]);
        Client.Connect connect = args[0].equals("lettuce")
                ? (user, db) -> LettuceClient.connect(port, cluster, protocol, user, db)
                : (user, db) -> JedisClient.connect(port, cluster, protocol, user, db);
        String name = args[0] + "-" + version(args[0]);
        String room = "room:" + name + "-resp" + protocol;
        if (args.length > 4) {
            step("SELECT, MULTI", () -> wanted(2, connect.connect("gateway", 1).transaction(
                    List.of(new String[] {"ROOM.CREATE", room, "ada"}, new String[] {"ROOM.JOIN", room, "ada"}))));
        } else {
            gatewayDay(connect, room);
            warehouseDay(connect, room, cluster);
        }
        System.out.println(name + ": " + failures + " failed");
        System.exit(failures > 0 ? 1 : 0);
    }

    private static String version(String client) {
        Package own = client.equals("lettuce")
                ? io.lettuce.core.RedisClient.class.getPackage()
                : redis.clients.jedis.Jedis.class.getPackage();
        return own.getImplementationVersion();
    }

    private static void gatewayDay(Client.Connect connect, String room) {
        Client gateway = step("connect", () -> connect.connect("gateway", 0));
        if (gateway == null) return;
        step("COMMAND", () -> documentation(gateway.masters().get(0)));
        Client.Inbox frames = step("subscribe", () -> gateway.subscribe("__room@0__:{" + room + "}"));
        step("CREATE", () -> json(gateway.run(room, "ROOM.CREATE", room, "ada", "TITLE", "Client")));
        JsonObject joined = step("JOIN",
                () -> json(gateway.run(room, "ROOM.JOIN", room, "ada", "GATEWAY", "g1", "SESSION", "s1")));
        step("COMMENT", () -> wanted(1L, gateway.run(room, "ROOM.COMMENT", room, "ada", "héllo 👏")));
        step("frame", () -> {
            frames.await(message -> message.text().contains("héllo 👏"));
            return true;
        });
        step("STATE", () -> json(gateway.run(room, "ROOM.STATE", room, "-")));
        step("EVENTS", () -> json(gateway.run(room, "ROOM.EVENTS", room, "-", joined.get("epoch").getAsString(), "1")));
        step("SESSIONS", () -> json(gateway.run(room, "ROOM.SESSIONS", room, "g1")));
        step("BEAT", () -> wanted(1L, ((List<?>) gateway.run(room, "ROOM.BEAT", room, "g1")).get(0)));
        step("LIST", () -> wanted(true, keysOf(gateway, "COUNT", "1000").contains(room)));
        step("LEAVE", () -> gateway.run(room, "ROOM.LEAVE", room, "ada", "SESSION", "s1", "GATEWAY", "g1"));
        refused("PURGE", () -> gateway.run(room, "ROOM.PURGE", room));
        refused("EXPORT", () -> gateway.run(room, "ROOM.EXPORT", room, "0"));
        refused("another prefix", () -> gateway.run("lobby:1", "ROOM.STATE", "lobby:1", "-"));
        refused("GET", () -> gateway.run(room, "GET", room));
        refused("DEL", () -> gateway.run(room, "DEL", room));
        refused("another channel", () -> connect.connect("gateway", 0).subscribe("news"));
        step("END", () -> json(gateway.run(room, "ROOM.END", room, "ada")));
    }

    private static void warehouseDay(Client.Connect connect, String room, boolean cluster) {
        Client warehouse = step("connect (warehouse)", () -> connect.connect("warehouse", 0));
        if (warehouse == null) return;
        step("LIST ended", () -> wanted(true, keysOf(warehouse, "STATE", "ended", "COUNT", "1000").contains(room)));
        step("INFO", () -> warehouse.run(room, "ROOM.INFO", room));
        Client.Inbox notes = cluster ? null
                : step("psubscribe", () -> warehouse.psubscribe("__keyevent@*__:room.*"));
        step("EXPORT", () -> {
            Set<String> kinds = new HashSet<>();
            String cursor = "0";
            do {
                List<?> page = (List<?>) warehouse.run(room, "ROOM.EXPORT", room, cursor, "COUNT", "2");
                for (Object line : (List<?>) page.get(1)) kinds.add(json(line).get("kind").getAsString());
                cursor = (String) page.get(0);
            } while (!cursor.equals("0"));
            return wanted(true, kinds.containsAll(List.of("room", "member", "visit", "comment")));
        });
        step("subscribe (warehouse)", () -> connect.connect("warehouse", 0).subscribe("__room@0__:{" + room + "}"));
        refused("JOIN (warehouse)", () -> warehouse.run(room, "ROOM.JOIN", room, "ada"));
        refused("another prefix (warehouse)", () -> warehouse.run("lobby:1", "ROOM.PURGE", "lobby:1"));
        refused("DEL (warehouse)", () -> warehouse.run(room, "DEL", room));
        step("PURGE", () -> wanted(1L, warehouse.run(room, "ROOM.PURGE", room)));
        if (notes != null) {
            step("notification", () -> {
                notes.await(message -> message.channel().endsWith(":room.purge"));
                return true;
            });
        }
    }

    private static Object documentation(Client.Run run) throws Exception {
        List<?> names = (List<?>) run.run("COMMAND", "LIST", "FILTERBY", "MODULE", "room");
        List<String> command = new ArrayList<>(List.of("COMMAND", "DOCS"));
        for (Object name : names) command.add((String) name);
        List<?> docs = (List<?>) run.run(command.toArray(new String[0]));
        wanted(true, names.size() > 40);
        wanted(names.size() * 2, docs.size());
        String info = String.valueOf(run.run("COMMAND", "INFO", "room.state"));
        if (!info.contains("reply:json")) throw new IllegalStateException("no tips: " + info);
        return info;
    }

    private static List<Object> keysOf(Client client, String... filters) throws Exception {
        List<Object> keys = new ArrayList<>();
        for (Client.Run run : client.masters()) {
            List<String> command = new ArrayList<>(List.of("ROOM.LIST"));
            command.addAll(List.of(filters));
            keys.addAll((List<?>) ((List<?>) run.run(command.toArray(new String[0]))).get(1));
        }
        return keys;
    }

    private static JsonObject json(Object reply) {
        return JsonParser.parseString((String) reply).getAsJsonObject();
    }

    private static <T> T wanted(Object want, T got) {
        if (!want.equals(got)) throw new IllegalStateException("got " + got);
        return got;
    }

    private static <T> T step(String name, Callable<T> act) {
        try {
            return STEPS.submit(act).get(10, TimeUnit.SECONDS);
        } catch (TimeoutException error) {
            failures++;
            System.out.println("FAILED " + name + ": no answer in 10 s");
        } catch (Exception error) {
            failures++;
            System.out.println("FAILED " + name + ": " + reason(error));
        }
        return null;
    }

    private static void refused(String name, Callable<?> act) {
        step("refuse " + name, () -> {
            Object reply;
            try {
                reply = act.call();
            } catch (Exception error) {
                if (reason(error).contains("NOPERM")) return true;
                throw error;
            }
            throw new IllegalStateException("allowed: " + reply);
        });
    }

    /** The messages of an error and of its causes. */
    private static String reason(Throwable error) {
        StringBuilder text = new StringBuilder();
        for (Throwable each = error; each != null; each = each.getCause()) text.append(each).append(" / ");
        return text.toString();
    }
}
