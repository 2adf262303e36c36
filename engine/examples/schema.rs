//! Writes `docs/schema/`. `scripts/schema` runs it. With `--sum` it prints the CRC-32 of the JSON Schema instead.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema");
    let files = room_engine::schema::files();
    if std::env::args().nth(1).as_deref() == Some("--sum") {
        println!("{:08x}", room_engine::schema::sum());
        return Ok(());
    }
    std::fs::create_dir_all(&folder)?;
    for (name, text) in files {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}
