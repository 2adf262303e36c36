"""A thin gateway in one file, for redis-py 5 and later and websockets 13 and later. Start it with:

    pip install redis websockets
    python gateway.py REDIS_PORT PORT

Then open ws://127.0.0.1:PORT/<room>/<user> and send ["ROOM.COMMENT","hi"]. The room must exist. `scripts/run` leaves
room:play.

A client gets the reply of JOIN first. It then sends ["ROOM.STATE"] and applies every frame with a greater `to` than the
seq of that state. When the gateway itself has missed frames that the room no longer keeps, it sends a new state to all
clients, as if they had asked.

The example follows the list "Recovery" in docs/events.md. It leaves out what every product does in its own way: it
authenticates nobody, it lets anybody name any room, it bounds no client's queue, and it speaks to a single server.
"""
import asyncio, json, secrets, sys
import redis.asyncio as redis, websockets
from websockets.asyncio.server import broadcast, serve

me, rooms = secrets.token_hex(8), {}                  # our id as a gateway, new at every start; key -> Room

class Room:
    def __init__(self, key):
        self.key, self.channel = key, "__room@0__:" + (key if "{" in key else "{%s}" % key)
        self.sockets = {}                             # socket -> Session
        self.incarnation, self.epoch, self.seq, self.ahead = None, "", 0, False
        self.lock, self.subscribed = asyncio.Lock(), asyncio.Event()
        self.task = asyncio.create_task(follow(self))

class Session:                                        # the JOIN of one socket; seq is None until JOIN has replied
    def __init__(self, user):
        self.user, self.id, self.seq, self.removed = user, secrets.token_hex(8), None, 0

def joined(room):
    return {socket: session for socket, session in room.sockets.items() if session.seq is not None}

async def follow(room):                               # one subscription per room, shared by all its sockets
    while True:
        try:
            async with r.pubsub() as channel:
                await channel.subscribe(room.channel)
                async for message in channel.listen():    # while we ask the server, frames wait in the connection
                    async with room.lock:
                        if message["type"] == "subscribe":    # also after a lost connection
                            await catch_up(room)
                            room.subscribed.set()     # sockets may join now
                        elif message["type"] == "message":
                            await take(room, message["data"])
        except redis.RedisError:
            await asyncio.sleep(1)

async def take(room, text):
    frame = json.loads(text)
    if frame["kind"] == "gone":
        await take_state(room)
    elif frame["epoch"] != room.epoch or frame.get("from", 0) > room.seq + 1:
        await catch_up(room)                          # this brings the frame, too
    elif frame["kind"] == "events":
        relay(room, frame, text)
    if frame["kind"] == "direct":                     # for these users only
        broadcast([socket for socket, session in joined(room).items() if session.user in frame["users"]], text)

def relay(room, frame, text):
    room.epoch, known = frame["epoch"], room.seq
    if frame["to"] <= known:
        return
    room.seq, room.ahead = frame["to"], False
    broadcast(joined(room), text)
    for event in frame["events"]:
        if event["type"] == "removed" and event["seq"] > known:   # kick, block, uninvite
            for socket, session in list(room.sockets.items()):
                if session.user == event["user"]:
                    session.removed = event["seq"]
                    if session.seq is not None and session.seq < event["seq"]:    # it did not join again since
                        hang_up(room, socket, "removed")
        if event["type"] in ("ended", "cancelled"):
            close(room, event["type"])

async def serve_socket(socket):
    key, user = socket.request.path.strip("/").split("/")       # authenticate here
    if user in "-*":
        return await socket.close(4403, "no user may have this name")
    room = rooms.get(key) or rooms.setdefault(key, Room(key))
    session = room.sockets[socket] = Session(user)
    try:
        await room.subscribed.wait()
        if socket not in room.sockets:                # no such room, or it ended
            return
        reply = await join(room, session)
        now = json.loads(reply)
        if now["incarnation"] != room.incarnation:    # found by JOIN before a frame or a BEAT told
            return close(room, "replaced by another room")
        session.seq = now["seq"]
        if session.removed > session.seq or socket not in room.sockets:
            return await socket.close(4403, "removed")
        await socket.send(reply)
        async for line in socket:                     # ["ROOM.COMMENT", "hi"] becomes ROOM.COMMENT <room> <user> hi
            verb, *words = json.loads(line)
            try:
                reply = "INVALID not a command of users"
                if verb in relayed:
                    reply = await r.execute_command(verb, key, user, *words)
            except redis.ResponseError as error:
                reply = str(error)
                if reply.startswith("NOTMEMBER"):
                    await compare(room)
            await socket.send(json.dumps([verb, reply]))
    except redis.ResponseError as error:              # JOIN was refused
        await socket.close(4403, str(error))
    except (websockets.ConnectionClosed, redis.RedisError, ValueError, TypeError):
        pass
    finally:
        room.sockets.pop(socket, None)
        if not room.sockets:
            close(room, "nobody is here")
        try:
            await leave(key, user, session.id)
        except redis.RedisError:
            pass                                      # the room has ended, or the lease will expire

