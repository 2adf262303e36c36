//! Comments and pins.

use crate::limits::DELETED_COMMENTS;
use crate::room::users::UserIx;
use std::collections::{BTreeMap, BTreeSet};

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
    /// The id of the author's previous public comment that is not deleted; 0: none. Always 0 in a deleted comment and
    /// in a shadow comment.
    pub before: u64,
    /// The comment is pinned or was pinned before.
    pub was_pinned: bool,
    /// Its deletion; None: not deleted.
    pub deleted: Option<Box<Deletion>>,
}

/// The deletion of a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// When it happened, Unix ms.
    pub ms: u64,
    /// The actor; `-` for the service.
    pub by: Box<str>,
}

/// A deleted comment. The order of the fields sorts [`Comments::deleted`] by the time of the deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeletedComment {
    /// When it was deleted, Unix ms.
    pub ms: u64,
    /// The comment.
    pub id: u64,
}

/// The comments of a room.
#[derive(Clone, Debug, Default)]
pub struct Comments {
    /// Public comments by id, including deleted ones that were not dropped.
    pub all: BTreeMap<u64, Comment>,
    /// Comments made under a shadow block, by id. Only their authors see them. They share the ids with `all`.
    pub shadow: BTreeMap<u64, Comment>,
    /// The last id issued; 0: none yet.
    pub last_id: u64,
    /// Ids of pinned comments in the order of pinning.
    pub pins: Vec<u64>,
    /// Total length of all texts, bytes.
    pub bytes: usize,
    /// The deleted comments in [`Comments::all`], at most [`DELETED_COMMENTS`].
    pub deleted: BTreeSet<DeletedComment>,
    /// How many deleted comments were dropped.
    pub dropped: u64,
}

impl Comments {
    /// How many public comments were made, including deleted and dropped ones.
    pub fn made(&self) -> u64 {
        self.all.len() as u64 + self.dropped
    }

    /// How many public comments take a place in `room.max-comments`. A deleted comment takes none.
    pub fn places(&self) -> u64 {
        (self.all.len() - self.deleted.len()) as u64
    }

    /// The comment with this id, if `viewer` may see it. A viewer sees public comments and its own shadow comments.
    /// None as viewer: the service.
    pub fn seen_by(&self, id: u64, viewer: Option<UserIx>) -> Option<&Comment> {
        self.all.get(&id).or_else(|| self.shadow.get(&id).filter(|comment| Some(comment.user) == viewer))
    }

    /// The comment `last` and the earlier ones of its chain, newest first. `last`: the latest comment of a user; 0:
    /// none.
    pub fn chain(&self, last: u64) -> impl Iterator<Item = (u64, &Comment)> + '_ {
        let at = |id: u64| self.all.get(&id).map(|comment| (id, comment));
        std::iter::successors(at(last), move |(_, comment)| at(comment.before))
    }

    /// Deletes the text and the pin of a public comment at `ms` (Unix ms). Returns its author, and the id of the
    /// author's comment before it. The caller takes it out of the author's chain. None: there is no such comment, or
    /// it was deleted before.
    pub fn delete(&mut self, id: u64, by: &str, ms: u64) -> Option<(UserIx, u64)> {
        let comment = self.all.get_mut(&id).filter(|comment| comment.deleted.is_none())?;
        self.bytes = self.bytes.saturating_sub(comment.text.len());
        comment.delete(by, ms);
        let chained = (comment.user, std::mem::take(&mut comment.before));
        self.deleted.insert(DeletedComment { ms, id });
        self.pins.retain(|&pin| pin != id);
        Some(chained)
    }

    /// Deletes the text of a shadow comment at `ms` (Unix ms). Returns its author. None: there is no such comment, or
    /// it was deleted before.
    pub fn delete_shadow(&mut self, id: u64, by: &str, ms: u64) -> Option<UserIx> {
        let comment = self.shadow.get_mut(&id).filter(|comment| comment.deleted.is_none())?;
        self.bytes = self.bytes.saturating_sub(comment.text.len());
        comment.delete(by, ms);
        Some(comment.user)
    }

    /// Drops up to `n` of the deleted comments beyond [`DELETED_COMMENTS`], those first that were deleted first.
    pub fn drop_deleted(&mut self, n: usize) {
        for _ in 0..n.min(self.deleted.len().saturating_sub(DELETED_COMMENTS)) {
            let Some(oldest) = self.deleted.pop_first() else { return };
            self.all.remove(&oldest.id);
            self.dropped += 1;
        }
    }
}

impl Comment {
    fn delete(&mut self, by: &str, ms: u64) {
        self.text = "".into();
        self.deleted = Some(Box::new(Deletion { ms, by: by.into() }));
    }
}
