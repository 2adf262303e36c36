//! The context in which changes are applied and events are flushed.

use crate::outbox::Outbox;

/// The context in which a change is applied, and the outbox that it fills.
pub struct ApplyCtx<'s> {
    /// The time of the effect, Unix ms.
    pub at: u64,
    /// The room's key.
    pub key: &'s str,
    /// `room.history-bytes`, bytes. The history is local, so the setting may differ from server to server.
    pub history_bytes: usize,
    /// This server publishes frames: it is a master, and neither replays nor loads. Otherwise no frame is built.
    pub sends: bool,
    /// The results of the turn, for the glue to send.
    pub out: &'s mut Outbox,
}
