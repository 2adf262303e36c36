//! Rows of version 1, frozen: a field or variant is never changed, reordered or removed. `Role`, `HostLoss` and
//! `EndReason` are wire enums of their own.
//!
//! A user stands as its place in the table. What only restates other rows is not here: it is rebuilt.

use super::super::chunks::List;
use super::super::Corrupt;
use crate::room::record::Outcome;
use crate::terms::EndReason;
use crate::terms::{HostLoss, Role, RoomState};
use bincode::{BorrowDecode, Encode};
use std::cell::Cell;

/// Sections in the order in which they are written; a section's number is its place here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    Head,
    Leases,
    Users,
    Blocks,
    Polls,
    Votes,
    Comments,
    Shadow,
    Tokens,
    Visits,
    Stints,
    Hands,
    Offers,
    Timeline,
    Log,
    Queue,
    Folds,
    History,
    End,
}

pub const SECTIONS: [Section; 19] = [
    Section::Head,
    Section::Leases,
    Section::Users,
    Section::Blocks,
    Section::Polls,
    Section::Votes,
    Section::Comments,
    Section::Shadow,
    Section::Tokens,
    Section::Visits,
    Section::Stints,
    Section::Hands,
    Section::Offers,
    Section::Timeline,
    Section::Log,
    Section::Queue,
    Section::Folds,
    Section::History,
    Section::End,
];

/// A state's or an ending's code is its place here.
pub const STATES: [RoomState; 4] =
    [RoomState::Scheduled, RoomState::Live, RoomState::Ended, RoomState::Cancelled];
pub const HOWS: [Outcome; 6] = [
    Outcome::Lowered,
    Outcome::Seated,
    Outcome::Left,
    Outcome::Accepted,
    Outcome::Declined,
    Outcome::Expired,
];

pub fn code<T: PartialEq>(table: &[T], value: T) -> u8 {
    table.iter().position(|known| *known == value).unwrap_or(0) as u8
}

pub fn decode<T: Copy>(table: &[T], code: u8) -> Result<T, Corrupt> {
    table.get(usize::from(code)).copied().ok_or(Corrupt("a code that stands for nothing"))
}

/// A number no sum of a room's lifetime overflows, and no JSON reader rounds.
pub const MAX: u64 = 1 << 53;

/// The numbers of a room that is being read.
#[derive(Default)]
pub struct Numbers {
    near_end: Cell<bool>,
}

impl Numbers {
    pub fn number(&self, n: u64) -> Result<u64, Corrupt> {
        self.below(n, MAX)
    }

    /// One that is counted up one by one.
    pub fn small(&self, n: u32) -> Result<u32, Corrupt> {
        self.below(n.into(), u64::from(u32::MAX / 2)).map(|_| n)
    }

    fn below(&self, n: u64, max: u64) -> Result<u64, Corrupt> {
        if n > max {
            return Err(Corrupt("a number too large"));
        }
        if n > max / 2 {
            self.near_end.set(true);
        }
        Ok(n)
    }

    /// A number could outgrow what is read back. No room comes there by living.
    pub fn are_near_end(&self) -> bool {
        self.near_end.get()
    }
}

/// A time, Unix ms, as its distance from the room's creation: half as long for weeks. 0, which is no time, stays 0.
#[derive(Clone, Copy, PartialEq, Default, Encode, BorrowDecode)]
pub struct Time(u64);

impl Time {
    pub fn new(ms: u64, created_ms: u64) -> Time {
        Time(match ms.checked_sub(created_ms) {
            Some(since) if ms != 0 => since << 1 | 1,
            _ => ms << 1,
        })
    }

    pub fn ms(self, created_ms: u64) -> u64 {
        let value = self.0 >> 1;
        if self.0 & 1 == 1 {
            created_ms.saturating_add(value)
        } else {
            value
        }
    }
}

