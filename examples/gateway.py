"""A thin gateway in one file. Start it with:

    pip install redis websockets
    python gateway.py REDIS_PORT PORT

Then open ws://127.0.0.1:PORT/<room>/<user> and send ["ROOM.COMMENT","hi"]. The room must exist. `scripts/run` leaves
room:play.

The example leaves three things out. It authenticates nobody. It never forgets a room. It does not recover missed
frames: its clients must do that, see "Recovery" in docs/events.md.
"""
import asyncio, json, secrets, sys
import redis.asyncio as redis, websockets

r, me, rooms = redis.Redis(port=int(sys.argv[1]), decode_responses=True), secrets.token_hex(8), {}

async def follow(key, sockets, ready):                # one subscription per room, shared by all its sockets
    while True:
        try:
            async with r.pubsub() as channel:
                await channel.subscribe("__room@0__:{%s}" % key)
                async for message in channel.listen():
                    ready.set()                       # subscribed: sockets may join now
                    if message["type"] == "message":
                        relay(sockets, message["data"], json.loads(message["data"]))
        except redis.RedisError:
            await asyncio.sleep(1)

def relay(sockets, text, frame):
    to = frame.get("to")                              # a list means: only these users get the frame
    websockets.broadcast([s for s, (user, _) in sockets.items() if type(to) is not list or user in to], text)
    for event in frame.get("events", ()):             # kick, block, uninvite: a socket that joined later stays open
        for s, (user, seq) in list(sockets.items()):
            if event["type"] == "removed" and user == event["user"] and seq < event["seq"]:
                del sockets[s]
                asyncio.create_task(s.close(4403, "removed"))

async def serve(socket):
    key, user = socket.request.path.strip("/").split("/")       # authenticate here, and refuse the names - and *
    if key not in rooms:
        rooms[key] = {}, asyncio.Event()
        asyncio.create_task(follow(key, *rooms[key]))
    sockets, ready = rooms[key]
    await ready.wait()
    session = "SESSION", secrets.token_hex(8), "GATEWAY", me
    try:
        joined = await r.execute_command("ROOM.JOIN", key, user, *session)
    except redis.RedisError as error:
        return await socket.close(4403, str(error))
    try:
        sockets[socket] = user, json.loads(joined)["seq"]
        await socket.send(joined)
        async for line in socket:                     # ["ROOM.COMMENT", "hi"] becomes ROOM.COMMENT <room> <user> hi
            verb, *args = json.loads(line)
            try:
                reply = await r.execute_command(verb, key, user, *args) if verb in relayed else "INVALID not a command of users"
            except redis.RedisError as error:
                reply = str(error)
            await socket.send(json.dumps([verb, reply]))
    except (websockets.ConnectionClosed, ValueError):
        pass
    finally:                                          # LOST: the room keeps seat, hand and role for room.grace
        sockets.pop(socket, None)
        try:
            await r.execute_command("ROOM.LEAVE", key, user, *session, "LOST")
        except redis.RedisError:
            pass                                      # the room has ended, or the lease will expire

async def main():                                     # users may send the commands whose second argument is `actor`
    global relayed
    docs = await r.execute_command("COMMAND DOCS", *await r.execute_command("COMMAND LIST", "FILTERBY", "MODULE", "room"))
    relayed = {name.upper() for name, doc in docs.items() if [a["name"] for a in doc.get("arguments", [])][1:2] == ["actor"]}
    async with websockets.serve(serve, "127.0.0.1", int(sys.argv[2])):
        while await asyncio.sleep(10, True):          # without ROOM.BEAT the lease expires after room.lease
            await asyncio.gather(*(r.execute_command("ROOM.BEAT", key, me) for key in rooms), return_exceptions=True)

if __name__ == "__main__":
    asyncio.run(main())
