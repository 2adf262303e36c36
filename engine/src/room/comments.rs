//! Comments and pins.

use crate::room::users::UserIx;
use std::collections::BTreeMap;

/// The author of comments that the service made.
pub const SERVICE: UserIx = UserIx::MAX;

/// One comment. Its id is its key in [`Comments::all`] or [`Comments::shadow`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The author, or [`SERVICE`].
    pub user: UserIx,
    /// When it was made, Unix ms.
    pub ms: u64,
    /// The text; empty: the comment was deleted.
    pub text: Box<str>,
    /// The id of the comment to which it replies; 0: none.
    pub reply: u64,
    /// The id of the author's previous comment; 0: none.
    pub before: u64,
    /// The comment is pinned or was pinned before.
    pub was_pinned: bool,
    /// The actor who deleted it; None: not deleted.
    pub deleted_by: Option<Box<str>>,
}

/// The comments of a room.
#[derive(Clone, Debug, Default)]
pub struct Comments {
    /// Public comments by id, including deleted ones.
    pub all: BTreeMap<u64, Comment>,
    /// Comments made under a shadow block, by id. Only their authors see them. They share the ids with `all`.
    pub shadow: BTreeMap<u64, Comment>,
    /// The last id issued; 0: none yet.
    pub last_id: u64,
    /// Ids of pinned comments in the order of pinning.
    pub pins: Vec<u64>,
    /// Total length of all texts, bytes.
    pub bytes: usize,
}

impl Comments {
    /// How many public comments were made.
    pub fn made(&self) -> u64 {
        self.all.len() as u64
    }

    /// The comment with this id, if `viewer` may see it. A viewer sees public comments and its own shadow comments.
    /// None as viewer: the service.
    pub fn seen_by(&self, id: u64, viewer: Option<UserIx>) -> Option<&Comment> {
        self.all.get(&id).or_else(|| self.shadow.get(&id).filter(|comment| Some(comment.user) == viewer))
    }

    /// The comment with this id, public or shadow, mutable; None: there is no such comment.
    pub fn get_mut(&mut self, id: u64) -> Option<&mut Comment> {
        match self.all.get_mut(&id) {
            Some(comment) => Some(comment),
            None => self.shadow.get_mut(&id),
        }
    }

    /// Deletes the text and the pin of a comment. Returns false if the comment does not exist or was deleted before.
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