#[derive(Encode, BorrowDecode)]
pub struct HeadV1<'a> {
    pub broken: bool,
    pub incarnation: u64,
    pub epoch: u64,
    pub previous: Option<(u64, u64)>,
    pub seq: u64,
    pub clock: u64,
    pub state: u8,
    pub created_ms: u64,
    pub at_ms: u64,
    pub started_ms: u64,
    pub ended_ms: u64,
    pub end_reason: Option<EndReason>,
    pub config: ConfigV1<'a>,
    pub order: u64,
    pub open_offers: List<OfferV1<'a>>,
    /// Retired leases, oldest first.
    pub retired: List<u32>,
    /// Since when the host is away, and whether it left.
    pub host_away: Option<(u64, bool)>,
    pub empty_since_ms: u64,
    pub invite_present: Option<(u64, u64)>,
    /// The last ticket of a hand.
    pub ticket: u64,
    pub announced_hands: List<u32>,
    pub last_comment: u64,
    pub pins: List<u64>,
    pub kinds: List<KindV1<'a>>,
    pub dropped: u64,
    pub record: RecordV1,
    pub stamp: u64,
    pub audience: AudienceV1,
}

#[derive(Encode, BorrowDecode)]
pub struct ConfigV1<'a> {
    pub title: &'a str,
    pub private: bool,
    pub seats: u32,
    pub capacity: u32,
    pub meta: Option<&'a str>,
    pub host_loss: HostLoss,
    pub comments: bool,
    pub reactions: bool,
    pub hands: bool,
    pub slowmode: u32,
    pub emojis: List<&'a str>,
}

#[derive(Encode, BorrowDecode)]
pub struct OfferV1<'a> {
    pub user: u32,
    pub from_ms: u64,
    pub until_ms: u64,
    pub by: &'a str,
}

#[derive(Encode, BorrowDecode)]
pub struct KindV1<'a> {
    pub name: &'a str,
    pub total: u64,
    pub waiting: u64,
}

#[derive(Encode, BorrowDecode)]
pub struct RecordV1 {
    pub unique_members: u64,
    pub peak_present: u64,
    pub hands_raised: u64,
    pub speakers: List<u32>,
    pub speakers_total: u64,
    pub kicks: u64,
    pub blocks: u64,
    pub mutes: u64,
}

#[derive(Encode, BorrowDecode)]
pub struct AudienceV1 {
    pub joined: u64,
    pub left: u64,
    pub changes: List<(u32, bool)>,
    pub partial: bool,
}

/// A lease under its number; a freed number is a row all the same.
#[derive(Encode, BorrowDecode)]
pub struct LeaseV1<'a> {
    pub gateway: &'a str,
    /// Whether its members are lost, and when it was retired.
    pub retired: Option<(bool, Time)>,
}

#[derive(Encode, BorrowDecode)]
pub struct UserV1<'a> {
    pub name: &'a str,
    pub profile: Option<&'a str>,
    pub presence: PresenceV1<'a>,
    pub activity: Option<ActivityV1>,
    pub order: u64,
    pub joined: Time,
    /// None: the same as `joined`.
    pub first_joined: Option<Time>,
    pub present_ms: u32,
    pub joins: u32,
    pub role: Role,
    pub invited: bool,
    pub interested: bool,
}

#[derive(Encode, BorrowDecode)]
pub enum PresenceV1<'a> {
    Absent(Time),
    Lost(Time),
    One(SessionV1<'a>),
    Many(List<SessionV1<'a>>),
}

#[derive(Encode, BorrowDecode)]
pub struct SessionV1<'a> {
    pub id: &'a str,
    /// The lease's number and 1; 0: none.
    pub lease: u32,
    pub place: u32,
}

#[derive(PartialEq, Default, Encode, BorrowDecode)]
pub struct ActivityV1 {
    pub hand: u64,
    pub hand_raised: Time,
    pub stage: u64,
    pub stage_since: Time,
    pub stage_ms: u64,
    pub unmuted: bool,
    pub spoke: bool,
    pub comments: u32,
    pub last_comment: u64,
    pub commented: Time,
    pub reactions: List<(u8, u64)>,
    pub shadow_reactions: List<(u8, u64)>,
    pub votes: u32,
    pub hands: u32,
}

