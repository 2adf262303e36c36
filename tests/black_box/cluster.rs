//! Rooms in a real cluster of three masters with a replica each, made and resharded by `redis-cli --cluster`.

use crate::support::cluster::Shard;
use crate::support::engine::commands;
use crate::support::lines::lines;
use crate::support::rooms::{assert_same, digest, everything, lived_in, now_ms};
use crate::support::subscriber::{events, Kind};
use crate::support::{
    self, channel, wait_for, Client, Cluster, Follower, Json, Seat, Server, Subscriber, Writers,
};
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

/// Without a hash tag and with one, at the start, in the middle, with braces that are none.
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
        let created = routed.cmd(&["ROOM.CREATE", key, "ada"]).json();
        let joined = routed.cmd(&["ROOM.JOIN", key, "ada", "GATEWAY", "g"]).json();
        let info = routed.cmd(&["ROOM.INFO", key]).map();
        for (told, publish) in [
            (created["channel"].as_str().unwrap(), created["publish"].as_str().unwrap()),
            (joined["channel"].as_str().unwrap(), joined["publish"].as_str().unwrap()),
            (&info["channel"], &info["publish"]),
        ] {
            assert_eq!((told, publish), (channel(0, key).as_str(), "shard"), "{key}");
            assert_eq!(cluster.slot(told), cluster.slot(key), "{key}");
        }
        all.push((key, shard, sides, cluster.follower(key, Seat::Replica)));
    }
    for nth in 0..30 {
        for key in KEYS {
            routed.cmd(&["ROOM.COMMENT", key, "ada", &format!("comment {nth}")]).int();
            routed.cmd(&["ROOM.REACT", key, "ada", "👏"]).int();
        }
    }
    for (key, shard, sides, follower) in &mut all {
        follower.assert_matches_state();
        assert_eq!((follower.took_state, follower.subscribed_again), (1, 0), "{key}: frames alone did");
        let last = routed.cmd(&["ROOM.STATE", key, "-"]).json()["seq"].as_i64().unwrap();
        let [at_master, at_replica] =
            sides.each_ref().map(|side| side.wait_until("the last frame", |frames| reach(frames, last)));
        assert_eq!(events(&at_master).len() as i64, last, "{key}: each event came");
        assert_eq!(at_master, at_replica, "{key}");
        for place in 0..6 {
            let here = place == shard.master || place == shard.replica;
            assert_eq!(cluster.listed(place).contains(&(*key).to_owned()), here, "{key} at {place}");
        }
    }
    every_command_is_sent_to_its_node(&cluster, KEYS[0]);

    // What the master loses, its replica's subscribers hear of, and its replica no longer lists.
    for (nth, (key, shard, sides, follower)) in all.iter_mut().enumerate() {
        let epoch = routed.cmd(&["ROOM.STATE", key, "-"]).json()["epoch"].clone();
        if nth % 2 == 0 {
            assert_eq!(routed.cmd(&["DEL", key]).int(), 1);
        } else {
            routed.cmd(&["ROOM.END", key, "ada"]).json();
            assert_eq!(routed.cmd(&["ROOM.PURGE", key]).int(), 1);
        }
        for side in &*sides {
            let frames = side.wait_until("gone", |frames| frames.iter().any(|frame| frame["gone"] == true));
            let gone: Vec<&Json> = frames.iter().filter(|frame| frame["gone"] == true).collect();
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

fn reach(frames: &[Json], seq: i64) -> bool {
    frames.iter().any(|frame| frame["to"].as_i64() >= Some(seq))
}

/// A node that does not serve a key says who does; a replica serves reads to who asks for it.
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
        let frames = side.wait_until("gone", |frames| frames.iter().any(|frame| frame["gone"] == true));
        assert_eq!(events(&frames).len(), 53, "created, audience, stage and the comments, each once");
        assert_eq!(frames.iter().filter(|frame| frame["gone"] == true).count(), 1);
        assert!(wanted.is_none_or(|wanted| wanted == frames), "{frames:?}");
        Some(frames)
    });
}

