//! Followers that obey the list in `docs/events.md#recovery`. Their picture is the room's STATE after every loss.

use crate::support::rooms::{lived_in, now_ms, of_every_state};
use crate::support::{Follower, Server};

#[test]
fn frames_alone_keep_the_picture() {
    for tick in [0, 30] {
        let server = Server::with().unlimited().room("tick", tick).start();
        let mut client = server.client();
        let mut follower = Follower::new(&server, "r");
        lived_in(&mut client, "r");
        follower.assert_matches_state();
        client.json("ROOM.END r ada");
        follower.assert_matches_state();
        // One EVENTS at the subscription, when there was no room, and one at the first frame, with an unknown epoch.
        assert_eq!((follower.asked_events, follower.took_state), (2, 1));
    }
}

#[test]
fn followers_of_rooms_in_every_state_keep_the_picture() {
    let server = Server::with().prompt().start();
    let mut client = server.client();
    let states = ["live", "ended", "scheduled", "cancelled", "private"];
    let mut followers = states.map(|state| Follower::new(&server, state));
    let now = now_ms(&mut client);
    of_every_state(&mut client, "", now);
    followers.iter_mut().for_each(Follower::assert_matches_state);
    client.ok("ROOM.START scheduled ada");
    followers[2].assert_matches_state();
    // A follower that joins late has the same picture.
    states.iter().for_each(|state| Follower::new(&server, state).assert_matches_state());
}

#[test]
fn events_return_what_a_lost_subscription_missed() {
    let server = Server::with().prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    let mut follower = Follower::new(&server, "r");
    follower.assert_matches_state();
    for round in 0..3 {
        follower.lose_subscription();
        client.int(&["ROOM.COMMENT", "r", "ada", &format!("missed {round}")]);
        client.int("ROOM.REACT r ada 👏");
        follower.subscribe_again(&server);
        follower.assert_matches_state();
    }
    assert_eq!(follower.took_state, 1, "EVENTS returned all of it");
}

#[test]
fn a_snapshot_that_was_ahead_of_a_lost_master_is_taken_again() {
    let master = Server::with().unlimited().patient().room("tick", 10_000).start();
    let replica = Server::with().unlimited().patient().room("tick", 10_000).replica_of(&master).start();
    let mut client = master.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    client.int("ROOM.MUTE r ada");
    replica.wait_in_sync(&master);
    let mut promoted = replica.client();
    promoted.ok("REPLICAOF NO ONE");
    // The replica never gets this. It waits for its frame, and STATE shows it.
    client.int("ROOM.REACT r ada 👏");
    client.int("ROOM.COMMENT r ada lost");
    let mut follower = Follower::new(&master, "r");
    assert_eq!(client.json("ROOM.STATE r -")["ahead"], true);
    drop(master);
    promoted.int("ROOM.COMMENT r ada kept");
    promoted.int("ROOM.UNMUTE r ada");
    follower.subscribe_again(&replica);
    follower.assert_matches_state();
    assert_eq!(follower.took_state, 2);
}

#[test]
fn state_replaces_events_that_are_no_longer_held() {
    let server = Server::with().prompt().room("history-bytes", 1024).start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    let mut follower = Follower::new(&server, "r");
    follower.lose_subscription();
    for n in 0..200 {
        client.int(&["ROOM.COMMENT", "r", "ada", &format!("missed {n}")]);
    }
    client.err(&["ROOM.EVENTS", "r", "-", follower.epoch(), &follower.seq().to_string()], "RESYNC");
    follower.subscribe_again(&server);
    follower.assert_matches_state();
    assert_eq!(follower.took_state, 2);
}

#[test]
fn a_beat_shows_missed_events() {
    let server = Server::with().prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada GATEWAY g SESSION s");
    let mut follower = Follower::new(&server, "r");
    follower.lose_subscription();
    client.int("ROOM.COMMENT r ada missed");
    let seq = follower.seq();
    follower.beat("g");
    assert_eq!(follower.seq(), seq + 1);
    follower.subscribe_again(&server);
    follower.assert_matches_state();
}

#[test]
fn a_recreated_room_has_another_epoch() {
    let server = Server::with().prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    let mut follower = Follower::new(&server, "r");
    let epoch = follower.epoch().to_owned();
    client.int("DEL r");
    follower.wait_until("the room is gone", |follower| follower.gone);
    follower.assert_matches_state();
    client.json("ROOM.CREATE r ben");
    client.json("ROOM.JOIN r ben");
    follower.wait_until("another epoch", |follower| follower.epoch() != epoch && follower.epoch() != "none");
    follower.assert_matches_state();
    client.err(&["ROOM.EVENTS", "r", "-", &epoch, "0"], "RESYNC");
}

#[test]
fn a_room_that_is_restored_to_an_older_dump_publishes_gone() {
    let server = Server::with().prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    let mut follower = Follower::new(&server, "r");
    let dump = client.cmd("DUMP r").bytes();
    client.int("ROOM.COMMENT r ada undone");
    follower.assert_matches_state();
    client.ok(&[b"RESTORE".as_slice(), b"r", b"0", &dump, b"REPLACE"]);
    // No change has happened since the dump, so the epoch is the same.
    follower.assert_matches_state();
    assert!(follower.gone);
    client.int("ROOM.COMMENT r ada instead");
    follower.assert_matches_state();
}
