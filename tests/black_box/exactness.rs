//! A random mix of thousands of commands leaves the same rooms everywhere: on the master, on its replica and the
//! replica's replica, after a reload, from every file, and after every way to synchronise. Not one bit differs: not a
//! time, not an id, not the time to live.
//!
//! `EXACT_SEEDS=20` runs so many random mixes instead of a few.

use crate::support::load::send;
use crate::support::rooms::{digest, everything};
use crate::support::{self, deadline, wait_for, Builder, Client, Json, Load, Server, Traffic};
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Instant;

/// Rooms are in these databases.
const DATABASES: [u32; 2] = [0, 3];

/// Steps of a random mix between two looks.
const STEPS: usize = 2_000;

fn seeds() -> std::ops::Range<u64> {
    0..std::env::var("EXACT_SEEDS").map_or(2, |count| count.parse().expect("EXACT_SEEDS is a number"))
}

/// Frames wait for their tick, and deadlines fall due all the time.
fn lively() -> Builder {
    Server::with().unlimited().room("tick", 10).room("lease", 2).room("grace", 1).room("host-grace", 1)
}

fn traffic(seed: u64) -> Traffic {
    Traffic::new(seed, &["a", "b", "c", "{tag}d"]).ending()
}

/// Creates the rooms of this traffic.
#[track_caller]
fn open(master: &Server, db: u32, traffic: Traffic) -> Traffic {
    let mut client = master.client();
    client.ok(&["SELECT", &db.to_string()]);
    send(&mut client, &traffic.opening()).unwrap();
    traffic
}

/// A random mix in both databases.
#[track_caller]
fn mix(master: &Server, traffic: [Traffic; 2], steps: usize) -> [Traffic; 2] {
    let mut dbs = DATABASES.into_iter();
    let loads = traffic.map(|traffic| Load::start(master, dbs.next().unwrap(), traffic, steps / 2));
    loads.map(|load| {
        wait_for("the traffic is through", || (load.sent() == steps / 2 || load.is_over()).then_some(()));
        load.end().1
    })
}

/// What there is of a server's rooms, by what was asked.
type Picture = BTreeMap<String, Json>;

/// What is saved, streamed and synchronised: the rooms themselves, whatever time it is.
#[track_caller]
fn rooms(server: &Server) -> Picture {
    let mut rooms = Picture::new();
    let mut client = server.client();
    for db in DATABASES {
        client.ok(&["SELECT", &db.to_string()]);
        for key in client.cmd("KEYS *").texts() {
            let epoch = client.room_info(&key).remove("epoch").unwrap();
            let events = client.cmd(&["ROOM.EVENTS", &key, "-", &epoch, "0"]);
            let events = events.error().map_or_else(|| events.json()["events"].clone(), Json::from);
            for (name, answer) in [
                ("digest", digest(&mut client, &key).into()),
                ("expires", client.int(&["PEXPIRETIME", &key]).into()),
                ("events", events),
            ] {
                rooms.insert(format!("{db} {key} {name}"), answer);
            }
        }
    }
    let sums = server.room_info();
    for name in ["rooms_scheduled", "rooms_live", "rooms_ended", "rooms_cancelled", "rooms_broken"] {
        rooms.insert(name.to_owned(), sums[name].into());
    }
    rooms.insert("digest of all".to_owned(), client.text("DEBUG DIGEST").into());
    rooms
}

/// The same, and all that can be read of them: a server that serves shows graces that are over as over.
#[track_caller]
fn rooms_and_reads(server: &Server) -> Picture {
    let mut all = rooms(server);
    let mut client = server.client();
    for db in DATABASES {
        client.ok(&["SELECT", &db.to_string()]);
        for key in client.cmd("KEYS *").texts() {
            let reads = everything(&mut client, &key).into_iter();
            all.extend(reads.map(|(read, answer)| (format!("{db} {key} {read}"), answer)));
        }
        all.insert(format!("LIST {db}"), list(&mut client).into());
    }
    all
}

/// Every room's card. A server lists its rooms in an order of its own.
#[track_caller]
fn list(client: &mut Client) -> Vec<String> {
    let (mut cards, mut cursor) = (Vec::new(), "0".to_owned());
    loop {
        let page = client.cmd(&["ROOM.LIST", "CARDS", "CURSOR", &cursor]).list();
        cards.extend(page[1].texts());
        cursor = page[0].text();
        if cursor == "0" {
            cards.sort();
            return cards;
        }
    }
}

