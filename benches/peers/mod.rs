//! The peers of the module: the rules of ROOM.REACT over plain structures of the server, each written for speed. The
//! benchmark measures them, and `tests/black_box/peers.rs` checks that they accept, refuse and count like the module.
//!
//! - `react.lua`: the rules, atomic and with the server's clock, as a script and as a function
//! - [`application`]: the rules in a program that reads, decides, writes in a transaction and publishes
//!
//! The peers save work where the result stays the same: one field says whether a member is present or blocked, one
//! command reads all that a reaction needs, and the constant part of a message is stored. Each publishes every
//! reaction, because without a timer it cannot fold them into frames.

// The benchmark and its test each use a part of this.
#![allow(dead_code)]

pub mod application;

use serde_json::Value as Json;
use std::collections::BTreeMap;

const BODY: &str = include_str!("react.lua");

/// The Lua script.
pub const SCRIPT: &str = BODY;

/// The library with the function, which has the same code.
pub fn library() -> String {
    format!("#!lua name=peer\nredis.register_function('peer_react', function(KEYS, ARGV)\n{BODY}\nend)\n")
}

/// How long the key of a room lives, ms.
const TTL_MS: u64 = 259_200_000;

/// One room of a peer. It has the rules of a reaction only; the caller takes care of all others.
pub struct Plain {
    name: String,
    /// The key of the hash with the room's data. `react.lua` describes its fields.
    pub key: String,
    /// The channel on which reactions are published.
    pub channel: String,
}

impl Plain {
    /// The room with this name.
    pub fn named(name: &str) -> Plain {
        let key = format!("room:{name}");
        let channel = format!("__{key}");
        Plain { name: name.to_owned(), key, channel }
    }

    /// The commands that create a live room. No kinds: any kind is allowed. The first reaction sets the expiry.
    pub fn open(&self, kinds: &[&str]) -> Vec<Vec<String>> {
        let head = format!(r#"{{"room":"{}","epoch":"18bd1e1a7c6f3d02""#, self.name);
        let meta = r#"{"language":"en","tags":["evening"]}"#;
        let mut room =
            strings(&["HSET", &self.key, "state", "live", "reactions", "on", "seq", "0", "kinds", "0"]);
        room.extend(strings(&["title", "Evening talk", "meta", meta, "head", &head, "expires", "0"]));
        vec![strings(&["DEL", &self.key]), room, self.allow(kinds)]
    }

    /// Allows more kinds. No kinds: any kind is allowed.
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

    /// No longer allows these kinds, and no longer allows any kind.
    pub fn forbid(&self, kinds: &[&str]) -> Vec<String> {
        let mut command = strings(&["HDEL", &self.key, "any"]);
        command.extend(kinds.iter().map(|kind| format!("k:{kind}")));
        command
    }

    /// Turns reactions on or off.
    pub fn reactions(&self, on: bool) -> Vec<String> {
        strings(&["HSET", &self.key, "reactions", if on { "on" } else { "off" }])
    }

    /// Ends the room.
    pub fn end(&self) -> Vec<String> {
        strings(&["HSET", &self.key, "state", "ended"])
    }

    /// A member joins, with a full bucket.
    pub fn join(&self, user: &str) -> Vec<String> {
        self.member(user, "p0")
    }

    /// A member leaves.
    pub fn leave(&self, user: &str) -> Vec<String> {
        self.member(user, "l0")
    }

    /// A user is blocked.
    pub fn block(&self, user: &str) -> Vec<String> {
        self.member(user, "b0")
    }

    fn member(&self, user: &str, value: &str) -> Vec<String> {
        strings(&["HSET", &self.key, &format!("m:{user}"), value])
    }

    /// A reaction by the script with this SHA-1 digest.
    pub fn by_script(&self, sha: &str, user: &str, kind: &str, count: &str, rate: &str) -> Vec<String> {
        strings(&["EVALSHA", sha, "1", &self.key, user, kind, count, rate])
    }

    /// A reaction by the function.
    pub fn by_function(&self, user: &str, kind: &str, count: &str, rate: &str) -> Vec<String> {
        strings(&["FCALL", "peer_react", "1", &self.key, user, kind, count, rate])
    }
}

/// The totals by kind in the hash of a room.
pub fn totals(room: &BTreeMap<String, String>) -> BTreeMap<String, u64> {
    let total = |(field, value): (&String, &String)| {
        Some((field.strip_prefix("t:")?.to_owned(), value.parse().expect("a total")))
    };
    room.iter().filter_map(total).collect()
}

/// The counts by user and kind in the hash of a room.
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
