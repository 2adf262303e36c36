//! Time: a stopped server, a wall clock that is set, and the expiry of the key.

use crate::room::time::RoomTime;
use crate::server_clock::ServerTime;
use crate::settings::Settings;
use crate::simulator::*;
use crate::Env;
use proptest::prelude::*;
use serde_json::json;

const LEASE: u64 = 30 * SECOND;
const GRACE: u64 = 15 * SECOND;

/// A host `h` and a listener `u` through gateway `g`, and a member `v` without a lease.
fn room() -> Sim {
    let mut sim = Sim::bare("HOSTLOSS END");
    sim.all("JOIN h GATEWAY g\nJOIN u GATEWAY g\nJOIN v");
    sim.quiet();
    sim.pass(MINUTE / 4);
    sim.ok("BEAT g");
    sim
}

fn present(sim: &Sim, user: &str) -> bool {
    sim.member(user)["present"] == json!(true)
}

fn lost(sim: &Sim, user: &str) -> bool {
    sim.member(user)["lost"] == json!(true)
}

#[test]
fn a_lease_counts_only_time_in_which_the_server_served() {
    let mut sim = room();
    sim.freeze(HOUR);
    assert!(!lost(&sim, "u"), "a read shows it");
    sim.tick();
    sim.pass(LEASE - 1);
    assert!(!lost(&sim, "u"));
    sim.pass(1);
    assert!(lost(&sim, "u"));
    assert!(!lost(&sim, "v"));
}

#[test]
fn a_lease_is_stopped_in_the_middle_any_number_of_times() {
    let mut sim = room();
    for _ in 0..9 {
        sim.pass(3 * SECOND);
        sim.freeze(MINUTE);
        sim.tick();
    }
    assert!(!lost(&sim, "u"));
    sim.pass(3 * SECOND - 1);
    assert!(!lost(&sim, "u"));
    sim.pass(1);
    assert!(lost(&sim, "u"));
}

#[test]
fn a_grace_and_a_host_grace_count_only_time_in_which_the_server_served() {
    let mut sim = room();
    sim.all("LEAVE v LOST\nLEAVE h LOST");
    sim.pass(GRACE / 2);
    sim.freeze(HOUR);
    sim.tick();
    sim.pass(GRACE / 2 - 1);
    assert!(present(&sim, "v"));
    sim.stall(1);
    assert!(!present(&sim, "v"), "a read shows it");
    sim.pass(0);
    assert!(!present(&sim, "v"));
    sim.ok("BEAT g");
    sim.freeze(HOUR);
    sim.ok("BEAT g");
    sim.pass(2 * MINUTE - GRACE - 1);
    assert_eq!(sim.peek("STATE -")["state"], "live");
    sim.pass(1);
    assert_eq!(sim.peek("STATE -")["state"], "ended");
}

#[test]
fn a_clock_that_is_set_forward_expires_no_lease_and_no_grace() {
    let mut sim = room();
    sim.all("LEAVE v LOST\nLEAVE h LOST");
    sim.set_clock(HOUR as i64);
    assert!(present(&sim, "v") && !lost(&sim, "u"));
    sim.tick();
    sim.pass(GRACE - 1);
    assert!(present(&sim, "v") && !lost(&sim, "u"));
    sim.pass(1);
    assert!(!present(&sim, "v"));
    sim.pass(LEASE - GRACE);
    assert!(lost(&sim, "u"));
    assert_eq!(sim.peek("STATE -")["state"], "live");
    assert_eq!(sim.peek("STATE -")["ms"], sim.now);
}

