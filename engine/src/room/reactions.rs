//! Totals of reactions by kind.

/// Totals of reactions by kind; a kind's place here stands for it everywhere else.
#[derive(Clone, Debug, Default)]
pub struct Reactions {
    /// Kinds in the order of their first use.
    pub kinds: Vec<ReactionKind>,
    /// All reactions.
    pub total: u64,
}

/// One kind of reaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReactionKind {
    /// The emoji, or whatever word the room uses.
    pub name: Box<str>,
    /// How often, shadow reactions left out.
    pub total: u64,
    /// How much of that waits for a frame.
    pub waiting: u64,
}

impl Reactions {
    /// Place of a kind.
    pub fn find(&self, name: &str) -> Option<u8> {
        self.kinds.iter().position(|kind| &*kind.name == name).map(|at| at as u8)
    }

    /// Place of a kind, entered now if need be.
    pub fn find_or_insert(&mut self, name: &str) -> u8 {
        self.find(name).unwrap_or_else(|| {
            self.kinds.push(ReactionKind { name: name.into(), ..ReactionKind::default() });
            (self.kinds.len() - 1) as u8
        })
    }
}
