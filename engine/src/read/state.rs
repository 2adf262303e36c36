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
use crate::terms::RoomState;
use serde::Serialize;
use serde_json::value::RawValue;

/// How many comments a snapshot holds.
const COMMENTS: usize = 20;
/// The initial capacity for a snapshot, bytes. It fits the snapshot of a busy room.
pub(super) const BYTES: usize = 8 * 1024;

/// A snapshot. Its size is bounded for any size of the room.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "State"))]
pub(crate) struct StateJson<'a> {
    /// The key of the room.
    room: &'a str,
    /// The id of the room from its creation on.
    incarnation: Id,
    /// The epoch.
    epoch: Id,
    /// The number of the last event.
    seq: u64,
    /// The snapshot shows changes that still wait for their frame, or deadlines that are not settled.
    ahead: bool,
    /// The time of the server, Unix ms.
    ms: u64,
    /// The state.
    state: RoomState,
    /// The title.
    title: &'a str,
    /// The host; null: the room has none.
    host: Option<&'a str>,
    /// Only staff and invited users may enter and read.
    private: bool,
    /// Scheduled start, Unix ms; 0: the room was not scheduled.
    at_ms: u64,
    /// Start, Unix ms; 0: not started.
    started_ms: u64,
    /// End or cancellation, Unix ms; 0: not over.
    ended_ms: u64,
    /// Every field of ROOM.CONFIG.
    settings: ConfigJson<'a>,
    /// The counts.
    counts: CountsJson,
    /// The members on stage: host, cohosts, speakers, each by entry.
    stage: Vec<MemberJson<'a>>,
    /// The first 20 raised hands.
    hands: Vec<HandJson<'a>>,
    /// Pinned comments, newest pin first.
    pins: Vec<CommentJson<'a>>,
    /// The 20 newest comments, newest first.
    comments: Vec<CommentJson<'a>>,
    /// Open polls.
    polls: Vec<PollJson<'a>>,
    /// Totals by kind.
    reactions: Object<&'a str, u64>,
    /// Profiles by user.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::application_objects"))]
    profiles: Object<&'a str, &'a RawValue>,
    /// The actor as it sees itself; null: the service.
    you: Option<YouJson<'a>>,
}

/// Counts of a room.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Counts"))]
pub(crate) struct CountsJson {
    /// Members present.
    pub(super) present: u64,
    /// Members present who are not on stage.
    pub(super) listeners: u64,
    /// Members on stage.
    pub(super) speakers: u64,
    /// Raised hands.
    pub(super) hands: u64,
    /// Comments made.
    pub(super) comments: u64,
    /// Interested users.
    pub(super) interested: u64,
    /// Invited users.
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
            state: view.state,
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
