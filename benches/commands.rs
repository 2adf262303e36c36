//! The most frequent commands over sockets. Each is compared with what an application would use instead, on the same
//! server and in alternating rounds.
//!
//! `scripts/bench [ROW…]` runs it. The server has an append-only file that is synced every second, and one replica. The
//! load resembles redis-benchmark: pipelines of 32 on a few connections, requests built beforehand, every reply
//! checked. A row shows the median of several rounds as two ratios. A ratio above 1 is in favour of the module. `pace`
//! compares commands per second as the client sees them, `cpu` compares the server's processor time per command.
//! Client, server and replica share the machine. On a machine with few cores `cpu` says more.
//!
//! # Layout
//!
//! - [`rows`]: the rows and their peers
//! - [`measure`]: a server with its replica, the two sides of a row, and rounds
//! - [`wire`]: the load; [`crowd`]: the members of the rooms
//! - [`peers`]: the rules of REACT without the module
//! - [`ratio`]: a row, its ratios and its line in the table; [`report`]: the JSON report
//!
//! Variables: BENCH_ROUNDS, BENCH_SECONDS (of a round) and BENCH_SEED.

// A benchmark reports a failure by a panic.
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
    // `cargo test --all-targets` runs this binary too, without the argument.
    if !args.iter().any(|arg| arg == "--bench") {
        println!("run this with scripts/bench or cargo bench");
        return;
    }
    let asked: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let is_asked =
        |row: &Row| asked.is_empty() || asked.iter().any(|name| row.name.starts_with(name.as_str()));
    if let Some(unknown) =
        asked.iter().find(|name| !rows::all().any(|row| row.name.starts_with(name.as_str())))
    {
        let names: Vec<&str> = rows::all().map(|row| row.name).collect();
        eprintln!("error: there is no row {unknown}; the rows are: {}", names.join(" "));
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
