//! Who may not be here, and what the staff did.

use crate::room::users::UserIx;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Actions kept; beyond, the oldest is dropped and counted.
pub const LOG: usize = 10_000;

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Until when, Unix ms; 0: for good.
    pub until_ms: u64,
    /// A shadow block: the user is not to notice.
    pub shadow: bool,
    /// Who blocked.
    pub by: Box<str>,
    /// Why.
    pub reason: Box<str>,
}

/// When a timed block ends. Ordered by that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockEnd {
    /// Unix ms.
    pub until_ms: u64,
    /// The blocked user.
    pub user: UserIx,
}

/// What the staff did to users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// When, Unix ms.
    pub ms: u64,
    /// Who; `-` for the service.
    pub actor: Box<str>,
    /// `kick`, `block`, `unblock`, `mute` …
    pub action: Box<str>,
    /// To whom.
    pub target: Box<str>,
    /// Why; may be empty.
    pub reason: Box<str>,
}

/// Blocks in force and the log of actions.
#[derive(Clone, Debug, Default)]
pub struct Moderation {
    /// By user.
    pub blocks: BTreeMap<UserIx, Block>,
    /// Timed blocks by the time they end.
    pub ends: BTreeSet<BlockEnd>,
    /// The last [`LOG`] actions.
    pub log: VecDeque<Action>,
    /// Actions dropped from the log: number of its first entry.
    pub dropped: u64,
}

impl Moderation {
    /// Sets a block in place of another.
    pub fn block(&mut self, user: UserIx, block: Block) {
        self.unblock(user);
        if block.until_ms > 0 {
            self.ends.insert(BlockEnd { until_ms: block.until_ms, user });
        }
        self.blocks.insert(user, block);
    }

    /// Takes a block away.
    pub fn unblock(&mut self, user: UserIx) {
        if let Some(block) = self.blocks.remove(&user) {
            self.ends.remove(&BlockEnd { until_ms: block.until_ms, user });
        }
    }

    /// The block in force on a user as of `now`.
    pub fn block_of(&self, user: UserIx, now: u64) -> Option<&Block> {
        self.blocks.get(&user).filter(|block| block.until_ms == 0 || block.until_ms > now)
    }

    /// Whether the user is kept out.
    pub fn is_blocked(&self, user: UserIx, now: u64) -> bool {
        // Most rooms block nobody: the lookup then costs a length check.
        !self.blocks.is_empty() && self.block_of(user, now).is_some_and(|block| !block.shadow)
    }

    /// Whether what the user says is shown to itself only.
    pub fn is_shadowed(&self, user: UserIx, now: u64) -> bool {
        !self.blocks.is_empty() && self.block_of(user, now).is_some_and(|block| block.shadow)
    }

    /// Notes an action.
    pub fn log_action(&mut self, ms: u64, actor: &str, action: &str, target: &str, reason: &str) {
        if self.log.len() >= LOG {
            self.log.pop_front();
            self.dropped += 1;
        }
        self.log.push_back(Action {
            ms,
            actor: actor.into(),
            action: action.into(),
            target: target.into(),
            reason: reason.into(),
        });
    }
}
