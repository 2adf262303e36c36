//! The timer's callback: verifies keys that lost their rooms, searches for renamed rooms, and runs the turns of rooms
//! whose deadlines are due.

use std::ffi::c_void;
use std::sync::Weak;

use room_engine::turn;

use crate::api::{self, raw, Ctx, Key, Mode, RedisString};
use crate::datatype::Content;
use crate::pipeline::{self, KeyCtx, Origin};
use crate::registry::RoomRef;
use crate::state::module;
use crate::{renames, timer, unlinked};

/// Number of rooms, and of keys, that one call handles at most. The server runs commands between two calls.
const BATCH: usize = 128;
/// A call ends after the room with which it exceeds this time.
const BUDGET_MS: u64 = 3;
/// Delay until the next try, if the server is loading or must not send anything to its replicas.
const RETRY_MS: u64 = 50;

/// The timer's callback.
///
/// # Safety
/// Only the server calls it.
pub unsafe extern "C" fn run(ctx: *mut raw::RedisModuleCtx, _data: *mut c_void) {
    // SAFETY: the context is valid until this returns.
    let ctx = unsafe { Ctx::of(ctx) };
    module().timer.set(None);
    module().sample_clocks();
    let flags = ctx.flags();
    if flags & raw::REDISMODULE_CTX_FLAGS_LOADING != 0 || api::replica_traffic_paused() {
        timer::arm(api::now() + RETRY_MS);
        return;
    }
    unlinked::verify(ctx, BATCH);
    renames::search(ctx);
    if module().is_serving() && flags & raw::REDISMODULE_CTX_FLAGS_MASTER != 0 {
        let start = api::monotonic_now();
        for _ in 0..BATCH {
            let next = {
                let mut registry = module().registry.borrow_mut();
                registry.next_due(api::now()).or_else(|| registry.next_recheck())
            };
            let Some(room) = next else { break };
            tick(ctx, &room);
            if api::monotonic_now().saturating_sub(start) > BUDGET_MS {
                break;
            }
        }
    }
    timer::schedule();
}

/// Runs a room's turn without a command.
fn tick(ctx: Ctx, room: &RoomRef) {
    // A room may have been renamed to a key that no command accepts. It has no turns there.
    let Ok(text) = room_engine::command::parse_key(&room.key) else { return };
    if room.importing || !ctx.select_db(room.db) {
        return;
    }
    let name = RedisString::new(&room.key);
    let key_ctx = KeyCtx { ctx, name: name.as_redis_str(), key: text, db: room.db };
    let mut key = Key::open(ctx, key_ctx.name, Mode::TimerWrite);
    let is_there = match key.as_mut().map(Key::content) {
        Some(Content::Room(value)) => value.entry_id == room.entry_id,
        _ => false,
    };
    match key {
        // If nothing is due, the turn changes nothing. In any case the room's next deadline is armed.
        Some(mut key) if is_there => {
            let _ = pipeline::run_turn(key_ctx, &mut key, Origin::Here, |room, env, out| {
                turn::tick(room, env, out);
            });
        }
        _ => module().registry.borrow_mut().unlink(room.entry_id, Weak::new()),
    }
}
