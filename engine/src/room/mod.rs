//! A room: everything that one key holds.
//!
//! The tables are plain public fields. Only [`apply`](crate::turn::apply) changes the replicated ones, so that a
//! master, its replicas and an AOF reach the same room. [`view`] shows a room to reads, [`deadlines`] says when it must
//! change by itself.

pub mod comments;
pub mod deadlines;
pub mod direct;
mod hand_lists;
pub mod hands;
pub mod history;
pub mod leases;
pub mod local;
mod memory;
pub mod moderation;
pub mod pending;
pub mod polls;
pub mod queries;
pub mod rates;
pub mod reactions;
pub mod record;
pub mod shadow;
pub mod time;
pub mod tokens;
pub mod users;
pub mod view;

use crate::collections::sorted_chunks::SortedChunks;
use crate::room::comments::Comments;
use crate::room::hands::Hands;
use crate::room::history::History;
use crate::room::leases::Leases;
use crate::room::local::Local;
use crate::room::moderation::Moderation;
use crate::room::pending::Pending;
use crate::room::polls::Poll;
use crate::room::reactions::Reactions;
use crate::room::record::Record;
use crate::room::tokens::Tokens;
use crate::room::users::{UserIx, Users};
use crate::terms::{EndReason, HostLoss, RoomState, DEFAULT_EMOJIS, DEFAULT_SEATS};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// A live room.
#[derive(Clone, Debug, Default)]
pub struct Room {
    /// The id of the room from its creation on.
    pub(crate) incarnation: u64,
    /// The current epoch. Each takeover starts a new one.
    pub(crate) epoch: u64,
    /// The epoch before; None: no takeover so far.
    pub(crate) previous: Option<PreviousEpoch>,
    /// The number of the last event; 0: none yet.
    pub(crate) seq: u64,
    /// The room's clock: the latest time that an effect brought, Unix ms. It never runs backwards.
    pub(crate) clock: u64,
    /// The state.
    pub(crate) state: RoomState,
    /// Creation, start and end.
    pub(crate) times: Times,
    /// The user who created the room; `-`: the service.
    pub(crate) creator: Box<str>,
    /// The expiry of the key that the module set last, Unix ms. Any other expiry is an operator's.
    pub(crate) expire_ms: u64,
    /// Why the room ended or was cancelled; None: it is not over.
    pub(crate) end_reason: Option<EndReason>,
    /// The actor who ended or cancelled the room; `-`: the service; None: a deadline, or the room is not over.
    pub(crate) ended_by: Option<Box<str>>,
    /// The settings of ROOM.CONFIG, except AT.
    pub(crate) config: Config,
    /// All users that the room knows.
    pub(crate) users: Users,
    /// The host, present or not; None: the room has no host.
    pub(crate) host: Option<UserIx>,
    /// The cohosts, present or not.
    pub(crate) cohosts: BTreeSet<UserIx>,
    /// Users on stage by the number of their entry.
    pub(crate) stage: BTreeMap<u64, UserIx>,
    /// Members with the role speaker. Each takes a seat.
    pub(crate) speakers: u32,
    /// Open offers. Each holds a seat.
    pub(crate) offers: Vec<Offer>,
    /// Present members by the order of their arrival.
    pub(crate) arrivals: SortedChunks<UserIx>,
    /// The order of the last arrival.
    pub(crate) order: u64,
    /// How many entries to the stage there were.
    pub(crate) stage_entries: u64,
    /// Members in their grace.
    pub(crate) lost: BTreeSet<LostMember>,
    /// Gateways and their sessions.
    pub(crate) leases: Leases,
    /// The absence of the host; None: the host has a session, or no absence is counted.
    pub(crate) host_away: Option<Away>,
    /// When the last present member left, Unix ms; 0: somebody is present.
    pub(crate) empty_since_ms: u64,
    /// Raised hands.
    pub(crate) hands: Hands,
    /// The first hands as the last `hands` event showed them.
    pub(crate) announced_hands: Vec<UserIx>,
    /// Invited users, by ROOM.INVITE or because they were present when the room became private.
    pub(crate) invited: BTreeMap<UserIx, Invitation>,
    /// Members who were present when the room became private and whose invitation is not stored yet. Each of them who
    /// is still present counts as invited. None: all invitations are stored.
    pub(crate) invite_present: Option<PresentInvited>,
    /// Interested users, and since when, Unix ms.
    pub(crate) interested: BTreeMap<UserIx, u64>,
    /// Blocks and the log of moderation.
    pub(crate) moderation: Moderation,
    /// Comments and pins.
    pub(crate) comments: Comments,
    /// Totals of reactions.
    pub(crate) reactions: Reactions,
    /// All polls, open and closed. A poll's id is its index plus 1.
    pub(crate) polls: Vec<Poll>,
    /// First replies by token.
    pub(crate) tokens: Tokens,
    /// First replies by token to shadow-blocked users. They must not push out the tokens of others.
    pub(crate) shadow_tokens: Tokens,
    /// Data for the summary and the export.
    pub(crate) record: Record,
    /// Changes that wait for a frame.
    pub(crate) pending: Pending,
    /// Past events for ROOM.EVENTS. Local to a server.
    pub(crate) history: History,
    /// State that only this server knows.
    pub(crate) local: Local,
}

