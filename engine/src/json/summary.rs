//! The summary of a room, while it lives and after.

use crate::id::Id;
use crate::json::shapes::{self, Object, PollJson};
use crate::room::view::View;
use serde::Serialize;

/// What became of a room.
#[derive(Serialize)]
#[allow(missing_docs)]
pub struct SummaryJson<'a> {
    pub room: &'a str,
    pub incarnation: Id,
    pub title: &'a str,
    pub host: Option<&'a str>,
    pub state: &'static str,
    pub created_ms: u64,
    pub at_ms: u64,
    pub started_ms: u64,
    pub ended_ms: u64,
    pub duration_ms: u64,
    pub unique_members: u64,
    pub peak_present: u64,
    pub comments: u64,
    pub reactions: Object<&'a str, u64>,
    pub reactions_total: u64,
    pub hands_raised: u64,
    pub speakers: Vec<&'a str>,
    pub speakers_total: u64,
    pub polls: Vec<PollJson<'a>>,
    pub interested: u64,
    pub invited: u64,
    #[serde(flatten)]
    pub moderation: Option<ModerationJson>,
}

/// Figures for staff and the service only.
#[derive(Serialize)]
#[allow(missing_docs)]
pub struct ModerationJson {
    pub kicks: u64,
    pub blocks: u64,
    pub mutes: u64,
}

impl<'a> SummaryJson<'a> {
    /// The summary as of the view; `whole` with what only staff may know.
    pub fn new(view: &View<'a>, key: &'a str, whole: bool) -> SummaryJson<'a> {
        let (room, record, times) = (view.room, &view.room.record, view.room.times);
        let until = if view.ended_ms > 0 { view.ended_ms } else { view.now };
        let lasted = if times.started_ms > 0 { until.saturating_sub(times.started_ms) } else { 0 };
        SummaryJson {
            room: key,
            incarnation: Id(room.incarnation),
            title: &room.config.title,
            host: view.host.map(|ix| &*room.users.at(ix).name),
            state: view.state.name(),
            created_ms: times.created_ms,
            at_ms: times.at_ms,
            started_ms: times.started_ms,
            ended_ms: view.ended_ms,
            duration_ms: lasted,
            unique_members: record.unique_members,
            peak_present: record.peak_present,
            comments: room.comments.all.len() as u64,
            reactions: shapes::reactions(room),
            reactions_total: room.reactions.total,
            hands_raised: record.hands_raised,
            speakers: record.speakers.iter().map(|&ix| &*room.users.at(ix).name).collect(),
            speakers_total: record.speakers_total,
            polls: (1..).zip(&room.polls).map(|(id, poll)| PollJson::new(view, id, poll)).collect(),
            interested: room.interested,
            invited: room.invited.len() as u64,
            moderation: whole.then_some(ModerationJson {
                kicks: record.kicks,
                blocks: record.blocks,
                mutes: record.mutes,
            }),
        }
    }
}
