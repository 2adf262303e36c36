// The day with ioredis: ioredis.mjs MAJOR PORT single|cluster RESP [extras]
import { createRequire } from "node:module";
import { inbox, main } from "./day.mjs";

const require = createRequire(import.meta.url);

main(async ({ major, port, cluster, protocol }) => {
  const { Redis, Cluster } = require(`ioredis${major}`);
  const { version } = require(`ioredis${major}/package.json`);
  const versions = major === "5" ? {} : { protocol };

  async function connect(username, db = 0) {
    const login = { username, password: "change-me", ...versions };
    const open = () =>
      cluster
        ? new Cluster([{ host: "127.0.0.1", port }], { redisOptions: login, shardedSubscribers: true })
        : new Redis({ host: "127.0.0.1", port, db, ...login });
    const client = open();
    await ready(client);
    const subscribed = async (act, event) => {
      const subscriber = open();
      await ready(subscriber);
      const messages = inbox();
      // `pmessage` gives the pattern first.
      subscriber.on(event, (...words) => messages.push(...words.slice(event === "pmessage" ? 1 : 0)));
      await act(subscriber);
      return messages;
    };
    return {
      // ioredis does not know where the key of a module's command is. In a cluster it follows the redirection.
      run: (_key, ...command) => client.call(...command),
      masters: () => (cluster ? client.nodes("master") : [client]).map((node) => (...command) => node.call(...command)),
      subscribe: (channel) =>
        cluster
          ? subscribed((subscriber) => subscriber.ssubscribe(channel), "smessage")
          : subscribed((subscriber) => subscriber.subscribe(channel), "message"),
      psubscribe: (pattern) => subscribed((subscriber) => subscriber.psubscribe(pattern), "pmessage"),
      async transaction(commands) {
        const multi = client.multi();
        for (const command of commands) multi.call(...command);
        const results = await multi.exec();
        for (const [error] of results) if (error) throw error;
        return results;
      },
    };
  }

  function ready(client) {
    return new Promise((resolve, reject) => {
      client.once("ready", resolve);
      client.on("error", reject);
    });
  }

  return { connect, name: `ioredis ${version}` };
});
