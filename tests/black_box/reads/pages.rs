//! Members and hands, page by page, while they come and go.

use super::{prompt, users};
use crate::support::{json, Client};
use std::collections::BTreeSet;

/// The users of all pages of a read.
#[track_caller]
fn pages(
    client: &mut Client,
    read: &str,
    list: &str,
    mut between: impl FnMut(&mut Client, usize),
) -> Vec<String> {
    let (mut cursor, mut found) = ("0".to_owned(), Vec::new());
    for page in 0.. {
        assert!(page < 100, "the pages do not end: {read}");
        let reply = client.json(&format!("{read} CURSOR {cursor}"));
        found.extend(users(&reply[list]).into_iter().map(str::to_owned));
        cursor = reply["cursor"].as_str().unwrap().to_owned();
        if cursor == "0" {
            break;
        }
        between(client, page);
    }
    found
}

#[test]
fn members_are_the_stage_and_then_the_others_in_order_of_joining() {
    let server = prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    for user in ["cy", "dan", "ben", "eve", "ada"] {
        client.json(&["ROOM.JOIN", "r", user]);
    }
    client.ok("ROOM.ROLE r ada ben cohost");
    client.ok("ROOM.ROLE r ada eve speaker");
    client.ok("ROOM.ROLE r ada absent cohost");
    client.int("ROOM.LEAVE r dan");
    client.json("ROOM.JOIN r dan");
    let mut list = |rest: &str| pages(&mut client, &format!("ROOM.MEMBERS r - {rest}"), "members", |_, _| {});
    assert_eq!(list(""), ["ada", "ben", "eve", "cy", "dan"]);
    for count in 1..6 {
        assert_eq!(list(&format!("COUNT {count}")), ["ada", "ben", "eve", "cy", "dan"], "COUNT {count}");
    }
    assert_eq!(list("ROLE host"), ["ada"]);
    assert_eq!(list("ROLE cohost COUNT 1"), ["ben"]);
    assert_eq!(list("role SPEAKER"), ["eve"]);
    assert_eq!(list("ROLE listener COUNT 1"), ["cy", "dan"]);
    for wrong in ["COUNT 0", "COUNT 1001", "ROLE guest", "CURSOR x", "CURSOR -1", "CURSOR 1-2-3-4"] {
        client.err(&format!("ROOM.MEMBERS r - {wrong}"), "INVALID");
    }
    client.json("ROOM.MEMBERS r - COUNT 1000");
}

#[test]
fn members_who_stay_are_in_the_pages() {
    let server = prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada SEATS 50");
    client.json("ROOM.JOIN r ada");
    for n in 0..60 {
        client.json(&["ROOM.JOIN", "r", &format!("u{n}")]);
    }
    for n in 0..6 {
        client.ok(&["ROOM.ROLE", "r", "ada", &format!("u{n}"), "speaker"]);
    }
    // During the read one steps down, one gets on stage, one leaves, and one is new.
    let found = pages(&mut client, "ROOM.MEMBERS r - COUNT 3", "members", |client, page| {
        client.cmd(&["ROOM.STEPDOWN", "r", "ada", &format!("u{page}")]);
        client.cmd(&["ROOM.ROLE", "r", "ada", &format!("u{}", 10 + page), "speaker"]);
        client.int(&["ROOM.LEAVE", "r", &format!("u{}", 59 - page)]);
        client.json(&["ROOM.JOIN", "r", &format!("new{page}")]);
    });
    let seen: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    for member in users(&client.json("ROOM.MEMBERS r - COUNT 1000")["members"]) {
        let stayed = member == "ada" || member.starts_with('u');
        assert!(!stayed || seen.contains(member), "{member} was not read: {found:?}");
    }
}

#[test]
fn hands_are_read_in_order_while_they_come_and_go() {
    let server = prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    for n in 0..30 {
        client.json(&["ROOM.JOIN", "r", &format!("u{n}"), "PROFILE", "{\"a\":1}"]);
        client.int(&["ROOM.RAISEHAND", "r", &format!("u{n}")]);
    }
    let found = pages(&mut client, "ROOM.HANDS r u1 COUNT 4", "hands", |client, page| {
        client.int(&["ROOM.LOWERHAND", "r", &format!("u{}", 3 * page)]);
    });
    let gone: Vec<String> = (0..10).map(|n| format!("u{}", 3 * n)).collect();
    let stayed: Vec<String> = (0..30).map(|n| format!("u{n}")).filter(|user| !gone.contains(user)).collect();
    let found: Vec<String> = found.into_iter().filter(|user| !gone.contains(user)).collect();
    assert_eq!(found, stayed);
    assert_eq!(client.json("ROOM.HANDS r -")["profiles"]["u1"], json!({"a":1}));
    client.err("ROOM.HANDS r - CURSOR 1x", "INVALID");
}
