//! Rows of the record and of the moderation log.

use super::{List, OutcomeV1, Time};
use bincode::{BorrowDecode, Encode};

/// A closed visit or a closed time on stage. Fields mean the same as in [`Span`](crate::room::record::Span).
#[derive(Encode, BorrowDecode)]
pub struct SpanV1 {
    pub user: u32,
    pub nth: u32,
    pub from: Time,
    pub to: Time,
}

/// A hand that is down again, or a closed offer.
#[derive(Encode, BorrowDecode)]
pub struct PastRequestV1<'a> {
    pub user: u32,
    pub nth: u32,
    pub from: Time,
    pub to: Time,
    pub outcome: OutcomeV1,
    pub by: &'a str,
}

/// The figures of one minute. Fields mean the same as in [`Minute`](crate::room::record::Minute).
#[derive(Encode, BorrowDecode)]
pub struct MinuteV1 {
    /// When the minute began.
    pub minute: Time,
    pub peak_present: u64,
    pub joins: u64,
    pub leaves: u64,
    pub comments: u64,
    /// Kinds by their position in the head, with counts.
    pub reactions: List<(u8, u64)>,
}

/// An entry of the moderation log.
#[derive(Encode, BorrowDecode)]
pub struct ActionV1<'a> {
    pub at: Time,
    pub actor: &'a str,
    pub action: &'a str,
    pub target: &'a str,
    pub reason: &'a str,
    /// When a block ends. No time: it does not end, or the action is no block.
    pub until: Time,
}
