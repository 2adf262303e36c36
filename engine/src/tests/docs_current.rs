//! The documents match the code.

use std::collections::BTreeSet;

#[test]
fn commands_md_is_what_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/commands.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == crate::command::docs::commands_md(),
        "docs/commands.md is out of date: cargo run -p room-engine --example commands_md > docs/commands.md"
    );
}

#[test]
fn the_schemas_are_what_the_types_say() {
    for (name, text) in crate::schema::files() {
        let path = format!("{}/../docs/schema/{name}", env!("CARGO_MANIFEST_DIR"));
        let file = std::fs::read_to_string(path).unwrap_or_default();
        assert!(file == text, "docs/schema/{name} is out of date: scripts/schema");
    }
}

/// The schema has a reply for each command that replies JSON, and for no other.
#[test]
fn the_schema_knows_the_reply_of_every_command_with_json() {
    let schema = crate::schema::schema();
    let replies = schema["properties"]["replies"]["properties"].as_object().expect("replies");
    let known: BTreeSet<&str> = replies.keys().map(String::as_str).collect();
    let json = crate::command::commands().filter(|spec| spec.tips.contains(&"reply:json"));
    assert_eq!(known, json.map(|spec| spec.name).collect());
}

/// `scripts/schema` notes in the types from which schema it made them.
#[test]
fn the_types_are_made_from_this_schema() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/schema");
    let read = |name: &str| std::fs::read_to_string(format!("{root}/{name}")).unwrap_or_default();
    let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(read("redis-room.schema.json").as_bytes());
    let first = format!("// Made by scripts/schema from redis-room.schema.json (CRC-32 {sum:08x}).\n");
    assert!(
        read("redis-room.d.ts").starts_with(&first),
        "docs/schema/redis-room.d.ts is out of date: scripts/schema"
    );
}

/// The gateway in the README is the tested one of `examples/`.
#[test]
fn the_readme_shows_the_gateway_of_the_examples() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let readme = std::fs::read_to_string(format!("{root}/README.md")).unwrap_or_default();
    let gateway = std::fs::read_to_string(format!("{root}/examples/gateway.py")).unwrap_or_default();
    let (_, shown) = readme.split_once("```python\n").expect("the README shows Python");
    let (shown, _) = shown.split_once("```").expect("the block ends");
    assert!(gateway.contains(shown), "README.md and examples/gateway.py differ");
}
