//! Rows of polls, votes, comments and tokens.

use super::{List, Time};
use bincode::{BorrowDecode, Encode};

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
    pub reply: Option<TokenReplyV1<'a>>,
}

#[derive(Encode, BorrowDecode)]
pub enum TokenReplyV1<'a> {
    Id(u64),
    User(&'a str),
}
