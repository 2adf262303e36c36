//! Real servers with the module loaded, and their clients, subscribers and followers.
//!
//! - [`server`]: starts a server on a free loopback port, stops it, restarts it, reads its log and INFO
//! - [`client`]: commands over a connection, with exact replies and errors
//! - [`cluster`]: a cluster of masters and replicas, with clients and followers that find a key's node
//! - [`subscriber`]: collects the messages of a channel
//! - [`follower`]: a gateway that keeps a picture of a room by the list in `docs/events.md#recovery` alone
//! - [`picture`]: that picture, and how events change it
//! - [`dump`]: the format of a `DUMP`
//! - [`lines`]: valid lines of every command
//! - [`listener`]: the events and notifications of one room
//! - [`deadlines`]: rooms with a deadline of every kind
//! - [`master`]: a fake master
//! - [`schema`]: checks frames and replies against `docs/schema/`
//! - [`rooms`]: rooms with everything in them, and everything that can be read of a room
//! - [`traffic`]: random commands for some rooms
//! - [`load`]: that traffic from a separate thread
//! - [`watch`]: one room, with all frames and notifications of each command
//!
//! `ROOM_SERVER` is the path of the server (default: `redis-server` in PATH). `ROOM_MODULE` is the path of the module
//! (default: the release build, else the debug build). `ROOM_PATIENCE` multiplies the time after which a wait fails.
//!
//! Nothing here waits for a duration: [`wait_for`] waits for a state.

pub mod client;
pub mod cluster;
pub mod deadlines;
pub mod dump;
pub mod follower;
pub mod lines;
pub mod listener;
pub mod load;
pub mod master;
pub mod picture;
pub mod rooms;
pub mod schema;
pub mod server;
pub mod subscriber;
pub mod traffic;
pub mod watch;

pub use client::{Args, Client, Reply};
pub use cluster::{Cluster, Side, Writers};
pub use dump::Dump;
pub use follower::Follower;
pub use listener::Listener;
pub use load::Load;
pub use master::Master;
pub use server::{Builder, Server};
pub use subscriber::Subscriber;
pub use traffic::Traffic;
pub use watch::Watch;

/// The engine's tables. Only these lines of the tests name the engine.
pub mod engine {
    pub use room_engine::command::commands;
    pub use room_engine::command::spec::{Arg, ArgKind, Spec};
    pub use room_engine::settings::SETTINGS;
    pub use room_engine::Error;
}

pub use redis::Value;
pub use serde_json::{json, Value as Json};

use std::env;
use std::time::{Duration, Instant};

/// The time after which a wait fails. Only failing tests wait this long.
pub fn deadline() -> Duration {
    let patience =
        env::var("ROOM_PATIENCE").map_or(1, |text| text.parse().expect("ROOM_PATIENCE is a number"));
    Duration::from_secs(20) * patience
}

/// Repeats a question until it has an answer. A failure names `what`.
#[track_caller]
pub fn wait_for<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = answer() {
            return found;
        }
        assert!(start.elapsed() < deadline(), "waited {:?} for: {what}", deadline());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The channel of a room's frames, by the rule in `docs/events.md`.
pub fn channel(db: u32, key: &str) -> String {
    let tagged = key.find('{').is_some_and(|open| key[open + 1..].find('}').is_some_and(|len| len > 0));
    if tagged {
        format!("__room@{db}__:{key}")
    } else {
        format!("__room@{db}__:{{{key}}}")
    }
}
