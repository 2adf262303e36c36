//! Prints `docs/commands.md`: `cargo run -p room-engine --example commands_md > docs/commands.md`.

fn main() {
    print!("{}", room_engine::command::docs::commands_md());
}
