//! Where reports go, and what stands in each.

use crate::support::server::Version;
use crate::support::{json, Json};
use std::fs;
use std::path::{Path, PathBuf};

/// The name by which scripts/servers knows a server.
pub fn server_name(version: Version) -> String {
    let (major, minor) = version.number;
    format!("{}-{major}.{minor}", if version.valkey { "valkey" } else { "redis" })
}

/// Writes a report to `target/bench/NAME.json`, with what it was measured on; gives where, for people.
pub fn write(version: Version, name: &str, found: Json) -> String {
    let report = json!({
        "server": server_name(version),
        "module": env!("CARGO_PKG_VERSION"),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "found": found,
    });
    let path = directory().join(format!("{name}.json"));
    fs::write(&path, format!("{report:#}\n")).expect("the report can be written");
    format!("target/bench/{name}.json")
}

/// `target/bench`, made if need be.
pub fn directory() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target directory");
    let directory = target.join("bench");
    fs::create_dir_all(&directory).expect("the directory can be made");
    directory
}
