//! ROOM.STATE: a snapshot of a room.

use super::viewer;
use crate::command::Actor;
use crate::env::Env;
use crate::id::Id;
use crate::json::hand::HandJson;
use crate::json::shapes::{self, CommentJson, ConfigJson, MemberJson, Object, PollJson, YouJson};
use crate::room::comments::Comment;
use crate::room::users::UserIx;
use crate::room::view::View;
use crate::room::Room;
use serde::Serialize;
use serde_json::value::RawValue;

/// How many comments a snapshot holds.
const COMMENTS: usize = 20;
/// The initial capacity for a snapshot, bytes. It fits the snapshot of a busy room.
pub(super) const BYTES: usize = 8 * 1024;

/// A snapshot. Its size is bounded for any size of the room.
#[derive(Serialize)]
pub(super) struct StateJson<'a> {
    room: &'a str,
    incarnation: Id,
    epoch: Id,
    seq: u64,
    ahead: bool,
    ms: u64,
    state: &'static str,
    title: &'a str,
    host: Option<&'a str>,
    private: bool,
    at_ms: u64,
    started_ms: u64,
    ended_ms: u64,
    settings: ConfigJson<'a>,
    counts: CountsJson,
    stage: Vec<MemberJson<'a>>,
    hands: Vec<HandJson<'a>>,
    pins: Vec<CommentJson<'a>>,
    comments: Vec<CommentJson<'a>>,
    polls: Vec<PollJson<'a>>,
    reactions: Object<&'a str, u64>,
    profiles: Object<&'a str, &'a RawValue>,
    you: Option<YouJson<'a>>,
}

#[derive(Serialize)]
pub(super) struct CountsJson {
    pub(super) present: u64,
    pub(super) listeners: u64,
    pub(super) speakers: u64,
    pub(super) hands: u64,
    pub(super) comments: u64,
    pub(super) interested: u64,
    pub(super) invited: u64,
}

impl CountsJson {
    pub(super) fn new(view: &View<'_>, viewer: Option<UserIx>) -> CountsJson {
        let room = view.room;
        let (present, speakers) = (view.present(), view.stage_len());
        CountsJson {
            present,
            listeners: present.saturating_sub(speakers),
            speakers,
            hands: view.hands_len(),
            comments: comments_seen_by(room, viewer),
            interested: room.interested.len() as u64,
            invited: room.invited.len() as u64,
        }
    }
}

/// How many comments were made that the viewer may see.
pub(super) fn comments_seen_by(room: &Room, viewer: Option<UserIx>) -> u64 {
    let shadow = viewer.and_then(|ix| room.users.at(ix).shadow());
    room.comments.made() + shadow.map_or(0, |shadow| shadow.made.into())
}

/// The newest `count` comments before the id `before` that the viewer may see, newest first.
pub(super) fn newest(room: &Room, viewer: Option<UserIx>, before: u64, count: usize) -> Vec<(u64, &Comment)> {
    let public = room.comments.all.range(..before).rev().take(count).map(|(&id, comment)| (id, comment));
    let mut newest = Vec::with_capacity(count.min(room.comments.all.len()));
    newest.extend(public);
    if let Some(shadow) = viewer.and_then(|ix| room.users.at(ix).shadow()) {
        let older = shadow.ids.partition_point(|&id| id < before);
        let own = shadow.ids.range(..older).rev().take(count);
        newest.extend(own.filter_map(|&id| Some((id, room.comments.shadow.get(&id)?))));
        newest.sort_unstable_by_key(|&(id, _)| std::cmp::Reverse(id));
        newest.truncate(count);
    }
    newest
}

impl<'a> StateJson<'a> {
    pub(super) fn new(view: &View<'a>, actor: Actor<'a>, env: &Env<'a>) -> StateJson<'a> {
        let room = view.room;
        let viewer = viewer(room, actor);
        let mut stage: Vec<UserIx> = view.stage().map(|(_, ix)| ix).collect();
        // The sort keeps the order of entry among users of the same role.
        stage.sort_by_key(|&ix| std::cmp::Reverse(view.role(ix)));
        let hands = view.top_hands();
        let comments = newest(room, viewer, u64::MAX, COMMENTS);
        let pins: Vec<_> = room
            .comments
            .pins
            .iter()
            .rev()
            .filter_map(|&id| Some((id, room.comments.all.get(&id)?)))
            .collect();
        let named = stage
            .iter()
            .chain(&hands)
            .copied()
            .chain(comments.iter().chain(&pins).map(|(_, comment)| comment.user))
            .chain(view.host);
        let polls = (1..).zip(&room.polls).filter(|(_, poll)| view.is_open(poll));
        StateJson {
            room: env.key,
            incarnation: Id(room.incarnation),
            epoch: Id(room.epoch),
            seq: room.seq,
            ahead: view.settles() || !room.pending.is_empty(),
            ms: env.now,
            state: view.state.name(),
            title: &room.config.title,
            host: view.host.map(|ix| &*room.users.at(ix).name),
            private: room.config.private,
            at_ms: room.times.at_ms,
            started_ms: room.times.started_ms,
            ended_ms: view.ended_ms,
            settings: ConfigJson::new(room),
            counts: CountsJson::new(view, viewer),
            profiles: shapes::profiles(room, named),
            stage: stage.into_iter().map(|ix| MemberJson::new(view, ix)).collect(),
            hands: hands.into_iter().map(|ix| HandJson::new(view, ix)).collect(),
            pins: pins.into_iter().map(|(id, comment)| CommentJson::new(room, id, comment)).collect(),
            comments: comments.into_iter().map(|(id, comment)| CommentJson::new(room, id, comment)).collect(),
            polls: polls.map(|(id, poll)| PollJson::new(view, id, poll)).collect(),
            reactions: shapes::reactions_seen_by(room, viewer),
            you: actor.user().map(|user| YouJson::new(view, user)),
        }
    }
}
