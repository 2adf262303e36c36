//! PURGE deletes the version of a room that the warehouse has, and no other.

use crate::simulator::*;

fn version(sim: &Sim) -> (String, u64) {
    let summary = sim.peek("SUMMARY -");
    (summary["incarnation"].as_str().unwrap().to_owned(), summary["ended_ms"].as_u64().unwrap())
}

#[test]
fn only_the_version_that_was_exported_is_purged() {
    let mut sim = Sim::live();
    sim.pass(MINUTE);
    sim.ok("END h");
    let (incarnation, ended_ms) = version(&sim);
    for other in [
        format!("INCARNATION {incarnation} ENDED {}", ended_ms - 1),
        format!("INCARNATION {incarnation} ENDED 0"),
        format!("INCARNATION 00000000000000ff ENDED {ended_ms}"),
        format!("ENDED {}", ended_ms + 1),
    ] {
        assert_eq!(sim.int(&format!("PURGE {other}")), 0, "{other}");
        assert!(sim.room.is_some(), "{other}");
    }
    assert_eq!(sim.int(&format!("PURGE INCARNATION {incarnation} ENDED {ended_ms}")), 1);
    assert!(sim.room.is_none());
    assert_eq!(sim.int(&format!("PURGE INCARNATION {incarnation} ENDED {ended_ms}")), 0, "gone");
}

#[test]
fn a_room_that_went_on_is_not_purged() {
    // The warehouse exported the room from a master that ended it. The new master never saw the end.
    let mut sim = Sim::live();
    let (incarnation, _) = version(&sim);
    sim.pass(MINUTE);
    assert_eq!(sim.err(&format!("PURGE INCARNATION {incarnation} ENDED {}", sim.now)), "NOTENDED");
    sim.pass(MINUTE);
    let early = sim.now - MINUTE;
    sim.ok("END h");
    assert_eq!(sim.int(&format!("PURGE INCARNATION {incarnation} ENDED {early}")), 0);
    assert!(sim.room.is_some());
}

#[test]
fn a_room_that_the_purge_itself_ends_is_not_purged() {
    let mut sim = Sim::live();
    sim.ok("LEAVE h");
    sim.quiet();
    // The room is due to end, but no timer ran.
    sim.stall(HOUR + MINUTE);
    assert_eq!(sim.peek("STATE -")["state"], "ended");
    let version = format!("INCARNATION {} ENDED {}", version(&sim).0, sim.now);
    assert_eq!(sim.err(&format!("PURGE {version}")), "NOTENDED", "nobody has read this end yet");
    assert!(sim.at().state.is_over(), "the deadline was due");
    assert_eq!(sim.int(&format!("PURGE {version}")), 1);

    let mut sim = Sim::bare(&format!("AT {}", T0 + MINUTE));
    sim.stall(24 * HOUR);
    assert_eq!(sim.peek("STATE -")["state"], "cancelled");
    assert_eq!(sim.err("PURGE ENDED 7"), "NOTENDED", "not 0, although it is over at another time then");
    assert_eq!(sim.int("PURGE"), 1);
}
