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
    Settings,
    Cancelled { by: Option<&'a str> },
    Ended { by: Option<&'a str>, reason: EndReasonV1 },
    Stage { members: List<u32>, by: Option<&'a str> },
    Removed { user: u32 },
    Comment { id: u64 },
    Pinned { id: u64, by: &'a str },
    CommentDeleted { id: u64, by: &'a str },
    Unpinned { id: u64, by: &'a str },
    CommentsCleared { user: u32, by: &'a str },
}

/// A waiting fold.
#[derive(Encode, BorrowDecode)]
pub struct WaitingFoldV1 {
    /// The position of the last change that folded into it.
    pub position: u64,
    pub fold: FoldV1,
}

/// Changes that fold into one event.
#[derive(Encode, BorrowDecode)]
pub enum FoldV1 {
    Audience,
    Hands,
    Reactions,
    Rsvp,
    Invited,
    Poll(u64),
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
