//! Times on the wire, and the bounds of numbers.

use crate::storage::codec::Corrupt;
use bincode::{BorrowDecode, Encode};
use std::cell::Cell;

/// The largest number that is read. Sums over a room's life stay far below overflow, and JSON readers do not round.
pub const MAX: u64 = 1 << 53;

/// Checks the numbers of a room that is being read.
#[derive(Default)]
pub struct Numbers {
    near_end: Cell<bool>,
}

impl Numbers {
    /// Returns a number of at most [`MAX`].
    ///
    /// # Errors
    /// The number is larger.
    pub fn number(&self, n: u64) -> Result<u64, Corrupt> {
        self.below(n, MAX)
    }

    /// Returns a 32-bit counter of at most half of its range.
    ///
    /// # Errors
    /// The counter is above half of its range.
    pub fn counter(&self, n: u32) -> Result<u32, Corrupt> {
        self.below(n.into(), u64::from(u32::MAX / 2)).map(|_| n)
    }

    fn below(&self, n: u64, max: u64) -> Result<u64, Corrupt> {
        if n > max {
            return Err(Corrupt("a number too large"));
        }
        if n > max / 2 {
            self.near_end.set(true);
        }
        Ok(n)
    }

    /// A number was above half of its bound. The room could soon be saved and not load again. No real room gets there.
    pub fn are_near_end(&self) -> bool {
        self.near_end.get()
    }
}

/// A time, Unix ms, as the distance from the room's creation. For the first weeks it takes half the bytes. 0, which
/// means no time, stays 0.
#[derive(Clone, Copy, PartialEq, Default, Encode, BorrowDecode)]
pub struct Time(u64);

impl Time {
    /// The wire form of a time. Both are Unix ms.
    pub fn new(ms: u64, created_ms: u64) -> Time {
        Time(match ms.checked_sub(created_ms) {
            Some(since) if ms != 0 => since << 1 | 1,
            _ => ms << 1,
        })
    }

    /// The time, Unix ms. 0: no time.
    pub fn ms(self, created_ms: u64) -> u64 {
        let value = self.0 >> 1;
        if self.0 & 1 == 1 {
            created_ms.saturating_add(value)
        } else {
            value
        }
    }
}
