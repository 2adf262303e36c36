package room;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import io.lettuce.core.cluster.pubsub.RedisClusterPubSubAdapter;
import io.lettuce.core.cluster.pubsub.StatefulRedisClusterPubSubConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.ProtocolKeyword;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

final class LettuceClient implements Client {
    private final RedisClient single;
    private final RedisClusterClient cluster;
    private final StatefulRedisConnection<String, String> connection;
    private final StatefulRedisClusterConnection<String, String> clustered;

    private LettuceClient(RedisClient single, RedisClusterClient cluster) {
        this.single = single;
        this.cluster = cluster;
        connection = single == null ? null : single.connect();
        clustered = cluster == null ? null : cluster.connect();
    }

    static Client connect(int port, boolean cluster, int protocol, String user, int db) {
        RedisURI uri = RedisURI.builder().withHost("127.0.0.1").withPort(port)
                .withAuthentication(user, "change-me".toCharArray()).withDatabase(db).build();
        ProtocolVersion version = protocol == 2 ? ProtocolVersion.RESP2 : ProtocolVersion.RESP3;
        if (cluster) {
            RedisClusterClient client = RedisClusterClient.create(uri);
            client.setOptions(ClusterClientOptions.builder().protocolVersion(version).build());
            return new LettuceClient(null, client);
        }
        RedisClient client = RedisClient.create(uri);
        client.setOptions(ClientOptions.builder().protocolVersion(version).build());
        return new LettuceClient(client, null);
    }

    private record Verb(String text) implements ProtocolKeyword {
        @Override
        public byte[] getBytes() {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private static CommandArgs<String, String> arguments(boolean hasKey, String... command) {
        CommandArgs<String, String> args = new CommandArgs<>(StringCodec.UTF8);
        for (int at = 1; at < command.length; at++) {
            if (at == 1 && hasKey) args.addKey(command[at]);
            else args.add(command[at]);
        }
        return args;
    }

    /** A reply of any form. RESP3 maps become flat lists. */
    private static final class AnyOutput extends NestedMultiOutput<String, String> {
        private boolean isList;

        AnyOutput() {
            super(StringCodec.UTF8);
        }

        @Override
        public void multi(int count) {
            isList = true;
            super.multi(count);
        }

        Object reply() {
            return isList ? get() : get().get(0);
        }
    }

    @Override
    public Object run(String key, String... command) {
        return dispatched(cluster == null ? connection.sync() : clustered.sync(), true, command);
    }

    private static Object dispatched(RedisClusterCommands<String, String> commands, boolean hasKey, String... command) {
        AnyOutput output = new AnyOutput();
        commands.dispatch(new Verb(command[0]), output, arguments(hasKey, command));
        return output.reply();
    }

    @Override
    public List<Run> masters() {
        List<Run> runs = new ArrayList<>();
        if (cluster == null) {
            runs.add(command -> dispatched(connection.sync(), false, command));
        } else {
            clustered.getPartitions().forEach(node -> runs.add(
                    command -> dispatched(clustered.getConnection(node.getNodeId()).sync(), false, command)));
        }
        return runs;
    }

    @Override
    public Inbox subscribe(String channel) {
        Inbox inbox = new Inbox();
        if (cluster == null) {
            StatefulRedisPubSubConnection<String, String> subscriber = single.connectPubSub();
            subscriber.addListener(listener(inbox));
            subscriber.sync().subscribe(channel);
        } else {
            StatefulRedisClusterPubSubConnection<String, String> subscriber = cluster.connectPubSub();
            subscriber.addListener(new RedisClusterPubSubAdapter<String, String>() {
                @Override
                public void smessage(io.lettuce.core.cluster.models.partitions.RedisClusterNode node, String from, String text) {
                    inbox.put(from, text);
                }
            });
            subscriber.addListener(listener(inbox));
            subscriber.sync().ssubscribe(channel);
        }
        return inbox;
    }

    private static RedisPubSubAdapter<String, String> listener(Inbox inbox) {
        return new RedisPubSubAdapter<>() {
            @Override
            public void message(String from, String text) {
                inbox.put(from, text);
            }

            @Override
            public void message(String pattern, String from, String text) {
                inbox.put(from, text);
            }

            @Override
            public void smessage(String from, String text) {
                inbox.put(from, text);
            }
        };
    }

    @Override
    public Inbox psubscribe(String pattern) {
        Inbox inbox = new Inbox();
        StatefulRedisPubSubConnection<String, String> subscriber = single.connectPubSub();
        subscriber.addListener(listener(inbox));
        subscriber.sync().psubscribe(pattern);
        return inbox;
    }

    @Override
    public int transaction(List<String[]> commands) {
        connection.sync().multi();
        for (String[] command : commands) {
            // The reply is QUEUED, which the output does not see.
            connection.sync().dispatch(new Verb(command[0]), new AnyOutput(), arguments(true, command));
        }
        TransactionResult result = connection.sync().exec();
        return result.size();
    }
}
