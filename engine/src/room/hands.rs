//! The queue of raised hands.
//!
//! Each hand gets a ticket, one higher than the last. The queue is divided into chunks of 256 tickets. A chunk counts
//! its hands and the hands of present users. So the place of a hand and the first hand of a present user are found from
//! the counts of the chunks and one search within a chunk.

use crate::room::users::UserIx;
use std::collections::VecDeque;

/// How many hands STATE and the `hands` event show.
pub const TOP_HANDS: usize = 20;

/// Tickets per chunk.
const CHUNK: u64 = 256;
/// Marks a ticket whose hand was lowered or never stored.
const NOBODY: UserIx = UserIx::MAX;

#[derive(Clone, Debug)]
struct Chunk {
    /// The users by ticket.
    users: Box<[UserIx]>,
    /// One bit per ticket: the hand is raised and its user is present.
    present_bits: [u64; CHUNK as usize / 64],
    /// How many hands are raised.
    hands: u32,
    /// How many of them belong to present users.
    present: u32,
}

impl Chunk {
    fn new() -> Chunk {
        Chunk {
            users: vec![NOBODY; CHUNK as usize].into_boxed_slice(),
            present_bits: [0; CHUNK as usize / 64],
            hands: 0,
            present: 0,
        }
    }

    fn is_present(&self, at: usize) -> bool {
        self.present_bits.get(at / 64).is_some_and(|bits| bits >> (at % 64) & 1 == 1)
    }

    fn set_present(&mut self, at: usize, present: bool) {
        if self.is_present(at) == present {
            return;
        }
        if let Some(bits) = self.present_bits.get_mut(at / 64) {
            *bits ^= 1 << (at % 64);
        }
        if present {
            self.present += 1;
        } else {
            self.present -= 1;
        }
    }
}

/// The raised hands of a room.
#[derive(Clone, Debug, Default)]
pub struct Hands {
    /// The number of the first chunk. Its first ticket is `first * CHUNK + 1`.
    first: u64,
    chunks: VecDeque<Chunk>,
    /// The last ticket issued; 0: none yet.
    issued: u64,
    len: u64,
}

impl Hands {
    /// An empty queue whose last issued ticket is `issued`.
    pub fn from_ticket(issued: u64) -> Hands {
        Hands { first: issued / CHUNK, chunks: VecDeque::new(), issued, len: 0 }
    }

    /// How many hands are raised.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The last ticket issued; 0: none yet.
    pub fn issued(&self) -> u64 {
        self.issued
    }

    /// The index of the ticket's chunk and the index within it; None: the ticket comes before the first chunk.
    fn split(&self, ticket: u64) -> Option<(usize, usize)> {
        let at = ticket.checked_sub(1)?;
        let chunk = (at / CHUNK).checked_sub(self.first)?;
        Some((chunk as usize, (at % CHUNK) as usize))
    }

    /// Raises the hand of a user and returns its ticket. `present`: the user is present.
    pub fn raise(&mut self, user: UserIx, present: bool) -> u64 {
        self.place(self.issued + 1, user, present);
        self.issued
    }

    /// Stores a hand under its ticket. The codec rebuilds a queue this way. Tickets must come in rising order. A
    /// missing ticket belongs to a hand that was lowered.
    pub fn place(&mut self, ticket: u64, user: UserIx, present: bool) {
        self.issued = self.issued.max(ticket);
        if self.chunks.is_empty() {
            self.first = (ticket - 1) / CHUNK;
        }
        let Some((chunk, at)) = self.split(ticket) else { return };
        while self.chunks.len() <= chunk {
            self.chunks.push_back(Chunk::new());
        }
        let Some(chunk) = self.chunks.get_mut(chunk) else { return };
        if let Some(place) = chunk.users.get_mut(at) {
            if *place == NOBODY {
                *place = user;
                chunk.hands += 1;
                self.len += 1;
                chunk.set_present(at, present);
            }
        }
    }

