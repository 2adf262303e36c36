//! A room.
use crate::command::State;

/// A live room.
#[derive(Clone, Debug)]
pub struct Room {}

impl Room {
    /// Its state.
    pub fn state(&self) -> State {
        State::Live
    }
    /// Members present.
    pub fn present(&self) -> u64 {
        0
    }
    /// Whether it is private.
    pub fn is_private(&self) -> bool {
        false
    }
    /// The epoch; [`crate::turn::gone`] takes it.
    pub fn epoch(&self) -> u64 {
        0
    }
    /// Whether it met an effect this version does not know.
    pub fn is_broken(&self) -> bool {
        false
    }
    /// Bytes it holds, estimated from a sample of its members.
    pub fn memory(&self) -> usize {
        0
    }
    /// Allocations to free it, about.
    pub fn effort(&self) -> usize {
        1
    }
    /// For COPY: the same room, but unknown to this process's takeovers and with no leases.
    pub fn copy(&self) -> Room {
        self.clone()
    }
}
