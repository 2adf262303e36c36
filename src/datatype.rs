//! The type `live-room`: a room as the value of a key, and the callbacks that save, load, copy and free it.

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::Arc;

use room_engine::room::Room;
use room_engine::storage::codec;

use crate::api::{self, call, raw, Ctx, Digest, Expiry, Key, Owned, Reader, Text, Writer};
use crate::defrag;
use crate::panics::guard;
use crate::registry::{Facts, Ticket};
use crate::server::server;
use crate::timer;

/// The command that a rewritten AOF loads a room with.
pub const LOAD: &std::ffi::CStr = c"ROOM.LOAD";

/// What a key holds: the room, and where the registry has it.
pub struct Held {
    /// Empty only within a turn, before a new key or after a purge.
    pub room: Option<Box<Room>>,
    /// The registry's entry for the key this value is under.
    pub ticket: Ticket,
    /// Tells those who hold it weakly whether the value has been freed.
    life: Arc<()>,
}

impl Held {
    /// A value that is not in the registry yet.
    pub fn new(room: Option<Box<Room>>) -> Box<Held> {
        Box::new(Held { room, ticket: Ticket::default(), life: Arc::default() })
    }
}

/// What an open key holds.
pub enum Content<'k> {
    /// Nothing.
    Nothing,
    /// A room.
    Room(&'k mut Held),
    /// Another type's value.
    Foreign,
}

static TYPE: AtomicPtr<raw::RedisModuleType> = AtomicPtr::new(ptr::null_mut());

impl Key {
    /// Looks into the key.
    pub fn content(&mut self) -> Content<'_> {
        match self.value(TYPE.load(Ordering::Relaxed)) {
            // SAFETY: values of our type are boxes of `Held` from `set_room`, `rdb_load` or `copy2`. The key is
            // borrowed for as long as the reference lives, so the value is not deleted through it, no other handle
            // to the same key is looked into meanwhile, and the server's thread is this one.
            Some(value) => Content::Room(unsafe { value.cast::<Held>().as_mut() }),
            None if self.is_empty() => Content::Nothing,
            None => Content::Foreign,
        }
    }

    /// Looks into the key; with what it holds comes when it expires.
    pub fn content_and_expiry(&mut self) -> (Content<'_>, Expiry<'_>) {
        // SAFETY: the handle outlives both, since both borrow it. An expiry reads nothing of the value.
        let expiry = unsafe { Expiry::detached(self) };
        (self.content(), expiry)
    }

    /// Puts a room under the key.
    pub fn set_room(&mut self, held: Box<Held>) {
        let value = Box::into_raw(held);
        // SAFETY: the value is a box of `Held`; if the server does not take it, it is still ours.
        unsafe {
            if !self.set_value(TYPE.load(Ordering::Relaxed), value.cast()) {
                drop(Box::from_raw(value));
            }
        }
    }
}

/// Registers the type; false: the server refuses it.
pub fn register(ctx: Ctx) -> bool {
    let mut methods = raw::RedisModuleTypeMethods {
        version: 4,
        rdb_load: Some(rdb_load),
        rdb_save: Some(rdb_save),
        aof_rewrite: Some(aof_rewrite),
        mem_usage: None,
        digest: Some(digest),
        free: Some(free),
        aux_load: None,
        aux_save: None,
        aux_save_triggers: 0,
        free_effort: None,
        unlink: None,
        copy: None,
        defrag: Some(defrag::callback),
        mem_usage2: Some(mem_usage2),
        free_effort2: Some(free_effort2),
        unlink2: Some(unlink2),
        copy2: Some(copy2),
        aux_save2: None,
    };
    // SAFETY: the context is that of OnLoad; the server copies the methods.
    let kind = unsafe {
        call!(RedisModule_CreateDataType(
            ctx.as_ptr(),
            c"live-room".as_ptr(),
            codec::VERSION as c_int,
            &mut methods
        ))
    };
    match kind {
        Some(kind) if !kind.is_null() => {
            TYPE.store(kind, Ordering::Relaxed);
            true
        }
        _ => false,
    }
}

/// Decodes a room whose chunks `next` gives; None, with a log line, if they are none.
pub fn decode(version: u32, next: &mut dyn FnMut() -> Option<Vec<u8>>) -> Option<Box<Held>> {
    let decoded = guard("loading a room", || {
        let room = codec::load(version, next)?;
        // What is left over would be lost with the next save.
        if next().is_some() {
            Err(codec::Corrupt("bytes after the room's end"))
        } else {
            Ok(room)
        }
    })?;
    match decoded {
        Ok(room) => Some(Held::new(Some(Box::new(room)))),
        Err(codec::Corrupt(what)) => {
            api::log(c"warning", format_args!("a room does not load: {what}"));
            None
        }
    }
}

/// # Safety
/// `value` is a value of our type.
unsafe fn room_of<'a>(value: *const c_void) -> Option<&'a Room> {
    // SAFETY: promised by the caller, which only hands on what the server gave to a callback of our type.
    unsafe { value.cast::<Held>().as_ref() }?.room.as_deref()
}

