//! Storage: rooms and effects as bytes, and moving a room in memory.
//!
//! - [`codec`]: the one codec of RDB, AOF and effects
//! - [`defrag`](mod@defrag): moves a room's allocations

pub mod codec;
pub mod defrag;
