//! Bytes to and from RDB, AOF and the digest.

use super::{call, raw, Owned, Text};

/// Reads an RDB, or a payload of RESTORE, piece by piece.
pub struct Reader {
    io: *mut raw::RedisModuleIO,
    failed: bool,
}

impl Reader {
    /// # Safety
    /// `io` is what the server gave to `rdb_load`, used until that returns.
    pub unsafe fn of(io: *mut raw::RedisModuleIO) -> Reader {
        Reader { io, failed: false }
    }

    /// The next string; None once reading has failed, which it may at any point of a truncated payload.
    pub fn next(&mut self) -> Option<Vec<u8>> {
        if self.failed {
            return None;
        }
        let mut len = 0usize;
        // SAFETY: `io` is valid. The buffer is from the server's allocator, which is this crate's global allocator
        // too: a Vec of bytes of that capacity frees it the same way. A buffer of no bytes is freed here, since a
        // Vec without capacity frees nothing.
        unsafe {
            let bytes = call!(RedisModule_LoadStringBuffer(self.io, &mut len));
            let failed = call!(RedisModule_IsIOError(self.io)).is_some_and(|error| error != 0);
            match bytes {
                Some(start) if !start.is_null() => {
                    let bytes = if len == 0 {
                        call!(RedisModule_Free(start.cast()));
                        Vec::new()
                    } else {
                        Vec::from_raw_parts(start.cast::<u8>(), len, len)
                    };
                    self.failed = failed;
                    (!failed).then_some(bytes)
                }
                _ => {
                    self.failed = true;
                    None
                }
            }
        }
    }

    /// Whether reading has failed.
    pub fn failed(&self) -> bool {
        self.failed
    }
}

/// Writes an RDB, or the commands of a rewritten AOF.
pub struct Writer(*mut raw::RedisModuleIO);

impl Writer {
    /// # Safety
    /// `io` is what the server gave to `rdb_save` or `aof_rewrite`, used until that returns.
    pub unsafe fn of(io: *mut raw::RedisModuleIO) -> Writer {
        Writer(io)
    }

    /// One string of an RDB.
    pub fn string(&mut self, bytes: &[u8]) {
        // SAFETY: the server copies `len` bytes.
        unsafe { call!(RedisModule_SaveStringBuffer(self.0, bytes.as_ptr().cast(), bytes.len())) };
    }

    /// One command of an AOF: `command key number part …`.
    pub fn command(&mut self, command: &'static std::ffi::CStr, key: Text<'_>, number: u32, parts: &[Owned]) {
        let strings: Vec<_> = parts.iter().map(|part| part.text().as_ptr()).collect();
        // SAFETY: `s` takes a string of the server, `l` a long long, `v` an array of such strings and its length,
        // as a size_t; all live through the call.
        unsafe {
            call!(RedisModule_EmitAOF(
                self.0,
                command.as_ptr(),
                c"slv".as_ptr(),
                key.as_ptr(),
                i64::from(number),
                strings.as_ptr(),
                strings.len(),
            ))
        };
    }
}

/// What DEBUG DIGEST-VALUE adds up.
pub struct Digest(*mut raw::RedisModuleDigest);

impl Digest {
    /// # Safety
    /// `digest` is what the server gave to the callback, used until that returns.
    pub unsafe fn of(digest: *mut raw::RedisModuleDigest) -> Digest {
        Digest(digest)
    }

    /// Adds bytes, in order.
    pub fn add(&mut self, bytes: &[u8]) {
        // SAFETY: the server reads `len` bytes.
        unsafe { call!(RedisModule_DigestAddStringBuffer(self.0, bytes.as_ptr().cast(), bytes.len())) };
    }

    /// Ends the ordered part.
    pub fn end(&mut self) {
        // SAFETY: the digest is valid.
        unsafe { call!(RedisModule_DigestEndSequence(self.0)) };
    }
}
