//! Polls and votes.

use crate::simulator::*;
use serde_json::{json, Value};

fn room() -> Sim {
    let mut sim = Sim::live();
    sim.all("JOIN u GATEWAY g\nJOIN v GATEWAY g\nJOIN w GATEWAY g");
    sim.quiet();
    sim.forget();
    sim
}

fn poll(sim: &Sim, id: usize) -> Value {
    sim.peek("POLLS u")[id - 1].clone()
}

fn votes(sim: &Sim, id: usize) -> Vec<Value> {
    poll(sim, id)["options"].as_array().unwrap().iter().map(|option| option["votes"].clone()).collect()
}

#[test]
fn one_vote_a_user_which_a_later_one_replaces() {
    let mut sim = room();
    assert_eq!(sim.int("POLLOPEN h Which? 3 a b c"), 1);
    assert_eq!(sim.int("POLLVOTE u 1 0"), 1);
    sim.ok("JOIN u GATEWAY g SESSION other");
    assert_eq!(sim.int("POLLVOTE u 1 1"), 1);
    assert_eq!(sim.int("POLLVOTE u 1 1"), 1);
    assert_eq!(sim.int("POLLVOTE v 1 1"), 2);
    assert_eq!(votes(&sim, 1), [0, 2, 0]);
    assert_eq!(sim.peek("WHOIS u u")["votes"], json!({"1": [1]}));
    sim.all("LEAVE u\nLEAVE v LOST");
    sim.pass(MINUTE / 3);
    assert_eq!(votes(&sim, 1), [0, 2, 0], "it stands after leaving");
    assert_eq!(sim.err("POLLVOTE u 1 0"), "NOTMEMBER");
    sim.ok("JOIN u GATEWAY g");
    sim.ok("POLLVOTE u 1 2");
    let closed = sim.json("POLLCLOSE h 1");
    assert_eq!((&closed["state"], &closed["voters"]), (&json!("closed"), &json!(2)));
    assert_eq!(closed["closes_ms"], sim.now);
    assert_eq!(sim.err("POLLVOTE u 1 0"), "POLLCLOSED");
    assert_eq!(sim.json("POLLCLOSE h 1"), closed);
}

#[test]
fn options_are_what_the_poll_has() {
    let mut sim = room();
    sim.all("POLLOPEN h q 3 a b c\nPOLLOPEN h q 3 a b c MULTI 2");
    for options in ["3", "63", "64", "9007199254740991", "0 1"] {
        assert_eq!(sim.err(&format!("POLLVOTE u 1 {options}")), "BADOPTION", "{options}");
    }
    assert_eq!(sim.err("POLLVOTE u 1 0 0"), "INVALID");
    assert_eq!(sim.err("POLLVOTE u 3 0"), "NOPOLL");
    assert_eq!(sim.err("POLLCLOSE h 3"), "NOPOLL");
    assert_eq!(sim.err("POLLVOTE u 2 0 1 2"), "BADOPTION");
    sim.ok("POLLVOTE u 2 0 2");
    assert_eq!(votes(&sim, 2), [1, 0, 1]);
    sim.ok("POLLVOTE u 2 1");
    assert_eq!(votes(&sim, 2), [0, 1, 0]);
    assert_eq!(sim.err("POLLVOTE x 2 1"), "NOTMEMBER");
    assert_eq!(sim.err("POLLOPEN u q 2 a b"), "FORBIDDEN");
}

#[test]
fn a_final_vote_stands() {
    let mut sim = room();
    sim.all("POLLOPEN h q 2 a b FINAL\nPOLLVOTE u 1 0");
    assert_eq!(sim.err("POLLVOTE u 1 1"), "ALREADYVOTED");
    assert_eq!(votes(&sim, 1), [1, 0]);
}

#[test]
fn hidden_tallies_show_once_closed() {
    let mut sim = room();
    sim.all("POLLOPEN h q 2 a b HIDDEN\nPOLLVOTE u 1 0\nPOLLVOTE u 1 1");
    assert_eq!(votes(&sim, 1), [json!(null), json!(null)]);
    assert_eq!(poll(&sim, 1)["voters"], 1);
    sim.quiet();
    for event in sim.events("poll") {
        assert_eq!(event["poll"]["options"][0]["votes"], json!(null));
    }
    sim.forget();
    sim.ok("POLLCLOSE h 1");
    sim.quiet();
    assert_eq!(sim.events("poll")[0]["poll"]["options"][1]["votes"], 1);
    assert_eq!(votes(&sim, 1), [0, 1]);
}