#[track_caller]
fn assert_same(what: &str, own: &Picture, other: &Picture) {
    assert!(own.len() > 20, "{what}: there are rooms to look at");
    if let Some((asked, answer)) = own.iter().find(|(asked, answer)| other.get(*asked) != Some(answer)) {
        panic!("{what}: {asked}\n  {answer}\n  {:?}", other.get(asked));
    }
    assert_eq!(own.len(), other.len(), "{what}: there is more");
}

/// What replicas hold is what their master holds, once it comes to rest. Until its timer has settled what is due, a
/// master's reads show it as settled already, and a replica, which knows no lease and no grace, does not.
#[track_caller]
fn assert_replicas_same(what: &str, master: &Server, replicas: &[&Server]) {
    let until = Instant::now() + deadline();
    loop {
        let own = rooms_and_reads(master);
        let theirs: Vec<Picture> = replicas
            .iter()
            .map(|replica| {
                replica.wait_in_sync(master);
                rooms_and_reads(replica)
            })
            .collect();
        let rests = own == rooms_and_reads(master);
        if rests && theirs.iter().all(|other| *other == own) {
            assert!(own.len() > 100, "{what}: there are rooms to look at");
            return;
        }
        if Instant::now() > until {
            theirs.iter().for_each(|other| assert_same(what, &own, other));
            panic!("{what}: the master does not come to rest");
        }
        if rests {
            // What is held is the same at once.
            for other in theirs.iter().filter(|other| other["digest of all"] != own["digest of all"]) {
                assert_same(what, &own, other);
            }
        }
    }
}

/// A server that loads what another has saved and changes none of it: it takes itself for a replica.
struct Reader(Server);

impl Reader {
    fn start(builder: Builder) -> Reader {
        Reader(builder.set("replicaof", format!("127.0.0.1 {}", support::server::free_port())).start())
    }

    /// What it has loaded from another server's file, or folder, of this name.
    #[track_caller]
    fn load(&mut self, from: &Server, name: &str) -> Picture {
        self.0.kill9();
        let own = self.0.dir().join(name);
        let _ = fs::remove_dir_all(&own);
        let copied = Command::new("cp").arg("-r").arg(from.dir().join(name)).arg(&own).status().unwrap();
        assert!(copied.success(), "{name} is copied");
        self.0.start_again();
        rooms(&self.0)
    }
}

/// Hands on what a master holds while nothing changes it, though much of it waits or is due.
#[track_caller]
fn frozen(master: &Server, work: impl FnOnce(&Picture)) {
    master.cmd("CLIENT PAUSE 600000 WRITE").ok();
    let held = rooms(master);
    work(&held);
    assert_same("a frozen master", &held, &rooms(master));
    master.cmd("CLIENT UNPAUSE").ok();
}

#[track_caller]
fn save(master: &Server) {
    let before = master.info("persistence")["rdb_saves"].clone();
    master.cmd("BGSAVE").text();
    wait_for("the dump is saved", || {
        let info = master.info("persistence");
        (info["rdb_saves"] != before && info["rdb_bgsave_in_progress"] == "0").then_some(())
    });
}

/// A copy and a restored dump of each room are that room, as long as nothing happens to them.
#[track_caller]
fn assert_copies_same(master: &Server) {
    let script = "redis.call('COPY', KEYS[1], KEYS[2])
        redis.call('RESTORE', KEYS[3], ARGV[1], redis.call('DUMP', KEYS[1]), 'ABSTTL')";
    let mut client = master.client();
    for key in client.cmd("KEYS *").texts() {
        let expires = client.int(&["PEXPIRETIME", &key]).max(0).to_string();
        let (copied, restored) = (format!("{key}:copied"), format!("{key}:restored"));
        client.ok("MULTI");
        client.cmd(&["EVAL", script, "3", &key, &copied, &restored, &expires]).text();
        client.cmd(&["DEBUG", "DIGEST-VALUE", &key, &copied, &restored]).text();
        for name in [&key, &copied, &restored] {
            client.cmd(&["PEXPIRETIME", name]).text();
        }
        let seen = client.cmd("EXEC").list();
        let digests = seen[1].texts();
        assert!(digests.iter().all(|digest| *digest == digests[0]), "{key}: {digests:?}");
        assert!(seen[2..].iter().all(|time| time.value == seen[2].value), "{key}: {seen:?}");
    }
}

