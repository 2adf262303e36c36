//! Rows of one section in chunks of bounded size.
//!
//! A chunk holds the number of its section and then rows, one after the other to the end. It has no count of rows, so a
//! false count cannot make the reader allocate.

use super::Corrupt;
use bincode::de::BorrowDecoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{BorrowDecode, Encode};

/// The most rows of a chunk.
const ROWS: u64 = 1024;
/// A chunk is closed once it holds this many bytes.
const BYTES: usize = 256 << 10;
/// The most memory that one row may claim while it is read, in bytes.
const LIMIT: usize = 4 << 20;

fn config() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<LIMIT>()
}

/// Writes chunks.
pub(super) struct Chunks<'c> {
    chunk: Vec<u8>,
    out: &'c mut dyn FnMut(&[u8]),
    /// The number of rows written so far, by section.
    pub rows: Vec<u64>,
}

impl<'c> Chunks<'c> {
    /// Hands each chunk to `out`.
    pub fn new(out: &'c mut dyn FnMut(&[u8])) -> Self {
        Chunks { chunk: Vec::new(), out, rows: Vec::new() }
    }

    /// Writes all rows of a section.
    pub fn section<R: Encode>(&mut self, section: u8, rows: impl IntoIterator<Item = R>) {
        let mut written = 0;
        for row in rows {
            if self.chunk.is_empty() {
                self.chunk.push(section);
            }
            // Neither a Vec nor a row can fail.
            let encoded = bincode::encode_into_std_write(row, &mut self.chunk, config());
            debug_assert!(encoded.is_ok());
            written += 1;
            if written % ROWS == 0 || self.chunk.len() >= BYTES {
                self.close();
            }
        }
        self.close();
        self.rows.push(written);
    }

    fn close(&mut self) {
        if !self.chunk.is_empty() {
            (self.out)(&self.chunk);
            self.chunk.clear();
        }
    }
}

/// Hands each row of a chunk to `take` and returns the number of rows. `rest` is the chunk without its section.
///
/// # Errors
/// A row cannot be read, or `take` refuses it.
pub(super) fn rows<'a, R: BorrowDecode<'a, ()>>(
    mut rest: &'a [u8],
    mut take: impl FnMut(R) -> Result<(), Corrupt>,
) -> Result<u64, Corrupt> {
    let mut n = 0;
    while !rest.is_empty() {
        let (row, read) = bincode::borrow_decode_from_slice(rest, config())
            .map_err(|_| Corrupt("a row that cannot be read"))?;
        take(row)?;
        rest = rest.get(read..).unwrap_or(&[]);
        n += 1;
    }
    Ok(n)
}

/// A list within a row. Unlike a Vec, it allocates for the items that it has read, not for the length that it claims.
#[derive(PartialEq, Default)]
pub(super) struct List<T>(pub Vec<T>);

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        List(items.into_iter().collect())
    }
}

impl<T: Encode> Encode for List<T> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        (self.0.len() as u64).encode(encoder)?;
        self.0.iter().try_for_each(|item| item.encode(encoder))
    }
}

impl<'de, C, T: BorrowDecode<'de, C>> BorrowDecode<'de, C> for List<T> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let len = u64::borrow_decode(decoder)?;
        let mut items = Vec::new();
        for _ in 0..len {
            let item = T::borrow_decode(decoder)?;
            items.push(item);
        }
        Ok(List(items))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_bounded_and_give_their_rows_back() {
        let (mut chunks, mut sections) = (Vec::new(), Vec::new());
        let mut out = |chunk: &[u8]| chunks.push(chunk.to_vec());
        let mut writer = Chunks::new(&mut out);
        writer.section(7, 0..3000u64);
        writer.section(8, std::iter::empty::<u64>());
        writer.section(9, std::iter::repeat_n("x".repeat(100_000).as_str(), 7));
        assert_eq!(writer.rows, [3000, 0, 7]);
        let mut numbers = Vec::new();
        for chunk in &chunks {
            let (section, rest) = chunk.split_first().unwrap();
            sections.push(*section);
            assert!(chunk.len() < BYTES + 100_010);
            if *section == 7 {
                let mut take = |n: u64| {
                    numbers.push(n);
                    Ok(())
                };
                assert!(rows(rest, &mut take).unwrap() <= ROWS);
            }
        }
        assert_eq!(sections, [7, 7, 7, 9, 9, 9]);
        assert!(numbers.into_iter().eq(0..3000));
    }

    #[test]
    fn a_false_length_allocates_nothing() {
        let row = bincode::encode_to_vec(u64::MAX, config()).unwrap();
        assert!(rows(&row, |_: List<u64>| Ok(())).is_err());
        assert!(rows(&row, |_: &str| Ok(())).is_err());
    }
}
