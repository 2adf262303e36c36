//! The floor under every write of a module: `NOOP.OPEN key …` opens its key for writing and replies an integer,
//! `NOOP.SEND key …` is also sent on to replicas and the AOF as it came. Only the benchmark loads it.

use redis_module::raw;
use std::ffi::{c_int, CStr};

/// What the handlers return.
const OK: c_int = raw::REDISMODULE_OK as c_int;
const ERR: c_int = raw::REDISMODULE_ERR as c_int;

/// Calls a function of the server, if this server has it. Used within `unsafe`, where the reason stands.
macro_rules! call {
    ($name:ident($($arg:expr),* $(,)?)) => {
        match raw::$name {
            Some(function) => Some(function($($arg),*)),
            None => None,
        }
    };
}

/// Opens the key as a write command does, closes it, replies.
///
/// # Safety
/// The server calls it with a context and arguments that are valid until it returns.
unsafe extern "C" fn open(
    ctx: *mut raw::RedisModuleCtx,
    argv: *mut *mut raw::RedisModuleString,
    argc: c_int,
) -> c_int {
    const WRITE: c_int = (raw::REDISMODULE_READ | raw::REDISMODULE_WRITE) as c_int;
    // SAFETY: the second argument is there if there are two, and the key is closed once.
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

/// The same, and sent on.
///
/// # Safety
/// As of [`open`].
unsafe extern "C" fn send(
    ctx: *mut raw::RedisModuleCtx,
    argv: *mut *mut raw::RedisModuleString,
    argc: c_int,
) -> c_int {
    // SAFETY: handed on as the server gave it.
    unsafe {
        call!(RedisModule_ReplicateVerbatim(ctx));
        open(ctx, argv, argc)
    }
}

/// Called by the server when it loads the module.
///
/// # Safety
/// Only the server calls it, once, on its main thread.
#[no_mangle]
pub unsafe extern "C" fn RedisModule_OnLoad(
    ctx: *mut raw::RedisModuleCtx,
    _argv: *mut *mut raw::RedisModuleString,
    _argc: c_int,
) -> c_int {
    let handlers: [(&CStr, raw::RedisModuleCmdFunc); 2] =
        [(c"noop.open", Some(open)), (c"noop.send", Some(send))];
    // SAFETY: the context is the server's; it copies names and flags.
    unsafe {
        let version = raw::REDISMODULE_APIVER_1 as c_int;
        if raw::Export_RedisModule_Init(ctx, c"noop".as_ptr(), 1, version) != OK {
            return ERR;
        }
        // Like the module it stands beside: closing a key that nothing changed signals nothing.
        let options = raw::REDISMODULE_OPTION_NO_IMPLICIT_SIGNAL_MODIFIED as c_int;
        call!(RedisModule_SetModuleOptions(ctx, options));
        for (name, handler) in handlers {
            let flags = c"write deny-oom fast".as_ptr();
            let made = call!(RedisModule_CreateCommand(ctx, name.as_ptr(), handler, flags, 1, 1, 1));
            if made != Some(OK) {
                return ERR;
            }
        }
    }
    OK
}