/// Every duration of a room goes on when the wall clock is set back.
fn durations(mut sim: Sim, disturb: impl FnOnce(&mut Sim)) {
    sim.settings.comment_rate = 1;
    sim.all("CONFIG h slowmode 10\nJOIN w\nBLOCK h x FOR 10\nPOLLOPEN h q 2 a b FOR 10\nOFFER h w FOR 10");
    sim.all("COMMENT v one\nLEAVE v LOST\nJOIN v\nLEAVE w LOST\nJOIN w\nCOMMENT h 1\nCOMMENT h 2\nBEAT g");
    assert_eq!(sim.err("COMMENT h 3"), "RATELIMITED 1000");
    assert_eq!(sim.err("COMMENT v two"), "SLOWMODE 10000");
    disturb(&mut sim);
    sim.stall(1000);
    sim.ok("COMMENT h 3");
    sim.pass(8999);
    assert_eq!(sim.err("COMMENT v two"), "SLOWMODE 1");
    assert_eq!(sim.err("JOIN x"), "BLOCKED");
    sim.stall(1);
    sim.all("COMMENT v two\nJOIN x\nBEAT g");
    assert_eq!(sim.err("POLLVOTE v 1 1"), "POLLCLOSED");
    assert_eq!(sim.err("ACCEPT w"), "NOOFFER");
    sim.ok("LEAVE v LOST");
    sim.pass(GRACE - 1);
    assert!(present(&sim, "v"));
    sim.pass(1);
    assert!(!present(&sim, "v"));
    sim.pass(LEASE - GRACE - 1);
    assert!(!lost(&sim, "u"));
    sim.pass(1);
    assert!(lost(&sim, "u"));
    sim.ok("JOIN h GATEWAY g2");
    sim.quiet();
    sim.ok("REACT h 👏");
    sim.pass(sim.settings.tick_ms);
    assert!(sim.at().pending.is_empty(), "frames go out with the tick");
}

#[test]
fn a_clock_that_is_set_back_stops_nothing() {
    durations(room(), |_| ());
    durations(room(), |sim| sim.set_clock(-(HOUR as i64)));
    durations(room(), |sim| {
        sim.set_clock(-(HOUR as i64));
        sim.tick();
        sim.set_clock(-1000);
    });
}

#[test]
fn a_clock_that_is_set_back_and_forth_leaves_no_trace() {
    let mut sim = room();
    for _ in 0..10 {
        sim.set_clock(HOUR as i64);
        sim.tick();
        sim.set_clock(-(HOUR as i64));
        sim.tick();
    }
    let ahead = sim.peek("STATE -")["ms"].as_u64().unwrap() - sim.now;
    assert_eq!(ahead, HOUR, "as far as the clock ever was");
    assert!(!lost(&sim, "u"));
    sim.set_clock(HOUR as i64);
    assert_eq!(sim.peek("STATE -")["ms"], sim.now);
    sim.pass(LEASE - 1);
    assert!(!lost(&sim, "u"));
    sim.pass(1);
    assert!(lost(&sim, "u"));
}

#[test]
fn a_new_master_whose_clock_is_behind_goes_on_where_the_old_one_was() {
    let mut sim = room();
    sim.all("CONFIG h slowmode 10\nCOMMENT v one\nLEAVE h LOST");
    sim.set_clock(-(HOUR as i64));
    sim.restart();
    sim.tick();
    sim.pass(GRACE - 1);
    assert!(present(&sim, "h"));
    sim.pass(1);
    assert!(!present(&sim, "h"));
    sim.ok("COMMENT v two");
    sim.pass(LEASE - GRACE);
    assert!(lost(&sim, "u"));
}

#[test]
fn a_scheduled_room_keeps_to_the_wall_clock() {
    let mut sim = Sim::bare("");
    sim.set_clock(HOUR as i64);
    let at = sim.now;
    sim.set_clock(-(HOUR as i64));
    let mut other = Sim::bare(&format!("AT {at}"));
    other.set_clock(30 * MINUTE as i64);
    other.ok("RSVP u YES");
    other.set_clock(-(30 * MINUTE as i64));
    other.ok(&format!("CONFIG h at {}", T0 + 10 * MINUTE));
    other.pass(10 * MINUTE + other.settings.start_window_ms - 1);
    assert_eq!(other.peek("STATE -")["state"], "scheduled");
    other.pass(1);
    assert_eq!(other.peek("STATE -")["state"], "cancelled");
}

/// A room whose host is present without a lease.
fn attended() -> Sim {
    let mut sim = Sim::bare("");
    sim.ok("JOIN h");
    sim.quiet();
    sim
}

#[test]
fn an_expiry_that_an_operator_set_or_removed_stays() {
    for expires in [None, Some(T0 + 400 * HOUR), Some(T0 + 10 * HOUR)] {
        let mut sim = attended();
        sim.expires = expires;
        for _ in 0..8 {
            sim.pass(HOUR);
            assert_eq!(sim.expires, expires, "somebody is present");
        }
        sim.ok("END h");
        assert_eq!(sim.expires, expires, "ended");
    }
    let mut sim = Sim::bare(&format!("AT {}", T0 + HOUR));
    sim.expires = Some(T0 + 5 * HOUR);
    sim.ok(&format!("CONFIG h at {}", T0 + 2 * HOUR));
    assert_eq!(sim.expires, Some(T0 + 5 * HOUR));
    sim.ok("CANCEL h");
    assert_eq!(sim.expires, Some(T0 + 5 * HOUR));
}

