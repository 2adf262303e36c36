//! The day with fred.

use clients::{Messages, Options, Reply};
use fred::clients::Client as Fred;
use fred::prelude::*;
use fred::types::{ClusterHash, CustomCommand, RespVersion};
use serde_json::{json, Value as Json};
use tokio::sync::mpsc::unbounded_channel;

struct Day {
    client: Fred,
    subscriber: Fred,
    cluster: bool,
}

fn text(error: fred::error::Error) -> String {
    error.to_string()
}

fn plain(value: Value) -> Json {
    match value {
        Value::Integer(number) => json!(number),
        Value::String(text) => json!(text.to_string()),
        Value::Bytes(bytes) => json!(String::from_utf8_lossy(&bytes)),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Map(map) => {
            map.inner().into_iter().flat_map(|(key, value)| [json!(key.as_str_lossy()), plain(value)]).collect()
        }
        _ => Json::Null,
    }
}

fn command(words: &[&str], hash: ClusterHash) -> (CustomCommand, Vec<String>) {
    let args = words[1..].iter().map(|word| (*word).to_owned()).collect();
    (CustomCommand::new(words[0].to_owned(), hash, false), args)
}

async fn open(options: &Options, user: &str, db: u8) -> Result<Fred, String> {
    let config = Config {
        server: match options.cluster {
            true => ServerConfig::new_clustered(vec![("127.0.0.1", options.port)]),
            false => ServerConfig::new_centralized("127.0.0.1", options.port),
        },
        username: Some(user.to_owned()),
        password: Some("change-me".to_owned()),
        database: (db > 0).then_some(db),
        version: if options.resp == 3 { RespVersion::RESP3 } else { RespVersion::RESP2 },
        ..Config::default()
    };
    let client = Builder::from_config(config).build().map_err(text)?;
    client.init().await.map_err(text)?;
    Ok(client)
}

impl clients::Client for Day {
    const NAME: &'static str = "fred-10.1.0";

    // It cannot decode a RESP3 set of maps, and then its connection gets no more replies.
    fn reads_documentation(resp: u8) -> bool {
        resp == 2
    }

    async fn connect(options: &Options, user: &str, db: u8) -> Result<Day, String> {
        Ok(Day {
            client: open(options, user, db).await?,
            subscriber: open(options, user, db).await?,
            cluster: options.cluster,
        })
    }

    async fn run(&self, words: &[&str]) -> Reply {
        let (command, args) = command(words, ClusterHash::FirstKey);
        self.client.custom::<Value, String>(command, args).await.map(plain).map_err(text)
    }

    async fn on_masters(&self, words: &[&str]) -> Result<Vec<Json>, String> {
        let (command, args) = command(words, ClusterHash::Random);
        if !self.cluster {
            return Ok(vec![self.client.custom::<Value, String>(command, args).await.map(plain).map_err(text)?]);
        }
        let state = self.client.cached_cluster_state().ok_or("no state of the cluster")?;
        let mut replies = Vec::new();
        for node in state.unique_primary_nodes() {
            let master = self.client.with_cluster_node(node);
            replies.push(master.custom::<Value, String>(command.clone(), args.clone()).await.map(plain).map_err(text)?);
        }
        Ok(replies)
    }

    async fn subscribe(&self, channel: &str) -> Result<Messages, String> {
        let messages = collect(&self.subscriber);
        match self.cluster {
            true => self.subscriber.ssubscribe(channel).await.map_err(text)?,
            false => self.subscriber.subscribe(channel).await.map_err(text)?,
        }
        Ok(messages)
    }

    async fn psubscribe(&self, pattern: &str) -> Result<Messages, String> {
        // It parses keyspace notifications and delivers them apart from messages.
        let (sender, messages) = unbounded_channel();
        let mut received = self.subscriber.keyspace_event_rx();
        tokio::spawn(async move {
            while let Ok(event) = received.recv().await {
                let _ = sender.send((format!("__keyevent@{}__:{}", event.db, event.operation), String::new()));
            }
        });
        self.subscriber.psubscribe(pattern).await.map_err(text)?;
        Ok(messages)
    }

    async fn transaction(&self, commands: &[&[&str]]) -> Reply {
        let transaction = self.client.multi();
        for words in commands {
            let (command, args) = command(words, ClusterHash::FirstKey);
            let _: Value = transaction.custom(command, args).await.map_err(text)?;
        }
        transaction.exec::<Value>(true).await.map(plain).map_err(text)
    }
}

fn collect(subscriber: &Fred) -> Messages {
    let (sender, messages) = unbounded_channel();
    let mut received = subscriber.message_rx();
    tokio::spawn(async move {
        while let Ok(message) = received.recv().await {
            let text = message.value.convert::<String>().unwrap_or_default();
            let _ = sender.send((message.channel.to_string(), text));
        }
    });
    messages
}

fn main() {
    clients::main::<Day>();
}
