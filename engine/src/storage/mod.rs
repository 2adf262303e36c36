//! Storage: rooms and effects as bytes, and moving a room in memory.
//!
//! - `codec`: the one codec of RDB, AOF and effects
//! - `defrag`: moves a room's allocations

pub(crate) mod codec;
pub(crate) mod defrag;

pub use codec::{digest, load, save, Corrupt, VERSION};
pub use defrag::{defrag, Cursor, Mover};
