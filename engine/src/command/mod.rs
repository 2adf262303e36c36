//! Commands as the engine takes them: parsed, every value checked for its form, borrowing the arguments.
//!
//! What a command may do is not known here: [`crate::turn::decide`] says so. How it is written in a client is in
//! [`crate::command::parse`] and, for people and `COMMAND DOCS`, in [`crate::command::table`].

use crate::terms::{HostLoss, Role, RoomState};
pub mod docs;
pub mod parse;
pub mod table;

use serde_json::value::RawValue;

/// Who acts: `-` is the service itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor<'a> {
    /// A backend; holds every power and is never a member.
    Service,
    /// An authenticated user.
    User(&'a str),
}

impl<'a> Actor<'a> {
    /// The user, unless it is the service.
    pub fn user(self) -> Option<&'a str> {
        match self {
            Actor::Service => None,
            Actor::User(user) => Some(user),
        }
    }

    /// As it is written: the user's id or `-`.
    pub fn name(self) -> &'a str {
        self.user().unwrap_or("-")
    }
}

/// Against whom: one user, oneself where none was named, or all there are of the kind (`*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// One user.
    User(&'a str),
    /// `*`.
    All,
}

/// One field of ROOM.CONFIG with its new value.
#[derive(Clone, Debug)]
pub enum ConfigField<'a> {
    /// `title`
    Title(&'a str),
    /// `private on|off`
    Private(bool),
    /// `seats`
    Seats(u32),
    /// `capacity`; 0: any.
    Capacity(u32),
    /// `meta`, re-serialised.
    Meta(Box<RawValue>),
    /// `hostloss`
    HostLoss(HostLoss),
    /// `comments on|off`
    Comments(bool),
    /// `reactions on|off`
    Reactions(bool),
    /// `hands on|off`
    Hands(bool),
    /// `slowmode`, seconds; 0: off.
    SlowMode(u32),
    /// `emojis`; empty: any kind.
    Emojis(Vec<String>),
    /// `at`, Unix ms.
    At(u64),
}

/// Options of ROOM.CREATE.
#[derive(Clone, Debug, Default)]
pub struct Create<'a> {
    /// TITLE
    pub title: &'a str,
    /// AT, Unix ms; not yet compared with the clock.
    pub at: Option<u64>,
    /// PRIVATE
    pub private: bool,
    /// SEATS
    pub seats: Option<u32>,
    /// CAPACITY
    pub capacity: Option<u32>,
    /// META, re-serialised.
    pub meta: Option<Box<RawValue>>,
    /// HOSTLOSS
    pub host_loss: HostLoss,
}

/// Options of ROOM.POLLOPEN.
#[derive(Clone, Debug, Default)]
pub struct PollOpen<'a> {
    /// The question.
    pub question: &'a str,
    /// 2 to 20 options.
    pub options: Vec<&'a str>,
    /// MULTI: how many options a vote may name; 1 without it.
    pub multi: u8,
    /// SECRET; implies `is_final` and `hidden`.
    pub secret: bool,
    /// FINAL
    pub is_final: bool,
    /// HIDDEN
    pub hidden: bool,
    /// FOR, milliseconds.
    pub for_ms: Option<u64>,
    /// TOKEN
    pub token: Option<&'a str>,
}

/// A page asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page<'a> {
    /// CURSOR as sent; `0` starts. Opaque to the parser: its reader checks it.
    pub cursor: &'a str,
    /// COUNT, within its bounds.
    pub count: usize,
}

