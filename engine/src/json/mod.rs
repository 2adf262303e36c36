//! The JSON of replies, events and frames.

pub mod direct;
pub mod events;
pub mod replies;
pub mod shapes;
pub mod summary;
mod writer;

pub use writer::{write, write_sized, Written};
