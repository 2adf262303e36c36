//! The roots of the schema: the frames, the reply of each command and the lines of an export.

use crate::json::frames::{DirectFrame, EventsFrame, GoneFrame};
use crate::json::replies::{CreatedJson, JoinedJson};
use crate::json::shapes::{MemberJson, PollJson, YouJson};
use crate::json::summary::SummaryJson;
use crate::read::card::CardJson;
use crate::read::export::lines::{
    CommentLine, MemberLine, MinuteLine, ModerationLine, PollLine, ReactionLine, RequestLine, RoomLine,
    SpanLine, VoteLine,
};
use crate::read::lists::{BlockedPage, CommentsPage, HandsPage, InvitedPage, MembersPage, SessionsPage};
use crate::read::state::StateJson;
use schemars::{json_schema, JsonSchema, Schema, SchemaGenerator};
use serde_json::{json, Map, Value};

/// A message on a room's channel.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "Frame")]
#[allow(dead_code, reason = "only its schema is used")]
enum AnyFrame<'a> {
    Events(EventsFrame<'a>),
    Direct(DirectFrame<'a>),
    Gone(GoneFrame<'a>),
}

pub(super) fn frame(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<AnyFrame<'_>>()
}

/// The reply of WHOIS: the member, or `you` for the actor itself. A user that the room does not know gives a null reply.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "Whois")]
#[allow(dead_code, reason = "only its schema is used")]
enum WhoisJson<'a> {
    Member(MemberJson<'a>),
    You(YouJson<'a>),
}

/// The JSON replies, by command.
pub(super) fn replies(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
    vec![
        ("ROOM.CREATE", generator.subschema_for::<CreatedJson>()),
        ("ROOM.END", generator.subschema_for::<SummaryJson<'_>>()),
        ("ROOM.INVITED", generator.subschema_for::<InvitedPage<'_>>()),
        ("ROOM.JOIN", generator.subschema_for::<JoinedJson<'_>>()),
        ("ROOM.SESSIONS", generator.subschema_for::<SessionsPage<'_>>()),
        ("ROOM.BLOCKED", generator.subschema_for::<BlockedPage<'_>>()),
        ("ROOM.COMMENTS", generator.subschema_for::<CommentsPage<'_>>()),
        ("ROOM.POLLCLOSE", generator.subschema_for::<PollJson<'_>>()),
        ("ROOM.POLLS", generator.subschema_for::<Vec<PollJson<'_>>>()),
        ("ROOM.STATE", generator.subschema_for::<StateJson<'_>>()),
        ("ROOM.MEMBERS", generator.subschema_for::<MembersPage<'_>>()),
        ("ROOM.WHOIS", generator.subschema_for::<WhoisJson<'_>>()),
        ("ROOM.HANDS", generator.subschema_for::<HandsPage<'_>>()),
        ("ROOM.EVENTS", generator.subschema_for::<EventsFrame<'_>>()),
        ("ROOM.SUMMARY", generator.subschema_for::<SummaryJson<'_>>()),
        ("ROOM.INFO", generator.subschema_for::<CardJson<'_>>()),
    ]
}

/// A line of an export, by kind.
pub(super) fn export_line(generator: &mut SchemaGenerator) -> Schema {
    let lines = [
        line::<RoomLine<'_>>(generator, "room"),
        line::<MemberLine<'_>>(generator, "member"),
        line::<SpanLine<'_>>(generator, "visit"),
        line::<SpanLine<'_>>(generator, "stage"),
        line::<RequestLine<'_>>(generator, "hand"),
        line::<RequestLine<'_>>(generator, "offer"),
        line::<CommentLine<'_>>(generator, "comment"),
        line::<ReactionLine<'_>>(generator, "reaction"),
        line::<MinuteLine<'_>>(generator, "timeline"),
        line::<PollLine<'_>>(generator, "poll"),
        line::<VoteLine<'_>>(generator, "vote"),
        line::<ModerationLine<'_>>(generator, "moderation"),
    ];
    json_schema!({ "description": "A line of ROOM.EXPORT.", "oneOf": lines })
}

/// A line of this kind: the fields that all lines share, and those of the body `T`.
fn line<T: JsonSchema>(generator: &mut SchemaGenerator, kind: &'static str) -> Schema {
    let name = format!("{}Line", capitalized(kind));
    let mut body = T::json_schema(generator);
    let shared = [
        ("kind", json!({ "const": kind })),
        ("room", json!({ "type": "string", "description": "The key of the room." })),
        (
            "incarnation",
            json!({ "type": "string", "description": "The id of the room from its creation on." }),
        ),
        ("id", json!({ "type": "string", "description": "Unique within kind, room and incarnation." })),
    ];
    let own = take_object(&mut body, "properties");
    let properties: Map<String, Value> =
        shared.iter().map(|(field, schema)| (field.to_string(), schema.clone())).chain(own).collect();
    let own_required = body.remove("required").unwrap_or_else(|| json!([]));
    let required: Vec<Value> = shared
        .iter()
        .map(|(field, _)| json!(field))
        .chain(own_required.as_array().into_iter().flatten().cloned())
        .collect();
    body.insert("properties".into(), properties.into());
    body.insert("required".into(), required.into());
    generator.definitions_mut().insert(name.clone(), body.into());
    Schema::new_ref(format!("#/$defs/{name}"))
}

fn take_object(schema: &mut Schema, keyword: &str) -> Map<String, Value> {
    match schema.remove(keyword) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
