//! A random mix of thousands of commands leaves the same rooms everywhere: on the master, on its replica and the
//! replica's replica, after a reload, from every file, and after every way to synchronise. Not one bit differs: not a
//! time, not an id, not the time to live.
//!
//! `EXACT_SEEDS=20` runs so many random mixes instead of a few.

// Test code: a panic is how it reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use support::load::send;
use support::rooms::{digest, everything};
use support::{wait_for, Builder, Client, Json, Load, Server, Traffic, DEADLINE};

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
fn open(master: &Server, db: u32, mut traffic: Traffic) -> Traffic {
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

/// All that can be read of a server's rooms, by what was read.
type Picture = BTreeMap<String, Json>;

#[track_caller]
fn picture(server: &Server) -> Picture {
    let mut client = server.client();
    let mut picture = Picture::new();
    for db in DATABASES {
        client.ok(&["SELECT", &db.to_string()]);
        for key in client.cmd("KEYS *").texts() {
            let mut add = |read: &str, answer: Json| picture.insert(format!("{db} {key} {read}"), answer);
            add("digest", digest(&mut client, &key).into());
            add("expires", client.int(&["PEXPIRETIME", &key]).into());
            everything(&mut client, &key).into_iter().for_each(|(read, answer)| {
                add(&read, answer);
            });
        }
        picture.insert(format!("{db} LIST"), list(&mut client).into());
    }
    let sums = server.room_info();
    for name in ["rooms_scheduled", "rooms_live", "rooms_ended", "rooms_cancelled", "rooms_broken"] {
        picture.insert(name.to_owned(), sums[name].into());
    }
    picture.insert("digest".to_owned(), client.text("DEBUG DIGEST").into());
    picture
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

/// What these servers hold is what the master holds. `settle` waits until they have all of it. The master may change
/// while it is looked at, since deadlines fall due: then all are looked at again.
#[track_caller]
fn assert_same(what: &str, master: &Server, others: &[&Server], settle: impl Fn()) {
    let until = Instant::now() + DEADLINE;
    loop {
        let own = picture(master);
        settle();
        let theirs: Vec<Picture> = others.iter().map(|other| picture(other)).collect();
        if own != picture(master) {
            assert!(Instant::now() < until, "{what}: the master does not come to rest");
            continue;
        }
        assert!(own.len() > 100, "{what}: there are rooms to look at");
        for (nth, other) in theirs.iter().enumerate() {
            let differing = own.iter().find(|(read, answer)| other.get(*read) != Some(answer));
            if let Some((read, answer)) = differing {
                panic!("{what}, server {nth}: {read}\n  {answer}\n  {:?}", other.get(read));
            }
            assert_eq!(own.len(), other.len(), "{what}, server {nth}: there is more");
        }
        return;
    }
}

#[track_caller]
fn assert_replicas_same(what: &str, master: &Server, replicas: &[&Server]) {
    assert_same(what, master, replicas, || {
        replicas.iter().for_each(|replica| replica.wait_in_sync(master));
    });
}

/// A server that loads what another has saved and changes none of it: it takes itself for a replica.
struct Reader(Server);

impl Reader {
    fn start(builder: Builder) -> Reader {
        Reader(builder.set("replicaof", format!("127.0.0.1 {}", support::server::free_port())).start())
    }

    /// Loads another server's file, or folder, of this name.
    #[track_caller]
    fn load(&mut self, from: &Path, name: &str) {
        self.0.kill9();
        let own = self.0.dir().join(name);
        let _ = fs::remove_dir_all(&own);
        let copied = Command::new("cp").arg("-r").arg(from.join(name)).arg(&own).status().unwrap();
        assert!(copied.success(), "{name} is copied");
        self.0.start_again();
    }
}

/// A master at which time goes on but nothing happens, though much is due or waits.
#[track_caller]
fn frozen(master: &Server, work: impl FnOnce()) {
    master.cmd("CLIENT PAUSE 600000 WRITE").ok();
    work();
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

#[track_caller]
fn rewrite(master: &Server) {
    master.cmd("BGREWRITEAOF").text();
    wait_for("the AOF is rewritten", || {
        let info = master.info("persistence");
        let done = info["aof_rewrite_in_progress"] == "0" && info["aof_rewrite_scheduled"] == "0";
        done.then(|| assert_eq!(info["aof_last_bgrewrite_status"], "ok"))
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

        let rooms = [open(&master, 0, traffic(seed)), open(&master, 3, traffic(seed + 1_000_000))];
        let rooms = mix(&master, rooms, STEPS);
        assert_replicas_same(&what("streamed"), &master, &[&replica, &last]);
        frozen(&master, || {
            save(&master);
            dump.load(master.dir(), "dump.rdb");
            aof.load(master.dir(), "appendonlydir");
            assert_same(&what("dump and AOF"), &master, &[&dump.0, &aof.0], || {});
            let before = picture(&master)["digest"].clone();
            master.cmd("DEBUG RELOAD").ok();
            assert_eq!(picture(&master)["digest"], before, "{}", what("DEBUG RELOAD"));
            assert_same(&what("DEBUG RELOAD"), &master, &[&dump.0], || {});
        });
        // It has taken over its rooms since.
        let mut rooms = mix(&master, rooms, STEPS / 2);
        assert_replicas_same(&what("after a reload"), &master, &[&replica, &last]);

        for preamble in ["no", "yes"] {
            master.config_set("aof-use-rdb-preamble", preamble);
            frozen(&master, || {
                rewrite(&master);
                aof.load(master.dir(), "appendonlydir");
                assert_same(&what("rewritten"), &master, &[&aof.0], || {});
            });
            rooms = mix(&master, rooms, STEPS / 4);
            frozen(&master, || {
                aof.load(master.dir(), "appendonlydir");
                assert_same(&what("rewritten, and what came after"), &master, &[&aof.0], || {});
            });
        }
        assert_copies_same(&master);
        assert_replicas_same(&what("copies"), &master, &[&replica, &last]);

        // Nobody beats, so in the end all are gone, by deadlines alone.
        wait_for("all rooms are empty", || (master.counter("members_present") == 0).then_some(()));
        assert_replicas_same(&what("deserted"), &master, &[&replica, &last]);
    }
}
