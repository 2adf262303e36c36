//! An entry of the table of commands: the name, the parser, and the content of `COMMAND INFO`, `COMMAND DOCS` and
//! `docs/commands.md`.

use super::args::Args;
use super::{ListCommand, ReadCommand, WriteCommand};
use crate::error::Error;
use crate::limits::{DEFAULT_PAGE, PAGE, TOKEN_MINUTES};
use const_format::formatcp;

/// Lists error codes without quotes and commas. An unknown code does not compile.
macro_rules! codes {
    ($($code:ident)*) => { &[$(crate::error::codes::$code),*] };
}
pub(super) use codes;

/// Reads a write from the arguments after the key.
pub type ParseWrite = for<'a> fn(&mut Args<'_, 'a>) -> Result<WriteCommand<'a>, Error>;
/// Reads a read from the arguments after the key.
pub type ParseRead = for<'a> fn(&mut Args<'_, 'a>) -> Result<ReadCommand<'a>, Error>;
/// Reads a list from all its arguments.
pub type ParseList = for<'a> fn(&mut Args<'_, 'a>) -> Result<ListCommand<'a>, Error>;

/// A command's parser. Its kind decides how the command runs.
#[derive(Clone, Copy, Debug)]
pub enum Parser {
    /// The command changes a room. Only a master takes it.
    Write(ParseWrite),
    /// The command reads one room and changes nothing, not even a due deadline. A replica answers it.
    Read(ParseRead),
    /// The command names no key and reads the server's registry of rooms. A replica answers it.
    List(ParseList),
}

/// Whether a command changes rooms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// It changes nothing.
    Read,
    /// It changes a room.
    Write,
}

/// The use that a command makes of its key, for key specs and ACL rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyUse {
    /// It names no key.
    None,
    /// It reads the value.
    Read,
    /// It puts a value under an empty key.
    Insert,
    /// It changes the value.
    Update,
    /// It deletes the key.
    Delete,
}

/// The kind of an argument, in the terms of `COMMAND DOCS`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArgKind {
    /// The room's key.
    Key,
    /// Bytes.
    String,
    /// A whole number.
    Integer,
    /// A time, Unix ms.
    UnixTime,
    /// A word that stands for itself.
    PureToken,
    /// One of its `args`.
    OneOf,
}

/// An argument of a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arg {
    /// The name in the documentation.
    pub name: &'static str,
    /// The kind.
    pub kind: ArgKind,
    /// The word before the value. For [`ArgKind::PureToken`], the word itself. None: the value stands alone.
    pub token: Option<&'static str>,
    /// The argument may be left out.
    pub optional: bool,
    /// The argument may be repeated.
    pub multiple: bool,
    /// The purpose of the argument. None: the name says enough.
    pub summary: Option<&'static str>,
    /// The alternatives of [`ArgKind::OneOf`]. Empty for every other kind.
    pub args: &'static [Arg],
}

/// A command.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The name as clients send it.
    pub name: &'static str,
    /// Reads the arguments. Its kind says whether the command writes, reads or lists.
    pub parser: Parser,
    /// The use that a write makes of its key. Reads and lists ignore it: see [`Spec::key_use`].
    pub written: KeyUse,
    /// The version that brought the command.
    pub since: &'static str,
    /// One sentence without its full stop.
    pub summary: &'static str,
    /// The time complexity.
    pub complexity: &'static str,
    /// Title of the command's section in the documentation.
    pub group: &'static str,
    /// Flag `fast`: constant or logarithmic in the size of the room.
    pub fast: bool,
    /// Flag `deny-oom`: the server refuses the command when its memory is full, because it makes rooms grow.
    pub deny_oom: bool,
    /// Category `@roomadmin`: the command is for services.
    pub admin: bool,
    /// Number of arguments as `COMMAND INFO` gives it: with the name, and negative when more may follow.
    pub arity: i32,
    /// Hints for clients, as `COMMAND INFO` gives them.
    pub tips: &'static [&'static str],
    /// All arguments, the key included.
    pub args: &'static [Arg],
    /// The reply, for the documentation.
    pub reply: &'static str,
    /// The error codes of the command, in the order of [`Error::CODES`].
    pub errors: &'static [&'static str],
    /// The events and notifications of the command, for the documentation. Empty: none.
    pub event: &'static str,
    /// The users who may use the command, and further remarks, for the documentation.
    pub notes: &'static str,
}

