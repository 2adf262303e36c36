//! Effects: what changed, as it travels to replicas and into the AOF.
//!
//! These types are the wire form itself, version 1 ([`Role`], [`HostLoss`] and [`EndReason`] among them): a variant or field is never changed, reordered or removed; new
//! variants go to the end. Everything an [`apply`](crate::turn::apply) needs stands in them, so that it reads no clock, no
//! setting and draws no randomness.

use crate::error::Error;
use crate::terms::EndReason;
use crate::terms::{HostLoss, Role};
use bincode::{BorrowDecode, Encode};

/// First byte of an effect.
pub const VERSION: u8 = 1;

/// One change of a room. Users are named, so that an effect means the same whatever a server's tables look like; `by`
/// is the actor, `-` for the service, empty for a deadline.
#[derive(Clone, Debug, PartialEq, Encode, BorrowDecode)]
#[allow(missing_docs)] // fields are named as in the contract
pub enum Change<'a> {
    Create(RoomCreated<'a>),
    /// A new epoch: the first change after load, promotion, RESTORE, COPY or migration.
    Takeover {
        epoch: u64,
    },
    /// Numbers and drains what waits.
    Flush,
    /// The key expires later, as long as anyone is present.
    Extend {
        expire_ms: u64,
    },
    Config {
        by: &'a str,
        fields: Vec<ConfigChange<'a>>,
        expire_ms: u64,
    },
    Start {
        by: &'a str,
    },
    Cancel {
        by: &'a str,
        expire_ms: u64,
    },
    End {
        by: &'a str,
        reason: EndReason,
        expire_ms: u64,
    },
    Rsvp {
        user: &'a str,
        yes: bool,
    },
    Invite {
        users: Vec<&'a str>,
    },
    /// `remove`: the room is private, so the sessions of those who are not staff end.
    Uninvite {
        by: &'a str,
        users: Vec<&'a str>,
        remove: bool,
    },
    /// The next `members` who were present when the room became private are invited.
    InvitePresent {
        members: u32,
    },
    /// An empty gateway: none. An empty session: the default one.
    Join {
        user: &'a str,
        gateway: &'a str,
        session: &'a str,
        profile: Option<&'a str>,
    },
    Leave {
        user: &'a str,
        session: Option<&'a str>,
        gateway: Option<&'a str>,
        lost: bool,
    },
    /// Retires a gateway's lease.
    Drop {
        gateway: &'a str,
        lost: bool,
    },
    /// Ends up to this many sessions of retired leases, oldest lease first.
    Release {
        sessions: u32,
    },
    /// Ends one user's sessions under retired leases.
    ReleaseOf {
        user: &'a str,
    },
    /// Up to this many members lost at `before_ms` or earlier are gone.
    GracesOver {
        before_ms: u64,
        members: u32,
    },
    /// One lost member is gone.
    GraceOver {
        user: &'a str,
    },
    RaiseHand {
        user: &'a str,
    },
    /// An empty user: all hands.
    LowerHand {
        by: &'a str,
        user: &'a str,
    },
    Next {
        by: &'a str,
        user: &'a str,
        token: &'a str,
    },
    /// A raised hand is consent.
    Promote {
        by: &'a str,
        user: &'a str,
    },
    Offer {
        by: &'a str,
        user: &'a str,
        until_ms: u64,
    },
    Accept {
        user: &'a str,
    },
    Decline {
        user: &'a str,
    },
    OfferOver {
        user: &'a str,
    },
    Role {
        by: &'a str,
        user: &'a str,
        role: Role,
    },
    /// The host is lost for good: this present cohost takes over.
    Handover {
        user: &'a str,
    },
    /// An empty user: the stage but the staff.
    Mute {
        by: &'a str,
        user: &'a str,
    },
    Unmute {
        user: &'a str,
    },
    AskUnmute {
        by: &'a str,
        user: &'a str,
    },
    Kick {
        by: &'a str,
        user: &'a str,
        reason: &'a str,
    },
    Block(UserBlocked<'a>),
    /// By an empty actor: its time is over.
    Unblock {
        by: &'a str,
        user: &'a str,
    },
    Comment {
        by: &'a str,
        text: &'a str,
        reply: u64,
        token: &'a str,
    },
    DelComment {
        by: &'a str,
        id: u64,
    },
    Pin {
        by: &'a str,
        id: u64,
    },
    Unpin {
        by: &'a str,
        id: u64,
    },
    React {
        user: &'a str,
        kind: &'a str,
        count: u32,
    },
    PollOpen(PollOpened<'a>),
    PollVote {
        user: &'a str,
        poll: u64,
        options: u64,
    },
    PollClose {
        poll: u64,
    },
    StepDown {
        by: &'a str,
        user: &'a str,
    },
}

impl<'a> Change<'a> {
    /// The change of COMMENT.
    pub fn comment(by: &'a str, text: &'a str, reply: Option<u64>, token: Option<&'a str>) -> Self {
        Change::Comment { by, text, reply: reply.unwrap_or(0), token: token.unwrap_or("") }
    }

    /// The change of JOIN.
    pub fn join(
        user: &'a str,
        gateway: Option<&'a str>,
        session: Option<&'a str>,
        profile: Option<&'a str>,
    ) -> Self {
        Change::Join { user, gateway: gateway.unwrap_or(""), session: session.unwrap_or(""), profile }
    }

    /// Whether the command that asks for this change holds all of it, so that the command itself may be replicated.
    pub fn is_verbatim(&self) -> bool {
        matches!(
            self,
            Change::Join { .. } | Change::Comment { .. } | Change::React { .. } | Change::PollVote { .. }
        )
    }
}

/// A new room.
#[derive(Clone, Debug, PartialEq, Encode, BorrowDecode)]
#[allow(missing_docs)]
pub struct RoomCreated<'a> {
    pub incarnation: u64,
    pub epoch: u64,
    /// `-`: no host.
    pub by: &'a str,
    pub title: &'a str,
    /// 0: live at once.
    pub at_ms: u64,
    pub private: bool,
    pub seats: u32,
    pub capacity: u32,
    pub meta: Option<&'a str>,
    pub host_loss: HostLoss,
    pub expire_ms: u64,
}

/// One field of ROOM.CONFIG.
#[derive(Clone, Debug, PartialEq, Encode, BorrowDecode)]
#[allow(missing_docs)]
pub enum ConfigChange<'a> {
    Title(&'a str),
    Private(bool),
    Seats(u32),
    Capacity(u32),
    Meta(&'a str),
    HostLoss(HostLoss),
    Comments(bool),
    Reactions(bool),
    Hands(bool),
    SlowMode(u32),
    Emojis(Vec<&'a str>),
    At(u64),
}

/// A block.
#[derive(Clone, Debug, PartialEq, Encode, BorrowDecode)]
#[allow(missing_docs)]
pub struct UserBlocked<'a> {
    pub by: &'a str,
    pub user: &'a str,
    /// 0: for good.
    pub until_ms: u64,
    pub shadow: bool,
    pub clear: bool,
    pub reason: &'a str,
}

/// A new poll.
#[derive(Clone, Debug, PartialEq, Encode, BorrowDecode)]
#[allow(missing_docs)]
pub struct PollOpened<'a> {
    pub by: &'a str,
    pub question: &'a str,
    pub options: Vec<&'a str>,
    pub multi: u8,
    pub secret: bool,
    pub is_final: bool,
    pub hidden: bool,
    /// 0: never by itself.
    pub closes_ms: u64,
    pub token: &'a str,
}

/// Bytes a change may claim in memory while it is read: many times what a thousand users of INVITE need.
const LIMIT: usize = 4 << 20;

/// Unix ms that no server comes to. Later, a room could be saved that does not load.
const LATEST: u64 = 1 << 52;

fn config() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<LIMIT>()
}

