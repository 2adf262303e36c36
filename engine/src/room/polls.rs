//! Polls and votes.

use crate::room::users::UserIx;
use std::collections::BTreeMap;

/// One poll. Its id is its place in the room's list, from 1.
#[derive(Clone, Debug, Default)]
pub struct Poll {
    /// The question.
    pub question: Box<str>,
    /// The options.
    pub options: Vec<Choice>,
    /// How many options a vote may name.
    pub multi: u8,
    /// Who chose what is not kept.
    pub secret: bool,
    /// A vote stands.
    pub is_final: bool,
    /// Tallies only once closed.
    pub hidden: bool,
    /// Opened, Unix ms.
    pub opened_ms: u64,
    /// Closes by itself, Unix ms; 0: never. Once closed: when that was.
    pub closes_ms: u64,
    /// No vote is taken any more.
    pub closed: bool,
    /// By voter; of a secret poll without what they chose.
    pub votes: BTreeMap<UserIx, Vote>,
}

/// One option.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Its text.
    pub text: Box<str>,
    /// Votes for it.
    pub votes: u64,
}

/// One user's vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vote {
    /// The options as a bit set; 0 in a secret poll.
    pub options: u64,
    /// When, Unix ms.
    pub ms: u64,
}

impl Poll {
    /// Open as of `now`: not closed, and not due to be.
    pub fn is_open(&self, now: u64) -> bool {
        !self.closed && (self.closes_ms == 0 || self.closes_ms > now)
    }

    /// Takes a vote in place of an earlier one of the same user; whether it is the user's first.
    pub fn vote(&mut self, user: UserIx, options: u64, ms: u64) -> bool {
        let kept = if self.secret { 0 } else { options };
        let earlier = self.votes.insert(user, Vote { options: kept, ms });
        let before = earlier.map_or(0, |vote| vote.options);
        for (at, choice) in self.options.iter_mut().enumerate() {
            choice.votes += options >> at & 1;
            choice.votes = choice.votes.saturating_sub(before >> at & 1);
        }
        earlier.is_none()
    }
}

/// The options of a bit set, as numbers.
pub fn numbers(options: u64) -> impl Iterator<Item = u8> {
    (0..64).filter(move |at| options >> at & 1 == 1)
}
