//! Checks every frame, reply and export line of the tests against `docs/schema/redis-room.schema.json`.
//!
//! The documented schema is open: a later version may add fields. Here it is closed, so that a field without
//! documentation fails.

use super::{Json, Value};
use jsonschema::Validator;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::LazyLock;

struct Schemas {
    frame: Validator,
    replies: BTreeMap<String, Validator>,
    export: Validator,
}

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema/redis-room.schema.json");
    let text = std::fs::read_to_string(path).expect("the schema");
    let mut schema: Json = serde_json::from_str(&text).expect("the schema is JSON");
    close(&mut schema, true);
    let validator = |pointer: &str| {
        let root = json!({ "$ref": format!("#{pointer}"), "$defs": schema["$defs"], "properties": schema["properties"] });
        jsonschema::validator_for(&root).expect("the schema is valid")
    };
    let replies = schema["properties"]["replies"]["properties"].as_object().expect("replies by command");
    Schemas {
        frame: validator("/properties/frame"),
        replies: replies
            .keys()
            .map(|name| (name.clone(), validator(&format!("/properties/replies/properties/{name}"))))
            .collect(),
        export: validator("/properties/export"),
    }
});

/// Forbids fields that the schema does not name. An alternative of a shape with fields of its own stays open: the shape
/// around it is closed.
fn close(schema: &mut Json, may_close: bool) {
    let Some(keywords) = schema.as_object_mut() else { return };
    let is_shape = keywords.contains_key("properties");
    if is_shape && may_close {
        keywords.entry("unevaluatedProperties").or_insert(json!(false));
    }
    for (keyword, part) in keywords {
        match keyword.as_str() {
            "properties" | "$defs" => {
                part.as_object_mut().expect("shapes by name").values_mut().for_each(|part| close(part, true));
            }
            "items" | "additionalProperties" => close(part, true),
            "oneOf" | "anyOf" | "allOf" => {
                let parts = part.as_array_mut().expect("alternatives");
                parts.iter_mut().for_each(|part| close(part, may_close && !is_shape));
            }
            _ => {}
        }
    }
}

/// Why a message on a room's channel is not a documented frame.
pub fn frame_error(payload: &str) -> Option<String> {
    error(&SCHEMAS.frame, payload.as_bytes())
}

/// Checks the reply to a command, if the command replies JSON.
#[track_caller]
pub fn check_reply(command: &[Vec<u8>], reply: &Value) {
    let Some(name) = command.first().and_then(|name| std::str::from_utf8(name).ok()) else { return };
    let name = name.to_ascii_uppercase();
    let found = match reply {
        Value::BulkString(json) => SCHEMAS.replies.get(&name).and_then(|schema| error(schema, json)),
        Value::Array(page) if name == "ROOM.EXPORT" => {
            lines(page).find_map(|line| error(&SCHEMAS.export, line))
        }
        Value::Array(page) if name == "ROOM.LIST" => {
            let cards = lines(page).filter(|card| card.starts_with(b"{"));
            cards.filter_map(|card| error(SCHEMAS.replies.get("ROOM.INFO")?, card)).next()
        }
        _ => None,
    };
    if let Some(why) = found {
        panic!("the reply to {name} is not as documented: {why}");
    }
}

/// The second item of a page of EXPORT or LIST.
fn lines(page: &[Value]) -> impl Iterator<Item = &[u8]> {
    let lines = match page.get(1) {
        Some(Value::Array(lines)) => lines.as_slice(),
        _ => &[],
    };
    lines.iter().filter_map(|line| match line {
        Value::BulkString(line) => Some(line.as_slice()),
        _ => None,
    })
}

fn error(schema: &Validator, json: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(json);
    let value: Json = match serde_json::from_slice(json) {
        Ok(value) => value,
        Err(error) => return Some(format!("no JSON ({error}): {text}")),
    };
    let error = schema.validate(&value).err()?;
    Some(format!("at {}: {error}\n{text}", error.instance_path()))
}
