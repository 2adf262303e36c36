//! Invitations, and those of a room that has become private.
//!
//! In a private room only staff and invited users may enter and read. A public room that becomes private invites the
//! users who have a place in it. They may be a million, so their invitations are stored in slices. Until then the users
//! count as invited already.

use crate::room::users::{Flag, UserIx};
use crate::room::Room;
use std::collections::BTreeSet;

/// The invitation of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// When the user was invited, Unix ms.
    pub ms: u64,
    /// The actor who invited it, who made the room private, or who took its staff role; `-` for the service.
    pub by: Box<str>,
}

/// The users who are invited because they were present, had raised their hand or were interested when the room became
/// private. The rows of the table are read in order. A user's own invitation is stored earlier if it leaves, lowers its
/// hand or loses interest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inviting {
    /// The next row.
    pub next: UserIx,
    /// One after the last row. Users of later rows came later.
    pub end: UserIx,
    /// The order of the last arrival when the room became private.
    pub arrived: u64,
    /// Users of the rows to come whose invitation was withdrawn since.
    pub withdrawn: BTreeSet<UserIx>,
    /// The invitation that they get.
    pub invitation: Invitation,
}

impl Room {
    /// Whether the user is invited.
    pub(crate) fn is_invited(&self, ix: UserIx) -> bool {
        self.users.at(ix).has(Flag::Invited) || self.unstored_invitation(ix).is_some()
    }

    /// The invitation of the user; None: it is not invited.
    pub(crate) fn invitation(&self, ix: UserIx) -> Option<&Invitation> {
        self.invited.get(&ix).or_else(|| self.unstored_invitation(ix))
    }

    /// The invitation that a user has because the room became private, and that is not stored yet; None: there is none.
    pub(crate) fn unstored_invitation(&self, ix: UserIx) -> Option<&Invitation> {
        let inviting = self.inviting.as_ref()?;
        if !(inviting.next..inviting.end).contains(&ix) || inviting.withdrawn.contains(&ix) {
            return None;
        }
        let user = self.users.at(ix);
        let was_present = user.is_present() && user.order <= inviting.arrived;
        (was_present || user.hand() > 0 || user.has(Flag::Interested)).then_some(&inviting.invitation)
    }
}
