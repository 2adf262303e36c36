//! Tokens that make a retry safe: the room keeps the first reply to each token.

use crate::limits::{SHADOW_TOKENS, TOKENS, TOKEN_MINUTES};
use std::collections::{BTreeMap, VecDeque};

/// How long a token holds at least, ms.
pub const TOKEN_MS: u64 = TOKEN_MINUTES * 60_000;

/// An older token is removed, ms. This is longer than a token holds: on the fast path the room's clock may be up to a
/// tick late, and the longest tick of the largest room takes 200 s.
const KEPT_MS: u64 = TOKEN_MS + 200_000;

/// How many old tokens a new comment, poll or token removes. It adds at most one, so all of them go in the end.
const REMOVED_AT_ONCE: usize = 2;

/// First replies by command, user and token.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// First replies by a key of the command's letter, the user and the token.
    pub replies: BTreeMap<Box<str>, FirstReply>,
    /// Uses of tokens, oldest first. A token that was used again after it expired is listed twice.
    pub ages: VecDeque<TokenAge>,
    /// How many tokens were dropped because there were too many.
    pub dropped: u64,
}

/// The first reply to a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstReply {
    /// When it was given, Unix ms.
    pub ms: u64,
    /// The reply.
    pub reply: TokenReply,
}

/// One use of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenAge {
    /// When it was used, Unix ms.
    pub ms: u64,
    /// Key of its reply in [`Tokens::replies`].
    pub key: Box<str>,
}

/// A reply that is kept for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenReply {
    /// The id of a comment or a poll.
    Id(u64),
    /// The user that NEXT seated.
    User(Box<str>),
    /// NEXT found no present user with a raised hand.
    Nobody,
}

/// A command that takes a token. The same token of another command is another token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenCommand {
    /// ROOM.COMMENT
    Comment,
    /// ROOM.NEXT
    Next,
    /// ROOM.POLLOPEN
    PollOpen,
}

impl TokenCommand {
    /// The letter in the key. Keys are saved, so a letter never changes.
    fn letter(self) -> char {
        match self {
            TokenCommand::Comment => 'c',
            TokenCommand::Next => 'n',
            TokenCommand::PollOpen => 'p',
        }
    }
}

impl Tokens {
    /// The key of a token. A user id contains no NUL, so different users and tokens have different keys.
    fn key(command: TokenCommand, user: &str, token: &str) -> Box<str> {
        format!("{}{user}\0{token}", command.letter()).into()
    }

    /// The first reply to a token, if it was given less than `held_ms` before `now` (Unix ms). None as token: no reply.
    pub fn get(
        &self,
        command: TokenCommand,
        user: &str,
        token: Option<&str>,
        now: u64,
        held_ms: u64,
    ) -> Option<&TokenReply> {
        if self.replies.is_empty() {
            return None;
        }
        let first = self.replies.get(&Self::key(command, user, token?))?;
        (first.ms + held_ms > now).then_some(&first.reply)
    }

    /// Keeps the reply to a token and removes some of the old ones. `at`: Unix ms. An empty token keeps nothing.
    pub fn keep(&mut self, command: TokenCommand, user: &str, token: &str, at: u64, reply: TokenReply) {
        self.keep_at_most(TOKENS, command, user, token, at, reply);
    }

    /// [`Tokens::keep`] for the tokens of shadow-blocked users.
    pub fn keep_shadow(
        &mut self,
        command: TokenCommand,
        user: &str,
        token: &str,
        at: u64,
        reply: TokenReply,
    ) {
        self.keep_at_most(SHADOW_TOKENS, command, user, token, at, reply);
    }

    fn keep_at_most(
        &mut self,
        most: usize,
        command: TokenCommand,
        user: &str,
        token: &str,
        at: u64,
        reply: TokenReply,
    ) {
        for _ in 0..REMOVED_AT_ONCE {
            if self.ages.front().is_some_and(|oldest| oldest.ms + KEPT_MS <= at) {
                self.remove_oldest();
            }
        }
        if token.is_empty() {
            return;
        }
        if self.ages.len() >= most && self.remove_oldest() {
            self.dropped += 1;
        }
        let key = Self::key(command, user, token);
        self.ages.push_back(TokenAge { ms: at, key: key.clone() });
        self.replies.insert(key, FirstReply { ms: at, reply });
    }

    /// Removes the oldest use of a token. Returns whether its reply went too: the same token may have been used again.
    fn remove_oldest(&mut self) -> bool {
        let Some(TokenAge { ms, key }) = self.ages.pop_front() else { return false };
        let is_first = self.replies.get(&key).is_some_and(|first| first.ms == ms);
        if is_first {
            self.replies.remove(&key);
        }
        is_first
    }
}
