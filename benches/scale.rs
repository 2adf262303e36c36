//! How cost and memory grow with the size of a room, and how many frames a room publishes.
//!
//! `scripts/bench scale [ROW…]` runs it. The cost of a command is the server's own figure, without the client: INFO
//! commandstats, and INFO latencystats for the longest call. Variables: BENCH_MEMBERS is the size of the largest room
//! (a million by default), BENCH_SECONDS is how long a row observes the server, BENCH_SEED seeds all random choices.
//!
//! # Layout
//!
//! - [`scale::curves`]: the cost of a call at 1,000 to 1,000,000 members
//! - [`scale::memory`]: the memory of a listener
//! - [`scale::frames`]: frames per second against actions per second
//! - [`scale::rooms`]: 10,000 rooms, idle and busy
//! - [`scale::stalls`]: how long other clients wait while a large room fills, ends or is freed
//! - [`scale::saving`]: the RDB of a room against the RDB of a hash
//! - [`scale::chart`]: the curves as SVG

// A benchmark reports a failure by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod crowd;
mod report;
#[path = "../tests/support/mod.rs"]
#[allow(dead_code, unused_imports)]
mod support;
mod wire;

/// The rows.
mod scale {
    pub mod chart;
    pub mod curves;
    pub mod frames;
    pub mod memory;
    pub mod rooms;
    pub mod saving;
    pub mod stalls;
    pub mod stats;

    use crate::support::{Builder, Server};
    use std::time::Duration;

    /// The size and the duration of a run.
    #[derive(Clone, Copy)]
    pub struct Plan {
        /// How many members the largest room has.
        pub members: usize,
        /// How long a row observes the server.
        pub watch: Duration,
        /// The seed of all random choices.
        pub seed: u64,
    }

    impl Plan {
        /// The sizes of rooms from 1,000 to the largest. Each is ten times the one before.
        pub fn sizes(self) -> Vec<usize> {
            std::iter::successors(Some(1000), |size| Some(size * 10))
                .take_while(|&size| size <= self.members)
                .collect()
        }
    }

    /// A server without rate limits and with long leases and graces, which records its longest call.
    pub fn server() -> Builder {
        Server::with()
            .unlimited()
            .patient()
            .room("max-comments", 10_000_000)
            .set("latency-tracking-info-percentiles", 100)
            .set("latency-monitor-threshold", 1)
            // docs/operations.md recommends these settings for large rooms.
            .set("lazyfree-lazy-expire", "yes")
            .set("lazyfree-lazy-user-del", "yes")
    }

    /// A number for people: 12345678 is "12.3 M".
    pub fn short(number: f64) -> String {
        match number {
            1e9.. => format!("{:.2} G", number / 1e9),
            1e6.. => format!("{:.1} M", number / 1e6),
            1e4.. => format!("{:.0} k", number / 1e3),
            _ => format!("{number:.0}"),
        }
    }
}

use scale::Plan;
use std::env;
use std::time::Duration;
use support::{json, Json, Server};

/// A row prints its table and returns it as JSON. The argument is the name of the server.
type Row = fn(Plan, &str) -> Json;

const ROWS: [(&str, Row); 6] = [
    ("curves", scale::curves::run),
    ("memory", scale::memory::run),
    ("frames", scale::frames::run),
    ("rooms", scale::rooms::run),
    ("stalls", scale::stalls::run),
    ("saving", scale::saving::run),
];

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    // `cargo test --all-targets` runs this binary too, without the argument.
    if !args.iter().any(|arg| arg == "--bench") {
        println!("run this with scripts/bench scale or cargo bench");
        return;
    }
    let asked: Vec<&str> = args.iter().map(String::as_str).filter(|arg| !arg.starts_with('-')).collect();
    if let Some(unknown) = asked.iter().find(|name| !ROWS.iter().any(|(row, _)| row == *name)) {
        let names = ROWS.map(|(name, _)| name).join(" ");
        eprintln!("error: there is no row {unknown}; the rows are: {names}");
        std::process::exit(2);
    }
    let number = |name: &str, usual: f64| {
        env::var(name)
            .map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}: not a number")))
    };
    let plan = Plan {
        members: (number("BENCH_MEMBERS", 1e6) as usize).max(1000),
        watch: Duration::from_secs_f64(number("BENCH_SECONDS", 2.0)),
        seed: number("BENCH_SEED", 1.0) as u64,
    };

    let version = Server::with().without_module().start().version();
    let server = report::server_name(version);
    let mut found = json!({ "members": plan.members, "seed": plan.seed });
    for (name, row) in ROWS {
        if asked.is_empty() || asked.contains(&name) {
            println!("\n-- {name}");
            found[name] = row(plan, &server);
        }
    }
    println!("\nwritten: {}", report::write(version, &format!("{server}-scale"), found));
}
