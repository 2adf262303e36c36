//! Active defragmentation: the server says where an allocation lies better, the engine what to move.

use std::ffi::{c_int, c_void};
use std::mem::{align_of, size_of_val, ManuallyDrop};
use std::ptr::{self, NonNull};

use room_engine::storage::defrag::{defrag, Cursor, Mover};
use serde_json::value::RawValue;

use crate::alloc;
use crate::api::{call, raw};
use crate::datatype::Held;
use crate::panics::guard;

const DONE: c_int = 0;
const MORE: c_int = 1;

struct Slice(*mut raw::RedisModuleDefragCtx);

impl Slice {
    /// Moves an allocation of `size` bytes; None: it stays where it is, or is none.
    ///
    /// # Safety
    /// `at` is the start of an allocation of the server, of `size` bytes, or `size` is 0. If it has moved, `at` is no
    /// longer one.
    unsafe fn moved(&mut self, at: *mut c_void, size: usize) -> Option<NonNull<c_void>> {
        if size == 0 {
            return None;
        }
        // SAFETY: promised by the caller; the context is valid while the slice lasts.
        NonNull::new(unsafe { call!(RedisModule_DefragAlloc(self.0, at)) }?)
    }
}

impl Mover for Slice {
    fn text(&mut self, text: Box<str>) -> Box<str> {
        let size = text.len();
        let old = Box::into_raw(text);
        // SAFETY: a box of bytes is an allocation of as many bytes; the copy has the same ones, and belongs to nobody.
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
        // SAFETY: as in `text`. A raw value is a str and nothing beside, and so is its pointer: an address and the same
        // length.
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
        const { assert!(align_of::<T>() <= alloc::NATURAL, "it would not begin where its allocation does") };
        let old = Box::into_raw(value);
        // SAFETY: as in `text`.
        unsafe {
            match self.moved(old.cast(), size_of::<T>()) {
                Some(new) => Box::from_raw(new.as_ptr().cast()),
                None => Box::from_raw(old),
            }
        }
    }

    fn list<T>(&mut self, list: Vec<T>) -> Vec<T> {
        const { assert!(align_of::<T>() <= alloc::NATURAL, "it would not begin where its allocation does") };
        let mut list = ManuallyDrop::new(list);
        let (old, len, capacity) = (list.as_mut_ptr(), list.len(), list.capacity());
        // SAFETY: as in `text`, of as many values as there is room for.
        unsafe {
            match self.moved(old.cast(), capacity * size_of::<T>()) {
                Some(new) => Vec::from_raw_parts(new.as_ptr().cast(), len, capacity),
                None => Vec::from_raw_parts(old, len, capacity),
            }
        }
    }

    fn is_over(&mut self) -> bool {
        // SAFETY: the context is valid while the slice lasts.
        unsafe { call!(RedisModule_DefragShouldStop(self.0)) }.is_some_and(|over| over != 0)
    }
}

/// The type's callback. A small room is moved in one go; for a large one the server keeps a cursor and comes again.
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
    // SAFETY: the context is valid until this returns; without a cursor (a small room) nothing is written.
    unsafe { call!(RedisModule_DefragCursorGet(ctx, &mut cursor)) };
    // SAFETY: the value is a box of `Held`, and the server's again when this returns.
    unsafe {
        let held = slice.boxed(Box::from_raw((*value).cast::<Held>()));
        *value = Box::into_raw(held).cast();
    }
    // SAFETY: as above.
    let Some(held) = (unsafe { (*value).cast::<Held>().as_mut() }) else { return DONE };
    let Some(room) = held.room.take() else { return DONE };
    let room = held.room.insert(slice.boxed(room));
    match guard("moving a room", || defrag(room, Cursor::from(cursor), &mut slice)) {
        Some(Some(next)) => {
            // SAFETY: as above; refused where the server keeps no cursor, and then the room is small.
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
