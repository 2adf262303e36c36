//! A vector in chunks of 1,024 entries.
//!
//! A `Vec` of a million entries copies all of them when it doubles, which stalls the server. Here growth moves at most
//! one chunk.

/// Entries in a full chunk.
const CHUNK: usize = 1024;

/// A vector of at most `u32::MAX` entries. All chunks but the last are full.
#[derive(Clone, Debug)]
pub struct ChunkedVec<T> {
    chunks: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for ChunkedVec<T> {
    fn default() -> Self {
        ChunkedVec { chunks: Vec::new(), len: 0 }
    }
}

impl<T> ChunkedVec<T> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends an entry and returns its index.
    pub fn push(&mut self, entry: T) -> u32 {
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(entry),
            // The first chunk grows like any Vec, so that a small room stays small. Later chunks are allocated whole.
            Some(_) => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(entry);
                self.chunks.push(chunk);
            }
            None => self.chunks.push(vec![entry]),
        }
        self.len += 1;
        (self.len - 1) as u32
    }

    /// The entry at `at`; None: there is no such entry.
    pub fn get(&self, at: u32) -> Option<&T> {
        self.chunks.get(at as usize / CHUNK)?.get(at as usize % CHUNK)
    }

    /// The entry at `at`, mutable; None: there is no such entry.
    pub fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        self.chunks.get_mut(at as usize / CHUNK)?.get_mut(at as usize % CHUNK)
    }

    /// Removes the entry at `at`. The last entry takes its place. None: there is no such entry.
    pub fn swap_remove(&mut self, at: u32) -> Option<T> {
        if at as usize >= self.len {
            return None;
        }
        let last = self.pop()?;
        match self.get_mut(at) {
            Some(place) => Some(std::mem::replace(place, last)),
            None => Some(last),
        }
    }

    /// Removes the last entry. None: there is no entry.
    pub fn pop(&mut self) -> Option<T> {
        let chunk = self.chunks.last_mut()?;
        let entry = chunk.pop();
        if chunk.is_empty() {
            self.chunks.pop();
        }
        if entry.is_some() {
            self.len -= 1;
        }
        entry
    }

    /// The entries from `at` on, in order.
    pub fn iter_from(&self, at: u32) -> impl Iterator<Item = &T> + '_ {
        self.chunks
            .iter()
            .skip(at as usize / CHUNK)
            .enumerate()
            .flat_map(move |(nth, chunk)| chunk.iter().skip(if nth == 0 { at as usize % CHUNK } else { 0 }))
    }

    /// All entries, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> + '_ {
        self.iter_from(0)
    }

    /// The number of bytes that it takes. Allocations of the entries are not counted.
    pub fn memory(&self) -> usize {
        let capacity: usize = match self.chunks.len() {
            0 | 1 => self.chunks.first().map_or(0, |chunk| chunk.capacity()),
            n => n * CHUNK,
        };
        capacity * size_of::<T>() + self.chunks.capacity() * size_of::<Vec<T>>()
    }
}

impl<T> FromIterator<T> for ChunkedVec<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        let mut list = ChunkedVec::default();
        for entry in entries {
            list.push(entry);
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_across_chunks() {
        let list: ChunkedVec<usize> = (0..5000).collect();
        assert_eq!(list.len(), 5000);
        assert_eq!(list.get(1024), Some(&1024));
        assert_eq!(list.get(5000), None);
        assert_eq!(list.iter_from(2047).take(3).copied().collect::<Vec<_>>(), [2047, 2048, 2049]);
        assert!(list.iter().copied().eq(0..5000));
    }

    #[test]
    fn swap_remove_moves_the_last_entry_into_the_gap() {
        let mut list: ChunkedVec<usize> = (0..1026).collect();
        assert_eq!(list.swap_remove(3), Some(3));
        assert_eq!(list.get(3), Some(&1025));
        assert_eq!(list.swap_remove(1024), Some(1024));
        assert_eq!(list.swap_remove(9999), None);
        assert_eq!(list.len(), 1024);
        assert_eq!(list.push(7), 1024);
    }
}
