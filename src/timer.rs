//! One timer for all rooms: it fires for the earliest deadline, and for what the registry has to look at soon.

use std::ffi::c_void;
use std::sync::Weak;

use room_engine::room::Room;
use room_engine::{channel, turn};

use crate::api::{self, raw, Ctx, Key, Mode, Owned};
use crate::datatype::Content;
use crate::pipeline::{self, Origin, Place};
use crate::registry::{Listed, Suspect};
use crate::renames;
use crate::server::server;

/// Rooms, and keys, looked at in one go; commands are served in between.
const BATCH: usize = 128;
/// Time after which a go ends early.
const BUDGET_MS: u64 = 3;
/// On Redis 7.0 a timer further off than 2^31 microseconds has the event loop spin. Whoever is due later is found not
/// to be due, and armed again.
const LONGEST_MS: u64 = 1_800_000;
/// When a timer that may not act tries again.
const RETRY_MS: u64 = 50;

/// Arms the timer for whatever comes first, if it is not armed for that already.
pub fn schedule() {
    let registry = server().registry.borrow();
    let serving = server().is_serving();
    let at = if registry.has_suspects() || (serving && registry.is_visiting()) {
        Some(0)
    } else {
        let room = if serving { registry.earliest() } else { None };
        room.into_iter().chain(server().search.borrow().next).min()
    };
    drop(registry);
    if let Some(at) = at {
        arm(at);
    }
}

fn arm(at: u64) {
    let armed = server().timer.get();
    if armed.is_some_and(|(_, before)| before <= at) {
        return;
    }
    if let Some((timer, _)) = armed {
        api::home().stop_timer(timer);
    }
    let delay = at.saturating_sub(api::now()).clamp(1, LONGEST_MS);
    server().timer.set(Some((api::home().start_timer(delay, Some(fire)), at)));
}

unsafe extern "C" fn fire(ctx: *mut raw::RedisModuleCtx, _data: *mut c_void) {
    // SAFETY: the context is valid until this returns.
    let ctx = unsafe { Ctx::of(ctx) };
    server().timer.set(None);
    let flags = ctx.flags();
    if flags & raw::REDISMODULE_CTX_FLAGS_LOADING != 0 || api::paused() {
        arm(api::now() + RETRY_MS);
        return;
    }
    settle_registry(ctx, BATCH);
    renames::search(ctx);
    if server().is_serving() && flags & raw::REDISMODULE_CTX_FLAGS_MASTER != 0 {
        let start = api::real_now();
        for _ in 0..BATCH {
            let next = {
                let mut registry = server().registry.borrow_mut();
                registry.next_due(api::now()).or_else(|| registry.next_visit())
            };
            let Some(listed) = next else { break };
            tend(ctx, &listed);
            if api::real_now().saturating_sub(start) > BUDGET_MS {
                break;
            }
        }
    }
    schedule();
}

/// Runs a room's turn without a command.
fn tend(ctx: Ctx, listed: &Listed) {
    // Under a key that no command takes, a room can do nothing: it was renamed to it, and waits.
    let Ok(text) = room_engine::command::parse_key(&listed.key) else { return };
    if listed.guest || !ctx.select_db(listed.db) {
        return;
    }
    let name = Owned::new(&listed.key);
    let place = Place { ctx, name: name.text(), key: text, db: listed.db };
    let mut key = Key::open(ctx, place.name, Mode::Tend);
    let there = match key.as_mut().map(Key::content) {
        Some(Content::Room(held)) => held.ticket == listed.ticket,
        _ => false,
    };
    match key {
        // What is not due, the turn leaves as it is; in any case the next deadline is armed.
        Some(mut key) if there => {
            let _ = pipeline::turn(place, &mut key, Origin::Here, |room, env, out| {
                turn::tick(room, env, out);
            });
        }
        _ => server().registry.borrow_mut().suspect(listed.ticket, Weak::new()),
    }
}

/// Looks whether rooms are gone from keys that lost a value, and tells whoever listens there.
pub fn settle_registry(ctx: Ctx, limit: usize) {
    let selected = ctx.db();
    for _ in 0..limit {
        let next = server().registry.borrow_mut().next_suspect();
        let Some(suspect) = next else { break };
        verify(ctx, suspect);
    }
    ctx.select_db(selected);
}

fn verify(ctx: Ctx, suspect: Suspect) {
    if !ctx.select_db(suspect.db) {
        return;
    }
    let name = Owned::new(&suspect.key);
    // An earlier state of the room (of a master that has not gone as far, or of a dump) is not the one that followers
    // know, and nothing else would tell them before its next change.
    let goes_on = |room: &Room| room.epoch() == suspect.epoch && room.seq() >= suspect.seq;
    let is_there = Key::open(ctx, name.text(), Mode::Peek).is_some_and(|mut key| match key.content() {
        Content::Room(held) => held.room.as_deref().is_some_and(goes_on),
        _ => false,
    });
    if is_there {
        // It may have been away and come back.
        renames::adopt(ctx, suspect.db, &suspect.key);
        return;
    }
    renames::lost(suspect.life);
    let Ok(text) = room_engine::command::parse_key(&suspect.key) else { return };
    // Every node loses its own copy and says so to its own subscribers; where the bus carries it to all, the master's
    // word is enough.
    let (shard, cluster) = (server().shard.get(), server().cluster.get());
    if cluster && !server().is_serving() {
        return;
    }
    // Whether it leaves again, or never comes, is its owner's to tell.
    if suspect.guest {
        return;
    }
    let channel = Owned::new(channel::channel(suspect.db, text).as_bytes());
    let message = Owned::new(turn::gone(text, suspect.epoch).as_bytes());
    ctx.publish(channel.text(), message.text(), shard, false);
}
