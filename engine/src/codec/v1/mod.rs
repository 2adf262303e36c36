//! Version 1.

mod check;
mod load;
mod members;
mod save;
mod talk;
mod wire;

pub(super) use load::load;
pub(super) use save::{digest, save};
