//! What the heap holds, so that memory can be said to be bounded by the input.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
}

/// A row of a few bytes becomes one of some hundred.
const TIMES: usize = 128;
/// The first pieces of tables that grow by pieces.
const ROOM: usize = 1 << 20;

/// The system's allocator, which counts what each thread holds.
pub struct Counting;

fn count(activity: usize, less: usize) {
    // A thread that ends frees after its counters are gone. What another allocated is freed here: never below zero.
    let _ = HELD.try_with(|held| {
        held.set((held.get() + activity).saturating_sub(less));
        MOST.with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: all is left to the system's allocator.
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
        // While it moves both are held.
        count(size, 0);
        count(0, layout.size());
        // SAFETY: as promised by the caller.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// Does the work; with its result, the bytes it held at most beyond what was held before.
pub fn most<R>(work: impl FnOnce() -> R) -> (R, usize) {
    let before = HELD.get();
    MOST.set(before);
    let result = work();
    (result, MOST.get() - before)
}

/// No more than so many times the input, what an empty room has, and what is `spare`.
#[track_caller]
pub fn assert_bounded(held: usize, input: &[Vec<u8>], spare: usize) {
    let bytes: usize = input.iter().map(Vec::len).sum();
    assert!(held <= TIMES * bytes + ROOM + spare, "{held} bytes held for {bytes}");
}
