//! Panics: logged, and kept from the server, which they would abort.

use std::panic::{self, AssertUnwindSafe};

use crate::api;
use crate::server::{count, server};

/// What a client is told.
pub const INTERNAL: &str = "ERR internal error in the room module, see the server's log";

/// Logs where a panic happened. Not what it says: a message may quote what a user sent.
pub fn install_hook() {
    panic::set_hook(Box::new(|info| match info.location() {
        Some(at) => api::log(c"warning", format_args!("panic at {}:{}", at.file(), at.line())),
        None => api::log(c"warning", format_args!("panic")),
    }));
}

/// Runs `work`; None: it panicked. What it was changing is then in doubt, which the caller must see to.
pub fn guard<R>(what: &str, work: impl FnOnce() -> R) -> Option<R> {
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => Some(result),
        Err(payload) => {
            // A payload may panic in its turn when dropped.
            std::mem::forget(payload);
            count(&server().totals.panics);
            api::log(c"warning", format_args!("caught a panic while {what}"));
            None
        }
    }
}
