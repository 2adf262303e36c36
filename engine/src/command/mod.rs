//! Commands: their table, their parsers and their values.
//!
//! A parser checks the form of every value and borrows from the arguments. It does not see the room. Whether a room
//! accepts the command is decided by `turn::decide` and `read`.
//!
//! # Layout
//!
//! | file | content |
//! |---|---|
//! | `lifecycle` `presence` `stage` `moderation` `comments` `polls` `reads` `services` | a family: for each command its entry in the table and its parser, side by side |
//! | `config_fields` | the fields of ROOM.CONFIG, in the same way |
//! | `spec` | the type of an entry of the table |
//! | `args` | reading arguments and options |
//! | `values`, `json_values` | the form of each value |
//! | `docs` | `docs/commands.md`, written from the table |
//!
//! A write belongs to the enum of its family, such as [`StageCommand`]. Reads are one enum, [`ReadCommand`], and
//! ROOM.LIST is [`ListCommand`]. So no match over writes has to skip reads, and none needs a wildcard.

mod args;
mod comments;
mod config_fields;
pub mod docs;
mod json_values;
mod lifecycle;
mod moderation;
mod polls;
mod presence;
mod reads;
mod services;
pub mod spec;
mod stage;
mod values;

#[cfg(test)]
mod tests;

pub use args::{parse, Args};
pub use comments::CommentCommand;
pub use config_fields::ConfigField;
pub use lifecycle::{Create, LifecycleCommand};
pub use moderation::ModerationCommand;
pub use polls::{PollCommand, PollOpen};
pub use presence::{Join, PresenceCommand};
pub use reads::ReadCommand;
pub use services::{ListCommand, ServiceCommand};
pub use stage::{StageCommand, Target};
pub use values::parse_key;

use crate::error::Error;
use spec::{Parser, Spec};

/// The table of commands in its sections, in the order of `docs/commands.md`. Registration, `COMMAND DOCS` and
/// `docs/commands.md` come from it.
pub const GROUPS: [&[Spec]; 8] = [
    lifecycle::COMMANDS,
    presence::COMMANDS,
    stage::COMMANDS,
    moderation::COMMANDS,
    comments::COMMANDS,
    polls::COMMANDS,
    reads::COMMANDS,
    services::COMMANDS,
];

/// Every command, in the order of `docs/commands.md`.
pub fn commands() -> impl Iterator<Item = &'static Spec> {
    GROUPS.into_iter().flatten()
}

/// A command of any kind, without its key.
#[derive(Clone, Debug)]
pub enum Command<'a> {
    /// A command that changes a room.
    Write(WriteCommand<'a>),
    /// A command that reads one room.
    Read(ReadCommand<'a>),
    /// ROOM.LIST.
    List(ListCommand<'a>),
}

impl Spec {
    /// Reads a command from its arguments: those after the key, or all of a command without a key. A caller that knows
    /// the kind of the command calls [`parse`] with the parser.
    ///
    /// # Errors
    /// [`Error::Invalid`] when an argument is missing, left over or of the wrong form.
    pub fn parse<'a>(&self, args: &[&'a [u8]]) -> Result<Command<'a>, Error> {
        match self.parser {
            Parser::Write(parser) => parse(parser, args).map(Command::Write),
            Parser::Read(parser) => parse(parser, args).map(Command::Read),
            Parser::List(parser) => parse(parser, args).map(Command::List),
        }
    }
}

/// A command that changes a room, without its key, by family.
#[derive(Clone, Debug)]
pub enum WriteCommand<'a> {
    /// From creation to the end, and invitations.
    Lifecycle(LifecycleCommand<'a>),
    /// Sessions.
    Presence(PresenceCommand<'a>),
    /// Hands, offers, roles and microphones.
    Stage(StageCommand<'a>),
    /// Kicks and blocks.
    Moderation(ModerationCommand<'a>),
    /// Comments, pins and reactions.
    Comments(CommentCommand<'a>),
    /// Polls and votes.
    Polls(PollCommand<'a>),
    /// Work of backends.
    Services(ServiceCommand<'a>),
}

impl<'a> WriteCommand<'a> {
    /// The facts that a turn needs before it decides the command.
    pub fn facts(&self) -> Facts<'a> {
        match self {
            WriteCommand::Lifecycle(command) => command.facts(),
            WriteCommand::Presence(command) => command.facts(),
            WriteCommand::Stage(command) => command.facts(),
            WriteCommand::Moderation(command) => command.facts(),
            WriteCommand::Comments(command) => command.facts(),
            WriteCommand::Polls(command) => command.facts(),
            WriteCommand::Services(command) => command.facts(),
        }
    }
}

/// The facts about a write that a turn needs before it decides the command.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The rate that the command draws from, and the user who pays. None: no rate limits the command.
    pub charge: Option<Charge<'a>>,
    /// The users whose state decides the command. Their expired sessions and graces are settled first, because bulk
    /// settling runs in slices. `""`: no user.
    pub refers_to: [&'a str; 2],
}

impl<'a> Facts<'a> {
    /// A command that no rate limits and that refers to no user.
    const PLAIN: Facts<'static> = Facts { charge: None, refers_to: ["", ""] };

    /// A command that no rate limits, about one member.
    fn about(member: &'a str) -> Self {
        Facts { charge: None, refers_to: [member, ""] }
    }

    /// An action that refers to no user's sessions, not even the actor's. The service pays no rate.
    fn action(actor: Actor<'a>) -> Self {
        let charge = actor.user().map(|user| Charge { user, rate: Rate::Action });
        Facts { charge, refers_to: ["", ""] }
    }

    /// An action that refers to the actor.
    fn own_action(actor: Actor<'a>) -> Self {
        Facts { refers_to: [actor.user().unwrap_or(""), ""], ..Facts::action(actor) }
    }

    /// An action that refers to the actor and to `user`.
    fn action_on(actor: Actor<'a>, user: &'a str) -> Self {
        Facts { refers_to: [actor.user().unwrap_or(""), user], ..Facts::action(actor) }
    }
}

/// A draw from a rate.
#[derive(Clone, Copy, Debug)]
pub struct Charge<'a> {
    /// The user who pays.
    pub user: &'a str,
    /// The rate.
    pub rate: Rate,
}

/// A rate that limits users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rate {
    /// `room.comment-rate` and `room.comment-room-rate`.
    Comment,
    /// `room.react-rate`, for this number of reactions.
    React(u32),
    /// `room.action-rate`.
    Action,
}

/// The actor of a command: a user or the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor<'a> {
    /// A backend, written `-`. It holds every power and is never a member.
    Service,
    /// An authenticated user.
    User(&'a str),
}

impl<'a> Actor<'a> {
    /// The user's id. None: the service acts.
    pub fn user(self) -> Option<&'a str> {
        match self {
            Actor::Service => None,
            Actor::User(user) => Some(user),
        }
    }

    /// The actor as clients write it: the user's id or `-`.
    pub fn name(self) -> &'a str {
        self.user().unwrap_or("-")
    }
}

/// The part of a list that a read asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page<'a> {
    /// CURSOR as the client sent it. `0` starts. Only the reader of the list knows its form and checks it.
    pub cursor: &'a str,
    /// The most entries of the page, from 1 to `limits::PAGE`.
    pub count: usize,
}
