//! redis-room: a Redis module in which one key is one live room.
//!
//! Here is only the glue between the server and [`room_engine`], where everything is that a room is and may do.
//!
//! # Layout
//!
//! | file | what is there |
//! |---|---|
//! | `pipeline` | the one way through, for writes, for reads, and what follows every change |
//! | `commands` | registers the engine's table of commands; `commands/docs` is COMMAND DOCS |
//! | `replication` | what replicas and the AOF bring: ROOM.APPLY, ROOM.LOAD |
//! | `datatype` | the type `live-room`: save, load, copy, free |
//! | `defrag` | moves rooms in memory |
//! | `registry` | every room of this process: LIST, deadlines, sums; outside the rooms |
//! | `events` | what the server tells: load, promotion, flush, swap |
//! | `renames` | rooms that come under another key: RENAME, MOVE |
//! | `timer` | the one timer: rooms that are due, keys to verify |
//! | `list` | ROOM.LIST |
//! | `info` | INFO room |
//! | `settings` | `room.*` in CONFIG, and module arguments |
//! | `server` | what the process knows beside its rooms |
//! | `panics` | the hook, and the guard around everything that could |
//! | `alloc` | the server's allocator as Rust's |
//! | `api` | a thin layer over the server's C functions |
//!
//! # One way through
//!
//! Every command runs the same steps, in this order:
//!
//! ```text
//! parse → settle what is due → decide → apply → replicate → signal → frames and notifications → reply
//! ```
//!
//! The engine does the second to fourth in one turn and leaves the rest in an outbox; [`pipeline`] does the first and
//! the rest. The timer runs a turn without a command, a replica applies the effect without deciding; both go on the
//! same way.

mod alloc;
mod api;
mod commands;
mod datatype;
mod defrag;
mod events;
mod info;
mod list;
mod panics;
mod pipeline;
mod registry;
mod renames;
mod replication;
mod server;
mod settings;
mod timer;

use std::ffi::c_int;

use api::{call, raw, Argv, Ctx};
use server::server;

#[global_allocator]
static ALLOC: alloc::ServerAlloc = alloc::ServerAlloc;

/// Version of the module as MODULE LIST shows it: 1.2.3 is 10203.
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
    // SAFETY: the context is the server's. Nothing is allocated before this: it brings the allocator.
    if unsafe { raw::Export_RedisModule_Init(ctx, c"room".as_ptr(), VERSION, api_version) } != api::OK {
        return api::ERR;
    }
    // SAFETY: context and arguments are valid until this returns.
    let (ctx, argv) = unsafe { (Ctx::of(ctx), Argv::borrow(argv, argc)) };
    api::set_home(ctx);
    match load(ctx, argv) {
        Ok(()) => api::OK,
        Err(()) => {
            api::drop_home();
            api::ERR
        }
    }
}

/// Settings first: they may refuse the module, and what follows could not be taken back.
fn load(ctx: Ctx, argv: Argv<'_>) -> Result<(), ()> {
    panics::install_hook();
    settings::load(ctx, argv)?;
    commands::register(ctx)?;
    set_options(ctx);
    let registered =
        datatype::register(ctx) && info::register(ctx) && events::subscribe(ctx) && renames::follow(ctx);
    if !registered {
        api::log(
            c"warning",
            format_args!("the server lacks what the module needs: Redis 7.0 or later is needed"),
        );
        return Err(());
    }
    let flags = ctx.flags();
    let cluster = flags & raw::REDISMODULE_CTX_FLAGS_CLUSTER != 0;
    server().cluster.set(cluster);
    server().shard.set(settings::is_shard(server().settings.borrow().publish, cluster));
    if flags & (raw::REDISMODULE_CTX_FLAGS_SLAVE | raw::REDISMODULE_CTX_FLAGS_LOADING) == 0 {
        events::serve();
    }
    Ok(())
}

/// Once and all together: each call replaces what was set before.
///
/// HANDLE_IO_ERRORS: a truncated RESTORE is an error and no abort. NO_IMPLICIT_SIGNAL_MODIFIED: a command that was
/// refused breaks nobody's WATCH. Valkey's HANDLE_ATOMIC_SLOT_MIGRATION: a slot arrives as ROOM.LOAD and ROOM.APPLY, is
/// left alone until it has come, and leaves as deleted keys. Not HANDLE_REPL_ASYNC_LOAD: the registry keeps one data
/// set.
fn set_options(ctx: Ctx) {
    const ATOMIC_SLOT_MIGRATION: u32 = 1 << 5;
    const IN_REDIS_7_0: u32 = 0b111;
    let mut wanted =
        raw::REDISMODULE_OPTIONS_HANDLE_IO_ERRORS | raw::REDISMODULE_OPTION_NO_IMPLICIT_SIGNAL_MODIFIED;
    if api::is_valkey() && events::subscribe_to_migrations(ctx) {
        wanted |= ATOMIC_SLOT_MIGRATION;
    }
    // SAFETY: neither function has a precondition beside the context, which is that of OnLoad.
    unsafe {
        let known = call!(RedisModule_GetModuleOptionsAll()).map_or(IN_REDIS_7_0, |known| known as u32);
        call!(RedisModule_SetModuleOptions(ctx.as_ptr(), (wanted & known) as c_int));
    }
}
