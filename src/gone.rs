//! Publishes `gone` on the channel of a room that its key has lost.

use room_engine::command::parse_key;
use room_engine::{channel, turn, Room};

use crate::api::{Ctx, RedisString};
use crate::registry::Unlinked;
use crate::state::module;

/// Whether this room goes on where the lost one ended. The key may hold an earlier state of the room: a dump, or the
/// data of a master that is not as far. Subscribers know a later state, and must learn of the difference before the
/// room's next change. So it counts as gone.
pub fn continues(room: &Room, lost: &Unlinked) -> bool {
    room.epoch() == lost.epoch && room.seq() >= lost.seq
}

/// Publishes `gone` for the rooms that the key has lost, before the room that it holds now changes. Without this a
/// subscriber would get it after the first frames of the next room.
pub fn announce(ctx: Ctx, db: u32, key: &[u8], room: Option<&Room>) {
    if !module().registry.borrow().has_unlinked() {
        return;
    }
    let lost = module().registry.borrow_mut().take_unlinked(db, key);
    for mut lost in lost {
        if !room.is_some_and(|room| continues(room, &lost)) {
            publish(ctx, &mut lost);
        }
        // What else follows from the loss waits for the timer.
        module().registry.borrow_mut().add_unlinked(lost);
    }
}

/// Publishes `gone` for a room, once.
pub fn publish(ctx: Ctx, lost: &mut Unlinked) {
    let Ok(text) = parse_key(&lost.key) else { return };
    // Every node reports the loss of its own copy to its own subscribers. In a cluster the bus carries the master's
    // message to all nodes, so only the master reports it.
    let (shard, cluster) = (module().shard.get(), module().cluster.get());
    let is_reported_elsewhere = cluster && !module().is_serving();
    // The slot's owner reports what happens to a room that is being imported.
    if is_reported_elsewhere || lost.importing || std::mem::replace(&mut lost.is_announced, true) {
        return;
    }
    let channel = RedisString::new(channel::channel(lost.db, text).as_bytes());
    let message = RedisString::new(turn::gone(text, lost.epoch).as_bytes());
    ctx.publish(channel.as_redis_str(), message.as_redis_str(), shard, false);
}
