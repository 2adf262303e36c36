//! Followers of a master that is lost, demoted or promoted.

use super::comments;
use crate::support::rooms::{digest, now_ms};
use crate::support::server::free_port;
use crate::support::{wait_for, Builder, Client, Follower, Server};

/// Every change is published with its command, and no deadline falls due.
fn quiet() -> Builder {
    Server::with().prompt().patient()
}

#[track_caller]
fn comment(client: &mut Client, text: &str, count: i64) {
    for nth in 0..count {
        client.int(&["ROOM.COMMENT", "r", "ada", &format!("{text} {nth}")]);
    }
}

/// A master with the room `r`, and a replica that lacks its last five events. The follower has them.
#[track_caller]
fn ahead() -> (Server, Server, Follower) {
    let master = quiet().start();
    let replica = quiet().replica_of(&master).start();
    let mut client = master.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    replica.wait_in_sync(&master);
    replica.cmd(&["REPLICAOF", "127.0.0.1", &free_port().to_string()]).ok();
    wait_for("the replica is cut off", || {
        (master.info("replication")["connected_slaves"] == "0").then_some(())
    });
    let mut follower = Follower::new(&master, "r");
    let common = follower.seq();
    comment(&mut client, "lost", 5);
    follower.assert_matches_state();
    assert_eq!(follower.seq(), common + 5);
    (master, replica, follower)
}

#[test]
fn a_follower_ahead_of_the_new_master_takes_a_new_state() {
    // The new master makes no change; fewer changes than were lost; as many; more.
    for changes in [0, 3, 5, 8] {
        let (mut master, replica, mut follower) = ahead();
        let epoch = follower.epoch().to_owned();
        let (seq, taken) = (follower.seq(), follower.took_state);
        master.kill9();
        replica.cmd("REPLICAOF NO ONE").ok();
        let mut client = replica.client();
        comment(&mut client, "new", changes);
        client.err(&["ROOM.EVENTS", "r", "-", &epoch, &seq.to_string()], "RESYNC");
        follower.lose_subscription();
        follower.subscribe_again(&replica);
        assert_eq!(
            (follower.seq(), follower.took_state),
            (seq - 5 + changes, taken + 1),
            "{changes} changes"
        );
        follower.assert_matches_state();
        client.int("ROOM.COMMENT r ada after");
        follower.assert_matches_state();
        assert_ne!(follower.epoch(), epoch);
        assert_eq!(comments(&mut client).len() as i64, changes + 1, "lost comments do not come back");
    }
}

#[test]
fn a_follower_of_a_demoted_master_follows_the_new_state() {
    for changes in [0, 5] {
        let (master, replica, mut follower) = ahead();
        replica.cmd("REPLICAOF NO ONE").ok();
        let mut client = replica.client();
        comment(&mut client, "new", changes);
        master.cmd(&["REPLICAOF", "127.0.0.1", &replica.port().to_string()]).ok();
        master.wait_in_sync(&replica);
        follower.assert_matches_state();
        client.int("ROOM.COMMENT r ada after");
        master.wait_in_sync(&replica);
        follower.assert_matches_state();
        assert_eq!(digest(&mut master.client(), "r"), digest(&mut client, "r"));
    }
}

#[test]
fn a_replica_publishes_waiting_changes_only_once_it_is_master() {
    let master = quiet().room("tick", 10_000).start();
    let replica = quiet().replica_of(&master).start();
    let mut client = master.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    replica.wait_in_sync(&master);
    let mut follower = Follower::new(&replica, "r");
    client.int("ROOM.COMMENT r ada waits");
    client.int("ROOM.POLLOPEN r ada Now? 2 yes no");
    replica.wait_in_sync(&master);
    // The tick of the replica is 0 and it holds waiting changes, but only a master publishes them.
    let mut client = replica.client();
    let received = follower.events.len();
    let until = now_ms(&mut client) + 300;
    wait_for("300 ms have passed", || (now_ms(&mut client) > until).then_some(()));
    follower.pump();
    assert_eq!(follower.events.len(), received);
    assert_eq!(client.json("ROOM.COMMENTS r -")["comments"][0]["text"], "waits");
    replica.cmd("REPLICAOF NO ONE").ok();
    follower.wait_event("comment", |event| event["comment"]["text"] == "waits");
    follower.wait_event("poll", |event| event["poll"]["state"] == "open");
    follower.assert_matches_state();
}
