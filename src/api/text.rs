//! Strings both ways: the server's, borrowed as slices, and ours, as C strings without a NUL inside.

use std::ffi::{c_char, c_int, CStr};
use std::fmt;
use std::marker::PhantomData;
use std::ptr;
use std::slice;

use super::{call, raw};

/// A string of the server, borrowed for as long as the server lends it.
#[derive(Clone, Copy)]
pub struct Text<'a>(*mut raw::RedisModuleString, PhantomData<&'a [u8]>);

impl<'a> Text<'a> {
    /// Borrows a string; None for a null pointer.
    ///
    /// # Safety
    /// `string` is null or a string that lives and stays unchanged for `'a`.
    pub unsafe fn borrow(string: *const raw::RedisModuleString) -> Option<Text<'a>> {
        (!string.is_null()).then_some(Text(string.cast_mut(), PhantomData))
    }

    /// The pointer, for a call that only reads or retains it.
    pub fn as_ptr(self) -> *mut raw::RedisModuleString {
        self.0
    }

    /// Its bytes.
    pub fn bytes(self) -> &'a [u8] {
        let mut len = 0usize;
        // SAFETY: the string lives for `'a`, and so do the `len` bytes the server points at.
        unsafe {
            match call!(RedisModule_StringPtrLen(self.0, &mut len)) {
                Some(start) if !start.is_null() => slice::from_raw_parts(start.cast(), len),
                _ => &[],
            }
        }
    }
}

/// A string of the server made by us, freed when it goes.
pub struct Owned(*mut raw::RedisModuleString);

impl Owned {
    /// Copies the bytes, whatever they are.
    pub fn new(bytes: &[u8]) -> Owned {
        // SAFETY: the server copies `len` bytes; without a context nothing else keeps the string.
        let string =
            unsafe { call!(RedisModule_CreateString(ptr::null_mut(), bytes.as_ptr().cast(), bytes.len())) };
        Owned(string.unwrap_or(ptr::null_mut()))
    }

    /// Takes over a string the server made for us.
    ///
    /// # Safety
    /// `string` is null or ours to free.
    pub unsafe fn take(string: *mut raw::RedisModuleString) -> Option<Owned> {
        (!string.is_null()).then_some(Owned(string))
    }

    /// The string, borrowed.
    pub fn text(&self) -> Text<'_> {
        Text(self.0, PhantomData)
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: the string is ours, made without a context, and nobody frees it twice.
            unsafe { call!(RedisModule_FreeString(ptr::null_mut(), self.0)) };
        }
    }
}

/// A command's arguments, its name first.
#[derive(Clone, Copy)]
pub struct Argv<'a>(&'a [*mut raw::RedisModuleString]);

impl<'a> Argv<'a> {
    /// Borrows what the server hands to a handler.
    ///
    /// # Safety
    /// `argv` holds `argc` strings that live for `'a`.
    pub unsafe fn borrow(argv: *mut *mut raw::RedisModuleString, argc: c_int) -> Argv<'a> {
        match usize::try_from(argc) {
            // SAFETY: promised by the caller.
            Ok(count) if !argv.is_null() => Argv(unsafe { slice::from_raw_parts(argv, count) }),
            _ => Argv(&[]),
        }
    }

    /// The argument at `place`; 0 is the command's name.
    pub fn get(self, place: usize) -> Option<Text<'a>> {
        self.0.get(place).map(|string| Text(*string, PhantomData))
    }

    /// Hands the bytes of all arguments from `first` on to `take`, without an allocation when they are few.
    pub fn with_slices<R>(self, first: usize, take: impl FnOnce(&[&'a [u8]]) -> R) -> R {
        let strings = self.0.get(first..).unwrap_or(&[]);
        let slice_of = |string: &*mut raw::RedisModuleString| Text(*string, PhantomData).bytes();
        let mut few: [&'a [u8]; 12] = [&[]; 12];
        match few.get_mut(..strings.len()) {
            Some(slices) => {
                for (slot, string) in slices.iter_mut().zip(strings) {
                    *slot = slice_of(string);
                }
                take(slices)
            }
            None => take(&strings.iter().map(slice_of).collect::<Vec<_>>()),
        }
    }
}

/// A short C string built in place, for replies, log lines and event names: no NUL inside, one line, cut where it
/// does not fit.
pub struct CText {
    bytes: [u8; Self::SIZE],
    len: usize,
}

impl CText {
    const SIZE: usize = 384;

    /// Formats into a new one.
    pub fn of(text: fmt::Arguments<'_>) -> CText {
        let mut built = CText { bytes: [0; Self::SIZE], len: 0 };
        // Never fails: what does not fit is cut.
        let _ = fmt::Write::write_fmt(&mut built, text);
        built
    }

    /// The same for text as it is.
    pub fn plain(text: &str) -> CText {
        let mut built = CText { bytes: [0; Self::SIZE], len: 0 };
        built.push(text);
        built
    }

    fn push(&mut self, text: &str) {
        // The last byte stays zero.
        let room = self.bytes.get_mut(self.len..Self::SIZE - 1).unwrap_or(&mut []);
        let mut written = 0;
        for (slot, byte) in room.iter_mut().zip(text.bytes()) {
            *slot = if matches!(byte, 0 | b'\r' | b'\n') { b' ' } else { byte };
            written += 1;
        }
        self.len += written;
    }

    /// As the server takes it.
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
