//! Applies reactions.

use super::ApplyCtx;
use crate::room::pending::Fold;
use crate::room::Room;

impl Room {
    pub(super) fn react(&mut self, user: &str, kind: &str, count: u32, ctx: &mut ApplyCtx<'_>) {
        let ix = self.users.find_or_insert(user);
        let n = u64::from(count);
        if self.moderation.is_shadowed(ix, ctx.at) {
            return self.shadow_react(ix, kind, n);
        }
        let kinds = self.reactions.kinds.len();
        let Some(at) = self.reactions.find_or_insert(kind) else { return };
        let is_new = self.reactions.kinds.len() > kinds && self.config.emojis.is_empty();
        let activity = self.users.at_mut(ix).activity_mut();
        activity.reactions.add(at, n);
        if is_new && activity.shadow.as_ref().is_none_or(|shadow| shadow.of(kind).is_none()) {
            activity.new_kinds = activity.new_kinds.saturating_add(1);
        }
        if let Some(totals) = self.reactions.kinds.get_mut(usize::from(at)) {
            totals.total += n;
            totals.waiting += n;
        }
        self.reactions.total += n;
        let present = self.present();
        self.record.count_reactions(ctx.at, present, at, n);
        self.pending.fold(Fold::Reactions);
        ctx.out.counts.reactions += n;
    }

    /// Counts reactions under a shadow block. They use none of the room's kinds.
    fn shadow_react(&mut self, ix: u32, kind: &str, n: u64) {
        let is_new = self.config.emojis.is_empty() && self.reactions.find(kind).is_none();
        let activity = self.users.at_mut(ix).activity_mut();
        let shadow = activity.shadow.get_or_insert_default();
        if is_new && shadow.of(kind).is_none() {
            activity.new_kinds = activity.new_kinds.saturating_add(1);
        }
        shadow.react(kind, n);
    }
}
