//! What a user did under a shadow block. Only the user itself sees it.

use std::collections::VecDeque;

/// The comments and reactions of a user under a shadow block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shadow {
    /// The ids of the comments that the room still has, oldest first.
    pub ids: VecDeque<u64>,
    /// How many comments were made, including deleted and dropped ones.
    pub made: u32,
    /// How many comments the user or staff deleted, including those dropped later.
    pub deleted: u32,
    /// Reactions by kind, in the order of first use. At most [`REACTION_KINDS`](crate::limits::REACTION_KINDS).
    pub reactions: Vec<ShadowReaction>,
}

/// The reactions of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShadowReaction {
    /// The emoji or word. The room may not know it.
    pub kind: Box<str>,
    /// How many.
    pub count: u64,
}

impl Shadow {
    /// How many comments would take a place in the limits if they were public. The user must not notice that the room
    /// dropped some of them.
    pub fn places(&self) -> u32 {
        self.made.saturating_sub(self.deleted)
    }

    /// How many reactions of a kind there are; None: the user used no such kind.
    pub fn of(&self, kind: &str) -> Option<u64> {
        self.reactions.iter().find(|own| *own.kind == *kind).map(|own| own.count)
    }

    /// Adds reactions of a kind.
    pub fn react(&mut self, kind: &str, n: u64) {
        match self.reactions.iter_mut().find(|own| *own.kind == *kind) {
            Some(own) => own.count += n,
            None => self.reactions.push(ShadowReaction { kind: kind.into(), count: n }),
        }
    }
}