#[test]
fn a_random_mix_is_the_same_wherever_it_goes() {
    for seed in seeds() {
        let what = |stage: &str| format!("seed {seed}, {stage}");
        let master = lively().aof(true).start();
        let replica = lively().replica_of(&master).start();
        let last = lively().replica_of(&replica).start();
        let (mut dump, mut aof) = (Reader::start(lively()), Reader::start(lively().aof(true)));
        replica.wait_in_sync(&master);
        last.wait_in_sync(&master);

        let mixes = [open(&master, 0, traffic(seed)), open(&master, 3, traffic(seed + 1_000_000))];
        let mixes = mix(&master, mixes, STEPS);
        assert_replicas_same(&what("streamed"), &master, &[&replica, &last]);
        frozen(&master, |held| {
            save(&master);
            assert_same(&what("dump"), held, &dump.load(&master, "dump.rdb"));
            assert_same(&what("AOF"), held, &aof.load(&master, "appendonlydir"));
            master.cmd("DEBUG RELOAD").ok();
            assert_same(&what("DEBUG RELOAD"), held, &rooms(&master));
        });
        // It has taken over its rooms since.
        let mut mixes = mix(&master, mixes, STEPS / 2);
        assert_replicas_same(&what("after a reload"), &master, &[&replica, &last]);

        for preamble in ["no", "yes"] {
            master.config_set("aof-use-rdb-preamble", preamble);
            frozen(&master, |held| {
                master.rewrite_aof();
                assert_same(&what("rewritten AOF"), held, &aof.load(&master, "appendonlydir"));
            });
            mixes = mix(&master, mixes, STEPS / 4);
            frozen(&master, |held| {
                let loaded = aof.load(&master, "appendonlydir");
                assert_same(&what("rewritten AOF and what came after"), held, &loaded);
            });
        }
        assert_copies_same(&master);
        assert_replicas_same(&what("copies"), &master, &[&replica, &last]);

        // Nobody beats, so in the end all are gone, by deadlines alone.
        wait_for("all rooms are empty", || (master.counter("members_present") == 0).then_some(()));
        assert_replicas_same(&what("deserted"), &master, &[&replica, &last]);
    }
}

fn stat(server: &Server, name: &str) -> i64 {
    server.info("stats")[name].parse().unwrap()
}

/// Waits until a replica is synchronised with its master, and gets what the master does from then on.
#[track_caller]
fn wait_linked(replica: &Server, master: &Server) {
    let online = format!("port={},state=online", replica.port());
    wait_for("the replica is linked", || {
        let up = replica.info("replication")["master_link_status"] == "up";
        let sent = master.info("replication").values().any(|value| value.contains(&online));
        (up && sent).then_some(())
    });
}

/// Traffic in both databases that goes on.
#[track_caller]
fn loads(master: &Server, seed: u64) -> [Load; 2] {
    let other = seed + 1_000_000;
    [(0, seed), (3, other)].map(|(db, seed)| Load::start(master, db, open(master, db, traffic(seed)), 40_000))
}

#[track_caller]
fn end(loads: [Load; 2]) {
    for load in loads {
        assert!(!load.is_over(), "there was traffic all the time");
        assert!(load.end().0 > 100, "there was traffic");
    }
}

#[test]
fn a_partial_resync_under_load_leaves_the_same() {
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
        wait_for("the replica goes on where it was", || {
            (stat(cut, "sync_partial_ok") > before).then_some(())
        });
        wait_linked(replica, cut);
    }
    end(loads);
    assert_replicas_same("after partial resyncs", &master, &[&replica, &last]);
    assert_eq!(stat(&master, "sync_full"), full, "nobody had to begin anew");
}

#[test]
fn a_full_resync_under_load_leaves_the_same() {
    // The replica is far behind whenever it comes back.
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
        replica.cmd(&["REPLICAOF", "127.0.0.1", &support::server::free_port().to_string()]).ok();
        wait_for("the backlog is overrun", || (offset() > left + 100_000).then_some(()));
        replica.cmd(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]).ok();
        wait_for("the replica begins anew", || (stat(&master, "sync_full") > before).then_some(()));
        wait_linked(&replica, &master);
        loads[0].wait_for(50);
    }
    // One that comes while there is traffic.
    let fresh = lively().replica_of(&master).start();
    wait_linked(&fresh, &master);
    loads[0].wait_for(50);
    end(loads);
    assert_replicas_same("after full resyncs", &master, &[&replica, &last, &fresh]);
}

