//! What a callback may ask of the server, and the few things that need no callback.

use std::ffi::{c_char, c_int, c_void};
use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::LazyLock;

use super::{call, raw, CText, Owned, Replies, Text};

/// The context of a callback, valid until it returns.
#[derive(Clone, Copy)]
pub struct Ctx(pub(super) *mut raw::RedisModuleCtx);

/// A context of our own that outlives every callback: for log lines, timers and keys where the server gives none.
static HOME: AtomicPtr<raw::RedisModuleCtx> = AtomicPtr::new(ptr::null_mut());

/// In Valkey since 8.1, and not in the header this is built with.
static MUST_OBEY: LazyLock<Option<unsafe extern "C" fn(*mut raw::RedisModuleCtx) -> c_int>> =
    LazyLock::new(|| {
        let mut found: *mut c_void = ptr::null_mut();
        // SAFETY: the server writes a function pointer, or nothing. The type is that of Valkey's declaration.
        unsafe {
            call!(RedisModule_GetApi(
                c"RedisModule_MustObeyClient".as_ptr(),
                (&raw mut found).cast::<c_void>()
            ));
            (!found.is_null()).then(|| {
                std::mem::transmute::<*mut c_void, unsafe extern "C" fn(*mut raw::RedisModuleCtx) -> c_int>(
                    found,
                )
            })
        }
    });

/// Whether the server is Valkey, 8.1 or later.
pub fn is_valkey() -> bool {
    MUST_OBEY.is_some()
}

/// Makes the lasting context; called once, when the module loads.
pub fn set_home(ctx: Ctx) {
    // SAFETY: `ctx` is the context of OnLoad.
    if let Some(own) = unsafe { call!(RedisModule_GetDetachedThreadSafeContext(ctx.0)) } {
        HOME.store(own, Ordering::Relaxed);
    }
}

/// Gives the lasting context back to a server that unloads the module at once, because it refused to load.
pub fn drop_home() {
    let own = HOME.swap(ptr::null_mut(), Ordering::Relaxed);
    if !own.is_null() {
        // SAFETY: it came from `set_home`, and nobody holds it any more.
        unsafe { call!(RedisModule_FreeThreadSafeContext(own)) };
    }
}

/// The lasting context. Not for replies, nor for anything to be replicated.
pub fn home() -> Ctx {
    Ctx(HOME.load(Ordering::Relaxed))
}

/// Writes a line to the server's log. Never hand it what a user sent.
pub fn log(level: &'static std::ffi::CStr, line: fmt::Arguments<'_>) {
    let line = CText::of(line);
    // SAFETY: the level is one of the server's, the format takes one C string, and a null context is allowed.
    unsafe { call!(RedisModule_Log(home().0, level.as_ptr(), c"%s".as_ptr(), line.as_ptr())) };
}

/// Unix ms, as the command or timer that runs sees it.
pub fn now() -> u64 {
    // SAFETY: neither function has a precondition.
    let ms = unsafe {
        match call!(RedisModule_CachedMicroseconds()) {
            Some(us) => us / 1000,
            None => call!(RedisModule_Milliseconds()).unwrap_or(0),
        }
    };
    u64::try_from(ms).unwrap_or(0)
}

/// Unix ms by the clock, also while a command runs.
pub fn real_now() -> u64 {
    // SAFETY: the function has no precondition.
    let ms = unsafe { call!(RedisModule_Milliseconds()) };
    ms.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0)
}

/// A random number, from the server's source.
pub fn random() -> u64 {
    let mut bytes = [0u8; 8];
    // SAFETY: the server fills the eight bytes.
    unsafe { call!(RedisModule_GetRandomBytes(bytes.as_mut_ptr(), bytes.len())) };
    u64::from_le_bytes(bytes)
}

/// Whether the server must not send anything to its replicas now (CLIENT PAUSE, a failover).
pub fn paused() -> bool {
    // SAFETY: the function has no precondition.
    unsafe { call!(RedisModule_AvoidReplicaTraffic()) }.is_some_and(|avoid| avoid != 0)
}

impl Ctx {
    /// Takes the context a callback was given.
    ///
    /// # Safety
    /// `ctx` is valid until the value goes out of use.
    pub unsafe fn of(ctx: *mut raw::RedisModuleCtx) -> Ctx {
        Ctx(ctx)
    }

    /// The pointer, for what this layer does not wrap.
    pub fn as_ptr(self) -> *mut raw::RedisModuleCtx {
        self.0
    }

    /// Writes replies.
    pub fn reply(self) -> Replies {
        Replies(self.0)
    }

    /// The flags of the server and of the client.
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

    /// Selects a database; false if there is none of that number.
    pub fn select_db(self, db: u32) -> bool {
        let Ok(db) = c_int::try_from(db) else { return false };
        // SAFETY: the context is valid.
        let selected = unsafe { call!(RedisModule_SelectDb(self.0, db)) };
        selected == Some(super::OK)
    }