/// A room nobody changes, as it was.
struct Quiet {
    key: String,
    epoch: Json,
    read: BTreeMap<String, Json>,
    digest: String,
    expires: i64,
    at: Instant,
}

impl Quiet {
    #[track_caller]
    fn shoot(client: &mut Client, key: &str) -> Quiet {
        Quiet {
            key: key.to_owned(),
            epoch: client.json(&["ROOM.STATE", key, "-"])["epoch"].clone(),
            read: everything(client, key),
            digest: digest(client, key),
            expires: client.int(&["PEXPIRETIME", key]),
            at: Instant::now(),
        }
    }

    /// It is the same room here, to the last bit. MIGRATE hands on how long a key still lives, not until when: the
    /// time it took comes on top.
    #[track_caller]
    fn assert_same(&self, client: &mut Client) {
        let here = Quiet::shoot(client, &self.key);
        assert_same(&self.read, &here.read);
        assert_eq!(here.digest, self.digest, "{}", self.key);
        let later = here.expires - self.expires;
        assert!(
            (0..=self.at.elapsed().as_millis() as i64).contains(&later),
            "{} expires {later} ms later",
            self.key
        );
        assert_eq!(here.epoch, self.epoch, "{}", self.key);
    }

    /// Its first change here begins a new epoch, and EVENTS goes on serving the one before.
    #[track_caller]
    fn assert_takes_over(&self, client: &mut Client) {
        let key = self.key.as_str();
        let (epoch, seq) = (
            self.epoch.as_str().unwrap(),
            self.read[&format!("ROOM.STATE {key} -")]["seq"].as_i64().unwrap(),
        );
        let before = client.json(&["ROOM.EVENTS", key, "-", epoch, &(seq - 2).to_string()]);
        assert_eq!((before["epoch"].as_str(), before["to"].as_i64()), (Some(epoch), Some(seq)));
        client.int(&["ROOM.COMMENT", key, "-", "here now"]);
        let state = client.json(&["ROOM.STATE", key, "-"]);
        assert_ne!(state["epoch"], epoch, "{key}: a new epoch");
        wait_for("the comment is an event", || {
            for since in [seq - 2, seq] {
                let frame = client.json(&["ROOM.EVENTS", key, "-", epoch, &since.to_string()]);
                assert_eq!((&frame["epoch"], frame["from"].as_i64()), (&state["epoch"], Some(since + 1)));
                let texts: Vec<&Json> =
                    frame["events"].as_array()?.iter().map(|event| &event["comment"]["text"]).collect();
                if texts.last()? != &"here now" {
                    return None;
                }
            }
            Some(())
        });
        client.err(&["ROOM.EVENTS", key, "-", epoch, &(seq + 1).to_string()], "RESYNC");
    }
}

/// A node lists exactly these of its own rooms, counts them, and so does its replica.
#[track_caller]
fn assert_lists(cluster: &Cluster, shard: Shard, here: &[String], elsewhere: &[String]) {
    let (master, replica) = (&cluster.nodes[shard.master], &cluster.nodes[shard.replica]);
    replica.wait_in_sync(master);
    for place in [shard.master, shard.replica] {
        let listed = cluster.listed(place);
        for key in here {
            assert!(listed.contains(key), "{key} at {place}: {listed:?}");
        }
        for key in elsewhere {
            assert!(!listed.contains(key), "{key} at {place}: {listed:?}");
        }
        assert_eq!(cluster.nodes[place].counter("rooms_live"), listed.len() as i64, "at {place}: {listed:?}");
    }
}

/// What master and replica hold of these rooms is the same.
#[track_caller]
fn assert_replicated(cluster: &Cluster, shard: Shard, keys: &[String]) {
    let (master, replica) = (&cluster.nodes[shard.master], &cluster.nodes[shard.replica]);
    let (mut own, mut other) = (master.client(), replica.client());
    for key in keys {
        // What still waits for its frame changes the room once more.
        wait_for("master and replica hold the same", || {
            (digest(&mut own, key) == digest(&mut other, key)).then_some(())
        });
    }
    for node in [master, replica] {
        let broken =
            (node.counter("rooms_broken"), node.counter("apply_failed"), node.counter("apply_refused"));
        assert_eq!(broken, (0, 0, 0));
    }
}

