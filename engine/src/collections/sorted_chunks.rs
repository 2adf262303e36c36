//! A sorted list in chunks: small values by a number that mostly rises.
//!
//! It holds the present members by the order of their arrival and raised hands by their tickets. A B-tree that is
//! filled with rising numbers keeps its nodes half empty: it takes 27 bytes per member, this list takes 8. An entry
//! stores its number as the distance from the base of its chunk. A removal moves entries of one chunk only, and joins
//! the chunk with a neighbour when both are small. So the list takes memory for its entries, not for the span of their
//! numbers.

use std::collections::VecDeque;
use std::fmt;
use std::ops::RangeInclusive;

/// Entries in a full chunk.
const CHUNK: usize = 256;

/// Neighbours that hold no more entries together than this are joined.
const JOINED: usize = CHUNK / 2;

/// The smallest capacity to which a chunk shrinks.
const SMALL: usize = 16;

/// A value of the list.
pub trait Stamped: Copy {
    /// The stamp of the value. Each chunk knows its newest stamp, so that
    /// [`newer_than`](SortedChunks::newer_than) skips chunks with old values only.
    fn stamp(self) -> u64;
}

/// A value without a stamp.
impl Stamped for u32 {
    fn stamp(self) -> u64 {
        0
    }
}

#[derive(Clone)]
struct Chunk<V> {
    /// The number from which the distances of the entries count.
    base: u64,
    /// The newest stamp of the entries.
    newest: u64,
    /// Pairs of distance and value, sorted by distance. Never empty.
    entries: Vec<(u32, V)>,
}

impl<V: Stamped> Chunk<V> {
    fn one(number: u64, value: V) -> Chunk<V> {
        Chunk { base: number, newest: value.stamp(), entries: vec![(0, value)] }
    }

    /// The index of this number, or as an error the index at which it would be inserted.
    fn search(&self, number: u64) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&number, |(distance, _)| self.base + u64::from(*distance))
    }

    fn renew_newest(&mut self) {
        self.newest = self.entries.iter().map(|(_, value)| value.stamp()).max().unwrap_or(0);
    }

    /// Moves the second half of the entries into a new chunk.
    fn split(&mut self) -> Chunk<V> {
        let mut upper = self.entries.split_off(self.entries.len() / 2);
        let first = upper.first().map_or(0, |&(distance, _)| distance);
        upper.iter_mut().for_each(|(distance, _)| *distance -= first);
        let mut upper = Chunk { base: self.base + u64::from(first), newest: 0, entries: upper };
        self.renew_newest();
        upper.renew_newest();
        upper
    }

    /// Whether the entries of the next chunk fit into this one, and both are small.
    fn takes(&self, next: &Chunk<V>) -> bool {
        let last = next.entries.last().map_or(next.base, |&(distance, _)| next.base + u64::from(distance));
        self.entries.len() + next.entries.len() <= JOINED && u32::try_from(last - self.base).is_ok()
    }

    /// Appends the entries of the next chunk, which [`Chunk::takes`] allows.
    fn append(&mut self, next: Chunk<V>) {
        let shift = (next.base - self.base) as u32;
        self.entries.extend(next.entries.into_iter().map(|(distance, value)| (distance + shift, value)));
        self.newest = self.newest.max(next.newest);
    }
}

/// Values sorted by number.
#[derive(Clone)]
pub struct SortedChunks<V> {
    chunks: VecDeque<Chunk<V>>,
    len: usize,
}

impl<V> Default for SortedChunks<V> {
    fn default() -> Self {
        SortedChunks { chunks: VecDeque::new(), len: 0 }
    }
}

/// Prints the entries only. The division into chunks depends on the history, so equal lists may differ in it.
impl<V: Stamped + fmt::Debug> fmt::Debug for SortedChunks<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<V: Stamped> SortedChunks<V> {
    /// How many entries it holds.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds no entry.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The index of the chunk that holds this number, if any chunk does; None: all chunks begin later.
    fn chunk_of(&self, number: u64) -> Option<usize> {
        self.chunks.partition_point(|chunk| chunk.base <= number).checked_sub(1)
    }