/// Chunks, ended by an empty one.
unsafe extern "C" fn rdb_load(io: *mut raw::RedisModuleIO, encver: c_int) -> *mut c_void {
    // SAFETY: `io` is valid until this returns.
    let mut reader = unsafe { Reader::of(io) };
    let mut ended = false;
    let held = decode(encver.unsigned_abs(), &mut || {
        if ended {
            return None;
        }
        let chunk = reader.next()?;
        ended = chunk.is_empty();
        (!ended).then_some(chunk)
    });
    match held {
        Some(mut held) if ended && !reader.failed() => {
            // SAFETY: `io` is valid until this returns, and so is the name it lends; a payload that is loaded for
            // itself has none.
            let name = unsafe { call!(RedisModule_GetKeyNameFromIO(io)).and_then(|name| Text::borrow(name)) };
            // SAFETY: as above.
            let db = unsafe { call!(RedisModule_GetDbIdFromIO(io)) };
            enter(&mut held, name, db);
            Box::into_raw(held).cast()
        }
        _ => ptr::null_mut(),
    }
}

/// Enters a room that the server is about to put under a key. Should it not come to that, the timer finds the key
/// without it.
fn enter(held: &mut Held, name: Option<Text<'_>>, db: Option<c_int>) {
    let (Some(name), Some(Ok(db)), Some(room)) = (name, db.map(u32::try_from), held.room.as_deref()) else {
        return;
    };
    let facts = Facts::of(room);
    let mut registry = server().registry.borrow_mut();
    held.ticket = registry.enter(db, name.bytes(), facts);
    if server().is_serving() && !registry.is_arriving(name.bytes()) {
        registry.arm(held.ticket, 0);
        drop(registry);
        timer::schedule();
    }
}

unsafe extern "C" fn rdb_save(io: *mut raw::RedisModuleIO, value: *mut c_void) {
    // SAFETY: `io` and the value are valid until this returns.
    let (mut writer, room) = unsafe { (Writer::of(io), room_of(value)) };
    // In a child a panic ends the child, and the last good RDB stays. Elsewhere (DUMP) the end is missing after it, and
    // whoever loads refuses the room: half of one is never taken for it.
    let saved = guard("saving a room", || {
        if let Some(room) = room {
            codec::save(room, &mut |chunk| {
                if !chunk.is_empty() {
                    writer.string(chunk);
                }
            });
        }
    });
    match saved {
        Some(()) => writer.string(&[]),
        None if api::home().flags() & raw::REDISMODULE_CTX_FLAGS_IS_CHILD != 0 => std::process::abort(),
        None => {}
    }
}

/// One command with every chunk, so that a room is loaded whole or not at all. It runs in a child, which a panic ends:
/// the rewrite fails and the AOF stays as it is.
unsafe extern "C" fn aof_rewrite(
    io: *mut raw::RedisModuleIO,
    key: *mut raw::RedisModuleString,
    value: *mut c_void,
) {
    // SAFETY: all three are valid until this returns.
    let (mut writer, key, room) = unsafe { (Writer::of(io), Text::borrow(key), room_of(value)) };
    if let (Some(key), Some(room)) = (key, room) {
        let mut chunks = Vec::new();
        codec::save(room, &mut |chunk| chunks.push(Owned::new(chunk)));
        writer.command(LOAD, key, codec::VERSION, &chunks);
    }
}

unsafe extern "C" fn digest(digest: *mut raw::RedisModuleDigest, value: *mut c_void) {
    // SAFETY: both are valid until this returns.
    let (mut digest, room) = unsafe { (Digest::of(digest), room_of(value)) };
    if let Some(room) = room {
        guard("digesting a room", || codec::digest(room, &mut |bytes| digest.add(bytes)));
    }
    digest.end();
}

unsafe extern "C" fn mem_usage2(
    _ctx: *mut raw::RedisModuleKeyOptCtx,
    value: *const c_void,
    _sample_size: usize,
) -> usize {
    // SAFETY: the value is valid until this returns.
    let room = unsafe { room_of(value) };
    size_of::<Held>() + room.and_then(|room| guard("measuring a room", || room.memory())).unwrap_or(0)
}

unsafe extern "C" fn free_effort2(_ctx: *mut raw::RedisModuleKeyOptCtx, value: *const c_void) -> usize {
    // SAFETY: the value is valid until this returns.
    let room = unsafe { room_of(value) };
    room.and_then(|room| guard("measuring a room", || room.effort())).unwrap_or(1)
}

/// On another thread for a large room: touches nothing but the value.
unsafe extern "C" fn free(value: *mut c_void) {
    // SAFETY: the value is a box of `Held`, freed once.
    drop(unsafe { Box::from_raw(value.cast::<Held>()) });
}

/// The key lost the value, which may live on under another (RENAME): the entry goes, the registry is told of the
/// other key, and whether the room is gone is looked at shortly.
unsafe extern "C" fn unlink2(_ctx: *mut raw::RedisModuleKeyOptCtx, value: *const c_void) {
    // SAFETY: the value is valid until this returns.
    if let Some(held) = unsafe { value.cast::<Held>().as_ref() } {
        server().registry.borrow_mut().suspect(held.ticket, Arc::downgrade(&held.life));
        timer::schedule();
    }
}

unsafe extern "C" fn copy2(ctx: *mut raw::RedisModuleKeyOptCtx, value: *const c_void) -> *mut c_void {
    // SAFETY: the value is valid until this returns.
    let room = unsafe { room_of(value) };
    let Some(copy) = room.and_then(|room| guard("copying a room", || room.copy())) else {
        return ptr::null_mut();
    };
    let mut held = Held::new(Some(Box::new(copy)));
    // SAFETY: the context and the name it lends are valid until this returns.
    let name = unsafe { call!(RedisModule_GetToKeyNameFromOptCtx(ctx)).and_then(|name| Text::borrow(name)) };
    // SAFETY: as above.
    let db = unsafe { call!(RedisModule_GetToDbIdFromOptCtx(ctx)) };
    enter(&mut held, name, db);
    Box::into_raw(held).cast()
}
