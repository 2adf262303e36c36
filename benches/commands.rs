//! The hot commands over sockets, each against what one would use instead, in turns on the same server.
//!
//! `scripts/bench [ROW…]` runs it. A server keeps an append-only file synced every second and has one replica; the load
//! is like redis-benchmark's: pipelines of 32 on a few connections, requests built beforehand, every reply looked at.
//! A row is the median of several rounds, as a ratio above 1 where the module does better: `pace` is what a client saw
//! in a second, `cpu` what the server's processor needed for each. Client, server and replica share the machine, so
//! where it has few cores the second says more.
//!
//! # Layout
//!
//! - [`rows`]: what is measured against what
//! - [`measure`]: a server and its replica, sides, rounds
//! - [`wire`]: the load; [`crowd`]: who is in the rooms
//! - [`peers`]: REACT's rules without the module
//! - [`ratio`]: a row, its ratios, its line of the table; [`report`]: the JSON
//!
//! BENCH_ROUNDS, BENCH_SECONDS (of each round) and BENCH_SEED say how much; less for a look, more for a figure.

// A panic is how a benchmark reports too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod crowd;
mod measure;
mod peers;
mod ratio;
mod report;
mod rows;
#[path = "../tests/support/mod.rs"]
#[allow(dead_code, unused_imports)]
mod support;
mod wire;

use measure::{Pair, Plan};
use ratio::Row;
use support::{json, Json, Server};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` runs it too, without this.
    if !args.iter().any(|arg| arg == "--bench") {
        println!("nothing is measured but by cargo bench, or scripts/bench");
        return;
    }
    let asked: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let is_asked =
        |row: &Row| asked.is_empty() || asked.iter().any(|name| row.name.starts_with(name.as_str()));
    if let Some(unknown) =
        asked.iter().find(|name| !rows::all().any(|row| row.name.starts_with(name.as_str())))
    {
        let names: Vec<&str> = rows::all().map(|row| row.name).collect();
        eprintln!("error: no row is called {unknown}; there are: {}", names.join(" "));
        std::process::exit(2);
    }

    let plan = Plan::from_env();
    let version = Server::with().without_module().start().version();
    let server = report::server_name(version);
    println!("{} rounds of {} s each on {server}", plan.rounds, plan.seconds);
    println!("{}", Row::heading());
    let mut found: Vec<Json> = Vec::new();
    for group in rows::GROUPS {
        if !group.rows.iter().any(is_asked) {
            continue;
        }
        let mut pair = Pair::start();
        for row in group.rows.iter().filter(|row| is_asked(row)) {
            let rounds = (group.measure)(row.name, &mut pair, plan);
            println!("{}", row.line(&rounds));
            found.push(row.json(&rounds));
            pair.tidy();
        }
    }
    let Plan { rounds, seconds, seed } = plan;
    let found = json!({ "rounds": rounds, "seconds": seconds, "seed": seed, "rows": found });
    println!("written: {}", report::write(version, &server, found));
}
