//! The engine's tests. They run rooms in the [`simulator`](crate::simulator).
//!
//! # Layout
//!
//! - one file for each family of rules: `lifecycle`, `presence`, `stage`, `hands`, `microphones`, `moderation`,
//!   `shadow`, `comments`, `tokens`, `polls`
//! - `bounded`: the memory of a room
//! - `deadlines`, `events`, `folding`, `recovery`, `reads`, `export`, `time`: rules that concern every family
//! - `invariants`: random rooms
//! - `codec`: saved rooms, effects and the golden files
//! - `docs_current`: the documents match the code
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure is a panic"
)]

mod bounded;
mod codec;
mod comments;
mod deadlines;
mod docs_current;
mod events;
mod export;
mod folding;
mod hands;
mod invariants;
mod lifecycle;
mod microphones;
mod moderation;
mod polls;
mod presence;
mod purge;
mod reads;
mod recovery;
mod shadow;
mod stage;
mod time;
mod tokens;
