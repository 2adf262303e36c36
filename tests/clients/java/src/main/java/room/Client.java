package room;

import java.util.List;
import java.util.function.Predicate;

/** What the day needs of a connection. Replies are strings, numbers, lists (also of maps, flat) or null. */
interface Client {
    /** Sends a command with this key. */
    Object run(String key, String... command) throws Exception;

    /** A way to each master. A single server is one. */
    List<Run> masters() throws Exception;

    /** Returns when the server has confirmed it. In a cluster it uses SSUBSCRIBE. */
    Inbox subscribe(String channel) throws Exception;

    Inbox psubscribe(String pattern) throws Exception;

    /** The number of replies of EXEC. */
    int transaction(List<String[]> commands) throws Exception;

    interface Run {
        Object run(String... command) throws Exception;
    }

    interface Connect {
        Client connect(String user, int db) throws Exception;
    }

    record Message(String channel, String text) {}

    /** Collects messages. */
    final class Inbox {
        private final List<Message> messages = new java.util.ArrayList<>();

        synchronized void put(String channel, String text) {
            messages.add(new Message(channel, text));
            notifyAll();
        }

        synchronized void await(Predicate<Message> accept) throws InterruptedException {
            long until = System.currentTimeMillis() + 5000;
            while (messages.stream().noneMatch(accept)) {
                long left = until - System.currentTimeMillis();
                if (left <= 0) throw new IllegalStateException("no message");
                wait(left);
            }
        }
    }
}
