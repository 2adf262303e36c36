//! The type `live-room`: a room as the value of a key, and the callbacks that save, load, copy and free it.

mod defrag;
mod value;

pub use value::{decode, Content, RoomValue};

use std::ffi::{c_int, c_void};
use std::ptr;

use room_engine::storage;
use room_engine::Room;

use crate::api::{self, call, raw, AofWriter, Ctx, Digest, RdbReader, RdbWriter, RedisStr, RedisString};
use crate::panics::guard;
use crate::registry::RoomFacts;
use crate::state::module;
use crate::timer;

/// The command that loads a room from a rewritten AOF.
pub const LOAD: &std::ffi::CStr = c"ROOM.LOAD";

/// Registers the type. False: the server refuses it.
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
    // SAFETY: the context is that of OnLoad. The server copies the methods.
    let kind = unsafe {
        call!(RedisModule_CreateDataType(
            ctx.as_ptr(),
            c"live-room".as_ptr(),
            storage::VERSION as c_int,
            &mut methods
        ))
    };
    match kind {
        Some(kind) if !kind.is_null() => {
            value::set_type(kind);
            true
        }
        _ => false,
    }
}

/// The room of a value that the server passes to a callback of the type.
///
/// # Safety
/// `value` is null, or a value of our type that lives and is not changed for `'a`.
unsafe fn room_of<'a>(value: *const c_void) -> Option<&'a Room> {
    // SAFETY: the caller guarantees it.
    unsafe { RoomValue::borrow(value) }?.room.as_deref()
}

/// Reads the room's chunks. An empty string ends them.
unsafe extern "C" fn rdb_load(io: *mut raw::RedisModuleIO, encver: c_int) -> *mut c_void {
    // SAFETY: `io` is valid until this returns.
    let mut reader = unsafe { RdbReader::of(io) };
    let mut ended = false;
    let value = decode(encver.unsigned_abs(), &mut || {
        if ended {
            return None;
        }
        let chunk = reader.next()?;
        ended = chunk.is_empty();
        (!ended).then_some(chunk)
    });
    match value {
        Some(mut value) if ended && !reader.failed() => {
            // SAFETY: `io` and the name are valid until this returns. A payload that is loaded without a key has no
            // name.
            let name =
                unsafe { call!(RedisModule_GetKeyNameFromIO(io)).and_then(|name| RedisStr::borrow(name)) };
            // SAFETY: as above.
            let db = unsafe { call!(RedisModule_GetDbIdFromIO(io)) };
            insert_entry(&mut value, name, db);
            Box::into_raw(value).cast()
        }
        _ => ptr::null_mut(),
    }
}

/// Inserts a registry entry for a room that the server is about to store at a key. If the server does not store it, the
/// timer finds the key without it and removes the entry.
fn insert_entry(value: &mut RoomValue, name: Option<RedisStr<'_>>, db: Option<c_int>) {
    let (Some(name), Some(Ok(db)), Some(room)) = (name, db.map(u32::try_from), value.room.as_deref()) else {
        return;
    };
    let facts = RoomFacts::of(room);
    let mut registry = module().registry.borrow_mut();
    value.entry_id = registry.insert(db, name.bytes(), facts);
    if module().is_serving() && !registry.is_importing(name.bytes()) {
        registry.arm(value.entry_id, 0);
        drop(registry);
        timer::schedule();
    }
}

unsafe extern "C" fn rdb_save(io: *mut raw::RedisModuleIO, value: *mut c_void) {
    // SAFETY: `io` and the value are valid until this returns.
    let (mut writer, room) = unsafe { (RdbWriter::of(io), room_of(value)) };
    let saved = guard("saving a room", || {
        if let Some(room) = room {
            storage::save(room, &mut |chunk| {
                if !chunk.is_empty() {
                    writer.string(chunk);
                }
            });
        }
    });
    match saved {
        Some(()) => writer.string(&[]),
        // The child process ends, and the last good RDB file stays.
        None if api::detached_ctx().flags() & raw::REDISMODULE_CTX_FLAGS_IS_CHILD != 0 => {
            std::process::abort()
        }
        // In the main process (DUMP) the ending string is missing, so no server loads half a room.
        None => {}
    }
}