    /// Whether what the client sends must be obeyed: it is the master, the AOF, or a migration.
    pub fn must_obey(self) -> bool {
        let flags = self.flags();
        flags & (raw::REDISMODULE_CTX_FLAGS_REPLICATED | raw::REDISMODULE_CTX_FLAGS_LOADING) != 0
            || MUST_OBEY.is_some_and(|must_obey| {
                // SAFETY: the context is that of a command.
                unsafe { must_obey(self.0) != 0 }
            })
    }

    /// Whether the data set is being loaded.
    pub fn is_loading(self) -> bool {
        self.flags() & raw::REDISMODULE_CTX_FLAGS_LOADING != 0
    }

    /// Sends the running command on as it came.
    pub fn replicate_verbatim(self) {
        // SAFETY: the context is that of a command.
        unsafe { call!(RedisModule_ReplicateVerbatim(self.0)) };
    }

    /// Sends `command key` on, to replicas and the AOF.
    pub fn replicate_key(self, command: &'static std::ffi::CStr, key: Text<'_>) {
        // SAFETY: `s` takes a string of the server.
        unsafe { call!(RedisModule_Replicate(self.0, command.as_ptr(), c"s".as_ptr(), key.as_ptr())) };
    }

    /// Sends `command key payload` on, to replicas and the AOF.
    pub fn replicate_payload(self, command: &'static std::ffi::CStr, key: Text<'_>, payload: &[u8]) {
        // SAFETY: `s` takes a string of the server, `b` a pointer and a length.
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

    /// Publishes, and where no cluster bus does it sends the message on to the subscribers of replicas.
    pub fn publish(self, channel: Text<'_>, message: Text<'_>, shard: bool, replicate: bool) {
        // SAFETY: both strings live through the calls; in the format `s` takes a string of the server and `A` keeps
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

    /// A keyspace notification of class module.
    pub fn notify(self, event: &'static str, key: Text<'_>) {
        let event = CText::plain(event);
        let class = raw::REDISMODULE_NOTIFY_MODULE as c_int;
        // SAFETY: the event is a C string, the key lives through the call.
        unsafe { call!(RedisModule_NotifyKeyspaceEvent(self.0, class, event.as_ptr(), key.as_ptr())) };
    }

    /// Tells WATCH and client-side caches that the key changed.
    pub fn signal(self, key: Text<'_>) {
        // SAFETY: the context and the key are valid.
        unsafe { call!(RedisModule_SignalModifiedKey(self.0, key.as_ptr())) };
    }

    /// Calls `callback` once, after `delay` ms.
    pub fn start_timer(self, delay: u64, callback: raw::RedisModuleTimerProc) -> raw::RedisModuleTimerID {
        let delay = i64::try_from(delay).unwrap_or(i64::MAX);
        // SAFETY: the callback takes no data.
        unsafe { call!(RedisModule_CreateTimer(self.0, delay, callback, ptr::null_mut())) }.unwrap_or(0)
    }

    /// Takes a timer back that has not fired.
    pub fn stop_timer(self, timer: raw::RedisModuleTimerID) {
        // SAFETY: an unknown id is refused; the timer holds no data to be freed.
        unsafe { call!(RedisModule_StopTimer(self.0, timer, ptr::null_mut::<*mut c_void>())) };
    }

    /// The ACL user behind the running command; None: nobody that permissions could be asked of.
    pub fn user(self) -> Option<User> {
        // SAFETY: the context is that of a command. A script's client is found by no id, but runs as its caller; for
        // any other client the look-up by id is the one that survives a client without a user.
        unsafe {
            let name = if self.flags() & raw::REDISMODULE_CTX_FLAGS_LUA != 0 {
                call!(RedisModule_GetCurrentUserName(self.0))
            } else {
                let id = call!(RedisModule_GetClientId(self.0)).unwrap_or(0);
                call!(RedisModule_GetClientUserNameById(self.0, id))
            };
            let name = Owned::take(name?)?;
            let user = call!(RedisModule_GetModuleUserFromUserName(name.text().as_ptr()))?;
            (!user.is_null()).then_some(User(user))
        }
    }
}

/// An ACL user.
pub struct User(*mut raw::RedisModuleUser);

impl User {
    /// Whether it may read the key.
    pub fn may_read(&self, key: Text<'_>) -> bool {
        let access = raw::REDISMODULE_CMD_KEY_ACCESS as c_int;
        // SAFETY: user and key are valid.
        let answer = unsafe { call!(RedisModule_ACLCheckKeyPermissions(self.0, key.as_ptr(), access)) };
        answer.is_none_or(|answer| answer == super::OK)
    }
}

impl Drop for User {
    fn drop(&mut self) {
        // SAFETY: the handle is ours; freeing it leaves the server's own user alone.
        unsafe { call!(RedisModule_FreeModuleUser(self.0)) };
    }
}