    /// Inserts a value. Does nothing if the list holds the number already.
    pub fn insert(&mut self, number: u64, value: V) {
        let Some(at) = self.chunk_of(number) else {
            self.chunks.push_front(Chunk::one(number, value));
            self.len += 1;
            return self.join(0);
        };
        let is_last = at + 1 == self.chunks.len();
        let Some(chunk) = self.chunks.get_mut(at) else { return };
        let Err(mut place) = chunk.search(number) else { return };
        self.len += 1;
        let Ok(distance) = u32::try_from(number - chunk.base) else {
            return self.chunks.insert(at + 1, Chunk::one(number, value));
        };
        if chunk.entries.len() < CHUNK {
            chunk.newest = chunk.newest.max(value.stamp());
            return chunk.entries.insert(place, (distance, value));
        }
        // Rising numbers fill the chunks. Only an insertion in the middle leaves halves.
        if is_last && place == CHUNK {
            return self.chunks.push_back(Chunk::one(number, value));
        }
        let mut upper = chunk.split();
        let half = if number < upper.base { chunk } else { &mut upper };
        place = half.search(number).unwrap_or_else(|place| place);
        half.newest = half.newest.max(value.stamp());
        let distance = (number - half.base) as u32;
        half.entries.insert(place, (distance, value));
        self.chunks.insert(at + 1, upper);
    }

    /// Removes the entry with this number. Returns whether there was one.
    pub fn remove(&mut self, number: u64) -> bool {
        let Some(at) = self.chunk_of(number) else { return false };
        let Some(chunk) = self.chunks.get_mut(at) else { return false };
        let Ok(place) = chunk.search(number) else { return false };
        let (_, value) = chunk.entries.remove(place);
        self.len -= 1;
        if chunk.entries.is_empty() {
            self.remove_chunk(at);
            return true;
        }
        if value.stamp() == chunk.newest && chunk.newest > 0 {
            chunk.renew_newest();
        }
        if chunk.entries.len() * 4 <= chunk.entries.capacity() && chunk.entries.capacity() > SMALL {
            chunk.entries.shrink_to((chunk.entries.len() * 2).max(SMALL));
        }
        if chunk.entries.len() < JOINED {
            self.join(at);
            self.join(at.wrapping_sub(1));
        }
        true
    }

    /// Joins the chunk at `at` with the next one if both are small.
    fn join(&mut self, at: usize) {
        let next = at.wrapping_add(1);
        let (Some(chunk), Some(after)) = (self.chunks.get(at), self.chunks.get(next)) else { return };
        if chunk.takes(after) {
            let after = self.remove_chunk(next);
            if let (Some(chunk), Some(after)) = (self.chunks.get_mut(at), after) {
                chunk.append(after);
            }
        }
    }

    fn remove_chunk(&mut self, at: usize) -> Option<Chunk<V>> {
        let removed = self.chunks.remove(at);
        if self.chunks.len() * 4 <= self.chunks.capacity() && self.chunks.capacity() > SMALL {
            self.chunks.shrink_to((self.chunks.len() * 2).max(SMALL));
        }
        removed
    }

    /// How many entries have a smaller number.
    pub fn rank(&self, number: u64) -> u64 {
        let Some(at) = self.chunk_of(number) else { return 0 };
        let before: usize = self.chunks.range(..at).map(|chunk| chunk.entries.len()).sum();
        let within =
            self.chunks.get(at).map_or(0, |chunk| chunk.search(number).unwrap_or_else(|place| place));
        (before + within) as u64
    }

    /// The first entry; None: the list is empty.
    pub fn first(&self) -> Option<(u64, V)> {
        let chunk = self.chunks.front()?;
        chunk.entries.first().map(|&(distance, value)| (chunk.base + u64::from(distance), value))
    }

