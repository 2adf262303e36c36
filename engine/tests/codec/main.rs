//! The codec: rooms saved and loaded, or moved in memory, replicas that hold the same room, bytes that are no room, and files of version 1.
// Helpers of tests are tests: what fails in them, fails the test.
#![allow(missing_docs, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

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
