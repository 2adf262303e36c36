//! The engine of redis-room: a live room as a plain value. It has no Redis, no clock, no randomness, no I/O and no
//! global state. The caller gives time, settings and fresh ids with [`Env`].
//!
//! # Use
//!
//! A [`Slot`](turn::Slot) is the content of a key: a room, or nothing. [`turn::run`] runs a write on it and fills an
//! [`Outbox`] for the caller to send. [`turn::read`] runs a read. [`storage`] turns a room into bytes and back.
//!
//! ```
//! use room_engine::command::{commands, Command};
//! use room_engine::server_clock::ServerTime;
//! use room_engine::settings::Settings;
//! use room_engine::{storage, turn, Env, Error, Outbox, Reply, SLICE};
//!
//! let settings = Settings::default();
//! let mut slot: turn::Slot = None;
//! let mut out = Outbox::default();
//! let mut now = 1_732_413_240_000; // Unix ms
//!
//! /// Runs one command, as a client would send it, but without its key.
//! fn run(slot: &mut turn::Slot, line: &[&str], env: &Env<'_>, out: &mut Outbox) -> Result<Reply, Error> {
//!     let spec = commands().find(|spec| spec.name == line[0]).expect("a command");
//!     let args: Vec<&[u8]> = line[1..].iter().map(|arg| arg.as_bytes()).collect();
//!     out.clear();
//!     match spec.parse(&args)? {
//!         Command::Write(command) => turn::run(slot, &command, env, out),
//!         Command::Read(command) => turn::read(slot.as_deref(), &command, env),
//!         Command::List(_) => unreachable!("LIST has no key"),
//!     }
//! }
//!
//! let evening = [
//!     vec!["ROOM.CREATE", "ada", "TITLE", "Evening talk", "SEATS", "5"],
//!     vec!["ROOM.JOIN", "ada"],
//!     vec!["ROOM.JOIN", "ben", "PROFILE", "{\"name\":\"Ben\"}"],
//!     vec!["ROOM.RAISEHAND", "ben"],
//!     vec!["ROOM.NEXT", "ada"],
//!     vec!["ROOM.REACT", "ben", "👏", "COUNT", "20"],
//!     vec!["ROOM.END", "ada"],
//! ];
//! for line in evening {
//!     now += 1000;
//!     let env = Env {
//!         now,
//!         time: ServerTime::unbroken(now),
//!         settings: &settings,
//!         key: "room:42",
//!         db: 0,
//!         shard: false,
//!         generation: 1,
//!         serving: true,
//!         expires: &None,
//!         fresh: [now, now + 1], // random numbers in a server
//!         slice: SLICE,
//!     };
//!     let reply = run(&mut slot, &line, &env, &mut out)?;
//!     if line[0] == "ROOM.NEXT" {
//!         assert_eq!(reply, Reply::Bulk("ben".into()));
//!         // Ben is on stage at once: the frame goes out with this turn.
//!         assert!(out.frames.iter().any(|frame| frame.contains("\"type\":\"stage\"")));
//!     }
//!     if line[0] == "ROOM.END" {
//!         let Reply::Bulk(summary) = reply else { unreachable!("a summary is JSON") };
//!         assert!(summary.contains("\"title\":\"Evening talk\"") && summary.contains("\"reactions\":{\"👏\":20}"));
//!     }
//! }
//!
//! // Save the room and load it again.
//! let room = slot.as_deref().expect("a room");
//! let mut chunks = Vec::new();
//! storage::save(room, &mut |chunk| chunks.push(chunk.to_vec()));
//! let mut chunks = chunks.into_iter();
//! let loaded = storage::load(storage::VERSION, &mut || chunks.next()).expect("the same room");
//! assert_eq!(loaded.seq(), room.seq());
//! # Ok::<(), Error>(())
//! ```
//!
//! # Layout
//!
//! A module uses only modules above it in this list.
//!
//! | module | content |
//! |---|---|
//! | `collections` | data structures without knowledge of rooms |
//! | [`terms`], `id`, `limits`, [`error`](Error), [`settings`], [`channel`], [`env`](Env) | small values |
//! | [`command`] | every command: its value, its table entry and its parser, by family |
//! | `effect` | the changes that replicas and the AOF receive |
//! | [`outbox`](Outbox) | the results of a turn, for the caller to send |
//! | [`room`](Room) | a room: its tables, its deadlines and the view that reads use |
//! | `json` | the JSON of replies, events and frames |
//! | `read` | commands that change nothing |
//! | [`storage`] | rooms and effects as bytes, and a room's place in memory |
//! | [`turn`] | a write, from the settled deadlines to the frame |
//!
//! `simulator` is a server without Redis, for the engine's tests and fuzzers. `internals` opens the private modules to
//! its benchmarks. Both need the feature `internals`, which the Redis module never enables.

// Tests count the bytes on the heap, which takes an allocator of their own.
#![cfg_attr(not(test), forbid(unsafe_code))]

pub mod channel;
mod collections;
pub mod command;
mod effect;
mod env;
mod error;
mod id;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
mod json;
mod limits;
mod outbox;
mod read;
mod room;
#[cfg(feature = "schema")]
pub mod schema;
pub mod server_clock;
pub mod settings;
#[cfg(any(test, feature = "internals"))]
#[doc(hidden)]
pub mod simulator;
pub mod storage;
pub mod terms;
#[cfg(test)]
mod tests;
pub mod turn;

pub use env::{Env, KeyExpiry};
pub use error::Error;
pub use limits::SLICE;
pub use outbox::{Counts, Outbox, Reply};
pub use read::card;
pub use room::Room;
