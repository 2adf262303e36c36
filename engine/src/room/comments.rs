//! Comments, pins and reactions.

use crate::room::users::UserIx;
use std::collections::BTreeMap;

/// Author of a comment made by the service.
pub const SERVICE: UserIx = UserIx::MAX;

/// One comment. Its id is its key in [`Comments::all`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its author, [`SERVICE`] for the service.
    pub user: UserIx,
    /// When, Unix ms.
    pub ms: u64,
    /// The text; empty once deleted.
    pub text: Box<str>,
    /// The comment it answers; 0: none.
    pub reply: u64,
    /// The author's comment before this one; 0: none.
    pub before: u64,
    /// Has been pinned, now or before.
    pub was_pinned: bool,
    /// Deleted, and by whom.
    pub deleted_by: Option<Box<str>>,
}

/// The comments of a room.
#[derive(Clone, Debug, Default)]
pub struct Comments {
    /// Public ones by id, deleted ones among them.
    pub all: BTreeMap<u64, Comment>,
    /// Those made under a shadow block, which only their authors see. Ids are common with `all`.
    pub shadow: BTreeMap<u64, Comment>,
    /// The last id given.
    pub last_id: u64,
    /// Pinned ids, in the order of pinning.
    pub pins: Vec<u64>,
    /// Bytes of all texts.
    pub bytes: usize,
}

impl Comments {
    /// The comment under an id as `viewer` may see it: its own shadow comments, nobody else's.
    pub fn seen_by(&self, id: u64, viewer: Option<UserIx>) -> Option<&Comment> {
        self.all.get(&id).or_else(|| self.shadow.get(&id).filter(|comment| Some(comment.user) == viewer))
    }

    /// The comment under an id, shadow or not, to change it.
    pub fn get_mut(&mut self, id: u64) -> Option<&mut Comment> {
        match self.all.get_mut(&id) {
            Some(comment) => Some(comment),
            None => self.shadow.get_mut(&id),
        }
    }

    /// Deletes a comment's text and its pin.
    pub fn delete(&mut self, id: u64, by: &str) -> bool {
        let Some(comment) = self.get_mut(id) else { return false };
        if comment.deleted_by.is_some() {
            return false;
        }
        comment.deleted_by = Some(by.into());
        let bytes = std::mem::take(&mut comment.text).len();
        self.bytes = self.bytes.saturating_sub(bytes);
        self.pins.retain(|&pin| pin != id);
        true
    }
}
