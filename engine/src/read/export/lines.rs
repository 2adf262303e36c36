//! The JSON lines of an export: one shape per kind. `docs/events.md` describes the fields. Times are Unix ms.

use crate::json::shapes::{PollJson, PollOptionJson};
use crate::terms::{HostLoss, Role, RoomState};
use serde::Serialize;

/// A line: the fields that all kinds share, and the body.
#[derive(Serialize)]
pub(crate) struct Line<'a, T> {
    pub(super) kind: &'static str,
    pub(super) room: &'a str,
    pub(super) incarnation: &'a str,
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) body: T,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct RoomLine<'a> {
    pub(super) title: &'a str,
    pub(super) host: Option<&'a str>,
    pub(super) state: RoomState,
    pub(super) seq: u64,
    pub(super) creator: &'a str,
    pub(super) end_reason: Option<&'static str>,
    pub(super) ended_by: Option<&'a str>,
    pub(super) created_ms: u64,
    pub(super) first_at_ms: u64,
    pub(super) at_ms: u64,
    pub(super) started_ms: u64,
    pub(super) ended_ms: u64,
    pub(super) duration_ms: u64,
    pub(super) unique_members: u64,
    pub(super) peak_present: u64,
    pub(super) comments: u64,
    pub(super) reactions_total: u64,
    pub(super) hands_raised: u64,
    pub(super) speakers_total: u64,
    pub(super) interested: u64,
    pub(super) invited: u64,
    pub(super) kicks: u64,
    pub(super) blocks: u64,
    pub(super) mutes: u64,
    pub(super) moderation_dropped: u64,
    /// The JSON object as a string, because a line is flat.
    pub(super) meta: Option<&'a str>,
    #[serde(flatten)]
    pub(super) settings: SettingsLine<'a>,
}

/// The settings. A setting with the same name as a figure of the summary has the suffix `_on`.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct SettingsLine<'a> {
    pub(super) private: bool,
    pub(super) seats: u32,
    pub(super) capacity: u32,
    pub(super) hostloss: HostLoss,
    pub(super) comments_on: bool,
    pub(super) reactions_on: bool,
    pub(super) hands_on: bool,
    pub(super) slowmode: u32,
    pub(super) emojis: &'a [Box<str>],
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct MemberLine<'a> {
    pub(super) user: &'a str,
    pub(super) role: Role,
    pub(super) first_joined_ms: u64,
    pub(super) last_left_ms: u64,
    pub(super) present_ms: u64,
    pub(super) stage_ms: u64,
    pub(super) joins: u32,
    pub(super) comments: u32,
    pub(super) reactions: u64,
    pub(super) hands: u32,
    pub(super) votes: u32,
    pub(super) invited: bool,
    pub(super) invited_ms: u64,
    pub(super) invited_by: Option<&'a str>,
    pub(super) interested: bool,
    pub(super) interested_ms: u64,
    pub(super) blocked: bool,
}

/// A visit or a time on stage.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct SpanLine<'a> {
    pub(super) user: &'a str,
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
}

/// A hand or an offer.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct RequestLine<'a> {
    pub(super) user: &'a str,
    pub(super) from_ms: u64,
    pub(super) to_ms: u64,
    pub(super) how: &'static str,
    pub(super) by: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct CommentLine<'a> {
    pub(super) comment_id: u64,
    pub(super) user: &'a str,
    pub(super) ms: u64,
    pub(super) text: &'a str,
    pub(super) reply: u64,
    pub(super) deleted: bool,
    pub(super) deleted_by: Option<&'a str>,
    pub(super) pinned: bool,
    pub(super) shadow: bool,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct ReactionLine<'a> {
    pub(super) user: &'a str,
    pub(super) reaction: &'a str,
    pub(super) count: u64,
    pub(super) shadow: bool,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct MinuteLine<'a> {
    pub(super) minute_ms: u64,
    pub(super) peak_present: u64,
    pub(super) joins: u64,
    pub(super) leaves: u64,
    pub(super) comments: u64,
    pub(super) reactions: Vec<KindCountLine<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct KindCountLine<'a> {
    pub(super) reaction: &'a str,
    pub(super) count: u64,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct PollLine<'a> {
    pub(super) poll: u64,
    #[serde(flatten)]
    pub(super) shape: PollFields<'a>,
}

/// The fields of a poll, except `id`, which is the id of the line.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct PollFields<'a> {
    pub(super) question: &'a str,
    pub(super) options: Vec<PollOptionJson<'a>>,
    pub(super) voters: u64,
    pub(super) state: &'static str,
    pub(super) multi: u8,
    pub(super) secret: bool,
    #[serde(rename = "final")]
    pub(super) is_final: bool,
    pub(super) hidden: bool,
    pub(super) opened_ms: u64,
    pub(super) closes_ms: u64,
}

impl<'a> From<PollJson<'a>> for PollFields<'a> {
    fn from(poll: PollJson<'a>) -> Self {
        let PollJson {
            question,
            options,
            voters,
            state,
            multi,
            secret,
            is_final,
            hidden,
            opened_ms,
            closes_ms,
            ..
        } = poll;
        PollFields { question, options, voters, state, multi, secret, is_final, hidden, opened_ms, closes_ms }
    }
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct VoteLine<'a> {
    pub(super) poll: u64,
    pub(super) user: &'a str,
    pub(super) options: Vec<u8>,
    pub(super) ms: u64,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct ModerationLine<'a> {
    pub(super) ms: u64,
    pub(super) actor: &'a str,
    pub(super) action: &'a str,
    pub(super) target: &'a str,
    pub(super) reason: &'a str,
    pub(super) until_ms: u64,
}
