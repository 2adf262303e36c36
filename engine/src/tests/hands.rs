//! Raised hands in large numbers: what LOWERHAND `*`, lost gateways and ended graces leave to slices.

use super::stage::word;
use crate::simulator::*;
use serde_json::{json, Value};

/// A live room with users `u0` to `u{n - 1}`, who all raise their hands, and slices of two. Users join through gateway
/// `gateway(n)`.
fn crowd(n: u32, gateway: impl Fn(u32) -> &'static str) -> Sim {
    let mut sim = Sim::with("SEATS 100");
    sim.slice = 2;
    for nth in 0..n {
        sim.all(&format!("JOIN u{nth} GATEWAY {}\nRAISEHAND u{nth}", gateway(nth)));
    }
    sim.quiet();
    sim.forget();
    sim
}

fn hands(sim: &Sim) -> Vec<String> {
    let hands = sim.pages("HANDS -", "hands", 3);
    hands.iter().map(|hand| hand["user"].as_str().unwrap().to_owned()).collect()
}

/// The exported hands as user, from_ms, to_ms, how and by, sorted.
fn exported(sim: &Sim) -> Vec<[Value; 5]> {
    let lines = sim.export(7);
    let lines = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let hands = lines.filter(|line| line["kind"] == "hand");
    let mut hands: Vec<_> = hands
        .map(|line| ["user", "from_ms", "to_ms", "how", "by"].map(|field| line[field].clone()))
        .collect();
    hands.sort_by_key(|hand| format!("{hand:?}"));
    hands
}

#[test]
fn lowering_all_hands_acts_at_once_and_memory_follows() {
    let mut sim = crowd(60, |_| "g");
    assert_eq!(sim.int("LOWERHAND h *"), 60);
    let cleared_ms = sim.now;
    assert!(sim.at().hands.cleared() > 10, "most hands wait for their slices");
    assert_eq!(hands(&sim), Vec::<String>::new());
    let state = sim.peek("STATE u7");
    assert_eq!(
        (&state["counts"]["hands"], &state["hands"], &state["you"]["hand"]),
        (&json!(0), &json!([]), &json!(0))
    );
    assert_eq!(sim.int("LOWERHAND h *"), 0);
    assert_eq!(sim.int("LOWERHAND u9"), 0);
    assert_eq!(word(&mut sim, "NEXT h"), "null");
    assert_eq!(word(&mut sim, "OFFER h u19"), "offered", "a lowered hand is no consent");
    // A user raises its hand again before its slice.
    assert_eq!(sim.int("RAISEHAND u15"), 1);
    assert_eq!(sim.int("RAISEHAND u15"), 1);
    assert_eq!(sim.int("RAISEHAND u3"), 2);
    assert_eq!(hands(&sim), ["u15", "u3"]);
    // Others leave, come on stage or are blocked before their slices.
    sim.all("LEAVE u18\nROLE h u17 speaker\nBLOCK h u16\nLEAVE u14 LOST\nACCEPT u19");
    assert_eq!(sim.int("LOWERHAND - *"), 2);
    assert_eq!(sim.int("RAISEHAND u15"), 1);
    assert_eq!(sim.at().hands.clears().len(), 2, "two of them wait");
    sim.pass(SECOND);
    assert_eq!((sim.at().hands.cleared(), sim.at().hands.clears().len()), (0, 0));
    assert_eq!(hands(&sim), ["u15"]);
    assert_eq!(word(&mut sim, "NEXT h"), "u15");
    sim.ok("END h");
    let exported = exported(&sim);
    assert_eq!(exported.len(), 63);
    let by = |actor: &str| exported.iter().filter(|hand| hand[3] == "lowered" && hand[4] == actor).count();
    assert_eq!((by("h"), by("-")), (60, 2), "each hand once, with the actor who lowered it");
    assert!(exported
        .iter()
        .filter(|hand| hand[4] == "h" && hand[3] == "lowered")
        .all(|hand| hand[2] == cleared_ms));
}

#[test]
fn a_room_that_ends_meanwhile_exports_each_hand_once() {
    let mut sim = crowd(20, |_| "g");
    let raised = sim.now;
    sim.ok("LOWERHAND h *");
    let cleared_ms = sim.now;
    sim.now += 7;
    sim.all("RAISEHAND u12\nRAISEHAND u1");
    sim.now += 7;
    sim.ok("END h");
    assert!(sim.at().hands.cleared() > 5, "hands wait for their slices for ever");
    let hands = exported(&sim);
    assert_eq!(hands.len(), 22);
    let lowered: Vec<_> = hands.iter().filter(|hand| hand[3] == "lowered").collect();
    assert_eq!(lowered.len(), 20);
    for hand in lowered {
        assert_eq!((&hand[2], &hand[4]), (&json!(cleared_ms), &json!("h")));
        assert!(hand[1].as_u64().unwrap() <= raised);
    }
    let ended: Vec<_> =
        hands.iter().filter(|hand| hand[3] == "ended").map(|hand| (&hand[0], &hand[2])).collect();
    assert_eq!(ended, [(&json!("u1"), &json!(sim.now)), (&json!("u12"), &json!(sim.now))]);
    let ids = sim.export(7).into_iter().map(|line| {
        let line: Value = serde_json::from_str(&line).unwrap();
        format!("{} {}", line["kind"], line["id"])
    });
    let mut ids: Vec<_> = ids.collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "each id is unique");
    assert_eq!(sim.peek("SUMMARY -")["hands_raised"], 22);
    let before = sim.export(7);
    sim.pass(HOUR);
    assert_eq!(sim.export(7), before, "the export is stable");
}

