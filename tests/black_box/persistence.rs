//! Rooms outlive their server: RDB, AOF in both forms, rewriting, replicas, promotion, and keys that are renamed,
//! copied, dumped. A room is identical everywhere by `DEBUG DIGEST-VALUE` and by every read.

use crate::support::rooms::{assert_same, digest, everything, lived_in, now_ms, of_every_state};
use crate::support::{wait_for, Builder, Client, Follower, Json, Server, Subscriber};
use std::collections::BTreeMap;

fn quiet() -> Builder {
    Server::with().prompt().patient()
}

/// What must not change when a room moves.
#[derive(Clone)]
struct Snapshot {
    key: String,
    digest: String,
    expires: i64,
    reads: BTreeMap<String, Json>,
    epoch: String,
    seq: i64,
    events: Json,
}

#[track_caller]
fn snapshot(client: &mut Client, key: &str) -> Snapshot {
    let state = client.json(&["ROOM.STATE", key, "-"]);
    let epoch = state["epoch"].as_str().unwrap().to_owned();
    Snapshot {
        key: key.to_owned(),
        digest: digest(client, key),
        expires: client.int(&["PEXPIRETIME", key]),
        reads: everything(client, key),
        events: client.json(&["ROOM.EVENTS", key, "-", &epoch, "0"]),
        epoch,
        seq: state["seq"].as_i64().unwrap(),
    }
}

/// Rooms in every state, and a snapshot of each.
#[track_caller]
fn rooms(client: &mut Client, prefix: &str) -> Vec<Snapshot> {
    let now = now_ms(client);
    let keys = of_every_state(client, prefix, now);
    keys.iter().map(|key| snapshot(client, key)).collect()
}

/// Everything is unchanged, before the first change.
#[track_caller]
fn assert_as_it_was(client: &mut Client, snapshots: &[Snapshot]) {
    for snapshot in snapshots {
        assert_same(&snapshot.reads, &everything(client, &snapshot.key));
        assert_eq!(digest(client, &snapshot.key), snapshot.digest, "{}: digest", snapshot.key);
        assert_eq!(
            client.int(&["PEXPIRETIME", &snapshot.key]),
            snapshot.expires,
            "{}: PEXPIRETIME",
            snapshot.key
        );
        assert!(snapshot.expires > 0, "{}: a room's key expires", snapshot.key);
        let events = client.json(&["ROOM.EVENTS", &snapshot.key, "-", &snapshot.epoch, "0"]);
        assert_eq!(events["events"], snapshot.events["events"], "{}: history", snapshot.key);
    }
}

/// The first change begins a new epoch and continues seq. The epoch before is still served.
#[track_caller]
fn assert_takes_over(client: &mut Client, snapshot: &Snapshot) {
    let (key, old) = (snapshot.key.as_str(), snapshot.epoch.as_str());
    client.json(&["ROOM.JOIN", key, "newcomer"]);
    let state = client.json(&["ROOM.STATE", key, "-"]);
    let new = state["epoch"].as_str().unwrap();
    assert_ne!(new, old, "{key}: a takeover begins a new epoch");
    let seq = state["seq"].as_i64().unwrap();
    assert!(seq > snapshot.seq, "{key}: it counts on");

    let events = client.json(&["ROOM.EVENTS", key, "-", old, &snapshot.seq.to_string()]);
    assert_eq!(events["epoch"], new, "{key}: {events}");
    assert_eq!(
        (events["from"].as_i64(), events["to"].as_i64()),
        (Some(snapshot.seq + 1), Some(seq)),
        "{key}"
    );
    assert!(!events["events"].as_array().unwrap().is_empty(), "{key}: {events}");
    let earlier = client.json(&["ROOM.EVENTS", key, "-", old, &(snapshot.seq - 1).to_string()]);
    assert_eq!(earlier["from"].as_i64(), Some(snapshot.seq), "{key}: {earlier}");

    client.err(&["ROOM.EVENTS", key, "-", old, &(snapshot.seq + 1).to_string()], "RESYNC");
    client.err(&["ROOM.EVENTS", key, "-", new, &(seq + 1).to_string()], "RESYNC");
    client.err(&["ROOM.EVENTS", key, "-", "another", "0"], "RESYNC");
}

