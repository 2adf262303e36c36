//! Blocks, and the log of the staff's actions.

use crate::room::users::UserIx;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How many actions the log keeps. Beyond this the oldest is dropped and counted.
pub const MAX_ACTIONS: usize = 10_000;

/// The block of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// When the block ends, Unix ms; 0: never.
    pub until_ms: u64,
    /// A shadow block, which the user does not notice.
    pub shadow: bool,
    /// The actor; `-` for the service.
    pub by: Box<str>,
    /// The reason. May be empty.
    pub reason: Box<str>,
}

/// When a timed block ends. The order of the fields sorts [`Moderation::ends`] by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockEnd {
    /// Unix ms.
    pub until_ms: u64,
    /// The blocked user.
    pub user: UserIx,
}

/// One action of the staff against a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// When it happened, Unix ms.
    pub ms: u64,
    /// The actor; `-` for the service.
    pub actor: Box<str>,
    /// `kick`, `block`, `shadow_block`, `unblock`, `mute` or `hold`.
    pub action: Box<str>,
    /// The user that the action concerns.
    pub target: Box<str>,
    /// The reason. May be empty.
    pub reason: Box<str>,
    /// When the block ends, Unix ms; 0: never, or the action is no block.
    pub until_ms: u64,
}

/// Blocks in force and the log of actions.
#[derive(Clone, Debug, Default)]
pub struct Moderation {
    /// Blocks by user. A timed block stays here until its end is settled.
    pub blocks: BTreeMap<UserIx, Block>,
    /// Timed blocks by the time of their end.
    pub ends: BTreeSet<BlockEnd>,
    /// The last [`MAX_ACTIONS`] actions, oldest first.
    pub log: VecDeque<Action>,
    /// How many actions were dropped from the log. This is also the number of its first entry.
    pub dropped: u64,
}

impl Moderation {
    /// Blocks a user. Replaces an earlier block.
    pub fn block(&mut self, user: UserIx, block: Block) {
        self.unblock(user);
        if block.until_ms > 0 {
            self.ends.insert(BlockEnd { until_ms: block.until_ms, user });
        }
        self.blocks.insert(user, block);
    }

    /// Removes the block of a user, if there is one.
    pub fn unblock(&mut self, user: UserIx) {
        if let Some(block) = self.blocks.remove(&user) {
            self.ends.remove(&BlockEnd { until_ms: block.until_ms, user });
        }
    }

    /// The block of a user that is in force at `now` (Unix ms); None: the user is not blocked then.
    pub fn block_of(&self, user: UserIx, now: u64) -> Option<&Block> {
        self.blocks.get(&user).filter(|block| block.until_ms == 0 || block.until_ms > now)
    }

    /// Whether the user is blocked at `now` (Unix ms), other than by a shadow block.
    pub fn is_blocked(&self, user: UserIx, now: u64) -> bool {
        // Most rooms have no block. The check of the length spares them the lookup.
        !self.blocks.is_empty() && self.block_of(user, now).is_some_and(|block| !block.shadow)
    }

    /// Whether the user is shadow-blocked at `now` (Unix ms).
    pub fn is_shadowed(&self, user: UserIx, now: u64) -> bool {
        !self.blocks.is_empty() && self.block_of(user, now).is_some_and(|block| block.shadow)
    }

    /// Adds an action other than a block to the log. `ms`: Unix ms.
    pub fn log_action(&mut self, ms: u64, actor: &str, action: &str, target: &str, reason: &str) {
        self.log_entry(Action {
            ms,
            actor: actor.into(),
            action: action.into(),
            target: target.into(),
            reason: reason.into(),
            until_ms: 0,
        });
    }

    /// Adds an entry to the log, which may drop the oldest one.
    pub fn log_entry(&mut self, action: Action) {
        if self.log.len() >= MAX_ACTIONS {
            self.log.pop_front();
            self.dropped += 1;
        }
        self.log.push_back(action);
    }
}
