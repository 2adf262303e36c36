//! The lists of raised hands by the way in which their users are present.
//!
//! NEXT seats the first present user with a raised hand. After a gateway died or many graces ended at once, the first
//! hands of the queue may belong to a million users who are gone, although no slice has settled them yet. So each hand
//! is also in a list: one per lease, one for sessions without a gateway, one for members in their grace, one for absent
//! users. A list whose lease was retired is left out as a whole, and the list of the lost skips those whose grace is
//! over chunk by chunk. So the first hand of a present user is found in a few microseconds.

use super::hands::LostHand;
use super::leases::Lease;
use super::users::{Presence, UserIx, NO_LEASE};
use super::Room;
use crate::collections::sorted_chunks::SortedChunks;

impl Room {
    /// Adds the user's hand to the lists of its presence. Call it after the hand or the presence changed.
    pub(crate) fn list_hand(&mut self, ix: UserIx) {
        let Room { users, hands, leases, .. } = self;
        let Some(user) = users.get(ix) else { return };
        let ticket = user.hand_ticket();
        if ticket == 0 {
            return;
        }
        match user.presence {
            Presence::Absent(_) => hands.absent.insert(ticket, ix),
            Presence::Lost(since_ms) => hands.lost.insert(ticket, LostHand { user: ix, since_ms }),
            Presence::One(_) | Presence::Many(_) => {
                for session in user.sessions() {
                    match session.lease {
                        NO_LEASE => hands.unleased.insert(ticket, ix),
                        lease => leases.get_mut(lease).map_or((), |lease| lease.hands.insert(ticket, ix)),
                    }
                }
            }
        }
    }

    /// Removes the user's hand from the lists of its presence. Call it before the hand or the presence changes.
    pub(crate) fn unlist_hand(&mut self, ix: UserIx) {
        let Room { users, hands, leases, .. } = self;
        let Some(user) = users.get(ix) else { return };
        let ticket = user.hand_ticket();
        if ticket == 0 {
            return;
        }
        match user.presence {
            Presence::Absent(_) => _ = hands.absent.remove(ticket),
            Presence::Lost(_) => _ = hands.lost.remove(ticket),
            Presence::One(_) | Presence::Many(_) => {
                for session in user.sessions() {
                    match session.lease {
                        NO_LEASE => _ = hands.unleased.remove(ticket),
                        lease => _ = leases.get_mut(lease).map(|lease| lease.hands.remove(ticket)),
                    }
                }
            }
        }
    }

    /// The first raised hand of a present user, with its ticket; None: no present user has a hand up. Members lost at or
    /// before `gone_before` (Unix ms) are gone. None: no grace is over.
    pub(crate) fn first_present_hand(&self, gone_before: Option<u64>) -> Option<(u64, UserIx)> {
        self.first_hand_from(1, gone_before)
    }

    /// The raised hands after `ticket` of users who are not gone, in order. Users who never came or left before the
    /// start are among them. Each step asks every list, so this is for a few hands.
    pub(crate) fn hands_not_gone(
        &self,
        ticket: u64,
        gone_before: Option<u64>,
    ) -> impl Iterator<Item = (u64, UserIx)> + '_ {
        let next = move |after: u64| {
            let from = self.hands.up_from(after.saturating_add(1));
            let present = self.first_hand_from(from, gone_before);
            present.into_iter().chain(self.hands.absent.range(from..=u64::MAX).next()).min()
        };
        std::iter::successors(next(ticket), move |&(last, _)| next(last))
    }

    /// The first raised hand of a present user, from `ticket` on.
    fn first_hand_from(&self, ticket: u64, gone_before: Option<u64>) -> Option<(u64, UserIx)> {
        let from = self.hands.up_from(ticket);
        let first = |list: &SortedChunks<UserIx>| list.range(from..=u64::MAX).next();
        let leases = self.leases.slots.iter().flatten().filter(|lease| holds_presence(lease, gone_before));
        let leased = leases.filter_map(|lease| first(&lease.hands));
        let lost = self.hands.lost.first_newer(from, gone_before.unwrap_or(0));
        let lost = lost.map(|(ticket, hand)| (ticket, hand.user));
        leased.chain(first(&self.hands.unleased)).chain(lost).min()
    }
}

/// Whether the members of a lease are present. Members of a lease that was retired as lost are in their grace.
fn holds_presence(lease: &Lease, gone_before: Option<u64>) -> bool {
    match lease.retired {
        None => true,
        Some(retired) => retired.lost && gone_before.is_none_or(|before| retired.at_ms > before),
    }
}
