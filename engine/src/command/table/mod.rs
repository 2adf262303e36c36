//! Every command as a server and a reader see it: the one source of registration, `COMMAND DOCS` and
//! `docs/commands.md`.

/// Error codes, bare: most lines of the table would be quotes and commas.
macro_rules! codes {
    ($($code:ident)*) => { &[$(stringify!($code)),*] };
}

mod lifecycle;
mod moderation;
mod polls;
mod presence;
mod reads;
mod services;
mod stage;
mod talk;

/// The version all commands came with.
pub const SINCE: &str = "0.1.0";

/// A command's name, in the order of the contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)] // each is the contract's command of that name
pub enum Verb {
    Create,
    Config,
    Start,
    Cancel,
    End,
    Rsvp,
    Invite,
    Uninvite,
    Invited,
    Join,
    Leave,
    Beat,
    Drop,
    Sessions,
    RaiseHand,
    LowerHand,
    Next,
    Offer,
    Accept,
    Decline,
    StepDown,
    Role,
    Mute,
    Unmute,
    AskUnmute,
    Kick,
    Block,
    Unblock,
    Blocked,
    Comment,
    DelComment,
    Pin,
    Unpin,
    Comments,
    React,
    PollOpen,
    PollVote,
    PollClose,
    Polls,
    State,
    Members,
    Whois,
    Hands,
    Events,
    Summary,
    Info,
    List,
    Export,
    Purge,
}

/// Whether a command changes rooms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Changes nothing, not even what is due; a replica answers it.
    Read,
    /// Only a master takes it.
    Write,
}

/// What an argument is, in the terms of `COMMAND DOCS`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArgKind {
    /// The room's key.
    Key,
    /// Bytes.
    String,
    /// A whole number.
    Integer,
    /// A time.
    UnixTime,
    /// A word that stands for itself.
    PureToken,
    /// One of its `args`.
    OneOf,
}

/// An argument of a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arg {
    /// Its name in the documentation.
    pub name: &'static str,
    /// What it is.
    pub kind: ArgKind,
    /// The word before it, or for [`ArgKind::PureToken`] the word itself.
    pub token: Option<&'static str>,
    /// May be left out.
    pub optional: bool,
    /// May be repeated.
    pub multiple: bool,
    /// What it is for.
    pub summary: Option<&'static str>,
    /// What it is made of.
    pub args: &'static [Arg],
}

/// A command.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Which it is.
    pub verb: Verb,
    /// As it is sent.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// What it costs.
    pub complexity: &'static str,
    /// Title of its section.
    pub group: &'static str,
    /// Read or write.
    pub access: Access,
    /// Never holds up a server: constant or logarithmic in the size of the room.
    pub fast: bool,
    /// Refused when memory is full, because it makes rooms grow.
    pub deny_oom: bool,
    /// Of category `@roomadmin`: for services.
    pub admin: bool,
    /// As `COMMAND INFO` gives it: with the name, negative when it is the least.
    pub arity: i32,
    /// Hints for clients, as `COMMAND INFO` gives them.
    pub tips: &'static [&'static str],
    /// All arguments, with the key.
    pub args: &'static [Arg],
    /// What it replies, for the documentation.
    pub reply: &'static str,
    /// The error codes it may reply with, in the order of the contract.
    pub errors: &'static [&'static str],
    /// What it publishes and notifies, for the documentation.
    pub event: &'static str,
    /// Who may, and what else is to be known, for the documentation.
    pub notes: &'static str,
}

/// The sections, each with its commands.
pub const GROUPS: [&[Spec]; 8] = [
    lifecycle::COMMANDS,
    presence::COMMANDS,
    stage::COMMANDS,
    moderation::COMMANDS,
    talk::COMMANDS,
    polls::COMMANDS,
    reads::COMMANDS,
    services::COMMANDS,
];

/// Every command, in the order of the contract.
pub fn commands() -> impl Iterator<Item = &'static Spec> {
    GROUPS.into_iter().flatten()
}

/// The tip by which a gateway knows that it can relay a reply as it is.
const JSON: &str = "reply:json";

/// The tip for replies that depend on the clock or on chance.
const NONDETERMINISTIC: &str = "nondeterministic_output";

/// What most commands are; a group says the rest once and a command what is its own.
const BASE: Spec = Spec {
    verb: Verb::Info,
    name: "",
    summary: "",
    complexity: "O(1)",
    group: "",
    access: Access::Write,
    fast: false,
    deny_oom: false,
    admin: false,
    arity: 0,
    tips: &[],
    args: &[],
    reply: "",
    errors: &[],
    event: "",
    notes: "",
};

const fn arg(name: &'static str, kind: ArgKind) -> Arg {
    Arg { name, kind, token: None, optional: false, multiple: false, summary: None, args: &[] }
}

const fn string(name: &'static str) -> Arg {
    arg(name, ArgKind::String)
}

const fn integer(name: &'static str) -> Arg {
    arg(name, ArgKind::Integer)
}

const fn word(name: &'static str, token: &'static str) -> Arg {
    Arg { token: Some(token), ..arg(name, ArgKind::PureToken) }
}

const fn one_of(name: &'static str, args: &'static [Arg]) -> Arg {
    Arg { args, ..arg(name, ArgKind::OneOf) }
}

/// An option with a value.
const fn opt(token: &'static str, value: Arg) -> Arg {
    Arg { token: Some(token), optional: true, ..value }
}

/// An option without one.
const fn flag(name: &'static str, token: &'static str) -> Arg {
    optional(word(name, token))
}

const fn optional(arg: Arg) -> Arg {
    Arg { optional: true, ..arg }
}

const fn multiple(arg: Arg) -> Arg {
    Arg { multiple: true, ..arg }
}

impl Arg {
    const fn about(self, summary: &'static str) -> Arg {
        Arg { summary: Some(summary), ..self }
    }
}

const KEY: Arg = arg("key", ArgKind::Key);

/// A gateway relays exactly the commands whose second argument has this name.
const ACTOR: Arg = string("actor");

const USER: Arg = string("user");
const GATEWAY: Arg = string("gateway");
const TOKEN: Arg = opt("TOKEN", string("token"))
    .about("makes a retry safe: for ten minutes it gives the first answer again");
const CURSOR: Arg = opt("CURSOR", string("cursor")).about("`0`, or what the page before gave");
const COUNT_100: Arg = opt("COUNT", integer("count")).about("1 to 1000, 100 without it");
const ROLES: &[Arg] = &[
    word("host", "host"),
    word("cohost", "cohost"),
    word("speaker", "speaker"),
    word("listener", "listener"),
];

#[cfg(test)]
mod tests;
