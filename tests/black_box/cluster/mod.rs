//! Rooms in a real cluster of three masters with a replica each, created and resharded by `redis-cli --cluster`.

mod by_hand;
mod channels;
mod failover;
mod migration;

use crate::support::cluster::Shard;
use crate::support::rooms::{assert_same, digest, everything};
use crate::support::{wait_for, Client, Cluster, Json};
use std::collections::BTreeMap;
use std::time::Instant;

/// A snapshot of a room that nobody changes.
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
    fn snapshot(client: &mut Client, key: &str) -> Quiet {
        Quiet {
            key: key.to_owned(),
            epoch: client.json(&["ROOM.STATE", key, "-"])["epoch"].clone(),
            read: everything(client, key),
            digest: digest(client, key),
            expires: client.int(&["PEXPIRETIME", key]),
            at: Instant::now(),
        }
    }

    /// The room here is identical. MIGRATE transfers the remaining TTL and no absolute time, so the duration of the
    /// move is added to the expiry.
    #[track_caller]
    fn assert_same(&self, client: &mut Client) {
        let here = Quiet::snapshot(client, &self.key);
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

    /// The first change here begins a new epoch, and EVENTS still serves the epoch before.
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

/// The master and its replica list and count exactly these rooms.
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

/// The master and its replica hold identical rooms.
#[track_caller]
fn assert_replicated(cluster: &Cluster, shard: Shard, keys: &[String]) {
    let (master, replica) = (&cluster.nodes[shard.master], &cluster.nodes[shard.replica]);
    let (mut own, mut other) = (master.client(), replica.client());
    for key in keys {
        // A change that waits for its frame changes the digest once more.
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

const HOME: u16 = 5000;

const OTHER: u16 = 8000;
