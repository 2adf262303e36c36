//! Saving and loading a room, against a hash with one field per member, which holds the same session.

use super::{server, short, Plan};
use crate::crowd::{create, gateway, joins, requests, session, user};
use crate::support::{json, Json, Server};
use crate::wire::Lanes;
use std::time::Instant;

/// Prints the table.
pub fn run(plan: Plan, _: &str) -> Json {
    let (mut room, mut hash) = (server().start(), server().start());
    let mut lanes = Lanes::open(room.port());
    lanes.run(&create("room"));
    lanes.run(&joins("room", 0..plan.members));
    let members = requests((0..plan.members).map(|nth| {
        let value = format!("{} {}", session(nth), gateway(nth));
        ["HSET", "hash", &user(nth), &value].map(str::to_owned)
    }));
    Lanes::open(hash.port()).run(&members);

    println!("{} members; RDB with compression (the default)", short(plan.members as f64));
    println!("{:<6} {:>10} {:>10} {:>10} {:>10}", "", "save s", "load s", "bytes", "a member");
    let sides = [("room", saved(&mut room)), ("hash", saved(&mut hash))];
    for (name, [save, load, bytes]) in sides {
        let each = bytes / plan.members as f64;
        println!("{name:<6} {save:>10.2} {load:>10.2} {:>10} {each:>10.1}", short(bytes));
    }
    let [ours, peer] = sides.map(|(_, found)| found);
    let ratios = [0, 1, 2].map(|nth| ours[nth] / peer[nth]);
    println!("{:<6} {:>10.2} {:>10.2} {:>10.2}", "ratio", ratios[0], ratios[1], ratios[2]);
    let side = |[save, load, bytes]: [f64; 3]| json!({ "save_s": save, "load_s": load, "bytes": bytes });
    json!({ "members": plan.members, "room": side(ours), "hash": side(peer) })
}

/// Seconds to save, seconds to load by the server's log, and bytes of the file. Each is the best of three rounds,
/// because other load on the machine can only slow a round down.
fn saved(server: &mut Server) -> [f64; 3] {
    let (mut save, mut load, mut bytes) = (f64::INFINITY, f64::INFINITY, 0.0);
    for round in 1..=3 {
        let start = Instant::now();
        server.cmd("SAVE").ok();
        save = save.min(start.elapsed().as_secs_f64());
        bytes = std::fs::metadata(server.dir().join("dump.rdb")).expect("a dump").len() as f64;
        server.kill9();
        server.start_again();
        let log = server.log();
        let loaded: Vec<f64> = log
            .split("DB loaded from disk: ")
            .skip(1)
            .filter_map(|rest| rest.split_whitespace().next()?.parse().ok())
            .collect();
        assert_eq!(loaded.len(), round, "the log holds the duration of each load");
        load = loaded.into_iter().fold(load, f64::min);
    }
    [save, load, bytes]
}
