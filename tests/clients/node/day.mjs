// The day of tests/clients/README.md for Node clients. An adapter gives `connect(user, db)`; it resolves to
// { run(key, ...command), masters(): [run], subscribe(channel), psubscribe(pattern), transaction(key, commands) }.
// The subscriptions resolve to a function that awaits the next message that is accepted.
let failures = 0;

async function step(name, act) {
  try {
    return await Promise.race([act(), timeout()]);
  } catch (error) {
    failures += 1;
    console.log(`FAILED ${name}: ${error.message}`);
  }
}

function timeout() {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("no answer in 10 s")), 10_000).unref());
}

function wanted(condition, seen) {
  if (!condition) throw new Error(`got ${JSON.stringify(seen)}`);
  return seen;
}

function refused(name, act) {
  return step(`refuse ${name}`, async () => {
    let reply;
    try {
      reply = await act();
    } catch (error) {
      // ioredis wraps the reply of a refused subscription in a cluster.
      if (/NOPERM|permission/i.test(`${error.message} ${error.cause?.message ?? ""}`)) return;
      throw error;
    }
    throw new Error(`allowed: ${JSON.stringify(reply)}`);
  });
}

/// Collects messages. `accept` chooses one.
export function inbox() {
  const messages = [];
  const waiting = [];
  return {
    push(channel, text) {
      messages.push({ channel, text });
      for (const check of waiting) check();
    },
    next(accept) {
      return new Promise((resolve) => {
        const check = () => {
          const found = messages.find((message) => accept(message.text, message.channel));
          if (found) resolve(found);
        };
        waiting.push(check);
        check();
      });
    },
  };
}

async function keysOf(client, ...filters) {
  const pages = await Promise.all(client.masters().map((run) => run("ROOM.LIST", ...filters)));
  return pages.flatMap((page) => page[1]);
}

async function gatewayDay(connect, room, cluster) {
  const gateway = await step("connect", () => connect("gateway"));
  if (!gateway) return;
  const run = (verb, ...args) => gateway.run(room, verb, room, ...args);
  await step("COMMAND", async () => {
    const [master] = gateway.masters();
    const names = await master("COMMAND", "LIST", "FILTERBY", "MODULE", "room");
    const docs = await master("COMMAND", "DOCS", ...names);
    const entries = Array.isArray(docs) ? docs.length / 2 : docs instanceof Map ? docs.size : Object.keys(docs).length;
    wanted(entries === names.length && entries > 40, entries);
    const text = (value) => (value instanceof Set ? [...value] : value);
    const info = JSON.stringify(await master("COMMAND", "INFO", "room.state"), (_, value) => text(value));
    wanted(info.includes("reply:json"), info);
  });
  const frames = await step("subscribe", () => gateway.subscribe(`__room@0__:{${room}}`));
  await step("CREATE", () => run("ROOM.CREATE", "ada", "TITLE", "Client"));
  const joined = await step("JOIN", async () => JSON.parse(await run("ROOM.JOIN", "ada", "GATEWAY", "g1", "SESSION", "s1")));
  await step("COMMENT", async () => wanted((await run("ROOM.COMMENT", "ada", "héllo 👏")) === 1, "another id"));
  await step("frame", () => frames.next((text) => text.includes("héllo 👏")));
  await step("STATE", async () => wanted(JSON.parse(await run("ROOM.STATE", "-")).counts.present === 1, "present"));
  await step("EVENTS", async () => JSON.parse(await run("ROOM.EVENTS", "-", joined.epoch, "1")).events);
  await step("SESSIONS", async () => JSON.parse(await run("ROOM.SESSIONS", "g1")).sessions[0].session);
  await step("BEAT", async () => wanted((await run("ROOM.BEAT", "g1"))[0] === 1, "sessions"));
  await step("LIST", async () => wanted((await keysOf(gateway, "COUNT", "1000")).includes(room), "not listed"));
  await step("LEAVE", () => run("ROOM.LEAVE", "ada", "SESSION", "s1", "GATEWAY", "g1"));
  await refused("PURGE", () => run("ROOM.PURGE"));
  await refused("EXPORT", () => run("ROOM.EXPORT", "0"));
  await refused("another prefix", () => gateway.run("lobby:1", "ROOM.STATE", "lobby:1", "-"));
  await refused("GET", () => run("GET"));
  await refused("DEL", () => run("DEL"));
  await refused("another channel", async () => (await connect("gateway")).subscribe("news"));
  await step("END", async () => JSON.parse(await run("ROOM.END", "ada")).state);
}

async function warehouseDay(connect, room, cluster) {
  const warehouse = await step("connect (warehouse)", () => connect("warehouse"));
  if (!warehouse) return;
  const run = (verb, ...args) => warehouse.run(room, verb, room, ...args);
  await step("LIST ended", async () =>
    wanted((await keysOf(warehouse, "STATE", "ended", "COUNT", "1000")).includes(room), "not listed"));
  await step("INFO", () => run("ROOM.INFO"));
  const notes = cluster ? null : await step("psubscribe", () => warehouse.psubscribe("__keyevent@*__:room.*"));
  await step("EXPORT", async () => {
    const kinds = new Set();
    let cursor = "0";
    do {
      const page = await run("ROOM.EXPORT", cursor, "COUNT", "2");
      cursor = page[0];
      for (const line of page[1]) kinds.add(JSON.parse(line).kind);
    } while (cursor !== "0");
    wanted(["room", "member", "visit", "comment"].every((kind) => kinds.has(kind)), [...kinds]);
  });
  await step("subscribe (warehouse)", async () => (await connect("warehouse")).subscribe(`__room@0__:{${room}}`));
  await refused("JOIN (warehouse)", () => run("ROOM.JOIN", "ada"));
  await refused("another prefix (warehouse)", () => warehouse.run("lobby:1", "ROOM.PURGE", "lobby:1"));
  await refused("DEL (warehouse)", () => run("DEL"));
  await step("PURGE", async () => wanted((await run("ROOM.PURGE")) === 1, "not purged"));
  if (notes) await step("notification", () => notes.next((_, channel) => channel.endsWith(":room.purge")));
}

/// Runs the program. `setUp(arguments)` gives the adapter's `connect` and the client's name with its version.
export async function main(setUp) {
  const [major, port, mode, protocol, extras] = process.argv.slice(2);
  const cluster = mode === "cluster";
  const { connect, name } = await setUp({ major, port: Number(port), cluster, protocol: Number(protocol) });
  const room = `room:${name.replace(" ", "-")}-resp${protocol}`;
  if (extras) {
    await step("SELECT, MULTI", async () => {
      const replies = await (await connect("gateway", 1)).transaction([
        ["ROOM.CREATE", room, "ada"],
        ["ROOM.JOIN", room, "ada"],
      ]);
      wanted(replies.length === 2, replies);
    });
  } else {
    await gatewayDay(connect, room, cluster);
    await warehouseDay(connect, room, cluster);
  }
  console.log(`${name}: ${failures} failed`);
  process.exit(failures > 0 ? 1 : 0);
}
