//! The engine of redis-room: a live room as a plain value. No Redis, no clock, no randomness, no I/O, no global.
//!
//! # Layout
//!
//! A command's way: [`parse`] makes a [`command`] of a client's arguments; [`turn`] runs it: what is [`due`] is settled,
//! [`decide`] answers an [`effect`] or an [`error`], [`apply`] changes the [`room`], [`flush`] numbers what is
//! [`pending`] and builds frames. [`read`] answers what changes nothing, through a [`view`] of the room as of now.
//!
//! [`hot`] is the short way of the commands that come by the thousand.
//!
//! A room is made of [`users`] (in [`pieces`], with their [`rates`]), [`arrivals`], [`leases`], [`hands`], [`talk`]
//! (comments and reactions, counted in a [`tally`]), [`polls`], [`moderation`], what is [`pending`], the [`history`] of
//! events and the [`record`] for the warehouse. [`shape`] has the JSON shapes of the contract, [`event`] and [`direct`]
//! those of what is published, and [`json`] writes them; [`codec`] has the form in which a room is saved, and
//! [`defrag`] moves it in memory.
//!
//! [`table`] lists every command and is the source of `COMMAND DOCS` and, by [`docs`], of `docs/commands.md`;
//! [`settings`] lists every setting; [`channel`] names a room's channel.

pub mod apply;
pub mod arrivals;
pub mod channel;
pub mod codec;
pub mod command;
pub mod decide;
pub mod defrag;
pub mod direct;
pub mod docs;
pub mod due;
pub mod effect;
pub mod error;
pub mod event;
pub mod flush;
pub mod hands;
pub mod history;
pub mod hot;
pub mod json;
pub mod leases;
pub mod moderation;
pub mod parse;
pub mod pending;
pub mod pieces;
pub mod polls;
pub mod rates;
pub mod read;
pub mod record;
pub mod room;
pub mod settings;
pub mod shape;
pub mod table;
pub mod talk;
pub mod tally;
pub mod turn;
pub mod users;
pub mod view;
