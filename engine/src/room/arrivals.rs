//! The present members in the order of their arrival: a sorted list in chunks.
//!
//! The order only rises, so an arrival is always appended. A B-tree that is filled this way keeps its nodes half empty:
//! it takes 27 bytes per member, this list takes 8. An entry stores its order as the distance from the base of its
//! chunk. A removal moves entries of one chunk only.

use crate::room::users::UserIx;
use std::collections::VecDeque;
use std::fmt;
use std::ops::RangeInclusive;

/// Entries in a full chunk.
const CHUNK: usize = 256;

/// The smallest capacity to which a chunk shrinks.
const SMALL: usize = 16;

#[derive(Clone)]
struct Chunk {
    /// The order from which the distances of the entries count.
    base: u64,
    /// Pairs of distance and user, sorted by distance. Never empty.
    entries: Vec<(u32, UserIx)>,
}

impl Chunk {
    /// The index of this order, or as an error the index at which it would be inserted.
    fn search(&self, order: u64) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&order, |(distance, _)| self.base + u64::from(*distance))
    }
}

/// The present members by the order of their arrival.
#[derive(Clone, Default)]
pub struct Arrivals {
    chunks: VecDeque<Chunk>,
    len: usize,
}

/// Prints the entries only. The division into chunks depends on the history, so equal lists may differ in it.
impl fmt::Debug for Arrivals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Arrivals {
    /// How many members are present.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nobody is present.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a member. Its order must be greater than all orders in the list.
    pub fn push(&mut self, order: u64, user: UserIx) {
        self.len += 1;
        if let Some(chunk) = self.chunks.back_mut().filter(|chunk| chunk.entries.len() < CHUNK) {
            if let Ok(distance) = u32::try_from(order - chunk.base) {
                return chunk.entries.push((distance, user));
            }
        }
        self.chunks.push_back(Chunk { base: order, entries: vec![(0, user)] });
    }

    /// Removes the member with this order, if there is one.
    pub fn remove(&mut self, order: u64) {
        let Some(at) = self.chunks.partition_point(|chunk| chunk.base <= order).checked_sub(1) else {
            return;
        };
        let Some(chunk) = self.chunks.get_mut(at) else { return };
        let Ok(place) = chunk.search(order) else { return };
        chunk.entries.remove(place);
        self.len -= 1;
        if chunk.entries.is_empty() {
            self.chunks.remove(at);
        } else if chunk.entries.len() * 4 <= chunk.entries.capacity() && chunk.entries.capacity() > SMALL {
            chunk.entries.shrink_to((chunk.entries.len() * 2).max(SMALL));
        }
    }

    /// The members whose order is in this range, in order.
    pub fn range(&self, orders: RangeInclusive<u64>) -> impl Iterator<Item = (u64, UserIx)> + '_ {
        let (from, to) = orders.into_inner();
        let first = self.chunks.partition_point(|chunk| chunk.base <= from).saturating_sub(1);
        let skipped =
            self.chunks.get(first).map_or(0, |chunk| chunk.search(from).unwrap_or_else(|place| place));
        self.chunks
            .range(first.min(self.chunks.len())..)
            .flat_map(|chunk| {
                chunk.entries.iter().map(|&(distance, user)| (chunk.base + u64::from(distance), user))
            })
            .skip(skipped)
            .take_while(move |&(order, _)| order <= to)
    }

    /// All members, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, UserIx)> + '_ {
        self.range(0..=u64::MAX)
    }

    /// The approximate number of bytes that it takes.
    pub fn memory(&self) -> usize {
        let entries = self.len.next_multiple_of(CHUNK).min(self.len * 2);
        self.chunks.capacity() * size_of::<Chunk>() + entries * size_of::<(u32, UserIx)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn behaves_like_a_sorted_map() {
        // A linear congruential generator: the engine depends on no random crate.
        let mut state = 7u64;
        let mut roll = |n: u64| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 33) % n
        };
        let (mut arrivals, mut map) = (Arrivals::default(), BTreeMap::new());
        let mut order = 0;
        for step in 0..40_000u32 {
            // The list grows, is almost emptied and grows again. Some orders are far apart.
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
        assert!(arrivals.is_empty() && arrivals.chunks.is_empty());
    }

    #[test]
    fn chunks_shrink_when_most_members_leave() {
        let mut arrivals = Arrivals::default();
        (1..=100_000).for_each(|order| arrivals.push(order, 0));
        (1..=100_000).filter(|order| order % 256 != 7).for_each(|order| arrivals.remove(order));
        assert!(arrivals.chunks.iter().all(|chunk| chunk.entries.capacity() <= SMALL));
    }
}
