//! The JSON replies of CREATE and JOIN.

use super::shapes::YouJson;
use crate::channel::channel;
use crate::env::Env;
use crate::id::Id;
use crate::room::view::View;
use crate::room::Room;
use serde::Serialize;

/// The reply of CREATE.
#[derive(Serialize)]
pub struct CreatedJson {
    incarnation: Id,
    epoch: Id,
    state: &'static str,
    channel: String,
    publish: &'static str,
}

impl CreatedJson {
    /// The reply for a room that was just created.
    pub fn new(room: &Room, env: &Env<'_>) -> CreatedJson {
        CreatedJson {
            incarnation: Id(room.incarnation),
            epoch: Id(room.epoch),
            state: room.state.name(),
            channel: channel(env.db, env.key),
            publish: env.publish(),
        }
    }
}

/// The reply of JOIN.
#[derive(Serialize)]
pub struct JoinedJson<'a> {
    incarnation: Id,
    epoch: Id,
    seq: u64,
    ms: u64,
    state: &'static str,
    present: u64,
    channel: String,
    publish: &'static str,
    lease_ms: u64,
    tick_ms: u64,
    you: YouJson<'a>,
}

impl<'a> JoinedJson<'a> {
    /// The reply for a member that just joined.
    pub fn new(view: &View<'a>, member: &'a str, env: &Env<'_>) -> JoinedJson<'a> {
        JoinedJson {
            incarnation: Id(view.room.incarnation),
            epoch: Id(view.room.epoch),
            seq: view.room.seq,
            ms: env.now,
            state: view.state.name(),
            present: view.present(),
            channel: channel(env.db, env.key),
            publish: env.publish(),
            lease_ms: env.settings.lease_ms,
            tick_ms: env.settings.tick_ms,
            you: YouJson::new(view, member),
        }
    }
}
