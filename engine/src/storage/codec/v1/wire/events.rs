//! Rows of waiting events and of the history.

use super::{EndReasonV1, List};
use bincode::{BorrowDecode, Encode};

/// A waiting event.
#[derive(Encode, BorrowDecode)]
pub struct WaitingEventV1<'a> {
    /// The position in the order of waiting changes.
    pub position: u64,
    pub event: EventV1<'a>,
}

/// A waiting event's content.
#[derive(Encode, BorrowDecode)]
pub enum EventV1<'a> {
    Created,
    Started,
    Cancelled { by: Option<&'a str> },
    Ended { by: Option<&'a str>, reason: EndReasonV1 },
    Comment { id: u64, token: &'a str },
    CommentDeleted { id: u64, by: &'a str },
}

/// A waiting fold.
#[derive(Encode, BorrowDecode)]
pub struct WaitingFoldV1<'a> {
    /// The position of the last change that folded into it.
    pub position: u64,
    pub fold: FoldV1,
    /// The actor of the last change.
    pub by: Option<&'a str>,
}

/// Changes that fold into one event.
#[derive(Encode, BorrowDecode)]
pub enum FoldV1 {
    Audience,
    Reactions,
    Hands,
    HandsCleared,
    Rsvp,
    Invited,
    Settings,
    Poll(u64),
    Pin(u64),
    Stage(u32),
    Removed(u32),
    CommentsCleared(u32),
}

/// An event of the history.
#[derive(Encode, BorrowDecode)]
pub struct EntryV1<'a> {
    pub seq: u64,
    pub topic: TopicV1,
    /// The users that the event names.
    pub users: List<u32>,
    pub json: &'a str,
}

/// The subject of an event of the history.
#[derive(Encode, BorrowDecode)]
pub enum TopicV1 {
    Fold(FoldV1),
    Comment(u64),
    Other,
}