/// A command, less its key.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // each variant is the contract's command of that name, its fields the arguments
pub enum Command<'a> {
    // Lifecycle
    Create {
        actor: Actor<'a>,
        create: Create<'a>,
    },
    Config {
        actor: Actor<'a>,
        fields: Vec<ConfigField<'a>>,
    },
    Start {
        actor: Actor<'a>,
    },
    Cancel {
        actor: Actor<'a>,
    },
    End {
        actor: Actor<'a>,
    },
    Rsvp {
        user: &'a str,
        yes: bool,
    },
    Invite {
        actor: Actor<'a>,
        users: Vec<&'a str>,
    },
    Uninvite {
        actor: Actor<'a>,
        users: Vec<&'a str>,
    },
    Purge {
        incarnation: Option<&'a str>,
    },
    // Presence
    Join {
        member: &'a str,
        gateway: Option<&'a str>,
        session: Option<&'a str>,
        profile: Option<Box<RawValue>>,
    },
    Leave {
        member: &'a str,
        session: Option<&'a str>,
        gateway: Option<&'a str>,
        lost: bool,
    },
    Beat {
        gateway: &'a str,
    },
    Drop {
        gateway: &'a str,
        lost: bool,
    },
    // Stage
    RaiseHand {
        user: &'a str,
    },
    LowerHand {
        actor: Actor<'a>,
        target: Target<'a>,
    },
    Next {
        actor: Actor<'a>,
        token: Option<&'a str>,
    },
    Offer {
        actor: Actor<'a>,
        user: &'a str,
        for_ms: Option<u64>,
    },
    Accept {
        user: &'a str,
    },
    Decline {
        user: &'a str,
    },
    StepDown {
        actor: Actor<'a>,
        user: &'a str,
    },
    Role {
        actor: Actor<'a>,
        user: &'a str,
        role: Role,
    },
    Mute {
        actor: Actor<'a>,
        target: Target<'a>,
    },
    Unmute {
        user: &'a str,
    },
    AskUnmute {
        actor: Actor<'a>,
        user: &'a str,
    },
    // Moderation
    Kick {
        actor: Actor<'a>,
        user: &'a str,
        reason: &'a str,
    },
    Block {
        actor: Actor<'a>,
        user: &'a str,
        for_ms: Option<u64>,
        shadow: bool,
        clear: bool,
        reason: &'a str,
    },
    Unblock {
        actor: Actor<'a>,
        user: &'a str,
    },
    // Comments and reactions
    Comment {
        actor: Actor<'a>,
        text: &'a str,
        reply: Option<u64>,
        token: Option<&'a str>,
    },
    DelComment {
        actor: Actor<'a>,
        id: u64,
    },
    Pin {
        actor: Actor<'a>,
        id: u64,
    },
    Unpin {
        actor: Actor<'a>,
        id: u64,
    },
    React {
        user: &'a str,
        kind: &'a str,
        count: u32,
    },
    // Polls
    PollOpen {
        actor: Actor<'a>,
        poll: PollOpen<'a>,
    },
    /// `options` is a bit set: bit 0 is option 0. Bit 63 stands for any that no poll can have.
    PollVote {
        user: &'a str,
        poll: u64,
        options: u64,
    },
    PollClose {
        actor: Actor<'a>,
        poll: u64,
    },
    // Reads
    Invited {
        actor: Actor<'a>,
        page: Page<'a>,
    },
    Sessions {
        gateway: &'a str,
        page: Page<'a>,
    },
    Blocked {
        actor: Actor<'a>,
        page: Page<'a>,
    },
    Comments {
        actor: Actor<'a>,
        before: Option<u64>,
        count: usize,
    },
    Polls {
        actor: Actor<'a>,
    },
    State {
        actor: Actor<'a>,
    },
    Members {
        actor: Actor<'a>,
        role: Option<Role>,
        page: Page<'a>,
    },
    Whois {
        actor: Actor<'a>,
        user: &'a str,
    },
    Hands {
        actor: Actor<'a>,
        page: Page<'a>,
    },
    Events {
        actor: Actor<'a>,
        epoch: &'a str,
        since: u64,
    },
    Summary {
        actor: Actor<'a>,
    },
    Info,
    Export {
        cursor: &'a str,
        count: usize,
    },
}

/// ROOM.LIST, which names no key and is answered from the server's registry of rooms.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// STATE
    pub state: Option<RoomState>,
    /// PUBLIC: no private rooms.
    pub public: bool,
    /// CARDS: INFO of each as JSON.
    pub cards: bool,
    /// CURSOR and COUNT.
    pub page: Page<'a>,
}
