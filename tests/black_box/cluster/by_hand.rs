//! Slots that are moved by hand, key by key, and the rooms on both sides of the move.

use super::{assert_lists, assert_replicated, Quiet, HOME, OTHER};
use crate::support::cluster::Shard;
use crate::support::rooms::{lived_in, now_ms};
use crate::support::subscriber::{events, Kind};
use crate::support::{json, wait_for, Client, Cluster, Json, Reply, Server, Side, Subscriber};

/// Tells all masters who owns the slot, the new owner first.
#[track_caller]
fn give(cluster: &Cluster, slot: u16, to: usize) {
    let (slot_text, id) = (slot.to_string(), cluster.id(to));
    let others = cluster.masters().into_iter().filter(|place| *place != to);
    for place in [to].into_iter().chain(others) {
        cluster.nodes[place].cmd(&["CLUSTER", "SETSLOT", &slot_text, "NODE", &id]).ok();
    }
    cluster.wait_owner(slot, to);
}

/// One slot between two masters, moved half way by hand.
struct Halfway<'a> {
    cluster: &'a Cluster,
    slot: u16,
    from: Shard,
    to: Shard,
    source: Client,
    target: Client,
}

impl Halfway<'_> {
    #[track_caller]
    fn of<'a>(cluster: &'a Cluster, key: &str) -> Halfway<'a> {
        let slot = cluster.slot(key);
        let (from, to) = (cluster.shard(slot), cluster.shard(OTHER));
        let (mut source, mut target) =
            (cluster.nodes[from.master].client(), cluster.nodes[to.master].client());
        let slot_text = slot.to_string();
        target.ok(&["CLUSTER", "SETSLOT", &slot_text, "IMPORTING", &cluster.id(from.master)]);
        source.ok(&["CLUSTER", "SETSLOT", &slot_text, "MIGRATING", &cluster.id(to.master)]);
        Halfway { cluster, slot, from, to, source, target }
    }

    #[track_caller]
    fn migrate(&mut self, key: &str) {
        let port = self.cluster.nodes[self.to.master].port().to_string();
        self.source.ok(&["MIGRATE", "127.0.0.1", &port, "", "0", "20000", "KEYS", key]);
    }

    /// Asks the target, which does not own the slot yet.
    #[track_caller]
    fn ask(&mut self, command: &[&str]) -> Reply {
        self.target.ok("ASKING");
        self.target.cmd(command)
    }
}

/// All moves share one cluster, because creating it is the most expensive part.
#[test]
fn rooms_follow_slots_that_are_moved_by_hand() {
    let cluster = Cluster::of(Server::with().prompt().patient());
    a_slot_moves_key_by_key(&cluster, &cluster.keys_in(0..1000, 1)[0]);
    nobody_is_lost(&cluster, &cluster.keys_in(1000..2000, 1)[0]);
    deadlines_fall_due_on_the_new_owner_alone(&cluster, &cluster.keys_in(2000..HOME, 5));
}

#[track_caller]
fn a_slot_moves_key_by_key(cluster: &Cluster, tag: &str) {
    let [quiet, stays] = ["quiet", "stays"].map(|name| format!("{{{tag}}}:{name}"));
    let mut routed = cluster.routed();
    lived_in(&mut cluster.nodes[cluster.shard_of(&quiet).master].client(), &quiet);
    routed.cmd(&["ROOM.CREATE", &stays, "ada"]).json();
    let mut half = Halfway::of(cluster, &quiet);
    let snapshot = Quiet::snapshot(&mut half.source, &quiet);
    let mut follower = cluster.follower(&quiet, Side::Replica);
    let at_source = Subscriber::room(&cluster.nodes[half.from.master], &quiet);

    half.migrate(&quiet);
    // The source tells its subscribers and no longer has the room. ASK leads to the target.
    let frames = at_source.wait_until("gone", |frames| !frames.is_empty());
    assert_eq!((&frames[0]["kind"], &frames[0]["epoch"]), (&"gone".into(), &snapshot.epoch), "{frames:?}");
    follower.wait_until("the replica's subscribers see it too", |follower| follower.gone);
    let asked = half.source.cmd(&["ROOM.STATE", &quiet, "-"]).err("ASK");
    assert!(asked.ends_with(&format!(":{}", cluster.nodes[half.to.master].port())), "{asked}");
    assert_eq!(half.ask(&["ROOM.STATE", &quiet, "-"]).json()["epoch"], snapshot.epoch);
    half.target.err(&["ROOM.STATE", &quiet, "-"], "MOVED");
    assert_lists(cluster, half.from, std::slice::from_ref(&stays), std::slice::from_ref(&quiet));
    assert_lists(cluster, half.to, std::slice::from_ref(&quiet), std::slice::from_ref(&stays));

    half.migrate(&stays);
    give(cluster, half.slot, half.to.master);
    at_source.wait_closed();
    assert_eq!(at_source.messages().len(), 1, "gone, and nothing after it: {:?}", at_source.messages());
    snapshot.assert_same(&mut half.target);
    snapshot.assert_takes_over(&mut half.target);
    follower.wait_until("the slot moved", |follower| follower.subscribed_again == 1);
    follower.assert_matches_state();
    let both = [quiet, stays];
    assert_lists(cluster, half.from, &[], &both);
    assert_lists(cluster, half.to, &both, &[]);
    assert_replicated(cluster, half.to, &both);
}

