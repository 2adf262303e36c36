//! A room: all that one key holds.

pub mod arrivals;
pub mod comments;
pub mod deadlines;
pub mod hands;
pub mod history;
pub mod leases;
pub mod moderation;
pub mod pending;
pub mod polls;
mod queries;
pub mod rates;
pub mod reactions;
pub mod record;
pub mod tokens;
pub mod users;
pub mod view;

use crate::room::arrivals::Arrivals;
use crate::room::comments::Comments;
use crate::room::hands::Hands;
use crate::room::history::History;
use crate::room::leases::Leases;
use crate::room::moderation::Moderation;
use crate::room::pending::{DirectEvent, Event, Pending};
use crate::room::polls::Poll;
use crate::room::rates::Bucket;
use crate::room::reactions::Reactions;
use crate::room::record::Record;
use crate::room::tokens::Tokens;
use crate::room::users::{User, UserIx, Users};
use crate::terms::EndReason;
use crate::terms::{HostLoss, RoomState, DEFAULT_SEATS};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// A live room.
#[derive(Clone, Debug, Default)]
pub struct Room {
    /// Its id from creation on.
    pub incarnation: u64,
    /// Changes with every takeover.
    pub epoch: u64,
    /// The epoch before and the number it ended at.
    pub previous: Option<PreviousEpoch>,
    /// Number of the last event.
    pub seq: u64,
    /// Room clock: the last time an effect brought, Unix ms.
    pub clock: u64,
    /// State.
    pub state: RoomState,
    /// Times of its life, Unix ms; 0: not yet, or never.
    pub times: Times,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// What ROOM.CONFIG sets.
    pub config: Config,
    /// Everybody it has heard of.
    pub users: Users,
    /// The host, present or not.
    pub host: Option<UserIx>,
    /// Cohosts, present or not.
    pub cohosts: BTreeSet<UserIx>,
    /// The stage by order of entry.
    pub stage: BTreeMap<u64, UserIx>,
    /// Members on stage with the role speaker: those who take seats.
    pub speakers: u32,
    /// Open offers; each holds a seat.
    pub offers: Vec<Offer>,
    /// Present members by order of arrival.
    pub arrivals: Arrivals,
    /// Number of the last arrival or entry to the stage.
    pub order: u64,
    /// Members in their grace, by the time they were lost.
    pub lost: BTreeSet<LostMember>,
    /// Gateways and their sessions.
    pub leases: Leases,
    /// Since when the host is away.
    pub host_away: Option<Away>,
    /// Since when nobody is present, Unix ms; 0: somebody is.
    pub empty_since_ms: u64,
    /// Raised hands.
    pub hands: Hands,
    /// The first hands as last told in an event.
    pub announced_hands: Vec<UserIx>,
    /// Users invited, by hand or by [`Room::welcome`].
    pub invited: BTreeSet<UserIx>,
    /// Arrivals `from..=to` who are still present are invited, though not all noted so yet: the room became private
    /// while they were here.
    pub invite_present: Option<ArrivalRange>,
    /// Users interested.
    pub interested: u64,
    /// Blocks and the log of actions.
    pub moderation: Moderation,
    /// Comments and pins.
    pub comments: Comments,
    /// Totals of reactions.
    pub reactions: Reactions,
    /// Polls, closed ones among them.
    pub polls: Vec<Poll>,
    /// First answers by token.
    pub tokens: Tokens,
    /// What the summary and the warehouse want.
    pub record: Record,
    /// Changes that wait for a frame.
    pub pending: Pending,
    /// Events kept; local.
    pub history: History,
    /// What this server alone knows.
    pub local: Local,
}

/// Times of a room's life, Unix ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Creation.
    pub created_ms: u64,
    /// Scheduled start; 0: none.
    pub at_ms: u64,
    /// Start; 0: not yet.
    pub started_ms: u64,
    /// End or cancellation; 0: not yet.
    pub ended_ms: u64,
}

/// What ROOM.CONFIG sets, less AT.
#[derive(Clone, Debug)]
pub struct Config {
    /// Title.
    pub title: Box<str>,
    /// Only staff and invited users may enter and read.
    pub private: bool,
    /// Seats on stage beside the staff.
    pub seats: u32,
    /// Present at once; 0: any.
    pub capacity: u32,
    /// The application's own data.
    pub meta: Option<Box<RawValue>>,
    /// What happens when the host is gone.
    pub host_loss: HostLoss,
    /// Comments may be made.
    pub comments: bool,
    /// Reactions may be made.
    pub reactions: bool,
    /// Hands may be raised.
    pub hands: bool,
    /// Seconds between two comments of a user; 0: off.
    pub slowmode: u32,
    /// Kinds of reaction allowed; empty: any.
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
            emojis: crate::terms::DEFAULT_EMOJIS.iter().map(|&kind| kind.into()).collect(),
        }
    }
}

/// An open offer of a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// To whom.
    pub user: UserIx,
    /// Made at, Unix ms.
    pub from_ms: u64,
    /// Good until, Unix ms.
    pub until_ms: u64,
    /// Who made it.
    pub by: Box<str>,
}

/// How the host is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Away {
    /// Since, Unix ms.
    pub since_ms: u64,
    /// It left: no grace.
    pub left: bool,
}

/// The epoch before the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviousEpoch {
    /// Its id.
    pub epoch: u64,
    /// The number of its last event.
    pub last_seq: u64,
}

/// A member in its grace. Ordered by the time it was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LostMember {
    /// When its last session broke, Unix ms.
    pub since_ms: u64,
    /// The member.
    pub user: UserIx,
}

/// Arrivals from `first` to `last`, both included, by their order.
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

