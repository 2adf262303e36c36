//! Frames are bounded for any input: what folds, what replaces, and in which order it goes out.

use crate::simulator::*;
use serde_json::{json, Value};

/// A live room with its host, cohost `c` and listeners `u0`, `u1` … The next change finds a quiet room.
fn room(listeners: usize) -> Sim {
    let mut sim = Sim::live();
    sim.ok("ROLE h c cohost");
    sim.ok("JOIN c GATEWAY g");
    for n in 0..listeners {
        sim.ok(&format!("JOIN u{n} GATEWAY g"));
    }
    sim.quiet();
    sim.forget();
    sim
}

/// The same room after a frame: the next change waits for the tick.
fn within_a_tick(listeners: usize) -> Sim {
    let mut sim = room(listeners);
    sim.ok("COMMENT h tick");
    sim.forget();
    sim
}

/// The same room, in which also urgent events wait for the tick.
fn without_urgent_frames(listeners: usize) -> Sim {
    let mut sim = room(listeners);
    sim.pass(SECOND - sim.now % SECOND);
    sim.all("COMMENT h tick\nJOIN s GATEWAY g\nROLE h s speaker");
    sim.settings.tick_ms = SECOND;
    for _ in 0..10 {
        sim.all("UNMUTE s\nMUTE s");
    }
    sim.forget();
    sim
}

#[test]
fn two_thousand_changes_of_staff_cost_one_event() {
    let mut sim = without_urgent_frames(2);
    sim.thorough = false;
    for n in 0..2000 {
        sim.ok(&format!("CONFIG h title t{n}"));
        sim.all("UNMUTE s\nMUTE h s\nASKUNMUTE c s\nPIN h 1\nUNPIN h 1");
    }
    sim.quiet();
    for kind in ["settings", "stage", "unpinned"] {
        assert_eq!(sim.events(kind).len(), 1, "{kind}");
    }
    assert_eq!(sim.events("pinned").len(), 0);
    assert_eq!(sim.events("settings")[0]["settings"]["title"], "t1999");
    assert_eq!(sim.direct().len(), 1);
    sim.compare();
}

#[test]
fn two_thousand_kicks_cost_one_event_a_user_and_no_search() {
    let mut sim = without_urgent_frames(0);
    sim.thorough = false;
    for n in 0..2000 {
        sim.ok(&format!("JOIN v{n} GATEWAY g"));
    }
    for n in 0..2000 {
        sim.ok(&format!("KICK c v{n}"));
    }
    sim.quiet();
    assert_eq!(sim.events("removed").len(), 2000);
    assert_eq!(sim.events("audience").len(), 1);
    let first_event = sim.frames.iter().position(|frame| frame["kind"] == "events");
    assert_eq!(first_event, Some(4000), "a notice to each user and one to the staff come first");
    sim.compare();
}

