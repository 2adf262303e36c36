//! The environment of a turn or a read: the facts that the glue knows and a room does not.

use crate::room::Room;
use crate::server_clock::ServerTime;
use crate::settings::Settings;
use std::fmt;

/// The environment of a turn or a read.
#[derive(Clone, Copy, Debug)]
pub struct Env<'a> {
    /// The current time, Unix ms: that of the room, which every turn and read puts here. Outside of a room: the wall
    /// clock.
    pub now: u64,
    /// The server's clocks.
    pub time: ServerTime,
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
    /// Whether this server serves as master. Otherwise it is a replica.
    pub serving: bool,
    /// When the key expires. The server looks it up, which costs, so a turn asks only where it matters.
    pub expires: &'a dyn KeyExpiry,
    /// Two random numbers: the first for a new incarnation, the second for a new epoch.
    pub fresh: [u64; 2],
    /// How many members, sessions, hands or invitations one slice of bulk work takes: [`SLICE`](crate::SLICE). Tests
    /// take fewer.
    pub slice: u32,
}

impl<'a> Env<'a> {
    /// The environment with the room's time as `now`.
    pub(crate) fn at(&self, room: &Room) -> Env<'a> {
        Env { now: room.local.time.now(room.clock, self.time), ..*self }
    }

    /// A time of the wall clock in the room's time, both Unix ms.
    pub(crate) fn room_time_of(&self, wall_ms: u64) -> u64 {
        wall_ms.saturating_add(self.now).saturating_sub(self.time.wall_ms)
    }

    /// A time of the room by the wall clock, both Unix ms. `u64::MAX` stays.
    pub(crate) fn wall_time_of(&self, room_ms: u64) -> u64 {
        match room_ms {
            u64::MAX => u64::MAX,
            _ => room_ms.saturating_sub(self.now).saturating_add(self.time.wall_ms),
        }
    }

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
