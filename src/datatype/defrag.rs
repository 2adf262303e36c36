//! Active defragmentation. The engine goes through a room's allocations, and the server moves those that fragment
//! memory.

use std::ffi::{c_int, c_void};
use std::mem::{align_of, size_of_val, ManuallyDrop};
use std::ptr::{self, NonNull};

use room_engine::storage::{defrag, Cursor, Mover};
use serde_json::value::RawValue;

use crate::alloc;
use crate::api::{call, raw};
use crate::panics::guard;

use super::RoomValue;

/// The callback's return value when the room is done.
const DONE: c_int = 0;
/// The callback's return value when it has set a cursor and must be called again.
const MORE: c_int = 1;

/// One call of the callback: a slice of the work.
struct Slice(*mut raw::RedisModuleDefragCtx);

impl Slice {
    /// Moves an allocation of `size` bytes. Returns its new start. None: it was not moved, or `size` is 0.
    ///
    /// # Safety
    /// `at` is the start of an allocation of `size` bytes from the server's allocator, or `size` is 0. After a move
    /// `at` is freed and must not be used.
    unsafe fn moved(&mut self, at: *mut c_void, size: usize) -> Option<NonNull<c_void>> {
        if size == 0 {
            return None;
        }
        // SAFETY: the caller guarantees the allocation. The context is valid during the callback.
        NonNull::new(unsafe { call!(RedisModule_DefragAlloc(self.0, at)) }?)
    }
}

impl Mover for Slice {
    fn text(&mut self, text: Box<str>) -> Box<str> {
        let size = text.len();
        let old = Box::into_raw(text);
        // SAFETY: a boxed str is one allocation of `size` bytes. The new allocation has the same bytes, and nothing
        // else owns it.
        unsafe {
            match self.moved(old.cast(), size) {
                Some(new) => {
                    Box::from_raw(ptr::slice_from_raw_parts_mut(new.as_ptr().cast::<u8>(), size) as *mut str)
                }
                None => Box::from_raw(old),
            }
        }
    }

    fn json(&mut self, json: Box<RawValue>) -> Box<RawValue> {
        let size = size_of_val(&*json);
        let old = Box::into_raw(json);
        // SAFETY: as in `text`. A `RawValue` is a transparent wrapper of a str, so its pointer too is an address and a
        // length in bytes.
        unsafe {
            match self.moved(old.cast(), size) {
                Some(new) => Box::from_raw(
                    ptr::slice_from_raw_parts_mut(new.as_ptr().cast::<u8>(), size) as *mut RawValue
                ),
                None => Box::from_raw(old),
            }
        }
    }

    fn boxed<T>(&mut self, value: Box<T>) -> Box<T> {
        const {
            assert!(
                align_of::<T>() <= alloc::NATURAL_ALIGN,
                "an over-aligned value does not start where its allocation does"
            )
        };
        let old = Box::into_raw(value);
        // SAFETY: as in `text`. The value starts where its allocation does, because it is not over-aligned.
        unsafe {
            match self.moved(old.cast(), size_of::<T>()) {
                Some(new) => Box::from_raw(new.as_ptr().cast()),
                None => Box::from_raw(old),
            }
        }
    }

    fn list<T>(&mut self, list: Vec<T>) -> Vec<T> {
        const {
            assert!(
                align_of::<T>() <= alloc::NATURAL_ALIGN,
                "an over-aligned value does not start where its allocation does"
            )
        };
        let mut list = ManuallyDrop::new(list);
        let (old, len, capacity) = (list.as_mut_ptr(), list.len(), list.capacity());
        // SAFETY: as in `boxed`. The allocation of a vector is `capacity` values.
        unsafe {
            match self.moved(old.cast(), capacity * size_of::<T>()) {
                Some(new) => Vec::from_raw_parts(new.as_ptr().cast(), len, capacity),
                None => Vec::from_raw_parts(old, len, capacity),
            }
        }
    }

    fn is_over(&mut self) -> bool {
        // SAFETY: the context is valid during the callback.
        unsafe { call!(RedisModule_DefragShouldStop(self.0)) }.is_some_and(|over| over != 0)
    }
}

/// The type's `defrag` callback. A small room is done in one call. For a large one the server keeps a cursor and calls
/// again.
///
/// # Safety
/// Only the server calls it, with a value of our type.
pub unsafe extern "C" fn callback(
    ctx: *mut raw::RedisModuleDefragCtx,
    _key: *mut raw::RedisModuleString,
    value: *mut *mut c_void,
) -> c_int {
    let mut slice = Slice(ctx);
    let mut cursor = 0;
    // SAFETY: the context is valid until this returns. Without a cursor (a small room) nothing is written.
    unsafe { call!(RedisModule_DefragCursorGet(ctx, &mut cursor)) };
    // SAFETY: the value is a box of `RoomValue`. The server owns it again when this returns.
    unsafe {
        let moved = slice.boxed(Box::from_raw((*value).cast::<RoomValue>()));
        *value = Box::into_raw(moved).cast();
    }
    // SAFETY: as above.
    let Some(value) = (unsafe { (*value).cast::<RoomValue>().as_mut() }) else { return DONE };
    let Some(room) = value.room.take() else { return DONE };
    let room = value.room.insert(slice.boxed(room));
    match guard("defragmenting a room", || defrag(room, Cursor::from(cursor), &mut slice)) {
        Some(Some(next)) => {
            // SAFETY: as above. The server refuses a cursor only for a small room, which is done in one call.
            unsafe { call!(RedisModule_DefragCursorSet(ctx, u64::from(next))) };
            MORE
        }
        Some(None) => DONE,
        None => {
            room.mark_broken();
            DONE
        }
    }
}
