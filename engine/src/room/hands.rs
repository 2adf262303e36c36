//! The queue of raised hands.
//!
//! Each hand gets a ticket, one higher than the last. The queue is sorted by ticket.
//!
//! LOWERHAND `*` clears the queue in one step, for any number of hands: it keeps the last ticket issued as a *clear*. A
//! hand whose ticket a clear covers is down everywhere. It stays in the queue, and its ticket in the row of its user,
//! until a slice records it. Cleared hands have the lowest tickets, so they are the first of the queue.

use crate::collections::sorted_chunks::{SortedChunks, Stamped};
use crate::room::users::UserIx;
use std::collections::VecDeque;

/// How many hands STATE and the `hands` event show.
pub const TOP_HANDS: usize = 20;

/// A LOWERHAND `*` with hands that are not recorded yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clear {
    /// The last ticket that it covers.
    pub through: u64,
    /// When it happened, Unix ms.
    pub at_ms: u64,
    /// The actor; `-` for the service.
    pub by: Box<str>,
}

/// The hand of a member in its grace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostHand {
    /// The member.
    pub user: UserIx,
    /// When its last session broke, Unix ms.
    pub since_ms: u64,
}

impl Stamped for LostHand {
    fn stamp(self) -> u64 {
        self.since_ms
    }
}

/// The raised hands of a room.
///
/// A hand is also in a list for each way in which its user is present: see [`Room::list_hand`].
///
/// [`Room::list_hand`]: crate::room::Room::list_hand
#[derive(Clone, Debug, Default)]
pub struct Hands {
    /// All hands by ticket, cleared ones included.
    queue: SortedChunks<UserIx>,
    /// How many hands of the queue are cleared.
    cleared: u64,
    /// The last ticket issued; 0: none yet.
    issued: u64,
    /// Clears with hands in the queue, oldest first.
    clears: VecDeque<Clear>,
    /// Hands of absent users.
    pub absent: SortedChunks<UserIx>,
    /// Hands of members in their grace.
    pub lost: SortedChunks<LostHand>,
    /// Hands of members with a session without a gateway. [`Lease::hands`](crate::room::leases::Lease::hands) holds
    /// those of members with a session under a lease.
    pub unleased: SortedChunks<UserIx>,
}

impl Hands {
    /// An empty queue. The codec rebuilds a queue from it. `issued`: the last ticket issued.
    pub fn restored(issued: u64, clears: VecDeque<Clear>) -> Hands {
        Hands { issued, clears, ..Hands::default() }
    }

    /// How many hands are raised.
    pub fn len(&self) -> u64 {
        self.queue.len() as u64 - self.cleared
    }

    /// The last ticket issued; 0: none yet.
    pub fn issued(&self) -> u64 {
        self.issued
    }

    /// Clears with hands that are not recorded yet, oldest first.
    pub fn clears(&self) -> &VecDeque<Clear> {
        &self.clears
    }

    /// How many cleared hands are not recorded yet.
    pub fn cleared(&self) -> u64 {
        self.cleared
    }

    /// The last ticket that a clear covers; 0: no clear has hands in the queue.
    fn cleared_through(&self) -> u64 {
        self.clears.back().map_or(0, |clear| clear.through)
    }

    /// Whether the hand with this ticket is raised. 0 is no ticket.
    pub fn is_up(&self, ticket: u64) -> bool {
        ticket > self.cleared_through()
    }

    /// Raises the hand of a user and returns its ticket.
    pub fn raise(&mut self, user: UserIx) -> u64 {
        self.issued += 1;
        self.queue.insert(self.issued, user);
        self.issued
    }

    /// Stores a hand under its ticket. The codec rebuilds a queue this way. Returns false if the ticket was never issued
    /// or is another user's.
    pub fn place(&mut self, ticket: u64, user: UserIx) -> bool {
        let len = self.queue.len();
        self.queue.insert(ticket, user);
        self.cleared += u64::from(!self.is_up(ticket));
        ticket <= self.issued && self.queue.len() > len
    }

    /// Removes the hand with this ticket, raised or cleared. Returns the clear that covered it; None: it was raised.
    pub fn remove(&mut self, ticket: u64) -> Option<Clear> {
        let clear = self.clear_of(ticket).cloned();
        if self.queue.remove(ticket) && clear.is_some() {
            self.cleared -= 1;
            self.forget_empty_clears();
        }
        clear
    }

    /// The clear that covers this ticket; None: the hand is raised.
    pub fn clear_of(&self, ticket: u64) -> Option<&Clear> {
        self.clears.get(self.clears.partition_point(|clear| clear.through < ticket))
    }

    /// Lowers all hands.
    pub fn clear(&mut self, at_ms: u64, by: &str) {
        if self.len() > 0 {
            self.cleared = self.queue.len() as u64;
            self.clears.push_back(Clear { through: self.issued, at_ms, by: by.into() });
        }
    }

