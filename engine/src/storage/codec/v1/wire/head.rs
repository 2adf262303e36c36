//! The first row, which holds everything that a room has once, and the last row.

use super::{EndReasonV1, HostLossV1, List, StateV1};
use bincode::{BorrowDecode, Encode};

/// The first row. Fields mean the same as in [`Room`](crate::room::Room). Times are Unix ms.
#[derive(Encode, BorrowDecode)]
pub struct HeadV1<'a> {
    pub broken: bool,
    pub incarnation: u64,
    pub epoch: u64,
    /// The epoch before, and the number of its last event.
    pub previous: Option<(u64, u64)>,
    pub seq: u64,
    pub clock: u64,
    pub state: StateV1,
    pub created_ms: u64,
    pub at_ms: u64,
    pub first_at_ms: u64,
    pub started_ms: u64,
    pub ended_ms: u64,
    pub creator: &'a str,
    /// The expiry of the key that the module set last.
    pub expire_ms: u64,
    pub end_reason: Option<EndReasonV1>,
    pub ended_by: Option<&'a str>,
    pub config: ConfigV1<'a>,
    pub order: u64,
    pub stage_entries: u64,
    pub open_offers: List<OfferV1<'a>>,
    /// Numbers of the retired leases, oldest first.
    pub retired: List<u32>,
    /// When the host went away, and whether the host chose to leave.
    pub host_away: Option<(u64, bool)>,
    pub empty_since_ms: u64,
    pub invite_present: Option<PresentInvitedV1<'a>>,
    /// The last ticket that a hand got. 0: none.
    pub ticket: u64,
    pub clears: List<ClearV1<'a>>,
    pub announced_hands: List<u32>,
    pub last_comment: u64,
    pub pins: List<u64>,
    /// Deleted comments that were dropped.
    pub comments_dropped: u64,
    /// Tokens that were dropped, and those of shadow-blocked users.
    pub tokens_dropped: (u64, u64),
    pub kinds: List<KindV1<'a>>,
    /// Actions that the log has dropped.
    pub dropped: u64,
    pub record: RecordV1,
    /// The position of the last waiting change.
    pub position: u64,
    pub audience: AudienceV1,
}

/// The settings. Fields mean the same as in [`Config`](crate::room::Config).
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

/// An open offer of a seat. Fields mean the same as in [`Offer`](crate::room::Offer).
#[derive(Encode, BorrowDecode)]
pub struct OfferV1<'a> {
    pub user: u32,
    pub from_ms: u64,
    pub until_ms: u64,
    pub by: &'a str,
}

/// Arrivals whose invitation is not stored yet.
#[derive(Encode, BorrowDecode)]
pub struct PresentInvitedV1<'a> {
    pub first: u64,
    pub last: u64,
    pub ms: u64,
    pub by: &'a str,
}

/// A LOWERHAND `*` with hands that are not recorded yet. Fields mean the same as in
/// [`Clear`](crate::room::hands::Clear).
#[derive(Encode, BorrowDecode)]
pub struct ClearV1<'a> {
    pub through: u64,
    pub at_ms: u64,
    pub by: &'a str,
}

/// A kind of reaction. Other rows refer to a kind by its position in the head.
#[derive(Encode, BorrowDecode)]
pub struct KindV1<'a> {
    pub name: &'a str,
    pub total: u64,
    pub waiting: u64,
}

/// The counts of the record. Its lists are sections. Fields mean the same as in
/// [`Record`](crate::room::record::Record).
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

/// The waiting audience event. Fields mean the same as in [`Audience`](crate::room::pending::Audience).
#[derive(Encode, BorrowDecode)]
pub struct AudienceV1 {
    pub joined: u64,
    pub left: u64,
    /// Users, each with true for a join and false for a leave.
    pub changes: List<(u32, bool)>,
    pub partial: bool,
}

/// The last row. It proves that no row is missing.
#[derive(Encode, BorrowDecode)]
pub struct EndV1 {
    pub history_floor: u64,
    /// The number of rows in each section before this one.
    pub rows: List<u64>,
}
