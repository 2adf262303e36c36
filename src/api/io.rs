//! Bytes from and to RDB, AOF and the digest.

use std::ffi::CStr;

use super::{call, raw, RedisStr, RedisString};

/// Reads the strings of a value from an RDB file or a RESTORE payload.
pub struct RdbReader {
    io: *mut raw::RedisModuleIO,
    failed: bool,
}

impl RdbReader {
    /// Wraps the handle that the server passes to `rdb_load`.
    ///
    /// # Safety
    /// `io` is that handle, and the value is not used after `rdb_load` returns.
    pub unsafe fn of(io: *mut raw::RedisModuleIO) -> RdbReader {
        RdbReader { io, failed: false }
    }

    /// The next string. None after a read error. A truncated payload can cause one at any string.
    pub fn next(&mut self) -> Option<Vec<u8>> {
        if self.failed {
            return None;
        }
        let mut len = 0usize;
        // SAFETY: `io` is valid. The buffer comes from the server's allocator, which is also this crate's global
        // allocator. So a Vec of bytes with that capacity frees it correctly. A Vec without capacity frees nothing, so
        // an empty buffer is freed here.
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

    /// Whether a read has failed.
    pub fn failed(&self) -> bool {
        self.failed
    }
}

/// Writes the strings of a value to an RDB file or a DUMP payload.
pub struct RdbWriter(*mut raw::RedisModuleIO);

impl RdbWriter {
    /// Wraps the handle that the server passes to `rdb_save`.
    ///
    /// # Safety
    /// `io` is that handle, and the value is not used after `rdb_save` returns.
    pub unsafe fn of(io: *mut raw::RedisModuleIO) -> RdbWriter {
        RdbWriter(io)
    }

    /// Writes one string.
    pub fn string(&mut self, bytes: &[u8]) {
        // SAFETY: `io` is valid, and the server copies `len` bytes.
        unsafe { call!(RedisModule_SaveStringBuffer(self.0, bytes.as_ptr().cast(), bytes.len())) };
    }
}

/// Writes the commands of a rewritten AOF.
pub struct AofWriter(*mut raw::RedisModuleIO);

impl AofWriter {
    /// Wraps the handle that the server passes to `aof_rewrite`.
    ///
    /// # Safety
    /// `io` is that handle, and the value is not used after `aof_rewrite` returns.
    pub unsafe fn of(io: *mut raw::RedisModuleIO) -> AofWriter {
        AofWriter(io)
    }

    /// Writes one command: `command key version chunk …`.
    pub fn command(
        &mut self,
        command: &'static CStr,
        key: RedisStr<'_>,
        version: u32,
        chunks: &[RedisString],
    ) {
        let strings: Vec<_> = chunks.iter().map(|chunk| chunk.as_redis_str().as_ptr()).collect();
        // SAFETY: in the format, `s` takes a string of the server, `l` a long long, and `v` an array of such strings
        // and its length as a size_t. All of them live through the call.
        unsafe {
            call!(RedisModule_EmitAOF(
                self.0,
                command.as_ptr(),
                c"slv".as_ptr(),
                key.as_ptr(),
                i64::from(version),
                strings.as_ptr(),
                strings.len(),
            ))
        };
    }
}

/// The digest that DEBUG DIGEST-VALUE computes.
pub struct Digest(*mut raw::RedisModuleDigest);

impl Digest {
    /// Wraps the handle that the server passes to the `digest` callback.
    ///
    /// # Safety
    /// `digest` is that handle, and the value is not used after the callback returns.
    pub unsafe fn of(digest: *mut raw::RedisModuleDigest) -> Digest {
        Digest(digest)
    }

    /// Adds bytes. Their order matters.
    pub fn add(&mut self, bytes: &[u8]) {
        // SAFETY: the handle is valid, and the server reads `len` bytes.
        unsafe { call!(RedisModule_DigestAddStringBuffer(self.0, bytes.as_ptr().cast(), bytes.len())) };
    }

    /// Ends the ordered sequence of bytes.
    pub fn end(&mut self) {
        // SAFETY: the handle is valid.
        unsafe { call!(RedisModule_DigestEndSequence(self.0)) };
    }
}
