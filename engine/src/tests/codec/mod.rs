//! The codec and everything that must keep a room the same: save and load, replication, moves in memory. Also hostile
//! bytes, and the golden files of version 1.

mod corrupt;
mod golden;
pub(super) mod heap;
mod moved;
mod same;
mod settle;

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;
