//! Questions about a room that several modules ask. They change nothing.

use super::leases::Retired;
use super::polls::Poll;
use super::users::{User, UserIx};
use super::Room;
use crate::error::Error;

impl Room {
    /// Checks that a user may enter and read: it is not blocked and, in a private room, it is staff or invited.
    ///
    /// # Errors
    /// `BLOCKED`, `NOTINVITED`.
    pub fn admits(&self, user: &str, now: u64) -> Result<(), Error> {
        let ix = self.users.find(user);
        if ix.is_some_and(|ix| self.moderation.is_blocked(ix, now)) {
            return Err(Error::Blocked);
        }
        let known = ix.map(|ix| self.users.at(ix));
        if self.config.private && !known.is_some_and(|user| user.is_staff() || self.is_invited(user)) {
            return Err(Error::NotInvited);
        }
        Ok(())
    }

    /// Places of a user's sessions that LEAVE means: of one id, of one gateway, or all.
    pub fn matching(&self, ix: UserIx, session: Option<&str>, gateway: Option<&str>) -> Vec<usize> {
        let lease = gateway.map(|gateway| self.leases.of(gateway));
        let sessions = self.users.at(ix).sessions().iter().enumerate();
        sessions
            .filter(|(_, held)| session.is_none_or(|id| *held.id == *id))
            .filter(|(_, held)| lease.is_none_or(|lease| lease == Some(held.lease)))
            .map(|(at, _)| at)
            .collect()
    }

    /// A session of the user that stands under a retired lease, and how that was retired.
    pub fn retired_session(&self, ix: UserIx) -> Option<(usize, Retired)> {
        if self.leases.retired.is_empty() {
            return None;
        }
        let sessions = self.users.at(ix).sessions().iter().enumerate();
        sessions.filter_map(|(at, held)| Some((at, self.leases.get(held.lease)?.retired?))).next()
    }

    /// The poll with this id, from 1.
    pub fn poll(&self, id: u64) -> Option<&Poll> {
        self.polls.get(usize::try_from(id.checked_sub(1)?).ok()?)
    }

    /// Milliseconds until slow mode lets the user comment again; 0: now. Staff does not wait.
    pub fn comment_wait_ms(&self, user: &User, now: u64) -> u64 {
        let last = user.activity.as_ref().map_or(0, |activity| activity.commented_ms);
        if self.config.slowmode == 0 || user.is_staff() || last == 0 {
            return 0;
        }
        (last + u64::from(self.config.slowmode) * 1000).saturating_sub(now)
    }
}
