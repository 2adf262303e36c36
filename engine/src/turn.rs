//! One way through: what happens to a room, in one place and in one order.
//!
//! settle what is due → decide → apply → flush. The glue parses before and replicates, signals, publishes, notifies
//! and replies after, from what stands in the [`Outbox`].

use crate::command::Command;
use crate::error::Error;
use crate::room::Room;
use crate::settings::Settings;

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
    /// When the key expires, Unix ms; None: never.
    pub expires: Option<u64>,
    /// Two random numbers, for a new incarnation and a new epoch.
    pub fresh: [u64; 2],
}

/// What a turn leaves for the glue to send. Reused from turn to turn: [`Outbox::clear`] keeps the memory.
#[derive(Debug, Default)]
pub struct Outbox {
    /// The effect to replicate as `ROOM.APPLY key effect`; empty: the room did not change.
    pub effect: Vec<u8>,
    /// Frames and direct frames, in the order in which they are to be published.
    pub frames: Vec<String>,
    /// Keyspace notifications of class module.
    pub notes: Vec<&'static str>,
    /// When the key is to expire, Unix ms.
    pub expire: Option<u64>,
    /// What INFO counts.
    pub counts: Counts,
}

/// What INFO adds up over all rooms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames built.
    pub frames: u64,
    /// Events numbered.
    pub events: u64,
    /// Reactions taken.
    pub reactions: u64,
    /// Comments taken.
    pub comments: u64,
}

/// A reply, in the terms of RESP.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// `+OK`
    Ok,
    /// A fixed word, as a simple string.
    Word(&'static str),
    /// An integer.
    Int(i64),
    /// A bulk string.
    Bulk(String),
    /// Null.
    Null,
    /// An array.
    Array(Vec<Reply>),
    /// A map (RESP2: a flat array).
    Map(Vec<(&'static str, Reply)>),
}

impl Outbox {
    /// Empties it for the next turn.
    pub fn clear(&mut self) {
        *self = Outbox::default();
    }
}

/// Runs a write. `room` is what the key holds; CREATE fills it, PURGE empties it (the glue then deletes the key). On
/// an error the outbox may still hold what was due before.
pub fn run(
    _room: &mut Option<Box<Room>>,
    _command: &Command<'_>,
    _env: &Env<'_>,
    _out: &mut Outbox,
) -> Result<Reply, Error> {
    Err(Error::NoRoom)
}

/// Answers a read: changes nothing, shows the room as of `env.now`. On a replica too.
pub fn read(_room: Option<&Room>, _command: &Command<'_>, _env: &Env<'_>) -> Result<Reply, Error> {
    Err(Error::NoRoom)
}

/// A master's timer: settles what is due and sends what waits.
pub fn tick(_room: &mut Room, _env: &Env<'_>, _out: &mut Outbox) {}

/// When [`tick`] next has something to do, Unix ms.
pub fn deadline(_room: &Room, _env: &Env<'_>) -> Option<u64> {
    None
}

/// Applies a replicated effect. `Err`: this version does not know it; the room is now broken (and if `room` was empty,
/// there is nothing to break: the effect is dropped).
pub fn replay(
    _room: &mut Option<Box<Room>>,
    _effect: &[u8],
    _env: &Env<'_>,
    _out: &mut Outbox,
) -> Result<(), Error> {
    Err(Error::Broken)
}

/// The channel of a room: `__room@<db>__:{key}`, or without the braces when the key has a hash tag itself.
pub fn channel(db: u32, key: &str) -> String {
    format!("__room@{db}__:{key}")
}

/// What a server publishes when it loses the room under a key.
pub fn gone(_key: &str, _epoch: u64) -> String {
    String::new()
}
