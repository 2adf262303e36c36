//! The day of tests/clients/README.md for Rust clients. The arguments are PORT single|cluster RESP [extras].

use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

/// A channel and what was published there.
pub type Messages = UnboundedReceiver<(String, String)>;
/// A reply as JSON (maps are flat lists), or the text of an error.
pub type Reply = Result<Json, String>;

/// What the day needs of a connection.
pub trait Client: Sized {
    const NAME: &'static str;
    /// It can decode COMMAND INFO and DOCS with this version of RESP.
    fn reads_documentation(_resp: u8) -> bool {
        true
    }
    fn connect(options: &Options, user: &str, db: u8) -> impl Future<Output = Result<Self, String>>;
    /// Sends a command whose second word is a key.
    fn run(&self, command: &[&str]) -> impl Future<Output = Reply>;
    /// Sends a command without a key to every master. A single server is one.
    fn on_masters(&self, command: &[&str]) -> impl Future<Output = Result<Vec<Json>, String>>;
    /// Ends when the server has confirmed it. In a cluster it uses SSUBSCRIBE.
    fn subscribe(&self, channel: &str) -> impl Future<Output = Result<Messages, String>>;
    fn psubscribe(&self, pattern: &str) -> impl Future<Output = Result<Messages, String>>;
    /// The replies of EXEC.
    fn transaction(&self, commands: &[&[&str]]) -> impl Future<Output = Reply>;
}

/// Where to connect, and how.
pub struct Options {
    pub port: u16,
    pub cluster: bool,
    pub resp: u8,
}

struct Day {
    options: Options,
    room: String,
    failures: usize,
}

impl Day {
    async fn step<T>(&mut self, name: &str, act: impl Future<Output = Result<T, String>>) -> Option<T> {
        let result = timeout(Duration::from_secs(60), act).await;
        match result.unwrap_or_else(|_| Err("no answer in 60 s".to_owned())) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.failures += 1;
                println!("FAILED {name}: {reason}");
                None
            }
        }
    }

    async fn refused<T>(&mut self, name: &str, act: impl Future<Output = Result<T, String>>) {
        let check = async {
            match act.await {
                Ok(_) => Err("allowed".to_owned()),
                Err(reason) if reason.contains("NOPERM") || reason.contains("permission") => Ok(()),
                Err(reason) => Err(reason),
            }
        };
        self.step(&format!("refuse {name}"), check).await;
    }

    async fn gateway<C: Client>(&mut self) {
        let room = self.room.clone();
        let room = room.as_str();
        let options = Options { ..self.options };
        let Some(gateway) = self.step("connect", C::connect(&options, "gateway", 0)).await else { return };
        let gateway = &gateway;
        if C::reads_documentation(options.resp) {
            self.step("COMMAND", documentation(gateway)).await;
        }
        let channel = format!("__room@0__:{{{room}}}");
        let frames = self.step("subscribe", gateway.subscribe(&channel)).await;
        self.step("CREATE", json(gateway.run(&["ROOM.CREATE", room, "ada", "TITLE", "Client"]))).await;
        let join = ["ROOM.JOIN", room, "ada", "GATEWAY", "g1", "SESSION", "s1"];
        let joined = self.step("JOIN", json(gateway.run(&join))).await.unwrap_or_default();
        self.step("COMMENT", is(1, gateway.run(&["ROOM.COMMENT", room, "ada", "héllo 👏"]))).await;
        if let Some(frames) = frames {
            self.step("frame", message(frames, |_, text| text.contains("héllo 👏"))).await;
        }
        self.step("STATE", json(gateway.run(&["ROOM.STATE", room, "-"]))).await;
        let epoch = joined["epoch"].as_str().unwrap_or_default();
        self.step("EVENTS", json(gateway.run(&["ROOM.EVENTS", room, "-", epoch, "1"]))).await;
        self.step("SESSIONS", json(gateway.run(&["ROOM.SESSIONS", room, "g1"]))).await;
        let beat = async { gateway.run(&["ROOM.BEAT", room, "g1"]).await.map(|reply| reply[0].clone()) };
        self.step("BEAT", is(1, beat)).await;
        self.step("LIST", listed(gateway, room, &["ROOM.LIST", "COUNT", "1000"])).await;
        self.step("LEAVE", gateway.run(&["ROOM.LEAVE", room, "ada", "SESSION", "s1", "GATEWAY", "g1"])).await;
        self.refused("PURGE", gateway.run(&["ROOM.PURGE", room])).await;
        self.refused("EXPORT", gateway.run(&["ROOM.EXPORT", room, "0"])).await;
        self.refused("another prefix", gateway.run(&["ROOM.STATE", "lobby:1", "-"])).await;
        self.refused("GET", gateway.run(&["GET", room])).await;
        self.refused("DEL", gateway.run(&["DEL", room])).await;
        // Both clients hide the error. scripts/clients finds the refusal in the server's log of ACL errors.
        if let Ok(other) = C::connect(&options, "gateway", 0).await {
            let _ = timeout(Duration::from_secs(1), other.subscribe("news")).await;
        }
        self.step("END", json(gateway.run(&["ROOM.END", room, "ada"]))).await;
    }

    async fn warehouse<C: Client>(&mut self) {
        let room = self.room.clone();
        let room = room.as_str();
        let options = Options { ..self.options };
        let connect = C::connect(&options, "warehouse", 0);
        let Some(warehouse) = self.step("connect (warehouse)", connect).await else { return };
        let warehouse = &warehouse;
        let list = ["ROOM.LIST", "STATE", "ended", "COUNT", "1000"];
        self.step("LIST ended", listed(warehouse, room, &list)).await;
        self.step("INFO", warehouse.run(&["ROOM.INFO", room])).await;
        let notes = match options.cluster {
            true => None,
            false => self.step("psubscribe", warehouse.psubscribe("__keyevent@*__:room.*")).await,
        };
        self.step("EXPORT", export(warehouse, room)).await;
        let channel = format!("__room@0__:{{{room}}}");
        let other = async { C::connect(&options, "warehouse", 0).await?.subscribe(&channel).await };
        self.step("subscribe (warehouse)", other).await;
        self.refused("JOIN (warehouse)", warehouse.run(&["ROOM.JOIN", room, "ada"])).await;
        self.refused("another prefix (warehouse)", warehouse.run(&["ROOM.PURGE", "lobby:1"])).await;
        self.refused("DEL (warehouse)", warehouse.run(&["DEL", room])).await;
        self.step("PURGE", is(1, warehouse.run(&["ROOM.PURGE", room]))).await;
        if let Some(notes) = notes {
            self.step("notification", message(notes, |channel, _| channel.ends_with(":room.purge"))).await;
        }
    }

    async fn extras<C: Client>(&mut self) {
        let room = self.room.clone();
        let room = room.as_str();
        let options = Options { ..self.options };
        let act = async {
            let gateway = C::connect(&options, "gateway", 1).await?;
            let commands = [&["ROOM.CREATE", room, "ada"][..], &["ROOM.JOIN", room, "ada"]];
            let replies = gateway.transaction(&commands).await?;
            match replies.as_array().map(Vec::len) {
                Some(2) => Ok(()),
                _ => Err(format!("got {replies}")),
            }
        };
        self.step("SELECT, MULTI", act).await;
    }
}

