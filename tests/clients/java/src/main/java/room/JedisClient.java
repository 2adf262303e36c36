package room;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPool;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.JedisPooled;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.JedisShardedPubSub;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.util.KeyValue;

final class JedisClient implements Client {
    private final UnifiedJedis client;
    private final boolean cluster;

    private JedisClient(UnifiedJedis client, boolean cluster) {
        this.client = client;
        this.cluster = cluster;
    }

    static Client connect(int port, boolean cluster, int protocol, String user, int db) {
        DefaultJedisClientConfig config = DefaultJedisClientConfig.builder().user(user).password("change-me").database(db)
                .protocol(protocol == 2 ? RedisProtocol.RESP2 : RedisProtocol.RESP3).build();
        HostAndPort server = new HostAndPort("127.0.0.1", port);
        return new JedisClient(cluster ? new JedisCluster(Set.of(server), config) : new JedisPooled(server, config), cluster);
    }

    private record Verb(String text) implements ProtocolCommand {
        @Override
        public byte[] getRaw() {
            return text.getBytes(StandardCharsets.UTF_8);
        }
    }

    private static String[] rest(String... command) {
        return Arrays.copyOfRange(command, 1, command.length);
    }

    @Override
    public Object run(String key, String... command) {
        return decoded(client.sendCommand(key, new Verb(command[0]), rest(command)));
    }

    @Override
    public List<Run> masters() {
        List<Run> runs = new ArrayList<>();
        if (cluster) {
            for (ConnectionPool pool : ((JedisCluster) client).getClusterNodes().values()) {
                runs.add(command -> {
                    try (Connection connection = pool.getResource()) {
                        connection.sendCommand(new Verb(command[0]), rest(command));
                        return decoded(connection.getOne());
                    }
                });
            }
        } else {
            runs.add(command -> decoded(client.sendCommand(new Verb(command[0]), rest(command))));
        }
        return runs;
    }

    /** Bytes become strings, and RESP3 maps become flat lists. */
    private static Object decoded(Object reply) {
        if (reply instanceof byte[] bytes) return new String(bytes, StandardCharsets.UTF_8);
        if (!(reply instanceof List<?> items)) return reply;
        List<Object> list = new ArrayList<>();
        for (Object item : items) {
            if (item instanceof KeyValue<?, ?> pair) {
                list.add(decoded(pair.getKey()));
                list.add(decoded(pair.getValue()));
            } else {
                list.add(decoded(item));
            }
        }
        return list;
    }

    /** Jedis blocks a thread for each subscription. */
    private static void start(CompletableFuture<Void> confirmed, Runnable subscribe) throws Exception {
        Thread thread = new Thread(() -> {
            try {
                subscribe.run();
            } catch (Exception error) {
                confirmed.completeExceptionally(error);
            }
        });
        thread.setDaemon(true);
        thread.start();
        confirmed.get(5, TimeUnit.SECONDS);
    }

    @Override
    public Inbox subscribe(String channel) throws Exception {
        Inbox inbox = new Inbox();
        CompletableFuture<Void> confirmed = new CompletableFuture<>();
        if (cluster) {
            JedisShardedPubSub subscriber = new JedisShardedPubSub() {
                @Override
                public void onSMessage(String from, String text) {
                    inbox.put(from, text);
                }

                @Override
                public void onSSubscribe(String from, int count) {
                    confirmed.complete(null);
                }
            };
            start(confirmed, () -> ((JedisCluster) client).ssubscribe(subscriber, channel));
        } else {
            start(confirmed, () -> client.subscribe(subscriber(inbox, confirmed), channel));
        }
        return inbox;
    }

    private static JedisPubSub subscriber(Inbox inbox, CompletableFuture<Void> confirmed) {
        return new JedisPubSub() {
            @Override
            public void onMessage(String from, String text) {
                inbox.put(from, text);
            }

            @Override
            public void onPMessage(String pattern, String from, String text) {
                inbox.put(from, text);
            }

            @Override
            public void onSubscribe(String from, int count) {
                confirmed.complete(null);
            }

            @Override
            public void onPSubscribe(String pattern, int count) {
                confirmed.complete(null);
            }
        };
    }

    @Override
    public Inbox psubscribe(String pattern) throws Exception {
        Inbox inbox = new Inbox();
        CompletableFuture<Void> confirmed = new CompletableFuture<>();
        start(confirmed, () -> client.psubscribe(subscriber(inbox, confirmed), pattern));
        return inbox;
    }

    @Override
    public int transaction(List<String[]> commands) {
        try (var transaction = client.multi()) {
            for (String[] command : commands) transaction.sendCommand(new Verb(command[0]), rest(command));
            return transaction.exec().size();
        }
    }
}
