//! A module whose commands do almost nothing: the minimal cost of a write command of a module. `NOOP.OPEN key …` opens
//! its key for writing and replies with an integer. `NOOP.SEND key …` is also replicated verbatim. Only the benchmark
//! loads it.

use redis_module::raw;
use std::ffi::{c_int, CStr};

/// The return values of the handlers.
const OK: c_int = raw::REDISMODULE_OK as c_int;
const ERR: c_int = raw::REDISMODULE_ERR as c_int;

/// Calls a function of the module API, if this server has it. Each use is in an `unsafe` block with its reason.
macro_rules! call {
    ($name:ident($($arg:expr),* $(,)?)) => {
        match raw::$name {
            Some(function) => Some(function($($arg),*)),
            None => None,
        }
    };
}

/// Opens the key as a write command does, closes it and replies.
///
/// # Safety
/// Only the server may call it, with a context and arguments that are valid until it returns.
unsafe extern "C" fn open(
    ctx: *mut raw::RedisModuleCtx,
    argv: *mut *mut raw::RedisModuleString,
    argc: c_int,
) -> c_int {
    const WRITE: c_int = (raw::REDISMODULE_READ | raw::REDISMODULE_WRITE) as c_int;
    // SAFETY: `argc` says that the second argument exists. The key is closed once.
    unsafe {
        if argc < 2 {
            call!(RedisModule_WrongArity(ctx));
            return OK;
        }
        if let Some(key) = call!(RedisModule_OpenKey(ctx, *argv.add(1), WRITE)) {
            call!(RedisModule_CloseKey(key.cast()));
        }
        call!(RedisModule_ReplyWithLongLong(ctx, 1));
    }
    OK
}

/// Like [`open`], and replicates the command.
///
/// # Safety
/// Like [`open`].
unsafe extern "C" fn send(
    ctx: *mut raw::RedisModuleCtx,
    argv: *mut *mut raw::RedisModuleString,
    argc: c_int,
) -> c_int {
    // SAFETY: the arguments are passed on as the server gave them.
    unsafe {
        call!(RedisModule_ReplicateVerbatim(ctx));
        open(ctx, argv, argc)
    }
}

/// The server calls this when it loads the module.
///
/// # Safety
/// Only the server may call it, once, on its main thread.
#[no_mangle]
pub unsafe extern "C" fn RedisModule_OnLoad(
    ctx: *mut raw::RedisModuleCtx,
    _argv: *mut *mut raw::RedisModuleString,
    _argc: c_int,
) -> c_int {
    let handlers: [(&CStr, raw::RedisModuleCmdFunc); 2] =
        [(c"noop.open", Some(open)), (c"noop.send", Some(send))];
    // SAFETY: the context is the server's. The server copies names and flags.
    unsafe {
        let version = raw::REDISMODULE_APIVER_1 as c_int;
        if raw::Export_RedisModule_Init(ctx, c"noop".as_ptr(), 1, version) != OK {
            return ERR;
        }
        // The room module sets this option too: closing an unchanged key signals nothing.
        let options = raw::REDISMODULE_OPTION_NO_IMPLICIT_SIGNAL_MODIFIED as c_int;
        call!(RedisModule_SetModuleOptions(ctx, options));
        for (name, handler) in handlers {
            let flags = c"write deny-oom fast".as_ptr();
            let created = call!(RedisModule_CreateCommand(ctx, name.as_ptr(), handler, flags, 1, 1, 1));
            if created != Some(OK) {
                return ERR;
            }
        }
    }
    OK
}
