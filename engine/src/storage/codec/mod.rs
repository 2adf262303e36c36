//! The one codec: rooms as chunks of bytes, versioned.
//!
//! # Layout
//!
//! - `chunks`: rows of one section in chunks of bounded size
//! - `v1`: version 1: its rows (`wire`), a room into rows (`save`), rows into a room (`load`, `members`, `talk`), and what must
//!   hold between them (`check`)
//!
//! A version is frozen once released: a room saved by it loads for ever. A new one is a new folder, and old ones keep
//! their `load`.

mod chunks;
pub mod effect;
mod v1;

use crate::room::Room;

/// Version of the encoding that [`save`] writes; the RDB's encver.
pub const VERSION: u32 = 1;

/// Bytes that are no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt(pub &'static str);

/// Writes a room as a sequence of chunks.
pub fn save(room: &Room, chunk: &mut dyn FnMut(&[u8])) {
    v1::save(room, chunk);
}

/// Reads a room back; `chunk` gives the next chunk, or None when there is no more. The last chunk says that it is the
/// last: no other is asked for. All is checked: a room that loads keeps every invariant.
pub fn load(version: u32, chunk: &mut dyn FnMut() -> Option<Vec<u8>>) -> Result<Room, Corrupt> {
    match version {
        1 => v1::load(chunk),
        _ => Err(Corrupt("a version this one does not know")),
    }
}

/// What DEBUG DIGEST-VALUE adds up: the room's state, less what is local to a server, deterministic.
pub fn digest(room: &Room, bytes: &mut dyn FnMut(&[u8])) {
    v1::digest(room, bytes);
}