#[test]
fn next_passes_over_a_gateway_that_was_dropped() {
    let mut sim = crowd(20, |nth| if nth == 15 { "g2" } else { "g1" });
    sim.ok("JOIN u16 GATEWAY g3 SESSION web");
    assert_eq!(sim.int("DROP g1"), 19);
    assert!(!sim.at().leases.retired.is_empty(), "most hands wait for their slices");
    assert_eq!(word(&mut sim, "NEXT h"), "u15");
    assert_eq!(word(&mut sim, "NEXT h"), "u16", "it has another session");
    assert_eq!(word(&mut sim, "NEXT h"), "null");
    assert!(!sim.at().leases.retired.is_empty());
    sim.quiet();
    assert_eq!(hands(&sim), Vec::<String>::new());
    assert_eq!(sim.members(), ["h", "u15", "u16"]);
}

#[test]
fn next_seats_a_lost_user_in_its_grace_and_passes_over_those_whose_grace_is_over() {
    let mut sim = crowd(20, |nth| if nth < 10 { "g1" } else { "g2" });
    sim.ok("DROP g1 LOST");
    assert_eq!(word(&mut sim, "NEXT h"), "u0", "a lost user is present");
    assert_eq!(sim.member("u0")["lost"], true, "and is settled first");
    let grace_ms = sim.settings.grace_ms;
    sim.pass(grace_ms - 1);
    assert!(sim.at().leases.retired.is_empty());
    sim.ok("LEAVE u10 LOST");
    // The graces of g1 end. No timer fires.
    sim.stall(1);
    let top: Vec<Value> =
        sim.peek("STATE -")["hands"].as_array().unwrap().iter().map(|hand| hand["user"].clone()).collect();
    let rest: Vec<String> = (10..20).map(|nth| format!("u{nth}")).collect();
    assert_eq!(top, rest, "reads show the deadlines settled");
    assert_eq!(hands(&sim), rest);
    assert_eq!(word(&mut sim, "NEXT h"), "u10");
    assert!(sim.at().lost.len() > 2, "most graces wait for their slices");
    assert_eq!(word(&mut sim, "NEXT h"), "u11");
    sim.pass(SECOND);
    assert_eq!(hands(&sim), rest[2..]);
}

#[test]
fn an_expired_lease_with_raised_hands_is_settled_in_slices() {
    let mut sim = crowd(20, |_| "g1");
    sim.ok("ROLE h u5 speaker");
    sim.stall(sim.settings.lease_ms);
    sim.ok("BEAT g");
    assert_eq!(sim.member("u5")["lost"], true, "the stage at once");
    let lost = |sim: &Sim| (0..20).filter(|nth| sim.member(&format!("u{nth}"))["lost"] == true).count();
    assert!(lost(&sim) < 10, "{} are lost", lost(&sim));
    sim.quiet();
    assert_eq!(lost(&sim), 20);
}

#[test]
fn before_the_start_a_member_who_goes_keeps_its_hand() {
    let mut sim = Sim::bare(&format!("AT {}", T0 + HOUR));
    sim.ok("JOIN h GATEWAY g");
    sim.all("ROLE h c cohost\nJOIN c GATEWAY g\nROLE h c listener\nRAISEHAND c\nRAISEHAND x");
    sim.ok("LEAVE c LOST");
    sim.stall(sim.settings.grace_ms);
    assert_eq!(hands(&sim), ["c", "x"], "a read shows the grace over, and the hand");
    assert_eq!(sim.member("c")["hand"], 1);
    sim.pass(SECOND);
    assert_eq!(
        (sim.member("c")["present"].clone(), hands(&sim)),
        (json!(false), vec!["c".into(), "x".into()])
    );
    sim.all("START h\nJOIN x GATEWAY g");
    assert_eq!(word(&mut sim, "NEXT h"), "x", "absent users keep their place");
    assert_eq!(hands(&sim), ["c"]);
    sim.ok("JOIN c GATEWAY g");
    sim.ok("LEAVE c");
    assert_eq!(hands(&sim), Vec::<String>::new(), "live, the hand goes with the member");
}

#[test]
fn kicks_and_blocks_lower_the_hand() {
    let mut sim = crowd(3, |_| "g");
    sim.all("KICK h u0\nBLOCK h u1");
    assert_eq!(hands(&sim), ["u2"]);
    sim.ok("BLOCK h u2 SHADOW");
    assert_eq!(hands(&sim), ["u2"], "a shadow block takes nothing");
}
