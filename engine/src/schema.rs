//! The JSON Schema of everything that the module sends as JSON: frames, replies and the lines of an export.
//!
//! It comes from the types that the JSON writer writes, so it names every field with its meaning. `docs/schema/` holds
//! the result: `cargo run -p room-engine --example schema`. A test compares the two. The black-box tests check every
//! frame and reply against it.

mod asyncapi;
mod parts;

pub use asyncapi::asyncapi;

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{json, Map, Value};

/// The schema: an object whose properties are `frame`, `replies` (by command) and `export`. `$defs` holds the shapes.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let frame = parts::frame(&mut generator);
    let replies: Map<String, Value> = parts::replies(&mut generator)
        .into_iter()
        .map(|(command, schema)| (command.to_owned(), schema.into()))
        .collect();
    let export = parts::export_line(&mut generator);
    let required: Vec<&String> = replies.keys().collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "RedisRoom",
        "description": "Everything that redis-room sends as JSON. Times are Unix ms of the server. Fields may be added.",
        "type": "object",
        "properties": {
            "frame": frame,
            "replies": {
                "description": "The JSON replies by command.",
                "type": "object",
                "properties": replies,
                "required": required,
            },
            "export": export,
        },
        "required": ["frame", "replies", "export"],
        "$defs": generator.take_definitions(true),
    })
}

/// The files of `docs/schema/` that come from the engine, by name.
pub fn files() -> [(&'static str, String); 2] {
    [("redis-room.schema.json", file(&schema())), ("asyncapi.json", file(&asyncapi()))]
}

/// The CRC-32 of the schema's file.
pub fn sum() -> u32 {
    crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(file(&schema()).as_bytes())
}

fn file(document: &Value) -> String {
    format!("{document:#}\n")
}

/// Makes the schemas of fields that always hold the same word.
macro_rules! constant_words {
    ($($name:ident = $word:literal;)*) => {$(
        pub(crate) fn $name(_: &mut SchemaGenerator) -> Schema {
            schemars::json_schema!({ "type": "string", "const": $word })
        }
    )*};
}
constant_words! {
    kind_events = "events";
    kind_direct = "direct";
    kind_gone = "gone";
}

/// Makes the schemas of fields that hold one of some words.
macro_rules! words {
    ($($name:ident = $words:tt;)*) => {$(
        pub(crate) fn $name(_: &mut SchemaGenerator) -> Schema {
            schemars::json_schema!({ "type": "string", "enum": $words })
        }
    )*};
}
words! {
    publish = ["global", "shard"];
    poll_state = ["open", "closed"];
    offer_state = ["made", "accepted", "declined", "expired"];
    removal = ["kick", "block", "uninvite"];
}

/// A JSON object of the application, or null: a profile or a room's meta.
pub(crate) fn optional_application_object(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": ["object", "null"] })
}

/// Objects of the application by user: profiles.
pub(crate) fn application_objects(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "object", "additionalProperties": { "type": "object" } })
}
