//! The state of a room that is local to a server. It is not replicated. Only [`broken`](Local::broken) is saved and
//! digested.

use crate::room::direct::DirectEvents;
use crate::room::rates::Bucket;
use crate::room::time::RoomTime;

/// The state of a room that is local to a server.
#[derive(Clone, Debug, Default)]
pub struct Local {
    /// The takeover generation of this process in which the current epoch began; 0: this process has not taken the
    /// room over.
    pub generation: u64,
    /// The room's time on this server.
    pub time: RoomTime,
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

/// Frames that were sent before their tick, counted per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UrgentFrames {
    /// The second that is counted, in seconds of Unix time.
    pub second: u64,
    /// Urgent frames sent in that second.
    pub sent: u32,
}
