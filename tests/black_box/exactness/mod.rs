//! Random mixes of thousands of commands leave identical rooms everywhere: on the master, on its replica and on the
//! replica's replica, after a reload, from every file, and after every kind of synchronisation. Times, ids and expiries
//! are identical, too.
//!
//! `EXACT_SEEDS=20` runs that many random mixes.

mod random_mix;
mod resync;
mod saved;

use crate::support::load::send;
use crate::support::rooms::{digest, everything, listed};
use crate::support::server::free_port;
use crate::support::{deadline, wait_for, Builder, Json, Server, Traffic};
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Instant;

/// The databases with rooms.
const DATABASES: [u32; 2] = [0, 3];

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

/// All answers of a server about its rooms, by command.
type Picture = BTreeMap<String, Json>;

/// The rooms as they are saved, streamed and synchronised. The answers do not depend on the time.
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

/// The rooms and all reads of them. A master shows a grace that is over as over.
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
        all.insert(format!("LIST {db}"), listed(&mut client, "CARDS", 100).into());
    }
    all
}

#[track_caller]
fn assert_same(what: &str, own: &Picture, other: &Picture) {
    assert!(own.len() > 20, "{what}: there are rooms to compare");
    if let Some((asked, answer)) = own.iter().find(|(asked, answer)| other.get(*asked) != Some(answer)) {
        panic!("{what}: {asked}\n  {answer}\n  {:?}", other.get(asked));
    }
    assert_eq!(own.len(), other.len(), "{what}: the other has more");
}

/// Replicas hold the same as their master, once the master is at rest. Before its timer settles a due deadline, a
/// master's reads already show it as settled. A replica knows neither leases nor graces and does not.
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
            assert!(own.len() > 100, "{what}: there are rooms to compare");
            return;
        }
        if Instant::now() > until {
            theirs.iter().for_each(|other| assert_same(what, &own, other));
            panic!("{what}: the master is not at rest");
        }
        if rests {
            // The stored rooms must be identical at once.
            for other in theirs.iter().filter(|other| other["digest of all"] != own["digest of all"]) {
                assert_same(what, &own, other);
            }
        }
    }
}

/// A server that loads files of another server and changes nothing, because it is configured as a replica.
struct Reader(Server);

impl Reader {
    fn start(builder: Builder) -> Reader {
        Reader(builder.set("replicaof", format!("127.0.0.1 {}", free_port())).start())
    }

    /// Loads another server's file or directory of this name, and returns the rooms.
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

#[track_caller]
fn save(master: &Server) {
    let before = master.info("persistence")["rdb_saves"].clone();
    master.cmd("BGSAVE").text();
    wait_for("the dump is saved", || {
        let info = master.info("persistence");
        (info["rdb_saves"] != before && info["rdb_bgsave_in_progress"] == "0").then_some(())
    });
}
