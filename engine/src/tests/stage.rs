//! The stage: hands, offers, roles, microphones, and the powers of roles over each other.

use crate::outbox::Reply;
use crate::simulator::*;
use serde_json::{json, Value};

pub(super) fn word(sim: &mut Sim, line: &str) -> String {
    match sim.ok(line) {
        Reply::Word(word) => word.into(),
        Reply::Bulk(text) => text,
        Reply::Null => "null".into(),
        other => panic!("{line}: {other:?}"),
    }
}

fn role(sim: &Sim, user: &str) -> Value {
    sim.member(user)["role"].clone()
}

fn hands(sim: &Sim) -> Vec<Value> {
    sim.pages("HANDS -", "hands", 2).iter().map(|hand| hand["user"].clone()).collect()
}

/// A host `h`, cohosts `c` and `d`, a speaker `s`, listeners `u`, `v` and `w`, all present.
fn full() -> Sim {
    let mut sim = Sim::with("SEATS 2");
    sim.all("ROLE h c cohost\nROLE h d cohost");
    for user in ["c", "d", "s", "u", "v", "w"] {
        sim.ok(&format!("JOIN {user} GATEWAY g"));
    }
    sim.ok("ROLE h s speaker");
    sim.quiet();
    sim.forget();
    sim
}

#[test]
fn hands_keep_their_order_and_absent_ones_their_place() {
    let mut sim = Sim::bare(&format!("AT {}", T0 + HOUR));
    assert_eq!(sim.int("RAISEHAND a"), 1);
    assert_eq!(sim.int("RAISEHAND u"), 2);
    assert_eq!(sim.int("RAISEHAND a"), 1, "again: the same place");
    sim.all("START h\nJOIN u GATEWAY g\nJOIN v GATEWAY g");
    assert_eq!(sim.err("RAISEHAND b"), "NOTMEMBER", "live it takes presence");
    assert_eq!(sim.int("RAISEHAND v"), 3);
    assert_eq!(word(&mut sim, "NEXT h"), "u");
    assert_eq!(hands(&sim), ["a", "v"]);
    assert_eq!(sim.peek("HANDS -")["hands"][0]["present"], false);
    assert_eq!(sim.member("v")["hand"], 2);
    assert_eq!(word(&mut sim, "NEXT h"), "v");
    assert_eq!(word(&mut sim, "NEXT h"), "null");
    sim.ok("JOIN a GATEWAY g");
    assert_eq!(word(&mut sim, "NEXT h"), "a");
}

#[test]
fn raising_a_hand_has_its_reasons_not_to() {
    let mut sim = full();
    for user in ["h", "c", "s"] {
        assert_eq!(sim.err(&format!("RAISEHAND {user}")), "ONSTAGE");
    }
    assert_eq!(sim.err("RAISEHAND x"), "NOTMEMBER");
    sim.ok("RAISEHAND u");
    sim.ok("CONFIG h hands off");
    assert_eq!(sim.err("RAISEHAND v"), "OFF");
    assert_eq!(sim.int("RAISEHAND u"), 1, "who has it up keeps its place");
    let mut sim = Sim::bare(&format!("PRIVATE AT {}", T0 + HOUR));
    assert_eq!(sim.err("RAISEHAND u"), "NOTINVITED");
    sim.ok("BLOCK h b");
    assert_eq!(sim.err("RAISEHAND b"), "BLOCKED");
}

#[test]
fn lowering_hands() {
    let mut sim = full();
    sim.all("RAISEHAND u\nRAISEHAND v\nRAISEHAND w");
    assert_eq!(sim.int("LOWERHAND u"), 1);
    assert_eq!(sim.int("LOWERHAND u"), 0);
    assert_eq!(sim.err("LOWERHAND u v"), "FORBIDDEN");
    assert_eq!(sim.err("LOWERHAND s *"), "FORBIDDEN");
    assert_eq!(sim.int("LOWERHAND c v"), 1);
    sim.ok("RAISEHAND u");
    assert_eq!(sim.int("LOWERHAND - *"), 2);
    assert_eq!(sim.int("LOWERHAND - *"), 0);
}

