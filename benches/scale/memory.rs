//! The memory of a present listener, without its ids.

use super::{server, short, Plan};
use crate::crowd::{create, joins, session, user};
use crate::support::{json, Json, Server};
use crate::wire::Lanes;

/// Target: bytes per listener, at most.
const AIM: f64 = 160.0;

/// Prints the table.
pub fn run(plan: Plan, _: &str) -> Json {
    println!("bytes of a present listener without user id and session id; aim: {AIM} at most");
    println!("{:>10} {:>14} {:>10}", "members", "used_memory", "a member");
    let rows: Vec<Json> = plan
        .sizes()
        .into_iter()
        .map(|size| {
            // Each size is measured on a new server.
            let server = server().start();
            let mut lanes = Lanes::open(server.port());
            lanes.run(&create("room"));
            lanes.run(&joins("room", 0..10));
            let used = |server: &Server| server.info("memory")["used_memory"].parse::<f64>().expect("bytes");
            let before = used(&server);
            lanes.run(&joins("room", 10..size));
            let bytes = used(&server) - before;
            let ids: usize = (10..size).map(|nth| user(nth).len() + session(nth).len()).sum();
            let each = (bytes - ids as f64) / (size - 10) as f64;
            println!("{:>10} {:>14} {each:>10.1}", short(size as f64), short(bytes));
            json!({ "members": size, "bytes": bytes, "ids": ids, "bytes_a_member": each })
        })
        .collect();
    json!({ "aim": AIM, "sizes": rows })
}
