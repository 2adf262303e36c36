//! Acknowledged changes outlive their master.

use super::writers::Safe;
use super::{assert_all_followed, events, follow, kill_under_load, lively, move_to, open};
use crate::support::Follower;

#[test]
fn replicated_changes_outlive_their_master() {
    let mut master = lively().start();
    let replica = lively().replica_of(&master).start();
    let traffic = open(&master, 1);
    let (mut at_master, mut at_replica) = (follow(&master), follow(&replica));
    let epoch = at_master[0].epoch().to_owned();
    let known = kill_under_load(&mut master, traffic, Safe::Replicated, &mut at_master);
    let taken = at_replica[0].took_state;
    replica.cmd("REPLICAOF NO ONE").ok();

    move_to(&replica, &mut at_master);
    assert_all_followed(&mut at_master);
    assert_all_followed(&mut at_replica);
    let mut client = replica.client();
    let received = events(&mut client, &epoch);
    known.iter().for_each(|known| known.assert_there(&mut client, &received));

    // The next change begins another epoch. A follower of the replica continues by EVENTS alone.
    let before = at_replica[0].seq();
    client.int("ROOM.COMMENT r ada after");
    at_replica[0].wait_event("comment", |event| event["comment"]["text"] == "after");
    assert!(at_replica[0].seq() > before);
    assert_ne!(at_replica[0].epoch(), epoch);
    assert_eq!(at_replica[0].took_state, taken);
    assert_all_followed(&mut at_replica);
    at_master[0].wait_event("comment", |event| event["comment"]["text"] == "after");
    assert_all_followed(&mut at_master);
    client.err(&["ROOM.EVENTS", "r", "-", &epoch, &at_master[0].seq().to_string()], "RESYNC");
}

#[test]
fn acknowledged_changes_outlive_a_kill_when_every_write_is_synced() {
    let mut server = lively().aof(true).set("appendfsync", "always").start();
    let traffic = open(&server, 0);
    let mut followers = follow(&server);
    let epoch = followers[0].epoch().to_owned();
    let known = kill_under_load(&mut server, traffic, Safe::Acknowledged, &mut followers);
    followers.iter_mut().for_each(Follower::lose_subscription);
    server.start_again();
    followers.iter_mut().for_each(|follower| follower.subscribe_again(&server));
    assert_all_followed(&mut followers);
    let mut client = server.client();
    let received = events(&mut client, &epoch);
    known.iter().for_each(|known| known.assert_there(&mut client, &received));
    client.int("ROOM.COMMENT r ada after");
    assert_all_followed(&mut followers);
    assert_ne!(followers[0].epoch(), epoch);
}
