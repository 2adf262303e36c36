//! The engine of redis-room: a live room as a plain value.
pub mod channel;
pub mod codec;
pub mod command;
pub mod docs;
pub mod error;
pub mod parse;
pub mod room;
pub mod settings;
pub mod table;
pub mod turn;
