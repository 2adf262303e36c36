//! ROOM.EVENTS: the events after a number.

use crate::env::Env;
use crate::error::Error;
use crate::id::Id;
use crate::json::frames::{EventsFrame, FrameKind};
use crate::json::shapes;
use crate::json::{self, Written};
use crate::room::Room;

/// The frame of the events after `since`. The previous epoch is accepted up to the number of its last event.
///
/// # Errors
/// [`Error::Resync`]: another epoch, a number ahead of the room's, or events that the history no longer holds.
pub(super) fn events(room: &Room, epoch: &str, since: u64, env: &Env<'_>) -> Result<String, Error> {
    let known = match room.previous {
        _ if epoch == Id(room.epoch).to_string() => since <= room.seq,
        Some(previous) => epoch == Id(previous.epoch).to_string() && since <= previous.last_seq,
        None => false,
    };
    if !known {
        return Err(Error::Resync);
    }
    let entries: Vec<_> = room.history.after(since).ok_or(Error::Resync)?.collect();
    Ok(json::write(&EventsFrame {
        kind: FrameKind::Events,
        room: env.key,
        epoch: Id(room.epoch),
        from: since + 1,
        to: room.seq,
        ms: env.now,
        events: entries.iter().map(|entry| Written(&entry.json)).collect(),
        profiles: shapes::profiles(room, entries.iter().flat_map(|entry| entry.users.iter().copied())),
    }))
}