    /// Removes the oldest clears without hands in the queue.
    fn forget_empty_clears(&mut self) {
        let first = match self.cleared {
            0 => u64::MAX,
            _ => self.queue.first().map_or(u64::MAX, |(ticket, _)| ticket),
        };
        while self.clears.front().is_some_and(|clear| clear.through < first) {
            self.clears.pop_front();
        }
    }

    /// The first cleared hand that is not recorded yet, with its ticket; None: all are recorded.
    pub fn first_cleared(&self) -> Option<(u64, UserIx)> {
        self.queue.first().filter(|_| self.cleared > 0)
    }

    /// The place of the hand with this ticket, from 1; 0: the hand is not raised.
    pub fn place_of(&self, ticket: u64) -> u64 {
        if !self.is_up(ticket) {
            return 0;
        }
        (self.queue.rank(ticket) + 1).saturating_sub(self.cleared)
    }

    /// The raised hands after `ticket` with their tickets, in order. Ticket 0: all hands.
    pub fn iter_after(&self, ticket: u64) -> impl Iterator<Item = (u64, UserIx)> + '_ {
        self.queue.range(ticket.max(self.cleared_through()).saturating_add(1)..=u64::MAX)
    }

    /// All hands with their tickets, in order: the cleared ones that are not recorded yet, then the raised ones.
    pub fn iter_with_cleared(&self, ticket: u64) -> impl Iterator<Item = (u64, UserIx)> + '_ {
        self.queue.range(ticket.saturating_add(1)..=u64::MAX)
    }

    /// The first ticket that can be raised, not below `ticket`.
    pub fn up_from(&self, ticket: u64) -> u64 {
        ticket.max(self.cleared_through().saturating_add(1))
    }

    /// The number of bytes that it takes, without the lists of leases.
    pub fn memory(&self) -> usize {
        self.queue.memory()
            + self.absent.memory()
            + self.lost.memory()
            + self.unleased.memory()
            + self.clears.len() * size_of::<Clear>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_right() {
        let mut hands = Hands::default();
        let tickets: Vec<u64> = (0..1000).map(|user| hands.raise(user)).collect();
        assert_eq!(hands.place_of(tickets[999]), 1000);
        for ticket in &tickets[..600] {
            assert_eq!(hands.remove(*ticket), None);
        }
        assert_eq!(hands.len(), 400);
        assert_eq!(hands.place_of(tickets[600]), 1);
        let page: Vec<UserIx> = hands.iter_after(tickets[997]).map(|(_, user)| user).collect();
        assert_eq!(page, [998, 999]);
        assert_eq!(hands.iter_after(0).count(), 400);
    }

    #[test]
    fn a_clear_lowers_all_hands_at_once_and_they_are_recorded_later() {
        let mut hands = Hands::default();
        hands.clear(1, "nothing to clear");
        assert!(hands.clears().is_empty());
        let first: Vec<u64> = (0..3).map(|user| hands.raise(user)).collect();
        hands.clear(10, "h");
        let second: Vec<u64> = (3..5).map(|user| hands.raise(user)).collect();
        hands.clear(20, "c");
        hands.clear(30, "nothing to clear");
        let last = hands.raise(5);
        assert_eq!((hands.len(), hands.cleared(), hands.clears().len()), (1, 5, 2));
        assert_eq!(hands.iter_after(0).collect::<Vec<_>>(), [(last, 5)]);
        assert_eq!((hands.place_of(last), hands.place_of(second[0])), (1, 0));
        assert!(!hands.is_up(first[0]) && !hands.is_up(0) && hands.is_up(last));
        assert_eq!(hands.first_cleared(), Some((first[0], 0)));
        assert_eq!(hands.remove(first[1]).map(|clear| clear.at_ms), Some(10));
        assert_eq!(hands.remove(second[1]).map(|clear| clear.at_ms), Some(20));
        assert_eq!(hands.place_of(last), 1);
        assert!(hands.remove(first[0]).is_some() && hands.remove(first[2]).is_some());
        assert_eq!(hands.clears().len(), 1, "the first clear is recorded");
        assert!(hands.remove(second[0]).is_some());
        assert_eq!((hands.len(), hands.cleared(), hands.clears().len()), (1, 0, 0));
        assert_eq!((hands.first_cleared(), hands.place_of(last)), (None, 1));
    }

    #[test]
    fn memory_follows_the_hands_that_are_up() {
        let mut hands = Hands::default();
        for user in 0..1_000_000 {
            hands.raise(user);
        }
        assert!(hands.memory() > 8_000_000);
        (1..=1_000_000).filter(|ticket| ticket % 100_000 != 7).for_each(|ticket| _ = hands.remove(ticket));
        assert_eq!(hands.len(), 10);
        assert!(hands.memory() < 10_000, "{} bytes for 10 hands", hands.memory());
        assert_eq!(hands.place_of(900_007), 10);
    }
}
