//! Slots that move while their rooms are in use: resharded key by key, or migrated as a whole.

use super::{assert_lists, assert_replicated, Quiet, HOME, OTHER};
use crate::support::cluster::Shard;
use crate::support::rooms::{lived_in, now_ms};
use crate::support::{wait_for, Client, Cluster, Follower, Server, Side, Writers};
use std::ops::Range;

/// Slots that move from the shard that serves [`HOME`] to the shard that serves [`OTHER`].
const MOVING: Range<u16> = 0..40;

/// Rooms in use in the moving slots, one quiet room among them, and followers at the owner and at its replica.
struct Busy {
    keys: Vec<String>,
    quiet: Quiet,
    writers: Writers,
    followers: Vec<Follower>,
}

impl Busy {
    /// Each seed has rooms of its own.
    #[track_caller]
    fn start(cluster: &Cluster, seed: u64) -> Busy {
        let mut keys = cluster.keys_in(MOVING, 5 * seed as usize).split_off(5 * (seed as usize - 1));
        let quiet = keys.remove(0);
        // A hash tag has the slot of the key inside its braces.
        keys[3] = format!("{{{}}}:tagged", keys[3]);
        let node = &cluster.nodes[cluster.shard(MOVING.start).master];
        let mut owner = node.client();
        // No change of the quiet room may wait for a frame.
        node.config_set("room.tick", 0);
        lived_in(&mut owner, &quiet);
        node.config_set("room.tick", 20);
        let quiet = Quiet::snapshot(&mut owner, &quiet);
        let writers = Writers::start(cluster, seed, &keys, false);
        let followers =
            keys.iter().flat_map(|key| [Side::Master, Side::Replica].map(|side| cluster.follower(key, side)));
        Busy { followers: followers.collect(), keys, quiet, writers }
    }

    fn all(&self) -> Vec<String> {
        self.keys.iter().chain([&self.quiet.key]).cloned().collect()
    }

    /// The rooms moved to the other shard while they were in use. The writers go on, then stop.
    #[track_caller]
    fn assert_moved(mut self, cluster: &Cluster, from: Shard, to: Shard) {
        for slot in MOVING {
            cluster.wait_owner(slot, to.master);
        }
        self.writers.wait_more(200);
        let mut routed = cluster.routed();
        let all = self.all();
        let ledger = self.writers.stop();
        assert!(ledger.len() > 50 && ledger.unknown == 0 && ledger.redirections > 0, "{ledger:?}");
        ledger.assert_kept(&mut routed);
        for follower in &mut self.followers {
            follower.assert_matches_state();
            assert!(follower.subscribed_again > 0, "it follows the slot");
        }
        let mut owner = cluster.nodes[to.master].client();
        self.quiet.assert_same(&mut owner);
        self.quiet.assert_takes_over(&mut owner);
        assert_lists(cluster, from, &[], &all);
        assert_lists(cluster, to, &all, &[]);
        assert_replicated(cluster, to, &all);
        assert_eq!(cluster.nodes[from.master].counter("deadlines_armed"), 0);
    }
}

#[test]
fn rooms_in_use_follow_their_slots_through_a_reshard() {
    let cluster = Cluster::start();
    let (home, other) = (cluster.shard(HOME), cluster.shard(OTHER));
    // There and back. The lowest slots of a node move first.
    for (seed, from, to) in [(1, home, other), (2, other, home)] {
        let rooms = Busy::start(&cluster, seed);
        let slots = MOVING.len().to_string();
        cluster.cli(&[
            "reshard",
            &format!("127.0.0.1:{}", cluster.nodes[from.master].port()),
            "--cluster-from",
            &cluster.id(from.master),
            "--cluster-to",
            &cluster.id(to.master),
            "--cluster-slots",
            &slots,
            "--cluster-yes",
        ]);
        rooms.assert_moved(&cluster, from, to);
    }
}

/// Valkey 9 moves slots as a whole. The rooms arrive at once, with their changes.
#[test]
fn rooms_in_use_follow_their_slots_through_an_atomic_migration() {
    let one = Server::with().cluster().start();
    let migrates = one.version().valkey && one.version().number >= (9, 0);
    if !migrates {
        let id = one.cmd("CLUSTER MYID").text();
        let refused = one.cmd(&["CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", "0", "1", "NODE", &id]).err("ERR");
        assert!(refused.to_lowercase().contains("unknown subcommand"), "{refused}");
        return;
    }
    drop(one);
    let cluster = Cluster::start();
    let (home, other) = (cluster.shard(HOME), cluster.shard(OTHER));
    let [mut at_source, mut at_target] = [home, other].map(|shard| cluster.nodes[shard.master].client());
    let mut rooms = Busy::start(&cluster, 1);
    cancel(&cluster, home, other, &mut rooms);
    let snapshots = hold(&cluster, home, other, &mut rooms);
    // Releases the migration.
    at_source.ok("DEBUG SLOTMIGRATION PREVENT-PAUSE 0");
    for slot in MOVING {
        cluster.wait_owner(slot, other.master);
    }
    for snapshot in &snapshots {
        snapshot.assert_same(&mut at_target);
    }
    snapshots[2].assert_takes_over(&mut at_target);
    rooms.assert_moved(&cluster, home, other);
    wait_for("the migration succeeded at the source", || is_migration(&mut at_source, "success"));
}

