//! Data structures that know nothing of rooms.

pub mod chunked_vec;
pub mod kind_counts;
pub mod name_index;