    /// The entries whose number is in this range, in order.
    pub fn range(&self, numbers: RangeInclusive<u64>) -> impl Iterator<Item = (u64, V)> + '_ {
        let (from, to) = numbers.into_inner();
        let first = self.chunk_of(from).unwrap_or(0);
        let skipped =
            self.chunks.get(first).map_or(0, |chunk| chunk.search(from).unwrap_or_else(|place| place));
        self.chunks
            .range(first.min(self.chunks.len())..)
            .flat_map(|chunk| {
                chunk.entries.iter().map(|&(distance, value)| (chunk.base + u64::from(distance), value))
            })
            .skip(skipped)
            .take_while(move |&(number, _)| number <= to)
    }

    /// The first entry from `number` on with a stamp newer than `stamp`; None: there is none.
    pub fn first_newer(&self, number: u64, stamp: u64) -> Option<(u64, V)> {
        let first = self.chunk_of(number).unwrap_or(0);
        let chunks = self.chunks.range(first.min(self.chunks.len())..);
        chunks.filter(|chunk| chunk.newest > stamp).find_map(|chunk| {
            let from = chunk.search(number).unwrap_or_else(|place| place);
            let mut rest = chunk.entries.iter().skip(from);
            let &(distance, value) = rest.find(|(_, value)| value.stamp() > stamp)?;
            Some((chunk.base + u64::from(distance), value))
        })
    }

    /// All entries, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, V)> + '_ {
        self.range(0..=u64::MAX)
    }

    /// The approximate number of bytes that it takes.
    pub fn memory(&self) -> usize {
        let entries = self.len.next_multiple_of(CHUNK).min(self.len * 2);
        self.chunks.capacity() * size_of::<Chunk<V>>() + entries * size_of::<(u32, V)>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Stamp(u64);

    impl Stamped for Stamp {
        fn stamp(self) -> u64 {
            self.0
        }
    }

    /// A linear congruential generator: the engine depends on no random crate.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, n: u64) -> u64 {
            self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (self.0 >> 33) % n
        }
    }

    /// The most chunks that a list of this length should have, where numbers are not far apart.
    fn bound(len: usize) -> usize {
        2 * len / JOINED + 2
    }

    #[test]
    fn behaves_like_a_sorted_map() {
        let mut dice = Dice(7);
        let (mut list, mut map) = (SortedChunks::default(), BTreeMap::new());
        let mut number = 1 << 34;
        for step in 0..40_000u64 {
            // The list grows, is almost emptied and grows again. Some numbers are far apart, some are not the last.
            let grows = (step / 8_000) % 2 == 0;
            if dice.roll(10) < if grows { 8 } else { 3 } {
                number += if dice.roll(2_000) == 0 { 1 << 33 } else { 1 + dice.roll(3) };
                let at = if dice.roll(8) == 0 { dice.roll(number) } else { number };
                let stamp = Stamp(step - dice.roll(step + 1).min(100));
                list.insert(at, stamp);
                list.insert(at, Stamp(u64::MAX));
                map.entry(at).or_insert(stamp);
            } else if let Some((&gone, _)) = map.range(dice.roll(number + 1)..).next() {
                assert!(list.remove(gone));
                assert!(!list.remove(gone));
                map.remove(&gone);
            }
            assert_eq!(list.len(), map.len());
            if step % 500 == 0 {
                assert!(list.iter().eq(map.iter().map(|(&at, &stamp)| (at, stamp))));
                let (from, to) = (dice.roll(number + 1), dice.roll(number + 2));
                let part: Vec<_> = list.range(from..=to.max(from)).collect();
                let wanted: Vec<_> =
                    map.range(from..=to.max(from)).map(|(&at, &stamp)| (at, stamp)).collect();
                assert_eq!(part, wanted);
                assert_eq!(list.rank(from), map.range(..from).count() as u64);
                assert_eq!(list.first(), map.first_key_value().map(|(&at, &stamp)| (at, stamp)));
                for old in [0, step / 2, step - step.min(50), step] {
                    let newer = map.range(from..).find(|(_, stamp)| stamp.0 > old);
                    assert_eq!(list.first_newer(from, old), newer.map(|(&at, &stamp)| (at, stamp)));
                }
            }
        }
        for number in map.into_keys() {
            list.remove(number);
        }
        assert!(list.is_empty() && list.chunks.is_empty());
    }

    #[test]
    fn chunks_are_joined_and_shrink_when_most_entries_go() {
        let mut list: SortedChunks<u32> = SortedChunks::default();
        (1..=100_000).for_each(|number| list.insert(number, 0));
        assert_eq!(list.chunks.len(), 100_000usize.div_ceil(CHUNK), "rising numbers fill the chunks");
        (1..=100_000).filter(|number| number % 256 != 7).for_each(|number| _ = list.remove(number));
        assert!(list.chunks.len() <= bound(list.len()), "{} chunks", list.chunks.len());
        assert!(list.chunks.iter().all(|chunk| chunk.entries.capacity() <= CHUNK));
        // The list slides along: a few entries over a million numbers.
        for number in 100_001..=1_000_000 {
            list.insert(number, 0);
            if number % 50_000 != 0 {
                list.remove(number);
            }
        }
        assert!(list.chunks.len() <= bound(list.len()), "{} chunks", list.chunks.len());
        (0..1_000_000).for_each(|number| _ = list.remove(number));
        assert_eq!((list.len(), list.chunks.len()), (1, 1));
        assert!(list.memory() < 2000, "{} bytes", list.memory());
    }

    #[test]
    fn insertions_in_any_order_leave_no_small_chunks() {
        let mut list: SortedChunks<u32> = SortedChunks::default();
        (1..=50_000).rev().for_each(|number| list.insert(number, 0));
        assert!(list.chunks.len() <= bound(list.len()), "{} chunks", list.chunks.len());
        assert!(list.iter().map(|(number, _)| number).eq(1..=50_000));
    }
}
