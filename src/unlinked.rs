//! Verifies keys that lost their rooms (DEL, expiry, RENAME, FLUSHDB and others). If a room is gone, its subscribers
//! receive `gone`.

use room_engine::Room;

use crate::api::{Ctx, Key, Mode, RedisString};
use crate::datatype::Content;
use crate::gone;
use crate::registry::Unlinked;
use crate::renames;
use crate::state::module;

/// Verifies up to `limit` keys.
pub fn verify(ctx: Ctx, limit: usize) {
    let selected = ctx.db();
    for _ in 0..limit {
        let next = module().registry.borrow_mut().next_unlinked();
        let Some(unlinked) = next else { break };
        verify_key(ctx, unlinked);
    }
    ctx.select_db(selected);
}

fn verify_key(ctx: Ctx, mut unlinked: Unlinked) {
    if !ctx.select_db(unlinked.db) {
        return;
    }
    let name = RedisString::new(&unlinked.key);
    let continues = |room: &Room| gone::continues(room, &unlinked);
    let is_there =
        Key::open(ctx, name.as_redis_str(), Mode::Peek).is_some_and(|mut key| match key.content() {
            Content::Room(value) => value.room.as_deref().is_some_and(continues),
            _ => false,
        });
    if is_there {
        // The room may have left the key and come back.
        renames::track(ctx, unlinked.db, &unlinked.key);
        return;
    }
    renames::search_for(unlinked.alive.clone());
    gone::publish(ctx, &mut unlinked);
}
