//! The rows of version 1. They are frozen: a field or variant is never changed, reordered or removed.
//!
//! A user stands as a place in the table of users. State that other rows imply has no row. It is rebuilt on load.

mod content;
mod events;
mod head;
mod members;
mod numbers;
mod record;
mod section;
mod words;

use super::super::chunks::List;

pub use content::*;
pub use events::*;
pub use head::*;
pub use members::*;
pub use numbers::*;
pub use record::*;
pub use section::*;
pub use words::*;
