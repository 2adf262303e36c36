//! Applies kicks and blocks.

use super::ApplyCtx;
use crate::effect::UserBlocked;
use crate::room::moderation::{Action, Block};
use crate::room::pending::Fold;
use crate::room::record::Outcome;
use crate::room::users::UserIx;
use crate::room::{Away, Room};
use crate::terms::{Role, RoomState};

impl Room {
    pub(super) fn kick(&mut self, by: &str, user: &str, reason: &str, ctx: &mut ApplyCtx<'_>) {
        let Some(ix) = self.users.find(user) else { return };
        self.record.kicks += 1;
        self.moderation.log_action(ctx.at, by, "kick", user, reason);
        self.remove(ix, by, ctx);
        self.send_removed_notice(&[ix], by, "kick", reason, ctx);
        ctx.out.notify("room.kick");
    }

    pub(super) fn block(&mut self, block: &UserBlocked<'_>, ctx: &mut ApplyCtx<'_>) {
        let UserBlocked { by, user, until_ms, shadow, clear, reason } = *block;
        let ix = self.users.find_or_insert(user);
        self.moderation.block(ix, Block { until_ms, shadow, by: by.into(), reason: reason.into() });
        self.record.blocks += 1;
        self.moderation.log_entry(Action {
            ms: ctx.at,
            actor: by.into(),
            action: if shadow { "shadow_block" } else { "block" }.into(),
            target: user.into(),
            reason: reason.into(),
            until_ms,
        });
        // A shadow block has no visible effect.
        if !shadow {
            // Before the start, `remove` leaves the hand.
            self.drop_hand(ix, Outcome::Left, by, ctx.at);
            self.remove(ix, by, ctx);
            self.send_removed_notice(&[ix], by, "block", reason, ctx);
            self.remove_staff_role(ix, ctx);
            if clear {
                self.clear_comments(ix, by, ctx);
                self.pending.fold(Fold::CommentsCleared(ix));
            }
            ctx.out.notify("room.block");
        }
    }

    /// Takes the role host or cohost from a blocked user. A live room that loses its host this way waits for another.
    fn remove_staff_role(&mut self, ix: UserIx, ctx: &mut ApplyCtx<'_>) {
        if !self.users.at(ix).is_staff() {
            return;
        }
        if self.users.at(ix).role == Role::Host && self.state == RoomState::Live {
            self.host_away = Some(Away { since_ms: ctx.at, left: true });
        }
        self.give_role(ix, Role::Listener, ctx);
        self.pending.fold(Fold::Stage(ix));
    }

    pub(super) fn unblock(&mut self, by: &str, user: &str, ctx: &mut ApplyCtx<'_>) {
        let Some(ix) = self.users.find(user) else { return };
        let shadow = self.moderation.blocks.get(&ix).is_some_and(|block| block.shadow);
        self.moderation.unblock(ix);
        if !by.is_empty() {
            self.moderation.log_action(ctx.at, by, "unblock", user, "");
        }
        if !shadow {
            ctx.out.notify("room.unblock");
        }
    }
}
