//! Slots that move while their rooms are in use: resharded key by key, or migrated as a whole.

use super::{assert_lists, assert_replicated, Quiet, HOME, OTHER};
use crate::support::cluster::Shard;
use crate::support::rooms::{lived_in, now_ms};
use crate::support::{wait_for, Client, Cluster, Follower, Seat, Server, Writers};
use std::ops::Range;

/// Slots that move, of the shard that serves [`HOME`], to the one that serves [`OTHER`].
const MOVING: Range<u16> = 0..40;

/// Rooms in use in the slots that move, with a quiet one among them; followers at the owner and at its replica.
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
        // A hash tag is hashed as the key that stands in it.
        keys[3] = format!("{{{}}}:tagged", keys[3]);
        let node = &cluster.nodes[cluster.shard(MOVING.start).master];
        let mut owner = node.client();
        // Nothing of it is to wait for a frame.
        node.config_set("room.tick", 0);
        lived_in(&mut owner, &quiet);
        node.config_set("room.tick", 20);
        let quiet = Quiet::shoot(&mut owner, &quiet);
        let writers = Writers::start(cluster, seed, &keys, false);
        let followers =
            keys.iter().flat_map(|key| [Seat::Master, Seat::Replica].map(|seat| cluster.follower(key, seat)));
        Busy { followers: followers.collect(), keys, quiet, writers }
    }

    fn all(&self) -> Vec<String> {
        self.keys.iter().chain([&self.quiet.key]).cloned().collect()
    }

    /// The rooms went from one shard to the other while they were in use; the writers go on, then stop.
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
            assert!(follower.subscribed_again > 0, "it listens where the slot is");
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
fn slots_are_resharded_while_their_rooms_are_in_use() {
    let cluster = Cluster::start();
    let (home, other) = (cluster.shard(HOME), cluster.shard(OTHER));
    // There, and back: the lowest slots of a node go first.
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

/// Valkey 9 moves slots as a whole: the rooms go with their changes, and arrive at once.
#[test]
fn slots_migrate_atomically_while_their_rooms_are_in_use() {
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
    let (source, target) = (&cluster.nodes[home.master], &cluster.nodes[other.master]);
    let (mut at_source, mut at_target) = (source.client(), target.client());
    let mut rooms = Busy::start(&cluster, 1);
    let all = rooms.all();
    let epochs: Vec<String> = rooms
        .followers
        .iter_mut()
        .map(|follower| {
            follower.pump();
            follower.epoch().to_owned()
        })
        .collect();

    // Held where the target has all, and gets every change; then cancelled.
    at_source.ok("DEBUG SLOTMIGRATION PREVENT-PAUSE 1");
    migrate(&cluster, home, other);
    wait_for("the target follows", || is_migration(&mut at_target, "waiting-for-paused"));
    rooms.writers.wait_more(200);
    assert_lists(&cluster, home, &all, &[]);
    assert_lists(&cluster, other, &[], &all);
    at_source.ok("CLUSTER CANCELSLOTMIGRATIONS");
    wait_for("the target gave up", || is_migration(&mut at_target, "failed"));
    is_migration(&mut at_source, "cancelled").expect("the source gave it up");
    rooms.writers.wait_more(200);
    assert_lists(&cluster, home, &all, &[]);
    assert_lists(&cluster, other, &[], &all);
    for place in [other.master, other.replica] {
        let node = &cluster.nodes[place];
        assert_eq!((node.cmd("DBSIZE").int(), node.counter("deadlines_armed")), (0, 0));
    }
    for (follower, epoch) in rooms.followers.iter_mut().zip(&epochs) {
        follower.pump();
        assert_eq!((follower.epoch(), follower.subscribed_again, follower.gone), (epoch.as_str(), 0, false));
    }
    rooms.quiet.assert_same(&mut at_source);

    // Held again. What comes under other keys meanwhile is no more the target's to act on: were it, these leases
    // would lapse.
    target.config_set("room.lease", 1);
    migrate(&cluster, home, other);
    wait_for("the target follows", || is_migration(&mut at_target, "waiting-for-paused"));
    let [copied, renamed] = ["copied", "renamed"].map(|name| format!("{{{}}}:{name}", rooms.quiet.key));
    assert_eq!(at_source.int(&["COPY", &rooms.quiet.key, &copied]), 1);
    assert_eq!(at_source.int(&["COPY", &copied, &format!("{renamed}:before")]), 1);
    at_source.ok(&["RENAME", &format!("{renamed}:before"), &renamed]);
    let came = now_ms(&mut at_target);
    wait_for("the lease would be over", || (now_ms(&mut at_target) > came + 1500).then_some(()));
    rooms.writers.wait_more(200);
    let shots = [&rooms.quiet.key, &copied, &renamed].map(|key| Quiet::shoot(&mut at_source, key));
    for shot in &shots {
        wait_for("the target has the same", || {
            let there = at_target.cmd(&["DEBUG", "DIGEST-VALUE", &shot.key]).texts().remove(0);
            (there == shot.digest).then_some(())
        });
    }
    target.config_set("room.lease", 86_400);
    assert_lists(&cluster, other, &[], &[all.clone(), vec![copied, renamed]].concat());
    assert_eq!(target.counter("frames"), 0);
    // Let go.
    at_source.ok("DEBUG SLOTMIGRATION PREVENT-PAUSE 0");
    for slot in MOVING {
        cluster.wait_owner(slot, other.master);
    }
    for shot in &shots {
        shot.assert_same(&mut at_target);
    }
    shots[2].assert_takes_over(&mut at_target);
    rooms.assert_moved(&cluster, home, other);
    wait_for("the source is through", || is_migration(&mut at_source, "success"));
}

#[track_caller]
fn migrate(cluster: &Cluster, from: Shard, to: Shard) {
    let (first, last) = (MOVING.start.to_string(), (MOVING.end - 1).to_string());
    let range = ["CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", &first, &last, "NODE", &cluster.id(to.master)]
        .map(str::to_owned);
    cluster.nodes[from.master].cmd(&range).ok();
}

/// The newest slot migration that a node knows of is in this state.
#[track_caller]
fn is_migration(client: &mut Client, state: &str) -> Option<()> {
    let newest = client.cmd("CLUSTER GETSLOTMIGRATIONS").list().first()?.map();
    (newest["state"] == state).then_some(())
}
