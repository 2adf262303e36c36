//! Replies, written straight out.

use std::ffi::{c_long, CStr};
use std::fmt;

use room_engine::outbox::Reply;

use super::{call, raw, CText};

/// Writes the replies of the running command. Each returns what a handler returns.
#[derive(Clone, Copy)]
pub struct Replies(pub(super) *mut raw::RedisModuleCtx);

impl Replies {
    /// `-CODE text`.
    pub fn error(self, text: impl fmt::Display) -> std::ffi::c_int {
        let text = CText::of(format_args!("{text}"));
        // SAFETY: the context is that of a command, the text a C string on one line.
        unsafe { call!(RedisModule_ReplyWithError(self.0, text.as_ptr())) };
        super::OK
    }

    /// The server's own error for a wrong number of arguments.
    pub fn wrong_arity(self) -> std::ffi::c_int {
        // SAFETY: the context is that of a command.
        unsafe { call!(RedisModule_WrongArity(self.0)) };
        super::OK
    }

    /// `+OK` and its like.
    pub fn simple(self, text: &CStr) -> std::ffi::c_int {
        // SAFETY: the context is that of a command.
        unsafe { call!(RedisModule_ReplyWithSimpleString(self.0, text.as_ptr())) };
        super::OK
    }

    /// An integer.
    pub fn int(self, value: i64) -> std::ffi::c_int {
        // SAFETY: the context is that of a command.
        unsafe { call!(RedisModule_ReplyWithLongLong(self.0, value)) };
        super::OK
    }

    /// A bulk string.
    pub fn bulk(self, bytes: &[u8]) -> std::ffi::c_int {
        // SAFETY: the server copies `len` bytes.
        unsafe { call!(RedisModule_ReplyWithStringBuffer(self.0, bytes.as_ptr().cast(), bytes.len())) };
        super::OK
    }

    /// The head of an array: `len` replies follow.
    pub fn array(self, len: usize) {
        // SAFETY: the context is that of a command.
        unsafe { call!(RedisModule_ReplyWithArray(self.0, len as c_long)) };
    }

    /// A reply of the engine.
    pub fn send(self, reply: &Reply) -> std::ffi::c_int {
        match reply {
            Reply::Ok => self.simple(c"OK"),
            Reply::Word(word) => {
                let word = CText::plain(word);
                // SAFETY: the context is that of a command, the word a C string on one line.
                unsafe { call!(RedisModule_ReplyWithSimpleString(self.0, word.as_ptr())) };
                super::OK
            }
            Reply::Int(value) => self.int(*value),
            Reply::Bulk(text) => self.bulk(text.as_bytes()),
            Reply::Null => {
                // SAFETY: the context is that of a command.
                unsafe { call!(RedisModule_ReplyWithNull(self.0)) };
                super::OK
            }
            Reply::Array(items) => {
                self.array(items.len());
                for item in items {
                    self.send(item);
                }
                super::OK
            }
            Reply::Map(fields) => {
                // SAFETY: the context is that of a command. The server writes a flat array to a RESP2 client.
                unsafe { call!(RedisModule_ReplyWithMap(self.0, fields.len() as c_long)) };
                for (name, value) in fields {
                    self.bulk(name.as_bytes());
                    self.send(value);
                }
                super::OK
            }
        }
    }
}
