//! Rooms on servers that are replicas, or have some: full synchronisation while commands arrive, replicas that take
//! writes, masters that want replicas, an orderly failover, and a child that saves.

use crate::support::deadlines::{all_is_due, assert_same_rooms, rewind, runs_down, wind, winding};
use crate::support::rooms::{digest, listed};
use crate::support::{wait_for, Client, Follower, Server};
use std::sync::atomic::{AtomicBool, Ordering};

/// What a replica may say while it synchronises: that it loads, or that it has no master; that there is no such room
/// yet, or that it takes no writes. Never anything else, and never nothing.
const ERRORS: [&str; 4] = ["LOADING", "MASTERDOWN", "NOROOM", "READONLY"];

/// Asks a replica until it is told to stop; how many answers were of use.
fn pester(port: u16, stop: &AtomicBool) -> usize {
    let mut client = Client::connect(port);
    let mut of_use = 0;
    while !stop.load(Ordering::Relaxed) {
        for line in [
            "ROOM.STATE r0 -",
            "ROOM.LIST",
            "ROOM.LIST CARDS",
            "ROOM.JOIN r0 eve",
            "EVAL_RO return(redis.call('ROOM.INFO','r1')) 1 r1",
        ] {
            let reply = client.cmd(line);
            match reply.error() {
                None => of_use += 1,
                Some(error) => {
                    let told = ERRORS.iter().any(|code| error.contains(code));
                    assert!(told, "{line}: {error}");
                }
            }
        }
    }
    of_use
}

/// Sets a flag when it goes, also when the test fails: what runs beside it ends with it.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_replica_that_synchronises_again_is_asked_meanwhile() {
    for load in ["disabled", "on-empty-db", "swapdb"] {
        let master = winding().set("repl-diskless-sync", "yes").start();
        let mut client = master.client();
        let replica = winding()
            .replica_of(&master)
            .set("repl-diskless-load", load)
            // Each key takes a while, and commands are answered in between.
            .set("key-load-delay", 2000)
            .set("loading-process-events-interval-bytes", 1024)
            .start();
        replica.wait_in_sync(&master);
        let mut rooms: Vec<(u32, String)> = (0..40).map(|nth| (0, format!("r{nth}"))).collect();
        for (_, key) in &rooms {
            client.json(&["ROOM.CREATE", key, "ada"]);
            client.json(&["ROOM.JOIN", key, "ada"]);
        }
        replica.wait_in_sync(&master);
        let mut follower = Follower::new(&replica, "r0");
        let stop = AtomicBool::new(false);
        let of_use = std::thread::scope(|scope| {
            let pesters: Vec<_> = (0..2).map(|_| scope.spawn(|| pester(replica.port(), &stop))).collect();
            let stopping = Stop(&stop);
            for round in 0..3 {
                replica.cmd("REPLICAOF NO ONE").ok();
                // It has a history of its own now, so everything is sent anew; what it did alone is forgotten.
                let mut own = replica.client();
                own.json(&format!("ROOM.CREATE own{round} eve"));
                own.int("ROOM.COMMENT r0 ada alone");
                own.int("DEL r3");
                wind(&mut client, &format!("new{round}"));
                rooms.push((0, format!("new{round}")));
                replica.cmd(&format!("REPLICAOF 127.0.0.1 {}", master.port())).ok();
                client.int("ROOM.COMMENT r0 ada meanwhile");
                replica.wait_in_sync(&master);
            }
            drop(stopping);
            pesters.into_iter().map(|pester| pester.join().unwrap()).sum::<usize>()
        });
        assert!(of_use > 0, "{load}");
        for round in 0..3 {
            runs_down(&mut client, &format!("new{round}"));
        }
        assert_same_rooms(&master, &replica, &rooms);
        follower.assert_matches_state();
        // Whoever is master next knows all of it.
        replica.cmd("REPLICAOF NO ONE").ok();
        rewind(&mut replica.client(), "new0");
        runs_down(&mut replica.client(), "new0");
        assert_eq!(replica.counter("rooms_live"), rooms.len() as i64, "{load}");
    }
}

#[test]
fn a_replica_that_takes_writes_takes_none_to_rooms() {
    let master = winding().room("tick", 10_000).start();
    let replica = winding().replica_of(&master).set("replica-read-only", "no").start();
    let mut client = master.client();
    wind(&mut client, "r");
    replica.wait_in_sync(&master);
    let mut own = replica.client();
    own.ok("SET s x");
    all_is_due(&mut client);
    // It neither settles nor sends, whatever its timer meets, and decides nothing.
    let before = digest(&mut own, "r");
    for line in [
        "ROOM.JOIN r eve",
        "ROOM.BEAT r g",
        "ROOM.CREATE q eve",
        "ROOM.CREATE r eve",
        "ROOM.PURGE r",
        "ROOM.JOIN s eve",
    ] {
        own.err(line, "READONLY");
    }
    let error = own.cmd("EVAL return(redis.call('ROOM.END','r','-')) 1 r").error().unwrap();
    assert!(error.contains("READONLY"), "{error}");
    own.ok("MULTI");
    own.text("ROOM.JOIN r eve");
    own.cmd("EXEC").list()[0].err("READONLY");
    assert_eq!(own.json("ROOM.STATE r -")["counts"]["present"], 2, "reads show it settled");
    assert_eq!(own.int("EXISTS q"), 0);
    replica.wait_in_sync(&master);
    assert_eq!(digest(&mut client, "r") == before, digest(&mut own, "r") == before);
    runs_down(&mut client, "r");
    assert_same_rooms(&master, &replica, &[(0, "r".to_owned())]);
    assert_eq!(replica.counter("apply_failed"), 0);
}

