//! Host continuity, and deadlines that hold even if no timer fired.

use crate::simulator::*;
use serde_json::json;

const GRACE: u64 = 120 * SECOND;

/// A host `h`, cohosts `c` (who joined first) and `d`, and a listener `u`. Their sessions have no lease.
fn crewed(hostloss: &str) -> Sim {
    let mut sim = Sim::bare(&format!("HOSTLOSS {hostloss}"));
    sim.all("ROLE h d cohost\nROLE h c cohost\nJOIN h\nJOIN c\nJOIN d\nJOIN u");
    sim.quiet();
    sim.forget();
    sim
}

fn host(sim: &Sim) -> String {
    let state = sim.peek("STATE -");
    match state["state"].as_str() {
        Some("live") => state["host"].as_str().unwrap_or("nobody").to_owned(),
        Some(other) => other.to_owned(),
        None => unreachable!(),
    }
}

#[test]
fn a_host_that_leaves_hands_over_at_once_to_the_longest_present_cohost() {
    let mut sim = crewed("HANDOVER");
    sim.ok("LEAVE h");
    assert_eq!(host(&sim), "c");
    assert_eq!(sim.member("h")["role"], "cohost");
    let members: Vec<_> = sim.events("stage").iter().map(|event| event["member"].clone()).collect();
    assert!(members.iter().any(|member| member["user"] == "c" && member["role"] == "host"));
    assert!(members.iter().any(|member| member["user"] == "h" && member["role"] == "cohost"));
    // The old host has lost the powers of a host.
    sim.ok("JOIN h");
    assert_eq!(sim.err("END h"), "FORBIDDEN");
    assert_eq!(host(&sim), "c");
}

#[test]
fn a_lost_host_is_waited_for() {
    let mut sim = crewed("HANDOVER");
    sim.ok("LEAVE h LOST");
    sim.pass(GRACE - 1);
    assert_eq!(host(&sim), "h");
    sim.ok("JOIN h");
    sim.pass(GRACE);
    assert_eq!(host(&sim), "h", "it came back");
    sim.ok("LEAVE h LOST");
    sim.stall(GRACE - 1);
    assert_eq!(host(&sim), "h");
    sim.stall(1);
    assert_eq!(host(&sim), "c", "a read shows it before a timer fired");
    assert_eq!(sim.err("END h"), "FORBIDDEN");
    sim.ok("END c");
}

#[test]
fn a_host_that_never_came_is_waited_for_from_the_start() {
    let mut sim = Sim::bare(&format!("AT {}", T0 + HOUR));
    sim.all("ROLE h c cohost\nJOIN c");
    sim.pass(HOUR);
    sim.ok("START c");
    sim.pass(GRACE - 1);
    assert_eq!(host(&sim), "h");
    sim.pass(1);
    assert_eq!(host(&sim), "c");
}

#[test]
fn a_host_that_is_lost_when_its_room_starts_is_waited_for_too() {
    let mut sim = Sim::bare(&format!("AT {}", T0 + HOUR));
    sim.all("ROLE h c cohost\nJOIN h\nJOIN c\nLEAVE h LOST\nSTART c");
    sim.pass(GRACE);
    assert_eq!(host(&sim), "c");
}

#[test]
fn without_a_present_cohost_the_room_waits_for_one_then_ends() {
    let mut sim = crewed("HANDOVER");
    sim.all("LEAVE c\nLEAVE d\nLEAVE h");
    sim.pass(GRACE - 1);
    assert_eq!(host(&sim), "h");
    let mut other = crewed("HANDOVER");
    other.all("LEAVE c\nLEAVE d\nLEAVE h");
    other.pass(GRACE - 1);
    other.ok("JOIN d");
    assert_eq!(host(&other), "d", "the cohost who returns takes over");
    sim.pass(1);
    assert_eq!(host(&sim), "ended");
    assert_eq!(sim.events("ended")[0]["reason"], "hostloss");
    // The room waits once for the host and once for a cohost.
    let mut sim = crewed("HANDOVER");
    sim.all("LEAVE c\nLEAVE d\nLEAVE h LOST");
    sim.pass(2 * GRACE - 1);
    assert_eq!(host(&sim), "h");
    sim.stall(1);
    assert_eq!(host(&sim), "ended");
    assert_eq!(sim.err("COMMENT u hi"), "ENDED");
}

#[test]
fn end_ends_the_room_with_its_host() {
    let mut sim = crewed("END");
    sim.ok("LEAVE h");
    assert_eq!(host(&sim), "ended");
    let mut sim = crewed("END");
    sim.ok("LEAVE h LOST");
    sim.pass(GRACE - 1);
    assert_eq!(host(&sim), "h");
    sim.pass(1);
    assert_eq!(host(&sim), "ended");
    assert_eq!(sim.events("ended")[0]["reason"], "hostloss");
    assert!(sim.events("ended")[0]["by"].is_null());
}

#[test]
fn keep_leaves_it() {
    let mut sim = crewed("KEEP");
    sim.ok("LEAVE h");
    sim.pass(10 * GRACE);
    assert_eq!(host(&sim), "h");
    sim.ok("JOIN h");
    sim.ok("END h");
}

