//! The value of a key of our type: the room and the id of its registry entry.

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Weak};

use room_engine::storage;
use room_engine::Room;

use crate::api::{self, raw, Expiry, Key};
use crate::panics::guard;
use crate::registry::EntryId;

/// The value of a key of our type. The server holds it as a pointer to a box.
pub struct RoomValue {
    /// The room. None only while it is being moved in memory.
    pub room: Option<Box<Room>>,
    /// The registry's entry for the key that holds this value.
    pub entry_id: EntryId,
    /// Shows to the holders of a weak reference whether the value has been freed.
    alive: Arc<()>,
}

impl RoomValue {
    /// A value without an entry in the registry.
    pub fn new(room: Option<Box<Room>>) -> Box<RoomValue> {
        Box::new(RoomValue { room, entry_id: EntryId::default(), alive: Arc::default() })
    }

    /// A reference that is alive until the value is freed.
    pub fn alive(&self) -> Weak<()> {
        Arc::downgrade(&self.alive)
    }

    /// Borrows the value that the server passes to a callback of the type.
    ///
    /// # Safety
    /// `value` is null, or a value of our type that lives and is not changed for `'a`.
    pub unsafe fn borrow<'a>(value: *const c_void) -> Option<&'a RoomValue> {
        // SAFETY: values of our type are boxes of `RoomValue`. The caller guarantees the rest.
        unsafe { value.cast::<RoomValue>().as_ref() }
    }
}

/// The content of an open key.
pub enum Content<'k> {
    /// No value.
    Nothing,
    /// A room.
    Room(&'k mut RoomValue),
    /// A value of another type.
    OtherType,
}

/// Our type, as the server registered it. Null before that.
static TYPE: AtomicPtr<raw::RedisModuleType> = AtomicPtr::new(ptr::null_mut());

/// Keeps the type that the server registered.
pub fn set_type(kind: *mut raw::RedisModuleType) {
    TYPE.store(kind, Ordering::Relaxed);
}

impl Key {
    /// The content of the key.
    pub fn content(&mut self) -> Content<'_> {
        match self.value(TYPE.load(Ordering::Relaxed)) {
            // SAFETY: values of our type are boxes of `RoomValue` from `set_room`, `rdb_load` or `copy2`. The reference
            // borrows the key, so the value is not deleted through it. No other handle to the same key is used
            // meanwhile, and this is the server's main thread.
            Some(value) => Content::Room(unsafe { value.cast::<RoomValue>().as_mut() }),
            None if self.is_empty() => Content::Nothing,
            None => Content::OtherType,
        }
    }

    /// The content of the key, and when the key expires.
    pub fn content_and_expiry(&mut self) -> (Content<'_>, Expiry<'_>) {
        // SAFETY: both borrow the handle, so it outlives them. An expiry reads nothing of the value.
        let expiry = unsafe { Expiry::detached(self) };
        (self.content(), expiry)
    }

    /// Makes a room the key's value.
    pub fn set_room(&mut self, value: Box<RoomValue>) {
        let value = Box::into_raw(value);
        // SAFETY: the value is a box of `RoomValue`. If the server does not take it, it is still ours to free.
        unsafe {
            if !self.set_value(TYPE.load(Ordering::Relaxed), value.cast()) {
                drop(Box::from_raw(value));
            }
        }
    }
}

/// Decodes a room. `next_chunk` returns its chunks, then None. None: the chunks are not a room, which is logged.
pub fn decode(version: u32, next_chunk: &mut dyn FnMut() -> Option<Vec<u8>>) -> Option<Box<RoomValue>> {
    let decoded = guard("loading a room", || {
        let room = storage::load(version, next_chunk)?;
        // Bytes that are not read would be lost with the next save.
        if next_chunk().is_some() {
            Err(storage::Corrupt("bytes after the room's end"))
        } else {
            Ok(room)
        }
    })?;
    match decoded {
        Ok(room) => Some(RoomValue::new(Some(Box::new(room)))),
        Err(storage::Corrupt(reason)) => {
            api::log(c"warning", format_args!("a room does not load: {reason}"));
            None
        }
    }
}
