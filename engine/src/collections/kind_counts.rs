//! Counts by kind of reaction, for one user or one minute.
//!
//! Most users use a few of a room's kinds. So a count and its kind share one 64-bit word, and up to six kinds are
//! stored inline, without an allocation of their own.

use smallvec::SmallVec;

/// Kinds that are stored inline.
const INLINE: usize = 6;

/// The low bits of a word that hold the kind. The count is above them. Like all numbers of a room, it is at most 2^53.
const KIND_BITS: u32 = 8;

/// Counts by the index of a kind, in the order of first use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindCounts(SmallVec<[u64; INLINE]>);

impl KindCounts {
    /// Adds `n` to the count of a kind.
    pub fn add(&mut self, kind: u8, n: u64) {
        let n = n << KIND_BITS;
        match self.0.iter_mut().find(|entry| **entry as u8 == kind) {
            Some(entry) => *entry = entry.saturating_add(n),
            None => self.0.push(n | u64::from(kind)),
        }
    }

    /// The count of a kind; 0: the kind was not counted.
    pub fn of(&self, kind: u8) -> u64 {
        self.iter().find(|&(known, _)| known == kind).map_or(0, |(_, n)| n)
    }

    /// The kinds and their counts, in the order of first use.
    pub fn iter(&self) -> impl Iterator<Item = (u8, u64)> + '_ {
        self.0.iter().map(|&entry| (entry as u8, entry >> KIND_BITS))
    }

    /// The sum of all counts.
    pub fn total(&self) -> u64 {
        self.iter().map(|(_, n)| n).sum()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes allocated outside of this struct; 0: all kinds are stored inline.
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
        let mut sums = KindCounts::default();
        for (kind, n) in counts {
            sums.add(kind, n);
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_in_the_order_of_first_use() {
        let mut counts: KindCounts = (0..10).rev().map(|kind| (kind, 1)).collect();
        counts.add(3, 1 << 53);
        assert_eq!(counts.of(3), (1 << 53) + 1);
        assert_eq!(counts.of(63), 0);
        assert_eq!(counts.total(), (1 << 53) + 10);
        assert!(counts.iter().map(|(kind, _)| kind).eq((0..10).rev()));
    }

    #[test]
    fn up_to_six_kinds_need_no_allocation() {
        let of = |kinds: u8| (0..kinds).map(|kind| (kind, 1)).collect::<KindCounts>();
        assert_eq!(of(INLINE as u8).memory(), 0);
        assert!(of(64).memory() > 0);
    }
}