/// Since when a server serves a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// The takeover generation in which the service began; 0: none.
    pub generation: u64,
    /// When it began, Unix ms.
    pub since_ms: u64,
}

/// Frames sent before their tick, counted per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UrgentFrames {
    /// The second that is counted, Unix time.
    pub second: u64,
    /// Urgent frames sent in it.
    pub sent: u32,
}

/// What one server knows of a room: neither saved nor replicated nor digested.
#[derive(Clone, Debug, Default)]
pub struct Local {
    /// The takeover generation of the process this room's epoch belongs to; 0: none.
    pub generation: u64,
    /// The generation in which this server began to serve the room, and since when, Unix ms. A room may come to a
    /// server that has served for long: by RESTORE, or with its slot.
    pub served: Service,
    /// Nothing falls due before this, Unix ms; 0: unknown.
    pub due: u64,
    /// It met an effect this version does not know.
    pub broken: bool,
    /// The room's comment rate.
    pub comments: Bucket,
    /// Second in which urgent frames are counted, and how many there were.
    pub urgent: UrgentFrames,
    /// When this server last sent a frame, by its own clock, Unix ms.
    pub sent_ms: u64,
    /// Direct events that wait to go out behind the next frame.
    pub direct: Vec<DirectEvent>,
}

impl Room {
    /// Its state.
    pub fn state(&self) -> RoomState {
        self.state
    }

    /// Members present.
    pub fn present(&self) -> u64 {
        self.arrivals.len() as u64
    }

    /// Present members who are not on stage.
    pub fn listeners(&self) -> u64 {
        self.present().saturating_sub(self.stage.len() as u64)
    }

    /// Whether it is private.
    pub fn is_private(&self) -> bool {
        self.config.private
    }

    /// The epoch.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The last event's number.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Whether it met an effect this version does not know.
    pub fn is_broken(&self) -> bool {
        self.local.broken
    }

    /// Takes the room out of service until a resync replaces it.
    pub fn mark_broken(&mut self) {
        self.local.broken = true;
    }

    /// The user's row, if the room has heard of it.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.by_name(name)
    }

    /// Whether the user may enter while the room is private, staff apart.
    pub fn is_invited(&self, user: &User) -> bool {
        user.invited || self.is_welcome(user)
    }

    /// Whether the user was here when the room became private, and still is.
    pub fn is_welcome(&self, user: &User) -> bool {
        user.is_present() && self.invite_present.is_some_and(|range| range.contains(user.order))
    }

    /// Seats nobody sits on and no offer holds, `but` one's own offer.
    pub fn free_seats(&self, but: Option<UserIx>) -> u32 {
        let held = self.offers.iter().filter(|offer| Some(offer.user) != but).count() as u32;
        self.config.seats.saturating_sub(self.speakers).saturating_sub(held)
    }

    /// The user's open offer as of `now`.
    pub fn offer(&self, user: UserIx, now: u64) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.user == user && offer.until_ms > now)
    }

    /// Cohost with a session who has been here longest. One that is lost is no heir: it would have to be followed itself,
    /// and of two that are lost each would hand the room to the other.
    pub fn longest_cohost(&self) -> Option<UserIx> {
        self.cohosts
            .iter()
            .copied()
            .filter(|&ix| !self.users.at(ix).sessions().is_empty())
            .min_by_key(|&ix| self.users.at(ix).order)
    }

    /// Whether the user was removed and no frame has said so yet.
    pub fn removal_waits(&self, user: &str) -> bool {
        let removed =
            |event: &Event| matches!(event, Event::Removed { user: ix } if *self.users.at(*ix).name == *user);
        self.pending.urgent && self.pending.queue.iter().any(|waiting| removed(&waiting.event))
    }

    /// Bytes it holds; what members hold beside their rows is estimated from the first of them.
    pub fn memory(&self) -> usize {
        const SAMPLE: usize = 32;
        let each = |user: &User| {
            let sessions: usize =
                user.sessions().iter().map(|session| session.id.len() + size_of_val(session)).sum();
            let profile = user.profile.as_ref().map_or(0, |profile| profile.get().len());
            let activity = user
                .activity
                .as_ref()
                .map_or(0, |activity| size_of_val(&**activity) + activity.reactions.memory());
            let name = if user.name.is_heap_allocated() { user.name.capacity() } else { 0 };
            name + profile + activity + sessions
        };
        let sample: usize = self.users.iter_from(0).take(SAMPLE).map(|(_, user)| each(user)).sum();
        let users = sample * self.users.len() / self.users.len().clamp(1, SAMPLE);
        let votes: usize = self.polls.iter().map(|poll| poll.votes.len() * 32).sum();
        size_of::<Room>()
            + self.users.memory()
            + users
            + self.leases.memory()
            + self.hands.memory()
            + self.arrivals.memory()
            + (self.lost.len() + self.invited.len()) * 24
            + (self.comments.all.len() + self.comments.shadow.len()) * 112
            + self.comments.bytes
            + votes
            + self.record.visits.memory()
            + self.record.stage_spans.memory()
            + self.record.hands.memory()
            + self.record.offers.memory()
            + self.record.timeline.memory()
            + self.history.bytes
            + self.tokens.replies.len() * 160
            + self.moderation.log.len() * 128
    }

    /// About how many allocations freeing it takes: whether Redis frees it on another thread.
    pub fn effort(&self) -> usize {
        1 + self.users.len() + self.comments.all.len() + self.history.entries.len()
    }

    /// For COPY: the same room, unknown to this process's takeovers, its waiting direct frames left out.
    pub fn copy(&self) -> Room {
        Room { local: Local { broken: self.local.broken, ..Local::default() }, ..self.clone() }
    }
}