#[test]
fn a_master_without_its_replicas_takes_no_writes_but_keeps_its_deadlines() {
    let master = winding().start();
    let mut client = master.client();
    wind(&mut client, "r");
    master.config_set("min-replicas-to-write", 1);
    for line in ["ROOM.JOIN r eve", "ROOM.LEAVE r ada", "ROOM.PURGE r"] {
        client.err(line, "NOREPLICAS");
    }
    runs_down(&mut client, "r");
    assert_eq!(listed(&mut client, "", 100), ["r"]);
    let replica = winding().replica_of(&master).start();
    wait_for("the replica counts", || client.cmd("ROOM.JOIN r eve").error().is_none().then_some(()));
    assert_same_rooms(&master, &replica, &[(0, "r".to_owned())]);
}

#[test]
fn an_orderly_failover_loses_no_deadline_and_no_frame() {
    let old = winding().start();
    let new = winding().replica_of(&old).start();
    new.wait_in_sync(&old);
    let mut client = old.client();
    wind(&mut client, "r");
    wind(&mut client, "s");
    let mut followers = [Follower::new(&old, "r"), Follower::new(&new, "s")];
    let failover = format!("FAILOVER TO 127.0.0.1 {}", new.port());
    wait_for("the replica is taken for one", || client.cmd(&failover).error().is_none().then_some(()));
    wait_for("the other is master", || (new.info("replication")["role"] == "master").then_some(()));
    wait_for("the one is its replica", || (old.info("replication")["role"] == "slave").then_some(()));
    for key in ["r", "s"] {
        runs_down(&mut new.client(), key);
    }
    rewind(&mut new.client(), "r");
    runs_down(&mut new.client(), "r");
    client.err("ROOM.JOIN r eve", "READONLY");
    assert_same_rooms(&new, &old, &[(0, "r".to_owned()), (0, "s".to_owned())]);
    followers.iter_mut().for_each(Follower::assert_matches_state);
}

#[test]
fn a_child_saves_what_was_when_it_began() {
    let mut server = winding().set("rdb-key-save-delay", 20_000).start();
    let mut client = server.client();
    wind(&mut client, "r");
    runs_down(&mut client, "r");
    for nth in 0..20 {
        client.json(&format!("ROOM.CREATE r{nth} ada"));
    }
    wait_for("nothing is due", || (server.counter("deadlines_due") == 0).then_some(()));
    let quiet = wait_for("frames are out", || {
        let before = digest(&mut client, "r19");
        (client.room_info("r19")["seq"] != "0").then_some(before)
    });
    let before = digest(&mut client, "r");
    client.text("BGSAVE");
    let mut beside = 0;
    while server.info("persistence")["rdb_bgsave_in_progress"] == "1" {
        client.int("ROOM.COMMENT r ada meanwhile");
        client.int(&format!("DEL r{beside}"));
        client.json(&format!("ROOM.CREATE new{beside} ada"));
        beside += 1;
    }
    assert!(beside > 0, "the child takes a while");
    assert_eq!(server.info("persistence")["rdb_last_bgsave_status"], "ok");
    server.kill9();
    server.start_again();
    let mut client = server.client();
    assert_eq!((digest(&mut client, "r"), digest(&mut client, "r19")), (before, quiet));
    assert_eq!(listed(&mut client, "", 100).len(), 21);
    assert_eq!(server.counter("rooms_live"), 21);
    rewind(&mut client, "r");
    runs_down(&mut client, "r");
}

/// In one tick, so that nothing is due between them.
#[test]
fn hot_commands_travel_as_they_came() {
    let master = Server::with().prompt().patient().unlimited().room("tick", 1000).start();
    let replica = Server::with().prompt().patient().replica_of(&master).start();
    replica.wait_in_sync(&master);
    let mut client = master.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    client.int("ROOM.POLLOPEN r ada Which? 2 a b");
    let lines = |nth: usize| {
        [
            format!("ROOM.JOIN r u{nth} GATEWAY g PROFILE {{\"n\":{nth}}}"),
            format!("ROOM.COMMENT r u{nth} hello"),
            format!("ROOM.REACT r u{nth} 👏 COUNT 3"),
            format!("ROOM.POLLVOTE r u{nth} 1 {}", nth % 2),
        ]
    };
    let commands: Vec<String> = (0..200).flat_map(lines).collect();
    for reply in client.pipeline(&commands) {
        assert_eq!(reply.error(), None);
    }
    replica.wait_in_sync(&master);
    let calls = replica.info("commandstats");
    for hot in ["join", "comment", "react", "pollvote"] {
        let calls = calls.get(&format!("cmdstat_ROOM.{}", hot.to_uppercase()));
        assert!(calls.is_some_and(|calls| !calls.starts_with("calls=0,")), "{hot}: {calls:?}");
    }
    assert_same_rooms(&master, &replica, &[(0, "r".to_owned())]);
    let counts = replica.client().json("ROOM.STATE r -");
    assert_eq!((&counts["reactions"]["👏"], &counts["counts"]["comments"]), (&600.into(), &200.into()));
    assert_eq!(counts["polls"][0]["voters"], 200);
}