/// Slots that move, of the shard that serves [`HOME`], to the one that serves [`OTHER`].
const MOVING: Range<u16> = 0..40;
const HOME: u16 = 5000;
const OTHER: u16 = 8000;

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

/// Tells all masters whose a slot is, the new owner first.
#[track_caller]
fn give(cluster: &Cluster, slot: u16, to: usize) {
    let (slot_text, id) = (slot.to_string(), cluster.id(to));
    let others = cluster.masters().into_iter().filter(|place| *place != to);
    for place in [to].into_iter().chain(others) {
        cluster.nodes[place].cmd(&["CLUSTER", "SETSLOT", &slot_text, "NODE", &id]).ok();
    }
    cluster.wait_owner(slot, to);
}

/// One slot between two masters, by hand and half way.
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

    /// Asks the target while the slot is not its own yet.
    #[track_caller]
    fn ask(&mut self, command: &[&str]) -> support::Reply {
        self.target.ok("ASKING");
        self.target.cmd(command)
    }
}

/// Slots that are moved by hand; one cluster for all, since it is the dearest part of a test.
#[test]
fn slots_are_moved_by_hand() {
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
    let shot = Quiet::shoot(&mut half.source, &quiet);
    let mut follower = cluster.follower(&quiet, Seat::Replica);
    let at_source = Subscriber::room(&cluster.nodes[half.from.master], &quiet);

    half.migrate(&quiet);
    // The source tells who listens there, and no longer has it; the room is where ASK leads to.
    let frames = at_source.wait_until("gone", |frames| !frames.is_empty());
    assert_eq!((&frames[0]["gone"], &frames[0]["epoch"]), (&true.into(), &shot.epoch), "{frames:?}");
    follower.wait_until("its replica's subscribers hear of it too", |follower| follower.gone);
    let asked = half.source.cmd(&["ROOM.STATE", &quiet, "-"]).err("ASK");
    assert!(asked.ends_with(&format!(":{}", cluster.nodes[half.to.master].port())), "{asked}");
    assert_eq!(half.ask(&["ROOM.STATE", &quiet, "-"]).json()["epoch"], shot.epoch);
    half.target.err(&["ROOM.STATE", &quiet, "-"], "MOVED");
    assert_lists(cluster, half.from, std::slice::from_ref(&stays), std::slice::from_ref(&quiet));
    assert_lists(cluster, half.to, std::slice::from_ref(&quiet), std::slice::from_ref(&stays));

    half.migrate(&stays);
    give(cluster, half.slot, half.to.master);
    at_source.wait_closed();
    assert_eq!(at_source.messages().len(), 1, "gone, and nothing after it: {:?}", at_source.messages());
    shot.assert_same(&mut half.target);
    shot.assert_takes_over(&mut half.target);
    follower.wait_until("the slot moved", |follower| follower.subscribed_again == 1);
    follower.assert_matches_state();
    let both = [quiet, stays];
    assert_lists(cluster, half.from, &[], &both);
    assert_lists(cluster, half.to, &both, &[]);
    assert_replicated(cluster, half.to, &both);
}

