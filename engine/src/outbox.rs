//! What a turn leaves for the glue: the effect to replicate, frames to publish, counts and the reply.

/// What a turn leaves for the glue to send. Reused from turn to turn: [`Outbox::clear`] keeps the memory.
#[derive(Debug, Default)]
pub struct Outbox {
    /// The effect to replicate as `ROOM.APPLY key effect`; empty: the room did not change.
    pub effect: Vec<u8>,
    /// The command is its own effect: replicate it as the client sent it. See [`fast_path`](crate::turn::fast_path).
    pub verbatim: bool,
    /// Frames and direct frames, in the order in which they are to be published.
    pub frames: Vec<String>,
    /// Keyspace notifications of class module, each once.
    pub notifications: Vec<&'static str>,
    /// When the key is to expire, Unix ms.
    pub expire: Option<u64>,
    /// The key is to be deleted, and the room with it: by the server, which frees large values on another thread.
    pub purged: bool,
    /// When the room next has something to do without a command, Unix ms; `u64::MAX`: never. None: as before the turn.
    pub next_due_ms: Option<u64>,
    /// What INFO counts.
    pub counts: Counts,
}

impl Outbox {
    /// Empties it for the next turn.
    pub fn clear(&mut self) {
        self.effect.clear();
        self.verbatim = false;
        self.frames.clear();
        self.notifications.clear();
        self.expire = None;
        self.purged = false;
        self.next_due_ms = None;
        self.counts = Counts::default();
    }

    /// Whether a turn has begun to change its room.
    pub fn has_change(&self) -> bool {
        self.verbatim || !self.effect.is_empty()
    }

    /// Adds a keyspace notification.
    pub fn notify(&mut self, name: &'static str) {
        if !self.notifications.contains(&name) {
            self.notifications.push(name);
        }
    }
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
