//! The regression guard: instructions per command, counted by callgrind in the server, as a ratio to a command of Redis
//! in the same process. Unlike a time, a count does not depend on the speed or the load of the machine. A ratio of two
//! counts hardly depends on the build of the server.
//!
//! `scripts/bench --guard` runs it and compares the ratios with `benches/instructions.json`. `--guard --keep` writes
//! that file. ROOM_SERVER must be a wrapper that runs the server under callgrind. GUARD_OUT is the path of callgrind's
//! dumps.

// A benchmark reports a failure by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../tests/support/mod.rs"]
#[allow(dead_code, unused_imports)]
mod support;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use support::{Client, Server};

/// A ratio that grows by more than this is a regression. Timers and the layout of hash tables change a ratio by up to 2
/// % from run to run.
const TOLERANCE: f64 = 0.05;
/// How many members the room has.
const MEMBERS: usize = 2_000;
/// Commands per count. A multiple of [`PIPELINE`].
const COMMANDS: usize = 3_200;
const PIPELINE: usize = 32;

/// The values of `room.tick`, ms. With the first no command publishes a frame, with the second each does.
const TICKS: [(&str, u64); 2] = [("within a tick", 10_000), ("a frame each", 0)];

/// A command of the module and the Redis command that it is compared with.
struct Row {
    name: &'static str,
    command: fn(usize) -> String,
    peer: &'static str,
}

const HINCRBY: &str = "HINCRBY";
const HSET: &str = "HSET";
const XADD: &str = "XADD";

fn peer(name: &str, nth: usize) -> String {
    match name {
        HINCRBY => format!("HINCRBY counts u{} 1", nth % MEMBERS),
        HSET => format!("HSET members n{nth} g"),
        _ => format!("XADD comments * u{} {TEXT}", nth % MEMBERS),
    }
}

const TEXT: &str = "a-comment-of-some-forty-bytes-as-they-are";

const ROWS: [Row; 8] = [
    Row { name: "REACT", command: |nth| format!("ROOM.REACT r u{} 👏", nth % MEMBERS), peer: HINCRBY },
    Row {
        name: "POLLVOTE",
        command: |nth| format!("ROOM.POLLVOTE r u{} 1 {}", nth % MEMBERS, nth / MEMBERS % 2),
        peer: HSET,
    },
    Row { name: "JOIN", command: |nth| format!("ROOM.JOIN r n{nth}"), peer: HSET },
    Row {
        name: "JOIN with a session",
        command: |nth| format!("ROOM.JOIN r m{nth} GATEWAY g SESSION s{nth}"),
        peer: HSET,
    },
    Row { name: "LEAVE", command: |nth| format!("ROOM.LEAVE r n{nth}"), peer: HSET },
    Row { name: "COMMENT", command: |nth| format!("ROOM.COMMENT r u{} {TEXT}", nth % MEMBERS), peer: XADD },
    Row { name: "BEAT", command: |_| "ROOM.BEAT r g".into(), peer: HINCRBY },
    Row { name: "STATE", command: |nth| format!("ROOM.STATE r u{}", nth % MEMBERS), peer: XADD },
];

/// Runs callgrind_control on the server.
fn control(server: &Server, options: &[&str]) {
    let status = Command::new("callgrind_control")
        .args(options)
        .arg(server.pid().to_string())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status();
    assert!(status.is_ok_and(|status| status.success()), "callgrind_control {options:?} failed");
}

fn send(client: &mut Client, command: impl Fn(usize) -> String) {
    for batch in 0..COMMANDS / PIPELINE {
        let commands: Vec<String> = (batch * PIPELINE..(batch + 1) * PIPELINE).map(&command).collect();
        for (command, reply) in commands.iter().zip(client.pipeline(&commands)) {
            assert_eq!(reply.error(), None, "{command}");
        }
    }
}