async fn json(reply: impl Future<Output = Reply>) -> Reply {
    let reply = reply.await?;
    serde_json::from_str(reply.as_str().ok_or_else(|| format!("got {reply}"))?).map_err(|error| error.to_string())
}

async fn is(number: i64, reply: impl Future<Output = Reply>) -> Reply {
    let reply = reply.await?;
    if reply == number {
        Ok(reply)
    } else {
        Err(format!("got {reply}"))
    }
}

async fn message(mut messages: Messages, accept: impl Fn(&str, &str) -> bool) -> Result<(), String> {
    while let Some((channel, text)) = messages.recv().await {
        if accept(&channel, &text) {
            return Ok(());
        }
    }
    Err("the subscription ended".to_owned())
}

async fn documentation<C: Client>(client: &C) -> Result<(), String> {
    let first = |mut replies: Vec<Json>| replies.swap_remove(0);
    let names = first(client.on_masters(&["COMMAND", "LIST", "FILTERBY", "MODULE", "room"]).await?);
    let names: Vec<&str> = names.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let docs = first(client.on_masters(&[&["COMMAND", "DOCS"][..], &names].concat()).await?);
    let entries = docs.as_array().map_or(0, |docs| docs.len() / 2);
    if entries != names.len() || entries < 40 {
        return Err(format!("{entries} entries of {}", names.len()));
    }
    let info = first(client.on_masters(&["COMMAND", "INFO", "room.state"]).await?);
    if info.to_string().contains("reply:json") {
        Ok(())
    } else {
        Err(format!("no tips: {info}"))
    }
}

async fn listed<C: Client>(client: &C, room: &str, command: &[&str]) -> Result<(), String> {
    let pages = client.on_masters(command).await?;
    let mut keys = pages.iter().filter_map(|page| page[1].as_array()).flatten();
    if keys.any(|key| key == room) {
        Ok(())
    } else {
        Err(format!("not listed: {pages:?}"))
    }
}

async fn export<C: Client>(client: &C, room: &str) -> Result<(), String> {
    let mut cursor = "0".to_owned();
    let mut kinds = BTreeSet::new();
    loop {
        let page = client.run(&["ROOM.EXPORT", room, &cursor, "COUNT", "2"]).await?;
        for line in page[1].as_array().into_iter().flatten().filter_map(Json::as_str) {
            let line: Json = serde_json::from_str(line).map_err(|error| error.to_string())?;
            kinds.insert(line["kind"].as_str().unwrap_or_default().to_owned());
        }
        cursor = page[0].as_str().unwrap_or("0").to_owned();
        if cursor == "0" {
            break;
        }
    }
    match ["room", "member", "visit", "comment"].iter().all(|kind| kinds.contains(*kind)) {
        true => Ok(()),
        false => Err(format!("got {kinds:?}")),
    }
}

/// Runs the program with a client.
pub fn main<C: Client>() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let options = Options {
        port: words[0].parse().expect("PORT"),
        cluster: words[1] == "cluster",
        resp: words[2].parse().expect("RESP"),
    };
    let room = format!("room:{}-resp{}", C::NAME, options.resp);
    let mut day = Day { options, room, failures: 0 };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    runtime.block_on(async {
        if words.len() > 3 {
            day.extras::<C>().await;
        } else {
            day.gateway::<C>().await;
            day.warehouse::<C>().await;
        }
    });
    println!("{}: {} failed", C::NAME, day.failures);
    std::process::exit(i32::from(day.failures > 0));
}
