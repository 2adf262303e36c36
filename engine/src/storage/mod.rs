//! Rooms as bytes, and their place in memory.

pub mod codec;
pub mod defrag;
