"""A thin gateway. pip install redis websockets; python gateway.py REDIS_PORT PORT; then open
ws://127.0.0.1:PORT/<room>/<user>, for a room that exists (scripts/run leaves room:play), and send ["ROOM.COMMENT","hi"].

It authenticates nobody, forgets no room, and leaves gaps in frames to its clients: docs/events.md, "Recovery".
"""
import asyncio, json, secrets, sys
import redis.asyncio as redis, websockets

r, me, rooms = redis.Redis(port=int(sys.argv[1]), decode_responses=True), secrets.token_hex(8), {}

async def follow(key, sockets, ready):                # one subscription a room, however many sockets
    while True:
        try:
            async with r.pubsub() as channel:
                await channel.subscribe("__room@0__:{%s}" % key)
                async for message in channel.listen():
                    ready.set()                       # subscribed before anybody joins
                    if message["type"] == "message":
                        relay(sockets, message["data"], json.loads(message["data"]))
        except redis.RedisError:
            await asyncio.sleep(1)

def relay(sockets, text, frame):
    to = frame.get("to")                              # a list names the only users this is for
    websockets.broadcast([s for s, (user, _) in sockets.items() if type(to) is not list or user in to], text)
    for event in frame.get("events", ()):             # kicked, blocked, uninvited; who joined again since stays
        for s, (user, seq) in list(sockets.items()):
            if event["type"] == "removed" and user == event["user"] and seq < event["seq"]:
                del sockets[s]
                asyncio.create_task(s.close(4403, "removed"))

async def serve(socket):
    key, user = socket.request.path.strip("/").split("/")       # authenticate here, and refuse - and *
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
        async for line in socket:                     # ["ROOM.COMMENT", "hi"] is ROOM.COMMENT <room> <user> hi
            verb, *args = json.loads(line)
            try:
                reply = await r.execute_command(verb, key, user, *args) if verb in relayed else "INVALID not a command of users"
            except redis.RedisError as error:
                reply = str(error)
            await socket.send(json.dumps([verb, reply]))
    except (websockets.ConnectionClosed, ValueError):
        pass
    finally:                                          # the server keeps its seat, hand and role for room.grace
        sockets.pop(socket, None)
        try:
            await r.execute_command("ROOM.LEAVE", key, user, *session, "LOST")
        except redis.RedisError:
            pass                                      # the room has ended, or the lease runs out

async def main():                                     # users' own are the commands whose second argument is `actor`
    global relayed
    docs = await r.execute_command("COMMAND DOCS", *await r.execute_command("COMMAND LIST", "FILTERBY", "MODULE", "room"))
    relayed = {name.upper() for name, doc in docs.items() if [a["name"] for a in doc.get("arguments", [])][1:2] == ["actor"]}
    async with websockets.serve(serve, "127.0.0.1", int(sys.argv[2])):
        while await asyncio.sleep(10, True):          # or the server takes this gateway's sessions for lost
            await asyncio.gather(*(r.execute_command("ROOM.BEAT", key, me) for key in rooms), return_exceptions=True)

if __name__ == "__main__":
    asyncio.run(main())
