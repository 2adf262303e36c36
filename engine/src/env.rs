//! The environment of a turn or a read: the facts that the glue knows and a room does not.

use crate::settings::Settings;
use std::fmt;

/// The environment of a turn or a read.
#[derive(Clone, Copy, Debug)]
pub struct Env<'a> {
    /// The current time, Unix ms.
    pub now: u64,
    /// The settings in force.
    pub settings: &'a Settings,
    /// The room's key.
    pub key: &'a str,
    /// The database the key is in.
    pub db: u32,
    /// Whether frames are published by SPUBLISH instead of PUBLISH.
    pub shard: bool,
    /// The takeover generation of this process, from 1. Each load and each promotion raises it.
    pub generation: u64,
    /// Since when this server serves as master, Unix ms; `u64::MAX`: it is a replica.
    pub serving_since: u64,
    /// When the key expires. The server looks it up, which costs, so a turn asks only where it matters.
    pub expires: &'a dyn KeyExpiry,
    /// Two random numbers: the first for a new incarnation, the second for a new epoch.
    pub fresh: [u64; 2],
    /// How many members, sessions, hands or invitations one slice of bulk work takes: [`SLICE`](crate::SLICE). Tests
    /// take fewer.
    pub slice: u32,
}

impl Env<'_> {
    /// How frames are published, as replies show it: `shard` or `global`.
    pub fn publish(&self) -> &'static str {
        if self.shard {
            "shard"
        } else {
            "global"
        }
    }
}

/// When a key expires.
pub trait KeyExpiry: fmt::Debug {
    /// Unix ms; None: the key does not expire.
    fn at_ms(&self) -> Option<u64>;
}

/// A time that is known already.
impl KeyExpiry for Option<u64> {
    fn at_ms(&self) -> Option<u64> {
        *self
    }
}
