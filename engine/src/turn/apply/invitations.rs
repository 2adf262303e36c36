//! Applies invitations.

use super::ApplyCtx;
use crate::room::inviting::{Invitation, Inviting};
use crate::room::pending::Fold;
use crate::room::record::Outcome;
use crate::room::users::{Flag, UserIx};
use crate::room::Room;
use std::collections::BTreeSet;

impl Room {
    pub(super) fn invite(&mut self, by: &str, users: &[&str], ctx: &mut ApplyCtx<'_>) {
        for user in users {
            let ix = self.users.find_or_insert(user);
            self.invite_user(ix, Invitation { ms: ctx.at, by: by.into() });
        }
        self.pending.fold(Fold::Invited);
        ctx.out.notify("room.invite");
    }

    /// Stores the invitation of a user. An earlier one stays.
    fn invite_user(&mut self, ix: UserIx, invitation: Invitation) {
        self.users.at_mut(ix).set(Flag::Invited, true);
        self.invited.entry(ix).or_insert(invitation);
    }

    pub(super) fn uninvite(&mut self, by: &str, users: &[&str], remove: bool, ctx: &mut ApplyCtx<'_>) {
        let mut removed = Vec::new();
        for user in users {
            let Some(ix) = self.users.find(user) else { continue };
            if remove && !self.users.at(ix).is_staff() {
                // The user can no longer enter, so a hand raised before the start is lowered too.
                self.drop_hand(ix, Outcome::Left, by, ctx.at);
                if self.users.at(ix).can_be_removed() {
                    self.remove(ix, ctx);
                    removed.push(ix);
                }
            }
            self.users.at_mut(ix).set(Flag::Invited, false);
            self.invited.remove(&ix);
            if let Some(inviting) = self.inviting.as_mut().filter(|inviting| inviting.next <= ix) {
                inviting.withdrawn.insert(ix);
            }
        }
        self.send_removed_notice(&removed, by, "uninvite", "", ctx);
        self.pending.fold(Fold::Invited);
        ctx.out.notify("room.uninvite");
    }

    /// The room becomes private or public.
    pub(super) fn set_private(&mut self, private: bool, by: &str, ctx: &ApplyCtx<'_>) {
        self.config.private = private;
        self.inviting = private.then(|| Inviting {
            next: 0,
            end: UserIx::try_from(self.users.len()).unwrap_or(UserIx::MAX),
            arrived: self.order,
            withdrawn: BTreeSet::new(),
            invitation: Invitation { ms: ctx.at, by: by.into() },
        });
    }

    /// Stores the invitations of the users in the next rows who had a place when the room became private.
    pub(super) fn invite_rows(&mut self, rows: u32) {
        let Some(inviting) = &self.inviting else { return };
        let until = inviting.next.saturating_add(rows).min(inviting.end);
        for ix in inviting.next..until {
            self.keep_invitation(ix);
        }
        match &mut self.inviting {
            Some(inviting) if until < inviting.end => {
                inviting.next = until;
                inviting.withdrawn = inviting.withdrawn.split_off(&until);
            }
            _ => self.inviting = None,
        }
    }

    /// Stores the invitation of a user if it is not stored yet. To call before its reason goes.
    pub(super) fn keep_invitation(&mut self, ix: UserIx) {
        let Some(invitation) = self.unstored_invitation(ix) else { return };
        if !self.users.at(ix).has(Flag::Invited) {
            let invitation = invitation.clone();
            self.invite_user(ix, invitation);
            self.pending.fold(Fold::Invited);
        }
    }

    /// Invites a user who has just lost a staff role in a private room. So it may stay and return.
    pub(super) fn invite_former_staff(&mut self, ix: UserIx, by: &str, ctx: &ApplyCtx<'_>) {
        if self.config.private && !self.users.at(ix).is_staff() && !self.is_invited(ix) {
            self.invite_user(ix, Invitation { ms: ctx.at, by: by.into() });
            self.pending.fold(Fold::Invited);
        }
    }
}
