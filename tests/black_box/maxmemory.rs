//! Rooms when memory is short: refused commands, eviction, and freeing.

use crate::support::deadlines::{arm, assert_same_rooms, wait_settled, with_short_grace};
use crate::support::engine::commands;
use crate::support::lines::lines;
use crate::support::rooms::{listed, lived_in, now_ms};
use crate::support::{wait_for, Follower, Server};

const FULL: &str = "CONFIG SET maxmemory 1";

#[test]
fn without_memory_only_growing_commands_are_refused() {
    let master = with_short_grace().start();
    let replica = with_short_grace().replica_of(&master).start();
    replica.wait_in_sync(&master);
    let mut client = master.client();
    let mut follower = Follower::new(&replica, "timed");
    let at = (now_ms(&mut client) + 3_600_000).to_string();
    lived_in(&mut client, "r");
    arm(&mut client, "timed");
    client.ok(FULL);
    for spec in commands() {
        let mut line = lines(spec, &at).remove(0).0;
        if line.len() > 1 {
            line[1] = b"no-room".to_vec();
        }
        let refused = client.cmd(&line).error().is_some_and(|error| error.starts_with("OOM "));
        assert_eq!(refused, spec.deny_oom, "{}", spec.name);
    }
    // Deadlines and frames go on, and ending a room frees memory.
    wait_settled(&mut client, "timed");
    assert_eq!(client.json("ROOM.STATE r -")["counts"]["comments"], 5);
    assert_eq!(listed(&mut client, "", 100), ["r", "timed"]);
    assert_eq!(client.int("ROOM.LEAVE r cy"), 0);
    assert_eq!(client.int("ROOM.KICK r ada eve"), 1);
    let beaten = client.cmd("ROOM.BEAT r g1").list()[0].int();
    assert!(beaten > 0);
    assert_eq!(client.int("ROOM.DROP r g1"), beaten);
    client.ok("MULTI");
    client.err("ROOM.JOIN r eve", "OOM");
    client.err("EXEC", "EXECABORT");
    let error = client.cmd("EVAL return(redis.call('ROOM.JOIN','r','eve')) 1 r").error().unwrap();
    assert!(error.contains("OOM"), "{error}");
    assert_eq!(client.int("EVAL return(redis.call('ROOM.LEAVE','r','ben')) 1 r"), 0);
    client.json("ROOM.END r ada");
    assert_eq!(client.int("ROOM.PURGE r"), 1);
    assert_same_rooms(&master, &replica, &[(0, "timed".to_owned())]);
    follower.assert_matches_state();
    client.ok("CONFIG SET maxmemory 0");
    client.json("ROOM.CREATE r ada");
}

#[test]
fn an_evicted_room_is_gone_with_its_waiting_changes() {
    let master = with_short_grace().start();
    let replica = with_short_grace().replica_of(&master).start();
    replica.wait_in_sync(&master);
    let mut client = master.client();
    for policy in [
        "allkeys-lru",
        "allkeys-lfu",
        "allkeys-random",
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "volatile-ttl",
    ] {
        master.config_set("room.tick", 10_000);
        let mut followers = [&master, &replica].map(|server| Follower::new(server, "r"));
        arm(&mut client, "r");
        client.json("ROOM.CREATE kept ada");
        client.int("PERSIST kept");
        for follower in &mut followers {
            follower.wait_until("the room is there", |follower| follower.seq() > 0);
        }
        master.config_set("maxmemory-policy", policy);
        client.ok(FULL);
        let kept: Vec<(u32, String)> =
            if policy.starts_with("volatile") { vec![(0, "kept".to_owned())] } else { vec![] };
        wait_for("it is evicted", || (client.int("DBSIZE") == kept.len() as i64).then_some(()));
        for follower in &mut followers {
            follower.wait_until("it is published as gone", |follower| follower.gone);
            follower.assert_matches_state();
        }
        assert_same_rooms(&master, &replica, &kept);
        // Waiting changes are dropped. The other room waits only for its host, or until it counts as empty.
        let armed = master.counter("deadlines_armed");
        assert!(armed <= kept.len() as i64, "{policy}: {armed}");
        client.err("ROOM.STATE r -", "NOROOM");
        if !kept.is_empty() {
            client.err("ROOM.JOIN kept ada", "OOM");
        }
        client.ok("CONFIG SET maxmemory 0");
        client.ok("FLUSHALL");
        // Another room begins under the same key.
        master.config_set("room.tick", 50);
        arm(&mut client, "r");
        wait_settled(&mut client, "r");
        followers.iter_mut().for_each(Follower::assert_matches_state);
        client.ok("FLUSHALL");
    }
}

#[test]
fn large_rooms_are_freed_on_another_thread() {
    let server = with_short_grace().start();
    let mut client = server.client();
    for setting in ["eviction", "expire", "server-del", "user-del", "user-flush"] {
        server.config_set(&format!("lazyfree-lazy-{setting}"), "yes");
    }
    server.config_set("maxmemory-policy", "allkeys-lru");
    let full = |server: &Server, key: &str| {
        let mut client = server.client();
        client.json(&["ROOM.CREATE", key, "-"]);
        let joins: Vec<String> = (0..2000).map(|nth| format!("ROOM.JOIN {key} u{nth} GATEWAY g")).collect();
        assert!(client.pipeline(&joins).iter().all(|reply| reply.error().is_none()));
    };
    let freed = |server: &Server| -> i64 { server.info("memory")["lazyfreed_objects"].parse().unwrap() };
    let before = freed(&server);
    let ways = ["DEL r", "UNLINK r", "SET r x", "PEXPIREAT r 1", "RENAME small r", "FLUSHALL", FULL];
    for way in ways {
        client.json("ROOM.CREATE small ada");
        full(&server, "r");
        assert_eq!(client.cmd(way).error(), None, "{way}");
        wait_for(way, || (server.info("memory")["lazyfree_pending_objects"] == "0").then_some(()));
        client.ok("CONFIG SET maxmemory 0");
        client.ok("FLUSHALL");
    }
    assert!(freed(&server) >= before + 5, "{} {before}", freed(&server));
    assert_eq!((server.counter("rooms_live"), server.counter("members_present")), (0, 0));
}
