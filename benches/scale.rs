//! How cost and memory follow the size of a room, and how much goes out of it.
//!
//! `scripts/bench scale [ROW…]` runs it; the rows are below. What a command costs is the server's own word (INFO
//! commandstats, and the longest call from INFO latencystats), so that no client is in it. BENCH_MEMBERS is the size of
//! the largest room, a million unless it is said; BENCH_SECONDS how long what is watched is watched.
//!
//! # Layout
//!
//! - [`scale::curves`]: a call's cost at 1,000 to 1,000,000 members
//! - [`scale::memory`]: what a listener takes
//! - [`scale::frames`]: frames a second against actions a second
//! - [`scale::rooms`]: 10,000 rooms, idle and ticking
//! - [`scale::stalls`]: what becomes of a large room, and who waits meanwhile
//! - [`scale::saving`]: its RDB against a hash's
//! - [`scale::chart`]: the curves as SVG

// A panic is how a benchmark reports too.
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

    /// How large and how long.
    #[derive(Clone, Copy)]
    pub struct Plan {
        /// Members of the largest room.
        pub members: usize,
        /// What is watched is watched so long.
        pub watch: Duration,
        /// Of all that is random.
        pub seed: u64,
    }

    impl Plan {
        /// Sizes of rooms up to the largest, ten times as large each.
        pub fn sizes(self) -> Vec<usize> {
            std::iter::successors(Some(1000), |size| Some(size * 10))
                .take_while(|&size| size <= self.members)
                .collect()
        }
    }

    /// A server that refuses nothing, loses nobody and says how long its longest call took.
    pub fn server() -> Builder {
        Server::with()
            .unlimited()
            .patient()
            .room("max-comments", 10_000_000)
            .set("latency-tracking-info-percentiles", 100)
            .set("latency-monitor-threshold", 1)
            // As docs/operations.md has it, for rooms as large as these.
            .set("lazyfree-lazy-expire", "yes")
            .set("lazyfree-lazy-user-del", "yes")
    }

    /// A number people can read: 12345678 is 12.3 M.
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

/// A row: prints its table, gives it as JSON.
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
    // `cargo test --all-targets` runs it too, without this.
    if !args.iter().any(|arg| arg == "--bench") {
        println!("nothing is measured but by cargo bench, or scripts/bench scale");
        return;
    }
    let asked: Vec<&str> = args.iter().map(String::as_str).filter(|arg| !arg.starts_with('-')).collect();
    if let Some(unknown) = asked.iter().find(|name| !ROWS.iter().any(|(row, _)| row == *name)) {
        let names = ROWS.map(|(name, _)| name).join(" ");
        eprintln!("error: no row is called {unknown}; there are: {names}");
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
