//! Frames: the messages on the channel of a room. Every message says its `kind`.

use crate::id::Id;
use crate::json::shapes::Object;
use crate::json::Written;
use serde::Serialize;
use serde_json::value::RawValue;

/// The kind of a frame.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum FrameKind {
    /// Numbered events, for all members.
    Events,
    /// One event for a few users.
    Direct,
    /// The server lost the room under its key.
    Gone,
}

/// Numbered events of a room, and the profiles of the users that they name. It is also the reply of ROOM.EVENTS.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventsFrame<'a> {
    /// `events`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::kind_events"))]
    pub kind: FrameKind,
    /// The key of the room.
    pub room: &'a str,
    /// The epoch.
    pub epoch: Id,
    /// The number of the first event.
    pub from: u64,
    /// The number of the last event; `from - 1`: there is no event.
    pub to: u64,
    /// When the frame was made, Unix ms.
    pub ms: u64,
    /// The events, in order.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<crate::json::events::NumberedEvent<'_>>"))]
    pub events: Vec<Written<'a>>,
    /// Profiles by user.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::application_objects"))]
    pub profiles: Object<&'a str, &'a RawValue>,
}

/// An event for a few users only. It has no number and is not in ROOM.EVENTS.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DirectFrame<'a> {
    /// `direct`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::kind_direct"))]
    pub kind: FrameKind,
    /// The key of the room.
    pub room: &'a str,
    /// The epoch.
    pub epoch: Id,
    /// When the event happened, Unix ms.
    pub ms: u64,
    /// The users who receive the event.
    pub users: &'a [Box<str>],
    /// The event.
    #[cfg_attr(feature = "schema", schemars(with = "crate::json::direct::DirectBody<'_>"))]
    pub event: Written<'a>,
}

/// The server lost the room under this key. It is a hint to call ROOM.STATE.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GoneFrame<'a> {
    /// `gone`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::kind_gone"))]
    pub kind: FrameKind,
    /// The key of the room.
    pub room: &'a str,
    /// The epoch that has ended.
    pub epoch: Id,
}
