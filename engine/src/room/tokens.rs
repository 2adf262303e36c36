//! Tokens that make a retry safe: the room keeps the first reply to each token.

use std::collections::{BTreeMap, VecDeque};

/// How long a token holds, ms.
const TOKEN_MS: u64 = crate::limits::TOKEN_MINUTES * 60_000;

/// First replies by command, user and token.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// First replies by a key of the command's letter, the user and the token.
    pub replies: BTreeMap<Box<str>, FirstReply>,
    /// Uses of tokens, oldest first. A token that was used again after it expired is listed twice.
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

    /// The first reply to a token, if it was given less than `TOKEN_MS` before `now` (Unix ms). None as token: no
    /// reply.
    pub fn get(
        &self,
        command: TokenCommand,
        user: &str,
        token: Option<&str>,
        now: u64,
    ) -> Option<&TokenReply> {
        let first = self.replies.get(&Self::key(command, user, token?))?;
        (first.ms + TOKEN_MS > now).then_some(&first.reply)
    }

    /// Keeps the reply to a token and drops expired ones. `at`: Unix ms. An empty token keeps nothing.
    pub fn keep(&mut self, command: TokenCommand, user: &str, token: &str, at: u64, reply: TokenReply) {
        while self.ages.front().is_some_and(|oldest| oldest.ms + TOKEN_MS <= at) {
            if let Some(TokenAge { ms, key }) = self.ages.pop_front() {
                // The same token may have been used again after it expired.
                if self.replies.get(&key).is_some_and(|first| first.ms == ms) {
                    self.replies.remove(&key);
                }
            }
        }
        if !token.is_empty() {
            let key = Self::key(command, user, token);
            self.ages.push_back(TokenAge { ms: at, key: key.clone() });
            self.replies.insert(key, FirstReply { ms: at, reply });
        }
    }
}
