//! Applies changes of raised hands.

use super::ApplyCtx;
use crate::collections::rings::Link;
use crate::json::direct::DirectBody;
use crate::room::hands::Clear;
use crate::room::pending::Fold;
use crate::room::record::{Outcome, PastRequest};
use crate::room::users::UserIx;
use crate::room::Room;

impl Room {
    pub(super) fn raise_hand(&mut self, user: &str, ctx: &mut ApplyCtx<'_>) {
        let ix = self.users.find_or_insert(user);
        if self.hand(self.users.at(ix)) > 0 {
            return;
        }
        self.record_cleared_hand(ix);
        let ticket = self.hands.raise(ix);
        let activity = self.users.at_mut(ix).activity_mut();
        (activity.hand, activity.hand_ms) = (ticket, ctx.at);
        activity.hands += 1;
        self.list_hand(ix);
        self.record.hands_raised += 1;
        self.pending.fold(Fold::Hands);
    }

    pub(super) fn lower_hand(&mut self, by: &str, user: &str, ctx: &mut ApplyCtx<'_>) {
        if user.is_empty() {
            self.hands.clear(ctx.at, by);
            self.announced_hands.clear();
            self.pending.clear_hands();
        } else if let Some(ix) = self.users.find(user) {
            self.drop_hand(ix, Outcome::Lowered, by, ctx.at);
            if by != user {
                self.direct(&[ix], &DirectBody::HandLowered { user, by }, ctx);
            }
        }
    }

    /// Records the next hands that LOWERHAND `*` lowered.
    pub(super) fn record_hands(&mut self, hands: u32) {
        for _ in 0..hands {
            let Some((_, ix)) = self.hands.first_cleared() else { return };
            self.record_cleared_hand(ix);
        }
    }

    /// Records the user's hand if LOWERHAND `*` lowered it and no slice has recorded it yet.
    fn record_cleared_hand(&mut self, ix: UserIx) {
        if let Some(Taken { from_ms, clear: Some(clear) }) = self.take_hand(ix) {
            let (to_ms, by) = (clear.at_ms, clear.by);
            self.record_hand(
                ix,
                PastRequest { link: Link::of(ix), from_ms, to_ms, how: Outcome::Lowered, by },
            );
        }
    }

    /// Lowers the hand of a user, if it is raised. `at`: Unix ms.
    pub(super) fn drop_hand(&mut self, ix: UserIx, how: Outcome, by: &str, at: u64) {
        if self.hand(self.users.at(ix)) == 0 {
            return;
        }
        let Some(Taken { from_ms, .. }) = self.take_hand(ix) else { return };
        // The next `hands` event differs from the last one, even if the user raises the hand again before it.
        self.announced_hands.retain(|&announced| announced != ix);
        self.record_hand(ix, PastRequest { link: Link::of(ix), from_ms, to_ms: at, how, by: by.into() });
        self.pending.fold(Fold::Hands);
    }

    fn record_hand(&mut self, ix: UserIx, past: PastRequest) {
        self.record.hands.push(&mut self.users.at_mut(ix).activity_mut().last_hand, past);
    }

    /// Removes the user's hand, raised or cleared. None: the user has none.
    fn take_hand(&mut self, ix: UserIx) -> Option<Taken> {
        self.unlist_hand(ix);
        let activity = self.users.at_mut(ix).activity.as_mut().filter(|activity| activity.hand > 0)?;
        let ticket = std::mem::take(&mut activity.hand);
        Some(Taken { from_ms: activity.hand_ms, clear: self.hands.remove(ticket) })
    }
}

/// A hand that was removed from the queue.
struct Taken {
    /// When it was raised, Unix ms.
    from_ms: u64,
    /// The clear that lowered it before. None: it was raised until now.
    clear: Option<Clear>,
}
