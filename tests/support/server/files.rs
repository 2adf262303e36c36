//! The paths of the server's binary and of the module.

use std::env;
use std::path::{Path, PathBuf};

/// The server's binary.
pub fn server_path() -> PathBuf {
    if let Some(path) = env::var_os("ROOM_SERVER") {
        let path = PathBuf::from(path);
        assert!(
            path.is_file(),
            "ROOM_SERVER={} is not a file; scripts/servers downloads servers",
            path.display()
        );
        return path;
    }
    env::var_os("PATH")
        .iter()
        .flat_map(env::split_paths)
        .map(|dir| dir.join("redis-server"))
        .find(|path| path.is_file())
        .unwrap_or_else(|| {
            panic!("no redis-server in PATH: run scripts/test, or scripts/servers and set ROOM_SERVER")
        })
}

/// The module: ROOM_MODULE, else the release build, else the debug build.
pub fn module_path() -> PathBuf {
    if let Some(path) = env::var_os("ROOM_MODULE") {
        let path = PathBuf::from(path);
        assert!(path.is_file(), "ROOM_MODULE={} is not a file", path.display());
        return path;
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target directory").to_owned();
    let file = format!("{}redis_room{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    ["release", "debug"]
        .iter()
        .map(|profile| target.join(profile).join(&file))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("no {file} in {}: run cargo build --release", target.display()))
}
