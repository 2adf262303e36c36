//! Strings: the server's own, borrowed or owned, the arguments of a command, and short C strings.

use std::ffi::{c_char, c_int, CStr};
use std::fmt;
use std::marker::PhantomData;
use std::ptr;
use std::slice;

use super::{call, raw};

/// A borrowed string of the server.
#[derive(Clone, Copy)]
pub struct RedisStr<'a>(*mut raw::RedisModuleString, PhantomData<&'a [u8]>);

impl<'a> RedisStr<'a> {
    /// Borrows a string. None for a null pointer.
    ///
    /// # Safety
    /// `string` is null, or a string that stays alive and unchanged for `'a`.
    pub unsafe fn borrow(string: *const raw::RedisModuleString) -> Option<RedisStr<'a>> {
        (!string.is_null()).then_some(RedisStr(string.cast_mut(), PhantomData))
    }

    /// The pointer, for a call that only reads or retains the string.
    pub fn as_ptr(self) -> *mut raw::RedisModuleString {
        self.0
    }

    /// Its bytes.
    pub fn bytes(self) -> &'a [u8] {
        let mut len = 0usize;
        // SAFETY: the string and its `len` bytes live for `'a`.
        unsafe {
            match call!(RedisModule_StringPtrLen(self.0, &mut len)) {
                Some(start) if !start.is_null() => slice::from_raw_parts(start.cast(), len),
                _ => &[],
            }
        }
    }
}

/// A string of the server that this module owns. Dropping it frees it.
pub struct RedisString(*mut raw::RedisModuleString);

impl RedisString {
    /// Copies the bytes. They need not be UTF-8, and may contain NUL.
    pub fn new(bytes: &[u8]) -> RedisString {
        // SAFETY: the server copies `len` bytes. Without a context the server does not keep track of the string.
        let string =
            unsafe { call!(RedisModule_CreateString(ptr::null_mut(), bytes.as_ptr().cast(), bytes.len())) };
        RedisString(string.unwrap_or(ptr::null_mut()))
    }

    /// Takes ownership of a string that the server created for the caller. None for a null pointer.
    ///
    /// # Safety
    /// `string` is null, or a string that the caller has to free.
    pub unsafe fn from_ptr(string: *mut raw::RedisModuleString) -> Option<RedisString> {
        (!string.is_null()).then_some(RedisString(string))
    }

    /// Borrows the string.
    pub fn as_redis_str(&self) -> RedisStr<'_> {
        RedisStr(self.0, PhantomData)
    }
}

impl Drop for RedisString {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: the string is ours, was created without a context, and is freed once.
            unsafe { call!(RedisModule_FreeString(ptr::null_mut(), self.0)) };
        }
    }
}

/// The arguments of a command. The first one is the command's name.
#[derive(Clone, Copy)]
pub struct Argv<'a>(&'a [*mut raw::RedisModuleString]);

impl<'a> Argv<'a> {
    /// Borrows the arguments that the server passes to a handler.
    ///
    /// # Safety
    /// `argv` holds `argc` strings that live for `'a`.
    pub unsafe fn borrow(argv: *mut *mut raw::RedisModuleString, argc: c_int) -> Argv<'a> {
        match usize::try_from(argc) {
            // SAFETY: the caller guarantees it.
            Ok(count) if !argv.is_null() => Argv(unsafe { slice::from_raw_parts(argv, count) }),
            _ => Argv(&[]),
        }
    }

    /// The argument at `index`; None: there are fewer arguments. Index 0 is the command's name.
    pub fn get(self, index: usize) -> Option<RedisStr<'a>> {
        self.0.get(index).map(|string| RedisStr(*string, PhantomData))
    }

    /// Calls `f` with the bytes of all arguments from index `first` on. Does not allocate for up to 12 arguments.
    pub fn with_slices<R>(self, first: usize, f: impl FnOnce(&[&'a [u8]]) -> R) -> R {
        let strings = self.0.get(first..).unwrap_or(&[]);
        let slice_of = |string: &*mut raw::RedisModuleString| RedisStr(*string, PhantomData).bytes();
        let mut few: [&'a [u8]; 12] = [&[]; 12];
        match few.get_mut(..strings.len()) {
            Some(slices) => {
                for (slot, string) in slices.iter_mut().zip(strings) {
                    *slot = slice_of(string);
                }
                f(slices)
            }
            None => f(&strings.iter().map(slice_of).collect::<Vec<_>>()),
        }
    }
}

/// A short C string, built without allocating, for replies, log lines and event names. NUL and line breaks become
/// spaces. Text that does not fit (383 bytes) is cut.
pub struct CText {
    bytes: [u8; Self::SIZE],
    len: usize,
}

impl CText {
    const SIZE: usize = 384;

    /// Formats text.
    pub fn of(text: fmt::Arguments<'_>) -> CText {
        let mut built = CText { bytes: [0; Self::SIZE], len: 0 };
        // Never fails: `write_str` cuts text that does not fit.
        let _ = fmt::Write::write_fmt(&mut built, text);
        built
    }

    /// Copies text.
    pub fn plain(text: &str) -> CText {
        let mut built = CText { bytes: [0; Self::SIZE], len: 0 };
        built.push(text);
        built
    }

    fn push(&mut self, text: &str) {
        // The last byte stays zero.
        let free = self.bytes.get_mut(self.len..Self::SIZE - 1).unwrap_or(&mut []);
        let mut written = 0;
        for (slot, byte) in free.iter_mut().zip(text.bytes()) {
            *slot = if matches!(byte, 0 | b'\r' | b'\n') { b' ' } else { byte };
            written += 1;
        }
        self.len += written;
    }

    /// The pointer that the server's functions take.
    pub fn as_ptr(&self) -> *const c_char {
        self.as_c_str().as_ptr()
    }

    fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes).unwrap_or_default()
    }
}

impl fmt::Write for CText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        Ok(())
    }
}
