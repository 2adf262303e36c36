//! Effects: the changes that replicas and the AOF receive.
//!
//! A change carries everything that [`apply`](crate::turn::apply) needs. So apply reads no clock and no setting, and
//! draws no randomness. [`codec::effect`](crate::storage::codec::effect) turns changes into bytes. The order of
//! variants and fields here is free: the wire form has types of its own.

mod details;

pub use details::{ConfigChange, PollOpened, RoomCreated, UserBlocked};

use crate::command::Join;
use crate::terms::{EndReason, Role};
use serde_json::value::RawValue;

/// One change of a room. Users stand by name, because places in a table differ between servers.
///
/// `by` is the actor: a user id, `-` for the service, empty for a deadline.
#[derive(Clone, Debug, PartialEq)]
pub enum Change<'a> {
    /// The key gets a room.
    Create(RoomCreated<'a>),
    /// The room has a new epoch. It precedes the first change after load, promotion, RESTORE, COPY or migration.
    Takeover {
        /// The new epoch.
        epoch: u64,
    },
    /// The waiting events get their numbers and leave in a frame.
    Flush,
    /// The key expires later, because someone is present.
    Extend {
        /// The key's new expiry, Unix ms.
        expire_ms: u64,
    },
    /// Settings of the room change.
    Config {
        /// The actor.
        by: &'a str,
        /// The new values, in the order of the command.
        fields: Vec<ConfigChange<'a>>,
        /// The key's new expiry, Unix ms. 0: it stays.
        expire_ms: u64,
    },
    /// A scheduled room goes live.
    Start {
        /// The actor.
        by: &'a str,
    },
    /// A scheduled room never takes place.
    Cancel {
        /// The actor.
        by: &'a str,
        /// The key's new expiry, Unix ms. 0: it stays.
        expire_ms: u64,
    },
    /// The room ends.
    End {
        /// The actor.
        by: &'a str,
        /// Why it ends.
        reason: EndReason,
        /// The key's new expiry, Unix ms. 0: it stays.
        expire_ms: u64,
    },
    /// A user says whether they are interested in a scheduled room.
    Rsvp {
        /// The user.
        user: &'a str,
        /// Interested or not.
        yes: bool,
    },
    /// Users are invited.
    Invite {
        /// The actor.
        by: &'a str,
        /// The users.
        users: Vec<&'a str>,
    },
    /// Users are no longer invited.
    Uninvite {
        /// The actor.
        by: &'a str,
        /// The users.
        users: Vec<&'a str>,
        /// The room is private, so the sessions of those who are not staff end.
        remove: bool,
    },
    /// Invites the next users who were present when the room became private.
    InvitePresent {
        /// How many members one slice takes.
        members: u32,
    },
    /// A session begins.
    Join {
        /// The user.
        user: &'a str,
        /// The gateway whose lease holds the session. Empty: none.
        gateway: &'a str,
        /// The session's id. Empty: the default session.
        session: &'a str,
        /// The user's new profile, a JSON object. None: it stays.
        profile: Option<&'a str>,
        /// The program with which the user connects. Empty: not said.
        client: &'a str,
    },
    /// Sessions of a user end.
    Leave {
        /// The user.
        user: &'a str,
        /// Only this session. None: all.
        session: Option<&'a str>,
        /// Only sessions of this gateway. None: of all gateways.
        gateway: Option<&'a str>,
        /// The user did not choose to leave and has the grace period to return.
        lost: bool,
    },
    /// Retires a gateway's lease.
    Drop {
        /// The gateway.
        gateway: &'a str,
        /// Its members have the grace period to return.
        lost: bool,
    },
    /// Ends sessions of retired leases, oldest lease first.
    Release {
        /// How many sessions one slice takes.
        sessions: u32,
    },
    /// Ends one user's sessions under retired leases.
    ReleaseOf {
        /// The user.
        user: &'a str,
    },
    /// Members whose grace is over are absent.
    GracesOver {
        /// Members lost at or before this time, Unix ms.
        before_ms: u64,
        /// How many members one slice takes.
        members: u32,
    },
    /// One lost member's grace is over.
    GraceOver {
        /// The user.
        user: &'a str,
    },
    /// A hand goes up.
    RaiseHand {
        /// The user.
        user: &'a str,
    },
    /// A hand goes down.
    LowerHand {
        /// The actor.
        by: &'a str,
        /// The user. Empty: all hands.
        user: &'a str,
    },
    /// Records the next hands that LOWERHAND `*` lowered.
    RecordHands {
        /// How many hands one slice takes.
        hands: u32,
    },
    /// The first hand of the queue gets a seat.
    Next {
        /// The actor.
        by: &'a str,
        /// The user of that hand. Empty: no present user has a raised hand. Then only the token is kept.
        user: &'a str,
        /// The command's token. Empty: none.
        token: &'a str,
    },
    /// A listener with a raised hand gets a seat. The hand is the consent.
    Promote {
        /// The actor.
        by: &'a str,
        /// The user.
        user: &'a str,
    },
    /// A listener is offered a seat.
    Offer {
        /// The actor.
        by: &'a str,
        /// The user.
        user: &'a str,
        /// When the offer expires, Unix ms.
        until_ms: u64,
    },
    /// A user takes the offered seat.
    Accept {
        /// The user.
        user: &'a str,
    },
    /// A user declines the offered seat.
    Decline {
        /// The user.
        user: &'a str,
    },
    /// An offer expires.
    OfferOver {
        /// The user.
        user: &'a str,
    },
    /// A user gets a role.
    Role {
        /// The actor.
        by: &'a str,
        /// The user.
        user: &'a str,
        /// The new role.
        role: Role,
    },
    /// The host does not return, so a present cohost becomes the host.
    Handover {
        /// The cohost.
        user: &'a str,
    },
    /// A microphone closes.
    Mute {
        /// The actor.
        by: &'a str,
        /// The user. Empty: the whole stage except the staff.
        user: &'a str,
        /// The microphone stays closed until the user is asked to open it.
        hold: bool,
    },
    /// A user opens their microphone.
    Unmute {
        /// The user.
        user: &'a str,
    },
    /// Staff ask a user to open their microphone.
    AskUnmute {
        /// The actor.
        by: &'a str,
        /// The user.
        user: &'a str,
    },
    /// A user's sessions end.
    Kick {
        /// The actor.
        by: &'a str,
        /// The user.
        user: &'a str,
        /// The reason for the log. Empty: none.
        reason: &'a str,
    },
    /// A user is blocked.
    Block(UserBlocked<'a>),
    /// A block ends.
    Unblock {
        /// The actor. Empty: the block's time is over.
        by: &'a str,
        /// The user.
        user: &'a str,
    },
    /// A comment.
    Comment {
        /// The author.
        by: &'a str,
        /// The text.
        text: &'a str,
        /// The comment that this one replies to. 0: none.
        reply: u64,
        /// The command's token. Empty: none.
        token: &'a str,
    },
    /// A comment is deleted.
    DelComment {
        /// The actor.
        by: &'a str,
        /// The comment.
        id: u64,
    },
    /// A comment is pinned.
    Pin {
        /// The actor.
        by: &'a str,
        /// The comment.
        id: u64,
    },
    /// A pin is removed.
    Unpin {
        /// The actor.
        by: &'a str,
        /// The comment.
        id: u64,
    },
    /// Reactions of one user.
    React {
        /// The user.
        user: &'a str,
        /// The kind.
        kind: &'a str,
        /// How many.
        count: u32,
    },
    /// A poll opens.
    PollOpen(PollOpened<'a>),
    /// A user votes.
    PollVote {
        /// The user.
        user: &'a str,
        /// The poll.
        poll: u64,
        /// The chosen options, a bit each. 0: the vote is taken back.
        options: u64,
    },
    /// A poll closes.
    PollClose {
        /// The poll.
        poll: u64,
    },
    /// A speaker goes back to the audience.
    StepDown {
        /// The actor.
        by: &'a str,
        /// The user.
        user: &'a str,
    },
}

impl<'a> Change<'a> {
    /// The change of COMMENT.
    pub fn comment(by: &'a str, text: &'a str, reply: Option<u64>, token: Option<&'a str>) -> Self {
        Change::Comment { by, text, reply: reply.unwrap_or(0), token: token.unwrap_or("") }
    }

    /// The change of JOIN. AGAIN is not part of it: it only decides whether the JOIN is refused.
    pub fn join(join: &'a Join<'a>) -> Self {
        Change::Join {
            user: join.member,
            gateway: join.gateway.unwrap_or(""),
            session: join.session.unwrap_or(""),
            profile: join.profile.as_deref().map(RawValue::get),
            client: join.client.unwrap_or(""),
        }
    }

    /// The change of REACT.
    pub fn react(user: &'a str, kind: &'a str, count: u32) -> Self {
        Change::React { user, kind, count }
    }

    /// The change of POLLVOTE.
    pub fn poll_vote(user: &'a str, poll: u64, options: u64) -> Self {
        Change::PollVote { user, poll, options }
    }

    /// Whether the command that asks for this change holds all of it, so that the command itself may be replicated.
    pub fn is_verbatim(&self) -> bool {
        matches!(
            self,
            Change::Join { .. } | Change::Comment { .. } | Change::React { .. } | Change::PollVote { .. }
        )
    }
}
