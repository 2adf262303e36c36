//! Frames: numbers, folding, ticks, direct frames, EVENTS, takeover.

use crate::simulator::*;
use serde_json::json;

fn room(listeners: usize) -> Sim {
    let mut sim = Sim::live();
    for n in 0..listeners {
        sim.ok(&format!("JOIN u{n} GATEWAY g"));
    }
    sim.quiet();
    sim.forget();
    sim
}

fn epoch(sim: &Sim) -> String {
    sim.peek("STATE -")["epoch"].as_str().unwrap().to_owned()
}

fn seqs(sim: &Sim) -> Vec<u64> {
    let all = sim.frames.iter().filter_map(|frame| frame["events"].as_array()).flatten();
    all.map(|event| event["seq"].as_u64().unwrap()).collect()
}

#[test]
fn a_frame_says_which_room_which_epoch_which_numbers() {
    let mut sim = room(1);
    sim.ok("COMMENT u0 hi");
    let frame = &sim.frames[0];
    assert_eq!(frame["kind"], "events");
    assert_eq!((&frame["room"], &frame["epoch"]), (&json!(KEY), &json!(epoch(&sim))));
    assert_eq!((&frame["from"], &frame["to"]), (&json!(sim.at().seq), &json!(sim.at().seq)));
    assert_eq!(frame["ms"], sim.now);
    assert_eq!(frame["profiles"], json!({}));
}

#[test]
fn fan_out_costs_ticks_not_actions() {
    let mut sim = room(10);
    sim.ok("REACT u0 👏");
    assert_eq!(sim.frames.len(), 1, "a quiet room's first change goes out at once");
    for n in 0..10 {
        sim.ok(&format!("REACT u{n} 👏 COUNT 2"));
        sim.ok(&format!("RAISEHAND u{n}"));
        sim.ok(&format!("JOIN v{n} GATEWAY g"));
    }
    assert_eq!(sim.frames.len(), 1);
    let at = sim.now + sim.settings.tick_ms;
    assert_eq!(sim.deadline(), Some(at));
    sim.pass(sim.settings.tick_ms);
    assert_eq!(sim.frames.len(), 2);
    assert_eq!(sim.kinds(), ["reactions", "reactions", "hands", "audience"]);
    let folded = &sim.events("reactions")[1];
    assert_eq!((&folded["delta"], &folded["total"]), (&json!({"👏": 20}), &json!({"👏": 21})));
    assert_eq!(sim.events("hands")[0]["count"], 10);
    let audience = &sim.events("audience")[0];
    assert_eq!(
        (&audience["joined"], &audience["left"], &audience["present"]),
        (&json!(10), &json!(0), &json!(21))
    );
    assert_eq!(audience["users"].as_array().unwrap().len(), 10);
    assert_eq!(sim.notifications, ["room.tick", "room.tick"], "one a flush");
}

#[test]
fn without_a_tick_every_change_goes_out_at_once() {
    let mut sim = room(3);
    sim.settings.tick_ms = 0;
    sim.all("REACT u0 👏\nREACT u1 👏\nREACT u2 👏");
    assert_eq!(sim.frames.len(), 3);
}

#[test]
fn joins_and_leaves_within_a_tick_are_counted_net_but_everyone_is_named() {
    let mut sim = room(2);
    sim.ok("COMMENT h tick");
    sim.forget();
    sim.all("JOIN a GATEWAY g\nJOIN b GATEWAY g\nLEAVE a\nLEAVE u0\nLEAVE u1\nJOIN u1 GATEWAY g");
    // A follower that took a snapshot just now must also reach the true state.
    sim.follow();
    sim.ok("LEAVE b");
    sim.quiet();
    let audience = &sim.events("audience")[0];
    assert_eq!((&audience["joined"], &audience["left"]), (&json!(0), &json!(1)));
    assert_eq!((&audience["users"], &audience["left_users"]), (&json!(["u1"]), &json!(["a", "b", "u0"])));
}

#[test]
fn past_sixteen_changes_the_audience_is_partial() {
    let mut sim = room(0);
    sim.ok("COMMENT h tick");
    for n in 0..16 {
        sim.ok(&format!("JOIN a{n} GATEWAY g"));
    }
    sim.quiet();
    assert_eq!(sim.events("audience")[0]["users"].as_array().unwrap().len(), 16);
    sim.forget();
    sim.ok("COMMENT h tick");
    for n in 0..17 {
        sim.ok(&format!("JOIN b{n} GATEWAY g"));
    }
    sim.quiet();
    let audience = &sim.events("audience")[0];
    assert_eq!((&audience["partial"], &audience["joined"]), (&json!(true), &json!(17)));
    assert!(audience["users"].is_null());
}

#[test]
fn hands_name_the_top_only_when_it_changed() {
    let mut sim = room(30);
    for n in 0..22 {
        sim.ok(&format!("RAISEHAND u{n}"));
    }
    sim.quiet();
    assert_eq!(sim.events("hands").last().unwrap()["top"].as_array().unwrap().len(), 20);
    sim.forget();
    sim.ok("RAISEHAND u25");
    assert_eq!(sim.events("hands")[0]["count"], 23);
    assert!(sim.events("hands")[0]["top"].is_null());
    sim.quiet();
    sim.forget();
    sim.ok("LOWERHAND u3");
    let fourth = &sim.events("hands")[0]["top"][3];
    assert_eq!(fourth, &sim.peek("STATE -")["hands"][3]);
    assert_eq!(fourth["user"], "u4");
}

