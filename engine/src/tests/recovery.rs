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