/// A lease that would have lapsed by the target's setting starts again when the room arrives.
#[track_caller]
fn nobody_is_lost(cluster: &Cluster, key: &str) {
    let mut routed = cluster.routed();
    routed.cmd(&["ROOM.CREATE", key, "ada", "HOSTLOSS", "KEEP"]).json();
    routed.cmd(&["ROOM.JOIN", key, "ada", "GATEWAY", "g", "SESSION", "s"]).json();
    let mut follower = cluster.follower(key, Side::Master);
    let mut half = Halfway::of(cluster, key);
    cluster.nodes[half.to.master].config_set("room.lease", 2);
    let joined = now_ms(&mut half.source);
    wait_for("the last beat is longer ago than the target's lease", || {
        (now_ms(&mut half.source) > joined + 2100).then_some(())
    });
    let arrived = now_ms(&mut half.target);
    half.migrate(key);
    wait_for("the lease lapses on the target", || {
        let lost = half.ask(&["ROOM.WHOIS", key, "-", "ada"]).json()["lost"] == true;
        let now = now_ms(&mut half.target);
        lost.then(|| assert!(now >= arrived + 2000, "lost {} ms after it came", now - arrived))
    });
    give(cluster, half.slot, half.to.master);
    cluster.nodes[half.to.master].config_set("room.lease", 86_400);
    follower.assert_matches_state();
}

/// If the poll falls due before the room is moved, the attempt proves nothing and the next key is tried.
#[track_caller]
fn deadlines_fall_due_on_the_new_owner_alone(cluster: &Cluster, keys: &[String]) {
    let mut routed = cluster.routed();
    for (attempt, key) in keys.iter().enumerate() {
        routed.cmd(&["ROOM.CREATE", key, "ada"]).json();
        for user in ["ada", "dan"] {
            routed.cmd(&["ROOM.JOIN", key, user]).json();
        }
        let mut half = Halfway::of(cluster, key);
        let at_source = Subscriber::room(&cluster.nodes[half.from.master], key);
        let mut follower = cluster.follower(key, Side::Replica);
        half.source.int(&["ROOM.POLLOPEN", key, "ada", "Now?", "2", "yes", "no", "FOR", "2"]);
        assert_eq!(half.source.text(&["ROOM.OFFER", key, "ada", "dan", "FOR", "2"]), "offered");
        half.source.ok(&["ROOM.BLOCK", key, "ada", "eve", "FOR", "2"]);
        let state = half.source.json(&["ROOM.STATE", key, "-"]);
        half.migrate(key);
        at_source.wait_until("gone", |frames| frames.iter().any(|frame| frame["kind"] == "gone"));
        let (epoch, seq) = (state["epoch"].as_str().unwrap(), state["seq"].to_string());
        let due = |events: &[Json]| events.iter().any(|event| event["poll"]["state"] == "closed");
        if !due(&at_source.events()) {
            let received = wait_for("the poll is closed by the target, whose slot it is not yet", || {
                let frame = half.ask(&["ROOM.EVENTS", key, "-", epoch, &seq]).json();
                due(&events(std::slice::from_ref(&frame))).then_some(frame)
            });
            assert_ne!(received["epoch"], epoch, "in a new epoch");
            wait_for("the offer and the block are over", || {
                let offer = half.ask(&["ROOM.WHOIS", key, "dan", "dan"]).json()["offer_until_ms"].clone();
                let blocked =
                    half.ask(&["ROOM.BLOCKED", key, "-"]).json()["blocked"].as_array().map(Vec::len);
                (offer == 0 && blocked == Some(0)).then_some(())
            });
            let last = at_source.settled(&mut half.source, Kind::Shard).pop().unwrap();
            assert_eq!(last["kind"], "gone", "nothing after it: {last}");
            assert_eq!(cluster.nodes[half.from.master].counter("deadlines_armed"), 0);
            give(cluster, half.slot, half.to.master);
            follower.assert_matches_state();
            let after = half.target.json(&["ROOM.STATE", key, "-"]);
            assert_eq!((&after["epoch"], &after["polls"]), (&received["epoch"], &json!([])));
            return assert_replicated(cluster, half.to, std::slice::from_ref(key));
        }
        give(cluster, half.slot, half.to.master);
        assert!(attempt < 4, "the machine stalled in every attempt");
    }
}
