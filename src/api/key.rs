//! Keys: opened by name, closed when the handle is dropped.

use std::ffi::{c_int, c_void};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::LazyLock;

use room_engine::KeyExpiry;

use super::{call, raw, Ctx, RedisStr};

/// How a key is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For a read command.
    Read,
    /// For a write command.
    Write,
    /// To look at a key's content. No statistics, no touch and no expiry, as far as the server supports that.
    Peek,
    /// For a write by the timer. It does not touch the key, so it does not protect the key from eviction.
    TimerWrite,
}

/// The flags of [`Mode::Peek`] that this server knows. Redis 7.0 cannot list its flags and knows only the first one.
static PEEK: LazyLock<u32> = LazyLock::new(|| {
    // SAFETY: the function has no precondition.
    let known = unsafe { call!(RedisModule_GetOpenKeyModesAll()) };
    let wanted = raw::REDISMODULE_OPEN_KEY_NOTOUCH | raw::REDISMODULE_OPEN_KEY_NOEFFECTS;
    wanted & known.map_or(raw::REDISMODULE_OPEN_KEY_NOTOUCH, |known| known as u32)
});

/// An open key.
pub struct Key(NonNull<raw::RedisModuleKey>);

impl Key {
    /// Opens a key. None: the key does not exist and was not opened for writing.
    pub fn open(ctx: Ctx, name: RedisStr<'_>, mode: Mode) -> Option<Key> {
        let mode = match mode {
            Mode::Read => raw::REDISMODULE_READ,
            Mode::Write => raw::REDISMODULE_READ | raw::REDISMODULE_WRITE,
            Mode::Peek => raw::REDISMODULE_READ | *PEEK,
            Mode::TimerWrite => {
                raw::REDISMODULE_READ | raw::REDISMODULE_WRITE | raw::REDISMODULE_OPEN_KEY_NOTOUCH
            }
        };
        // SAFETY: the context is valid, and the server retains the name while the key is open.
        let key = unsafe { call!(RedisModule_OpenKey(ctx.as_ptr(), name.as_ptr(), mode as c_int)) };
        NonNull::new(key?.cast()).map(Key)
    }

    fn as_ptr(&self) -> *mut raw::RedisModuleKey {
        self.0.as_ptr()
    }

    /// Whether the key has no value.
    pub fn is_empty(&self) -> bool {
        // SAFETY: the key is open.
        unsafe { call!(RedisModule_KeyType(self.as_ptr())) }
            .is_none_or(|kind| kind == raw::REDISMODULE_KEYTYPE_EMPTY as c_int)
    }

    /// The value; None: the key has no value of this module type.
    pub fn value(&self, kind: *mut raw::RedisModuleType) -> Option<NonNull<c_void>> {
        // SAFETY: the key is open. The value is read only if it is of the given type.
        unsafe {
            if call!(RedisModule_ModuleTypeGetType(self.as_ptr()))? != kind || kind.is_null() {
                return None;
            }
            NonNull::new(call!(RedisModule_ModuleTypeGetValue(self.as_ptr()))?)
        }
    }

    /// Sets the key's value to one of a module type. True: the server owns the value now. False: the caller still does.
    ///
    /// # Safety
    /// `value` is what the callbacks of `kind` expect.
    pub unsafe fn set_value(&mut self, kind: *mut raw::RedisModuleType, value: *mut c_void) -> bool {
        // SAFETY: the key is open for writing. The caller guarantees the value.
        unsafe { call!(RedisModule_ModuleTypeSetValue(self.as_ptr(), kind, value)) == Some(super::OK) }
    }

    /// Deletes the key. The server frees a large value on another thread.
    pub fn unlink(&mut self) {
        // SAFETY: the key is open for writing.
        unsafe { call!(RedisModule_UnlinkKey(self.as_ptr())) };
    }

    /// Sets when the key expires, Unix ms.
    pub fn set_expires(&mut self, at: u64) {
        let Ok(at) = i64::try_from(at) else { return };
        // SAFETY: the key is open for writing.
        unsafe { call!(RedisModule_SetAbsExpire(self.as_ptr(), at)) };
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: the key is open, and is closed once.
        unsafe { call!(RedisModule_CloseKey(self.as_ptr())) };
    }
}

/// When an open key expires. The server is asked only when the engine needs it.
#[derive(Debug)]
pub struct Expiry<'k> {
    key: *mut raw::RedisModuleKey,
    handle: PhantomData<&'k Key>,
}

impl<'k> Expiry<'k> {
    /// The expiry of a key that is mutably borrowed at the same time.
    ///
    /// # Safety
    /// The handle outlives `'k`.
    pub unsafe fn detached(key: &Key) -> Expiry<'k> {
        Expiry { key: key.as_ptr(), handle: PhantomData }
    }
}

impl KeyExpiry for Expiry<'_> {
    fn at_ms(&self) -> Option<u64> {
        // SAFETY: the handle is alive, so the key is open. The lookup does not touch the key's value.
        let at = unsafe { call!(RedisModule_GetAbsExpire(self.key)) };
        at.and_then(|at| u64::try_from(at).ok())
    }
}

/// A scan through the keys of a database. The database may change between two steps. The scan finds every key that
/// exists from its start to its end.
pub struct Scan(*mut raw::RedisModuleScanCursor);

impl Scan {
    /// Starts at the first key.
    pub fn start() -> Scan {
        // SAFETY: the function has no precondition.
        Scan(unsafe { call!(RedisModule_ScanCursorCreate()) }.unwrap_or(std::ptr::null_mut()))
    }

    /// Calls `visit` for the next few keys of the selected database. False: there are no more.
    pub fn step(&mut self, ctx: Ctx, visit: &mut dyn FnMut(RedisStr<'_>, &mut Key)) -> bool {
        unsafe extern "C" fn each(
            _ctx: *mut raw::RedisModuleCtx,
            name: *mut raw::RedisModuleString,
            key: *mut raw::RedisModuleKey,
            visit: *mut c_void,
        ) {
            // SAFETY: name and key are valid until this returns, and the server closes the key then. `visit` is the
            // reference that `step` passes on.
            unsafe {
                let (Some(name), Some(key)) = (RedisStr::borrow(name), NonNull::new(key)) else { return };
                let visit = &mut *visit.cast::<&mut dyn FnMut(RedisStr<'_>, &mut Key)>();
                visit(name, &mut ManuallyDrop::new(Key(key)));
            }
        }
        let mut visit = visit;
        // SAFETY: the cursor is ours. `visit` outlives the call, and nothing else uses it during the call.
        unsafe { call!(RedisModule_Scan(ctx.as_ptr(), self.0, Some(each), (&raw mut visit).cast())) }
            .is_some_and(|more| more != 0)
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        // SAFETY: the cursor is ours, and is destroyed once.
        unsafe { call!(RedisModule_ScanCursorDestroy(self.0)) };
    }
}
