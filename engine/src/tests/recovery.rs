//! EVENTS and takeovers: how a follower that missed something recovers.

use crate::simulator::picture::Picture;
use crate::simulator::*;
use crate::turn;
use serde_json::{json, Value};

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

#[test]
fn events_serves_every_number_of_this_epoch_and_resync_beyond() {
    let mut sim = room(3);
    sim.all("COMMENT u0 hi\nREACT u1 👏");
    sim.quiet();
    let (epoch, seq) = (epoch(&sim), sim.at().seq);
    for since in 0..=seq {
        let frame = sim.peek(&format!("EVENTS - {epoch} {since}"));
        assert_eq!((&frame["from"], &frame["to"]), (&json!(since + 1), &json!(seq)));
    }
    assert_eq!(sim.err(&format!("EVENTS - {epoch} {}", seq + 1)), "RESYNC");
    assert_eq!(sim.err("EVENTS - other 0"), "RESYNC");
}

#[test]
fn a_follower_that_missed_anything_reaches_the_true_state() {
    let mut sim = room(4);
    let mut missed: Vec<Picture> = Vec::new();
    let lines = "REACT u0 👏|RAISEHAND u0|RAISEHAND u1|COMMENT u1 hi|REACT u1 🔥|NEXT h|LEAVE u3|POLLOPEN h q 2 a b|\
        POLLVOTE u1 1 0|PIN h 1|ROLE h u2 cohost|JOIN w GATEWAY g|POLLVOTE u2 1 1|DELCOMMENT h 1|COMMENT u2 ho|\
        INVITE h x|CONFIG h title t|LOWERHAND u1|POLLCLOSE h 1|STEPDOWN u0|REACT u0 👏|COMMENT u0 ho|KICK h u0";
    for line in lines.split('|') {
        sim.ok(line);
        missed.push(Picture::new(&sim.peek("STATE -"), &sim.members()));
        sim.pass(if line.len() % 2 == 0 { 10 } else { 60 });
        missed.push(Picture::new(&sim.peek("STATE -"), &sim.members()));
    }
    sim.quiet();
    let (state, members) = (sim.peek("STATE -"), sim.members());
    for mut picture in missed {
        assert!(sim.recover(&mut picture), "EVENTS does");
        picture.assert_shows(&state, &members);
    }
}

#[test]
fn of_folding_kinds_only_the_latest_is_kept() {
    let mut sim = room(1);
    for _ in 0..50 {
        sim.ok("REACT u0 👏");
        sim.quiet();
    }
    let frame = sim.peek(&format!("EVENTS - {} 0", epoch(&sim)));
    let reactions: Vec<&Value> =
        frame["events"].as_array().unwrap().iter().filter(|event| event["type"] == "reactions").collect();
    assert_eq!(reactions.len(), 1);
    assert_eq!(reactions[0]["total"], json!({"👏": 50}));
}

#[test]
fn of_kinds_that_fold_by_id_only_the_latest_of_each_id_is_kept() {
    let mut sim = room(3);
    sim.all("COMMENT u0 one\nCOMMENT u1 two\nROLE h u0 speaker\nROLE h u1 speaker");
    let since = sim.at().seq;
    for _ in 0..5 {
        sim.all("PIN h 1\nPIN h 2\nUNMUTE u0\nUNMUTE u1\nKICK h u2\nJOIN u2 GATEWAY g\nCONFIG h title a");
        sim.quiet();
        sim.all("UNPIN h 1\nMUTE h u0\nCONFIG h title b\nUNPIN h 2\nPIN h 2");
        sim.quiet();
        sim.ok("UNPIN h 2");
    }
    let frame = sim.peek(&format!("EVENTS - {} {since}", epoch(&sim)));
    let events = frame["events"].as_array().unwrap();
    let of = |kind: &str| events.iter().filter(|event| event["type"] == kind).collect::<Vec<_>>();
    assert_eq!((of("pinned").len(), of("unpinned").len()), (0, 2));
    assert_eq!((of("stage").len(), of("removed").len(), of("settings").len()), (2, 1, 1));
    assert_eq!(of("removed")[0]["user"], "u2");
}

