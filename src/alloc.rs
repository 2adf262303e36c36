//! The server's allocator as Rust's global allocator. So the memory of rooms counts in `used_memory`, for maxmemory and
//! eviction.

use std::alloc::{GlobalAlloc, Layout};
use std::ptr;

use crate::api::raw;

/// The alignment in bytes that the server's allocator (jemalloc, tcmalloc or libc) guarantees for every size.
pub const NATURAL_ALIGN: usize = 8;

/// Forwards to the server's allocator. Before the server has given the module its functions, every request fails and
/// Rust ends the process. There is no other allocator whose memory the server could free later.
pub struct ServerAlloc;

/// Size of the allocation for a block whose alignment exceeds the natural one. The word before such a block holds the
/// start of its allocation. None: the size overflows.
fn padded(layout: Layout) -> Option<usize> {
    layout.size().checked_add(layout.align())
}

/// The aligned block inside an allocation of [`padded`] bytes.
///
/// # Safety
/// `base` is null, or the start of an allocation of `padded(layout)` bytes with natural alignment. The alignment of
/// `layout` exceeds the natural one.
unsafe fn align_up(base: *mut u8, layout: Layout) -> *mut u8 {
    if base.is_null() {
        return base;
    }
    let shift = layout.align() - (base as usize & (layout.align() - 1));
    // SAFETY: `shift` is at most `align`, so `size` bytes remain after it. It is at least the natural alignment, so the
    // word before the block is inside the allocation.
    unsafe {
        let block = base.add(shift);
        block.cast::<*mut u8>().sub(1).write(base);
        block
    }
}

/// The start of the allocation of a block from [`align_up`].
///
/// # Safety
/// `block` came from [`align_up`].
unsafe fn base_of(block: *mut u8) -> *mut u8 {
    // SAFETY: `align_up` wrote the word.
    unsafe { block.cast::<*mut u8>().sub(1).read() }
}

// SAFETY: the server's allocator is thread-safe, does not unwind and returns disjoint blocks. `align_up` provides
// larger alignments. `dealloc` and `realloc` are called with the layout of the allocation, so they know whether a block
// was aligned by `align_up`.
unsafe impl GlobalAlloc for ServerAlloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the function takes any size. The server writes the function pointers once, before any allocation.
        unsafe {
            let Some(alloc) = raw::RedisModule_Alloc else { return ptr::null_mut() };
            if layout.align() <= NATURAL_ALIGN {
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
            if layout.align() <= NATURAL_ALIGN {
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
            let base = if layout.align() <= NATURAL_ALIGN { block } else { base_of(block) };
            free(base.cast());
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as in `dealloc`. The copy stays within both blocks.
        unsafe {
            if layout.align() <= NATURAL_ALIGN {
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
