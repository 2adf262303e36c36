//! Panics. A panic that reaches the server would abort it, so they are caught and logged here.

use std::panic::{self, AssertUnwindSafe};

use crate::api;
use crate::state::{increment, module};

/// The error that a client receives after a panic.
pub const INTERNAL: &str = "ERR internal error in the room module, see the server's log";

/// Logs where each panic happens. The panic's message is not logged, because it may quote a user's text.
pub fn install_hook() {
    panic::set_hook(Box::new(|info| match info.location() {
        Some(at) => api::log(c"warning", format_args!("panic at {}:{}", at.file(), at.line())),
        None => api::log(c"warning", format_args!("panic")),
    }));
}

/// Runs `work`. None: it panicked. The caller must then assume that the values `work` was changing are half changed.
/// `task` completes the log line "caught a panic while …".
pub fn guard<R>(task: &str, work: impl FnOnce() -> R) -> Option<R> {
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => Some(result),
        Err(payload) => {
            // Dropping the payload could panic again.
            std::mem::forget(payload);
            increment(&module().totals.panics);
            api::log(c"warning", format_args!("caught a panic while {task}"));
            None
        }
    }
}