#[test]
fn next_takes_a_free_seat_and_seats_muted() {
    let mut sim = full();
    sim.all("RAISEHAND u\nRAISEHAND v");
    for actor in ["s", "u", "x"] {
        assert_eq!(sim.err(&format!("NEXT {actor}")), "FORBIDDEN");
    }
    sim.quiet();
    sim.forget();
    assert_eq!(word(&mut sim, "NEXT c"), "u");
    assert_eq!(sim.err("NEXT c"), "NOSEAT");
    let stage = &sim.events("stage")[0];
    assert_eq!((&stage["by"], &stage["member"]["muted"]), (&json!("c"), &json!(true)));
    assert_eq!(sim.events("hands")[0]["top"][0]["user"], "v");
    assert_eq!(sim.notifications, ["room.next", "room.tick"]);
    sim.ok("LEAVE u");
    assert_eq!(word(&mut sim, "NEXT -"), "v");
}

#[test]
fn a_token_gives_the_user_first_seated_again() {
    let mut sim = full();
    sim.all("RAISEHAND u\nRAISEHAND v\nRAISEHAND w\nCONFIG h seats 5");
    assert_eq!(word(&mut sim, "NEXT h TOKEN t"), "u");
    assert_eq!(word(&mut sim, "NEXT c TOKEN t"), "v", "another's token is another token");
    sim.stall(10 * MINUTE - 1);
    assert_eq!(word(&mut sim, "NEXT h TOKEN t"), "u");
    sim.stall(1);
    assert_eq!(word(&mut sim, "NEXT h TOKEN t"), "w", "it holds for ten minutes");
}

#[test]
fn an_offer_holds_a_seat_until_it_is_answered_or_expires() {
    let mut sim = full();
    assert_eq!(word(&mut sim, "OFFER c u"), "offered");
    assert_eq!(sim.err("OFFER c v"), "NOSEAT");
    assert_eq!(sim.err("ROLE h v speaker"), "NOSEAT");
    sim.ok("RAISEHAND v");
    assert_eq!(sim.err("NEXT h"), "NOSEAT");
    let made = &sim.direct()[0];
    assert_eq!(made["users"], json!(["u", "c"]));
    assert_eq!(
        made["event"],
        json!({"type":"offer","user":"u","state":"made","until_ms":sim.now + 60_000,"by":"c"})
    );
    assert!(made["from"].is_null() && made["epoch"].is_string() && made["ms"].is_u64());
    assert_eq!(sim.peek("WHOIS u u")["offer_until_ms"], sim.now + 60_000);
    sim.ok("DECLINE u");
    assert_eq!(sim.err("DECLINE u"), "NOOFFER");
    assert_eq!(sim.err("ACCEPT u"), "NOOFFER");
    assert_eq!(word(&mut sim, "OFFER c u FOR 5"), "offered");
    sim.ok("ACCEPT u");
    assert_eq!(role(&sim, "u"), "speaker");
    assert_eq!(sim.member("u")["muted"], true);
    let states: Vec<Value> = sim.direct().iter().map(|frame| frame["event"]["state"].clone()).collect();
    assert_eq!(states, ["made", "declined", "made", "accepted"]);
    sim.ok("STEPDOWN u");
    sim.forget();
    sim.ok("OFFER - u FOR 5");
    sim.stall(5000);
    assert_eq!(sim.err("ACCEPT u"), "NOOFFER", "expired though no timer fired");
    assert_eq!(word(&mut sim, "NEXT h"), "v", "and its seat is free");
    assert_eq!(sim.direct().last().unwrap()["event"]["state"], "expired");
    assert_eq!(sim.direct().last().unwrap()["users"], json!(["u"]), "the service is nobody to tell");
}

#[test]
fn a_raised_hand_is_consent() {
    let mut sim = full();
    sim.ok("RAISEHAND u");
    assert_eq!(word(&mut sim, "OFFER c u"), "promoted");
    assert_eq!((role(&sim, "u"), sim.member("u")["hand"].clone()), (json!("speaker"), json!(0)));
    assert_eq!(sim.err("OFFER c u"), "ONSTAGE");
    assert_eq!(sim.err("OFFER h c"), "ONSTAGE");
    assert_eq!(sim.err("OFFER c x"), "NOTMEMBER");
    assert_eq!(sim.err("OFFER u v"), "FORBIDDEN");
}