/// One change to each live room.
#[track_caller]
fn assert_all_take_over(client: &mut Client, snapshots: &[Snapshot]) {
    for snapshot in snapshots.iter().filter(|snapshot| snapshot.key.ends_with("live")) {
        assert_takes_over(client, snapshot);
    }
}

#[track_caller]
fn restart_keeps_rooms(builder: Builder) {
    let mut server = builder.start();
    let snapshots = rooms(&mut server.client(), "");
    server.restart();
    assert_as_it_was(&mut server.client(), &snapshots);
    assert_all_take_over(&mut server.client(), &snapshots);
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
    let snapshots = rooms(&mut server.client(), "");
    server.kill9();
    server.start_again();
    assert_as_it_was(&mut server.client(), &snapshots);
    assert_all_take_over(&mut server.client(), &snapshots);
}

#[test]
fn rewritten_aof_keeps_rooms_and_what_came_after() {
    for preamble in [true, false] {
        let mut server = quiet().aof(preamble).start();
        let mut client = server.client();
        let mut snapshots = rooms(&mut client, "before:");
        server.rewrite_aof();
        // A room in the rewritten file changes again in the file after it.
        client.int("ROOM.COMMENT before:live - after");
        snapshots[0] = snapshot(&mut client, "before:live");
        snapshots.extend(rooms(&mut client, "after:"));
        server.restart();
        assert_as_it_was(&mut server.client(), &snapshots);
        server.rewrite_aof();
        server.restart();
        assert_as_it_was(&mut server.client(), &snapshots);
        assert_all_take_over(&mut server.client(), &snapshots);
    }
}

#[test]
fn a_removed_expiry_stays_removed_after_a_restart() {
    let mut server = quiet().aof(true).start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.int("PERSIST r");
    client.json("ROOM.JOIN r ada");
    assert_eq!(client.int("PEXPIRETIME r"), -1);
    server.restart();
    assert_eq!(server.client().int("PEXPIRETIME r"), -1);
}

/// A replica's rooms equal its master's, streamed or synchronised.
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

fn keys(snapshots: &[Snapshot]) -> Vec<String> {
    snapshots.iter().map(|snapshot| snapshot.key.clone()).collect()
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
    // It serves reads and refuses changes.
    replica.client().err("ROOM.JOIN streamed:live newcomer", "READONLY");
    replica.client().err("ROOM.BEAT streamed:live g1", "READONLY");

    for key in ["synchronised:ended", "streamed:cancelled"] {
        assert_eq!(client.int(&["ROOM.PURGE", key]), 1);
        replica.wait_in_sync(&master);
        assert_eq!(replica.client().int(&["EXISTS", key]), 0);
    }
}

#[test]
fn a_replica_holds_the_same_rooms_while_changes_wait_and_deadlines_fall_due() {
    let master = Server::with().unlimited().room("tick", 20).room("grace", 1).start();
    let replica = Server::with().unlimited().replica_of(&master).start();
    let mut client = master.client();
    lived_in(&mut client, "r");
    // Only the timer ends dan's grace.
    wait_for("the lost member is gone", || {
        let member = client.json("ROOM.WHOIS r - dan");
        (member["present"] == false).then_some(())
    });
    let mut follower = Follower::new(&master, "r");
    follower.assert_matches_state();
    assert_equal_rooms(&master, &replica, &["r".to_owned()]);
}

