//! Rooms outlive their server: RDB, AOF in both forms, rewriting, replicas, promotion, and keys that are renamed,
//! copied, dumped. The same room is the same everywhere: to `DEBUG DIGEST-VALUE` and to every read.

use crate::support::rooms::{assert_same, digest, everything, lived_in, now_ms, of_every_state};
use crate::support::{wait_for, Builder, Client, Follower, Json, Server, Subscriber};
use std::collections::BTreeMap;

fn quiet() -> Builder {
    Server::with().prompt().patient()
}

/// What must not change when a room moves.
#[derive(Clone)]
struct Shot {
    key: String,
    digest: String,
    expires: i64,
    reads: BTreeMap<String, Json>,
    epoch: String,
    seq: i64,
    events: Json,
}

#[track_caller]
fn shoot(client: &mut Client, key: &str) -> Shot {
    let state = client.json(&["ROOM.STATE", key, "-"]);
    let epoch = state["epoch"].as_str().unwrap().to_owned();
    Shot {
        key: key.to_owned(),
        digest: digest(client, key),
        expires: client.int(&["PEXPIRETIME", key]),
        reads: everything(client, key),
        events: client.json(&["ROOM.EVENTS", key, "-", &epoch, "0"]),
        epoch,
        seq: state["seq"].as_i64().unwrap(),
    }
}

/// Rooms in every state, and a picture of each.
#[track_caller]
fn rooms(client: &mut Client, prefix: &str) -> Vec<Shot> {
    let now = now_ms(client);
    let keys = of_every_state(client, prefix, now);
    keys.iter().map(|key| shoot(client, key)).collect()
}

/// Everything is as it was, before the first change.
#[track_caller]
fn assert_as_it_was(client: &mut Client, shots: &[Shot]) {
    for shot in shots {
        assert_same(&shot.reads, &everything(client, &shot.key));
        assert_eq!(digest(client, &shot.key), shot.digest, "{}: digest", shot.key);
        assert_eq!(client.int(&["PEXPIRETIME", &shot.key]), shot.expires, "{}: PEXPIRETIME", shot.key);
        assert!(shot.expires > 0, "{}: a room's key expires", shot.key);
        let events = client.json(&["ROOM.EVENTS", &shot.key, "-", &shot.epoch, "0"]);
        assert_eq!(events["events"], shot.events["events"], "{}: history", shot.key);
    }
}

/// The first change begins a new epoch, counts on, and the previous epoch is still served.
#[track_caller]
fn assert_takes_over(client: &mut Client, shot: &Shot) {
    let (key, old) = (shot.key.as_str(), shot.epoch.as_str());
    client.json(&["ROOM.JOIN", key, "newcomer"]);
    let state = client.json(&["ROOM.STATE", key, "-"]);
    let new = state["epoch"].as_str().unwrap();
    assert_ne!(new, old, "{key}: a takeover begins a new epoch");
    let seq = state["seq"].as_i64().unwrap();
    assert!(seq > shot.seq, "{key}: it counts on");

    let events = client.json(&["ROOM.EVENTS", key, "-", old, &shot.seq.to_string()]);
    assert_eq!(events["epoch"], new, "{key}: {events}");
    assert_eq!((events["from"].as_i64(), events["to"].as_i64()), (Some(shot.seq + 1), Some(seq)), "{key}");
    assert!(!events["events"].as_array().unwrap().is_empty(), "{key}: {events}");
    let earlier = client.json(&["ROOM.EVENTS", key, "-", old, &(shot.seq - 1).to_string()]);
    assert_eq!(earlier["from"].as_i64(), Some(shot.seq), "{key}: {earlier}");

    client.err(&["ROOM.EVENTS", key, "-", old, &(shot.seq + 1).to_string()], "RESYNC");
    client.err(&["ROOM.EVENTS", key, "-", new, &(seq + 1).to_string()], "RESYNC");
    client.err(&["ROOM.EVENTS", key, "-", "another", "0"], "RESYNC");
}

/// Those that take a change, one each.
#[track_caller]
fn assert_all_take_over(client: &mut Client, shots: &[Shot]) {
    for shot in shots.iter().filter(|shot| shot.key.ends_with("live")) {
        assert_takes_over(client, shot);
    }
}

#[track_caller]
fn restart_keeps_rooms(builder: Builder) {
    let mut server = builder.start();
    let shots = rooms(&mut server.client(), "");
    server.restart();
    assert_as_it_was(&mut server.client(), &shots);
    assert_all_take_over(&mut server.client(), &shots);
}

#[test]
fn rdb_keeps_rooms() {
    restart_keeps_rooms(quiet());
}

#[test]
fn aof_keeps_rooms() {
    restart_keeps_rooms(quiet().aof(true));
}

