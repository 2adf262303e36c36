//! Raised hands in the order in which they went up.
//!
//! Every hand gets a ticket, one higher than the last. Tickets stand in blocks that know how many hands and how many
//! of present users they hold, so that a place and the first present hand are found without walking the queue.

use crate::room::users::UserIx;
use std::collections::VecDeque;

/// How many hands STATE and an event show.
pub const TOP_HANDS: usize = 20;

const BLOCK: u64 = 256;
const NOBODY: UserIx = UserIx::MAX;

#[derive(Clone, Debug)]
struct Block {
    users: Box<[UserIx]>,
    present_bits: [u64; BLOCK as usize / 64],
    hands: u32,
    present: u32,
}

impl Block {
    fn new() -> Block {
        Block {
            users: vec![NOBODY; BLOCK as usize].into_boxed_slice(),
            present_bits: [0; BLOCK as usize / 64],
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

/// The queue.
#[derive(Clone, Debug, Default)]
pub struct Hands {
    /// Number of the first block; its first ticket is `first * BLOCK + 1`.
    first: u64,
    blocks: VecDeque<Block>,
    /// Tickets given out.
    issued: u64,
    len: u64,
}

impl Hands {
    /// An empty queue that goes on from the ticket `issued`.
    pub fn from_ticket(issued: u64) -> Hands {
        Hands { first: issued / BLOCK, blocks: VecDeque::new(), issued, len: 0 }
    }

    /// Hands raised now.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether no hand is raised.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The last ticket given out.
    pub fn issued(&self) -> u64 {
        self.issued
    }

    fn split(&self, ticket: u64) -> Option<(usize, usize)> {
        let at = ticket.checked_sub(1)?;
        let block = (at / BLOCK).checked_sub(self.first)?;
        Some((block as usize, (at % BLOCK) as usize))
    }

    /// Raises a hand and gives its ticket.
    pub fn raise(&mut self, user: UserIx, present: bool) -> u64 {
        self.place(self.issued + 1, user, present);
        self.issued
    }

    /// Puts a hand under its ticket: how a codec reads the queue. Tickets must come in rising order, the last of them
    /// at most `issued`; tickets in between that are missing are hands lowered since.
    pub fn place(&mut self, ticket: u64, user: UserIx, present: bool) {
        self.issued = self.issued.max(ticket);
        if self.blocks.is_empty() {
            self.first = (ticket - 1) / BLOCK;
        }
        let Some((block, at)) = self.split(ticket) else { return };
        while self.blocks.len() <= block {
            self.blocks.push_back(Block::new());
        }
        let Some(block) = self.blocks.get_mut(block) else { return };
        if let Some(place) = block.users.get_mut(at) {
            if *place == NOBODY {
                *place = user;
                block.hands += 1;
                self.len += 1;
                block.set_present(at, present);
            }
        }
    }

    /// Lowers the hand with this ticket.
    pub fn lower(&mut self, ticket: u64) {
        let Some((block, at)) = self.split(ticket) else { return };
        let Some(block) = self.blocks.get_mut(block) else { return };
        if let Some(place) = block.users.get_mut(at) {
            if *place != NOBODY {
                *place = NOBODY;
                block.hands -= 1;
                self.len -= 1;
                block.set_present(at, false);
            }
        }
        while self.blocks.front().is_some_and(|block| block.hands == 0) {
            self.blocks.pop_front();
            self.first += 1;
        }
    }

    /// Notes that the hand's user came or went.
    pub fn set_present(&mut self, ticket: u64, present: bool) {
        let Some((block, at)) = self.split(ticket) else { return };
        if let Some(block) = self.blocks.get_mut(block) {
            block.set_present(at, present);
        }
    }

    /// Place of the hand with this ticket, from 1.
    pub fn place_of(&self, ticket: u64) -> u64 {
        let Some((block, at)) = self.split(ticket) else { return 0 };
        let before: u64 = self.blocks.iter().take(block).map(|block| u64::from(block.hands)).sum();
        let within = self
            .blocks
            .get(block)
            .map_or(0, |block| block.users.iter().take(at).filter(|&&user| user != NOBODY).count());
        before + within as u64 + 1
    }

    /// The first hand of a present user.
    pub fn first_present(&self) -> Option<UserIx> {
        let block = self.blocks.iter().find(|block| block.present > 0)?;
        let at = (0..BLOCK as usize).find(|&at| block.is_present(at))?;
        block.users.get(at).copied()
    }

    /// Hands after `ticket` with their tickets, in order.
    pub fn iter_after(&self, ticket: u64) -> impl Iterator<Item = (u64, UserIx)> + '_ {
        let skip = (ticket / BLOCK).saturating_sub(self.first) as usize;
        let first = self.first;
        self.blocks.iter().enumerate().skip(skip).filter(|(_, block)| block.hands > 0).flat_map(
            move |(nth, block)| {
                let base = (first + nth as u64) * BLOCK + 1;
                block
                    .users
                    .iter()
                    .enumerate()
                    .map(move |(at, &user)| (base + at as u64, user))
                    .filter(move |&(at, user)| user != NOBODY && at > ticket)
            },
        )
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.blocks.len() * (size_of::<Block>() + BLOCK as usize * size_of::<UserIx>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_first_present() {
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
    fn empties_and_goes_on() {
        let mut hands = Hands::default();
        for round in 0..2000 {
            let ticket = hands.raise(round, true);
            assert_eq!(hands.place_of(ticket), 1);
            assert_eq!(hands.first_present(), Some(round));
            hands.lower(ticket);
        }
        assert!(hands.is_empty());
        assert_eq!(hands.first_present(), None);
        assert!(hands.blocks.len() <= 1);
    }
}
