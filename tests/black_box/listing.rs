//! `ROOM.LIST`: the rooms of a database, for a lobby or a warehouse.

use crate::support::rooms::{listed, of_every_state};
use crate::support::{self, json, wait_for, Client, Json, Server};
use std::collections::BTreeSet;

fn server() -> (Server, Client) {
    let server = Server::with().prompt().patient().start();
    let mut client = server.client();
    let now = support::rooms::now_ms(&mut client);
    of_every_state(&mut client, "", now);
    (server, client)
}

#[test]
fn list_filters_by_state_and_privacy() {
    let (_server, mut client) = server();
    client.ok("SET no-room 1");
    for (filters, keys) in [
        ("", &["cancelled", "ended", "live", "private", "scheduled"][..]),
        ("STATE live", &["live", "private"]),
        ("state LIVE public", &["live"]),
        ("STATE scheduled", &["scheduled"]),
        ("STATE ended", &["ended"]),
        ("STATE cancelled", &["cancelled"]),
        ("PUBLIC", &["cancelled", "ended", "live", "scheduled"]),
        ("PUBLIC STATE ended", &["ended"]),
    ] {
        assert_eq!(listed(&mut client, filters, 100), keys, "{filters}");
        assert_eq!(listed(&mut client, filters, 1), keys, "{filters}, one a page");
    }
    // The list follows changes.
    client.ok("ROOM.CONFIG private ada private off");
    assert_eq!(listed(&mut client, "PUBLIC STATE live", 100), ["live", "private"]);
    client.json("ROOM.END private ada");
    assert_eq!(listed(&mut client, "STATE ended", 100), ["ended", "private"]);
    client.int("ROOM.PURGE private");
    assert_eq!(listed(&mut client, "STATE ended", 100), ["ended"]);
}

/// The module may find a renamed room only after a while.
#[track_caller]
fn wait_listed(client: &mut Client, filter: &str, keys: &[&str]) {
    wait_for(&format!("LIST {filter} gives {keys:?}"), || {
        (listed(client, filter, 100) == keys).then_some(())
    });
}

/// A live room with a poll that closes by itself.
#[track_caller]
fn with_poll(client: &mut Client, key: &str) {
    client.json(&["ROOM.CREATE", key, "ada"]);
    client.json(&["ROOM.JOIN", key, "ada"]);
    client.int(&["ROOM.POLLOPEN", key, "ada", "Now?", "2", "yes", "no", "FOR", "1"]);
}

/// The timer closes the poll and its event is published, though nobody writes to the room.
#[track_caller]
fn wait_poll_closed(client: &mut Client, key: &str) {
    wait_for(&format!("the poll of {key} closes"), || {
        let epoch = client.json(&["ROOM.STATE", key, "-"])["epoch"].as_str().unwrap().to_owned();
        let frame = client.json(&["ROOM.EVENTS", key, "-", &epoch, "0"]);
        let closed = |event: &Json| event["type"] == "poll" && event["poll"]["state"] == "closed";
        frame["events"].as_array().unwrap().iter().any(closed).then_some(())
    });
}

#[test]
fn a_renamed_room_is_listed_and_keeps_its_deadlines() {
    let mut server = Server::with().prompt().patient().aof(true).start();
    let mut client = server.client();
    let ways: [(&str, &[&str]); 4] = [
        ("renamed", &["RENAME r renamed"]),
        ("scripted", &["EVAL return(redis.call('RENAME','r','scripted')) 0"]),
        ("chained", &["MULTI", "RENAME r first", "RENAME first second", "RENAME second chained", "EXEC"]),
        ("r", &["MOVE r 2", "SELECT 2", "MOVE r 0", "SELECT 0"]),
    ];
    let mut keys = Vec::new();
    for (key, way) in ways {
        with_poll(&mut client, "r");
        for line in way {
            assert_eq!(client.cmd(*line).error(), None, "{line}");
        }
        keys.push(key);
        keys.sort_unstable();
        wait_listed(&mut client, "STATE live", &keys);
        wait_poll_closed(&mut client, key);
    }
    // The AOF replays the same commands.
    with_poll(&mut client, "last");
    client.ok("RENAME last again");
    keys.insert(0, "again");
    server.kill9();
    server.start_again();
    let mut client = server.client();
    wait_listed(&mut client, "STATE live", &keys);
    wait_poll_closed(&mut client, "again");
}

