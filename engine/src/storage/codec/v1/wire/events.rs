//! Rows of waiting events and of the history.

use super::{EndReasonV1, List};
use bincode::{BorrowDecode, Encode};

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
    Ended { by: Option<&'a str>, reason: EndReasonV1 },
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
