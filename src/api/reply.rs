//! Replies of commands, written directly to the client.

use std::ffi::{c_long, CStr};
use std::fmt;

use room_engine::Reply;

use super::{call, CText, Ctx};

/// Writes the replies of the running command. Most methods return the handler's return value.
#[derive(Clone, Copy)]
pub struct Replies(Ctx);

impl Replies {
    /// `ctx` is the context of a command.
    pub fn new(ctx: Ctx) -> Replies {
        Replies(ctx)
    }

    /// An error: `-CODE text`. The text must not contain a user's text.
    pub fn error(self, text: impl fmt::Display) -> std::ffi::c_int {
        let text = CText::of(format_args!("{text}"));
        // SAFETY: the context is that of a command. The text is a C string on one line.
        unsafe { call!(RedisModule_ReplyWithError(self.0.as_ptr(), text.as_ptr())) };
        super::OK
    }

    /// The server's own error for a wrong number of arguments.
    pub fn wrong_arity(self) -> std::ffi::c_int {
        // SAFETY: the context is that of a command.
        unsafe { call!(RedisModule_WrongArity(self.0.as_ptr())) };
        super::OK
    }

    /// A simple string, for example `+OK`.
    pub fn simple(self, text: &CStr) -> std::ffi::c_int {
        // SAFETY: the context is that of a command.
        unsafe { call!(RedisModule_ReplyWithSimpleString(self.0.as_ptr(), text.as_ptr())) };
        super::OK
    }

    /// An integer.
    pub fn int(self, value: i64) -> std::ffi::c_int {
        // SAFETY: the context is that of a command.
        unsafe { call!(RedisModule_ReplyWithLongLong(self.0.as_ptr(), value)) };
        super::OK
    }

    /// A bulk string.
    pub fn bulk(self, bytes: &[u8]) -> std::ffi::c_int {
        // SAFETY: the context is that of a command, and the server copies `len` bytes.
        unsafe {
            call!(RedisModule_ReplyWithStringBuffer(self.0.as_ptr(), bytes.as_ptr().cast(), bytes.len()))
        };
        super::OK
    }

    /// The header of an array. The caller writes `len` replies after it.
    pub fn array(self, len: usize) {
        // SAFETY: the context is that of a command.
        unsafe { call!(RedisModule_ReplyWithArray(self.0.as_ptr(), len as c_long)) };
    }

    /// A reply of the engine.
    pub fn send(self, reply: &Reply) -> std::ffi::c_int {
        match reply {
            Reply::Ok => self.simple(c"OK"),
            Reply::Word(word) => {
                let word = CText::plain(word);
                // SAFETY: the context is that of a command. The word is a C string on one line.
                unsafe { call!(RedisModule_ReplyWithSimpleString(self.0.as_ptr(), word.as_ptr())) };
                super::OK
            }
            Reply::Int(value) => self.int(*value),
            Reply::Bulk(text) => self.bulk(text.as_bytes()),
            Reply::Null => {
                // SAFETY: the context is that of a command.
                unsafe { call!(RedisModule_ReplyWithNull(self.0.as_ptr())) };
                super::OK
            }
            Reply::Array(items) => {
                self.array(items.len());
                for item in items {
                    self.send(item);
                }
                super::OK
            }
        }
    }
}