#[test]
fn list_shows_the_current_rooms_of_its_database() {
    let (_server, mut client) = server();
    client.ok("RENAME live moved");
    client.int("COPY ended twin");
    client.int("DEL cancelled");
    client.int("UNLINK scheduled");
    wait_listed(&mut client, "", &["ended", "moved", "private", "twin"]);
    client.ok("SELECT 1");
    assert_eq!(listed(&mut client, "", 100), Vec::<String>::new());
    client.json("ROOM.CREATE other ada");
    assert_eq!(listed(&mut client, "", 100), ["other"]);
    client.int("MOVE other 0");
    assert_eq!(listed(&mut client, "", 100), Vec::<String>::new());
    client.ok("SELECT 0");
    wait_listed(&mut client, "STATE live", &["moved", "other", "private"]);
    client.ok("FLUSHDB");
    assert_eq!(listed(&mut client, "", 100), Vec::<String>::new());
}

#[test]
fn cards_match_info() {
    let (_server, mut client) = server();
    for state in ["live", "ended", "scheduled", "cancelled"] {
        for card in listed(&mut client, &format!("STATE {state} CARDS"), 100) {
            let card: Json = serde_json::from_str(&card).unwrap();
            let key = card["room"].as_str().unwrap();
            assert_eq!(card["state"], state);
            assert_eq!(card, client.json(&["ROOM.INFO", key]));
        }
    }
}

#[test]
fn a_room_that_stays_is_listed_once_while_others_come_and_go() {
    let server = Server::with().prompt().patient().start();
    let mut client = server.client();
    for nth in 0..60 {
        client.json(&format!("ROOM.CREATE stays{nth} ada"));
        client.json(&format!("ROOM.CREATE goes{nth} ada"));
    }
    let (mut found, mut cursor, mut round) = (BTreeSet::new(), "0".to_owned(), 0);
    loop {
        let page = client.cmd(&format!("ROOM.LIST CURSOR {cursor} COUNT 7")).list();
        for key in page[1].texts() {
            assert!(found.insert(key.clone()), "{key} twice");
        }
        client.int(&format!("DEL goes{round}"));
        client.json(&format!("ROOM.CREATE new{round} ada"));
        round += 1;
        cursor = page[0].text();
        if cursor == "0" {
            break;
        }
    }
    for nth in 0..60 {
        assert!(found.contains(&format!("stays{nth}")), "stays{nth}");
    }
}

#[test]
fn list_shows_only_keys_that_the_caller_may_read() {
    let (server, mut client) = server();
    client.json("ROOM.CREATE mine:1 ada");
    client.json("ROOM.CREATE mine:2 ada PRIVATE");
    // A write pattern grants no right to read.
    client.ok("ACL SETUSER lobby on >secret ~mine:* %W~live +room.list +select +auth");
    let mut lobby = server.client();
    lobby.ok("AUTH lobby secret");
    assert_eq!(listed(&mut lobby, "", 100), ["mine:1", "mine:2"]);
    assert_eq!(listed(&mut lobby, "", 1), ["mine:1", "mine:2"]);
    assert_eq!(listed(&mut lobby, "PUBLIC", 100), ["mine:1"]);
    assert_eq!(listed(&mut lobby, "CARDS", 100).len(), 2);
    assert_eq!(listed(&mut client, "", 100).len(), 7);
    client.ok("ACL SETUSER lobby %R~live");
    assert_eq!(listed(&mut lobby, "", 100), ["live", "mine:1", "mine:2"]);
    client.ok("ACL SETUSER lobby -room.list");
    lobby.err("ROOM.LIST", "NOPERM");
}

#[test]
fn wrong_options_are_refused() {
    let (_server, mut client) = server();
    for wrong in [
        "STATE gone",
        "STATE",
        "PUBLIC PUBLIC",
        "COUNT 0",
        "COUNT 1001",
        "COUNT many",
        "CURSOR nowhere",
        "CURSOR -1",
        "CURSOR 0 CURSOR 0",
        "COLOUR red",
    ] {
        client.err(&format!("ROOM.LIST {wrong}"), "INVALID");
    }
    for bytes in [&b"\xff"[..], b"\0", &vec![b'1'; 1 << 20]] {
        for name in ["STATE", "CURSOR", "COUNT"] {
            client.err(&[b"ROOM.LIST", name.as_bytes(), bytes], "INVALID");
        }
    }
    assert_eq!(client.cmd("ROOM.LIST COUNT 1000").list()[0].text(), "0");
    assert_eq!(json!(listed(&mut client, "", 1000).len()), 5);
}
