//! The JSON replies of CREATE and JOIN.

use super::shapes::YouJson;
use crate::channel::channel;
use crate::env::Env;
use crate::id::Id;
use crate::room::view::View;
use crate::room::Room;
use crate::terms::RoomState;
use serde::Serialize;

/// The reply of CREATE.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Created"))]
pub struct CreatedJson {
    /// The id of the room from its creation on.
    incarnation: Id,
    /// The epoch.
    epoch: Id,
    /// The state.
    state: RoomState,
    /// The channel of the room's frames.
    channel: String,
    /// `global`: PUBLISH. `shard`: SPUBLISH.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::publish"))]
    publish: &'static str,
}

impl CreatedJson {
    /// The reply for a room that was just created.
    pub fn new(room: &Room, env: &Env<'_>) -> CreatedJson {
        CreatedJson {
            incarnation: Id(room.incarnation),
            epoch: Id(room.epoch),
            state: room.state,
            channel: channel(env.db, env.key),
            publish: env.publish(),
        }
    }
}

/// The reply of JOIN.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Joined"))]
pub struct JoinedJson<'a> {
    /// The id of the room from its creation on.
    incarnation: Id,
    /// The epoch.
    epoch: Id,
    /// The number of the last event.
    seq: u64,
    /// The time of the server, Unix ms.
    ms: u64,
    /// The state.
    state: RoomState,
    /// Members present.
    present: u64,
    /// The channel of the room's frames.
    channel: String,
    /// `global`: PUBLISH. `shard`: SPUBLISH.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::publish"))]
    publish: &'static str,
    /// How long the lease of a gateway lasts after a BEAT, ms.
    lease_ms: u64,
    /// The shortest time between two frames, ms.
    tick_ms: u64,
    /// The member as it sees itself.
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
            state: view.state,
            present: view.present(),
            channel: channel(env.db, env.key),
            publish: env.publish(),
            lease_ms: env.settings.lease_ms,
            tick_ms: env.settings.tick_ms,
            you: YouJson::new(view, member),
        }
    }
}