/// The times of a room, Unix ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Creation.
    pub created_ms: u64,
    /// Scheduled start; 0: the room was not scheduled.
    pub at_ms: u64,
    /// Scheduled start as ROOM.CREATE set it; 0: the room was not scheduled.
    pub first_at_ms: u64,
    /// Start; 0: not started.
    pub started_ms: u64,
    /// End or cancellation; 0: not over.
    pub ended_ms: u64,
}

/// The settings of ROOM.CONFIG, except AT, which is in [`Times::at_ms`].
#[derive(Clone, Debug)]
pub struct Config {
    /// The title. May be empty.
    pub title: Box<str>,
    /// Only staff and invited users may enter and read.
    pub private: bool,
    /// Seats on stage in addition to the staff.
    pub seats: u32,
    /// How many members may be present at once; 0: any number.
    pub capacity: u32,
    /// A JSON object of the application; None: not set.
    pub meta: Option<Box<RawValue>>,
    /// What happens when the host is gone.
    pub host_loss: HostLoss,
    /// Whether comments are allowed.
    pub comments: bool,
    /// Whether reactions are allowed.
    pub reactions: bool,
    /// Whether hands may be raised.
    pub hands: bool,
    /// Seconds between two comments of a user; 0: off.
    pub slowmode: u32,
    /// Allowed kinds of reaction; empty: any kind.
    pub emojis: Vec<Box<str>>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            title: "".into(),
            private: false,
            seats: DEFAULT_SEATS,
            capacity: 0,
            meta: None,
            host_loss: HostLoss::Handover,
            comments: true,
            reactions: true,
            hands: true,
            slowmode: 0,
            emojis: DEFAULT_EMOJIS.iter().map(|&kind| kind.into()).collect(),
        }
    }
}

/// An open offer of a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The user who may accept it.
    pub user: UserIx,
    /// When it was made, Unix ms.
    pub from_ms: u64,
    /// When it expires, Unix ms.
    pub until_ms: u64,
    /// The actor who made it; `-` for the service.
    pub by: Box<str>,
}

/// The absence of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Away {
    /// When the absence began, Unix ms.
    pub since_ms: u64,
    /// The host left or was removed, so that `room.host-grace` does not apply.
    pub left: bool,
}

/// The invitation of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// When the user was invited, Unix ms.
    pub ms: u64,
    /// The actor who invited it, or who made the room private; `-` for the service.
    pub by: Box<str>,
}

/// Members who are invited because they were present when the room became private.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentInvited {
    /// The arrivals whose invitation is not stored yet.
    pub arrivals: ArrivalRange,
    /// The invitation of each.
    pub invitation: Invitation,
}

/// The epoch before the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviousEpoch {
    /// Its id.
    pub epoch: u64,
    /// The number of its last event.
    pub last_seq: u64,
}

/// A member in its grace. The order of the fields sorts [`Room::lost`] by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LostMember {
    /// When the member's last session broke, Unix ms.
    pub since_ms: u64,
    /// The member.
    pub user: UserIx,
}

/// The arrivals from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrivalRange {
    /// Order of the first arrival.
    pub first: u64,
    /// Order of the last arrival.
    pub last: u64,
}

impl ArrivalRange {
    /// Whether the range holds this order.
    pub fn contains(self, order: u64) -> bool {
        (self.first..=self.last).contains(&order)
    }
}

impl Room {
    /// The room for COPY. It belongs to no takeover of this process and has no waiting direct frames.
    pub fn copy(&self) -> Room {
        Room { local: Local { broken: self.local.broken, ..Local::default() }, ..self.clone() }
    }

    /// Whether the room met an effect that this version does not know.
    pub fn is_broken(&self) -> bool {
        self.local.broken
    }

    /// Takes the room out of service until a resync replaces it.
    pub fn mark_broken(&mut self) {
        self.local.broken = true;
    }
}
