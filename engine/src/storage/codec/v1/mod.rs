//! Version 1, frozen: a row, a word or a change is never changed, reordered or removed.

pub(super) mod change;
mod check;
mod complete;
mod content;
#[cfg(test)]
mod golden;
mod load;
mod members;
mod record;
mod save;
mod wire;

pub(super) use load::load;
pub(super) use save::{digest, save};