#[test]
fn events_serves_all_values_of_a_fold() {
    let mut sim = room(30);
    for n in 0..25 {
        sim.ok(&format!("RAISEHAND u{n}"));
    }
    sim.all("REACT u0 👏\nREACT u0 🔥");
    sim.quiet();
    let since = sim.at().seq;
    // The event of this frame names neither the first hands nor the other kind.
    sim.all("RAISEHAND u25\nREACT u0 🔥");
    sim.quiet();
    let frame = sim.peek(&format!("EVENTS - {} {since}", epoch(&sim)));
    let of =
        |kind: &str| frame["events"].as_array().unwrap().iter().find(|event| event["type"] == kind).unwrap();
    assert_eq!(of("hands")["top"], sim.peek("STATE -")["hands"]);
    assert_eq!(of("reactions")["total"], json!({"👏": 1, "🔥": 2}));
}

#[test]
fn events_keeps_that_all_hands_were_lowered() {
    let mut sim = room(2);
    sim.ok("RAISEHAND u0");
    sim.quiet();
    let since = sim.at().seq;
    sim.all("LOWERHAND h *\nRAISEHAND u1");
    sim.quiet();
    sim.ok("LOWERHAND u1");
    sim.quiet();
    let frame = sim.peek(&format!("EVENTS - {} {since}", epoch(&sim)));
    let hands: Vec<&Value> =
        frame["events"].as_array().unwrap().iter().map(|event| &event["cleared"]).collect();
    assert_eq!(hands, [&json!(true), &Value::Null]);
    sim.ok("RAISEHAND u1");
    sim.quiet();
    sim.ok("LOWERHAND h *");
    sim.quiet();
    let frame = sim.peek(&format!("EVENTS - {} {since}", epoch(&sim)));
    assert_eq!(frame["events"].as_array().unwrap().len(), 1, "it holds the values of the events before");
}

#[test]
fn a_snapshot_says_that_it_is_ahead_of_the_frames() {
    let mut sim = room(2);
    assert_eq!(sim.peek("STATE -")["ahead"], false);
    sim.all("REACT u0 👏\nREACT u0 👏");
    assert_eq!(sim.peek("STATE -")["ahead"], true);
    sim.quiet();
    assert_eq!(sim.peek("STATE -")["ahead"], false);
    // A deadline that a read shows and nobody has settled.
    for line in ["POLLOPEN h q 2 a b FOR 1", "LEAVE u0 LOST", "LEAVE h LOST"] {
        let mut sim = room(2);
        sim.all("JOIN c GATEWAY g\nROLE h c cohost");
        sim.ok(line);
        sim.quiet();
        assert_eq!(sim.peek("STATE -")["ahead"], false, "{line}");
        sim.stall(5 * MINUTE);
        // The gateway's lease ran out too. It shows nowhere.
        assert_eq!(sim.peek("STATE -")["ahead"], true, "{line}");
    }
    let mut sim = Sim::with("AT 1732413840000");
    sim.quiet();
    sim.stall(24 * HOUR);
    let state = sim.peek("STATE -");
    assert_eq!((&state["state"], &state["ahead"]), (&json!("cancelled"), &json!(true)));
}

#[test]
fn a_follower_whose_snapshot_was_ahead_of_a_lost_master_takes_it_again() {
    let mut sim = room(2);
    sim.all("REACT u0 👏");
    // A replica that is cut off here becomes master later.
    let cut_off = sim.at().clone();
    sim.ok("REACT u0 🔥");
    let mut picture = Picture::new(&sim.peek("STATE -"), &sim.members());
    assert!(picture.ahead);
    sim.lose_to(cut_off);
    sim.ok("COMMENT u1 hi");
    sim.quiet();
    assert!(!sim.recover(&mut picture), "EVENTS answers, but not with what the new master never had");
    picture.assert_shows(&sim.peek("STATE -"), &sim.members());
    // A frame of the same epoch carries all that waited.
    let mut picture = Picture::new(&sim.peek("STATE -"), &sim.members());
    sim.all("REACT u0 👏\nREACT u0 👏");
    picture.ahead = true;
    sim.quiet();
    assert!(sim.recover(&mut picture) && !picture.ahead);
}

