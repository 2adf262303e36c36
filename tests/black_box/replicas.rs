//! Rooms and replication: synchronisation under load, writable replicas, masters that require replicas, an orderly
//! failover, and a child that saves.

use crate::support::deadlines::{all_is_due, arm, assert_same_rooms, rearm, wait_settled, with_short_grace};
use crate::support::rooms::{digest, listed};
use crate::support::{wait_for, Client, Follower, Server};
use std::sync::atomic::{AtomicBool, Ordering};

/// Errors that a replica may reply while it synchronises: it loads, it has no master, there is no such room yet, or it
/// is read-only. No other error, and no lost connection.
const ERRORS: [&str; 4] = ["LOADING", "MASTERDOWN", "NOROOM", "READONLY"];

/// Asks a replica until it is stopped. Returns the number of useful answers.
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
                    let known = ERRORS.iter().any(|code| error.contains(code));
                    assert!(known, "{line}: {error}");
                }
            }
        }
    }
    of_use
}

/// Sets the flag when dropped, also when the test fails, so that the threads end.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_replica_answers_while_it_synchronises_again() {
    for load in ["disabled", "on-empty-db", "swapdb"] {
        let master = with_short_grace().set("repl-diskless-sync", "yes").start();
        let mut client = master.client();
        let replica = with_short_grace()
            .replica_of(&master)
            .set("repl-diskless-load", load)
            // Loading is slow, and the server answers commands in between.
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
                // The replica has a history of its own now, so it needs a full synchronisation, which discards its own
                // changes.
                let mut own = replica.client();
                own.json(&format!("ROOM.CREATE own{round} eve"));
                own.int("ROOM.COMMENT r0 ada alone");
                own.int("DEL r3");
                arm(&mut client, &format!("new{round}"));
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
            wait_settled(&mut client, &format!("new{round}"));
        }
        assert_same_rooms(&master, &replica, &rooms);
        follower.assert_matches_state();
        // Any new master knows all rooms.
        replica.cmd("REPLICAOF NO ONE").ok();
        rearm(&mut replica.client(), "new0");
        wait_settled(&mut replica.client(), "new0");
        assert_eq!(replica.counter("rooms_live"), rooms.len() as i64, "{load}");
    }
}

#[test]
fn a_writable_replica_refuses_writes_to_rooms() {
    let master = with_short_grace().room("tick", 10_000).start();
    let replica = with_short_grace().replica_of(&master).set("replica-read-only", "no").start();
    let mut client = master.client();
    arm(&mut client, "r");
    replica.wait_in_sync(&master);
    let mut own = replica.client();
    own.ok("SET s x");
    all_is_due(&mut client);
    // Its timer neither settles deadlines nor publishes, and it refuses commands that write.
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
    wait_settled(&mut client, "r");
    assert_same_rooms(&master, &replica, &[(0, "r".to_owned())]);
    assert_eq!(replica.counter("apply_failed"), 0);
}

#[test]
fn a_master_without_its_replicas_refuses_writes_and_keeps_its_deadlines() {
    let master = with_short_grace().start();
    let mut client = master.client();
    arm(&mut client, "r");
    master.config_set("min-replicas-to-write", 1);
    for line in ["ROOM.JOIN r eve", "ROOM.LEAVE r ada", "ROOM.PURGE r"] {
        client.err(line, "NOREPLICAS");
    }
    wait_settled(&mut client, "r");
    assert_eq!(listed(&mut client, "", 100), ["r"]);
    let replica = with_short_grace().replica_of(&master).start();
    wait_for("the master accepts writes", || client.cmd("ROOM.JOIN r eve").error().is_none().then_some(()));
    assert_same_rooms(&master, &replica, &[(0, "r".to_owned())]);
}

#[test]
fn an_orderly_failover_loses_no_deadline_and_no_frame() {
    let old = with_short_grace().start();
    let new = with_short_grace().replica_of(&old).start();
    new.wait_in_sync(&old);
    let mut client = old.client();
    arm(&mut client, "r");
    arm(&mut client, "s");
    let mut followers = [Follower::new(&old, "r"), Follower::new(&new, "s")];
    let failover = format!("FAILOVER TO 127.0.0.1 {}", new.port());
    wait_for("FAILOVER accepts the replica", || client.cmd(&failover).error().is_none().then_some(()));
    wait_for("the replica is master", || (new.info("replication")["role"] == "master").then_some(()));
    wait_for("the old master is a replica", || (old.info("replication")["role"] == "slave").then_some(()));
    for key in ["r", "s"] {
        wait_settled(&mut new.client(), key);
    }
    rearm(&mut new.client(), "r");
    wait_settled(&mut new.client(), "r");
    client.err("ROOM.JOIN r eve", "READONLY");
    assert_same_rooms(&new, &old, &[(0, "r".to_owned()), (0, "s".to_owned())]);
    followers.iter_mut().for_each(Follower::assert_matches_state);
}

#[test]
fn a_child_saves_the_rooms_as_of_its_fork() {
    let mut server = with_short_grace().set("rdb-key-save-delay", 20_000).start();
    let mut client = server.client();
    arm(&mut client, "r");
    wait_settled(&mut client, "r");
    for nth in 0..20 {
        client.json(&format!("ROOM.CREATE r{nth} ada"));
    }
    wait_for("nothing is due", || (server.counter("deadlines_due") == 0).then_some(()));
    let quiet = wait_for("frames are published", || {
        let before = digest(&mut client, "r19");
        (client.room_info("r19")["seq"] != "0").then_some(before)
    });
    let before = digest(&mut client, "r");
    client.text("BGSAVE");
    let mut changes = 0;
    while server.info("persistence")["rdb_bgsave_in_progress"] == "1" {
        client.int("ROOM.COMMENT r ada meanwhile");
        client.int(&format!("DEL r{changes}"));
        client.json(&format!("ROOM.CREATE new{changes} ada"));
        changes += 1;
    }
    assert!(changes > 0, "the child runs for a while");
    assert_eq!(server.info("persistence")["rdb_last_bgsave_status"], "ok");
    server.kill9();
    server.start_again();
    let mut client = server.client();
    assert_eq!((digest(&mut client, "r"), digest(&mut client, "r19")), (before, quiet));
    assert_eq!(listed(&mut client, "", 100).len(), 21);
    assert_eq!(server.counter("rooms_live"), 21);
    rearm(&mut client, "r");
    wait_settled(&mut client, "r");
}

/// All commands fall into one tick, so that nothing is due between them.
#[test]
fn fast_path_commands_are_replicated_verbatim() {
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
