//! Failovers in a cluster: ordered, and by election.

use super::{assert_lists, assert_replicated, HOME};
use crate::support::cluster::Shard;
use crate::support::{Cluster, Follower, Json, Server, Side, Writers};

#[test]
fn failovers_keep_acknowledged_changes() {
    let node = Server::with().unlimited().patient().room("tick", 20);
    // Short, but longer than this machine may stall. A replica that lags may stand for election too.
    let node = node.set("cluster-node-timeout", 4000).set("cluster-replica-validity-factor", 0);
    let mut cluster = Cluster::of(node);
    let keys = cluster.keys_in(0..HOME, 6);
    let before = cluster.shard(HOME);

    // Coordinated: the master stops, its replica catches up and takes over. Nothing is lost.
    let (keys, others) = keys.split_at(3);
    let writers = Writers::start(&cluster, 7, keys, false);
    let mut first = everywhere(&cluster, keys);
    cluster.nodes[before.replica].cmd("CLUSTER FAILOVER").ok();
    cluster.wait_owner(HOME, before.replica);
    cluster.wait_well();
    writers.wait_more(200);
    let ledger = writers.stop();
    assert!(ledger.len() > 50 && ledger.unknown == 0 && ledger.redirections > 0, "{ledger:?}");
    let after = cluster.shard(HOME);
    assert_eq!((after.master, after.replica), (before.replica, before.master));
    assert_failed_over(&cluster, after, keys, &mut first);
    ledger.assert_kept(&mut cluster.routed());

    let epochs =
        keys.iter().map(|key| cluster.routed().cmd(&["ROOM.STATE", key, "-"]).json()["epoch"].clone());
    let epochs: Vec<Json> = epochs.collect();

    // By election: the master is killed. Everything that its replica had is kept.
    let writers = Writers::start(&cluster, 8, others, true);
    let mut followers = everywhere(&cluster, others);
    cluster.nodes[after.master].kill9();
    cluster.wait_owner(HOME, after.replica);
    // WAIT acknowledges nothing until there is a replica again.
    writers.wait_more(10);
    cluster.nodes[after.master].start_again();
    cluster.wait_well();
    writers.wait_more(200);
    let ledger = writers.stop();
    assert!(ledger.len() > 50 && ledger.redirections > 0, "{ledger:?}");
    assert_eq!(cluster.shard(HOME), before);
    assert_failed_over(&cluster, before, others, &mut followers);
    let mut routed = cluster.routed();
    ledger.assert_kept(&mut routed);

    // The promoted server takes over rooms that it once owned.
    for (key, epoch) in keys.iter().zip(epochs) {
        routed.cmd(&["ROOM.COMMENT", key, "-", "again"]).int();
        let state = routed.cmd(&["ROOM.STATE", key, "-"]).json();
        assert_ne!(state["epoch"], epoch, "a new epoch, though this server has owned the room before");
    }
    first.iter_mut().for_each(Follower::assert_matches_state);
}

/// Followers of each room on both sides.
#[track_caller]
fn everywhere(cluster: &Cluster, keys: &[String]) -> Vec<Follower> {
    keys.iter()
        .flat_map(|key| [Side::Master, Side::Replica].map(|side| cluster.follower(key, side)))
        .collect()
}

#[track_caller]
fn assert_failed_over(cluster: &Cluster, shard: Shard, keys: &[String], followers: &mut [Follower]) {
    for follower in followers {
        let epoch = follower.epoch().to_owned();
        follower.assert_matches_state();
        assert_ne!(follower.epoch(), epoch, "a new master begins a new epoch");
    }
    assert_lists(cluster, shard, keys, &[]);
    assert_replicated(cluster, shard, keys);
}