#[test]
fn aof_without_preamble_keeps_rooms() {
    restart_keeps_rooms(quiet().aof(false));
}

#[test]
fn aof_keeps_rooms_of_a_killed_server() {
    let mut server = quiet().aof(true).start();
    let shots = rooms(&mut server.client(), "");
    server.kill9();
    server.start_again();
    assert_as_it_was(&mut server.client(), &shots);
    assert_all_take_over(&mut server.client(), &shots);
}

#[test]
fn rewritten_aof_keeps_rooms_and_what_came_after() {
    for preamble in [true, false] {
        let mut server = quiet().aof(preamble).start();
        let mut client = server.client();
        let mut shots = rooms(&mut client, "before:");
        server.rewrite_aof();
        // A room of the rewritten file goes on changing in the file after it.
        client.int("ROOM.COMMENT before:live - after");
        shots[0] = shoot(&mut client, "before:live");
        shots.extend(rooms(&mut client, "after:"));
        server.restart();
        assert_as_it_was(&mut server.client(), &shots);
        server.rewrite_aof();
        server.restart();
        assert_as_it_was(&mut server.client(), &shots);
        assert_all_take_over(&mut server.client(), &shots);
    }
}

#[test]
fn an_expiry_the_operator_took_away_stays_away() {
    let mut server = quiet().aof(true).start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.int("PERSIST r");
    client.json("ROOM.JOIN r ada");
    assert_eq!(client.int("PEXPIRETIME r"), -1);
    server.restart();
    assert_eq!(server.client().int("PEXPIRETIME r"), -1);
}

/// What a replica has of a room, by the stream or by synchronising, is what its master has.
#[track_caller]
fn assert_equal_rooms(master: &Server, replica: &Server, keys: &[String]) {
    replica.wait_in_sync(master);
    let (mut own, mut other) = (master.client(), replica.client());
    for key in keys {
        assert_same(&everything(&mut own, key), &everything(&mut other, key));
        assert_eq!(digest(&mut own, key), digest(&mut other, key), "{key}: digest");
        let expires = ["PEXPIRETIME", key];
        assert_eq!(own.int(&expires), other.int(&expires), "{key}: PEXPIRETIME");
    }
}

fn keys(shots: &[Shot]) -> Vec<String> {
    shots.iter().map(|shot| shot.key.clone()).collect()
}

#[test]
fn a_replica_holds_the_same_rooms() {
    let master = quiet().start();
    let mut client = master.client();
    let mut all = keys(&rooms(&mut client, "synchronised:"));
    let replica = quiet().replica_of(&master).start();
    all.extend(keys(&rooms(&mut client, "streamed:")));
    client.int("ROOM.COMMENT synchronised:live - after");
    assert_equal_rooms(&master, &replica, &all);
    // It serves reads, and takes no change.
    replica.client().err("ROOM.JOIN streamed:live newcomer", "READONLY");
    replica.client().err("ROOM.BEAT streamed:live g1", "READONLY");

    for key in ["synchronised:ended", "streamed:cancelled"] {
        assert_eq!(client.int(&["ROOM.PURGE", key]), 1);
        replica.wait_in_sync(&master);
        assert_eq!(replica.client().int(&["EXISTS", key]), 0);
    }
}

#[test]
fn a_replica_holds_the_same_rooms_though_changes_wait_and_deadlines_fall_due() {
    let master = Server::with().unlimited().room("tick", 20).room("grace", 1).start();
    let replica = Server::with().unlimited().replica_of(&master).start();
    let mut client = master.client();
    lived_in(&mut client, "r");
    // Dan's grace is over by timer alone.
    wait_for("the lost member is gone", || {
        let member = client.json("ROOM.WHOIS r - dan");
        (member["present"] == false).then_some(())
    });
    let mut follower = Follower::new(&master, "r");
    follower.assert_matches_state();
    assert_equal_rooms(&master, &replica, &["r".to_owned()]);
}

#[test]
fn a_replica_keeps_what_it_was_sent_in_its_own_aof() {
    let master = quiet().start();
    let mut replica = quiet().aof(false).replica_of(&master).start();
    replica.wait_in_sync(&master);
    // It begins a new AOF after synchronising. What comes from now on is in it as it was streamed.
    replica.wait_aof_rewritten();
    let shots = rooms(&mut master.client(), "");
    replica.wait_in_sync(&master);
    replica.cmd("REPLICAOF NO ONE").ok();
    // It must not look for its master when it starts again.
    replica.cmd("CONFIG REWRITE").ok();
    drop(master);
    replica.kill9();
    replica.start_again();
    assert_as_it_was(&mut replica.client(), &shots);
}

