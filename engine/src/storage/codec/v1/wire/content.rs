//! Rows of polls, votes, comments and tokens.

use super::{List, Time};
use bincode::{BorrowDecode, Encode};

/// A poll. Fields mean the same as in [`Poll`](crate::room::polls::Poll).
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

/// An option of a poll.
#[derive(Encode, BorrowDecode)]
pub struct ChoiceV1<'a> {
    pub text: &'a str,
    pub votes: u64,
}

/// A vote.
#[derive(Encode, BorrowDecode)]
pub struct VoteV1 {
    /// The poll's position, from 0.
    pub poll: u32,
    pub user: u32,
    /// A bit for each chosen option. 0 in a secret poll.
    pub options: u64,
    pub at: Time,
}

/// A comment. Fields mean the same as in [`Comment`](crate::room::comments::Comment). The chain of a user's comments is
/// rebuilt on load.
#[derive(Encode, BorrowDecode)]
pub struct CommentV1<'a> {
    pub id: u64,
    /// The author's position plus 1. 0: the service.
    pub user: u32,
    pub at: Time,
    pub text: &'a str,
    pub reply: u64,
    pub was_pinned: bool,
    /// The actor who deleted it, and when.
    pub deleted: Option<(&'a str, Time)>,
}

/// One use of a token.
#[derive(Encode, BorrowDecode)]
pub struct TokenV1<'a> {
    pub at: Time,
    pub key: &'a str,
    /// The reply to this use. None: the token was used again later.
    pub reply: Option<TokenReplyV1<'a>>,
    /// The token of a shadow-blocked user. These come after all others.
    pub shadow: bool,
}

/// The first reply to a token.
#[derive(Encode, BorrowDecode)]
pub enum TokenReplyV1<'a> {
    Id(u64),
    User(&'a str),
    Nobody,
}
