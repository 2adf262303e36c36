//! The codec and everything that must keep a room the same: save and load, replication, moves in memory. Also hostile
//! bytes, and the golden files of version 1.

mod corrupt;
mod golden;
mod heap;
mod mix;
mod moved;
mod parts;
mod same;
mod server;
mod settle;
mod spoil;

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;
