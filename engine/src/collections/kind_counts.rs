//! Counts by kind of reaction.

use smallvec::SmallVec;

/// Kinds that need no allocation. Of the dozen a room offers nearly everybody uses a few.
const INLINE: usize = 6;

/// Bits of a kind in an entry; the count stands above them. A count is at most 2^53, as all numbers of a room are.
const KIND_BITS: u32 = 8;

/// How often, by the place of a kind, in the order of first use. An entry is one word: a user's counts are to lie beside
/// the rest of the user, and nearly all of them do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindCounts(SmallVec<[u64; INLINE]>);

impl KindCounts {
    /// Adds to the count of a kind.
    pub fn add(&mut self, kind: u8, n: u64) {
        let n = n << KIND_BITS;
        match self.0.iter_mut().find(|entry| **entry as u8 == kind) {
            Some(entry) => *entry = entry.saturating_add(n),
            None => self.0.push(n | u64::from(kind)),
        }
    }

    /// The count of a kind.
    pub fn of(&self, kind: u8) -> u64 {
        self.iter().find(|&(known, _)| known == kind).map_or(0, |(_, n)| n)
    }

    /// Kinds and their counts.
    pub fn iter(&self) -> impl Iterator<Item = (u8, u64)> + '_ {
        self.0.iter().map(|&entry| (entry as u8, entry >> KIND_BITS))
    }

    /// The count of all kinds.
    pub fn total(&self) -> u64 {
        self.iter().map(|(_, n)| n).sum()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes held beside its own.
    pub fn memory(&self) -> usize {
        if self.0.spilled() {
            self.0.capacity() * size_of::<u64>()
        } else {
            0
        }
    }
}

impl FromIterator<(u8, u64)> for KindCounts {
    fn from_iter<I: IntoIterator<Item = (u8, u64)>>(counts: I) -> Self {
        let mut tally = KindCounts::default();
        for (kind, n) in counts {
            tally.add(kind, n);
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_stand_in_the_order_of_first_use() {
        let mut tally: KindCounts = (0..10).rev().map(|kind| (kind, 1)).collect();
        tally.add(3, 1 << 53);
        assert_eq!(tally.of(3), (1 << 53) + 1);
        assert_eq!(tally.of(63), 0);
        assert_eq!(tally.total(), (1 << 53) + 10);
        assert!(tally.iter().map(|(kind, _)| kind).eq((0..10).rev()));
    }

    #[test]
    fn a_few_kinds_need_no_allocation() {
        let of = |kinds: u8| (0..kinds).map(|kind| (kind, 1)).collect::<KindCounts>();
        assert_eq!(of(INLINE as u8).memory(), 0);
        assert!(of(64).memory() > 0);
    }
}
