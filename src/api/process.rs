//! Functions of the server that need no callback's context: the detached context, the log, clocks and randomness.

use std::ffi::CStr;
use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::LazyLock;
use std::time::Instant;

use room_engine::server_clock::Sample;

use super::{call, raw, CText, Ctx};

/// The detached context. Null before [`create_detached_ctx`] and after [`free_detached_ctx`].
static DETACHED_CTX: AtomicPtr<raw::RedisModuleCtx> = AtomicPtr::new(ptr::null_mut());

/// Creates the detached context. Called once, when the module loads.
pub fn create_detached_ctx(ctx: Ctx) {
    // SAFETY: `ctx` is the context of OnLoad.
    if let Some(detached) = unsafe { call!(RedisModule_GetDetachedThreadSafeContext(ctx.as_ptr())) } {
        DETACHED_CTX.store(detached, Ordering::Relaxed);
    }
}

/// Frees the detached context. Called if the module refuses to load, because the server then unloads it at once.
pub fn free_detached_ctx() {
    let detached = DETACHED_CTX.swap(ptr::null_mut(), Ordering::Relaxed);
    if !detached.is_null() {
        // SAFETY: it came from `create_detached_ctx`. Loading has failed, so nothing uses it any more.
        unsafe { call!(RedisModule_FreeThreadSafeContext(detached)) };
    }
}

/// A context that outlives every callback, for log lines, timers and flags where the server gives no context. It cannot
/// reply or replicate.
pub fn detached_ctx() -> Ctx {
    // SAFETY: the context stays valid as long as the module is loaded. The server accepts a null context for log lines,
    // which are all that is written without one.
    unsafe { Ctx::of(DETACHED_CTX.load(Ordering::Relaxed)) }
}

/// Writes a line to the server's log. The line must not contain a user's text.
pub fn log(level: &'static CStr, line: fmt::Arguments<'_>) {
    let line = CText::of(line);
    let ctx = detached_ctx().as_ptr();
    // SAFETY: the level is one of the server's, the format takes one C string, and a null context is allowed.
    unsafe { call!(RedisModule_Log(ctx, level.as_ptr(), c"%s".as_ptr(), line.as_ptr())) };
}

/// Unix ms, fixed while one command or timer callback runs.
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

/// Unix ms. This clock also advances while a command runs.
fn real_now() -> u64 {
    // SAFETY: the function has no precondition.
    let ms = unsafe { call!(RedisModule_Milliseconds()) };
    ms.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0)
}

/// Ms by the monotonic clock, since the first call. It measures how long something took: setting the wall clock does not
/// change it, and it runs on while a command runs or the process is stopped.
pub fn monotonic_now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_millis() as u64
}

/// Both clocks, read at the same moment.
pub fn sample_clocks() -> Sample {
    const TRIES: u32 = 5;
    const MOMENT_MS: u64 = 5;
    let paused = replica_traffic_paused();
    let mut sample = Sample::default();
    for _ in 0..TRIES {
        let before_ms = monotonic_now();
        sample = Sample { wall_ms: real_now(), mono_ms: monotonic_now(), paused };
        // The process may be stopped between the two.
        if sample.mono_ms - before_ms <= MOMENT_MS {
            break;
        }
    }
    sample
}

/// A random number, from the server's source of randomness.
pub fn random() -> u64 {
    let mut bytes = [0u8; 8];
    // SAFETY: the server writes the eight bytes of the buffer.
    unsafe { call!(RedisModule_GetRandomBytes(bytes.as_mut_ptr(), bytes.len())) };
    u64::from_le_bytes(bytes)
}

/// Whether the server must not send anything to its replicas now (CLIENT PAUSE, a failover). Replicating from a timer
/// during that time would crash the server.
pub fn replica_traffic_paused() -> bool {
    // SAFETY: the function has no precondition.
    unsafe { call!(RedisModule_AvoidReplicaTraffic()) }.is_some_and(|avoid| avoid != 0)
}