#[derive(Encode, BorrowDecode)]
pub struct BlockV1<'a> {
    pub user: u32,
    pub until: Time,
    pub shadow: bool,
    pub by: &'a str,
    pub reason: &'a str,
}

#[derive(Encode, BorrowDecode)]
pub struct PollV1<'a> {
    pub question: &'a str,
    pub options: List<ChoiceV1<'a>>,
    pub multi: u8,
    pub secret: bool,
    pub is_final: bool,
    pub hidden: bool,
    pub opened: Time,
    pub closes: Time,
    pub closed: bool,
}

#[derive(Encode, BorrowDecode)]
pub struct ChoiceV1<'a> {
    pub text: &'a str,
    pub votes: u64,
}

#[derive(Encode, BorrowDecode)]
pub struct VoteV1 {
    /// The poll's place, from 0.
    pub poll: u32,
    pub user: u32,
    pub options: u64,
    pub at: Time,
}

#[derive(Encode, BorrowDecode)]
pub struct CommentV1<'a> {
    pub id: u64,
    /// The author's place and 1; 0: the service.
    pub user: u32,
    pub at: Time,
    pub text: &'a str,
    pub reply: u64,
    pub before: u64,
    pub was_pinned: bool,
    pub deleted_by: Option<&'a str>,
}

/// A token by age, with its answer unless the token was used again since.
#[derive(Encode, BorrowDecode)]
pub struct TokenV1<'a> {
    pub at: Time,
    pub key: &'a str,
    pub answer: Option<AnswerV1<'a>>,
}

#[derive(Encode, BorrowDecode)]
pub enum AnswerV1<'a> {
    Id(u64),
    User(&'a str),
}

#[derive(Encode, BorrowDecode)]
pub struct SpanV1 {
    pub user: u32,
    pub nth: u64,
    pub from: Time,
    pub to: Time,
}

#[derive(Encode, BorrowDecode)]
pub struct ClosedV1<'a> {
    pub user: u32,
    pub from: Time,
    pub to: Time,
    pub how: u8,
    pub by: &'a str,
}

#[derive(Encode, BorrowDecode)]
pub struct MinuteV1 {
    pub minute: Time,
    pub peak_present: u64,
    pub joins: u64,
    pub leaves: u64,
    pub comments: u64,
    pub reactions: List<(u8, u64)>,
}

#[derive(Encode, BorrowDecode)]
pub struct ActionV1<'a> {
    pub at: Time,
    pub actor: &'a str,
    pub action: &'a str,
    pub target: &'a str,
    pub reason: &'a str,
}

#[derive(Encode, BorrowDecode)]
pub struct WaitingV1<'a> {
    pub stamp: u64,
    pub event: EventV1<'a>,
}

#[derive(Encode, BorrowDecode)]
pub enum EventV1<'a> {
    Created,
    Started,
    Settings,
    Cancelled { by: Option<&'a str> },
    Ended { by: Option<&'a str>, reason: EndReason },
    Stage { members: List<u32>, by: Option<&'a str> },
    Removed { user: u32 },
    Comment { id: u64 },
    Pinned { id: u64, by: &'a str },
    CommentDeleted { id: u64, by: &'a str },
    Unpinned { id: u64, by: &'a str },
    CommentsCleared { user: u32, by: &'a str },
}

#[derive(Encode, BorrowDecode)]
pub enum FoldV1 {
    Audience,
    Hands,
    Reactions,
    Rsvp,
    Invited,
    Poll(u64),
}

#[derive(Encode, BorrowDecode)]
pub struct EntryV1<'a> {
    pub seq: u64,
    pub topic: TopicV1,
    pub users: List<u32>,
    pub json: &'a str,
}

#[derive(Encode, BorrowDecode)]
pub enum TopicV1 {
    Fold(FoldV1),
    Comment(u64),
    Other,
}

/// The last row: that nothing is missing, and what is local to the history.
#[derive(Encode, BorrowDecode)]
pub struct EndV1 {
    pub history_floor: u64,
    /// Rows of each section before this one.
    pub rows: List<u64>,
}