#[test]
fn lowering_seats_removes_nobody_and_oversells_none() {
    let mut sim = Sim::with("SEATS 3");
    sim.lowered = true;
    for user in ["a", "b", "c"] {
        sim.all(&format!("JOIN {user} GATEWAY g\nOFFER h {user}"));
    }
    sim.ok("CONFIG h seats 1");
    sim.ok("ACCEPT b");
    assert_eq!(sim.err("ACCEPT a"), "NOSEAT");
    sim.ok("CONFIG h seats 0");
    assert_eq!(role(&sim, "b"), "speaker");
    sim.ok("CONFIG h seats 2");
    sim.ok("ACCEPT a");
    assert_eq!(sim.err("ACCEPT c"), "NOSEAT");
    sim.ok("STEPDOWN a");
    sim.ok("ACCEPT c");
    assert_eq!(sim.at().speakers, 2);
}

#[test]
fn roles_are_given_by_the_host_and_the_service() {
    let mut sim = full();
    for actor in ["c", "s", "u"] {
        assert_eq!(sim.err(&format!("ROLE {actor} v cohost")), "FORBIDDEN");
    }
    sim.ok("ROLE h x cohost");
    assert_eq!((role(&sim, "x"), sim.member("x")["present"].clone()), (json!("cohost"), json!(false)));
    assert_eq!(sim.err("ROLE h y speaker"), "NOTMEMBER");
    sim.ok("ROLE - u speaker");
    assert_eq!(sim.err("ROLE - v speaker"), "NOSEAT");
    assert_eq!(sim.err("ROLE h h cohost"), "FORBIDDEN", "the host hands the room over");
    sim.ok("ROLE h s listener");
    sim.ok("ROLE h s listener");
    sim.ok("BLOCK h b");
    assert_eq!(sim.err("ROLE h b cohost"), "BLOCKED");
    assert_eq!(sim.err("ROLE h b host"), "BLOCKED");
    sim.forget();
    sim.ok("ROLE h v host");
    assert_eq!((role(&sim, "v"), role(&sim, "h")), (json!("host"), json!("cohost")));
    assert_eq!(sim.events("stage").len(), 2);
    assert_eq!(sim.notifications, ["room.role", "room.tick"]);
    assert_eq!(sim.err("END h"), "FORBIDDEN");
    sim.ok("END v");
}

#[test]
fn a_room_has_at_most_fifty_cohosts() {
    let mut sim = Sim::live();
    for n in 0..50 {
        sim.ok(&format!("ROLE h c{n} cohost"));
    }
    assert_eq!(sim.err("ROLE h c50 cohost"), "TOOMANY");
    assert_eq!(sim.err("ROLE h c50 host"), "TOOMANY", "the old host would be one more");
    sim.ok("ROLE h c3 host");
    assert_eq!(sim.at().cohosts.len(), 50);
}

#[test]
fn stepping_down() {
    let mut sim = full();
    assert_eq!(sim.err("STEPDOWN h"), "FORBIDDEN");
    assert_eq!(sim.err("STEPDOWN u"), "FORBIDDEN");
    assert_eq!(sim.err("STEPDOWN u s"), "FORBIDDEN");
    assert_eq!(sim.err("STEPDOWN c d"), "FORBIDDEN");
    assert_eq!(sim.err("STEPDOWN c h"), "FORBIDDEN");
    assert_eq!(sim.err("STEPDOWN - h"), "FORBIDDEN");
    assert_eq!(sim.err("STEPDOWN h x"), "NOTMEMBER");
    sim.ok("STEPDOWN s");
    sim.ok("STEPDOWN c");
    sim.ok("STEPDOWN h d");
    for user in ["s", "c", "d"] {
        assert_eq!(role(&sim, user), "listener");
    }
    assert_eq!(sim.peek("STATE -")["stage"].as_array().unwrap().len(), 1);
}

