//! ROOM.INFO: the card of a room.

use super::state::CountsJson;
use crate::channel::channel;
use crate::env::Env;
use crate::id::Id;
use crate::room::view::View;
use crate::terms::RoomState;
use serde::Serialize;
use serde_json::value::RawValue;

/// The card of a room, for a lobby or a backend.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Card"))]
pub(crate) struct CardJson<'a> {
    /// The key of the room.
    room: &'a str,
    /// The state.
    state: RoomState,
    /// The id of the room from its creation on.
    incarnation: Id,
    /// The epoch.
    epoch: Id,
    /// The number of the last event.
    seq: u64,
    /// The host; null: the room has none.
    host: Option<&'a str>,
    /// The title.
    title: &'a str,
    /// Only staff and invited users may enter and read.
    private: bool,
    /// Members present at once; 0: any number.
    capacity: u32,
    #[serde(flatten)]
    counts: CountsJson,
    /// Reactions of all kinds.
    reactions: u64,
    /// Polls, open and closed.
    polls: u64,
    /// Creation, Unix ms.
    created_ms: u64,
    /// Scheduled start, Unix ms; 0: the room was not scheduled.
    at_ms: u64,
    /// Start, Unix ms; 0: not started.
    started_ms: u64,
    /// End or cancellation, Unix ms; 0: not over.
    ended_ms: u64,
    /// The application's own object; null: none.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::optional_application_object"))]
    meta: Option<&'a RawValue>,
    /// The channel of the room's frames.
    channel: String,
    /// `global`: PUBLISH. `shard`: SPUBLISH.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::publish"))]
    publish: &'static str,
}

impl<'a> CardJson<'a> {
    pub(super) fn new(view: &View<'a>, env: &Env<'a>) -> CardJson<'a> {
        let room = view.room;
        CardJson {
            room: env.key,
            state: view.state,
            incarnation: Id(room.incarnation),
            epoch: Id(room.epoch),
            seq: room.seq,
            host: view.host.map(|ix| &*room.users.at(ix).name),
            title: &room.config.title,
            private: room.config.private,
            capacity: room.config.capacity,
            counts: CountsJson::new(view, None),
            reactions: room.reactions.total,
            polls: room.polls.len() as u64,
            created_ms: room.times.created_ms,
            at_ms: room.times.at_ms,
            started_ms: room.times.started_ms,
            ended_ms: view.ended_ms,
            meta: room.config.meta.as_deref(),
            channel: channel(env.db, env.key),
            publish: env.publish(),
        }
    }
}