#[test]
fn a_replica_writes_the_stream_to_its_own_aof() {
    let master = quiet().start();
    let mut replica = quiet().aof(false).replica_of(&master).start();
    replica.wait_in_sync(&master);
    // The replica begins a new AOF after synchronising. From then on the AOF holds the stream.
    replica.wait_aof_rewritten();
    let snapshots = rooms(&mut master.client(), "");
    replica.wait_in_sync(&master);
    replica.cmd("REPLICAOF NO ONE").ok();
    // It must not look for its master when it starts again.
    replica.cmd("CONFIG REWRITE").ok();
    drop(master);
    replica.kill9();
    replica.start_again();
    assert_as_it_was(&mut replica.client(), &snapshots);
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
    let snapshots = rooms(&mut master.client(), "");
    replica.wait_in_sync(&master);
    let mut follower = Follower::new(&master, "live");
    follower.assert_matches_state();
    master.kill9();
    replica.cmd("REPLICAOF NO ONE").ok();
    assert_as_it_was(&mut replica.client(), &snapshots);

    let taken = follower.took_state;
    follower.lose_subscription();
    follower.subscribe_again(&replica);
    let epoch = follower.epoch().to_owned();
    assert_all_take_over(&mut replica.client(), &snapshots);
    follower.assert_matches_state();
    assert_ne!(follower.epoch(), epoch);
    assert_eq!(follower.took_state, taken, "EVENTS carried it across the takeover, without a STATE");
}

#[test]
fn a_new_master_publishes_changes_that_waited() {
    let mut master = quiet().room("tick", 10_000).start();
    let replica = quiet().replica_of(&master).start();
    let mut client = master.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    replica.wait_in_sync(&master);
    let mut follower = Follower::new(&replica, "r");
    let before = follower.seq();
    client.int("ROOM.COMMENT r ada waits");
    assert_eq!(client.json("ROOM.STATE r -")["seq"], before, "the comment waits for its frame");
    replica.wait_in_sync(&master);
    assert_eq!(replica.client().json("ROOM.STATE r -")["ahead"], true, "the replica has it too");
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
    let snapshot = snapshot(&mut client, "r");
    server.restart();
    // The digest includes waiting changes.
    let mut client = server.client();
    client.ok("CONFIG SET room.tick 0");
    let mut follower = Follower::new(&server, "r");
    follower.wait_until("the comment is published", |follower| follower.seq() > snapshot.seq);
    follower.assert_matches_state();
    let events = client.json(&["ROOM.EVENTS", "r", "-", follower.epoch(), &snapshot.seq.to_string()]);
    assert!(events["events"].as_array().unwrap().iter().any(|event| event["type"] == "comment"), "{events}");
}

#[test]
fn a_renamed_copied_moved_or_restored_room_is_the_same() {
    let server = quiet().start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    let snapshot = snapshot(&mut client, "r");
    let expires = snapshot.expires;

    client.ok("RENAME r renamed");
    assert_eq!(digest(&mut client, "renamed"), snapshot.digest);
    assert_eq!(client.int("PEXPIRETIME renamed"), expires);
    assert_eq!(client.json("ROOM.STATE renamed -")["seq"], snapshot.seq);

    assert_eq!(client.int("COPY renamed copied"), 1);
    assert_eq!(digest(&mut client, "copied"), snapshot.digest);

    let dump = client.cmd("DUMP renamed").bytes();
    // The digest includes whether a key expires.
    client.ok(&[b"RESTORE".as_slice(), b"restored", expires.to_string().as_bytes(), &dump, b"ABSTTL"]);
    assert_eq!(digest(&mut client, "restored"), snapshot.digest);

    assert_eq!(client.int("MOVE copied 3"), 1);
    let mut third = server.client();
    third.ok("SELECT 3");
    assert_eq!(digest(&mut third, "copied"), snapshot.digest);

    // These are separate rooms now: each has an epoch of its own, and no change of one shows in another.
    for (client, key) in [(&mut client, "restored"), (&mut third, "copied")] {
        client.json(&["ROOM.JOIN", key, "newcomer"]);
        let state = client.json(&["ROOM.STATE", key, "-"]);
        assert_ne!(state["epoch"], snapshot.epoch.as_str(), "{key}");
        assert_eq!(state["incarnation"], snapshot.reads["ROOM.STATE r -"]["incarnation"], "{key}");
    }
    assert_eq!(digest(&mut client, "renamed"), snapshot.digest);
}
