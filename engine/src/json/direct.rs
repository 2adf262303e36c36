//! Direct frames: events for a few users only. They have no number.

use crate::id::Id;
use crate::json::frames::{DirectFrame, FrameKind};
use crate::json::{self, Written};
use crate::room::direct::{DirectEvent, DirectKey};
use serde::Serialize;

/// A direct event.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "DirectEvent"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DirectBody<'a> {
    /// The state of an offer.
    Offer {
        /// The user who got the offer.
        user: &'a str,
        /// `made`, `accepted`, `declined` or `expired`.
        #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::offer_state"))]
        state: &'static str,
        /// When the offer expires, Unix ms.
        until_ms: u64,
        /// The actor who made the offer.
        by: &'a str,
    },
    /// An actor asks the user to unmute itself.
    UnmuteRequest {
        /// The user who is asked.
        user: &'a str,
        /// The actor.
        by: &'a str,
    },
    /// An actor lowered the hand of the user.
    HandLowered {
        /// The user.
        user: &'a str,
        /// The actor.
        by: &'a str,
    },
    /// Users were removed from the room.
    RemovedNotice {
        /// `kick`, `block` or `uninvite`.
        #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::removal"))]
        how: &'static str,
        /// The reason; empty: none was given.
        reason: &'a str,
        /// The actor; None: the event is for the removed users.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<&'a str>,
        /// The removed users; None: the event is for them.
        #[serde(skip_serializing_if = "Option::is_none")]
        removed: Option<&'a [&'a str]>,
    },
}

impl DirectBody<'_> {
    /// The value of `type`.
    fn kind(&self) -> &'static str {
        match self {
            DirectBody::Offer { .. } => "offer",
            DirectBody::UnmuteRequest { .. } => "unmute_request",
            DirectBody::HandLowered { .. } => "hand_lowered",
            DirectBody::RemovedNotice { .. } => "removed_notice",
        }
    }

    /// The users that the event is about; empty: its receivers.
    fn subject(&self) -> Vec<Box<str>> {
        match self {
            DirectBody::Offer { user, .. }
            | DirectBody::UnmuteRequest { user, .. }
            | DirectBody::HandLowered { user, .. } => vec![(*user).into()],
            DirectBody::RemovedNotice { removed, .. } => {
                removed.iter().copied().flatten().map(|&user| user.into()).collect()
            }
        }
    }
}

/// A direct event for these users, at `ms` (Unix ms). It waits in the room until its frame is sent.
pub fn direct(users: Vec<Box<str>>, ms: u64, body: &DirectBody<'_>) -> DirectEvent {
    let key = DirectKey { kind: body.kind(), subject: body.subject(), users };
    DirectEvent { key, ms, event: json::write(body).into() }
}

/// The frame of a direct event. `key`: the key under which the room is stored now.
pub fn frame(direct: &DirectEvent, key: &str, epoch: u64) -> String {
    json::write(&DirectFrame {
        kind: FrameKind::Direct,
        room: key,
        epoch: Id(epoch),
        ms: direct.ms,
        users: &direct.key.users,
        event: Written(&direct.event),
    })
}
