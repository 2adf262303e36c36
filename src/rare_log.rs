//! Log lines that may come with every command. They are written at most once a minute.

use std::cell::Cell;
use std::fmt;

use crate::api;

/// The shortest time between two lines, ms.
const INTERVAL_MS: u64 = 60_000;

/// A place in the log for lines of one kind.
#[derive(Default)]
pub struct RareLog {
    /// When the last line was written, ms by the monotonic clock. None: never.
    written_ms: Cell<Option<u64>>,
    /// Lines left out since then.
    left_out: Cell<u64>,
}

impl RareLog {
    /// Writes a warning, or counts it if the last one is less than a minute old. The next line says how many were left
    /// out. The line must not contain a user's text.
    pub fn warn(&self, line: fmt::Arguments<'_>) {
        let now = api::monotonic_now();
        if self.written_ms.get().is_some_and(|written_ms| now - written_ms < INTERVAL_MS) {
            self.left_out.set(self.left_out.get() + 1);
            return;
        }
        self.written_ms.set(Some(now));
        match self.left_out.take() {
            0 => api::log(c"warning", line),
            left_out => {
                api::log(c"warning", format_args!("{line} ({left_out} lines like this were left out)"))
            }
        }
    }
}
