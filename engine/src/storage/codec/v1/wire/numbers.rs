//! Times on the wire, and the bounds of numbers that are read.

use crate::storage::codec::Corrupt;
use bincode::{BorrowDecode, Encode};
use std::cell::Cell;

/// A number no sum of a room's lifetime overflows, and no JSON reader rounds.
pub const MAX: u64 = 1 << 53;

/// The numbers of a room that is being read.
#[derive(Default)]
pub struct Numbers {
    near_end: Cell<bool>,
}

impl Numbers {
    pub fn number(&self, n: u64) -> Result<u64, Corrupt> {
        self.below(n, MAX)
    }

    /// One that is counted up one by one.
    pub fn small(&self, n: u32) -> Result<u32, Corrupt> {
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

    /// A number could outgrow what is read back. No room comes there by living.
    pub fn are_near_end(&self) -> bool {
        self.near_end.get()
    }
}

/// A time, Unix ms, as its distance from the room's creation: half as long for weeks. 0, which is no time, stays 0.
#[derive(Clone, Copy, PartialEq, Default, Encode, BorrowDecode)]
pub struct Time(u64);

impl Time {
    pub fn new(ms: u64, created_ms: u64) -> Time {
        Time(match ms.checked_sub(created_ms) {
            Some(since) if ms != 0 => since << 1 | 1,
            _ => ms << 1,
        })
    }

    pub fn ms(self, created_ms: u64) -> u64 {
        let value = self.0 >> 1;
        if self.0 & 1 == 1 {
            created_ms.saturating_add(value)
        } else {
            value
        }
    }
}