/// The migration is held while the target has everything and receives every change. Then it is cancelled.
#[track_caller]
fn cancel(cluster: &Cluster, home: Shard, other: Shard, rooms: &mut Busy) {
    let [mut at_source, mut at_target] = [home, other].map(|shard| cluster.nodes[shard.master].client());
    let all = rooms.all();
    let epochs: Vec<String> = rooms
        .followers
        .iter_mut()
        .map(|follower| {
            follower.pump();
            follower.epoch().to_owned()
        })
        .collect();
    at_source.ok("DEBUG SLOTMIGRATION PREVENT-PAUSE 1");
    migrate(cluster, home, other);
    wait_for("the target has everything", || is_migration(&mut at_target, "waiting-for-paused"));
    rooms.writers.wait_more(200);
    assert_lists(cluster, home, &all, &[]);
    assert_lists(cluster, other, &[], &all);
    at_source.ok("CLUSTER CANCELSLOTMIGRATIONS");
    wait_for("the migration failed at the target", || is_migration(&mut at_target, "failed"));
    is_migration(&mut at_source, "cancelled").expect("the migration is cancelled at the source");
    rooms.writers.wait_more(200);
    assert_lists(cluster, home, &all, &[]);
    assert_lists(cluster, other, &[], &all);
    for place in [other.master, other.replica] {
        let node = &cluster.nodes[place];
        assert_eq!((node.cmd("DBSIZE").int(), node.counter("deadlines_armed")), (0, 0));
    }
    for (follower, epoch) in rooms.followers.iter_mut().zip(&epochs) {
        follower.pump();
        assert_eq!((follower.epoch(), follower.subscribed_again, follower.gone), (epoch.as_str(), 0, false));
    }
    rooms.quiet.assert_same(&mut at_source);
}

/// The migration is held again. The target must not act on rooms that arrive under other keys meanwhile. If it did,
/// these leases would lapse.
#[track_caller]
fn hold(cluster: &Cluster, home: Shard, other: Shard, rooms: &mut Busy) -> [Quiet; 3] {
    let target = &cluster.nodes[other.master];
    let [mut at_source, mut at_target] = [home, other].map(|shard| cluster.nodes[shard.master].client());
    let all = rooms.all();
    target.config_set("room.lease", 1);
    migrate(cluster, home, other);
    wait_for("the target has everything", || is_migration(&mut at_target, "waiting-for-paused"));
    let [copied, renamed] = ["copied", "renamed"].map(|name| format!("{{{}}}:{name}", rooms.quiet.key));
    assert_eq!(at_source.int(&["COPY", &rooms.quiet.key, &copied]), 1);
    assert_eq!(at_source.int(&["COPY", &copied, &format!("{renamed}:before")]), 1);
    at_source.ok(&["RENAME", &format!("{renamed}:before"), &renamed]);
    let came = now_ms(&mut at_target);
    wait_for("the lease would be over", || (now_ms(&mut at_target) > came + 1500).then_some(()));
    rooms.writers.wait_more(200);
    let snapshots = [&rooms.quiet.key, &copied, &renamed].map(|key| Quiet::snapshot(&mut at_source, key));
    for snapshot in &snapshots {
        wait_for("the target has the same", || {
            let there = at_target.cmd(&["DEBUG", "DIGEST-VALUE", &snapshot.key]).texts().remove(0);
            (there == snapshot.digest).then_some(())
        });
    }
    target.config_set("room.lease", 86_400);
    assert_lists(cluster, other, &[], &[all.clone(), vec![copied, renamed]].concat());
    assert_eq!(target.counter("frames"), 0);
    snapshots
}

#[track_caller]
fn migrate(cluster: &Cluster, from: Shard, to: Shard) {
    let (first, last) = (MOVING.start.to_string(), (MOVING.end - 1).to_string());
    let range = ["CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", &first, &last, "NODE", &cluster.id(to.master)]
        .map(str::to_owned);
    cluster.nodes[from.master].cmd(&range).ok();
}

/// The newest slot migration that the node knows is in this state.
#[track_caller]
fn is_migration(client: &mut Client, state: &str) -> Option<()> {
    let newest = client.cmd("CLUSTER GETSLOTMIGRATIONS").list().first()?.map();
    (newest["state"] == state).then_some(())
}
