//! Polls and votes.

use crate::room::users::UserIx;
use std::collections::BTreeMap;

/// One poll. Its id is its index in [`Room::polls`](crate::room::Room::polls) plus 1.
#[derive(Clone, Debug, Default)]
pub struct Poll {
    /// The question.
    pub question: Box<str>,
    /// The options, 2 to 20.
    pub options: Vec<Choice>,
    /// How many options a vote may choose.
    pub multi: u8,
    /// The room does not store which options a user chose.
    pub secret: bool,
    /// A vote cannot be replaced.
    pub is_final: bool,
    /// The votes per option are visible only after the poll is closed.
    pub hidden: bool,
    /// When it was opened, Unix ms.
    pub opened_ms: u64,
    /// When the poll closes by itself, Unix ms; 0: never. After the poll is closed: when it was closed.
    pub closes_ms: u64,
    /// The poll is closed.
    pub closed: bool,
    /// Votes by user.
    pub votes: BTreeMap<UserIx, Vote>,
}

/// One option of a poll.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The text.
    pub text: Box<str>,
    /// How many votes chose it.
    pub votes: u64,
}

/// One user's vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vote {
    /// The chosen options as a bit set; 0 in a secret poll.
    pub options: u64,
    /// When the vote was cast, Unix ms.
    pub ms: u64,
}

impl Poll {
    /// Whether the poll takes votes at `now` (Unix ms): it is not closed and its closing is not due.
    pub fn is_open(&self, now: u64) -> bool {
        !self.closed && (self.closes_ms == 0 || self.closes_ms > now)
    }

    /// Stores a vote and replaces the earlier one of the user. Returns whether it is the user's first vote. `options`:
    /// the chosen options as a bit set. `ms`: Unix ms.
    pub fn vote(&mut self, user: UserIx, options: u64, ms: u64) -> bool {
        let stored = if self.secret { 0 } else { options };
        let earlier = self.votes.insert(user, Vote { options: stored, ms });
        let before = earlier.map_or(0, |vote| vote.options);
        for (at, choice) in self.options.iter_mut().enumerate() {
            choice.votes += options >> at & 1;
            choice.votes = choice.votes.saturating_sub(before >> at & 1);
        }
        earlier.is_none()
    }
}

/// The numbers of the options in a bit set, from 0.
pub fn option_numbers(options: u64) -> impl Iterator<Item = u8> {
    (0..64).filter(move |at| options >> at & 1 == 1)
}