/// A lease that would have lapsed by now, beside the target's setting, begins anew with the room's arrival.
#[track_caller]
fn nobody_is_lost(cluster: &Cluster, key: &str) {
    let mut routed = cluster.routed();
    routed.cmd(&["ROOM.CREATE", key, "ada", "HOSTLOSS", "KEEP"]).json();
    routed.cmd(&["ROOM.JOIN", key, "ada", "GATEWAY", "g", "SESSION", "s"]).json();
    let mut follower = cluster.follower(key, Seat::Master);
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

/// If the room fell due before it could be moved, this says nothing and is tried again with the next.
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
        let mut follower = cluster.follower(key, Seat::Replica);
        half.source.int(&["ROOM.POLLOPEN", key, "ada", "Now?", "2", "yes", "no", "FOR", "2"]);
        assert_eq!(half.source.text(&["ROOM.OFFER", key, "ada", "dan", "FOR", "2"]), "offered");
        half.source.ok(&["ROOM.BLOCK", key, "ada", "eve", "FOR", "2"]);
        let state = half.source.json(&["ROOM.STATE", key, "-"]);
        half.migrate(key);
        at_source.wait_until("gone", |frames| frames.iter().any(|frame| frame["gone"] == true));
        let (epoch, seq) = (state["epoch"].as_str().unwrap(), state["seq"].to_string());
        let due = |events: &[Json]| events.iter().any(|event| event["poll"]["state"] == "closed");
        if !due(&at_source.events()) {
            let told = wait_for("the poll is closed by the target, whose slot it is not yet", || {
                let frame = half.ask(&["ROOM.EVENTS", key, "-", epoch, &seq]).json();
                due(&events(std::slice::from_ref(&frame))).then_some(frame)
            });
            assert_ne!(told["epoch"], epoch, "by a new master of the room");
            wait_for("the offer and the block are over", || {
                let offer = half.ask(&["ROOM.WHOIS", key, "dan", "dan"]).json()["offer_until_ms"].clone();
                let blocked =
                    half.ask(&["ROOM.BLOCKED", key, "-"]).json()["blocked"].as_array().map(Vec::len);
                (offer == 0 && blocked == Some(0)).then_some(())
            });
            let last = at_source.settled(&mut half.source, Kind::Shard).pop().unwrap();
            assert_eq!(last["gone"], true, "nothing after it: {last}");
            assert_eq!(cluster.nodes[half.from.master].counter("deadlines_armed"), 0);
            give(cluster, half.slot, half.to.master);
            follower.assert_matches_state();
            let after = half.target.json(&["ROOM.STATE", key, "-"]);
            assert_eq!((&after["epoch"], &after["polls"]), (&told["epoch"], &support::json!([])));
            return assert_replicated(cluster, half.to, std::slice::from_ref(key));
        }
        give(cluster, half.slot, half.to.master);
        assert!(attempt < 4, "this machine stands still again and again");
    }
}

#[test]
fn failovers_keep_what_was_acknowledged() {
    let node = Server::with().unlimited().patient().room("tick", 20);
    // Soon, yet not because this machine stands still for a moment; a replica that lags stands for election too.
    let node = node.set("cluster-node-timeout", 4000).set("cluster-replica-validity-factor", 0);
    let mut cluster = Cluster::of(node);
    let keys = cluster.keys_in(0..HOME, 6);
    let before = cluster.shard(HOME);

    // Coordinated: the master stops, its replica catches up and takes over. Nothing at all is lost.
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

    // By election: the master is killed. What its replica had is kept.
    let writers = Writers::start(&cluster, 8, others, true);
    let mut followers = everywhere(&cluster, others);
    cluster.nodes[after.master].kill9();
    cluster.wait_owner(HOME, after.replica);
    // Nothing is acknowledged until there is a replica again.
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

    // Whose rooms they once were, it takes over again.
    for (key, epoch) in keys.iter().zip(epochs) {
        routed.cmd(&["ROOM.COMMENT", key, "-", "again"]).int();
        let state = routed.cmd(&["ROOM.STATE", key, "-"]).json();
        assert_ne!(state["epoch"], epoch, "a new epoch, though this server knew the room before");
    }
    first.iter_mut().for_each(Follower::assert_matches_state);
}

/// Followers of each room at both seats.
#[track_caller]
fn everywhere(cluster: &Cluster, keys: &[String]) -> Vec<Follower> {
    keys.iter()
        .flat_map(|key| [Seat::Master, Seat::Replica].map(|seat| cluster.follower(key, seat)))
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
