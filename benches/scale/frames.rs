//! Frames per second on a room's channel against actions per second. The comparison is one message per action.

use super::{chart, server, short, Plan};
use crate::crowd::{create, joins, user, KINDS};
use crate::support::{json, wait_for, Json, Server, Subscriber};
use crate::wire::{Lanes, Requests};
use fastrand::Rng;
use std::time::{Duration, Instant};

const MEMBERS: usize = 1000;
/// `room.tick`, ms.
const TICK: f64 = 50.0;
/// The tested rates, reactions per second.
const RATES: [f64; 5] = [10.0, 100.0, 1e3, 1e4, 1e5];

/// Prints the table and draws the curves.
pub fn run(plan: Plan, on: &str) -> Json {
    let server = server().room("tick", TICK).start();
    let mut lanes = Lanes::open(server.port());
    lanes.run(&create("room"));
    lanes.run(&joins("room", 0..MEMBERS));
    let most = 1000.0 / TICK;
    println!("reactions in a room of {MEMBERS}, tick {TICK} ms; aim: {most} frames a second at most");
    println!("{:>10} {:>12} {:>12} {:>12}", "asked/s", "reactions/s", "frames/s", "bytes/s");
    let mut points = Vec::new();
    let rows: Vec<Json> = RATES
        .iter()
        .map(|&rate| {
            let Run { sent, seconds, frames } = react(&server, &mut lanes, rate, plan);
            let bytes: usize = frames.iter().map(String::len).sum();
            let counts = [sent, frames.len() as f64, bytes as f64].map(|count| count / seconds);
            println!(
                "{:>10} {:>12} {:>12.1} {:>12}",
                short(rate),
                short(counts[0]),
                counts[1],
                short(counts[2])
            );
            points.push((counts[0], counts[1]));
            json!({
                "asked": rate, "reactions_a_second": counts[0],
                "frames_a_second": counts[1], "bytes_a_second": counts[2],
            })
        })
        .collect();
    let each = points.iter().map(|&(rate, _)| (rate, rate)).collect();
    let lines = [
        chart::Line { name: "published one by one".to_owned(), points: each },
        chart::Line { name: "frames of a room".to_owned(), points },
    ];
    let axes = chart::Axes {
        title: "Messages a subscriber gets, by what happens in its room",
        x: "reactions a second",
        y: "messages a second",
    };
    chart::draw(&format!("frames-{on}"), &axes, &lines);
    json!({ "tick_ms": TICK, "aim": most, "rates": rows })
}

/// The result of reacting at one rate.
struct Run {
    /// Reactions sent.
    sent: f64,
    seconds: f64,
    /// The frames that a subscriber received.
    frames: Vec<String>,
}

/// Sends reactions at this rate per second.
fn react(server: &Server, lanes: &mut Lanes, rate: f64, plan: Plan) -> Run {
    let mut random = Rng::with_seed(plan.seed);
    // Earlier changes get their frame before the subscription.
    std::thread::sleep(Duration::from_millis(2 * TICK as u64));
    let frames = Subscriber::room(server, "room");
    let (start, mut sent, mut requests) = (Instant::now(), 0, Requests::new());
    while start.elapsed() < plan.watch {
        let due = (start.elapsed().as_secs_f64() * rate) as usize;
        requests.clear();
        for _ in sent..due {
            let user = user(random.usize(0..MEMBERS));
            requests.push(&["ROOM.REACT", "room", &user, KINDS[random.usize(0..KINDS.len())]]);
        }
        lanes.run(&requests);
        sent = sent.max(due);
        std::thread::sleep(Duration::from_millis(1));
    }
    let seconds = start.elapsed().as_secs_f64();
    // The deltas of all frames add up to the reactions sent.
    wait_for("all reactions are announced", || {
        let announced: u64 = frames
            .events()
            .iter()
            .filter_map(|event| event["delta"].as_object())
            .flatten()
            .filter_map(|(_, count)| count.as_u64())
            .sum();
        (announced == sent as u64).then_some(())
    });
    let frames = frames.messages().into_iter().map(|message| message.payload).collect();
    Run { sent: sent as f64, seconds, frames }
}
