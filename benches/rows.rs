//! The rows: what is compared with what. Rooms have 10,000 present members.

use crate::crowd::{self, create, joins, requests, session, shuffled, text, user, KINDS};
use crate::measure::{race, Pair, Plan, Sample, Side, Work, REACT_RATE};
use crate::peers::application::{Application, Reaction};
use crate::peers::{self, Plain};
use crate::ratio::{Row, Unit};
use crate::wire::{Requests, Wire};
use fastrand::Rng;

/// How many members a room has.
const MEMBERS: usize = 10_000;
/// Commands of a part that can be repeated without restoring a state.
const STEADY: usize = 20_000;
/// Commands of a part that starts with a fresh room.
const FRESH: usize = 40_000;
/// How many polls a room may have open at once.
const POLLS: usize = 5;
/// The length of a comment, bytes.
const TEXT: usize = 200;
/// How many processes the application has.
const PROCESSES: usize = 4;

/// Rows that are measured on the same server.
pub struct Group {
    /// The rows, in the order of the measurement.
    pub rows: &'static [Row],
    /// Measures the row with this name.
    pub measure: fn(&str, &mut Pair, Plan) -> Vec<[Sample; 2]>,
}

const fn row(name: &'static str, ours: &'static str, peer: &'static str, target: f64) -> Row {
    Row { name, ours, peer, unit: Unit::Commands, target: Some(target) }
}

/// All rows.
pub const GROUPS: [Group; 3] = [
    Group {
        rows: &[
            // Shows how exact the ratios are on this machine.
            Row { name: "noise", ours: "HINCRBY", peer: "itself", unit: Unit::Commands, target: None },
            row("react-hincrby", "REACT", "HINCRBY", 1.0),
            row("react-script", "REACT", "a script (EVALSHA)", 8.0),
            row("react-function", "REACT", "a function (FCALL)", 8.0),
            Row {
                name: "react-app",
                ours: "REACT",
                peer: "an application",
                unit: Unit::Commands,
                target: None,
            },
            row("react-noop", "REACT", "a module's no-op", 0.75),
            row("react-noop-sent", "REACT", "the same, replicated", 0.75),
        ],
        measure: react,
    },
    Group {
        rows: &[
            row("pollvote", "POLLVOTE", "HSET of a new field", 0.8),
            row("join", "JOIN", "HSET of a new field", 0.8),
            row("comment", "COMMENT", "XADD of the same text", 0.8),
        ],
        measure: growing,
    },
    Group {
        rows: &[Row {
            name: "state",
            ours: "STATE",
            peer: "GET of so many bytes",
            unit: Unit::Bytes,
            target: Some(0.3),
        }],
        measure: state,
    },
];

/// Every row.
pub fn all() -> impl Iterator<Item = &'static Row> {
    const { &GROUPS }.iter().flat_map(|group| group.rows)
}

/// REACT of random members, one tap each, against several peers.
fn react(name: &str, pair: &mut Pair, plan: Plan) -> Vec<[Sample; 2]> {
    let mut random = Rng::with_seed(plan.seed);
    let users: Vec<String> = (0..MEMBERS).map(user).collect();
    let picks: Vec<(&str, &str)> =
        (0..STEADY).map(|_| (&*users[random.usize(0..MEMBERS)], KINDS[random.usize(0..4)])).collect();
    pair.fill(&[create("room"), joins("room", 0..MEMBERS)]);
    let reactions =
        || Side::steady(requests(picks.iter().map(|&(user, kind)| ["ROOM.REACT", "room", user, kind])));
    let increments = || Side::steady(requests(picks.iter().map(|&(user, _)| ["HINCRBY", "hash", user, "1"])));
    let noops = |verb| Side::steady(requests(picks.iter().map(|&(user, kind)| [verb, "room", user, kind])));

    let (plain, rate) = (Plain::named("plain"), REACT_RATE.to_string());
    let by = |command: &dyn Fn(&str, &str) -> Vec<String>| {
        let mut all = Requests::new();
        picks.iter().for_each(|&(user, kind)| all.push(&command(user, kind)));
        Side::steady(all)
    };
    if name == "noise" || name == "react-hincrby" {
        pair.fill(&[requests(users.iter().map(|user| ["HINCRBY", "hash", user, "1"]))]);
    } else {
        pair.client.pipeline(&plain.open(&KINDS));
        let mut members = Requests::new();
        users.iter().for_each(|user| members.push(&plain.join(user)));
        pair.fill(&[members]);
    }
    let mut peer = match name {
        "noise" | "react-hincrby" => increments(),
        "react-script" => {
            let sha = pair.client.text(&["SCRIPT", "LOAD", peers::SCRIPT]);
            by(&|user, kind| plain.by_script(&sha, user, kind, "1", &rate))
        }
        "react-function" => {
            pair.client.text(&["FUNCTION", "LOAD", "REPLACE", &peers::library()]);
            by(&|user, kind| plain.by_function(user, kind, "1", &rate))
        }
        "react-app" => {
            let process = |_| Application::start(Wire::connect(pair.port()), &plain, REACT_RATE);
            let reactions = picks.iter().map(|&(user, kind)| Reaction { user, kind, count: "1" }).collect();
            let work = Work::Application((0..PROCESSES).map(process).collect(), reactions);
            Side { before: Vec::new(), work }
        }
        "react-noop" => noops("NOOP.OPEN"),
        _ => noops("NOOP.SEND"),
    };
    let mut ours = if name == "noise" { increments() } else { reactions() };
    race(pair, plan, &mut ours, &mut peer)
}

