//! The documents match the code.

#[test]
fn commands_md_is_what_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/commands.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        page == crate::command::docs::commands_md(),
        "docs/commands.md is out of date: cargo run -p room-engine --example commands_md > docs/commands.md"
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