#[test]
fn beyond_history_bytes_it_is_resync_and_within_it_never() {
    let mut sim = room(1);
    sim.settings.history_bytes = 4096;
    let text = "x".repeat(500);
    let mut sizes = Vec::new();
    for _ in 0..30 {
        sim.ok(&format!("COMMENT u0 {text}"));
        sim.quiet();
        sizes.push(sim.events("comment").last().unwrap().to_string().len());
    }
    let (epoch, seq) = (epoch(&sim), sim.at().seq);
    assert_eq!(sim.err(&format!("EVENTS - {epoch} 0")), "RESYNC");
    let (mut bytes, mut served) = (0, 0);
    for size in sizes.iter().rev() {
        bytes += size;
        if bytes > 4096 {
            break;
        }
        served += 1;
    }
    sim.ok(&format!("EVENTS - {epoch} {}", seq - served));
    assert_eq!(sim.err(&format!("EVENTS - {epoch} {}", seq - served - 2)), "RESYNC");
}

#[test]
fn a_takeover_starts_a_new_epoch_and_goes_on_counting() {
    let mut sim = room(2);
    let (old, seq) = (epoch(&sim), sim.at().seq);
    sim.ok("COMMENT u0 waits-not");
    sim.ok("REACT u0 👏");
    assert!(!sim.at().pending.is_empty());
    sim.take_over();
    sim.ok("STATE -");
    assert_eq!(epoch(&sim), old, "a read takes nothing over");
    sim.forget();
    sim.quiet();
    let new = epoch(&sim);
    assert_ne!(new, old);
    assert_eq!(
        sim.frames[0]["epoch"], new,
        "what the old master left waiting is published under the new epoch"
    );
    assert_eq!(sim.frames[0]["from"], seq + 2);
    // EVENTS serves the old epoch up to its last number.
    let frame = sim.peek(&format!("EVENTS - {old} {}", seq + 1));
    assert_eq!((&frame["epoch"], &frame["from"]), (&json!(new), &json!(seq + 2)));
    assert_eq!(sim.err(&format!("EVENTS - {old} {}", seq + 2)), "RESYNC");
    sim.take_over();
    sim.ok("COMMENT u0 again");
    assert_eq!(sim.err(&format!("EVENTS - {old} {seq}")), "RESYNC", "only the epoch before");
    sim.ok(&format!("EVENTS - {new} {}", seq + 2));
}

#[test]
fn a_takeover_precedes_any_first_change() {
    for line in ["COMMENT u0 hi", "LEAVE u0 LOST", "OFFER h u0", "REACT u0 👏", "END h", "DROP g LOST"] {
        let mut sim = room(1);
        let old = epoch(&sim);
        sim.take_over();
        sim.ok(line);
        assert_ne!(epoch(&sim), old, "{line}");
        let now = epoch(&sim);
        sim.pass(10);
        sim.run("COMMENT h on").ok();
        assert_eq!(epoch(&sim), now, "once");
    }
}

#[test]
fn a_copied_room_is_taken_over_and_goes_its_own_way() {
    let mut sim = room(1);
    let copy = sim.at().copy();
    let old = epoch(&sim);
    sim.room = Some(Box::new(copy));
    sim.ok("COMMENT u0 hi");
    assert_ne!(epoch(&sim), old);
}

#[test]
fn a_room_that_met_an_unknown_effect_is_broken() {
    let mut sim = room(1);
    let mut effect = Vec::new();
    sim.thorough = false;
    effect.extend([1, 0, 250]);
    let mut slot = sim.room.take();
    let before = sim.peek_reply("STATE -");
    assert!(before.is_err());
    assert!(replayed(&sim, &mut slot, &effect).is_err());
    sim.room = slot;
    for line in ["STATE -", "COMMENT u0 hi", "END -", "INFO", "PURGE"] {
        assert_eq!(sim.err(line), "BROKEN", "{line}");
    }
    assert_eq!(sim.deadline(), None);
}

fn replayed(
    sim: &Sim,
    slot: &mut Option<Box<crate::room::Room>>,
    effect: &[u8],
) -> Result<(), crate::error::Error> {
    turn::replay(slot, effect, &sim.env(), &mut crate::outbox::Outbox::default())
}

#[test]
fn gone_is_said_in_a_frame() {
    let gone: Value = serde_json::from_str(&turn::gone(KEY, 0xAB)).unwrap();
    assert_eq!(gone, json!({"kind": "gone", "room": KEY, "epoch": "00000000000000ab"}));
}