/// Commands whose data grows. Each part starts with a fresh room of 10,000 members and fresh structures of the peer.
fn growing(name: &str, pair: &mut Pair, plan: Plan) -> Vec<[Sample; 2]> {
    let mut random = Rng::with_seed(plan.seed);
    let [mut ours, mut peer] = match name {
        "pollvote" => poll_votes(&mut random),
        "join" => new_members(&mut random),
        _ => comments(&mut random),
    };
    race(pair, plan, &mut ours, &mut peer)
}

fn fresh_room() -> Vec<Requests> {
    vec![create("room"), joins("room", 0..MEMBERS)]
}

fn side(before: Vec<Requests>, commands: Requests) -> Side<'static> {
    Side { before, work: Work::Requests(commands) }
}

fn poll_votes(random: &mut Rng) -> [Side<'static>; 2] {
    let mut votes: Vec<(String, String)> = Vec::new();
    for poll in 1..=POLLS {
        votes.extend(shuffled(MEMBERS, random).into_iter().map(|nth| (poll.to_string(), user(nth))));
    }
    let polls: [[&str; 9]; POLLS] =
        [["ROOM.POLLOPEN", "room", "-", "Which?", "4", "one", "two", "three", "four"]; POLLS];
    let mut before = fresh_room();
    before.push(requests(polls));
    let hashes = (1..=POLLS).map(|poll| ["UNLINK".to_owned(), format!("poll:{poll}")]);
    let vote = votes.iter().map(|(poll, user)| ["ROOM.POLLVOTE", "room", user, poll, "1"]);
    let hset =
        votes.iter().map(|(poll, user)| ["HSET", &format!("poll:{poll}"), user, "1"].map(str::to_owned));
    [side(before, requests(vote)), side(vec![requests(hashes)], requests(hset))]
}

fn new_members(random: &mut Rng) -> [Side<'static>; 2] {
    let new: Vec<usize> = shuffled(FRESH, random).into_iter().map(|nth| MEMBERS + nth).collect();
    // A hash with the session and the gateway of each member.
    let hset = |users: &[usize]| {
        requests(users.iter().map(|&nth| {
            let value = format!("{} {}", session(nth), crowd::gateway(nth));
            ["HSET", "hash", &user(nth), &value].map(str::to_owned)
        }))
    };
    let present: Vec<usize> = (0..MEMBERS).collect();
    let before = vec![requests([["UNLINK", "hash"]]), hset(&present)];
    [side(fresh_room(), joins("room", new.iter().copied())), side(before, hset(&new))]
}

fn comments(random: &mut Rng) -> [Side<'static>; 2] {
    let texts: Vec<String> = (0..1000).map(|_| text(TEXT, random)).collect();
    let comments: Vec<(String, &String)> =
        (0..FRESH).map(|_| (user(random.usize(0..MEMBERS)), &texts[random.usize(0..texts.len())])).collect();
    let comment = comments.iter().map(|(user, text)| ["ROOM.COMMENT", "room", user, text.as_str()]);
    let xadd = comments.iter().map(|(user, text)| ["XADD", "stream", "*", "u", user, "t", text]);
    [side(fresh_room(), requests(comment)), side(vec![requests([["UNLINK", "stream"]])], requests(xadd))]
}

/// STATE of a busy room, against GET of a string with the same length.
fn state(_: &str, pair: &mut Pair, plan: Plan) -> Vec<[Sample; 2]> {
    const REQUESTS: usize = 3_200;
    pair.fill(&[create("room"), joins("room", 0..MEMBERS)]);
    busy(&mut pair.client, plan.seed);
    let snapshot = pair.client.cmd(&["ROOM.STATE", "room", "-"]).bytes();
    assert!(snapshot.len() > 10_000, "a snapshot of {} bytes", snapshot.len());
    pair.client.ok(&[b"SET", &b"string"[..], &snapshot]);
    let mut ours = Side::steady(requests(std::iter::repeat_n(["ROOM.STATE", "room", "-"], REQUESTS)));
    let mut peer = Side::steady(requests(std::iter::repeat_n(["GET", "string"], REQUESTS)));
    race(pair, plan, &mut ours, &mut peer)
}

/// Fills every list of a snapshot.
fn busy(client: &mut crate::support::Client, seed: u64) {
    let mut random = Rng::with_seed(seed);
    for nth in 0..60 {
        let profile =
            format!(r#"{{"name":"Somebody of number {nth}","avatar":"https://a.example/{nth:064}.webp"}}"#);
        let (user, gateway, session) = (user(nth), crowd::gateway(nth), session(nth));
        client.json(&[
            "ROOM.JOIN",
            "room",
            &user,
            "GATEWAY",
            &gateway,
            "SESSION",
            &session,
            "PROFILE",
            &profile,
        ]);
        client.int(&["ROOM.RAISEHAND", "room", &user]);
        if nth < 10 {
            client.text("ROOM.NEXT room -");
        }
        client.int(&["ROOM.COMMENT", "room", &user, &text(TEXT, &mut random)]);
        client.int(&["ROOM.REACT", "room", &user, KINDS[nth % KINDS.len()]]);
    }
    for id in 1..=POLLS {
        client.ok(&["ROOM.PIN", "room", "-", &id.to_string()]);
        client.int("ROOM.POLLOPEN room - Which? 4 one two three four");
        client.int(&["ROOM.POLLVOTE", "room", &user(id), &id.to_string(), "1"]);
    }
}
