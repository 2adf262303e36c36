//! Data structures without knowledge of rooms.

pub mod chunked_vec;
pub mod kind_counts;
pub mod name_index;
pub mod rings;
pub mod sorted_chunks;