/// Begins an effect that takes place at `at`, Unix ms.
pub fn begin(effect: &mut Vec<u8>, at: u64) {
    effect.push(VERSION);
    write(effect, &at);
}

/// Adds a change to an effect.
pub fn write<T: Encode>(effect: &mut Vec<u8>, change: &T) {
    struct Out<'a>(&'a mut Vec<u8>);
    impl bincode::enc::write::Writer for Out<'_> {
        fn write(&mut self, bytes: &[u8]) -> Result<(), bincode::error::EncodeError> {
            self.0.extend_from_slice(bytes);
            Ok(())
        }
    }
    // Neither the writer nor any type of this file can fail.
    let written = bincode::encode_into_writer(change, Out(effect), config());
    debug_assert!(written.is_ok());
}

/// Reads an effect, change by change, borrowing its strings.
pub struct Reader<'a> {
    /// When it takes place, Unix ms.
    pub at: u64,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Opens an effect of a version this one knows.
    pub fn new(effect: &'a [u8]) -> Result<Reader<'a>, Error> {
        let (&version, rest) = effect.split_first().ok_or(Error::Broken)?;
        if version != VERSION {
            return Err(Error::Broken);
        }
        let (at, read) = bincode::borrow_decode_from_slice(rest, config()).map_err(|_| Error::Broken)?;
        if at > LATEST {
            return Err(Error::Broken);
        }
        Ok(Reader { at, rest: rest.get(read..).unwrap_or(&[]) })
    }

    /// The next change, or None at the end.
    pub fn next_change(&mut self) -> Result<Option<Change<'a>>, Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (change, read) =
            bincode::borrow_decode_from_slice(self.rest, config()).map_err(|_| Error::Broken)?;
        self.rest = self.rest.get(read..).unwrap_or(&[]);
        Ok(Some(change))
    }
}
