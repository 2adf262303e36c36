//! Server events: load, promotion and demotion, flushed and swapped databases, slot migrations.

use std::ffi::{c_char, c_int, c_void};

use crate::api::{self, call, raw, Ctx};
use crate::state::module;
use crate::timer;

/// Subscribes to the events that the registry and the generation depend on. False: the server does not have them.
pub fn subscribe(ctx: Ctx) -> bool {
    let events: [(u64, raw::RedisModuleEventCallback); 5] = [
        (raw::REDISMODULE_EVENT_CRON_LOOP, Some(on_cron)),
        (raw::REDISMODULE_EVENT_REPLICATION_ROLE_CHANGED, Some(on_role_change)),
        (raw::REDISMODULE_EVENT_LOADING, Some(on_loading)),
        (raw::REDISMODULE_EVENT_FLUSHDB, Some(on_flush)),
        (raw::REDISMODULE_EVENT_SWAPDB, Some(on_swap)),
    ];
    // SAFETY: the context is that of OnLoad. The callbacks live as long as the module.
    unsafe {
        events.into_iter().all(|(id, callback)| {
            let event = raw::RedisModuleEvent { id, dataver: 1 };
            call!(RedisModule_SubscribeToServerEvent(ctx.as_ptr(), event, callback)) == Some(api::OK)
        })
    }
}

/// The number of Valkey's event. Redis has another event of that number.
const ATOMIC_SLOT_MIGRATION: u64 = 19;

/// Subscribes to atomic slot migrations. False: the server does not have them.
pub fn subscribe_to_migrations(ctx: Ctx) -> bool {
    let event = raw::RedisModuleEvent { id: ATOMIC_SLOT_MIGRATION, dataver: 1 };
    // SAFETY: as above.
    unsafe {
        call!(RedisModule_SubscribeToServerEvent(ctx.as_ptr(), event, Some(on_migration))) == Some(api::OK)
    }
}

/// The data of that event, as Valkey declares it.
#[repr(C)]
struct Migration {
    version: u64,
    /// A C string.
    job_name: [c_char; 41],
    ranges: *const SlotRange,
    range_count: u32,
}

/// The first and the last slot of a range.
#[repr(C)]
struct SlotRange(c_int, c_int);

unsafe extern "C" fn on_migration(
    _ctx: *mut raw::RedisModuleCtx,
    _event: raw::RedisModuleEvent,
    phase: u64,
    data: *mut c_void,
) {
    const IMPORT_STARTED: u64 = 0;
    const IMPORT_ABORTED: u64 = 2;
    const IMPORT_COMPLETED: u64 = 4;
    // SAFETY: the data of this event is a `Migration` with `range_count` ranges. All are valid until this returns.
    let (name, ranges) = unsafe {
        let Some(migration) = data.cast::<Migration>().as_ref() else { return };
        let ranges = match migration.range_count {
            0 => &[],
            count => std::slice::from_raw_parts(migration.ranges, count as usize),
        };
        (migration.job_name.map(|byte| byte as u8), ranges)
    };
    let mut registry = module().registry.borrow_mut();
    match phase {
        IMPORT_STARTED => {
            let slot = |slot: c_int| u16::try_from(slot).unwrap_or(u16::MAX);
            let slots = ranges.iter().map(|SlotRange(first, last)| slot(*first)..=slot(*last)).collect();
            registry.import_started(name, slots);
        }
        IMPORT_ABORTED | IMPORT_COMPLETED => {
            registry.import_ended(name);
            registry.recheck_all();
            drop(registry);
            timer::schedule();
        }
        _ => {}
    }
}

/// This server starts to serve as master. Leases and graces count from now on. Load and promotion raise the generation
/// too, so each room gets a new epoch before its first change.
pub fn start_serving() {
    module().serving.set(true);
    module().registry.borrow_mut().recheck_all();
    timer::schedule();
}

fn raise_generation() {
    module().generation.set(module().generation.get() + 1);
}

fn is_replica() -> bool {
    api::detached_ctx().flags() & raw::REDISMODULE_CTX_FLAGS_SLAVE != 0
}

unsafe extern "C" fn on_role_change(
    _ctx: *mut raw::RedisModuleCtx,
    _event: raw::RedisModuleEvent,
    role: u64,
    _data: *mut c_void,
) {
    if role == raw::REDISMODULE_EVENT_REPLROLECHANGED_NOW_MASTER {
        raise_generation();
        start_serving();
    } else {
        module().serving.set(false);
    }
}

unsafe extern "C" fn on_loading(
    _ctx: *mut raw::RedisModuleCtx,
    _event: raw::RedisModuleEvent,
    phase: u64,
    _data: *mut c_void,
) {
    if matches!(phase, raw::REDISMODULE_SUBEVENT_LOADING_ENDED | raw::REDISMODULE_SUBEVENT_LOADING_FAILED) {
        raise_generation();
        if !is_replica() {
            start_serving();
        }
        timer::schedule();
    } else {
        module().serving.set(false);
    }
}

/// The server's own cron runs by the monotonic clock. The server's timers for modules run by the wall clock. So they would
/// stand still after the wall clock was set back.
unsafe extern "C" fn on_cron(
    _ctx: *mut raw::RedisModuleCtx,
    _event: raw::RedisModuleEvent,
    _phase: u64,
    _data: *mut c_void,
) {
    module().sample_clocks();
    if module().is_set_back.take() {
        module().registry.borrow_mut().recheck_all();
        let mut search = module().rename_search.borrow_mut();
        search.next_ms = search.next_ms.map(|next_ms| next_ms.min(api::now()));
        drop(search);
        timer::rearm();
    }
}

unsafe extern "C" fn on_flush(
    _ctx: *mut raw::RedisModuleCtx,
    _event: raw::RedisModuleEvent,
    phase: u64,
    data: *mut c_void,
) {
    if phase != raw::REDISMODULE_SUBEVENT_FLUSHDB_END {
        return;
    }
    // SAFETY: the data of this event is a `RedisModuleFlushInfo`. It is valid until this returns.
    if let Some(info) = unsafe { data.cast::<raw::RedisModuleFlushInfo>().as_ref() } {
        // A negative number stands for all databases.
        module().registry.borrow_mut().flush(u32::try_from(info.dbnum).ok());
        timer::schedule();
    }
}

unsafe extern "C" fn on_swap(
    _ctx: *mut raw::RedisModuleCtx,
    _event: raw::RedisModuleEvent,
    _phase: u64,
    data: *mut c_void,
) {
    // SAFETY: the data of this event is a `RedisModuleSwapDbInfo`. It is valid until this returns.
    if let Some(info) = unsafe { data.cast::<raw::RedisModuleSwapDbInfo>().as_ref() } {
        if let (Ok(first), Ok(second)) = (u32::try_from(info.dbnum_first), u32::try_from(info.dbnum_second)) {
            if first != second {
                module().registry.borrow_mut().swap(first, second);
                timer::schedule();
            }
        }
    }
}
