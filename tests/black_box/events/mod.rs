//! Frames, direct frames, notifications and `ROOM.EVENTS`: when they are published, in which order, to whom.

mod direct;
mod frames;
mod gone;
mod history;

use crate::support::subscriber::{events, is_direct, Kind, Message};
use crate::support::{Builder, Client, Json, Server, Subscriber};

/// A tick so long that no test sees it pass.
fn still() -> Builder {
    Server::with().unlimited().patient().room("tick", 10_000).notify("KEd")
}

fn prompt() -> Builder {
    still().room("tick", 0)
}

/// A live room `r`: host ada, cohost ben, listeners cy, dan and eve, all present.
#[track_caller]
fn room(client: &mut Client) {
    client.json("ROOM.CREATE r ada");
    client.ok("ROOM.ROLE r ada ben cohost");
    for user in ["ada", "ben", "cy", "dan", "eve"] {
        client.json(&["ROOM.JOIN", "r", user, "GATEWAY", "g", "SESSION", &format!("s-{user}")]);
    }
}

/// Frames published since the last look, including direct frames.
#[track_caller]
fn published(frames: &Subscriber, client: &mut Client) -> Vec<Json> {
    frames.settled(client, Kind::Channel);
    frames.take().iter().map(Message::json).collect()
}

fn types(events: &[Json]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// Publishes all waiting changes, by an urgent change: the host opens or closes its microphone.
#[track_caller]
fn flush(client: &mut Client) {
    if client.int("ROOM.UNMUTE r ada") == 0 {
        assert_eq!(client.int("ROOM.MUTE r ada"), 1);
    }
}

/// Frames number events without a hole, each frame from where the one before ended.
#[track_caller]
fn contiguous(frames: &[Json]) {
    let mut last = None;
    for frame in frames.iter().filter(|frame| !is_direct(frame)) {
        let (from, to) = (frame["from"].as_i64().unwrap(), frame["to"].as_i64().unwrap());
        assert!(last.is_none_or(|last| from == last + 1), "after {last:?}: {frame}");
        let seqs: Vec<i64> =
            events(std::slice::from_ref(frame)).iter().map(|e| e["seq"].as_i64().unwrap()).collect();
        assert_eq!(seqs, (from..=to).collect::<Vec<_>>(), "{frame}");
        last = Some(to);
    }
}
