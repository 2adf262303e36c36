"""The day of tests/clients/README.md with redis-py: redis_py.py PORT single|cluster RESP [extras]"""
import json, sys, time
import redis

port, mode, protocol = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
cluster = mode == "cluster"
room = "room:redis-py-%s-resp%d" % (redis.__version__, protocol)
failures = []


def connect(user, db=0):
    kind = redis.RedisCluster if cluster else redis.Redis
    options = {} if cluster else {"db": db}
    return kind(host="127.0.0.1", port=port, username=user, password="change-me", protocol=protocol,
                decode_responses=True, **options)


def step(name, act):
    try:
        return act()
    except Exception as error:
        failures.append(name)
        print("FAILED %s: %s: %s" % (name, type(error).__name__, error))


def refused(name, act):
    def check():
        try:
            reply = act()
        except redis.ResponseError as error:
            if "permission" in str(error) or "NOPERM" in str(error):
                return
            raise
        raise AssertionError("allowed: %r" % (reply,))
    step("refuse " + name, check)


def wanted(condition, seen):
    if not condition:
        raise AssertionError("got %r" % (seen,))
    return seen


def on_masters(client, *command):
    """The replies of a command without a key, one of each master."""
    if not cluster:
        return [client.execute_command(*command)]
    # redis-py 7 and 8 take nodes here, and refuse flags for commands that they do not know.
    return [client.execute_command(*command, target_nodes=[node]) for node in client.get_primaries()]


def keys_of(client, *filters):
    return [key for _, page in on_masters(client, "ROOM.LIST", *filters) for key in page]


def subscribe(client, channel):
    follower = client.pubsub()
    if cluster:
        follower.ssubscribe(channel)
    else:
        follower.subscribe(channel)
    return follower


def message(follower, accept):
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if cluster and hasattr(follower, "get_sharded_message"):
            got = follower.get_sharded_message(timeout=0.2)
        else:
            got = follower.get_message(timeout=0.2)
        if got and got["type"] in ("message", "smessage", "pmessage") and accept(got):
            return got
    raise AssertionError("no message")


def gateway_day():
    gateway = connect("gateway")
    run = gateway.execute_command

    def documentation():
        node = {"target_nodes": [gateway.get_random_node()]} if cluster else {}
        names = run("COMMAND LIST", "FILTERBY", "MODULE", "room", **node)
        docs = run("COMMAND DOCS", *names, **node)
        entries = len(docs) if isinstance(docs, dict) else len(docs) // 2
        wanted(entries == len(names) > 40, entries)
        wanted("reply:json" in str(run("COMMAND INFO", "room.state", **node)), "no tips")
    step("COMMAND", documentation)
    follower = step("subscribe", lambda: subscribe(gateway, "__room@0__:{%s}" % room))
    step("CREATE", lambda: run("ROOM.CREATE", room, "ada", "TITLE", "Client"))
    joined = step("JOIN", lambda: json.loads(run("ROOM.JOIN", room, "ada", "GATEWAY", "g1", "SESSION", "s1")))
    step("COMMENT", lambda: wanted(run("ROOM.COMMENT", room, "ada", "héllo 👏") == 1, "another id"))
    step("frame", lambda: message(follower, lambda got: "héllo 👏" in got["data"]))
    step("STATE", lambda: wanted(json.loads(run("ROOM.STATE", room, "-"))["counts"]["present"] == 1, "present"))
    step("EVENTS", lambda: json.loads(run("ROOM.EVENTS", room, "-", joined["epoch"], "1"))["events"])
    step("SESSIONS", lambda: json.loads(run("ROOM.SESSIONS", room, "g1"))["sessions"][0]["session"])
    step("BEAT", lambda: wanted(run("ROOM.BEAT", room, "g1")[0] == 1, "sessions"))
    step("LIST", lambda: wanted(room in keys_of(gateway, "COUNT", 1000), "not listed"))
    step("LEAVE", lambda: int(run("ROOM.LEAVE", room, "ada", "SESSION", "s1", "GATEWAY", "g1")))
    refused("PURGE", lambda: run("ROOM.PURGE", room))
    refused("EXPORT", lambda: run("ROOM.EXPORT", room, "0"))
    refused("another prefix", lambda: run("ROOM.STATE", "lobby:1", "-"))
    refused("GET", lambda: run("GET", room))
    refused("DEL", lambda: run("DEL", room))
    refused("another channel", lambda: message(subscribe(connect("gateway"), "news"), lambda got: True))
    step("END", lambda: json.loads(run("ROOM.END", room, "ada"))["state"])
    return gateway


def warehouse_day():
    warehouse = connect("warehouse")
    run = warehouse.execute_command
    step("LIST ended", lambda: wanted(room in keys_of(warehouse, "STATE", "ended", "COUNT", 1000), "not listed"))
    step("INFO", lambda: wanted(run("ROOM.INFO", room), "nothing"))
    follower = None
    if not cluster:
        def follow():
            follower = warehouse.pubsub()
            follower.psubscribe("__keyevent@*__:room.*")
            return follower
        follower = step("psubscribe", follow)

    def export():
        cursor, lines = "0", []
        while True:
            cursor, page = run("ROOM.EXPORT", room, cursor, "COUNT", 2)
            lines += page
            if cursor == "0":
                return wanted({"room", "member", "visit", "comment"} <= {json.loads(line)["kind"] for line in lines}, lines)
    step("EXPORT", export)
    step("subscribe (warehouse)", lambda: subscribe(warehouse, "__room@0__:{%s}" % room))
    refused("JOIN (warehouse)", lambda: run("ROOM.JOIN", room, "ada"))
    refused("another prefix (warehouse)", lambda: run("ROOM.PURGE", "lobby:1"))
    refused("DEL (warehouse)", lambda: run("DEL", room))
    step("PURGE", lambda: wanted(run("ROOM.PURGE", room) == 1, "not purged"))
    if follower:
        step("notification", lambda: message(follower, lambda got: got["channel"].endswith(":room.purge")))


def extras():
    """What redis.conf.example names as optional: another database and transactions."""
    def transaction():
        with connect("gateway", db=1).pipeline(transaction=True) as pipe:
            pipe.execute_command("ROOM.CREATE", room, "ada")
            pipe.execute_command("ROOM.JOIN", room, "ada")
            wanted(len(pipe.execute()) == 2, "replies")
    step("SELECT, MULTI", transaction)


if sys.argv[4:] == ["extras"]:
    step("extras", extras)
else:
    step("gateway", gateway_day)
    step("warehouse", warehouse_day)
print("redis-py %s: %d failed" % (redis.__version__, len(failures)))
sys.exit(bool(failures))
