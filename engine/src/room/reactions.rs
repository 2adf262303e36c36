//! Totals of reactions by kind.

use crate::limits::REACTION_KINDS;

/// Totals of reactions by kind. The index of a kind stands for it everywhere else in the room.
#[derive(Clone, Debug, Default)]
pub struct Reactions {
    /// Kinds in the order of their first use.
    pub kinds: Vec<ReactionKind>,
    /// The total of all kinds.
    pub total: u64,
}

/// One kind of reaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReactionKind {
    /// The emoji or word.
    pub name: Box<str>,
    /// The total, without reactions under a shadow block.
    pub total: u64,
    /// The part of the total that no frame has announced yet.
    pub waiting: u64,
}

impl Reactions {
    /// The index of a kind; None: the kind was not used yet.
    pub fn find(&self, name: &str) -> Option<u8> {
        self.kinds.iter().position(|kind| &*kind.name == name).map(|at| at as u8)
    }

    /// The index of a kind. Adds the kind if it was not used yet. None: there are too many kinds.
    pub fn find_or_insert(&mut self, name: &str) -> Option<u8> {
        if let Some(at) = self.find(name) {
            return Some(at);
        }
        let at = self.kinds.len();
        if at >= REACTION_KINDS {
            return None;
        }
        self.kinds.push(ReactionKind { name: name.into(), ..ReactionKind::default() });
        Some(at as u8)
    }
}
