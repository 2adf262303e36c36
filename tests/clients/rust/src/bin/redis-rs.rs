//! The day with redis-rs. It subscribes to sharded channels with RESP3 only.

use clients::{Client, Messages, Options, Reply};
use futures_util::StreamExt;
use redis::aio::MultiplexedConnection;
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo};
use redis::{ProtocolVersion, PushKind, Value};
use serde_json::{json, Value as Json};
use tokio::sync::mpsc::unbounded_channel;

struct RedisRs {
    url: String,
    single: Option<MultiplexedConnection>,
    cluster: Option<ClusterConnection>,
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn plain(value: Value) -> Json {
    match value {
        Value::Int(number) => json!(number),
        Value::BulkString(bytes) => json!(String::from_utf8_lossy(&bytes)),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => json!(text),
        Value::Array(items) | Value::Set(items) => items.into_iter().map(plain).collect(),
        Value::Map(pairs) => pairs.into_iter().flat_map(|(key, value)| [plain(key), plain(value)]).collect(),
        Value::Okay => json!("OK"),
        _ => Json::Null,
    }
}

fn command(words: &[&str]) -> redis::Cmd {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command
}

async fn open(url: &str) -> Result<redis::Client, String> {
    redis::Client::open(url).map_err(text)
}

impl Client for RedisRs {
    const NAME: &'static str = "redis-rs-1.2.2";

    async fn connect(options: &Options, user: &str, db: u8) -> Result<RedisRs, String> {
        let port = options.port;
        let url = format!("redis://{user}:change-me@127.0.0.1:{port}/{db}?protocol=resp{}", options.resp);
        let mut client = RedisRs { url, single: None, cluster: None };
        if options.cluster {
            client.cluster = Some(clustered(&client.url).build().map_err(text)?.get_async_connection().await.map_err(text)?);
        } else {
            client.single = Some(open(&client.url).await?.get_multiplexed_async_connection().await.map_err(text)?);
        }
        Ok(client)
    }

    async fn run(&self, words: &[&str]) -> Reply {
        let command = command(words);
        let reply: Result<Value, _> = match (&self.single, &self.cluster) {
            (Some(single), _) => command.query_async(&mut single.clone()).await,
            (_, Some(cluster)) => command.query_async(&mut cluster.clone()).await,
            _ => return Err("not connected".to_owned()),
        };
        reply.map(plain).map_err(text)
    }

    async fn on_masters(&self, words: &[&str]) -> Result<Vec<Json>, String> {
        let Some(cluster) = &self.cluster else { return Ok(vec![self.run(words).await?]) };
        let masters = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
        // Pairs of an address and a reply.
        match cluster.clone().route_command(command(words), masters).await.map_err(text)? {
            Value::Map(pairs) => Ok(pairs.into_iter().map(|(_, reply)| plain(reply)).collect()),
            other => Err(format!("got {other:?}")),
        }
    }

    async fn subscribe(&self, channel: &str) -> Result<Messages, String> {
        if self.cluster.is_none() {
            return follow(&self.url, channel, false).await;
        }
        let (sender, mut pushes) = unbounded_channel();
        let client = clustered(&self.url).push_sender(sender).build().map_err(text)?;
        let mut cluster = client.get_async_connection().await.map_err(text)?;
        cluster.ssubscribe(channel).await.map_err(text)?;
        let (sender, messages) = unbounded_channel();
        tokio::spawn(async move {
            // The subscription ends with its connection.
            let _cluster = cluster;
            while let Some(push) = pushes.recv().await {
                let data: Vec<Json> = push.data.into_iter().map(plain).collect();
                if let (PushKind::SMessage, [Json::String(from), Json::String(text)]) = (&push.kind, &data[..]) {
                    let _ = sender.send((from.clone(), text.clone()));
                }
            }
        });
        Ok(messages)
    }

    async fn psubscribe(&self, pattern: &str) -> Result<Messages, String> {
        follow(&self.url, pattern, true).await
    }

    async fn transaction(&self, commands: &[&[&str]]) -> Reply {
        let mut pipe = redis::pipe();
        pipe.atomic();
        for words in commands {
            pipe.add_command(command(words));
        }
        let mut single = self.single.clone().ok_or("not connected")?;
        let replies: Vec<Value> = pipe.query_async(&mut single).await.map_err(text)?;
        Ok(replies.into_iter().map(plain).collect())
    }
}

fn clustered(url: &str) -> ClusterClientBuilder {
    let builder = ClusterClientBuilder::new([url]);
    if url.ends_with('3') {
        builder.use_protocol(ProtocolVersion::RESP3)
    } else {
        builder
    }
}

async fn follow(url: &str, channel: &str, is_pattern: bool) -> Result<Messages, String> {
    let mut subscription = open(url).await?.get_async_pubsub().await.map_err(text)?;
    let confirmed = match is_pattern {
        true => subscription.psubscribe(channel).await,
        false => subscription.subscribe(channel).await,
    };
    confirmed.map_err(text)?;
    let (sender, messages) = unbounded_channel();
    tokio::spawn(async move {
        let mut stream = subscription.into_on_message();
        while let Some(message) = stream.next().await {
            let text: String = message.get_payload().unwrap_or_default();
            let _ = sender.send((message.get_channel_name().to_owned(), text));
        }
    });
    Ok(messages)
}

fn main() {
    clients::main::<RedisRs>();
}
