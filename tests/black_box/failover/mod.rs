//! A master dies under load and another server takes its place, or the server itself starts again. Acknowledged and
//! replicated changes are there with their events, all followers reach the room's true state, and deadlines go on.

mod acknowledged;
mod deadlines;
mod followers;
mod sentinel;
mod writers;

use crate::support::load::send;
use crate::support::{rooms, wait_for, Builder, Client, Follower, Json, Load, Server, Traffic};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use writers::{Acknowledged, Safe, Writer};

/// Frames wait for their tick, deadlines fall due all the time, and every event of a test is held.
fn lively() -> Builder {
    let builder = Server::with().unlimited().room("tick", 10).room("history-bytes", 64 << 20);
    builder.room("lease", 2).room("grace", 1).room("host-grace", 1)
}

/// Every comment of the room `r`, by its id.
#[track_caller]
fn comments(client: &mut Client) -> BTreeMap<i64, Json> {
    rooms::comments(|read| client.json(read), "r")
}

/// All events, as EVENTS returns them to a follower of the epoch before.
#[track_caller]
fn events(client: &mut Client, epoch: &str) -> Vec<Json> {
    let frame = client.json(&["ROOM.EVENTS", "r", "-", epoch, "0"]);
    frame["events"].as_array().unwrap().clone()
}

const WRITERS: [&str; 3] = ["w1", "w2", "w3"];

/// The room `r` with the writers in it, and rooms for random traffic, replicated to this many replicas.
#[track_caller]
fn open(master: &Server, replicas: i64) -> Traffic {
    let mut client = master.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    client.ok("ROOM.CONFIG r ada emojis []");
    WRITERS.iter().for_each(|user| drop(client.json(&["ROOM.JOIN", "r", user])));
    client.int("ROOM.POLLOPEN r ada Which? 3 a b c");
    let traffic = Traffic::new(5, &["a", "b"]).ending().plain();
    send(&mut client, &traffic.opening()).unwrap();
    assert!(client.int(&["WAIT", &replicas.to_string(), "0"]) >= replicas);
    traffic
}

/// Kills a server under load, and returns what it had acknowledged.
#[track_caller]
fn kill_under_load(
    master: &mut Server,
    traffic: Traffic,
    safe: Safe,
    followers: &mut [Follower],
) -> Vec<Acknowledged> {
    let load = Load::start(master, 0, traffic, 50_000);
    let writers = WRITERS.map(|user| Writer::start(master, user, safe));
    for writer in &writers {
        wait_for("300 acknowledged changes", || {
            followers.iter_mut().for_each(Follower::pump);
            (writer.done.load(Ordering::Relaxed) > 300).then_some(())
        });
    }
    assert!(!load.is_over());
    master.kill9();
    load.end();
    let known = writers.map(Writer::end).to_vec();
    assert!(known.iter().all(|known| known.comments.len() > 20), "{known:?}");
    known
}

/// Every follower's picture matches its room.
#[track_caller]
fn assert_all_followed(followers: &mut [Follower]) {
    followers.iter_mut().for_each(Follower::assert_matches_state);
}

fn follow(server: &Server) -> Vec<Follower> {
    ["r", "a", "b"].iter().map(|key| Follower::new(server, key)).collect()
}

#[track_caller]
fn move_to(server: &Server, followers: &mut [Follower]) {
    for follower in followers {
        follower.lose_subscription();
        follower.subscribe_again(server);
    }
}
