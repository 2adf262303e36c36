// The day with node-redis: node-redis.mjs MAJOR PORT single|cluster RESP [extras]
import { createRequire } from "node:module";
import { inbox, main } from "./day.mjs";

const require = createRequire(import.meta.url);

main(async ({ major, port, cluster, protocol }) => {
  const { createClient, createCluster } = require(`redis${major}`);
  const { version } = require(`redis${major}/package.json`);
  const socket = { host: "127.0.0.1", port };

  async function connect(username, db = 0) {
    const login = { username, password: "change-me" };
    const open = () =>
      cluster
        ? createCluster({ rootNodes: [{ socket }], defaults: login, RESP: protocol })
        : createClient({ socket, ...login, database: db, RESP: protocol });
    const client = open();
    client.on("error", () => {});
    await client.connect();
    // Its last argument gives the types of replies. The days read maps and sets in any form.
    const run = (key, ...command) => (cluster ? client.sendCommand(key, false, command) : client.sendCommand(command));
    const nodes = cluster ? await Promise.all(client.masters.map((node) => client.nodeClient(node))) : [client];
    const subscribed = async (act) => {
      const subscriber = open();
      subscriber.on("error", () => {});
      await subscriber.connect();
      const messages = inbox();
      await act(subscriber, (text, channel) => messages.push(channel, text));
      return messages;
    };
    return {
      run,
      masters: () => nodes.map((node) => (...command) => node.sendCommand(command)),
      subscribe: (channel) =>
        subscribed((subscriber, listener) =>
          cluster ? subscriber.sSubscribe(channel, listener) : subscriber.subscribe(channel, listener)),
      psubscribe: (pattern) => subscribed((subscriber, listener) => subscriber.pSubscribe(pattern, listener)),
      async transaction(commands) {
        const multi = client.multi();
        for (const command of commands) multi.addCommand(command);
        return multi.exec();
      },
    };
  }

  return { connect, name: `node-redis ${version}` };
});
