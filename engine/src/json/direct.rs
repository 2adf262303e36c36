//! Direct frames: events for a few users only. They have no number.

use crate::id::Id;
use crate::json::{self, Written};
use crate::room::pending::DirectEvent;
use serde::Serialize;

/// A direct event for the users `to`, at `ms` (Unix ms). It waits in the room until its frame is sent.
pub fn direct<E: Serialize>(to: Vec<Box<str>>, ms: u64, event: &E) -> DirectEvent {
    DirectEvent { to, ms, event: json::write(event).into() }
}

/// The frame of a direct event. `key`: the key under which the room is stored now.
pub fn frame(direct: &DirectEvent, key: &str, epoch: u64) -> String {
    #[derive(Serialize)]
    struct DirectFrame<'a> {
        room: &'a str,
        epoch: Id,
        ms: u64,
        to: &'a [Box<str>],
        event: Written<'a>,
    }
    json::write(&DirectFrame {
        room: key,
        epoch: Id(epoch),
        ms: direct.ms,
        to: &direct.to,
        event: Written(&direct.event),
    })
}

/// Direct event: the state of an offer.
#[derive(Serialize)]
pub struct OfferNotice<'a> {
    /// `offer`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The user who got the offer.
    pub user: &'a str,
    /// `made`, `accepted`, `declined` or `expired`.
    pub state: &'static str,
    /// When the offer expires, Unix ms.
    pub until_ms: u64,
    /// The actor who made the offer.
    pub by: &'a str,
}

impl<'a> OfferNotice<'a> {
    /// The event for an offer to `user`. `state`: `made`, `accepted`, `declined` or `expired`. `until_ms`: Unix ms.
    pub fn new(user: &'a str, state: &'static str, until_ms: u64, by: &'a str) -> Self {
        OfferNotice { kind: "offer", user, state, until_ms, by }
    }
}

/// Direct event: an actor asks the user to unmute itself.
#[derive(Serialize)]
pub struct UnmuteRequest<'a> {
    /// `unmute_request`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The user who is asked.
    pub user: &'a str,
    /// The actor.
    pub by: &'a str,
}

impl<'a> UnmuteRequest<'a> {
    /// The event for a request of `by` to `user`.
    pub fn new(user: &'a str, by: &'a str) -> Self {
        UnmuteRequest { kind: "unmute_request", user, by }
    }
}

/// Direct event: a user was removed from the room.
#[derive(Serialize)]
pub struct RemovedNotice<'a> {
    /// `removed_notice`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The removed user.
    pub user: &'a str,
    /// `kick`, `block` or `uninvite`.
    pub how: &'static str,
    /// The reason; empty: none was given.
    pub reason: &'a str,
    /// The actor; None: the event is for the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'a str>,
}

impl<'a> RemovedNotice<'a> {
    /// The event for the user. It does not name the actor.
    pub fn to_user(user: &'a str, how: &'static str, reason: &'a str) -> Self {
        RemovedNotice { kind: "removed_notice", user, how, reason, by: None }
    }

    /// The event for the staff.
    pub fn to_staff(user: &'a str, how: &'static str, reason: &'a str, by: &'a str) -> Self {
        RemovedNotice { kind: "removed_notice", user, how, reason, by: Some(by) }
    }
}