#[test]
fn who_chose_what_in_a_secret_poll_is_nowhere() {
    let mut sim = room();
    sim.all("POLLOPEN h q 2 yes no SECRET\nPOLLVOTE u 1 1\nPOLLVOTE v 1 0");
    let shown = poll(&sim, 1);
    for field in ["secret", "final", "hidden"] {
        assert_eq!(shown[field], true, "{field}");
    }
    assert_eq!(sim.err("POLLVOTE u 1 1"), "ALREADYVOTED");
    assert_eq!(sim.peek("WHOIS u u")["votes"], json!({"1": []}));
    sim.ok("POLLCLOSE h 1");
    assert_eq!(votes(&sim, 1), [1, 1]);
    sim.ok("END h");
    assert!(sim.at().polls[0].votes.values().all(|vote| vote.options == 0));
    assert!(!sim.export(100).iter().any(|line| line.contains("\"kind\":\"vote\"")));
}

#[test]
fn five_are_open_at_once_and_a_hundred_a_room() {
    let mut sim = room();
    for _ in 0..5 {
        sim.ok("POLLOPEN h q 2 a b");
    }
    assert_eq!(sim.err("POLLOPEN h q 2 a b"), "TOOMANY");
    sim.ok("POLLCLOSE h 2");
    for n in 6..=100 {
        assert_eq!(sim.int("POLLOPEN h q 2 a b FOR 1"), n);
        sim.stall(1000);
    }
    assert_eq!(sim.err("POLLOPEN h q 2 a b"), "TOOMANY");
    sim.ok("POLLCLOSE h 1");
    assert_eq!(sim.err("POLLOPEN h q 2 a b"), "TOOMANY");
    assert_eq!(sim.peek("POLLS u").as_array().unwrap().len(), 100);
    assert_eq!(sim.peek("STATE u")["polls"].as_array().unwrap().len(), 3);
}

#[test]
fn a_poll_with_for_closes_by_itself() {
    let mut sim = room();
    sim.ok("POLLOPEN h q 2 a b FOR 5");
    assert_eq!(poll(&sim, 1)["closes_ms"], sim.now + 5000);
    sim.quiet();
    sim.forget();
    sim.pass(5000);
    assert_eq!(sim.events("poll")[0]["poll"]["state"], "closed");
    assert!(sim.notifications.contains(&"room.pollclose"));
}

#[test]
fn a_token_opens_one_poll() {
    let mut sim = room();
    assert_eq!(sim.int("POLLOPEN h q 2 a b TOKEN t"), 1);
    assert_eq!(sim.int("POLLOPEN h other 2 a b TOKEN t"), 1);
    assert_eq!(sim.int("COMMENT h hi TOKEN t"), 1, "of another command it is another token");
    assert_eq!(sim.peek("POLLS u").as_array().unwrap().len(), 1);
}

#[test]
fn the_end_closes_what_is_open() {
    let mut sim = room();
    sim.all("POLLOPEN h q 2 a b HIDDEN\nPOLLVOTE u 1 0");
    let summary = sim.json("END h");
    assert_eq!(summary["polls"][0]["state"], "closed");
    assert_eq!(summary["polls"][0]["options"][0]["votes"], 1);
    let kinds = sim.kinds();
    assert_eq!(kinds[kinds.len() - 2..], ["poll", "ended"]);
}

#[test]
fn votes_fold_into_one_event_a_poll() {
    let mut sim = room();
    sim.all("POLLOPEN h q 2 a b\nPOLLOPEN h q 2 a b");
    sim.quiet();
    sim.forget();
    sim.ok("COMMENT h now-it-ticks");
    sim.all("POLLVOTE u 1 0\nPOLLVOTE v 1 0\nPOLLVOTE u 2 0\nPOLLVOTE w 1 1");
    sim.quiet();
    assert_eq!(sim.kinds(), ["comment", "poll", "poll"]);
    let events = sim.events("poll");
    assert_eq!(
        (&events[0]["poll"]["id"], &events[1]["poll"]["id"]),
        (&json!(2), &json!(1)),
        "at its last change"
    );
    assert_eq!(events[1]["poll"]["voters"], 3);
}
