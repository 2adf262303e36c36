//! How long other clients wait while a large room fills, loses a gateway, ends, is exported or is freed.
//!
//! Four figures: the longest call by the server's own clock, the longest event of its latency monitor, the longest PING
//! of another connection, and the longest time that the server's main thread worked during one PING. The first three
//! include other load on the machine; the row `nothing` shows how much. The last one does not: no stall caused by the
//! server is longer.

use super::stats::{calls, reset};
use super::{server, short, Plan};
use crate::crowd::{create, gateway, joins};
use crate::support::{json, wait_for, Client, Json, Server};
use crate::wire::{Lanes, Reply, Requests, Wire};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Prints the table.
pub fn run(plan: Plan, _: &str) -> Json {
    let server = server().start();
    let mut stage = Stage { server: &server, client: server.client(), found: Json::Array(Vec::new()) };
    let mut lanes = Lanes::open(server.port());
    println!("a room of {} members; milliseconds", short(plan.members as f64));
    println!(
        "{:<34} {:>10} {:>12} {:>12} {:>12} {:>12}",
        "", "took", "longest call", "monitor", "longest PING", "busy in one"
    );

    stage.watch("nothing", None, |_| std::thread::sleep(plan.watch));
    lanes.run(&create("room"));
    let all_members = joins("room", 0..plan.members);
    stage.watch("JOIN of all", Some("ROOM.JOIN"), |_| _ = lanes.run(&all_members));
    let held = (0..plan.members).filter(|&nth| gateway(nth) == gateway(0)).count();
    stage.watch(&format!("DROP of a gateway with {}", short(held as f64)), Some("ROOM.DROP"), |client| {
        assert_eq!(client.int(&["ROOM.DROP", "room", &gateway(0)]), held as i64);
        wait_for("all members of the gateway are gone", || {
            let present: usize = client.room_info("room")["present"].parse().expect("a number");
            (present == plan.members - held).then_some(())
        });
    });
    stage.watch("END", Some("ROOM.END"), |client| _ = client.json("ROOM.END room -"));
    stage.watch("EXPORT in pages of 1000", Some("ROOM.EXPORT"), |client| {
        let (mut cursor, mut lines) = ("0".to_owned(), 0);
        loop {
            let page = client.cmd(&["ROOM.EXPORT", "room", &cursor, "COUNT", "1000"]).list();
            lines += page[1].list().len();
            cursor = page[0].text();
            if cursor == "0" {
                break;
            }
        }
        assert!(
            lines >= 2 * plan.members,
            "{lines} lines: each member has at least a member line and a visit line"
        );
    });
    stage.watch("UNLINK", Some("UNLINK"), |client| {
        client.int("UNLINK room");
        freed(&server);
    });
    lanes.run(&create("room"));
    lanes.run(&all_members);
    stage.watch("expiry", None, |client| {
        client.int("PEXPIRE room 1");
        wait_for("the room has expired", || (client.int("EXISTS room") == 0).then_some(()));
        freed(&server);
    });
    json!({ "members": plan.members, "milliseconds": stage.found })
}

/// Waits until the server has freed the room.
fn freed(server: &Server) {
    wait_for("the room is freed", || {
        (server.info("memory")["lazyfree_pending_objects"] == "0").then_some(())
    });
}

struct Stage<'a> {
    server: &'a Server,
    client: Client,
    found: Json,
}

impl Stage<'_> {
    /// Does something while another connection sends PING, and prints the row.
    fn watch(&mut self, what: &str, command: Option<&str>, act: impl FnOnce(&mut Client)) {
        reset(&mut self.client);
        self.client.int("LATENCY RESET");
        let pings = Pings::start(self.server.port());
        let start = Instant::now();
        act(&mut self.client);
        let took = start.elapsed().as_secs_f64() * 1e3;
        let Longest { ping, busy } = pings.longest();
        let (ping, busy) = (ping * 1e3, busy * 1e3);
        let call = command.map(|command| calls(self.server, command).longest / 1e3);
        let events = self.client.cmd("LATENCY LATEST").list();
        let monitor = events.iter().map(|event| event.list()[3].int()).max().unwrap_or(0);
        let shown = call.map_or(String::new(), |call| format!("{call:.2}"));
        // The monitor records events from 1 ms on, in whole milliseconds.
        let monitored = if monitor == 0 { "-".to_owned() } else { monitor.to_string() };
        println!("{what:<34} {took:>10.1} {shown:>12} {monitored:>12} {ping:>12.2} {busy:>12.2}");
        self.found.as_array_mut().expect("a list").push(json!({
            "what": what, "took": took, "longest_call": call, "monitor": monitor, "longest_ping": ping,
            "busy_in_one": busy,
        }));
    }
}

/// A thread that sends one PING after another.
struct Pings {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Longest>,
}

/// The longest times, seconds.
#[derive(Clone, Copy, Default)]
struct Longest {
    /// The round trip of a PING.
    ping: f64,
    /// The work of the server's main thread during one PING.
    busy: f64,
}

impl Pings {
    fn start(port: u16) -> Pings {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let mut wire = Wire::connect(port);
        let mut ping = Requests::new();
        ping.push(&["PING"]);
        ping.push(&["INFO", "cpu"]);
        let thread = std::thread::spawn(move || {
            let (mut longest, mut before) = (Longest::default(), f64::INFINITY);
            while !stopped.load(Ordering::Relaxed) {
                let start = Instant::now();
                wire.send_all(&ping);
                wire.expect(1);
                let took = start.elapsed().as_secs_f64();
                let used = main_thread(&wire.reply());
                longest.ping = longest.ping.max(took);
                // Work between two PINGs delays none of them, so a PING counts at most its own duration.
                longest.busy = longest.busy.max(took.min(used - before));
                before = used;
                // A short pause leaves the machine to the server and still finds every stall of a millisecond.
                std::thread::sleep(Duration::from_micros(200));
            }
            longest
        });
        Pings { stop, thread }
    }

    fn longest(self) -> Longest {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the server replies")
    }
}

/// Processor time of the server's main thread, seconds. A server that does not report it gives the time of all threads.
fn main_thread(info: &Reply) -> f64 {
    let Reply::Text(info) = info else { panic!("INFO replied {info:?}") };
    let sum = |suffix: &str| -> Option<f64> {
        ["used_cpu_user", "used_cpu_sys"]
            .iter()
            .map(|field| {
                let field = format!("{field}{suffix}:");
                info.lines().find_map(|line| line.strip_prefix(&field))?.trim().parse::<f64>().ok()
            })
            .sum()
    };
    sum("_main_thread").or_else(|| sum("")).expect("INFO reports processor time")
}
