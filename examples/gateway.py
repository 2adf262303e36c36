# A gateway: python gateway.py REDIS_PORT PORT, then ws://127.0.0.1:PORT/<room key>/<user>. Needs redis and websockets.
import asyncio, json, secrets, sys
import redis.asyncio as redis, websockets

r, me, rooms = redis.Redis(port=int(sys.argv[1]), decode_responses=True), secrets.token_hex(8), {}

async def follow(key, sockets, ready):               # one subscription a room, however many sockets
    async with r.pubsub() as frames:
        await frames.subscribe("__room@0__:{%s}" % key)
        async for message in frames.listen():
            ready.set()                              # subscribed before anybody joins
            if message["type"] == "message":
                to = json.loads(message["data"]).get("to")   # a list: only for these; a number: for all
                websockets.broadcast([s for s, user in sockets.items() if not isinstance(to, list) or user in to], message["data"])

async def beat():                                    # or the server takes this gateway's sessions for lost
    while True:
        await asyncio.gather(*(r.execute_command("ROOM.BEAT", key, me) for key in rooms), return_exceptions=True)
        await asyncio.sleep(10)

async def serve(socket):
    key, user = socket.request.path.strip("/").split("/")    # authenticate here, and refuse `-` and `*`
    if key not in rooms:
        rooms[key] = ({}, ready := asyncio.Event())
        rooms[key] += (asyncio.create_task(follow(key, *rooms[key])),)
    sockets, ready, _ = rooms[key]
    await ready.wait()
    session = ["SESSION", secrets.token_hex(8), "GATEWAY", me]
    await socket.send(await r.execute_command("ROOM.JOIN", key, user, *session))
    sockets[socket] = user
    try:
        async for line in socket:                    # ["COMMENT", "hi"] becomes ROOM.COMMENT <key> <user> hi
            verb, *args = json.loads(line)
            try:
                reply = await r.execute_command(*relayed[verb], key, user, *args) if verb in relayed else "INVALID"
            except redis.ResponseError as error:
                reply = str(error)
            await socket.send(json.dumps([verb, reply]))
    finally:
        del sockets[socket]
        await r.execute_command("ROOM.LEAVE", key, user, *session, "LOST")

async def main():
    global relayed                                   # the server says which commands are users' own
    docs = await r.execute_command("COMMAND", "DOCS")
    print(docs[:4] if isinstance(docs, list) else list(docs.items())[:2])
    async with websockets.serve(serve, "127.0.0.1", int(sys.argv[2])):
        await beat()

asyncio.run(main())