#[test]
fn a_replicas_subscribers_get_every_frame() {
    let master = quiet().start();
    let replica = quiet().replica_of(&master).start();
    replica.wait_in_sync(&master);
    let mut follower = Follower::new(&replica, "r");
    let at_master = Subscriber::room(&master, "r");
    lived_in(&mut master.client(), "r");
    replica.wait_in_sync(&master);
    follower.assert_matches_state();
    assert_eq!(follower.took_state, 1, "the first frame led to STATE, all others followed it");

    let last = follower.seq();
    at_master.wait_until("the last frame", |frames| {
        frames.last().is_some_and(|frame| frame["to"].as_i64() == Some(last))
    });
}

#[test]
fn a_promoted_replica_takes_over() {
    let mut master = quiet().start();
    let replica = quiet().replica_of(&master).start();
    let shots = rooms(&mut master.client(), "");
    replica.wait_in_sync(&master);
    let mut follower = Follower::new(&master, "live");
    follower.assert_matches_state();
    master.kill9();
    replica.cmd("REPLICAOF NO ONE").ok();
    assert_as_it_was(&mut replica.client(), &shots);

    let taken = follower.took_state;
    follower.lose_subscription();
    follower.subscribe_again(&replica);
    let epoch = follower.epoch().to_owned();
    assert_all_take_over(&mut replica.client(), &shots);
    follower.assert_matches_state();
    assert_ne!(follower.epoch(), epoch);
    assert_eq!(follower.took_state, taken, "EVENTS carried it across the takeover, without a STATE");
}

#[test]
fn a_new_master_publishes_what_it_inherited() {
    let mut master = quiet().room("tick", 10_000).start();
    let replica = quiet().replica_of(&master).start();
    let mut client = master.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    let before = client.json("ROOM.STATE r -")["seq"].clone();
    client.int("ROOM.COMMENT r ada waits");
    assert_eq!(client.json("ROOM.STATE r -")["seq"], before, "the comment waits for its frame");
    replica.wait_in_sync(&master);
    let mut follower = Follower::new(&replica, "r");
    let before = follower.seq();
    master.kill9();
    replica.cmd("REPLICAOF NO ONE").ok();
    let comment = follower.wait_event("comment", |_| true);
    assert!(comment["seq"].as_i64() > Some(before));
    assert_eq!(comment["comment"]["text"], "waits");
    follower.assert_matches_state();
}

#[test]
fn changes_that_wait_survive_a_restart() {
    let mut server = quiet().room("tick", 10_000).start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    client.int("ROOM.COMMENT r ada waits");
    let shot = shoot(&mut client, "r");
    server.restart();
    // Before any frame: a digest that counts what waits is the same.
    let mut client = server.client();
    client.ok("CONFIG SET room.tick 0");
    let mut follower = Follower::new(&server, "r");
    follower.wait_until("the comment is published", |follower| follower.seq() > shot.seq);
    follower.assert_matches_state();
    let events = client.json(&["ROOM.EVENTS", "r", "-", follower.epoch(), &shot.seq.to_string()]);
    assert!(events["events"].as_array().unwrap().iter().any(|event| event["type"] == "comment"), "{events}");
}

#[test]
fn a_renamed_copied_moved_or_restored_room_is_the_same() {
    let server = quiet().start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    let shot = shoot(&mut client, "r");
    let expires = shot.expires;

    client.ok("RENAME r renamed");
    assert_eq!(digest(&mut client, "renamed"), shot.digest);
    assert_eq!(client.int("PEXPIRETIME renamed"), expires);
    assert_eq!(client.json("ROOM.STATE renamed -")["seq"], shot.seq);

    assert_eq!(client.int("COPY renamed copied"), 1);
    assert_eq!(digest(&mut client, "copied"), shot.digest);

    let dump = client.cmd("DUMP renamed").bytes();
    // Whether a key expires is part of its digest.
    client.ok(&[b"RESTORE".as_slice(), b"restored", expires.to_string().as_bytes(), &dump, b"ABSTTL"]);
    assert_eq!(digest(&mut client, "restored"), shot.digest);

    assert_eq!(client.int("MOVE copied 3"), 1);
    let mut third = server.client();
    third.ok("SELECT 3");
    assert_eq!(digest(&mut third, "copied"), shot.digest);

    // Two rooms now: each goes on in an epoch of its own, and no change of one is seen in the other.
    for (client, key) in [(&mut client, "restored"), (&mut third, "copied")] {
        client.json(&["ROOM.JOIN", key, "newcomer"]);
        let state = client.json(&["ROOM.STATE", key, "-"]);
        assert_ne!(state["epoch"], shot.epoch.as_str(), "{key}");
        assert_eq!(state["incarnation"], shot.reads["ROOM.STATE r -"]["incarnation"], "{key}");
    }
    assert_eq!(digest(&mut client, "renamed"), shot.digest);
}