    /// Lowers the hand with this ticket, if it is raised.
    pub fn lower(&mut self, ticket: u64) {
        let Some((chunk, at)) = self.split(ticket) else { return };
        let Some(chunk) = self.chunks.get_mut(chunk) else { return };
        if let Some(place) = chunk.users.get_mut(at) {
            if *place != NOBODY {
                *place = NOBODY;
                chunk.hands -= 1;
                self.len -= 1;
                chunk.set_present(at, false);
            }
        }
        while self.chunks.front().is_some_and(|chunk| chunk.hands == 0) {
            self.chunks.pop_front();
            self.first += 1;
        }
    }

    /// Records whether the user of this hand is present.
    pub fn set_present(&mut self, ticket: u64, present: bool) {
        let Some((chunk, at)) = self.split(ticket) else { return };
        if let Some(chunk) = self.chunks.get_mut(chunk) {
            chunk.set_present(at, present);
        }
    }

    /// The place of the hand with this ticket, from 1; 0: there is no such ticket.
    pub fn place_of(&self, ticket: u64) -> u64 {
        let Some((chunk, at)) = self.split(ticket) else { return 0 };
        let before: u64 = self.chunks.iter().take(chunk).map(|chunk| u64::from(chunk.hands)).sum();
        let within = self
            .chunks
            .get(chunk)
            .map_or(0, |chunk| chunk.users.iter().take(at).filter(|&&user| user != NOBODY).count());
        before + within as u64 + 1
    }

    /// The user of the first hand whose user is present; None: no present user has a hand up.
    pub fn first_present(&self) -> Option<UserIx> {
        let chunk = self.chunks.iter().find(|chunk| chunk.present > 0)?;
        let at = (0..CHUNK as usize).find(|&at| chunk.is_present(at))?;
        chunk.users.get(at).copied()
    }

    /// The hands after `ticket` with their tickets, in order. Ticket 0: all hands.
    pub fn iter_after(&self, ticket: u64) -> impl Iterator<Item = (u64, UserIx)> + '_ {
        let skip = (ticket / CHUNK).saturating_sub(self.first) as usize;
        let first = self.first;
        self.chunks.iter().enumerate().skip(skip).filter(|(_, chunk)| chunk.hands > 0).flat_map(
            move |(nth, chunk)| {
                let base = (first + nth as u64) * CHUNK + 1;
                chunk
                    .users
                    .iter()
                    .enumerate()
                    .map(move |(at, &user)| (base + at as u64, user))
                    .filter(move |&(at, user)| user != NOBODY && at > ticket)
            },
        )
    }

    /// The number of bytes that it takes.
    pub fn memory(&self) -> usize {
        self.chunks.len() * (size_of::<Chunk>() + CHUNK as usize * size_of::<UserIx>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_the_first_present_hand_are_right() {
        let mut hands = Hands::default();
        let tickets: Vec<u64> = (0..1000).map(|user| hands.raise(user, user % 2 == 1)).collect();
        assert_eq!(hands.first_present(), Some(1));
        assert_eq!(hands.place_of(tickets[999]), 1000);
        for ticket in &tickets[..600] {
            hands.lower(*ticket);
        }
        assert_eq!(hands.len(), 400);
        assert_eq!(hands.place_of(tickets[600]), 1);
        assert_eq!(hands.first_present(), Some(601));
        hands.set_present(tickets[600], true);
        assert_eq!(hands.first_present(), Some(600));
        let page: Vec<UserIx> = hands.iter_after(tickets[997]).map(|(_, user)| user).collect();
        assert_eq!(page, [998, 999]);
        assert_eq!(hands.iter_after(0).count(), 400);
    }

    #[test]
    fn chunks_are_freed_when_their_hands_are_lowered() {
        let mut hands = Hands::default();
        for round in 0..2000 {
            let ticket = hands.raise(round, true);
            assert_eq!(hands.place_of(ticket), 1);
            assert_eq!(hands.first_present(), Some(round));
            hands.lower(ticket);
        }
        assert_eq!(hands.len(), 0);
        assert_eq!(hands.first_present(), None);
        assert!(hands.chunks.len() <= 1);
    }
}
