//! What one would have without the module: ROOM.REACT's rules over plain structures of the server, each written as well
//! as we can. The benchmark races them, and `tests/peers.rs` proves that they take, refuse and count what the module
//! does.
//!
//! - `react.lua`: the rules, atomic and with the server's clock, as a script and as a function
//! - [`application`]: the rules in a program that reads, decides, writes in a transaction and publishes
//!
//! Where a peer can be given less to do without changing what is seen, it is: one look at a member says whether it is
//! present and whether it is blocked, all of a room is read at once and written at once, what messages have in common
//! is kept ready. Each publishes every reaction, as it must: without a timer there is nothing that could gather them.

// The benchmark and its test each use a part of it.
#![allow(dead_code)]

pub mod application;

use serde_json::Value as Json;
use std::collections::BTreeMap;

const BODY: &str = include_str!("react.lua");

/// The script.
pub const SCRIPT: &str = BODY;

/// The library of functions, with the same code in it.
pub fn library() -> String {
    format!("#!lua name=peer\nredis.register_function('peer_react', function(KEYS, ARGV)\n{BODY}\nend)\n")
}

/// How long a room's keys live, ms.
const TTL_MS: u64 = 259_200_000;

/// One room. Every other rule than a reaction's is whoever's uses it.
pub struct Plain {
    name: String,
    /// A hash of all that is known of the room; `react.lua` says how.
    pub key: String,
    /// Where reactions are published.
    pub channel: String,
}

impl Plain {
    /// The room of a name.
    pub fn named(name: &str) -> Plain {
        let key = format!("room:{name}");
        let channel = format!("__{key}");
        Plain { name: name.to_owned(), key, channel }
    }

    /// A live room that allows these kinds; none: any. Its time begins with its first reaction.
    pub fn open(&self, kinds: &[&str]) -> Vec<Vec<String>> {
        let head = format!(r#"{{"room":"{}","epoch":"18bd1e1a7c6f3d02""#, self.name);
        let meta = r#"{"language":"en","tags":["evening"]}"#;
        let mut room =
            strings(&["HSET", &self.key, "state", "live", "reactions", "on", "seq", "0", "kinds", "0"]);
        room.extend(strings(&["title", "Evening talk", "meta", meta, "head", &head, "expires", "0"]));
        vec![strings(&["DEL", &self.key]), room, self.allow(kinds)]
    }

    /// Allows these kinds too; none: any.
    pub fn allow(&self, kinds: &[&str]) -> Vec<String> {
        let mut command = strings(&["HSET", &self.key]);
        for kind in kinds {
            command.extend([format!("k:{kind}"), Json::from(*kind).to_string()]);
        }
        if kinds.is_empty() {
            command.extend(strings(&["any", "1"]));
        }
        command
    }

    /// No longer allows these kinds, nor any.
    pub fn forbid(&self, kinds: &[&str]) -> Vec<String> {
        let mut command = strings(&["HDEL", &self.key, "any"]);
        command.extend(kinds.iter().map(|kind| format!("k:{kind}")));
        command
    }

    /// Whether reactions are taken.
    pub fn reactions(&self, on: bool) -> Vec<String> {
        strings(&["HSET", &self.key, "reactions", if on { "on" } else { "off" }])
    }

    /// The room has ended.
    pub fn end(&self) -> Vec<String> {
        strings(&["HSET", &self.key, "state", "ended"])
    }

    /// A member comes, with a full bucket.
    pub fn join(&self, user: &str) -> Vec<String> {
        self.member(user, "p0")
    }

    /// A member goes.
    pub fn leave(&self, user: &str) -> Vec<String> {
        self.member(user, "l0")
    }

    /// A user is kept out.
    pub fn block(&self, user: &str) -> Vec<String> {
        self.member(user, "b0")
    }

    fn member(&self, user: &str, is: &str) -> Vec<String> {
        strings(&["HSET", &self.key, &format!("m:{user}"), is])
    }

    /// A reaction by the script with this digest.
    pub fn by_script(&self, sha: &str, user: &str, kind: &str, count: &str, rate: &str) -> Vec<String> {
        strings(&["EVALSHA", sha, "1", &self.key, user, kind, count, rate])
    }

    /// A reaction by the function.
    pub fn by_function(&self, user: &str, kind: &str, count: &str, rate: &str) -> Vec<String> {
        strings(&["FCALL", "peer_react", "1", &self.key, user, kind, count, rate])
    }
}

/// Totals by kind, out of a room's hash.
pub fn totals(room: &BTreeMap<String, String>) -> BTreeMap<String, u64> {
    let total = |(field, value): (&String, &String)| {
        Some((field.strip_prefix("t:")?.to_owned(), value.parse().expect("a total")))
    };
    room.iter().filter_map(total).collect()
}

/// Counts by user and kind, out of a room's hash.
pub fn counts(room: &BTreeMap<String, String>) -> BTreeMap<(String, String), u64> {
    let count = |(field, value): (&String, &String)| {
        let (user, kind) = field.strip_prefix("c:")?.split_once('\n')?;
        Some(((user.to_owned(), kind.to_owned()), value.parse().expect("a count")))
    };
    room.iter().filter_map(count).collect()
}

fn strings(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|&part| part.to_owned()).collect()
}