/// Instructions per command, including the server's own work for it.
fn count(server: &Server, client: &mut Client, dumps: &mut usize, command: impl Fn(usize) -> String) -> f64 {
    control(server, &["--zero"]);
    control(server, &["--instr=on"]);
    send(client, command);
    control(server, &["--instr=off"]);
    control(server, &["--dump=guard"]);
    *dumps += 1;
    let path = PathBuf::from(format!("{}.{dumps}", env::var("GUARD_OUT").expect("GUARD_OUT")));
    let totals = support::wait_for("callgrind has dumped", || {
        let dump = fs::read_to_string(&path).ok()?;
        dump.lines().find_map(|line| line.strip_prefix("totals: ")?.trim().parse::<f64>().ok())
    });
    totals / COMMANDS as f64
}

/// The instructions of every row at this `room.tick`, and their ratio to those of the peer.
fn measure(way: &str, tick: u64) -> BTreeMap<String, [f64; 2]> {
    let server = Server::with()
        .unlimited()
        .patient()
        .aof(true)
        .room("tick", 0)
        .set("hz", 1)
        .set("dynamic-hz", "no")
        .start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r m GATEWAY g SESSION s");
    for nth in 0..MEMBERS {
        client.json(&format!("ROOM.JOIN r u{nth}"));
        // The peers' keys get as many fields, so that Redis uses the encoding for large keys.
        client.int(&format!("HINCRBY counts u{nth} 1"));
        client.int(&format!("HSET members u{nth} g"));
    }
    client.int("ROOM.POLLOPEN r ada Which? 2 a b");
    let mut dumps = 0;
    let mut peers = BTreeMap::new();
    for name in [HINCRBY, HSET, XADD] {
        peers.insert(name, count(&server, &mut client, &mut dumps, |nth| peer(name, nth)));
    }
    let own = |row: &Row| {
        // Changes of the row before are flushed first, so that this row does not count them.
        server.config_set("room.tick", 0);
        client.ok(&["ROOM.ROLE", "r", "-", "u0", "listener"]);
        server.config_set("room.tick", tick);
        let own = count(&server, &mut client, &mut dumps, row.command);
        (format!("{}, {way}", row.name), [own, own / peers[row.peer]])
    };
    ROWS.iter().map(own).collect()
}

fn main() -> ExitCode {
    // `cargo test --all-targets` runs this binary too, without the argument.
    if !env::args().any(|arg| arg == "--bench") {
        return ExitCode::SUCCESS;
    }
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.json");
    let kept: BTreeMap<String, f64> =
        fs::read_to_string(&file).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let measured: BTreeMap<String, [f64; 2]> =
        TICKS.into_iter().flat_map(|(way, tick)| measure(way, tick)).collect();

    let keeps = env::args().any(|arg| arg == "--keep");
    let mut regressions = 0;
    println!("{:<34} {:>12} {:>8} {:>8}", "", "instructions", "ratio", "kept");
    for (name, [own, ratio]) in &measured {
        let before = kept.get(name).copied();
        let is_worse = !keeps && before.is_none_or(|before| *ratio > before * (1.0 + TOLERANCE));
        regressions += usize::from(is_worse);
        let before = before.map_or("-".into(), |before| format!("{before:.3}"));
        let verdict = if is_worse { "  REGRESSION" } else { "" };
        println!("{name:<34} {own:>12.0} {ratio:>8.3} {before:>8}{verdict}");
    }
    if keeps {
        let ratios: BTreeMap<&str, f64> = measured
            .iter()
            .map(|(name, [_, ratio])| (name.as_str(), (ratio * 1000.0).round() / 1000.0))
            .collect();
        fs::write(&file, serde_json::to_string_pretty(&ratios).unwrap() + "\n")
            .expect("the file can be written");
        println!("kept in benches/instructions.json");
        return ExitCode::SUCCESS;
    }
    println!(
        "{regressions} of {} are more than {:.0} % above the kept ratio",
        measured.len(),
        TOLERANCE * 100.0
    );
    if regressions == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