/// Writes one command with all chunks, so that a room loads completely or not at all. This runs in a child process. A
/// panic ends the child: the rewrite fails, and the AOF stays as it is.
unsafe extern "C" fn aof_rewrite(
    io: *mut raw::RedisModuleIO,
    key: *mut raw::RedisModuleString,
    value: *mut c_void,
) {
    // SAFETY: all three are valid until this returns.
    let (mut writer, key, room) = unsafe { (AofWriter::of(io), RedisStr::borrow(key), room_of(value)) };
    if let (Some(key), Some(room)) = (key, room) {
        let mut chunks = Vec::new();
        storage::save(room, &mut |chunk| chunks.push(RedisString::new(chunk)));
        writer.command(LOAD, key, storage::VERSION, &chunks);
    }
}

unsafe extern "C" fn digest(digest: *mut raw::RedisModuleDigest, value: *mut c_void) {
    // SAFETY: both are valid until this returns.
    let (mut digest, room) = unsafe { (Digest::of(digest), room_of(value)) };
    if let Some(room) = room {
        guard("digesting a room", || storage::digest(room, &mut |bytes| digest.add(bytes)));
    }
    digest.end();
}

/// Bytes of memory that the value takes.
unsafe extern "C" fn mem_usage2(
    _ctx: *mut raw::RedisModuleKeyOptCtx,
    value: *const c_void,
    _sample_size: usize,
) -> usize {
    // SAFETY: the value is valid until this returns.
    let room = unsafe { room_of(value) };
    size_of::<RoomValue>() + room.and_then(|room| guard("measuring a room", || room.memory())).unwrap_or(0)
}

/// Number of allocations to free. The server frees a value with many of them on another thread.
unsafe extern "C" fn free_effort2(_ctx: *mut raw::RedisModuleKeyOptCtx, value: *const c_void) -> usize {
    // SAFETY: the value is valid until this returns.
    let room = unsafe { room_of(value) };
    room.and_then(|room| guard("measuring a room", || room.effort())).unwrap_or(1)
}

/// Frees a value. For a large room this runs on another thread, so it uses nothing but the value.
unsafe extern "C" fn free(value: *mut c_void) {
    // SAFETY: the value is a box of `RoomValue`, and is freed once.
    drop(unsafe { Box::from_raw(value.cast::<RoomValue>()) });
}

/// A key lost its value, which may live on at another key (RENAME). The entry is removed, and the timer verifies soon
/// whether the room is gone. `renames` finds the other key.
unsafe extern "C" fn unlink2(_ctx: *mut raw::RedisModuleKeyOptCtx, value: *const c_void) {
    // SAFETY: the value is valid until this returns.
    if let Some(value) = unsafe { RoomValue::borrow(value) } {
        module().registry.borrow_mut().unlink(value.entry_id, value.alive());
        timer::schedule();
    }
}

unsafe extern "C" fn copy2(ctx: *mut raw::RedisModuleKeyOptCtx, value: *const c_void) -> *mut c_void {
    // SAFETY: the value is valid until this returns.
    let room = unsafe { room_of(value) };
    let Some(copy) = room.and_then(|room| guard("copying a room", || room.copy())) else {
        return ptr::null_mut();
    };
    let mut value = RoomValue::new(Some(Box::new(copy)));
    // SAFETY: the context and the name are valid until this returns.
    let name =
        unsafe { call!(RedisModule_GetToKeyNameFromOptCtx(ctx)).and_then(|name| RedisStr::borrow(name)) };
    // SAFETY: as above.
    let db = unsafe { call!(RedisModule_GetToDbIdFromOptCtx(ctx)) };
    insert_entry(&mut value, name, db);
    Box::into_raw(value).cast()
}
