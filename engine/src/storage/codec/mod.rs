//! The one codec: rooms and effects as bytes, in a versioned form. No other module uses bincode.
//!
//! # Layout
//!
//! - [`effect`]: the changes that replicas and the AOF receive
//! - `chunks`: rows of one section in chunks of bounded size
//! - `v1`: version 1
//!     - `wire`: its rows; `change`: the changes of an effect
//!     - `save`: a room into rows
//!     - `load`, `members`, `content`: rows into a room; `check`: the invariants between rows
//!     - `golden`: a test that compares the rows with those that were released
//!
//! A released version is frozen. Every later release must load the rooms that it saved. The wire types are separate
//! from the live types, so that reordering a live enum changes no byte. A new version gets a new folder, and the old
//! folder keeps its `load`.

mod chunks;
pub mod effect;
mod v1;

use crate::room::Room;

/// The version that [`save`] writes. It is the encver of the RDB.
pub const VERSION: u32 = 1;

/// The bytes are not a room. The text says why, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt(pub &'static str);

/// Writes a room. `chunk` receives one chunk after the other.
pub fn save(room: &Room, chunk: &mut dyn FnMut(&[u8])) {
    v1::save(room, chunk);
}

/// Reads a room. `chunk` gives the next chunk, or None if there is none. The last chunk marks itself, and no chunk
/// after it is read. A room that loads keeps every invariant.
///
/// # Errors
/// The version is unknown, or the chunks are not a room that [`save`] could have written.
pub fn load(version: u32, chunk: &mut dyn FnMut() -> Option<Vec<u8>>) -> Result<Room, Corrupt> {
    match version {
        1 => v1::load(chunk),
        _ => Err(Corrupt("an unknown version")),
    }
}

/// Writes the bytes that DEBUG DIGEST-VALUE adds up. Equal rooms give equal bytes on every server. State that is local
/// to one server is left out.
pub fn digest(room: &Room, bytes: &mut dyn FnMut(&[u8])) {
    v1::digest(room, bytes);
}
