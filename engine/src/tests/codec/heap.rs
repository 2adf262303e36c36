//! Counts the bytes on the heap. Tests assert that the input bounds them.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
}

/// The most bytes on the heap for a byte of input. A row of a few bytes takes some hundred in memory.
const TIMES: usize = 128;
/// Bytes of an empty room. Tables allocate their first chunks.
const ROOM: usize = 1 << 20;

/// The system's allocator. It counts the bytes that each thread holds.
pub struct Counting;

fn count(allocated: usize, freed: usize) {
    // A thread that ends frees after its counters are gone, hence `try_with`. A thread may free memory of another,
    // hence no count below zero.
    let _ = HELD.try_with(|held| {
        held.set((held.get() + allocated).saturating_sub(freed));
        MOST.with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: the system's allocator does all the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: as promised by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: as promised by the caller.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // While a block moves, the old and the new one are held.
        count(size, 0);
        count(0, layout.size());
        // SAFETY: as promised by the caller.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// The bytes that this thread holds.
pub fn held() -> usize {
    HELD.get()
}

/// Does the work. Returns its result and the most bytes that it held at once.
pub fn most<R>(work: impl FnOnce() -> R) -> (R, usize) {
    let before = HELD.get();
    MOST.set(before);
    let result = work();
    (result, MOST.get() - before)
}

/// Asserts that `held` bytes are within the bound for the input plus `spare`.
#[track_caller]
pub fn assert_bounded(held: usize, input: &[Vec<u8>], spare: usize) {
    let bytes: usize = input.iter().map(Vec::len).sum();
    assert!(held <= TIMES * bytes + ROOM + spare, "{held} bytes held for {bytes}");
}
