//! Version 1.

pub(super) mod change;
mod check;
mod comments;
#[cfg(test)]
mod golden;
mod load;
mod members;
mod save;
mod wire;

pub(super) use load::load;
pub(super) use save::{digest, save};
