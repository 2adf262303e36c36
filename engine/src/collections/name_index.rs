//! Finds the rows of a table by name: an extendible hash table over hashbrown.
//!
//! Each segment is a small hash table. A full segment is split in two by the next bit of the hash. So growth never
//! moves more than one segment, and no command stalls while a room of a million users grows. The index holds row
//! numbers only. The caller compares names and remembers hashes.

use hashbrown::hash_table::{Entry, HashTable};
use hashbrown::DefaultHashBuilder;
use std::hash::BuildHasher;

/// Entries at which a segment is split: the highest load of 1,024 buckets. A split reads the hash of every row in the
/// segment, and these rows lie far apart in a large table.
const SEGMENT: usize = 896;

/// hashbrown places the entries of a segment by the low 10 bits of a hash and tags them by the high 7 bits. The
/// directory takes the bits between, from this one on.
const DIRECTORY_SHIFT: u32 = 10;

/// A hash as hashbrown takes it. Callers remember 32 bits, to save memory.
fn wide(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

/// Row numbers by name. The hash is seeded per process, so nothing may depend on the order of entries: the index cannot
/// be iterated.
#[derive(Clone, Debug)]
pub struct NameIndex {
    hasher: DefaultHashBuilder,
    /// 2^bits entries. The directory bits of a hash select the segment.
    directory: Vec<u32>,
    segments: Vec<Segment>,
    bits: u32,
}

#[derive(Clone, Debug, Default)]
struct Segment {
    /// How many directory bits all entries of the segment have in common.
    bits: u32,
    rows: HashTable<u32>,
}

impl Default for NameIndex {
    fn default() -> Self {
        NameIndex {
            hasher: DefaultHashBuilder::default(),
            directory: vec![0],
            segments: vec![Segment::default()],
            bits: 0,
        }
    }
}

/// The place of a hash in a directory of 2^bits entries.
fn slot_of(hash: u32, bits: u32) -> usize {
    (hash >> DIRECTORY_SHIFT) as usize & ((1 << bits) - 1)
}

impl NameIndex {
    /// The hash under which a name is found.
    pub fn hash(&self, name: &str) -> u32 {
        self.hasher.hash_one(name) as u32
    }

    /// The number of the segment for a hash.
    fn segment_of(&self, hash: u32) -> u32 {
        self.directory.get(slot_of(hash, self.bits)).copied().unwrap_or(0)
    }

    /// The row of a name; None: the index does not hold it. `has_name` says whether a row has this name.
    pub fn find(&self, name: &str, has_name: impl Fn(u32) -> bool) -> Option<u32> {
        let hash = self.hash(name);
        let segment = self.segments.get(self.segment_of(hash) as usize)?;
        segment.rows.find(wide(hash), |&row| has_name(row)).copied()
    }

    /// Adds a row under its hash. `hash_of` gives the hash of any row in the index, this one included.
    pub fn insert(&mut self, row: u32, hash_of: impl Fn(u32) -> u32) {
        let hash = hash_of(row);
        let mut at = self.segment_of(hash);
        while self.segments.get(at as usize).is_some_and(|segment| segment.rows.len() >= SEGMENT) {
            self.split(at, &hash_of);
            at = self.segment_of(hash);
        }
        if let Some(segment) = self.segments.get_mut(at as usize) {
            if let Entry::Vacant(place) =
                segment.rows.entry(wide(hash), |&known| known == row, |&row| wide(hash_of(row)))
            {
                place.insert(row);
            }
        }
    }

    /// Removes a row that is in the index under this hash.
    pub fn remove(&mut self, row: u32, hash: u32) {
        let at = self.segment_of(hash);
        let Some(segment) = self.segments.get_mut(at as usize) else { return };
        if let Ok(entry) = segment.rows.find_entry(wide(hash), |&known| known == row) {
            entry.remove();
        }
    }

    /// Splits a segment in two by the next directory bit.
    fn split(&mut self, at: u32, hash_of: impl Fn(u32) -> u32) {
        let Some(segment) = self.segments.get_mut(at as usize) else { return };
        let bit = segment.bits;
        segment.bits += 1;
        let full = std::mem::take(&mut segment.rows);
        if bit == self.bits {
            self.directory.extend_from_within(..);
            self.bits += 1;
        }
        let new = self.segments.len() as u32;
        // The segment owns every 2^bit-th entry of the directory. It gives away every second one of them.
        let first = full.iter().next().map_or(0, |&row| slot_of(hash_of(row), bit));
        let given = (first | 1 << bit..).step_by(2 << bit);
        for slot in given.take(self.directory.len() >> (bit + 1)) {
            if let Some(entry) = self.directory.get_mut(slot) {
                *entry = new;
            }
        }
        let mut halves = [HashTable::with_capacity(SEGMENT / 2), HashTable::with_capacity(SEGMENT / 2)];
        for row in full {
            let hash = hash_of(row);
            if let Some(half) = halves.get_mut(slot_of(hash, bit + 1) >> bit) {
                half.insert_unique(wide(hash), row, |&row| wide(hash_of(row)));
            }
        }
        let [low, high] = halves;
        if let Some(segment) = self.segments.get_mut(at as usize) {
            segment.rows = low;
        }
        self.segments.push(Segment { bits: bit + 1, rows: high });
    }

    /// The approximate number of bytes that it takes.
    pub fn memory(&self) -> usize {
        let tables: usize = self.segments.iter().map(|segment| segment.rows.allocation_size()).sum();
        tables
            + self.directory.capacity() * size_of::<u32>()
            + self.segments.capacity() * size_of::<Segment>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_after_many_splits() {
        let names: Vec<String> = (0..50_000).map(|n| format!("user{n}")).collect();
        let mut index = NameIndex::default();
        let hashes: Vec<u32> = names.iter().map(|name| index.hash(name)).collect();
        for row in 0..50_000u32 {
            index.insert(row, |row| hashes[row as usize]);
        }
        for (row, name) in (0u32..).zip(&names) {
            assert_eq!(index.find(name, |row| names[row as usize] == *name), Some(row));
        }
        assert_eq!(index.find("user50000", |row| names[row as usize] == "user50000"), None);
        for row in (0..50_000u32).filter(|row| row % 3 == 0) {
            index.remove(row, hashes[row as usize]);
        }
        for (row, name) in (0u32..).zip(&names) {
            let found = index.find(name, |row| names[row as usize] == *name);
            assert_eq!(found, Some(row).filter(|row| row % 3 != 0));
        }
        assert!(index.segments.len() > 8, "the index was split");
        assert!(index.segments.iter().all(|segment| segment.rows.len() <= SEGMENT));
    }
}