#[test]
fn a_snapshot_of_hands_that_changed_back_is_put_right() {
    let mut sim = room(30);
    for n in 0..20 {
        sim.ok(&format!("RAISEHAND u{n}"));
    }
    sim.quiet();
    sim.ok("COMMENT h tick");
    sim.ok("LOWERHAND u19");
    sim.follow();
    sim.all("RAISEHAND u19\nRAISEHAND u20");
    sim.quiet();
    sim.all("LOWERHAND h *\nCOMMENT h tick\nRAISEHAND u0");
    sim.follow();
    sim.ok("LOWERHAND u0");
    sim.quiet();
}

#[test]
fn urgent_events_go_at_once_with_all_that_waits_in_order() {
    let mut sim = room(3);
    sim.ok("REACT u0 👏");
    sim.forget();
    sim.all("COMMENT u0 one\nREACT u1 👏\nCOMMENT u1 two");
    assert_eq!(sim.frames.len(), 0);
    sim.ok("ROLE h u2 speaker");
    assert_eq!(sim.kinds(), ["comment", "reactions", "comment", "audience", "stage"]);
    assert_eq!(sim.frames.len(), 1);
    sim.forget();
    sim.ok("COMMENT u0 three");
    sim.ok("DELCOMMENT h 3");
    assert_eq!(sim.kinds(), ["comment", "comment_deleted"]);
    sim.forget();
    sim.ok("COMMENT u0 four");
    sim.ok("ASKUNMUTE h u2");
    assert_eq!(sim.kinds(), ["comment"]);
    assert_eq!(sim.frames.len(), 2);
    assert!(
        sim.frames[0]["users"] == json!(["u2"]) && sim.frames[1]["event"].is_null(),
        "the direct frame before"
    );
}

#[test]
fn past_twenty_urgent_frames_a_second_they_go_with_the_tick() {
    let mut sim = room(1);
    sim.pass(SECOND);
    sim.ok("ROLE h u0 speaker");
    sim.forget();
    for _ in 0..15 {
        sim.all("UNMUTE u0\nMUTE u0");
    }
    assert_eq!(sim.frames.len(), 20);
    sim.pass(sim.settings.tick_ms);
    assert_eq!(sim.frames.len(), 21);
    assert_eq!(sim.frames[20]["events"].as_array().unwrap().len(), 1, "changes of a member fold");
    sim.pass(SECOND);
    sim.forget();
    sim.all("COMMENT u0 hi\nUNMUTE u0");
    assert_eq!(sim.frames.len(), 2, "the next second has its own");
}

#[test]
fn frames_are_rarer_where_many_listen() {
    let mut sim = Sim::live();
    sim.thorough = false;
    for n in 0..10_001 {
        sim.ok(&format!("JOIN u{n} GATEWAY g"));
    }
    sim.quiet();
    sim.pass(SECOND);
    sim.ok("REACT h 👏");
    sim.ok("REACT h 👏");
    assert_eq!(sim.deadline(), Some(sim.now + 4 * sim.settings.tick_ms));
    sim.ok("LEAVE u0");
    sim.ok("LEAVE u1");
    sim.pass(SECOND);
    sim.all("REACT h 👏\nREACT h 👏");
    assert_eq!(sim.deadline(), Some(sim.now + sim.settings.tick_ms));
    sim.compare();
}

#[test]
fn frames_past_thirty_two_kib_are_split_without_a_hole() {
    let mut sim = room(0);
    let name = "n".repeat(400);
    for n in 0..40 {
        sim.ok(&format!("JOIN u{n} GATEWAY g PROFILE {{\"name\":\"{name}\"}}"));
    }
    sim.quiet();
    sim.ok("COMMENT h tick");
    sim.forget();
    let text = "\"".repeat(1000);
    for n in 0..40 {
        sim.ok(&format!("COMMENT u{n} {text}"));
    }
    sim.quiet();
    assert!(sim.frames.len() >= 3, "{} frames", sim.frames.len());
    let mut next = sim.frames[0]["from"].as_u64().unwrap();
    for frame in &sim.frames {
        assert_eq!(frame["from"], next);
        let events = frame["events"].as_array().unwrap();
        next += events.len() as u64;
        assert_eq!(frame["to"], next - 1);
        assert_eq!(frame["profiles"].as_object().unwrap().len(), events.len(), "each with its profiles");
    }
    assert_eq!(sim.events("comment").len(), 40);
}

#[test]
fn numbers_never_have_holes() {
    let mut sim = Sim::empty();
    sim.all("CREATE h\nJOIN h\nJOIN u\nRAISEHAND u\nNEXT h\nREACT u 👏\nPOLLOPEN h q 2 a b\nCOMMENT u hi\nPIN h 1");
    sim.all("BLOCK h u CLEAR\nCONFIG h title t\nEND h");
    sim.quiet();
    assert_eq!(seqs(&sim), (1..=sim.at().seq).collect::<Vec<_>>());
}

#[test]
fn direct_frames_have_no_number_and_are_not_in_events() {
    let mut sim = room(1);
    let seq = sim.at().seq;
    sim.ok("OFFER h u0");
    assert_eq!(sim.at().seq, seq);
    let frame = &sim.frames[0];
    let fields: Vec<&String> = frame.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["epoch", "event", "kind", "ms", "room", "users"]);
    let since = sim.peek(&format!("EVENTS - {} {seq}", epoch(&sim)));
    assert_eq!((&since["from"], &since["to"]), (&json!(seq + 1), &json!(seq)), "nothing new");
    assert_eq!(since["events"], json!([]));
}
