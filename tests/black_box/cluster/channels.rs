//! Channels of a cluster: they are in the slot of their key, at the master and at its replica.

use crate::support::cluster::Routed;
use crate::support::engine::commands;
use crate::support::lines::lines;
use crate::support::subscriber::events;
use crate::support::{channel, Cluster, Json, Server, Side, Subscriber};

/// Keys without and with a hash tag, at the start and in the middle, and with braces that form no hash tag.
const KEYS: [&str; 9] =
    ["room:1", "room:2", "a{b", "ünï🌙", "{tag}", "{tag}a", "b{tag}c", "{user:7}{x}", "d}{other}"];

#[test]
fn channels_are_in_their_keys_slot_and_reach_master_and_replica() {
    let cluster = Cluster::start();
    let mut routed = cluster.routed();
    let mut all = Vec::new();
    for key in KEYS {
        let shard = cluster.shard_of(key);
        let sides = [shard.master, shard.replica].map(|place| Subscriber::room(&cluster.nodes[place], key));
        create(&cluster, &mut routed, key);
        all.push((key, shard, sides, cluster.follower(key, Side::Replica)));
    }
    for nth in 0..30 {
        for key in KEYS {
            routed.cmd(&["ROOM.COMMENT", key, "ada", &format!("comment {nth}")]).int();
            routed.cmd(&["ROOM.REACT", key, "ada", "👏"]).int();
        }
    }
    for (key, shard, sides, follower) in &mut all {
        follower.assert_matches_state();
        assert_eq!((follower.took_state, follower.subscribed_again), (1, 0), "{key}: frames sufficed");
        let last = routed.cmd(&["ROOM.STATE", key, "-"]).json()["seq"].as_i64().unwrap();
        let [at_master, at_replica] =
            sides.each_ref().map(|side| side.wait_until("the last frame", |frames| reach(frames, last)));
        assert_eq!(events(&at_master).len() as i64, last, "{key}: every event arrived");
        assert_eq!(at_master, at_replica, "{key}");
        for place in 0..6 {
            let here = place == shard.master || place == shard.replica;
            assert_eq!(cluster.listed(place).contains(&(*key).to_owned()), here, "{key} at {place}");
        }
    }
    every_command_is_sent_to_its_node(&cluster, KEYS[0]);

    // When a room leaves the master, the replica's subscribers hear of it and the replica no longer lists it.
    for (nth, (key, shard, sides, follower)) in all.iter_mut().enumerate() {
        let epoch = routed.cmd(&["ROOM.STATE", key, "-"]).json()["epoch"].clone();
        if nth % 2 == 0 {
            assert_eq!(routed.cmd(&["DEL", key]).int(), 1);
        } else {
            routed.cmd(&["ROOM.END", key, "ada"]).json();
            assert_eq!(routed.cmd(&["ROOM.PURGE", key]).int(), 1);
        }
        for side in &*sides {
            let frames = side.wait_until("gone", |frames| frames.iter().any(|frame| frame["kind"] == "gone"));
            let gone: Vec<&Json> = frames.iter().filter(|frame| frame["kind"] == "gone").collect();
            assert_eq!((gone.len(), &gone[0]["epoch"]), (1, &epoch), "{key}: {gone:?}");
        }
        follower.wait_until("the room is gone", |follower| follower.gone);
        follower.assert_matches_state();
        let replica = &cluster.nodes[shard.replica];
        replica.wait_in_sync(&cluster.nodes[shard.master]);
        assert!(!cluster.listed(shard.replica).contains(&(*key).to_owned()), "{key}");
    }
    for node in &cluster.nodes {
        assert_eq!((node.counter("rooms_live"), node.counter("members_present")), (0, 0));
    }
}

/// Creates a room. Every reply names the same channel, in the slot of the key.
#[track_caller]
fn create(cluster: &Cluster, routed: &mut Routed, key: &str) {
    let created = routed.cmd(&["ROOM.CREATE", key, "ada"]).json();
    let joined = routed.cmd(&["ROOM.JOIN", key, "ada", "GATEWAY", "g"]).json();
    let info = routed.cmd(&["ROOM.INFO", key]).map();
    for (reported, publish) in [
        (created["channel"].as_str().unwrap(), created["publish"].as_str().unwrap()),
        (joined["channel"].as_str().unwrap(), joined["publish"].as_str().unwrap()),
        (&info["channel"], &info["publish"]),
    ] {
        assert_eq!((reported, publish), (channel(0, key).as_str(), "shard"), "{key}");
        assert_eq!(cluster.slot(reported), cluster.slot(key), "{key}");
    }
}

fn reach(frames: &[Json], seq: i64) -> bool {
    frames.iter().any(|frame| frame["to"].as_i64() >= Some(seq))
}

/// A node that does not serve a key names the owner. A replica serves reads after READONLY.
#[track_caller]
fn every_command_is_sent_to_its_node(cluster: &Cluster, key: &str) {
    let shard = cluster.shard_of(key);
    let owner = format!("MOVED {} 127.0.0.1:{}", cluster.slot(key), cluster.nodes[shard.master].port());
    let other = cluster.masters().into_iter().find(|place| *place != shard.master).unwrap();
    let mut clients = [shard.replica, other].map(|place| cluster.nodes[place].client());
    let mut reader = cluster.nodes[shard.replica].client();
    reader.ok("READONLY");
    let mut reads = 0;
    for spec in commands().filter(|spec| spec.name != "ROOM.LIST") {
        let mut line = lines(spec, "4102444800000").remove(0).0;
        line[1] = key.as_bytes().to_vec();
        for client in &mut clients {
            assert_eq!(client.cmd(&line).error().as_ref(), Some(&owner), "{}", spec.name);
        }
        let flags = reader.cmd(&["COMMAND", "INFO", spec.name]).list()[0].list()[2].texts();
        let answer = reader.cmd(&line).error();
        if flags.contains(&"readonly".to_owned()) {
            assert!(
                !answer.as_ref().is_some_and(|error| error.starts_with("MOVED")),
                "{}: {answer:?}",
                spec.name
            );
            reads += 1;
        } else {
            assert_eq!(answer.as_ref(), Some(&owner), "{}", spec.name);
        }
    }
    assert!(reads >= 10, "{reads} commands read");
}

#[test]
fn a_cluster_can_publish_to_all_its_nodes() {
    let cluster = Cluster::of(Server::with().prompt().patient().room("publish", "global"));
    let mut routed = cluster.routed();
    let everywhere: Vec<Subscriber> =
        cluster.nodes.iter().map(|node| Subscriber::channel(node, &channel(0, "r"))).collect();
    assert_eq!(routed.cmd(&["ROOM.CREATE", "r", "ada"]).json()["publish"], "global");
    assert_eq!(routed.cmd(&["ROOM.JOIN", "r", "ada"]).json()["publish"], "global");
    for nth in 0..50 {
        routed.cmd(&["ROOM.COMMENT", "r", "ada", &format!("{nth}")]).int();
    }
    assert_eq!(routed.cmd(&["DEL", "r"]).int(), 1);
    let wanted: Option<Vec<Json>> = None;
    everywhere.iter().fold(wanted, |wanted, side| {
        let frames = side.wait_until("gone", |frames| frames.iter().any(|frame| frame["kind"] == "gone"));
        assert_eq!(events(&frames).len(), 53, "created, audience, stage and the comments, each once");
        assert_eq!(frames.iter().filter(|frame| frame["kind"] == "gone").count(), 1);
        assert!(wanted.is_none_or(|wanted| wanted == frames), "{frames:?}");
        Some(frames)
    });
}
