//! Verifies keys that lost their rooms (DEL, expiry, RENAME, FLUSHDB and others). If a room is gone, its subscribers
//! receive `gone`.

use room_engine::Room;
use room_engine::{channel, turn};

use crate::api::{Ctx, Key, Mode, RedisString};
use crate::datatype::Content;
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

fn verify_key(ctx: Ctx, unlinked: Unlinked) {
    if !ctx.select_db(unlinked.db) {
        return;
    }
    let name = RedisString::new(&unlinked.key);
    // The key may hold an earlier state of the room: a dump, or the data of a master that is not as far. Subscribers
    // know a later state, and must learn of the difference before the room's next change. So it counts as gone.
    let continues = |room: &Room| room.epoch() == unlinked.epoch && room.seq() >= unlinked.seq;
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
    renames::search_for(unlinked.alive);
    let Ok(text) = room_engine::command::parse_key(&unlinked.key) else { return };
    // Every node reports the loss of its own copy to its own subscribers. In a cluster the bus carries the master's
    // message to all nodes, so only the master reports it.
    let (shard, cluster) = (module().shard.get(), module().cluster.get());
    if cluster && !module().is_serving() {
        return;
    }
    // The slot's owner reports what happens to a room that is being imported.
    if unlinked.importing {
        return;
    }
    let channel = RedisString::new(channel::channel(unlinked.db, text).as_bytes());
    let message = RedisString::new(turn::gone(text, unlinked.epoch).as_bytes());
    ctx.publish(channel.as_redis_str(), message.as_redis_str(), shard, false);
}
