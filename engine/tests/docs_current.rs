//! `docs/commands.md` says what the code does.

#[test]
fn commands_md_is_what_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/commands.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == room_engine::docs::commands_md(),
        "docs/commands.md is out of date: cargo run -p room-engine --example commands_md > docs/commands.md"
    );
}