#[test]
fn nobody_s_microphone_is_opened_by_another() {
    let mut sim = full();
    assert_eq!(sim.member("s")["muted"], true);
    assert_eq!(sim.int("UNMUTE s"), 1);
    assert_eq!(sim.int("UNMUTE s"), 0);
    assert_eq!(sim.err("UNMUTE u"), "FORBIDDEN");
    assert_eq!(sim.err("UNMUTE x"), "NOTMEMBER");
    assert_eq!(sim.err("UNMUTE h s"), "INVALID", "there is no such form");
    assert_eq!(sim.int("MUTE s"), 1);
    assert_eq!(sim.int("MUTE s"), 0);
    sim.forget();
    sim.ok("ASKUNMUTE c s");
    assert_eq!(sim.member("s")["muted"], true, "asked is not opened");
    assert_eq!(sim.direct()[0]["users"], json!(["s"]));
    assert_eq!(sim.direct()[0]["event"], json!({"type":"unmute_request","user":"s","by":"c"}));
    assert_eq!(sim.err("ASKUNMUTE c u"), "FORBIDDEN");
    assert_eq!(sim.err("ASKUNMUTE c x"), "NOTMEMBER");
    // A member who returns to the stage is muted.
    sim.all("UNMUTE s\nSTEPDOWN s\nROLE h s speaker");
    assert_eq!(sim.member("s")["muted"], true);
}

#[test]
fn mute_all_mutes_the_stage_but_the_staff() {
    let mut sim = full();
    sim.all("ROLE h u speaker\nUNMUTE s\nUNMUTE u\nUNMUTE c\nUNMUTE h");
    assert_eq!(sim.err("MUTE s *"), "FORBIDDEN");
    assert_eq!(sim.err("MUTE s u"), "FORBIDDEN");
    sim.quiet();
    sim.forget();
    assert_eq!(sim.int("MUTE c *"), 2);
    assert_eq!(sim.member("c")["muted"], false);
    assert_eq!(sim.events("stage").len(), 2);
    assert_eq!(sim.peek("SUMMARY -")["mutes"], 2);
    assert_eq!(sim.int("MUTE c s"), 0);
    assert_eq!(sim.int("MUTE h"), 1);
    assert_eq!(sim.peek("SUMMARY -")["mutes"], 2, "of oneself it is no moderation");
}

#[test]
fn a_cohost_acts_against_neither_host_nor_cohost() {
    let mut sim = full();
    for verb in ["OFFER", "STEPDOWN", "MUTE", "ASKUNMUTE", "KICK", "BLOCK", "LOWERHAND"] {
        for (actor, user) in [("c", "h"), ("c", "d"), ("s", "u"), ("u", "s"), ("x", "u")] {
            assert_eq!(sim.err(&format!("{verb} {actor} {user}")), "FORBIDDEN", "{verb} {actor} {user}");
        }
    }
    sim.all("UNMUTE d\nUNMUTE h");
    assert_eq!(sim.int("MUTE h d"), 1);
    assert_eq!(sim.int("MUTE - h"), 1);
    sim.ok("ASKUNMUTE h d");
    assert_eq!(sim.int("KICK h d"), 1);
    assert_eq!(role(&sim, "d"), "cohost", "host and cohost persist");
    sim.ok("JOIN d GATEWAY g");
    assert_eq!(sim.member("d")["muted"], true);
}

#[test]
fn staff_powers_are_the_table_s() {
    let mut sim = full();
    sim.all("COMMENT u hi\nPOLLOPEN - q 2 a b");
    for line in ["END c", "CONFIG s title t", "INVITE u x", "PIN s 1", "POLLOPEN s q 2 a b", "POLLCLOSE u 1"]
    {
        assert_eq!(sim.err(line), "FORBIDDEN", "{line}");
    }
    for line in ["CONFIG c title t", "INVITE c x", "PIN c 1", "UNPIN c 1", "POLLCLOSE c 1", "NEXT c"] {
        sim.ok(line);
    }
}

#[test]
fn who_steps_up_is_in_the_summary_once() {
    let mut sim = Sim::with("SEATS 1");
    for n in 0..120 {
        sim.all(&format!(
            "JOIN u{n} GATEWAY g\nROLE h u{n} speaker\nSTEPDOWN u{n}\nROLE h u{n} speaker\nSTEPDOWN u{n}"
        ));
        sim.now += 1000;
    }
    let summary = sim.json("SUMMARY u1");
    assert_eq!(summary["speakers_total"], 121);
    assert_eq!(summary["speakers"].as_array().unwrap().len(), 100);
}