#[test]
fn a_setting_with_its_own_value_changes_nothing() {
    let mut sim = Sim::with("TITLE t AT 1732413840000");
    sim.all("CONFIG h emojis [\"👏\"] meta {\"a\":1} slowmode 5 hands off");
    sim.quiet();
    sim.forget();
    let state = sim.peek("STATE -")["settings"].clone();
    let text = |value: &Value| match value {
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    assert_eq!(state.as_object().unwrap().len(), 12);
    for (field, value) in state.as_object().unwrap() {
        sim.run_args(&["CONFIG", "h", field, &text(value)]).unwrap();
        assert!(sim.effect.is_empty() && sim.frames.is_empty() && sim.notifications.is_empty(), "{field}");
    }
    sim.ok("CONFIG h title new seats 10");
    assert_eq!(sim.events("settings").len(), 1);
    assert_eq!(sim.events("settings")[0]["settings"]["title"], "new");
}

#[test]
fn a_fold_is_sent_even_if_its_values_are_the_old_ones() {
    let mut sim = within_a_tick(1);
    sim.all("CONFIG h title a\nCONFIG h seats 3\nCONFIG h seats 10");
    sim.quiet();
    assert_eq!(sim.kinds(), ["settings"]);
}

#[test]
fn pin_and_unpin_give_unpinned_by_the_last_actor() {
    let mut sim = within_a_tick(1);
    sim.all("PIN h 1\nUNPIN c 1");
    sim.quiet();
    assert_eq!(sim.kinds(), ["unpinned"]);
    assert_eq!(
        (&sim.events("unpinned")[0]["id"], &sim.events("unpinned")[0]["by"]),
        (&json!(1), &json!("c"))
    );
    sim.ok("COMMENT h tick");
    sim.forget();
    sim.all("PIN h 1\nUNPIN h 1\nPIN c 1");
    sim.quiet();
    assert_eq!(sim.kinds(), ["pinned"]);
    assert_eq!(
        (&sim.events("pinned")[0]["comment"]["pinned"], &sim.events("pinned")[0]["by"]),
        (&json!(true), &json!("c"))
    );
}

#[test]
fn a_pinned_comment_deleted_within_the_tick_is_unpinned() {
    let mut sim = without_urgent_frames(1);
    sim.all("PIN h 1\nDELCOMMENT - 1");
    sim.quiet();
    assert_eq!(sim.kinds(), ["stage", "unpinned", "comment_deleted"]);
    assert_eq!(sim.events("unpinned")[0]["by"], "-");
}

#[test]
fn a_poll_opened_and_closed_within_a_tick_gives_one_event() {
    let mut sim = within_a_tick(1);
    sim.all("POLLOPEN h q 2 a b\nPOLLVOTE u0 1 0\nPOLLCLOSE h 1");
    sim.quiet();
    assert_eq!(sim.kinds(), ["poll"]);
    assert_eq!(sim.events("poll")[0]["poll"]["state"], "closed");
}

#[test]
fn a_comment_deleted_within_its_tick_appears_deleted() {
    let mut sim = without_urgent_frames(1);
    sim.all("COMMENT u0 secret\nDELCOMMENT h 2");
    sim.quiet();
    assert_eq!(sim.kinds(), ["stage", "comment", "comment_deleted"]);
    let comment = &sim.events("comment")[0]["comment"];
    assert_eq!((&comment["deleted"], &comment["text"]), (&json!(true), &json!("")));
}

#[test]
fn comments_count_and_carry_the_token_of_their_sender() {
    let mut sim = within_a_tick(1);
    sim.all("COMMENT u0 one\nCOMMENT u0 two TOKEN t\nCOMMENT - three\nDELCOMMENT u0 2");
    sim.quiet();
    let comments = sim.events("comment");
    let counts: Vec<&Value> = comments.iter().map(|event| &event["count"]).collect();
    assert_eq!(counts, [2, 3, 4]);
    assert_eq!((&comments[1]["token"], &comments[0]["token"]), (&json!("t"), &Value::Null));
    assert_eq!(sim.peek("STATE -")["counts"]["comments"], 4, "a deletion does not lower it");
}

#[test]
fn cleared_hands_never_fold_with_a_later_hand() {
    let mut sim = room(30);
    for n in 0..25 {
        sim.ok(&format!("RAISEHAND u{n}"));
    }
    sim.quiet();
    sim.ok("COMMENT h tick");
    sim.forget();
    sim.all("LOWERHAND u3\nLOWERHAND h *\nRAISEHAND u7");
    // A follower that begins here has seen the hand.
    sim.follow();
    sim.quiet();
    assert_eq!(sim.kinds(), ["hands", "hands"]);
    let hands = sim.events("hands");
    assert_eq!(
        (&hands[0]["count"], &hands[0]["top"], &hands[0]["cleared"]),
        (&json!(0), &json!([]), &json!(true))
    );
    assert_eq!((&hands[1]["count"], &hands[1]["cleared"]), (&json!(1), &Value::Null));
    assert_eq!(hands[1]["top"], sim.peek("STATE -")["hands"]);
    assert!(sim.direct().is_empty(), "`cleared` tells everybody");
}

#[test]
fn a_user_whose_hand_another_lowers_is_told() {
    let mut sim = room(2);
    sim.all("RAISEHAND u0\nRAISEHAND u1");
    sim.quiet();
    sim.forget();
    sim.all("LOWERHAND u1\nLOWERHAND c u0");
    let direct = sim.direct();
    assert_eq!(direct.len(), 1);
    assert_eq!(direct[0]["users"], json!(["u0"]));
    assert_eq!(direct[0]["event"], json!({"type": "hand_lowered", "user": "u0", "by": "c"}));
}

#[test]
fn a_waiting_direct_frame_is_replaced_by_one_of_its_type_subject_and_receivers() {
    let mut sim = without_urgent_frames(2);
    sim.all("OFFER h u0\nOFFER c u1\nDECLINE u0\nASKUNMUTE h s\nASKUNMUTE c s\nOFFER c u0\nOFFER h u0");
    sim.quiet();
    let direct: Vec<(Value, Value, Value)> = sim
        .direct()
        .iter()
        .map(|frame| {
            (frame["users"].clone(), frame["event"]["type"].clone(), frame["event"]["state"].clone())
        })
        .collect();
    let made = |users: &[&str]| (json!(users), json!("offer"), json!("made"));
    let asked = (json!(["s"]), json!("unmute_request"), Value::Null);
    assert_eq!(direct, [made(&["u1", "c"]), asked, made(&["u0", "c"]), made(&["u0", "h"])]);
}

#[test]
fn notices_of_a_removal_come_before_the_removal() {
    let mut sim = without_urgent_frames(2);
    sim.all("COMMENT u0 hi\nKICK c u0\nBLOCK h u1 REASON rude");
    sim.quiet();
    let kinds: Vec<&Value> = sim.frames.iter().map(|frame| &frame["kind"]).collect();
    assert_eq!(kinds, ["direct", "direct", "direct", "direct", "events"]);
    assert_eq!(sim.events("removed").len(), 2);
}

#[test]
fn nobody_learns_who_removed_a_member_of_the_stage() {
    for removal in ["KICK c u0", "BLOCK c u0", "UNINVITE c u0"] {
        let mut sim = room(1);
        sim.all("CONFIG h private on\nROLE h u0 speaker");
        sim.quiet();
        sim.forget();
        sim.ok(removal);
        sim.quiet();
        let events: Vec<Value> = ["stage", "removed"].iter().flat_map(|kind| sim.events(kind)).collect();
        assert_eq!(events.len(), 2, "{removal}");
        assert!(events.iter().all(|event| event["by"].is_null()), "{removal}");
    }
    let mut sim = room(1);
    sim.ok("BLOCK h c");
    assert!(sim.events("stage").iter().all(|event| event["by"].is_null()), "also for a role");
}

#[test]
fn the_end_of_a_room_never_waits() {
    let mut sim = without_urgent_frames(1);
    sim.ok("UNMUTE s");
    assert!(sim.frames.is_empty());
    sim.ok("END h");
    assert_eq!(sim.kinds(), ["stage", "ended"]);
    let mut sim = Sim::with("AT 1732413840000");
    sim.settings.tick_ms = 10 * SECOND;
    sim.all("CONFIG h title a\nCONFIG h title b");
    sim.forget();
    sim.ok("CANCEL h");
    assert_eq!(sim.kinds(), ["settings", "cancelled"]);
}

#[test]
fn a_join_after_a_removal_flushes_it_first() {
    let mut sim = without_urgent_frames(1);
    sim.ok("KICK h u0");
    assert!(sim.frames.is_empty());
    let seq = sim.json("JOIN u0 GATEWAY g")["seq"].as_u64().unwrap();
    assert!(sim.events("removed")[0]["seq"].as_u64().unwrap() <= seq);
}

#[test]
fn hands_of_users_who_come_and_go_show_their_presence() {
    let mut sim = Sim::with("AT 1732413840000");
    sim.all("RAISEHAND u\nSTART h");
    sim.quiet();
    sim.ok("CONFIG h title tick");
    sim.forget();
    sim.ok("JOIN u GATEWAY g");
    sim.quiet();
    assert_eq!(sim.events("hands")[0]["top"][0]["present"], true);
    assert_eq!(sim.events("hands")[0]["top"], sim.peek("STATE -")["hands"]);
}

#[test]
fn the_stage_is_ordered_by_role_and_then_by_entry_and_pins_are_newest_first() {
    let mut sim = room(3);
    sim.all("ROLE h u1 speaker\nROLE h u0 speaker\nROLE h u2 cohost\nCOMMENT u0 a\nCOMMENT u1 b\nPIN h 2\nPIN h 1");
    sim.quiet();
    let state = sim.peek("STATE -");
    let stage: Vec<(&str, u64)> = state["stage"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| (member["user"].as_str().unwrap(), member["stage"].as_u64().unwrap()))
        .collect();
    assert_eq!(stage, [("h", 1), ("c", 2), ("u2", 5), ("u1", 3), ("u0", 4)]);
    assert_eq!((&state["pins"][0]["id"], &state["pins"][1]["id"]), (&json!(1), &json!(2)));
    sim.all("STEPDOWN u1\nROLE h u1 speaker");
    assert_eq!(sim.member("u1")["stage"], 6, "each entry has a number of its own");
    sim.ok("LEAVE u0");
    assert_eq!(sim.member("u0")["stage"], 0);
}
