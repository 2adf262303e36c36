//! The JSON reports of the benchmarks.

use crate::support::server::Version;
use crate::support::{json, Json};
use std::fs;
use std::path::{Path, PathBuf};

/// The name of a server in scripts/servers.
pub fn server_name(version: Version) -> String {
    let (major, minor) = version.number;
    format!("{}-{major}.{minor}", if version.valkey { "valkey" } else { "redis" })
}

/// Writes a report to `target/bench/NAME.json`, with the server, the module's version and the number of cores. Returns
/// the path relative to the checkout.
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

/// `target/bench`. It is created if it does not exist.
pub fn directory() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target directory");
    let directory = target.join("bench");
    fs::create_dir_all(&directory).expect("the directory can be created");
    directory
}
