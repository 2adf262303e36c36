//! A vector that grows piece by piece.
//!
//! Doubling a Vec of a million entries copies them all in one go: a stall. Here no growth moves more than one piece.

const PIECE: usize = 1024;

/// An append-only vector of at most `u32::MAX` entries, held in pieces of 1,024.
#[derive(Clone, Debug)]
pub struct ChunkedVec<T> {
    pieces: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for ChunkedVec<T> {
    fn default() -> Self {
        ChunkedVec { pieces: Vec::new(), len: 0 }
    }
}

impl<T> ChunkedVec<T> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends an entry and says where it stands.
    pub fn push(&mut self, entry: T) -> u32 {
        match self.pieces.last_mut() {
            Some(piece) if piece.len() < PIECE => piece.push(entry),
            // The first piece grows like any Vec, so that a small room stays small; later ones come whole.
            Some(_) => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(entry);
                self.pieces.push(piece);
            }
            None => self.pieces.push(vec![entry]),
        }
        self.len += 1;
        (self.len - 1) as u32
    }

    /// The entry at `at`.
    pub fn get(&self, at: u32) -> Option<&T> {
        self.pieces.get(at as usize / PIECE)?.get(at as usize % PIECE)
    }

    /// The entry at `at`, to change it.
    pub fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        self.pieces.get_mut(at as usize / PIECE)?.get_mut(at as usize % PIECE)
    }

    /// Takes out the entry at `at`; the last entry takes its place.
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

    /// Takes the last entry.
    pub fn pop(&mut self) -> Option<T> {
        let piece = self.pieces.last_mut()?;
        let entry = piece.pop();
        if piece.is_empty() {
            self.pieces.pop();
        }
        if entry.is_some() {
            self.len -= 1;
        }
        entry
    }

    /// All entries from `at` on.
    pub fn iter_from(&self, at: u32) -> impl Iterator<Item = &T> + '_ {
        self.pieces
            .iter()
            .skip(at as usize / PIECE)
            .enumerate()
            .flat_map(move |(nth, piece)| piece.iter().skip(if nth == 0 { at as usize % PIECE } else { 0 }))
    }

    /// All entries.
    pub fn iter(&self) -> impl Iterator<Item = &T> + '_ {
        self.iter_from(0)
    }

    /// Bytes held, less what the entries hold elsewhere.
    pub fn memory(&self) -> usize {
        let pieces: usize = match self.pieces.len() {
            0 | 1 => self.pieces.first().map_or(0, |piece| piece.capacity()),
            n => n * PIECE,
        };
        pieces * size_of::<T>() + self.pieces.capacity() * size_of::<Vec<T>>()
    }
}

impl<T> FromIterator<T> for ChunkedVec<T> {
    fn from_iter<I: IntoIterator<Item = T>>(entries: I) -> Self {
        let mut pieces = ChunkedVec::default();
        for entry in entries {
            pieces.push(entry);
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_across_pieces() {
        let pieces: ChunkedVec<usize> = (0..5000).collect();
        assert_eq!(pieces.len(), 5000);
        assert_eq!(pieces.get(1024), Some(&1024));
        assert_eq!(pieces.get(5000), None);
        assert_eq!(pieces.iter_from(2047).take(3).copied().collect::<Vec<_>>(), [2047, 2048, 2049]);
        assert!(pieces.iter().copied().eq(0..5000));
    }

    #[test]
    fn swap_remove_fills_the_hole_with_the_last() {
        let mut pieces: ChunkedVec<usize> = (0..1026).collect();
        assert_eq!(pieces.swap_remove(3), Some(3));
        assert_eq!(pieces.get(3), Some(&1025));
        assert_eq!(pieces.swap_remove(1024), Some(1024));
        assert_eq!(pieces.swap_remove(9999), None);
        assert_eq!(pieces.len(), 1024);
        assert_eq!(pieces.push(7), 1024);
    }
}
