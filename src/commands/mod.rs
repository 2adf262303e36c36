//! Registers every command of the engine's table and dispatches each call.

mod docs;

use std::ffi::{c_int, CStr, CString};

use room_engine::command::spec::{Access, KeyUse, ParseWrite, Parser, Spec};
use room_engine::command::{commands, GROUPS};

use crate::api::{self, call, raw, Argv, Ctx};
use crate::{datatype, list, pipeline, replication};

type Handler =
    unsafe extern "C" fn(*mut raw::RedisModuleCtx, *mut *mut raw::RedisModuleString, c_int) -> c_int;

/// The command at a place of the table. None: the table is shorter.
const fn at(place: usize) -> Option<&'static Spec> {
    let mut left = place;
    let mut groups: &[&[Spec]] = &GROUPS;
    while let [group, rest @ ..] = groups {
        let mut specs = *group;
        while let [spec, rest @ ..] = specs {
            if left == 0 {
                return Some(spec);
            }
            left -= 1;
            specs = rest;
        }
        groups = rest;
    }
    None
}

/// The handler of the command at a place of the table. The compiler finds the command, so no call looks it up.
unsafe extern "C" fn handle<const PLACE: usize>(
    ctx: *mut raw::RedisModuleCtx,
    argv: *mut *mut raw::RedisModuleString,
    argc: c_int,
) -> c_int {
    // SAFETY: context and arguments are valid until this returns.
    let (ctx, argv) = unsafe { (Ctx::of(ctx), Argv::borrow(argv, argc)) };
    let Some(spec) = (const { at(PLACE) }) else { return api::ERR };
    match spec.parser {
        Parser::Write(parser) => write(ctx, parser, argv),
        Parser::Read(parser) => pipeline::read(ctx, parser, argv),
        Parser::List(parser) => list::list(ctx, parser, argv),
    }
}

/// A write command of a client runs through the pipeline. One that comes by replication, from the AOF or from a slot
/// migration is applied without deciding.
fn write(ctx: Ctx, parser: ParseWrite, argv: Argv<'_>) -> c_int {
    match replication::origin_of(ctx, argv) {
        Some(origin) => replication::verbatim(ctx, parser, argv, origin),
        None => pipeline::write(ctx, parser, argv),
    }
}

unsafe extern "C" fn apply(
    ctx: *mut raw::RedisModuleCtx,
    argv: *mut *mut raw::RedisModuleString,
    argc: c_int,
) -> c_int {
    // SAFETY: context and arguments are valid until this returns.
    let (ctx, argv) = unsafe { (Ctx::of(ctx), Argv::borrow(argv, argc)) };
    replication::apply(ctx, argv)
}

unsafe extern "C" fn load(
    ctx: *mut raw::RedisModuleCtx,
    argv: *mut *mut raw::RedisModuleString,
    argc: c_int,
) -> c_int {
    // SAFETY: context and arguments are valid until this returns.
    let (ctx, argv) = unsafe { (Ctx::of(ctx), Argv::borrow(argv, argc)) };
    replication::load(ctx, argv)
}

macro_rules! handlers {
    ($($place:literal)*) => { [$(handle::<$place> as Handler),*] };
}

static HANDLERS: [Handler; 64] = handlers!(
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
    32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63
);

const _: () = assert!(at(HANDLERS.len()).is_none(), "each command has a handler");

/// Registers all commands.
///
/// # Errors
/// The server refuses a command. The log names it.
pub fn register(ctx: Ctx) -> Result<(), ()> {
    let categories = add_category(ctx, c"room") && add_category(ctx, c"roomadmin");
    for (spec, handler) in commands().zip(HANDLERS) {
        let name = CString::new(spec.name).map_err(|_| ())?;
        let mut flags = String::from(match spec.access() {
            Access::Read => "readonly",
            Access::Write => "write",
        });
        for (set, flag) in [(spec.deny_oom, " deny-oom"), (spec.fast, " fast")] {
            if set {
                flags.push_str(flag);
            }
        }
        let has_key = spec.key_use() != KeyUse::None;
        let command = create(ctx, &name, handler, &flags, has_key).ok_or_else(|| refused(spec.name))?;
        if !docs::describe(command, spec) {
            api::log(c"warning", format_args!("{} has no documentation", spec.name));
        }
        let own = if spec.admin { "roomadmin" } else { "room" };
        categorise(command, spec, categories.then_some(own));
    }
    internal(ctx, pipeline::APPLY, apply)?;
    internal(ctx, datatype::LOAD, load)
}

/// Registers a command that carries rooms in replication and the AOF. It is not in the table, because no client sends
/// it. Redis 8 hides internal commands from clients. Other servers do not know the flag, so the handlers refuse clients
/// too.
fn internal(ctx: Ctx, name: &CStr, handler: Handler) -> Result<(), ()> {
    let command = create(ctx, name, handler, "write internal", true)
        .or_else(|| create(ctx, name, handler, "write", true))
        .ok_or_else(|| refused("an internal one"))?;
    docs::describe_internal(command);
    set_categories(command, c"write");
    Ok(())
}

fn refused(name: &str) {
    api::log(c"warning", format_args!("the server does not take the command {name}"));
}

fn create(
    ctx: Ctx,
    name: &CStr,
    handler: Handler,
    flags: &str,
    has_key: bool,
) -> Option<*mut raw::RedisModuleCommand> {
    let flags = CString::new(flags).ok()?;
    let key = c_int::from(has_key);
    // SAFETY: the context is that of OnLoad; the server copies name and flags.
    unsafe {
        let made = call!(RedisModule_CreateCommand(
            ctx.as_ptr(),
            name.as_ptr(),
            Some(handler),
            flags.as_ptr(),
            key,
            key,
            key
        ));
        if made != Some(api::OK) {
            return None;
        }
        call!(RedisModule_GetCommand(ctx.as_ptr(), name.as_ptr())).filter(|command| !command.is_null())
    }
}

/// Adds a category of the module. Servers before Redis 7.4 and Valkey 8 know none.
fn add_category(ctx: Ctx, name: &CStr) -> bool {
    // SAFETY: the context is that of OnLoad.
    unsafe { call!(RedisModule_AddACLCategory(ctx.as_ptr(), name.as_ptr())) == Some(api::OK) }
}

/// Puts a command into its categories. Service commands are in `@roomadmin` and not in `@room`, so that a gateway with
/// `+@room` cannot purge. Internal commands are in neither. `own` is None on a server without categories of modules.
fn categorise(command: *mut raw::RedisModuleCommand, spec: &Spec, own: Option<&str>) {
    let access = match spec.access() {
        Access::Read => "read",
        Access::Write => "write",
    };
    let speed = if spec.fast { "fast" } else { "slow" };
    let categories = CString::new(format!("{access} {speed} {}", own.unwrap_or_default()).trim_end());
    if !categories.is_ok_and(|categories| set_categories(command, &categories)) {
        api::log(c"warning", format_args!("{} has no ACL categories", spec.name));
    }
}

/// Sets the categories. True also when the server cannot set them.
fn set_categories(command: *mut raw::RedisModuleCommand, categories: &CStr) -> bool {
    // SAFETY: the command is registered; the server reads the text within the call.
    let set = unsafe { call!(RedisModule_SetCommandACLCategories(command, categories.as_ptr())) };
    set.is_none_or(|set| set == api::OK)
}
