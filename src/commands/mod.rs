//! Registers every command of the engine's table, and hands each call to its way.

mod docs;

use std::ffi::{c_int, CString};

use room_engine::table::{self, Access, Spec, Verb};

use crate::api::{self, call, raw, Argv, Ctx};
use crate::{list, pipeline, replication};

type Handler =
    unsafe extern "C" fn(*mut raw::RedisModuleCtx, *mut *mut raw::RedisModuleString, c_int) -> c_int;

/// The handler of the command at a place of the table: the place is known at compile time, so that no call looks its
/// command up.
unsafe extern "C" fn handle<const PLACE: usize>(
    ctx: *mut raw::RedisModuleCtx,
    argv: *mut *mut raw::RedisModuleString,
    argc: c_int,
) -> c_int {
    // SAFETY: context and arguments are valid until this returns.
    let (ctx, argv) = unsafe { (Ctx::of(ctx), Argv::borrow(argv, argc)) };
    let Some(spec) = (const { table::at(PLACE) }) else { return api::ERR };
    match (spec.verb, spec.access) {
        (Verb::List, _) => list::list(ctx, argv),
        (Verb::Apply, _) => replication::apply(ctx, argv),
        (Verb::Load, _) => replication::load(ctx, argv),
        (verb, Access::Write) => pipeline::write(ctx, verb, argv),
        (verb, Access::Read) => pipeline::read(ctx, verb, argv),
    }
}

macro_rules! handlers {
    ($($place:literal)*) => { [$(handle::<$place> as Handler),*] };
}

static HANDLERS: [Handler; 64] = handlers!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
    32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63
);

const _: () = assert!(table::at(HANDLERS.len()).is_none(), "one handler a command");

/// Registers all; Err: the server refuses one, logged.
pub fn register(ctx: Ctx) -> Result<(), ()> {
    let categories = add_category(ctx, c"room") && add_category(ctx, c"roomadmin");
    for (spec, handler) in table::commands().chain(table::INTERNAL).zip(HANDLERS) {
        let name = CString::new(spec.name).map_err(|_| ())?;
        if create(ctx, spec, &name, handler) {
            // SAFETY: the context is that of OnLoad, the name that of the command just made.
            let command = unsafe { call!(RedisModule_GetCommand(ctx.as_ptr(), name.as_ptr())) };
            if let Some(command) = command.filter(|command| !command.is_null()) {
                if !docs::describe(command, spec) {
                    api::log(c"warning", format_args!("{} goes without documentation", spec.name));
                }
                categorise(command, spec, categories);
                continue;
            }
        }
        api::log(c"warning", format_args!("the server does not take the command {}", spec.name));
        return Err(());
    }
    Ok(())
}

fn create(ctx: Ctx, spec: &Spec, name: &std::ffi::CStr, handler: Handler) -> bool {
    let mut flags = String::from(match spec.access {
        Access::Read => "readonly",
        Access::Write => "write",
    });
    for (set, flag) in [(spec.deny_oom, " deny-oom"), (spec.fast, " fast")] {
        if set {
            flags.push_str(flag);
        }
    }
    let first = c_int::from(spec.verb != Verb::List);
    let attempt = |flags: String| {
        let Ok(flags) = CString::new(flags) else { return false };
        // SAFETY: the context is that of OnLoad; the server copies name and flags.
        let made = unsafe {
            call!(RedisModule_CreateCommand(
                ctx.as_ptr(),
                name.as_ptr(),
                Some(handler),
                flags.as_ptr(),
                first,
                first,
                first
            ))
        };
        made == Some(api::OK)
    };
    // Redis 8 hides internal commands altogether; other servers refuse the flag.
    (spec.internal && attempt(format!("{flags} internal"))) || attempt(flags)
}

/// A category of our own, since Redis 7.4 and Valkey 8.
fn add_category(ctx: Ctx, name: &std::ffi::CStr) -> bool {
    // SAFETY: the context is that of OnLoad.
    unsafe { call!(RedisModule_AddACLCategory(ctx.as_ptr(), name.as_ptr())) == Some(api::OK) }
}

/// Service commands are in `@roomadmin` and not in `@room`, so that a gateway with `+@room` cannot purge; internal ones
/// are in neither.
fn categorise(command: *mut raw::RedisModuleCommand, spec: &Spec, own: bool) {
    let mut categories = match spec.access {
        Access::Read => "read".to_owned(),
        Access::Write => "write".to_owned(),
    };
    categories.push_str(if spec.fast { " fast" } else { " slow" });
    if own && !spec.internal {
        categories.push_str(if spec.admin { " roomadmin" } else { " room" });
    }
    let Ok(categories) = CString::new(categories) else { return };
    // SAFETY: the command is registered; the server reads the text within the call.
    let set = unsafe { call!(RedisModule_SetCommandACLCategories(command, categories.as_ptr())) };
    if set.is_some_and(|set| set != api::OK) {
        api::log(c"warning", format_args!("{} goes without its ACL categories", spec.name));
    }
}
