//! The one list of what can go wrong, with the fixed texts a client reads.

use std::fmt;

/// Why a command was refused. Its `Display` is the reply: `CODE text`, in fixed English, never repeating what a
/// user sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The key holds no room.
    NoRoom,
    /// `ROOM.CREATE` on a key that holds a room.
    RoomExists,
    /// The key holds another type.
    WrongType,
    /// Only a scheduled room takes this.
    NotScheduled,
    /// A scheduled room does not take this before its start.
    NotLive,
    /// The room has ended or was cancelled.
    Ended,
    /// `ROOM.PURGE` on a room that has not ended.
    NotEnded,
    /// The user is not present.
    NotMember,
    /// The room is private and the user is neither staff nor invited.
    NotInvited,
    /// The user is blocked.
    Blocked,
    /// As many are present as the room's capacity.
    Full,
    /// The actor's role does not hold this power.
    Forbidden,
    /// The user is on stage.
    OnStage,
    /// No seat on stage is free.
    NoSeat,
    /// No open offer for the user.
    NoOffer,
    /// A setting of the room forbids it.
    Off,
    /// Slow mode: milliseconds to wait.
    SlowMode(u64),
    /// A rate limit: milliseconds to wait.
    RateLimited(u64),
    /// No such comment, or none the actor may see.
    NoComment,
    /// No such poll.
    NoPoll,
    /// The poll is closed.
    PollClosed,
    /// No such option, or a reaction kind the room does not allow.
    BadOption,
    /// The poll is FINAL and the user has voted.
    AlreadyVoted,
    /// A limit of number.
    TooMany,
    /// The events asked for are no longer held, or belong to another epoch.
    Resync,
    /// The room met an effect this version does not know; a resync replaces it.
    Broken,
    /// Wrong syntax or value; the text names the argument and its form.
    Invalid(&'static str),
}

impl Error {
    /// Every code, in the order of the contract. INFO counts errors by it.
    pub const CODES: [&'static str; 27] = [
        "NOROOM",
        "ROOMEXISTS",
        "WRONGTYPE",
        "NOTSCHEDULED",
        "NOTLIVE",
        "ENDED",
        "NOTENDED",
        "NOTMEMBER",
        "NOTINVITED",
        "BLOCKED",
        "FULL",
        "FORBIDDEN",
        "ONSTAGE",
        "NOSEAT",
        "NOOFFER",
        "OFF",
        "SLOWMODE",
        "RATELIMITED",
        "NOCOMMENT",
        "NOPOLL",
        "POLLCLOSED",
        "BADOPTION",
        "ALREADYVOTED",
        "TOOMANY",
        "RESYNC",
        "BROKEN",
        "INVALID",
    ];

    /// The error's place in [`Error::CODES`].
    pub fn index(self) -> usize {
        match self {
            Error::NoRoom => 0,
            Error::RoomExists => 1,
            Error::WrongType => 2,
            Error::NotScheduled => 3,
            Error::NotLive => 4,
            Error::Ended => 5,
            Error::NotEnded => 6,
            Error::NotMember => 7,
            Error::NotInvited => 8,
            Error::Blocked => 9,
            Error::Full => 10,
            Error::Forbidden => 11,
            Error::OnStage => 12,
            Error::NoSeat => 13,
            Error::NoOffer => 14,
            Error::Off => 15,
            Error::SlowMode(_) => 16,
            Error::RateLimited(_) => 17,
            Error::NoComment => 18,
            Error::NoPoll => 19,
            Error::PollClosed => 20,
            Error::BadOption => 21,
            Error::AlreadyVoted => 22,
            Error::TooMany => 23,
            Error::Resync => 24,
            Error::Broken => 25,
            Error::Invalid(_) => 26,
        }
    }

    /// The code, the first word of the reply.
    pub fn code(self) -> &'static str {
        Self::CODES.get(self.index()).copied().unwrap_or("INVALID")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Error::NoRoom => "no room under this key",
            Error::RoomExists => "the key holds a room already",
            Error::WrongType => "the key holds another kind of value",
            Error::NotScheduled => "the room is not scheduled",
            Error::NotLive => "the room has not started",
            Error::Ended => "the room has ended",
            Error::NotEnded => "the room has not ended",
            Error::NotMember => "the user is not present",
            Error::NotInvited => "the room is private and the user is not invited",
            Error::Blocked => "the user is blocked",
            Error::Full => "the room is at capacity",
            Error::Forbidden => "the actor's role does not allow it",
            Error::OnStage => "the user is on stage",
            Error::NoSeat => "no seat on stage is free",
            Error::NoOffer => "the user has no open offer",
            Error::Off => "a setting of the room forbids it",
            Error::SlowMode(ms) => return write!(f, "SLOWMODE the room is in slow mode, wait ms {ms}"),
            Error::RateLimited(ms) => return write!(f, "RATELIMITED too fast, wait ms {ms}"),
            Error::NoComment => "no such comment",
            Error::NoPoll => "no such poll",
            Error::PollClosed => "the poll is closed",
            Error::BadOption => "no such option or kind of reaction",
            Error::AlreadyVoted => "the user has voted and the vote is final",
            Error::TooMany => "a limit of number is reached",
            Error::Resync => "these events are no longer held, take the state",
            Error::Broken => "the room met a change this server does not know",
            Error::Invalid(text) => text,
        };
        write!(f, "{} {}", self.code(), text)
    }
}

impl std::error::Error for Error {}