/// No change but by a command: nothing waits for its frame or falls due, and a key that the traffic has expire does so
/// no sooner than others, which would be pushed later.
fn uneventful() -> Builder {
    Server::with().prompt().patient().room("ttl", 86_400).aof(true).set("appendfsync", "always")
}

/// The digests of everything after each step of a random mix in which nothing happens but its steps.
struct Witness {
    client: Client,
    traffic: Traffic,
    seen: Vec<String>,
}

impl Witness {
    fn new(server: &Server, seed: u64) -> Witness {
        Witness { client: server.client(), traffic: open(server, 0, traffic(seed)), seen: Vec::new() }
    }

    fn steps(&mut self, count: usize) {
        for _ in 0..count {
            let mut step: Vec<Vec<String>> = self.traffic.step();
            step.retain(|command| !["MULTI", "EXEC"].contains(&command[0].as_str()));
            step.iter_mut().for_each(|command| far_off(command));
            step.insert(0, vec!["MULTI".to_owned()]);
            step.extend([vec!["DEBUG".to_owned(), "DIGEST".to_owned()], vec!["EXEC".to_owned()]]);
            let digest = self.client.pipeline(&step).last().unwrap().list().last().unwrap().text();
            self.seen.push(digest);
        }
    }

    /// After which step everything was like this.
    #[track_caller]
    fn step_of(&self, loaded: &Picture) -> usize {
        let place = self.seen.iter().rposition(|digest| loaded["digest of all"] == digest.as_str());
        place.expect("what was loaded is what there was after some step")
    }
}

/// Nothing that this command begins ends within a test.
fn far_off(command: &mut [String]) {
    if let Some(at) = command.iter().position(|word| word == "FOR") {
        command[at + 1] = "300".to_owned();
    }
    // Within a script too.
    for word in command.iter_mut().filter(|word| word.starts_with("[[")) {
        let mut inner: Vec<Vec<String>> = serde_json::from_str(word).unwrap();
        inner.iter_mut().for_each(|command| far_off(command));
        *word = serde_json::to_string(&inner).unwrap();
    }
}

#[test]
fn what_is_saved_while_rooms_change_is_what_there_was_at_some_step() {
    let master = uneventful().start();
    let (mut dump, mut aof) = (Reader::start(lively()), Reader::start(lively().aof(true)));
    let mut witness = Witness::new(&master, 33);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| witness.steps(1_500));
        let mut saves = 0;
        while !writer.is_finished() {
            save(&master);
            master.rewrite_aof();
            saves += 1;
        }
        assert!(saves > 0);
    });
    let saved = dump.load(&master, "dump.rdb");
    assert!(witness.step_of(&saved) > 0);
    let last = witness.seen.len() - 1;
    assert_eq!(witness.step_of(&aof.load(&master, "appendonlydir")), last);
}

#[test]
fn an_aof_holds_what_was_acknowledged_and_a_torn_one_a_part_of_it() {
    let mut master = uneventful().start();
    let mut aof = Reader::start(lively().aof(true));
    let mut witness = Witness::new(&master, 44);
    witness.steps(1_000);
    master.kill9();
    let mut before = witness.seen.len() - 1;
    assert_eq!(witness.step_of(&aof.load(&master, "appendonlydir")), before, "all that was acknowledged");

    let file = fs::read_dir(master.dir().join("appendonlydir")).unwrap().map(|file| file.unwrap().path());
    let file = file.into_iter().find(|path| path.extension().is_some_and(|end| end == "aof")).unwrap();
    let tail = fs::OpenOptions::new().write(true).open(&file).unwrap();
    let mut size = tail.metadata().unwrap().len();
    for torn in [1, 2, 40, 333, size / 5, size / 5 + 7, size / 5 + 77] {
        size -= torn;
        tail.set_len(size).unwrap();
        let place = witness.step_of(&aof.load(&master, "appendonlydir"));
        assert!(place <= before, "torn by {torn} more: {place}, {before}");
        before = place;
    }
    assert!(before < 700, "much was torn off: {before}");
}
