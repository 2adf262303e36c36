//! Tokens that make a retry safe, with the first reply to each.

use std::collections::{BTreeMap, VecDeque};

/// How long a token holds, ms.
pub const TOKEN_MS: u64 = 600_000;

/// First answers by user and token.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// First replies by the command's letter, the user and the token.
    pub replies: BTreeMap<Box<str>, FirstReply>,
    /// Keys by age.
    pub ages: VecDeque<TokenAge>,
}

/// The first reply to a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstReply {
    /// When it was given, Unix ms.
    pub ms: u64,
    /// The reply.
    pub reply: TokenReply,
}

/// A use of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenAge {
    /// When it was used, Unix ms.
    pub ms: u64,
    /// Key of its reply in [`Tokens::replies`].
    pub key: Box<str>,
}

/// A first answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenReply {
    /// An id.
    Id(u64),
    /// A user.
    User(Box<str>),
}

impl Tokens {
    /// No id holds a NUL, so no two users and tokens make the same key.
    fn key(verb: char, user: &str, token: &str) -> Box<str> {
        format!("{verb}{user}\0{token}").into()
    }

    /// The first answer, if it was given less than [`TOKEN_MS`] ago.
    pub fn get(&self, verb: char, user: &str, token: Option<&str>, now: u64) -> Option<&TokenReply> {
        let first = self.replies.get(&Self::key(verb, user, token?))?;
        (first.ms + TOKEN_MS > now).then_some(&first.reply)
    }

    /// Keeps an answer, if there is a token, and forgets those past their time.
    pub fn keep(&mut self, verb: char, user: &str, token: &str, at: u64, reply: TokenReply) {
        while self.ages.front().is_some_and(|oldest| oldest.ms + TOKEN_MS <= at) {
            if let Some(TokenAge { ms, key }) = self.ages.pop_front() {
                // The token may have been used again since.
                if self.replies.get(&key).is_some_and(|first| first.ms == ms) {
                    self.replies.remove(&key);
                }
            }
        }
        if !token.is_empty() {
            let key = Self::key(verb, user, token);
            self.ages.push_back(TokenAge { ms: at, key: key.clone() });
            self.replies.insert(key, FirstReply { ms: at, reply });
        }
    }
}
