//! Direct frames: what goes to a few users only, without a number.

use crate::id::Id;
use crate::json::{self, Written};
use crate::room::pending::DirectEvent;
use serde::Serialize;

/// An event for a few users only, written as JSON. It waits in the room until its frame is sent.
pub fn direct<E: Serialize>(to: Vec<Box<str>>, ms: u64, event: &E) -> DirectEvent {
    DirectEvent { to, ms, event: json::write(event).into() }
}

/// The frame of a direct event, under the key that the room has now.
pub fn frame(direct: &DirectEvent, key: &str, epoch: u64) -> String {
    #[derive(Serialize)]
    struct Frame<'a> {
        room: &'a str,
        epoch: Id,
        ms: u64,
        to: &'a [Box<str>],
        event: Written<'a>,
    }
    json::write(&Frame {
        room: key,
        epoch: Id(epoch),
        ms: direct.ms,
        to: &direct.to,
        event: Written(&direct.event),
    })
}

/// Direct event: what became of an offer of a seat.
#[derive(Serialize)]
#[allow(missing_docs)]
pub struct OfferNotice<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub user: &'a str,
    pub state: &'static str,
    pub until_ms: u64,
    pub by: &'a str,
}

impl<'a> OfferNotice<'a> {
    /// `state`: made, accepted, declined, expired.
    pub fn new(user: &'a str, state: &'static str, until_ms: u64, by: &'a str) -> Self {
        OfferNotice { kind: "offer", user, state, until_ms, by }
    }
}

/// Direct event: somebody asks the user to open its microphone.
#[derive(Serialize)]
#[allow(missing_docs)]
pub struct UnmuteRequest<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub user: &'a str,
    pub by: &'a str,
}

impl<'a> UnmuteRequest<'a> {
    /// `by` asks `user`.
    pub fn new(user: &'a str, by: &'a str) -> Self {
        UnmuteRequest { kind: "unmute_request", user, by }
    }
}

/// Direct event: a user was taken out of the room.
#[derive(Serialize)]
#[allow(missing_docs)]
pub struct RemovedNotice<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub user: &'a str,
    pub how: &'static str,
    pub reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'a str>,
}

impl<'a> RemovedNotice<'a> {
    /// For the user, who is not told by whom.
    pub fn to_user(user: &'a str, how: &'static str, reason: &'a str) -> Self {
        RemovedNotice { kind: "removed_notice", user, how, reason, by: None }
    }

    /// For the staff.
    pub fn to_staff(user: &'a str, how: &'static str, reason: &'a str, by: &'a str) -> Self {
        RemovedNotice { kind: "removed_notice", user, how, reason, by: Some(by) }
    }
}
