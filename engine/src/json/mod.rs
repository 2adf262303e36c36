//! The JSON of replies, events and frames.
//!
//! The shapes borrow from a room and are written by one serializer. `docs/events.md` describes their fields.

pub mod direct;
pub mod events;
pub mod frames;
pub mod hand;
pub mod replies;
pub mod shapes;
pub mod summary;
mod writer;

pub use writer::{write, write_sized, Written};
