//! ROOM.INFO: the card of a room.

use super::state::CountsJson;
use crate::channel::channel;
use crate::env::Env;
use crate::id::Id;
use crate::room::view::View;
use serde::Serialize;
use serde_json::value::RawValue;

/// The card of a room, for a lobby or a backend.
#[derive(Serialize)]
pub(super) struct CardJson<'a> {
    room: &'a str,
    state: &'static str,
    incarnation: Id,
    epoch: Id,
    seq: u64,
    host: Option<&'a str>,
    title: &'a str,
    private: bool,
    capacity: u32,
    #[serde(flatten)]
    counts: CountsJson,
    reactions: u64,
    polls: u64,
    created_ms: u64,
    at_ms: u64,
    started_ms: u64,
    ended_ms: u64,
    meta: Option<&'a RawValue>,
    channel: String,
    publish: &'static str,
}

impl<'a> CardJson<'a> {
    pub(super) fn new(view: &View<'a>, env: &Env<'a>) -> CardJson<'a> {
        let room = view.room;
        CardJson {
            room: env.key,
            state: view.state.name(),
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