#[test]
fn a_kicked_or_blocked_host_is_gone_at_once() {
    let mut sim = crewed("HANDOVER");
    sim.ok("KICK - h");
    assert_eq!(host(&sim), "c");
    sim.ok("BLOCK - c");
    assert_eq!(host(&sim), "d");
    sim.ok("BLOCK - d");
    sim.pass(GRACE - 1);
    assert_eq!(host(&sim), "nobody");
    sim.ok("ROLE - u host");
    sim.pass(10 * GRACE);
    assert_eq!(host(&sim), "u");
}

#[test]
fn a_host_whose_gateway_is_dropped_is_gone_and_one_whose_gateway_died_is_lost() {
    for (drop, then) in [("DROP g", "c"), ("DROP g LOST", "h")] {
        let mut sim = Sim::live();
        sim.all("ROLE h c cohost\nJOIN c");
        sim.ok(drop);
        assert_eq!(host(&sim), then);
        sim.pass(GRACE);
        assert_eq!(host(&sim), "c");
    }
}

#[test]
fn an_absent_user_made_host_is_waited_for() {
    let mut sim = crewed("HANDOVER");
    sim.all("ROLE h x host\nLEAVE h");
    sim.pass(GRACE - 1);
    assert_eq!(host(&sim), "x");
    sim.pass(1);
    assert_eq!(host(&sim), "c");
}

#[test]
fn no_host_is_lost_to_an_outage() {
    let mut sim = crewed("END");
    sim.ok("LEAVE h LOST");
    sim.stall(HOUR);
    sim.take_over();
    sim.pass(GRACE - 1);
    assert_eq!(host(&sim), "h");
    sim.pass(1);
    assert_eq!(host(&sim), "ended");
}

#[test]
fn timed_blocks_polls_and_offers_hold_before_any_timer() {
    let mut sim = crewed("KEEP");
    sim.all("JOIN v\nBLOCK h v FOR 5\nPOLLOPEN h q 2 a b HIDDEN FOR 5\nOFFER h u FOR 5\nPOLLVOTE u 1 0");
    sim.stall(4999);
    assert_eq!(sim.err("JOIN v"), "BLOCKED");
    assert_eq!(sim.peek("POLLS u")[0]["options"][0]["votes"], json!(null));
    sim.stall(1);
    let poll = &sim.peek("POLLS u")[0];
    assert_eq!((&poll["state"], &poll["options"][0]["votes"]), (&json!("closed"), &json!(1)));
    assert_eq!(sim.peek("STATE v")["polls"], json!([]));
    assert_eq!(sim.peek("BLOCKED h")["blocked"], json!([]));
    assert_eq!(sim.peek("WHOIS u u")["offer_until_ms"], 0);
    assert_eq!(sim.err("POLLVOTE u 1 1"), "POLLCLOSED");
    assert_eq!(sim.err("ACCEPT u"), "NOOFFER");
    sim.ok("JOIN v");
    sim.quiet();
    assert_eq!(sim.events("poll").last().unwrap()["poll"]["state"], "closed");
}

#[test]
fn the_timer_rests_when_there_is_nothing_to_do() {
    let mut sim = Sim::bare("HOSTLOSS KEEP");
    sim.expires = None;
    sim.ok("JOIN h");
    sim.quiet();
    assert_eq!(sim.deadline(), None);
    sim.ok("LEAVE h LOST");
    sim.quiet();
    assert_eq!(sim.deadline(), Some(sim.at().lost.first().unwrap().since_ms + sim.settings.grace_ms));
}

#[test]
fn settings_of_no_length_fall_due_at_once() {
    let mut sim = Sim::bare("HOSTLOSS END");
    sim.settings.grace_ms = 0;
    sim.settings.host_grace_ms = 0;
    sim.pass(0);
    assert_eq!(host(&sim), "ended");
    let mut sim = crewed("KEEP");
    sim.settings.grace_ms = 0;
    sim.ok("LEAVE u LOST");
    assert_eq!(sim.member("u")["present"], false);
}

#[test]
fn a_clock_that_runs_backwards_stops_nothing() {
    let mut sim = crewed("HANDOVER");
    sim.pass(HOUR / 2);
    sim.ok("COMMENT u before");
    sim.set_clock(-(10 * MINUTE as i64));
    sim.all("COMMENT u hi\nREACT u 👏\nRAISEHAND u\nLEAVE c\nJOIN c\nLEAVE u");
    sim.pass(sim.settings.tick_ms);
    assert!(sim.at().pending.is_empty(), "frames go out with the tick of the clock there is");
    sim.now += HOUR;
    sim.ok("COMMENT d on");
}

#[test]
fn a_room_that_comes_to_a_server_of_long_standing_keeps_its_leases_and_graces() {
    let mut sim = Sim::bare("HOSTLOSS KEEP");
    sim.all("JOIN u GATEWAY g\nJOIN v GATEWAY g\nLEAVE v LOST");
    sim.pass(HOUR / 2);
    sim.all("JOIN u GATEWAY g\nJOIN v GATEWAY g\nLEAVE v LOST");
    sim.arrive_elsewhere();
    sim.tick();
    assert_eq!((&sim.member("u")["lost"], &sim.member("v")["present"]), (&json!(false), &json!(true)));
    sim.pass(sim.settings.grace_ms);
    assert_eq!(sim.member("v")["present"], false, "its grace has passed here");
    sim.pass(sim.settings.lease_ms - sim.settings.grace_ms);
    assert_eq!(sim.member("u")["lost"], true, "and nobody has beaten");
}
