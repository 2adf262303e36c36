//! A thin layer over the server's C functions. Arguments are borrowed, replies are written directly, and nothing that
//! would make the server abort (a NUL or a line break in an error or a log line) is passed on.
//!
//! The servers do not all have the same functions, and [`call!`] checks that one exists. Every server since 7.0 has
//! most of them. Where one is missing, the wrapper behaves as if the call had failed.

mod acl;
mod ctx;
mod io;
mod key;
mod process;
mod reply;
mod text;

pub use ctx::{is_valkey, Ctx};
pub use io::{AofWriter, Digest, RdbReader, RdbWriter};
pub use key::{Expiry, Key, Mode, Scan};
pub use process::{
    create_detached_ctx, detached_ctx, free_detached_ctx, log, monotonic_now, now, random,
    replica_traffic_paused, sample_clocks,
};
pub use redis_module::raw;
pub use reply::Replies;
pub use text::{Argv, CText, RedisStr, RedisString};

/// Calls a function of the server: `Some(result)`, or `None` if this server does not have it. The caller writes the
/// `unsafe` block and its SAFETY comment.
macro_rules! call {
    ($name:ident($($arg:expr),* $(,)?)) => {
        match $crate::api::raw::$name {
            Some(function) => Some(function($($arg),*)),
            None => None,
        }
    };
}
pub(crate) use call;

/// The return value of a command handler that has replied. It is also the server's "success".
pub const OK: std::ffi::c_int = raw::REDISMODULE_OK as std::ffi::c_int;
/// The server's "failure".
pub const ERR: std::ffi::c_int = raw::REDISMODULE_ERR as std::ffi::c_int;