async def catch_up(room):
    if room.incarnation is None or room.ahead:        # a state that was ahead may show what a new master never had
        return await take_state(room)
    try:
        text = await r.execute_command("ROOM.EVENTS", room.key, "-", room.epoch, room.seq)
        relay(room, json.loads(text), text)
    except redis.ResponseError as error:
        if str(error).startswith("RESYNC"):
            await take_state(room)
        else:
            refused(room, error)

async def take_state(room):
    try:
        text = await r.execute_command("ROOM.STATE", room.key, "-")
    except redis.ResponseError as error:
        return refused(room, error)
    state, first = json.loads(text), room.incarnation is None
    if not first and state["incarnation"] != room.incarnation:
        return close(room, "replaced by another room")
    room.incarnation, room.epoch, room.seq, room.ahead = (
        state[name] for name in ("incarnation", "epoch", "seq", "ahead"))
    if state["state"] in ("ended", "cancelled"):
        return close(room, state["state"])
    for session in joined(room).values():
        session.seq = room.seq
    if not first:
        broadcast(joined(room), json.dumps(["ROOM.STATE", text]))
        await compare(room)                           # the missed events may have removed somebody

def refused(room, error):
    if str(error).startswith(("NOROOM", "ENDED")):
        close(room, str(error))
    else:
        raise error

async def beat(room):                                 # without ROOM.BEAT the lease expires after room.lease
    try:
        sessions, epoch, seq = await r.execute_command("ROOM.BEAT", room.key, me)
        async with room.lock:
            if room.subscribed.is_set() and (epoch, seq) != (room.epoch, room.seq):
                await catch_up(room)
        if sessions != len(joined(room)):
            await compare(room)
    except redis.ResponseError as error:
        refused(room, error)

async def compare(room):                              # the room's sessions with ours
    known, cursor = {}, None
    while cursor != "0":
        page = json.loads(await r.execute_command("ROOM.SESSIONS", room.key, me, "CURSOR", cursor or "0"))
        known.update((each["session"], each["user"]) for each in page["sessions"])
        cursor = page["cursor"]
    ours = {session.id for session in room.sockets.values()}
    for id in known.keys() - ours:                    # their LEAVE was lost
        await leave(room.key, known[id], id)
    for socket, session in joined(room).items():
        if session.id not in known:                   # forgotten: AGAIN refuses the users that the room removed
            try:
                session.seq = json.loads(await join(room, session, "AGAIN"))["seq"]
            except redis.ResponseError as error:
                hang_up(room, socket, str(error))

def join(room, session, *options):
    return r.execute_command("ROOM.JOIN", room.key, session.user, "SESSION", session.id, "GATEWAY", me, *options)

def leave(key, user, id):                             # LOST: the room keeps seat, hand and role for room.grace
    return r.execute_command("ROOM.LEAVE", key, user, "SESSION", id, "GATEWAY", me, "LOST")

def hang_up(room, socket, reason):
    room.sockets.pop(socket, None)
    asyncio.create_task(socket.close(4403, reason))

def close(room, reason):                              # for everyone in it; a later socket opens it again
    if rooms.get(room.key) is room:
        del rooms[room.key]
    for socket in list(room.sockets):
        hang_up(room, socket, reason)
    room.subscribed.set()
    room.task.cancel()

def pairs(reply):                                     # RESP2 has no maps
    return dict(zip(reply[::2], reply[1::2]))

async def main():                                     # users may send the commands whose second argument is `actor`
    global r, relayed
    r = redis.Redis(port=int(sys.argv[1]), decode_responses=True, protocol=2)
    names = await r.execute_command("COMMAND LIST", "FILTERBY", "MODULE", "room")
    docs = pairs(await r.execute_command("COMMAND DOCS", *names))
    relayed = {name.upper() for name, doc in docs.items()
               if [pairs(argument)["name"] for argument in pairs(doc).get("arguments", [])][1:2] == ["actor"]}
    async with serve(serve_socket, "127.0.0.1", int(sys.argv[2])):
        while await asyncio.sleep(10, True):
            await asyncio.gather(*map(beat, list(rooms.values())), return_exceptions=True)

if __name__ == "__main__":
    asyncio.run(main())
