//! Applies reactions.

use super::ApplyCtx;
use crate::room::pending::Fold;
use crate::room::Room;

impl Room {
    pub(super) fn react(&mut self, user: &str, kind: &str, count: u32, ctx: &mut ApplyCtx<'_>) {
        let ix = self.users.find_or_insert(user);
        let kind = self.reactions.find_or_insert(kind);
        let n = u64::from(count);
        let shadow = self.moderation.is_shadowed(ix, ctx.at);
        let activity = self.users.at_mut(ix).activity_mut();
        if shadow {
            return activity.shadow_reactions.get_or_insert_default().add(kind, n);
        }
        activity.reactions.add(kind, n);
        if let Some(totals) = self.reactions.kinds.get_mut(usize::from(kind)) {
            totals.total += n;
            totals.waiting += n;
        }
        self.reactions.total += n;
        let present = self.present();
        self.record.count_reactions(ctx.at, present, kind, n);
        self.pending.fold(Fold::Reactions);
        ctx.out.counts.reactions += n;
    }
}
