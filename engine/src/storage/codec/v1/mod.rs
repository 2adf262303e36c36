//! Version 1.

mod check;
mod comments;
mod load;
mod members;
mod save;
mod wire;

pub(super) use load::load;
pub(super) use save::{digest, save};