impl Spec {
    /// Whether the command changes rooms.
    pub const fn access(&self) -> Access {
        match self.parser {
            Parser::Write(_) => Access::Write,
            Parser::Read(_) | Parser::List(_) => Access::Read,
        }
    }

    /// The use that the command makes of its key.
    pub const fn key_use(&self) -> KeyUse {
        match self.parser {
            Parser::Write(_) => self.written,
            Parser::Read(_) => KeyUse::Read,
            Parser::List(_) => KeyUse::None,
        }
    }
}

/// The tip that a gateway may pass the reply on as it is.
pub(super) const JSON: &str = "reply:json";

/// The tip that the reply is the same for every actor of the room who may read it. A gateway may ask once and share it.
pub(super) const SHARED: &str = "shared";

/// The tip for replies that depend on the clock or on chance.
pub(super) const NONDETERMINISTIC: &str = "nondeterministic_output";

/// The defaults of an entry. A family replaces the values that its commands share. A command replaces the rest.
pub(super) const BASE: Spec = Spec {
    name: "",
    // Every command replaces this one. A test parses an example of each.
    parser: Parser::Write(|_| Err(Error::Invalid("the command has no parser"))),
    written: KeyUse::Update,
    since: "0.1.0",
    summary: "",
    complexity: "O(1)",
    group: "",
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

pub(super) const fn arg(name: &'static str, kind: ArgKind) -> Arg {
    Arg { name, kind, token: None, optional: false, multiple: false, summary: None, args: &[] }
}

pub(super) const fn string(name: &'static str) -> Arg {
    arg(name, ArgKind::String)
}

pub(super) const fn integer(name: &'static str) -> Arg {
    arg(name, ArgKind::Integer)
}

pub(super) const fn unix_ms() -> Arg {
    arg("unix-ms", ArgKind::UnixTime)
}

pub(super) const fn word(name: &'static str, token: &'static str) -> Arg {
    Arg { token: Some(token), ..arg(name, ArgKind::PureToken) }
}

pub(super) const fn one_of(name: &'static str, args: &'static [Arg]) -> Arg {
    Arg { args, ..arg(name, ArgKind::OneOf) }
}

/// An option with a value.
pub(super) const fn opt(token: &'static str, value: Arg) -> Arg {
    Arg { token: Some(token), optional: true, ..value }
}

/// An option without a value.
pub(super) const fn flag(name: &'static str, token: &'static str) -> Arg {
    optional(word(name, token))
}

pub(super) const fn optional(arg: Arg) -> Arg {
    Arg { optional: true, ..arg }
}

pub(super) const fn multiple(arg: Arg) -> Arg {
    Arg { multiple: true, ..arg }
}

impl Arg {
    pub(super) const fn about(self, summary: &'static str) -> Arg {
        Arg { summary: Some(summary), ..self }
    }
}

pub(super) const KEY: Arg = arg("key", ArgKind::Key);
/// A gateway relays exactly the commands whose second argument has this name.
pub(super) const ACTOR: Arg = string("actor");
pub(super) const USER: Arg = string("user");
pub(super) const GATEWAY: Arg = string("gateway");
pub(super) const TOKEN: Arg = opt("TOKEN", string("token")).about(formatcp!(
    "makes a retry safe: for {TOKEN_MINUTES} minutes the command gives its first answer again"
));
pub(super) const CURSOR: Arg = opt("CURSOR", string("cursor")).about("`0`, or the cursor of the page before");
pub(super) const COUNT: Arg =
    opt("COUNT", integer("count")).about(formatcp!("1 to {PAGE}, {DEFAULT_PAGE} without it"));
pub(super) const ROLES: &[Arg] = &[
    word("host", "host"),
    word("cohost", "cohost"),
    word("speaker", "speaker"),
    word("listener", "listener"),
];

/// The users who may use most reads.
pub(super) const READERS: &str = "Users who may read the room and `-`, in any state.";
