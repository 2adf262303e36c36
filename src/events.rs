//! What the server tells: loads, promotions, flushed and swapped databases, keys that got a value without a command
//! of ours.

use std::ffi::{c_char, c_int, c_void};

use crate::api::{self, call, raw, Ctx};
use crate::server::server;
use crate::timer;

/// Subscribes to what the registry is kept by; false: the server does not offer it.
pub fn subscribe(ctx: Ctx) -> bool {
    let events: [(u64, raw::RedisModuleEventCallback); 4] = [
        (raw::REDISMODULE_EVENT_REPLICATION_ROLE_CHANGED, Some(role_changed)),
        (raw::REDISMODULE_EVENT_LOADING, Some(loading)),
        (raw::REDISMODULE_EVENT_FLUSHDB, Some(flushed)),
        (raw::REDISMODULE_EVENT_SWAPDB, Some(swapped)),
    ];
    // SAFETY: the context is that of OnLoad, the callbacks live as long as the module.
    unsafe {
        events.into_iter().all(|(id, callback)| {
            let event = raw::RedisModuleEvent { id, dataver: 1 };
            call!(RedisModule_SubscribeToServerEvent(ctx.as_ptr(), event, callback)) == Some(api::OK)
        })
    }
}

/// Valkey's event of that number; Redis has another.
const ATOMIC_SLOT_MIGRATION: u64 = 19;

/// Subscribes to what tells a slot that is being migrated here from one that has come; false: the server has no such
/// migrations.
pub fn subscribe_to_migrations(ctx: Ctx) -> bool {
    let event = raw::RedisModuleEvent { id: ATOMIC_SLOT_MIGRATION, dataver: 1 };
    // SAFETY: as above.
    unsafe {
        call!(RedisModule_SubscribeToServerEvent(ctx.as_ptr(), event, Some(migration))) == Some(api::OK)
    }
}

/// What comes with that event, as Valkey declares it.
#[repr(C)]
struct Migration {
    version: u64,
    /// Ends in a zero.
    job: [c_char; 41],
    ranges: *const SlotRange,
    range_count: u32,
}

/// First and last slot.
#[repr(C)]
struct SlotRange(c_int, c_int);

unsafe extern "C" fn migration(
    _ctx: *mut raw::RedisModuleCtx,
    _event: raw::RedisModuleEvent,
    phase: u64,
    data: *mut c_void,
) {
    const IMPORT_STARTED: u64 = 0;
    const IMPORT_ABORTED: u64 = 2;
    const IMPORT_COMPLETED: u64 = 4;
    // SAFETY: the data of this event is a `Migration` with so many ranges, all valid until this returns.
    let (job, ranges) = unsafe {
        let Some(migration) = data.cast::<Migration>().as_ref() else { return };
        let ranges = match migration.range_count {
            0 => &[],
            count => std::slice::from_raw_parts(migration.ranges, count as usize),
        };
        (migration.job.map(|byte| byte as u8), ranges)
    };
    let mut registry = server().registry.borrow_mut();
    match phase {
        IMPORT_STARTED => {
            let slot = |slot: c_int| u16::try_from(slot).unwrap_or(u16::MAX);
            let slots = ranges.iter().map(|SlotRange(first, last)| slot(*first)..=slot(*last)).collect();
            registry.await_slots(job, slots);
        }
        IMPORT_ABORTED | IMPORT_COMPLETED => {
            registry.welcome(job);
            registry.visit_all();
            drop(registry);
            timer::schedule();
        }
        _ => {}
    }
}

/// From now on this server decides for its rooms: with another generation, so that each room takes a new epoch before
/// its first change, and every lease and grace counts from now.
pub fn serve() {
    server().serving_since.set(api::now());
    server().registry.borrow_mut().visit_all();
    timer::schedule();
}

fn raise_generation() {
    server().generation.set(server().generation.get() + 1);
}

fn is_replica() -> bool {
    api::home().flags() & raw::REDISMODULE_CTX_FLAGS_SLAVE != 0
}

unsafe extern "C" fn role_changed(
    _ctx: *mut raw::RedisModuleCtx,
    _event: raw::RedisModuleEvent,
    role: u64,
    _data: *mut c_void,
) {
    if role == raw::REDISMODULE_EVENT_REPLROLECHANGED_NOW_MASTER {
        raise_generation();
        serve();
    } else {
        server().serving_since.set(u64::MAX);
    }
}

unsafe extern "C" fn loading(
    _ctx: *mut raw::RedisModuleCtx,
    _event: raw::RedisModuleEvent,
    phase: u64,
    _data: *mut c_void,
) {
    if matches!(phase, raw::REDISMODULE_SUBEVENT_LOADING_ENDED | raw::REDISMODULE_SUBEVENT_LOADING_FAILED) {
        raise_generation();
        if !is_replica() {
            serve();
        }
        timer::schedule();
    } else {
        server().serving_since.set(u64::MAX);
    }
}

unsafe extern "C" fn flushed(
    _ctx: *mut raw::RedisModuleCtx,
    _event: raw::RedisModuleEvent,
    phase: u64,
    data: *mut c_void,
) {
    if phase != raw::REDISMODULE_SUBEVENT_FLUSHDB_END {
        return;
    }
    // SAFETY: the data of this event is a `RedisModuleFlushInfo`, valid until this returns.
    if let Some(info) = unsafe { data.cast::<raw::RedisModuleFlushInfo>().as_ref() } {
        // A negative number is all databases.
        server().registry.borrow_mut().flush(u32::try_from(info.dbnum).ok());
        timer::schedule();
    }
}

unsafe extern "C" fn swapped(
    _ctx: *mut raw::RedisModuleCtx,
    _event: raw::RedisModuleEvent,
    _phase: u64,
    data: *mut c_void,
) {
    // SAFETY: the data of this event is a `RedisModuleSwapDbInfo`, valid until this returns.
    if let Some(info) = unsafe { data.cast::<raw::RedisModuleSwapDbInfo>().as_ref() } {
        if let (Ok(first), Ok(second)) = (u32::try_from(info.dbnum_first), u32::try_from(info.dbnum_second)) {
            if first != second {
                server().registry.borrow_mut().swap(first, second);
                timer::schedule();
            }
        }
    }
}
