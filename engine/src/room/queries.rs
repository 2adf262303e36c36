//! Queries that several modules need. They change nothing.

use super::leases::Retired;
use super::pending::Fold;
use super::polls::Poll;
use super::users::{Flag, User, UserIx};
use super::{Invitation, Offer, Room};
use crate::error::Error;
use crate::terms::RoomState;

/// A session under a retired lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetiredSession {
    /// Its index among the sessions of its user.
    pub at: usize,
    /// How its lease was retired.
    pub how: Retired,
}

impl Room {
    /// The state.
    pub fn state(&self) -> RoomState {
        self.state
    }

    /// The current epoch.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The number of the last event; 0: none yet.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Whether only staff and invited users may enter and read.
    pub fn is_private(&self) -> bool {
        self.config.private
    }

    /// How many members are present.
    pub fn present(&self) -> u64 {
        self.arrivals.len() as u64
    }

    /// How many present members are not on stage.
    pub(crate) fn listeners(&self) -> u64 {
        self.present().saturating_sub(self.stage.len() as u64)
    }

    /// The row of a user; None: the room does not know the user.
    pub(crate) fn user(&self, name: &str) -> Option<&User> {
        self.users.by_name(name)
    }

    /// Whether the user is invited. In a private room only staff and invited users may enter and read.
    pub(crate) fn is_invited(&self, user: &User) -> bool {
        user.has(Flag::Invited) || self.invitation_as_present(user).is_some()
    }

    /// The invitation of a user who was present when the room became private and still is; None: the user was not, or
    /// its invitation is stored.
    pub(crate) fn invitation_as_present(&self, user: &User) -> Option<&Invitation> {
        let invited = self.invite_present.as_ref().filter(|_| user.is_present())?;
        invited.arrivals.contains(user.order).then_some(&invited.invitation)
    }

    /// The invitation of the user; None: it is not invited.
    pub(crate) fn invitation(&self, ix: UserIx) -> Option<&Invitation> {
        self.invited.get(&ix).or_else(|| self.invitation_as_present(self.users.at(ix)))
    }

    /// Checks that a user may enter and read at `now` (Unix ms): it is not blocked and, in a private room, it is staff
    /// or invited.
    ///
    /// # Errors
    /// [`Error::Blocked`], [`Error::NotInvited`].
    pub(crate) fn admits(&self, user: &str, now: u64) -> Result<(), Error> {
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

    /// The ticket of the user's raised hand; 0: the hand is not raised.
    pub(crate) fn hand(&self, user: &User) -> u64 {
        Some(user.hand_ticket()).filter(|&ticket| self.hands.is_up(ticket)).unwrap_or(0)
    }

    /// Seats that no speaker and no offer takes. An offer to `except` is not counted, because accepting it takes the
    /// seat that it holds.
    pub(crate) fn free_seats(&self, except: Option<UserIx>) -> u32 {
        let offered = self.offers.iter().filter(|offer| Some(offer.user) != except).count() as u32;
        self.config.seats.saturating_sub(self.speakers).saturating_sub(offered)
    }

    /// The offer that the user can accept at `now` (Unix ms); None: there is no such offer.
    pub(crate) fn offer(&self, user: UserIx, now: u64) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.user == user && offer.until_ms > now)
    }

    /// The cohost with a session who arrived first; None: no cohost has a session. A lost cohost cannot take over: the
    /// room would have to replace it too, and two lost cohosts would hand the room to each other.
    pub(crate) fn longest_cohost(&self) -> Option<UserIx> {
        self.cohosts
            .iter()
            .copied()
            .filter(|&ix| !self.users.at(ix).sessions().is_empty())
            .min_by_key(|&ix| self.users.at(ix).order)
    }

    /// Whether a `removed` event of this user waits for its frame.
    pub(crate) fn removal_waits(&self, user: &str) -> bool {
        self.users.find(user).is_some_and(|ix| self.pending.folds.contains(Fold::Removed(ix)))
    }

    /// The sessions that a LEAVE ends, as indices among the user's sessions in rising order. None as `session` or
    /// `gateway` matches all.
    pub(crate) fn matching_sessions(
        &self,
        ix: UserIx,
        session: Option<&str>,
        gateway: Option<&str>,
    ) -> Vec<usize> {
        let lease = gateway.map(|gateway| self.leases.of(gateway));
        let sessions = self.users.at(ix).sessions().iter().enumerate();
        sessions
            .filter(|(_, own)| session.is_none_or(|id| *own.id == *id))
            .filter(|(_, own)| lease.is_none_or(|lease| lease == Some(own.lease)))
            .map(|(at, _)| at)
            .collect()
    }

    /// The first session of the user under a retired lease; None: there is no such session.
    pub(crate) fn retired_session(&self, ix: UserIx) -> Option<RetiredSession> {
        if self.leases.retired.is_empty() {
            return None;
        }
        let mut sessions = self.users.at(ix).sessions().iter().enumerate();
        sessions.find_map(|(at, session)| {
            let how = self.leases.get(session.lease)?.retired?;
            Some(RetiredSession { at, how })
        })
    }

    /// The poll with this id; None: there is no such poll. Ids count from 1.
    pub(crate) fn poll(&self, id: u64) -> Option<&Poll> {
        self.polls.get(usize::try_from(id.checked_sub(1)?).ok()?)
    }

    /// Milliseconds from `now` (Unix ms) until slow mode lets the user comment again; 0: it may comment now. Staff are
    /// exempt.
    pub(crate) fn comment_wait_ms(&self, user: &User, now: u64) -> u64 {
        let last = user.activity.as_ref().map_or(0, |activity| activity.commented_ms);
        if self.config.slowmode == 0 || user.is_staff() || last == 0 {
            return 0;
        }
        (last + u64::from(self.config.slowmode) * 1000).saturating_sub(now)
    }
}
