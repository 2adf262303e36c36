//! What the server knows and a room does not.

use crate::settings::Settings;
use std::fmt;

/// What the server knows and a room does not.
#[derive(Clone, Copy, Debug)]
pub struct Env<'a> {
    /// Unix ms.
    pub now: u64,
    /// The settings in force.
    pub settings: &'a Settings,
    /// The room's key.
    pub key: &'a str,
    /// The database the key is in.
    pub db: u32,
    /// Whether frames go out by SPUBLISH.
    pub shard: bool,
    /// This process's takeover generation, from 1; raised on load and promotion.
    pub generation: u64,
    /// Unix ms since which this server has served as master; `u64::MAX` on a replica.
    pub serving_since: u64,
    /// When the key expires. A lookup costs, so a turn asks only where it matters.
    pub expires: &'a dyn KeyExpiry,
    /// Two random numbers, for a new incarnation and a new epoch.
    pub fresh: [u64; 2],
}

impl Env<'_> {
    /// How frames are published, as replies say it.
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
