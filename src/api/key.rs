//! Keys: opened, looked into, closed when the handle goes.

use std::ffi::{c_int, c_void};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::LazyLock;

use room_engine::env::KeyExpiry;

use super::{call, raw, Ctx, Text};

/// How a key is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// For a read command.
    Read,
    /// For a write command.
    Write,
    /// To verify what a key holds, without a trace: no statistics, no touch, no expiry.
    Peek,
    /// For a timer's write: a timer keeps no key from being evicted.
    Tend,
}

/// The flags for [`Mode::Peek`] that this server knows; 7.0 cannot say and knows the first only.
static PEEK: LazyLock<u32> = LazyLock::new(|| {
    // SAFETY: the function has no precondition.
    let known = unsafe { call!(RedisModule_GetOpenKeyModesAll()) };
    let wanted = raw::REDISMODULE_OPEN_KEY_NOTOUCH | raw::REDISMODULE_OPEN_KEY_NOEFFECTS;
    wanted & known.map_or(raw::REDISMODULE_OPEN_KEY_NOTOUCH, |known| known as u32)
});

/// An open key.
pub struct Key(NonNull<raw::RedisModuleKey>);

impl Key {
    /// Opens a key; None: there is none (and it was not opened for writing).
    pub fn open(ctx: Ctx, name: Text<'_>, mode: Mode) -> Option<Key> {
        let mode = match mode {
            Mode::Read => raw::REDISMODULE_READ,
            Mode::Write => raw::REDISMODULE_READ | raw::REDISMODULE_WRITE,
            Mode::Peek => raw::REDISMODULE_READ | *PEEK,
            Mode::Tend => raw::REDISMODULE_READ | raw::REDISMODULE_WRITE | raw::REDISMODULE_OPEN_KEY_NOTOUCH,
        };
        // SAFETY: the context is valid, and the server retains the name while the key is open.
        let key = unsafe { call!(RedisModule_OpenKey(ctx.0, name.as_ptr(), mode as c_int)) };
        NonNull::new(key?.cast()).map(Key)
    }

    fn as_ptr(&self) -> *mut raw::RedisModuleKey {
        self.0.as_ptr()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        // SAFETY: the key is open.
        unsafe { call!(RedisModule_KeyType(self.as_ptr())) }
            .is_none_or(|kind| kind == raw::REDISMODULE_KEYTYPE_EMPTY as c_int)
    }

    /// The value, if it is of this module type.
    pub fn value(&self, kind: *mut raw::RedisModuleType) -> Option<NonNull<c_void>> {
        // SAFETY: the key is open; the value is asked for only if the type is ours.
        unsafe {
            if call!(RedisModule_ModuleTypeGetType(self.as_ptr()))? != kind || kind.is_null() {
                return None;
            }
            NonNull::new(call!(RedisModule_ModuleTypeGetValue(self.as_ptr()))?)
        }
    }

    /// Sets a value of a module type, and hands it to the server; false: it is still the caller's.
    ///
    /// # Safety
    /// `value` is what the callbacks of `kind` expect.
    pub unsafe fn set_value(&mut self, kind: *mut raw::RedisModuleType, value: *mut c_void) -> bool {
        // SAFETY: the key is open for writing; the value is promised by the caller.
        unsafe { call!(RedisModule_ModuleTypeSetValue(self.as_ptr(), kind, value)) == Some(super::OK) }
    }

    /// Deletes the key; a large value is freed on another thread.
    pub fn unlink(&mut self) {
        // SAFETY: the key is open for writing.
        unsafe { call!(RedisModule_UnlinkKey(self.as_ptr())) };
    }

    /// Sets when it expires, Unix ms.
    pub fn set_expires(&mut self, at: u64) {
        let Ok(at) = i64::try_from(at) else { return };
        // SAFETY: the key is open for writing.
        unsafe { call!(RedisModule_SetAbsExpire(self.as_ptr(), at)) };
    }
}

/// When an open key expires. It is looked up when somebody asks.
#[derive(Debug)]
pub struct Expiry<'k> {
    key: *mut raw::RedisModuleKey,
    handle: PhantomData<&'k Key>,
}

impl<'k> Expiry<'k> {
    /// The expiry of a key that is borrowed for something else at the same time.
    ///
    /// # Safety
    /// `'k` does not outlive the handle.
    pub unsafe fn detached(key: &Key) -> Expiry<'k> {
        Expiry { key: key.as_ptr(), handle: PhantomData }
    }
}

impl KeyExpiry for Expiry<'_> {
    fn at_ms(&self) -> Option<u64> {
        // SAFETY: the handle lives, so the key is open. The lookup does not touch the key's value.
        let at = unsafe { call!(RedisModule_GetAbsExpire(self.key)) };
        at.and_then(|at| u64::try_from(at).ok())
    }
}

/// A walk through the keys of a database, which goes on while they change: each that is there throughout is met.
pub struct Scan(*mut raw::RedisModuleScanCursor);

impl Scan {
    /// From the first key.
    pub fn start() -> Scan {
        // SAFETY: the function has no precondition.
        Scan(unsafe { call!(RedisModule_ScanCursorCreate()) }.unwrap_or(std::ptr::null_mut()))
    }

    /// Looks at the next few keys of the selected database; false: these were the last.
    pub fn step(&mut self, ctx: Ctx, look: &mut dyn FnMut(Text<'_>, &mut Key)) -> bool {
        unsafe extern "C" fn each(
            _ctx: *mut raw::RedisModuleCtx,
            name: *mut raw::RedisModuleString,
            key: *mut raw::RedisModuleKey,
            look: *mut c_void,
        ) {
            // SAFETY: name and key are the server's until this returns, which closes the key; `look` is the reference
            // that `step` hands on.
            unsafe {
                let (Some(name), Some(key)) = (Text::borrow(name), NonNull::new(key)) else { return };
                let look = &mut *look.cast::<&mut dyn FnMut(Text<'_>, &mut Key)>();
                look(name, &mut ManuallyDrop::new(Key(key)));
            }
        }
        let mut look = look;
        // SAFETY: the cursor is ours; `look` outlives the call, which is the only one to use it.
        unsafe { call!(RedisModule_Scan(ctx.0, self.0, Some(each), (&raw mut look).cast())) }
            .is_some_and(|more| more != 0)
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        // SAFETY: the cursor is ours, and destroyed once.
        unsafe { call!(RedisModule_ScanCursorDestroy(self.0)) };
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: the key is open, and closed once.
        unsafe { call!(RedisModule_CloseKey(self.as_ptr())) };
    }
}
