//! The results of a turn: the effect to replicate, frames to publish, notifications, counts and the reply.

/// The results of a turn, for the glue to send. It is reused from turn to turn: [`Outbox::clear`] keeps the memory.
#[derive(Debug, Default)]
pub struct Outbox {
    /// The effect to replicate as `ROOM.APPLY key effect`; empty: the room did not change.
    pub effect: Vec<u8>,
    /// The command is its own effect and is replicated as the client sent it: see
    /// `turn::fast_path`. [`Outbox::effect`] is then empty.
    pub verbatim: bool,
    /// Frames and direct frames, in the order in which they are to be published.
    pub frames: Vec<String>,
    /// Keyspace notifications of class *module*, each once.
    pub notifications: Vec<&'static str>,
    /// The new expiry of the key, Unix ms; None: the expiry stays as it is.
    pub expire: Option<u64>,
    /// The room was purged, so its key must be deleted. The glue unlinks the key: the server then frees a large room on
    /// another thread.
    pub purged: bool,
    /// When the room next has something to do without a command, Unix ms; `u64::MAX`: never. None: the same as before
    /// the turn.
    pub next_due_ms: Option<u64>,
    /// The counts that INFO adds up.
    pub counts: Counts,
}

impl Outbox {
    /// Empties the outbox for the next turn.
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

    /// Adds a keyspace notification, unless it is already there.
    pub fn notify(&mut self, name: &'static str) {
        if !self.notifications.contains(&name) {
            self.notifications.push(name);
        }
    }
}

/// The amounts that one turn adds to the totals of INFO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames built.
    pub frames: u64,
    /// Events numbered.
    pub events: u64,
    /// Reactions accepted.
    pub reactions: u64,
    /// Comments accepted, without those under a shadow block.
    pub comments: u64,
}

/// A reply. The variants are RESP types.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// `+OK`
    Ok,
    /// A fixed word as a simple string.
    Word(&'static str),
    /// An integer.
    Int(i64),
    /// A bulk string.
    Bulk(String),
    /// Null.
    Null,
    /// An array.
    Array(Vec<Reply>),
}
