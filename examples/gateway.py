"""A thin gateway: python gateway.py REDIS_PORT PORT, then open ws://127.0.0.1:PORT/<room>/<user>.

Needs redis and websockets from PyPI. What it leaves to its clients, or leaves out, is in docs/events.md, "Recovery".
"""
import asyncio, json, secrets, sys
import redis.asyncio as redis, websockets

r, me, rooms = redis.Redis(port=int(sys.argv[1]), decode_responses=True), secrets.token_hex(8), {}

async def follow(key, sockets, ready):                # one subscription a room, however many sockets
    async with r.pubsub() as channel:
        await channel.subscribe("__room@0__:{%s}" % key)
        async for message in channel.listen():
            ready.set()                               # subscribed before anybody joins
            if message["type"] == "message":
                to = json.loads(message["data"]).get("to")      # a list names the only users this is for
                websockets.broadcast([s for s, user in sockets.items() if type(to) is not list or user in to], message["data"])

async def serve(socket):
    key, user = socket.request.path.strip("/").split("/")       # authenticate here, and refuse - and *
    if key not in rooms:
        rooms[key] = {}, asyncio.Event()
        asyncio.create_task(follow(key, *rooms[key]))
    sockets, ready = rooms[key]
    await ready.wait()
    session = "SESSION", secrets.token_hex(8), "GATEWAY", me
    await socket.send(await r.execute_command("ROOM.JOIN", key, user, *session))
    sockets[socket] = user
    try:
        async for line in socket:                     # ["ROOM.COMMENT", "hi"] is ROOM.COMMENT <room> <user> hi
            verb, *args = json.loads(line)
            try:
                reply = await r.execute_command(verb, key, user, *args) if verb in relayed else "INVALID not a command of users"
            except redis.ResponseError as error:
                reply = str(error)
            await socket.send(json.dumps([verb, reply]))
    finally:                                          # the server keeps its seat, hand and role for room.grace
        del sockets[socket]
        await r.execute_command("ROOM.LEAVE", key, user, *session, "LOST")

async def main():                                     # users' own are the commands whose second argument is `actor`
    global relayed
    docs = await r.execute_command("COMMAND DOCS", *await r.execute_command("COMMAND LIST", "FILTERBY", "MODULE", "room"))
    relayed = {name.upper() for name, doc in docs.items() if [a["name"] for a in doc.get("arguments", [])][1:2] == ["actor"]}
    async with websockets.serve(serve, "127.0.0.1", int(sys.argv[2])):
        while await asyncio.sleep(10, True):          # or the server takes this gateway's sessions for lost
            await asyncio.gather(*(r.execute_command("ROOM.BEAT", key, me) for key in rooms), return_exceptions=True)

asyncio.run(main())
