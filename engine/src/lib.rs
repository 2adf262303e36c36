//! The engine of redis-room: a live room as a plain value. No Redis, no clock, no randomness, no I/O, no global.
//!
//! # Layout
//!
//! A module uses only modules above it in this list.
//!
//! | module | what it holds |
//! |---|---|
//! | [`collections`] | data structures that know nothing of rooms |
//! | [`terms`], [`limits`], [`id`], [`error`], [`settings`], [`channel`], [`env`](mod@env) | small values |
//! | [`command`] | every command: its syntax, its documentation and its parser |
//! | [`effect`] | what replicas and the AOF receive |
//! | [`outbox`] | what a turn leaves for the glue to send |
//! | [`room`] | a room: its tables, its deadlines and the view that reads use |
//! | [`json`] | the JSON of replies, events and frames |
//! | [`read`] | commands that change nothing |
//! | [`storage`] | rooms as bytes, and their place in memory |
//! | [`turn`] | a write, from the settled deadlines to the frame |

pub mod channel;
pub mod collections;
pub mod command;
pub mod effect;
pub mod env;
pub mod error;
pub mod id;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
pub mod json;
pub mod limits;
pub mod outbox;
pub mod read;
pub mod room;
pub mod settings;
pub mod storage;
pub mod terms;
pub mod turn;