#[test]
fn a_room_that_comes_with_nearly_the_modules_expiry_lives_on() {
    let mut sim = attended();
    sim.pass(HOUR);
    // MIGRATE sends the rest of the key's life. The way takes a moment, and the clocks differ.
    sim.expires = sim.expires.map(|at| at + 1234);
    sim.arrive_elsewhere();
    sim.tick();
    let arrived = sim.expires;
    sim.ok("COMMENT h hi");
    sim.pass(2 * HOUR);
    assert!(sim.expires > arrived, "moved later while somebody is present");
    let mut sim = attended();
    sim.expires = Some(T0 + 10 * HOUR);
    sim.arrive_elsewhere();
    sim.pass(2 * HOUR);
    assert_eq!(sim.expires, Some(T0 + 10 * HOUR), "RESTORE with another expiry");
}

#[test]
fn an_end_that_is_due_counts_for_services_only_when_it_is_settled() {
    let mut sim = Sim::bare("HOSTLOSS END");
    sim.all("JOIN h\nJOIN u\nLEAVE h LOST");
    sim.quiet();
    sim.stall(2 * MINUTE);
    assert_eq!(sim.peek("STATE -")["state"], "ended");
    assert_eq!(sim.peek("INFO")["state"], "live");
    let export = format!("{:?}", sim.peek_reply("EXPORT 0").unwrap());
    assert!(export.contains(r#"\"state\":\"live\""#), "{export}");
    assert_eq!(sim.err("PURGE"), "NOTENDED", "it was not over before the command");
    assert_eq!(sim.peek("STATE -")["state"], "ended");
    assert_eq!(sim.peek("INFO")["state"], "ended");
    assert_eq!(sim.int("PURGE"), 1);
    assert!(sim.room.is_none());
}

/// A server that served, stood still and had its wall clock set, in turns.
fn lived(steps: &[(u8, u64)]) -> (RoomTime, ServerTime) {
    let settings = Settings { host_grace_ms: HOUR, ..Settings::default() };
    let mut time = ServerTime { wall_ms: T0, mono_ms: 0, served_ms: 0 };
    let mut room = RoomTime::default();
    room.begin_turn(&env(&room, time, &settings));
    for &(kind, ms) in steps {
        match kind {
            0 => {
                (time.wall_ms, time.mono_ms, time.served_ms) =
                    (time.wall_ms + ms, time.mono_ms + ms, time.served_ms + ms)
            }
            1 => (time.wall_ms, time.mono_ms) = (time.wall_ms + ms, time.mono_ms + ms),
            2 => time.wall_ms += ms,
            _ => time.wall_ms -= ms,
        }
        room.begin_turn(&env(&room, time, &settings));
    }
    (room, time)
}

fn env<'a>(room: &RoomTime, time: ServerTime, settings: &'a Settings) -> Env<'a> {
    Env {
        now: room.now(0, time),
        time,
        settings,
        key: KEY,
        db: 0,
        shard: false,
        generation: 1,
        serving: true,
        expires: &None,
        fresh: [0, 0],
        slice: crate::SLICE,
    }
}

proptest! {
    /// Whatever happened, the members whose grace is over are those whose deadline is due.
    #[test]
    fn the_latest_due_time_is_that_of_the_deadlines(
        steps in prop::collection::vec((0..4u8, 1..30_000u64), 0..200),
        wait in 0..60_000u64,
        since in 0..3_000_000u64,
    ) {
        let settings = Settings { host_grace_ms: HOUR, ..Settings::default() };
        let (room, time) = lived(&steps);
        let env = env(&room, time, &settings);
        let latest = room.latest_due(wait, &env);
        let since = (T0 + since).min(env.now);
        let is_due = room.deadline(since, wait, &env).unwrap() <= env.now;
        prop_assert_eq!(is_due, latest.is_some_and(|latest| since <= latest));
        let whole = room.deadline(T0, wait, &env).unwrap();
        prop_assert_eq!(whole <= env.now, time.served_ms >= wait, "all the time since the start");
    }
}
