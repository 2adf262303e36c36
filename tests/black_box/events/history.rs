//! `ROOM.EVENTS`: which events are held, and for which epochs.

use super::{prompt, published, room, still, types};
use crate::support::{json, wait_for, Client, Json, Subscriber};

#[test]
fn events_are_served_by_epoch_and_seq() {
    let mut server = prompt().room("history-bytes", 1024).start();
    let mut client = server.client();
    room(&mut client);
    let at = |client: &mut Client| {
        let state = client.json("ROOM.STATE r -");
        (state["epoch"].as_str().unwrap().to_owned(), state["seq"].as_i64().unwrap())
    };
    let ask = |client: &mut Client, epoch: &str, since: i64| {
        let reply = client.cmd(&["ROOM.EVENTS", "r", "-", epoch, &since.to_string()]);
        reply.error().map_or_else(|| Ok(reply.json()), |error| Err(error[..6].to_owned()))
    };
    let (epoch, seq) = at(&mut client);
    for n in 0..30 {
        client.int(&["ROOM.COMMENT", "r", "cy", &format!("comment {n}")]);
    }
    let received = ask(&mut client, &epoch, seq + 28).unwrap();
    assert_eq!((&received["from"], &received["to"]), (&json!(seq + 29), &json!(seq + 30)));
    assert_eq!(types(received["events"].as_array().unwrap()), ["comment", "comment"]);
    assert_eq!(ask(&mut client, &epoch, seq).unwrap_err(), "RESYNC", "no longer held");
    assert_eq!(ask(&mut client, &epoch, seq + 31).unwrap_err(), "RESYNC", "ahead");
    assert_eq!(ask(&mut client, "none", seq + 30).unwrap_err(), "RESYNC", "a foreign epoch");
    assert!(ask(&mut client, &epoch, seq + 30).is_ok());

    // A takeover: the first change after a load begins a new epoch, and seq goes on.
    server.restart();
    let mut client = server.client();
    assert_eq!(at(&mut client), (epoch.clone(), seq + 30));
    let frames = Subscriber::room(&server, "r");
    client.int("ROOM.COMMENT r cy again");
    let (taken, now) = at(&mut client);
    assert_ne!(taken, epoch);
    let frame = published(&frames, &mut client).remove(0);
    assert_eq!((&frame["epoch"], &frame["from"]), (&json!(taken), &json!(seq + 31)));
    let received = ask(&mut client, &epoch, seq + 29).unwrap();
    assert_eq!(
        (&received["epoch"], &received["from"], &received["to"]),
        (&json!(taken), &json!(seq + 30), &json!(now))
    );
    assert_eq!(ask(&mut client, &epoch, seq + 31).unwrap_err(), "RESYNC", "beyond where it ended");
    server.restart();
    let mut client = server.client();
    client.int("ROOM.COMMENT r cy again");
    assert!(ask(&mut client, &taken, now).is_ok());
    assert_eq!(ask(&mut client, &epoch, seq + 30).unwrap_err(), "RESYNC", "an epoch before the last");
}

#[test]
fn history_keeps_only_the_latest_event_of_a_folding_kind() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    for _ in 0..10 {
        client.int("ROOM.REACT r cy 👏");
        client.int("ROOM.REACT r cy 🔥");
        client.int("ROOM.COMMENT r cy hi");
    }
    let epoch = client.room_info("r")["epoch"].clone();
    let held = client.json(&["ROOM.EVENTS", "r", "-", &epoch, "0"]);
    let held = held["events"].as_array().unwrap();
    let reactions: Vec<&Json> = held.iter().filter(|event| event["type"] == "reactions").collect();
    assert_eq!(reactions.len(), 1);
    assert_eq!(reactions[0]["total"], json!({"👏":10,"🔥":10}));
    assert_eq!(held.iter().filter(|event| event["type"] == "comment").count(), 10);
}

#[test]
fn changes_that_wait_at_a_restart_are_published_after_it() {
    let mut server = still().start();
    let mut client = server.client();
    room(&mut client);
    let state = client.json("ROOM.STATE r -");
    let (epoch, seq) = (state["epoch"].as_str().unwrap(), state["seq"].to_string());
    client.int("ROOM.COMMENT r cy waiting");
    assert_eq!(client.json(&["ROOM.EVENTS", "r", "-", epoch, &seq])["events"], json!([]));
    server.restart();
    let mut client = server.client();
    wait_for("the comment is published", || {
        let received = client.json(&["ROOM.EVENTS", "r", "-", epoch, &seq]);
        let received = received["events"].as_array().unwrap();
        received.iter().any(|event| event["comment"]["text"] == "waiting").then_some(())
    });
}
