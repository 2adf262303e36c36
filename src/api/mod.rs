//! A thin layer over the server's C functions: borrowed arguments, replies written straight out, nothing that the
//! server would take as a reason to abort.
//!
//! A function that a supported server may lack is looked at before it is called; the rest are in every server since
//! 7.0, and a missing one acts as if the call had failed.

mod ctx;
mod io;
mod key;
mod reply;
mod text;

pub use ctx::{drop_home, home, is_valkey, log, now, paused, random, real_now, set_home, Ctx};
pub use io::{Digest, Reader, Writer};
pub use key::{Expiry, Key, Mode, Scan};
pub use redis_module::raw;
pub use reply::Replies;
pub use text::{Argv, CText, Owned, Text};

/// Calls a function of the server, if this server has it. Used within `unsafe`, where the reason stands.
macro_rules! call {
    ($name:ident($($arg:expr),* $(,)?)) => {
        match $crate::api::raw::$name {
            Some(function) => Some(function($($arg),*)),
            None => None,
        }
    };
}
pub(crate) use call;

/// What a handler returns when it has replied.
pub const OK: std::ffi::c_int = raw::REDISMODULE_OK as std::ffi::c_int;
/// What a handler returns when it has not.
pub const ERR: std::ffi::c_int = raw::REDISMODULE_ERR as std::ffi::c_int;
