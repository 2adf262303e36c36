//! One timer for all rooms. This file arms it; `cron` is its callback.
//!
//! The commands and the type arm the timer, so they depend on this file. The callback runs turns, so it depends on
//! them. To avoid a circle, `load` gives this file the callback when the module loads.

use std::sync::OnceLock;

use crate::api::{self, raw};
use crate::state::module;

/// The longest delay of a timer. On Redis 7.0 a delay of more than 2^31 microseconds makes the event loop spin. When
/// the timer fires early, no room is due, and it is armed again.
const MAX_DELAY_MS: u64 = 1_800_000;

/// The timer of a server that serves runs at least this often, to tell a stopped server from an idle one. Less than half
/// of [`STALL_MS`](room_engine::server_clock::STALL_MS), so a late timer is not taken for a stop.
pub const HEARTBEAT_MS: u64 = 400;

static CALLBACK: OnceLock<raw::RedisModuleTimerProc> = OnceLock::new();

/// Sets the timer's callback. Called once, when the module loads.
pub fn set_callback(callback: raw::RedisModuleTimerProc) {
    CALLBACK.get_or_init(|| callback);
}

/// Arms the timer for the next work, if it is not armed for that time or an earlier one.
pub fn schedule() {
    let registry = module().registry.borrow();
    let serving = module().is_serving();
    let at = if registry.has_unlinked() || (serving && registry.is_rechecking()) {
        Some(0)
    } else {
        let room = if serving { registry.earliest() } else { None };
        let heartbeat = serving.then(|| api::now() + HEARTBEAT_MS);
        room.into_iter().chain(module().rename_search.borrow().next_ms).chain(heartbeat).min()
    };
    drop(registry);
    if let Some(at) = at {
        arm(at);
    }
}

/// Arms the timer again, after the wall clock was set back.
pub fn rearm() {
    if let Some((timer, _)) = module().timer.take() {
        api::detached_ctx().stop_timer(timer);
    }
    schedule();
}

/// Arms the timer for a time (Unix ms, 0: at once), if it is not armed for that time or an earlier one.
pub fn arm(at: u64) {
    let armed = module().timer.get();
    if armed.is_some_and(|(_, before)| before <= at) {
        return;
    }
    let Some(callback) = CALLBACK.get() else { return };
    if let Some((timer, _)) = armed {
        api::detached_ctx().stop_timer(timer);
    }
    let delay = at.saturating_sub(api::now()).clamp(1, MAX_DELAY_MS);
    module().timer.set(Some((api::detached_ctx().start_timer(delay, *callback), at)));
}
