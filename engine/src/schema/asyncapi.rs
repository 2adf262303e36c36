//! The AsyncAPI document of the channels on which the module publishes.

use crate::command::commands;
use serde_json::{json, Map, Value};

/// Where the shapes of the messages are, as seen from the document.
const SHAPES: &str = "./redis-room.schema.json#/$defs";

/// The AsyncAPI 3 document: the channel of a room's frames, and the keyspace notifications.
pub fn asyncapi() -> Value {
    let frame = |name: &str, summary: &str| {
        json!({
            "name": name,
            "summary": summary,
            "contentType": "application/json",
            "payload": { "$ref": format!("{SHAPES}/{name}") },
        })
    };
    let messages = json!({
        "events": frame("EventsFrame", "Numbered events of a room."),
        "direct": frame("DirectFrame", "An event for a few users only. It has no number."),
        "gone": frame("GoneFrame", "The server lost the room under this key: a hint to call ROOM.STATE."),
        "notification": {
            "name": "notification",
            "summary": "The key of the room that changed.",
            "contentType": "text/plain",
            "payload": { "type": "string" },
        },
    });
    let refs = |names: &[&str], of: &str| -> Map<String, Value> {
        names.iter().map(|&name| (name.to_owned(), json!({ "$ref": format!("{of}/{name}") }))).collect()
    };
    let database = json!({ "description": "The number of the database. 0 in a cluster." });
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "redis-room",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What the module publishes. Commands are in docs/commands.md, shapes in redis-room.schema.json.",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "defaultContentType": "application/json",
        "channels": {
            "room": {
                "address": "__room@{db}__:{tagged_key}",
                "description": "The frames of a room: PUBLISH, or SPUBLISH in a cluster. The replies of CREATE, JOIN and INFO give the name in `channel` and the way in `publish`.",
                "parameters": {
                    "db": database,
                    "tagged_key": { "description": "The room's key in braces, or as it is if it has a hash tag." },
                },
                "messages": refs(&["events", "direct", "gone"], "#/components/messages"),
            },
            "notifications": {
                "address": "__keyevent@{db}__:room.{event}",
                "description": "Keyspace notifications of class `d`: one for each changing command, and `tick` once per flush. They are lossy and per node.",
                "parameters": { "db": database, "event": { "enum": events() } },
                "messages": refs(&["notification"], "#/components/messages"),
            },
        },
        "operations": {
            "publishFrame": {
                "action": "send",
                "channel": { "$ref": "#/channels/room" },
                "messages": [
                    { "$ref": "#/channels/room/messages/events" },
                    { "$ref": "#/channels/room/messages/direct" },
                    { "$ref": "#/channels/room/messages/gone" },
                ],
            },
            "notify": {
                "action": "send",
                "channel": { "$ref": "#/channels/notifications" },
                "messages": [{ "$ref": "#/channels/notifications/messages/notification" }],
            },
        },
        "components": { "messages": messages },
    })
}

/// The names of the notifications, without `room.`, as the table of commands gives them.
fn events() -> Vec<String> {
    let mut events: Vec<String> = commands()
        .filter_map(|spec| {
            Some(spec.event.split_once("notification `room.")?.1.split_once('`')?.0.to_owned())
        })
        .collect();
    events.sort_unstable();
    events.dedup();
    events
}
