//! Tokens that make a retry safe, with the first reply to each.

use std::collections::{BTreeMap, VecDeque};

/// How long a token holds, ms.
pub const TOKEN_MS: u64 = crate::limits::TOKEN_MINUTES * 60_000;

/// First answers by user and token.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// Answers and when they were given, by the command's letter, the user and the token.
    pub answers: BTreeMap<Box<str>, (u64, TokenReply)>,
    /// Keys by age.
    pub ages: VecDeque<(u64, Box<str>)>,
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
        let (ms, answer) = self.answers.get(&Self::key(verb, user, token?))?;
        (ms + TOKEN_MS > now).then_some(answer)
    }

    /// Keeps an answer, if there is a token, and forgets those past their time.
    pub fn keep(&mut self, verb: char, user: &str, token: &str, at: u64, answer: TokenReply) {
        while self.ages.front().is_some_and(|(ms, _)| ms + TOKEN_MS <= at) {
            if let Some((ms, key)) = self.ages.pop_front() {
                // The token may have been used again since.
                if self.answers.get(&key).is_some_and(|(kept, _)| *kept == ms) {
                    self.answers.remove(&key);
                }
            }
        }
        if !token.is_empty() {
            let key = Self::key(verb, user, token);
            self.ages.push_back((at, key.clone()));
            self.answers.insert(key, (at, answer));
        }
    }
}
