//! redis-room: a Redis module in which one key is one live room.
//!
//! This crate connects the server to [`room_engine`]. The engine holds the rooms and all their rules.
//!
//! # Layout
//!
//! A file uses only files above it in this list.
//!
//! | file | content |
//! |---|---|
//! | `api/` | a thin layer over the server's C functions |
//! | `alloc` | the server's allocator as Rust's global allocator |
//! | `registry/` | every room of this process, outside the rooms: for LIST, deadlines and INFO |
//! | `state` | the state of the module in this process, apart from the rooms |
//! | `panics` | catches and logs panics |
//! | `timer` | arms the one timer for all rooms |
//! | `datatype/` | the type `live-room`: save, load, copy, free, defragment |
//! | `gone` | publishes `gone` for a key that lost its room |
//! | `pipeline` | the path of a command: writes, reads, and what follows every change |
//! | `replication` | writes from a master, the AOF or a slot migration: ROOM.APPLY, ROOM.LOAD, verbatim commands |
//! | `renames` | finds rooms that move to another key: RENAME, MOVE |
//! | `unlinked` | verifies keys that lost their rooms |
//! | `cron` | the timer's callback: runs the turns of rooms that are due |
//! | `list` | ROOM.LIST |
//! | `commands/` | registers the engine's commands and dispatches calls; `docs` gives COMMAND INFO and COMMAND DOCS |
//! | `events` | server events: load, promotion, flush, swap, slot migration |
//! | `info` | the section `room` of INFO |
//! | `settings` | `room.*` in CONFIG and as module arguments |
//!
//! One dependency would point down the list: `timer` calls `cron`. So `load` gives `timer` the callback when the module
//! loads.
//!
//! # The path of a command
//!
//! Every write takes the same steps, in this order:
//!
//! ```text
//! parse → settle due deadlines → decide → apply → replicate → signal → frame and notify → reply
//! ```
//!
//! The engine runs settle, decide and apply in one turn, and leaves the rest in an outbox. `pipeline` parses before
//! the turn and does the other steps after it. The timer runs a turn without a command. A replica applies an effect
//! without deciding. Both continue with the same steps after the turn.

mod alloc;
mod api;
mod commands;
mod cron;
mod datatype;
mod events;
mod gone;
mod info;
mod list;
mod panics;
mod pipeline;
mod rare_log;
mod registry;
mod renames;
mod replication;
mod settings;
mod state;
mod timer;
mod unlinked;

use std::ffi::c_int;

use api::{call, raw, Argv, Ctx};
use state::module;

#[global_allocator]
static ALLOC: alloc::ServerAlloc = alloc::ServerAlloc;

/// The module's version as MODULE LIST shows it. Version 1.2.3 is 10203.
const VERSION: c_int = 10_000 * number(env!("CARGO_PKG_VERSION_MAJOR"))
    + 100 * number(env!("CARGO_PKG_VERSION_MINOR"))
    + number(env!("CARGO_PKG_VERSION_PATCH"));

const fn number(text: &str) -> c_int {
    match c_int::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => 0,
    }
}

/// Called by the server when it loads the module.
///
/// # Safety
/// Only the server calls it, once, on its main thread.
#[no_mangle]
pub unsafe extern "C" fn RedisModule_OnLoad(
    ctx: *mut raw::RedisModuleCtx,
    argv: *mut *mut raw::RedisModuleString,
    argc: c_int,
) -> c_int {
    let api_version = raw::REDISMODULE_APIVER_1 as c_int;
    // SAFETY: the server passes the context. Nothing is allocated before this call, which provides the allocator.
    if unsafe { raw::Export_RedisModule_Init(ctx, c"room".as_ptr(), VERSION, api_version) } != api::OK {
        return api::ERR;
    }
    // SAFETY: the context and the arguments are valid until this returns.
    let (ctx, argv) = unsafe { (Ctx::of(ctx), Argv::borrow(argv, argc)) };
    api::create_detached_ctx(ctx);
    match load(ctx, argv) {
        Ok(()) => api::OK,
        Err(()) => {
            api::free_detached_ctx();
            api::ERR
        }
    }
}

/// Registers everything. Settings come first, because a wrong setting refuses the module, and the other registrations
/// cannot be undone.
///
/// # Errors
/// If the module cannot load. The reason is logged.
fn load(ctx: Ctx, argv: Argv<'_>) -> Result<(), ()> {
    panics::install_hook();
    timer::set_callback(Some(cron::run));
    settings::load(ctx, argv)?;
    commands::register(ctx)?;
    set_options(ctx);
    let registered =
        datatype::register(ctx) && info::register(ctx) && events::subscribe(ctx) && renames::subscribe(ctx);
    if !registered {
        api::log(
            c"warning",
            format_args!("the server lacks what the module needs: Redis 7.0 or later is needed"),
        );
        return Err(());
    }
    let flags = ctx.flags();
    let cluster = flags & raw::REDISMODULE_CTX_FLAGS_CLUSTER != 0;
    module().cluster.set(cluster);
    module().shard.set(settings::is_shard(module().settings.borrow().publish, cluster));
    if flags & (raw::REDISMODULE_CTX_FLAGS_SLAVE | raw::REDISMODULE_CTX_FLAGS_LOADING) == 0 {
        events::start_serving();
    }
    Ok(())
}

/// Sets the module's options. One call sets all of them, because each call replaces the options of the one before.
///
/// - HANDLE_IO_ERRORS: a truncated RESTORE is an error and does not abort the server.
/// - NO_IMPLICIT_SIGNAL_MODIFIED: a refused command does not break another client's WATCH.
/// - HANDLE_ATOMIC_SLOT_MIGRATION (Valkey): a slot is imported as ROOM.LOAD and ROOM.APPLY. Its rooms are not changed
///   before the import ends. An exported slot is deleted key by key.
///
/// HANDLE_REPL_ASYNC_LOAD is not set, because the registry can hold only one data set.
fn set_options(ctx: Ctx) {
    const ATOMIC_SLOT_MIGRATION: u32 = 1 << 5;
    const IN_REDIS_7_0: u32 = 0b111;
    let mut wanted =
        raw::REDISMODULE_OPTIONS_HANDLE_IO_ERRORS | raw::REDISMODULE_OPTION_NO_IMPLICIT_SIGNAL_MODIFIED;
    if api::is_valkey() && events::subscribe_to_migrations(ctx) {
        wanted |= ATOMIC_SLOT_MIGRATION;
    }
    // SAFETY: the context is that of OnLoad. The functions have no other precondition.
    unsafe {
        let known = call!(RedisModule_GetModuleOptionsAll()).map_or(IN_REDIS_7_0, |known| known as u32);
        call!(RedisModule_SetModuleOptions(ctx.as_ptr(), (wanted & known) as c_int));
    }
}
