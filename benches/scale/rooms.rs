//! Many rooms on one server: the cost of idle rooms, and the cost of a tick while a few rooms are busy.

use super::{server, short, Plan};
use crate::crowd::{joins, requests, user, KINDS};
use crate::support::{json, Json, Server};
use crate::wire::{Lanes, Requests};
use std::time::{Duration, Instant};

const MEMBERS: usize = 100;
/// How many rooms are busy.
const BUSY: usize = 100;
/// `room.tick`, ms.
const TICK: u64 = 50;

/// Prints both tables.
pub fn run(plan: Plan, _: &str) -> Json {
    let many = plan.members / MEMBERS;
    let servers = [0, BUSY, many.max(BUSY)].map(|count| (count, filled(count)));
    // All changes of the joins get their frames.
    std::thread::sleep(Duration::from_millis(500));

    println!(
        "share of one core, by the number of rooms with {MEMBERS} members; three servers at the same time"
    );
    println!("{:>8} {:>8} {:>16}", "rooms", "idle %", "a busy room's us");
    let before = servers.each_ref().map(|(_, server)| server.cpu_seconds());
    let start = Instant::now();
    std::thread::sleep(plan.watch);
    let seconds = start.elapsed().as_secs_f64();
    let idle: Vec<f64> = servers
        .iter()
        .zip(before)
        .map(|((_, server), before)| (server.cpu_seconds() - before) / seconds)
        .collect();

    let rows: Vec<Json> = servers
        .iter()
        .zip(idle)
        .map(|((count, server), idle)| {
            let busy = (*count > 0).then(|| busy(server, idle, plan));
            let shown = busy.map_or(String::new(), |busy| format!("{busy:.1}"));
            println!("{:>8} {:>8.2} {shown:>16}", short(*count as f64), idle * 100.0);
            json!({ "rooms": count, "idle_share": idle, "busy_room_us": busy })
        })
        .collect();
    println!("(busy: a reaction and its frame per tick in each of {BUSY} rooms, without the cost of the idle server)");
    json!({ "members": MEMBERS, "busy_rooms": BUSY, "servers": rows })
}

fn key(nth: usize) -> String {
    format!("room:{nth}")
}

/// A server with this many rooms.
fn filled(rooms: usize) -> Server {
    let server = server().room("tick", TICK).start();
    let mut lanes = Lanes::open(server.port());
    lanes.run(&requests((0..rooms).map(|nth| ["ROOM.CREATE".to_owned(), key(nth), "-".to_owned()])));
    for nth in 0..rooms {
        lanes.run(&joins(&key(nth), 0..MEMBERS));
    }
    server
}

/// Processor time of one reaction and its frame, microseconds. Each busy room gets one reaction per tick.
fn busy(server: &Server, idle: f64, plan: Plan) -> f64 {
    let mut lanes = Lanes::open(server.port());
    let waves = (plan.watch.as_millis() as u64 / TICK).max(1);
    let step = |wave: u64| {
        let mut requests = Requests::new();
        for nth in 0..BUSY {
            let user = user(wave as usize % MEMBERS);
            requests.push(&["ROOM.REACT", &key(nth), &user, KINDS[wave as usize % KINDS.len()]]);
        }
        requests
    };
    let (before, start) = (server.cpu_seconds(), Instant::now());
    for wave in 0..waves {
        lanes.run(&step(wave));
        let next = Duration::from_millis(TICK * (wave + 1));
        std::thread::sleep(next.saturating_sub(start.elapsed()));
    }
    let seconds = start.elapsed().as_secs_f64();
    (server.cpu_seconds() - before - idle * seconds) * 1e6 / (waves as f64 * BUSY as f64)
}
