//! The server's allocator as Rust's: what a room holds counts in `used_memory`, for maxmemory and eviction.

use std::alloc::{GlobalAlloc, Layout};
use std::ptr;

use crate::api::raw;

/// Alignment that every allocator the servers are built with gives to any size.
pub const NATURAL: usize = 8;

/// Forwards to the server. Until the server has handed over its functions every request fails, and the process
/// ends with Rust's message: there is nothing to fall back to that the server could free later.
pub struct ServerAlloc;

/// Above the natural alignment the block is larger, and the word before it holds where it really begins.
fn padded(layout: Layout) -> Option<usize> {
    layout.size().checked_add(layout.align())
}

/// Aligns a block of [`padded`] bytes.
///
/// # Safety
/// `base` is null or the start of a block of `padded(layout)` bytes with natural alignment.
unsafe fn align_up(base: *mut u8, layout: Layout) -> *mut u8 {
    if base.is_null() {
        return base;
    }
    let shift = layout.align() - (base as usize & (layout.align() - 1));
    // SAFETY: `shift` is at most `align`, so `size` bytes remain; it is at least a natural alignment, so the word
    // before lies in the block.
    unsafe {
        let block = base.add(shift);
        block.cast::<*mut u8>().sub(1).write(base);
        block
    }
}

/// Where a block from [`align_up`] really begins.
///
/// # Safety
/// `block` came from [`align_up`].
unsafe fn base_of(block: *mut u8) -> *mut u8 {
    // SAFETY: `align_up` wrote the word.
    unsafe { block.cast::<*mut u8>().sub(1).read() }
}

// SAFETY: the server's allocator is thread-safe, never unwinds and keeps blocks apart; alignment above what it gives
// is made by `align_up`, and dealloc and realloc find the same layout they were allocated with.
unsafe impl GlobalAlloc for ServerAlloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the function takes any size; the pointers are written once, before any allocation.
        unsafe {
            let Some(alloc) = raw::RedisModule_Alloc else { return ptr::null_mut() };
            if layout.align() <= NATURAL {
                return alloc(layout.size()).cast();
            }
            match padded(layout) {
                Some(size) => align_up(alloc(size).cast(), layout),
                None => ptr::null_mut(),
            }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        unsafe {
            let Some(calloc) = raw::RedisModule_Calloc else { return ptr::null_mut() };
            if layout.align() <= NATURAL {
                return calloc(1, layout.size()).cast();
            }
            match padded(layout) {
                Some(size) => align_up(calloc(1, size).cast(), layout),
                None => ptr::null_mut(),
            }
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block came from `alloc`, `alloc_zeroed` or `realloc` with this layout.
        unsafe {
            let Some(free) = raw::RedisModule_Free else { return };
            let base = if layout.align() <= NATURAL { block } else { base_of(block) };
            free(base.cast());
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as in `dealloc`; the copy stays within both blocks.
        unsafe {
            if layout.align() <= NATURAL {
                let Some(realloc) = raw::RedisModule_Realloc else { return ptr::null_mut() };
                return realloc(block.cast(), size).cast();
            }
            let Ok(wanted) = Layout::from_size_align(size, layout.align()) else { return ptr::null_mut() };
            let moved = self.alloc(wanted);
            if !moved.is_null() {
                ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}
