//! Partial and full resynchronisations under load.

use super::{assert_replicas_same, lively, open, traffic};
use crate::support::server::free_port;
use crate::support::{wait_for, Load, Server};

fn stat(server: &Server, name: &str) -> i64 {
    server.info("stats")[name].parse().unwrap()
}

/// Waits until a replica is synchronised with its master and receives its stream.
#[track_caller]
fn wait_linked(replica: &Server, master: &Server) {
    let online = format!("port={},state=online", replica.port());
    wait_for("the replica is linked", || {
        let up = replica.info("replication")["master_link_status"] == "up";
        let sent = master.info("replication").values().any(|value| value.contains(&online));
        (up && sent).then_some(())
    });
}

/// Continuous traffic in both databases.
#[track_caller]
fn loads(master: &Server, seed: u64) -> [Load; 2] {
    let other = seed + 1_000_000;
    [(0, seed), (3, other)].map(|(db, seed)| Load::start(master, db, open(master, db, traffic(seed)), 40_000))
}

#[track_caller]
fn end(loads: [Load; 2]) {
    for load in loads {
        assert!(!load.is_over(), "the traffic lasted");
        assert!(load.end().0 > 100, "there was traffic");
    }
}

#[test]
fn rooms_are_identical_after_partial_resyncs_under_load() {
    let master = lively().set("repl-backlog-size", "64mb").start();
    let replica = lively().replica_of(&master).start();
    let last = lively().replica_of(&replica).start();
    wait_linked(&replica, &master);
    wait_linked(&last, &replica);
    let loads = loads(&master, 11);
    let full = stat(&master, "sync_full");
    for (cut, replica) in [(&master, &replica), (&replica, &last), (&master, &replica)].repeat(2) {
        let before = stat(cut, "sync_partial_ok");
        loads[0].wait_for(100);
        assert_eq!(cut.cmd("CLIENT KILL TYPE replica").int(), 1);
        wait_for("a partial resynchronisation", || (stat(cut, "sync_partial_ok") > before).then_some(()));
        wait_linked(replica, cut);
    }
    end(loads);
    assert_replicas_same("after partial resyncs", &master, &[&replica, &last]);
    assert_eq!(stat(&master, "sync_full"), full, "no full resynchronisation");
}

#[test]
fn rooms_are_identical_after_full_resyncs_under_load() {
    // The small backlog never suffices, so the replica needs a full resynchronisation.
    let master = lively().set("repl-backlog-size", "16kb").start();
    let replica = lively().replica_of(&master).start();
    let last = lively().replica_of(&replica).start();
    wait_linked(&replica, &master);
    wait_linked(&last, &replica);
    let loads = loads(&master, 22);
    let mut ways: Vec<[(&Server, &str, &str); 2]> = Vec::new();
    for diskless in ["no", "yes"] {
        for load in ["disabled", "swapdb", "on-empty-db"] {
            ways.push([(&master, "repl-diskless-sync", diskless), (&replica, "repl-diskless-load", load)]);
        }
    }
    if master.version().valkey {
        let dual = "dual-channel-replication-enabled";
        ways.push([(&master, dual, "yes"), (&replica, dual, "yes")]);
    }
    for way in ways {
        way.iter().for_each(|(server, name, value)| server.config_set(name, value));
        let before = stat(&master, "sync_full");
        let offset = || master.info("replication")["master_repl_offset"].parse::<i64>().unwrap();
        let left = offset();
        replica.cmd(&["REPLICAOF", "127.0.0.1", &free_port().to_string()]).ok();
        wait_for("the backlog is overrun", || (offset() > left + 100_000).then_some(()));
        replica.cmd(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]).ok();
        wait_for("a full resynchronisation", || (stat(&master, "sync_full") > before).then_some(()));
        wait_linked(&replica, &master);
        loads[0].wait_for(50);
    }
    // A new replica joins while there is traffic.
    let fresh = lively().replica_of(&master).start();
    wait_linked(&fresh, &master);
    loads[0].wait_for(50);
    end(loads);
    assert_replicas_same("after full resyncs", &master, &[&replica, &last, &fresh]);
}
