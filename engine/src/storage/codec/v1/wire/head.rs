//! The first row, which holds everything that a room has once, and the last row.

use super::{EndReasonV1, HostLossV1, List, StateV1};
use bincode::{BorrowDecode, Encode};

/// The first row.
#[derive(Encode, BorrowDecode)]
pub struct HeadV1<'a> {
    pub broken: bool,
    pub incarnation: u64,
    pub epoch: u64,
    pub previous: Option<(u64, u64)>,
    pub seq: u64,
    pub clock: u64,
    pub state: StateV1,
    pub created_ms: u64,
    pub at_ms: u64,
    pub started_ms: u64,
    pub ended_ms: u64,
    pub end_reason: Option<EndReasonV1>,
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
    pub host_loss: HostLossV1,
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

/// The last row: that nothing is missing, and what is local to the history.
#[derive(Encode, BorrowDecode)]
pub struct EndV1 {
    pub history_floor: u64,
    /// Rows of each section before this one.
    pub rows: List<u64>,
}
