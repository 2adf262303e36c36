//! The summary of a room, while it is live and after its end.

use crate::id::Id;
use crate::json::shapes::{self, Object, PollJson};
use crate::room::users::UserIx;
use crate::room::view::View;
use crate::room::Room;
use crate::terms::RoomState;
use serde::Serialize;

/// The summary of a room.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Summary"))]
pub struct SummaryJson<'a> {
    /// The key of the room.
    pub room: &'a str,
    /// The incarnation.
    pub incarnation: Id,
    /// The title.
    pub title: &'a str,
    /// The host; None: the room has no host.
    pub host: Option<&'a str>,
    /// The state.
    pub state: RoomState,
    /// Creation, Unix ms.
    pub created_ms: u64,
    /// Scheduled start, Unix ms; 0: the room was not scheduled.
    pub at_ms: u64,
    /// Start, Unix ms; 0: not started.
    pub started_ms: u64,
    /// End or cancellation, Unix ms; 0: not over.
    pub ended_ms: u64,
    /// Time from the start to the end, or to the time of the view, ms; 0: not started.
    pub duration_ms: u64,
    /// How many users have been present.
    pub unique_members: u64,
    /// The most members present at once.
    pub peak_present: u64,
    /// How many comments were made, including deleted ones.
    pub comments: u64,
    /// Totals of reactions by kind.
    pub reactions: Object<&'a str, u64>,
    /// The total of all kinds.
    pub reactions_total: u64,
    /// How often a hand was raised.
    pub hands_raised: u64,
    /// The first 100 users who were on stage.
    pub speakers: Vec<&'a str>,
    /// How many users were on stage.
    pub speakers_total: u64,
    /// All polls.
    pub polls: Vec<PollJson<'a>>,
    /// How many users are interested.
    pub interested: u64,
    /// How many users are invited.
    pub invited: u64,
    /// Figures of moderation; None: the reader is neither staff nor the service.
    #[serde(flatten)]
    pub moderation: Option<ModerationJson>,
}

/// The figures of a summary that only staff and the service may see.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Moderation"))]
pub struct ModerationJson {
    /// How many kicks there were.
    pub kicks: u64,
    /// How many blocks there were.
    pub blocks: u64,
    /// How often an actor muted or held another user.
    pub mutes: u64,
}

impl<'a> SummaryJson<'a> {
    /// The summary at the time of the view. `with_moderation`: with the figures that only staff and the service may
    /// see.
    pub fn new(view: &View<'a>, key: &'a str, with_moderation: bool) -> SummaryJson<'a> {
        let (room, record, times) = (view.room, &view.room.record, view.room.times);
        let until = if view.ended_ms > 0 { view.ended_ms } else { view.now };
        let duration_ms = if times.started_ms > 0 { until.saturating_sub(times.started_ms) } else { 0 };
        SummaryJson {
            room: key,
            incarnation: Id(room.incarnation),
            title: &room.config.title,
            host: view.host.map(|ix| &*room.users.at(ix).name),
            state: view.state,
            created_ms: times.created_ms,
            at_ms: times.at_ms,
            started_ms: times.started_ms,
            ended_ms: view.ended_ms,
            duration_ms,
            unique_members: record.unique_members,
            peak_present: record.peak_present,
            comments: room.comments.made(),
            reactions: shapes::reactions(room),
            reactions_total: room.reactions.total,
            hands_raised: record.hands_raised,
            speakers: record.speakers.iter().map(|&ix| &*room.users.at(ix).name).collect(),
            speakers_total: record.speakers_total,
            polls: (1..).zip(&room.polls).map(|(id, poll)| PollJson::new(view, id, poll)).collect(),
            interested: room.interested.len() as u64,
            invited: room.invited.len() as u64,
            moderation: with_moderation.then_some(ModerationJson {
                kicks: record.kicks,
                blocks: record.blocks,
                mutes: record.mutes,
            }),
        }
    }

    /// Adds the comments and reactions that the viewer made under a shadow block. The viewer must not notice the block.
    /// None: the service.
    pub fn seen_by(mut self, room: &'a Room, viewer: Option<UserIx>) -> SummaryJson<'a> {
        if let Some(shadow) = viewer.and_then(|ix| room.users.at(ix).shadow()) {
            self.comments += u64::from(shadow.made);
            self.reactions = shapes::reactions_seen_by(room, viewer);
            self.reactions_total += shadow.reactions.iter().map(|own| own.count).sum::<u64>();
        }
        self
    }
}
