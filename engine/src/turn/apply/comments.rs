//! Applies comments and pins.

use super::ApplyCtx;
use crate::json::events;
use crate::room::comments::{Comment, SERVICE};
use crate::room::history::Entry;
use crate::room::pending::{Event, Fold};
use crate::room::tokens::{TokenCommand, TokenReply};
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
            deleted_by: None,
        };
        let mut shadow = false;
        if by != "-" {
            let ix = self.users.find_or_insert(by);
            shadow = self.moderation.is_shadowed(ix, ctx.at);
            let activity = self.users.at_mut(ix).activity_mut();
            activity.comments += 1;
            activity.commented_ms = ctx.at;
            comment.user = ix;
            comment.before = std::mem::replace(&mut activity.last_comment, id);
        }
        self.comments.bytes += text.len();
        self.tokens.keep(TokenCommand::Comment, by, token, ctx.at, TokenReply::Id(id));
        if shadow {
            self.comments.shadow.insert(id, comment);
            return;
        }
        self.comments.all.insert(id, comment);
        let present = self.present();
        if let Some(minute) = self.record.minute(ctx.at, present) {
            minute.comments += 1;
        }
        self.pending.push(Event::Comment { id, token: token.into() });
        ctx.out.counts.comments += 1;
        ctx.out.notify("room.comment");
    }

    pub(super) fn delete_comment(&mut self, by: &str, id: u64, ctx: &mut ApplyCtx<'_>) {
        let public = self.comments.all.contains_key(&id);
        if self.comments.delete(id, by) && public {
            self.scrub_history(|other, _| other == id);
            if self.pending.folds.contains(Fold::Pin(id)) {
                // The waiting event says `unpinned` now, and this actor unpinned it.
                self.pending.fold_by(Fold::Pin(id), by);
            }
            self.pending.push(Event::CommentDeleted { id, by: by.into() });
            ctx.out.notify("room.delcomment");
        }
    }

    /// Removes the text of deleted comments from past events. `selects` chooses the comments by id and content.
    pub(super) fn scrub_history(&mut self, selects: impl Fn(u64, &Comment) -> bool) {
        let mut history = std::mem::take(&mut self.history);
        history.rewrite_comments(|id, entry: &Entry| {
            let comment = self.comments.all.get(&id)?;
            (comment.deleted_by.is_some() && selects(id, comment))
                .then(|| events::scrubbed(self, id, entry))
                .flatten()
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
