//! Who is present, in the order in which they came.
//!
//! Orders only rise, so whoever comes is appended; a B-tree that is filled so keeps its nodes half empty, 27 bytes a
//! member where this takes 8. Entries stand in blocks with their order as its distance from the block's first: nothing
//! is moved but within a block.

use crate::room::users::UserIx;
use std::collections::VecDeque;
use std::fmt;
use std::ops::RangeInclusive;

/// Entries of a full block.
const BLOCK: usize = 256;

/// A vector this small is not given back for a smaller one.
const SMALL: usize = 16;

#[derive(Clone)]
struct Block {
    /// The order its entries are counted from.
    base: u64,
    /// Distance from the base, and who; never empty.
    entries: Vec<(u32, UserIx)>,
}

impl Block {
    /// Where this order stands, or would.
    fn search(&self, order: u64) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&order, |(distance, _)| self.base + u64::from(*distance))
    }
}

/// Present members by the order of their arrival.
#[derive(Clone, Default)]
pub struct Arrivals {
    blocks: VecDeque<Block>,
    len: usize,
}

/// Blocks tell how it came to be, not what it is.
impl fmt::Debug for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Arrivals {
    /// How many are present.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nobody is.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends somebody, whose order is above that of all before.
    pub fn push(&mut self, order: u64, user: UserIx) {
        self.len += 1;
        if let Some(block) = self.blocks.back_mut().filter(|block| block.entries.len() < BLOCK) {
            if let Ok(distance) = u32::try_from(order - block.base) {
                return block.entries.push((distance, user));
            }
        }
        self.blocks.push_back(Block { base: order, entries: vec![(0, user)] });
    }

    /// Takes out who came with this order.
    pub fn remove(&mut self, order: u64) {
        let Some(at) = self.blocks.partition_point(|block| block.base <= order).checked_sub(1) else {
            return;
        };
        let Some(block) = self.blocks.get_mut(at) else { return };
        let Ok(place) = block.search(order) else { return };
        block.entries.remove(place);
        self.len -= 1;
        if block.entries.is_empty() {
            self.blocks.remove(at);
        } else if block.entries.len() * 4 <= block.entries.capacity() && block.entries.capacity() > SMALL {
            block.entries.shrink_to((block.entries.len() * 2).max(SMALL));
        }
    }

    /// Those of these orders, in order.
    pub fn range(&self, orders: RangeInclusive<u64>) -> impl Iterator<Item = (u64, UserIx)> + '_ {
        let (from, to) = orders.into_inner();
        let first = self.blocks.partition_point(|block| block.base <= from).saturating_sub(1);
        let skipped =
            self.blocks.get(first).map_or(0, |block| block.search(from).unwrap_or_else(|place| place));
        self.blocks
            .range(first.min(self.blocks.len())..)
            .flat_map(|block| {
                block.entries.iter().map(|&(distance, user)| (block.base + u64::from(distance), user))
            })
            .skip(skipped)
            .take_while(move |&(order, _)| order <= to)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, UserIx)> + '_ {
        self.range(0..=u64::MAX)
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        let entries = self.len.next_multiple_of(BLOCK).min(self.len * 2);
        self.blocks.capacity() * size_of::<Block>() + entries * size_of::<(u32, UserIx)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn it_is_a_map_in_order() {
        // A mix of its own: the engine's tests draw no other randomness here.
        let mut state = 7u64;
        let mut roll = |n: u64| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 33) % n
        };
        let (mut arrivals, mut map) = (Arrivals::default(), BTreeMap::new());
        let mut order = 0;
        for step in 0..40_000u32 {
            // Grows, is emptied nearly, and grows again; now and then orders are far apart.
            let grows = (step / 8_000) % 2 == 0;
            if roll(10) < if grows { 8 } else { 3 } {
                order += if roll(2_000) == 0 { 1 << 33 } else { 1 + roll(3) };
                arrivals.push(order, step);
                map.insert(order, step);
            } else if let Some((&gone, _)) = map.range(roll(order + 1)..).next() {
                arrivals.remove(gone);
                arrivals.remove(gone);
                map.remove(&gone);
            }
            assert_eq!(arrivals.len(), map.len());
            if step % 500 == 0 {
                assert!(arrivals.iter().eq(map.iter().map(|(&order, &user)| (order, user))));
                let (from, to) = (roll(order + 1), roll(order + 2));
                let part: Vec<_> = arrivals.range(from..=to.max(from)).collect();
                let wanted: Vec<_> =
                    map.range(from..=to.max(from)).map(|(&order, &user)| (order, user)).collect();
                assert_eq!(part, wanted);
            }
        }
        for order in map.into_keys() {
            arrivals.remove(order);
        }
        assert!(arrivals.is_empty() && arrivals.blocks.is_empty());
    }

    #[test]
    fn few_that_stay_of_many_take_little() {
        let mut arrivals = Arrivals::default();
        (1..=100_000).for_each(|order| arrivals.push(order, 0));
        (1..=100_000).filter(|order| order % 256 != 7).for_each(|order| arrivals.remove(order));
        assert!(arrivals.blocks.iter().all(|block| block.entries.capacity() <= SMALL));
    }
}
