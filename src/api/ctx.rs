//! The context of a callback, and what can be done with it.

use std::ffi::{c_char, c_int, c_void, CStr};
use std::ptr;
use std::sync::LazyLock;

use super::{call, raw, CText, RedisStr, Replies};

/// The context that the server passes to a callback. It is valid until the callback returns.
#[derive(Clone, Copy)]
pub struct Ctx(*mut raw::RedisModuleCtx);

type MustObeyClient = unsafe extern "C" fn(*mut raw::RedisModuleCtx) -> c_int;

/// A function of Valkey since 8.1. The header that this crate is built with does not declare it.
static MUST_OBEY_CLIENT: LazyLock<Option<MustObeyClient>> = LazyLock::new(|| {
    let mut found: *mut c_void = ptr::null_mut();
    // SAFETY: the server writes a function pointer, or nothing. The type is that of Valkey's declaration.
    unsafe {
        call!(RedisModule_GetApi(c"RedisModule_MustObeyClient".as_ptr(), (&raw mut found).cast::<c_void>()));
        (!found.is_null()).then(|| std::mem::transmute::<*mut c_void, MustObeyClient>(found))
    }
});

/// Whether the server is Valkey, 8.1 or later.
pub fn is_valkey() -> bool {
    MUST_OBEY_CLIENT.is_some()
}

impl Ctx {
    /// Wraps the context that a callback was given.
    ///
    /// # Safety
    /// `ctx` stays valid as long as the value is used.
    pub unsafe fn of(ctx: *mut raw::RedisModuleCtx) -> Ctx {
        Ctx(ctx)
    }

    /// The pointer, for functions that this layer does not wrap.
    pub fn as_ptr(self) -> *mut raw::RedisModuleCtx {
        self.0
    }

    /// Writes the replies of the running command.
    pub fn reply(self) -> Replies {
        Replies::new(self)
    }

    /// `REDISMODULE_CTX_FLAGS_*` of the server and the client. 0 if the server cannot tell.
    pub fn flags(self) -> u32 {
        // SAFETY: the context is valid.
        let flags = unsafe { call!(RedisModule_GetContextFlags(self.0)) };
        flags.map_or(0, |flags| flags as u32)
    }

    /// The selected database.
    pub fn db(self) -> u32 {
        // SAFETY: the context is valid.
        let db = unsafe { call!(RedisModule_GetSelectedDb(self.0)) };
        db.and_then(|db| u32::try_from(db).ok()).unwrap_or(0)
    }

    /// Selects a database. False: the server has no database of that number.
    pub fn select_db(self, db: u32) -> bool {
        let Ok(db) = c_int::try_from(db) else { return false };
        // SAFETY: the context is valid.
        let selected = unsafe { call!(RedisModule_SelectDb(self.0, db)) };
        selected == Some(super::OK)
    }

    /// Whether the client's commands must be obeyed: it is the master, the AOF, or a slot migration.
    pub fn must_obey(self) -> bool {
        let flags = self.flags();
        flags & (raw::REDISMODULE_CTX_FLAGS_REPLICATED | raw::REDISMODULE_CTX_FLAGS_LOADING) != 0
            || MUST_OBEY_CLIENT.is_some_and(|must_obey| {
                // SAFETY: the context is that of a command.
                unsafe { must_obey(self.0) != 0 }
            })
    }

    /// Whether the server is loading its data.
    pub fn is_loading(self) -> bool {
        self.flags() & raw::REDISMODULE_CTX_FLAGS_LOADING != 0
    }

    /// Replicates the running command as it was received, to replicas and the AOF.
    pub fn replicate_verbatim(self) {
        // SAFETY: the context is that of a command.
        unsafe { call!(RedisModule_ReplicateVerbatim(self.0)) };
    }

    /// Replicates `command key`, to replicas and the AOF.
    pub fn replicate_key(self, command: &'static CStr, key: RedisStr<'_>) {
        // SAFETY: the format `s` takes a string of the server, and the key lives through the call.
        unsafe { call!(RedisModule_Replicate(self.0, command.as_ptr(), c"s".as_ptr(), key.as_ptr())) };
    }

    /// Replicates `command key payload`, to replicas and the AOF.
    pub fn replicate_payload(self, command: &'static CStr, key: RedisStr<'_>, payload: &[u8]) {
        // SAFETY: the format `s` takes a string of the server, `b` a pointer and a length. Both live through the call.
        unsafe {
            call!(RedisModule_Replicate(
                self.0,
                command.as_ptr(),
                c"sb".as_ptr(),
                key.as_ptr(),
                payload.as_ptr().cast::<c_char>(),
                payload.len(),
            ))
        };
    }

    /// Publishes a message by PUBLISH, or by SPUBLISH if `shard` is true. With `replicate`, the publish is replicated
    /// to replicas too, for their own subscribers. A cluster does not need that, because its bus carries the message.
    pub fn publish(self, channel: RedisStr<'_>, message: RedisStr<'_>, shard: bool, replicate: bool) {
        // SAFETY: both strings live through the calls. In the format, `s` takes a string of the server, and `A` keeps
        // the command out of the AOF.
        unsafe {
            let command = if shard {
                call!(RedisModule_PublishMessageShard(self.0, channel.as_ptr(), message.as_ptr()));
                c"SPUBLISH"
            } else {
                call!(RedisModule_PublishMessage(self.0, channel.as_ptr(), message.as_ptr()));
                c"PUBLISH"
            };
            if replicate {
                call!(RedisModule_Replicate(
                    self.0,
                    command.as_ptr(),
                    c"ssA".as_ptr(),
                    channel.as_ptr(),
                    message.as_ptr(),
                ));
            }
        }
    }

    /// Sends a keyspace notification of class `module`.
    pub fn notify(self, event: &'static str, key: RedisStr<'_>) {
        let event = CText::plain(event);
        let class = raw::REDISMODULE_NOTIFY_MODULE as c_int;
        // SAFETY: the event is a C string, and the key lives through the call.
        unsafe { call!(RedisModule_NotifyKeyspaceEvent(self.0, class, event.as_ptr(), key.as_ptr())) };
    }

    /// Signals that the key changed, to WATCH and to client-side caches.
    pub fn signal_modified(self, key: RedisStr<'_>) {
        // SAFETY: the context is valid, and the key lives through the call.
        unsafe { call!(RedisModule_SignalModifiedKey(self.0, key.as_ptr())) };
    }

    /// Starts a timer that calls `callback` once, after `delay` ms. Returns its id, 0 if there is none.
    pub fn start_timer(self, delay: u64, callback: raw::RedisModuleTimerProc) -> raw::RedisModuleTimerID {
        let delay = i64::try_from(delay).unwrap_or(i64::MAX);
        // SAFETY: the context is valid during the call, and the callback takes no data.
        unsafe { call!(RedisModule_CreateTimer(self.0, delay, callback, ptr::null_mut())) }.unwrap_or(0)
    }

    /// Stops a timer that has not fired.
    pub fn stop_timer(self, timer: raw::RedisModuleTimerID) {
        // SAFETY: the server refuses an id that it does not know. The timer has no data to free.
        unsafe { call!(RedisModule_StopTimer(self.0, timer, ptr::null_mut::<*mut c_void>())) };
    }
}
