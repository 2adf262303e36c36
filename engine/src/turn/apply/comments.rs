//! Applies comments and pins.

use super::ApplyCtx;
use crate::json::events;
use crate::limits::SHADOW_COMMENTS;
use crate::room::comments::{Comment, SERVICE};
use crate::room::history::Entry;
use crate::room::pending::{Event, Fold};
use crate::room::tokens::{TokenCommand, TokenReply};
use crate::room::users::UserIx;
use crate::room::Room;

impl Room {
    pub(super) fn comment(&mut self, by: &str, text: &str, reply: u64, token: &str, ctx: &mut ApplyCtx<'_>) {
        self.comments.last_id += 1;
        let id = self.comments.last_id;
        let mut comment = Comment {
            user: SERVICE,
            ms: ctx.at,
            text: text.into(),
            reply,
            before: 0,
            was_pinned: false,
            deleted: None,
        };
        self.comments.bytes += text.len();
        if by != "-" {
            let ix = self.users.find_or_insert(by);
            comment.user = ix;
            let activity = self.users.at_mut(ix).activity_mut();
            activity.commented_ms = ctx.at;
            if self.moderation.is_shadowed(ix, ctx.at) {
                let reply = TokenReply::Id(id);
                self.shadow_tokens.keep_shadow(TokenCommand::Comment, by, token, ctx.at, reply);
                return self.shadow_comment(id, comment);
            }
            activity.comments += 1;
            activity.places += 1;
            comment.before = std::mem::replace(&mut activity.last_comment, id);
        }
        self.tokens.keep(TokenCommand::Comment, by, token, ctx.at, TokenReply::Id(id));
        self.comments.all.insert(id, comment);
        let present = self.present();
        if let Some(minute) = self.record.minute(ctx.at, present) {
            minute.comments += 1;
        }
        self.pending.push(Event::Comment { id, token: token.into() });
        ctx.out.counts.comments += 1;
        ctx.out.notify("room.comment");
    }

    /// Adds a comment under a shadow block. The oldest one makes room for it.
    fn shadow_comment(&mut self, id: u64, comment: Comment) {
        let shadow = self.users.at_mut(comment.user).activity_mut().shadow.get_or_insert_default();
        shadow.made += 1;
        shadow.ids.push_back(id);
        self.comments.shadow.insert(id, comment);
        if self.comments.shadow.len() <= SHADOW_COMMENTS {
            return;
        }
        let Some((_, oldest)) = self.comments.shadow.pop_first() else { return };
        self.comments.bytes = self.comments.bytes.saturating_sub(oldest.text.len());
        // The oldest comment of all is the oldest one of its author.
        if let Some(shadow) = &mut self.users.at_mut(oldest.user).activity_mut().shadow {
            shadow.ids.pop_front();
        }
    }

    pub(super) fn delete_comment(&mut self, by: &str, id: u64, ctx: &mut ApplyCtx<'_>) {
        if let Some(author) = self.comments.delete_shadow(id, by, ctx.at) {
            self.count_deleted_shadow(author);
            return;
        }
        let Some((author, before)) = self.comments.delete(id, by, ctx.at) else { return };
        self.unchain(author, id, before);
        self.scrub_history(&[id]);
        self.comments.drop_deleted(1);
        if self.pending.folds.contains(Fold::Pin(id)) {
            // The waiting event says `unpinned` now, and this actor unpinned it.
            self.pending.fold_by(Fold::Pin(id), by);
        }
        self.pending.push(Event::CommentDeleted { id, by: by.into() });
        ctx.out.notify("room.delcomment");
    }

    fn count_deleted_shadow(&mut self, author: UserIx) {
        if let Some(shadow) = &mut self.users.at_mut(author).activity_mut().shadow {
            shadow.deleted += 1;
        }
    }

    /// Takes a deleted comment out of the chain of its author. `before`: the comment before it. A user has at most
    /// [`USER_COMMENTS`](crate::limits::USER_COMMENTS) in the chain, and deletes the latest ones most often.
    fn unchain(&mut self, author: UserIx, id: u64, before: u64) {
        if author == SERVICE {
            return;
        }
        let activity = self.users.at_mut(author).activity_mut();
        activity.places = activity.places.saturating_sub(1);
        if activity.last_comment == id {
            activity.last_comment = before;
            return;
        }
        let mut next = activity.last_comment;
        while let Some(comment) = self.comments.all.get_mut(&next) {
            if comment.before == id {
                comment.before = before;
                return;
            }
            next = comment.before;
        }
    }

    /// Deletes all comments of a user, also those under a shadow block.
    pub(super) fn clear_comments(&mut self, ix: UserIx, by: &str, ctx: &ApplyCtx<'_>) {
        let Some(activity) = self.users.at_mut(ix).activity.as_deref_mut() else { return };
        activity.places = 0;
        let mut next = std::mem::take(&mut activity.last_comment);
        let shadow =
            activity.shadow.as_deref().map_or_else(Vec::new, |own| own.ids.iter().copied().collect());
        let mut cleared = Vec::new();
        while let Some((_, before)) = self.comments.delete(next, by, ctx.at) {
            cleared.push(next);
            next = before;
        }
        cleared.reverse();
        self.scrub_history(&cleared);
        self.comments.drop_deleted(cleared.len());
        for id in shadow {
            if self.comments.delete_shadow(id, by, ctx.at).is_some() {
                self.count_deleted_shadow(ix);
            }
        }
    }

    /// Removes the text of deleted comments from past events. `deleted`: their ids in rising order.
    fn scrub_history(&mut self, deleted: &[u64]) {
        let mut history = std::mem::take(&mut self.history);
        history.rewrite_comments(|id, entry: &Entry| {
            deleted.binary_search(&id).ok().and_then(|_| events::scrubbed(self, id, entry))
        });
        self.history = history;
    }

    pub(super) fn pin(&mut self, by: &str, id: u64, ctx: &mut ApplyCtx<'_>) {
        if let Some(comment) = self.comments.all.get_mut(&id) {
            comment.was_pinned = true;
            if !self.comments.pins.contains(&id) {
                self.comments.pins.push(id);
            }
            self.pending.fold_by(Fold::Pin(id), by);
            ctx.out.notify("room.pin");
        }
    }

    pub(super) fn unpin(&mut self, by: &str, id: u64, ctx: &mut ApplyCtx<'_>) {
        self.comments.pins.retain(|&pin| pin != id);
        self.pending.fold_by(Fold::Pin(id), by);
        ctx.out.notify("room.unpin");
    }
}
