//! The state of a room that is local to a server. It is not replicated. Only [`broken`](Local::broken) is saved and
//! digested.

use crate::room::direct::DirectEvents;
use crate::room::rates::Bucket;

/// The state of a room that is local to a server.
#[derive(Clone, Debug, Default)]
pub struct Local {
    /// The takeover generation of this process in which the current epoch began; 0: this process has not taken the
    /// room over.
    pub generation: u64,
    /// Since when this server serves the room. A room can arrive at a server that has served for long, by RESTORE or
    /// with its slot.
    pub served: Service,
    /// When the room next has something to do without a command, Unix ms; 0: unknown, `u64::MAX`: never.
    pub next_due_ms: u64,
    /// The room met an effect that this version does not know.
    pub broken: bool,
    /// The room's comment rate.
    pub comments: Bucket,
    /// Urgent frames of the current second.
    pub urgent: UrgentFrames,
    /// When this server last sent a frame of the room, by its own clock, Unix ms; 0: never.
    pub sent_ms: u64,
    /// Direct events that go out before the next frame.
    pub direct: DirectEvents,
}

/// Since when a server serves a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// The takeover generation in which the service began; 0: it has not begun.
    pub generation: u64,
    /// When it began, Unix ms.
    pub since_ms: u64,
}

/// Frames that were sent before their tick, counted per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UrgentFrames {
    /// The second that is counted, in seconds of Unix time.
    pub second: u64,
    /// Urgent frames sent in that second.
    pub sent: u32,
}
