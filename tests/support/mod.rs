//! Real servers with the module loaded, and what talks to them: clients, subscribers and a follower.
//!
//! - [`server`]: starts a server on a free loopback port, stops it, restarts it, reads its log and INFO
//! - [`client`]: commands over a connection, replies and errors exactly as they were sent
//! - [`cluster`]: masters and replicas that share the slots, and clients and followers that find them
//! - [`subscriber`]: collects what a channel carries
//! - [`follower`]: a gateway's picture of a room, kept by the contract's Recovery list and nothing else
//! - [`picture`]: that picture, and how events change it
//! - [`dump`]: what stands in a `DUMP`
//! - [`lines`]: valid lines of every command
//! - [`listener`]: what one room publishes
//! - [`deadlines`]: rooms with something of every kind that falls due
//! - [`master`]: a master that sends what no real one would
//! - [`rooms`]: rooms with everything in them, and everything that can be read of one
//! - [`traffic`]: random commands for some rooms
//! - [`load`]: that traffic from a thread of its own, while something else happens
//! - [`watch`]: a room watched from all sides while it is told one command after another
//!
//! `ROOM_SERVER` names the server's binary (else `redis-server` from PATH), `ROOM_MODULE` the module (else the
//! release build, else the debug build), `ROOM_PATIENCE` by how much to stretch what a test may wait. Nothing here
//! waits for a duration: [`wait_for`] waits for a state.

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
pub mod server;
pub mod subscriber;
pub mod traffic;
pub mod watch;

pub use client::{Args, Client, Reply};
pub use cluster::{Cluster, Seat, Writers};
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
    pub use room_engine::error::Error;
    pub use room_engine::settings::SETTINGS;
}

pub use redis::Value;
pub use serde_json::{json, Value as Json};

use std::env;
use std::time::{Duration, Instant};

/// How long anything may take before a test gives up. Only failing tests wait this long.
pub fn deadline() -> Duration {
    let patience =
        env::var("ROOM_PATIENCE").map_or(1, |text| text.parse().expect("ROOM_PATIENCE is a number"));
    Duration::from_secs(20) * patience
}

/// Asks again and again until there is an answer. What it waited for is named when there is none.
#[track_caller]
pub fn wait_for<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = answer() {
            return found;
        }
        assert!(start.elapsed() < deadline(), "waited {:?} in vain: {what}", deadline());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The channel of a room's frames, as the contract names it.
pub fn channel(db: u32, key: &str) -> String {
    let tagged = key.find('{').is_some_and(|open| key[open + 1..].find('}').is_some_and(|len| len > 0));
    if tagged {
        format!("__room@{db}__:{key}")
    } else {
        format!("__room@{db}__:{{{key}}}")
    }
}
