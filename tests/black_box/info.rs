//! The INFO section `room`.

use crate::support::engine::Error;
use crate::support::rooms::now_ms;
use crate::support::{wait_for, Server, Subscriber};
use std::collections::BTreeMap;

const NAMES: [&str; 11] = [
    "rooms_live",
    "rooms_scheduled",
    "rooms_ended",
    "rooms_cancelled",
    "members_present",
    "frames",
    "events",
    "reactions",
    "comments",
    "deadlines_armed",
    "deadlines_due",
];

/// Errors so far by code. A code without a field was never replied. The case of the names is up to the module.
fn errors(server: &Server) -> BTreeMap<String, i64> {
    let info = server.room_info();
    info.iter()
        .filter_map(|(name, count)| Some((name.strip_prefix("errors_")?.to_uppercase(), *count)))
        .collect()
}

/// Rooms live, scheduled, ended, cancelled.
fn rooms(server: &Server) -> [i64; 4] {
    let info = server.room_info();
    ["live", "scheduled", "ended", "cancelled"].map(|state| info[&format!("rooms_{state}")])
}

#[test]
fn a_fresh_server_has_every_field_at_zero() {
    let server = Server::start();
    let info = server.room_info();
    for name in NAMES {
        assert_eq!(info.get(name), Some(&0), "{name}: {info:?}");
    }
    assert!(errors(&server).values().all(|count| *count == 0));
    assert!(server.cmd("INFO everything").text().contains("room_rooms_live:0"));
}

#[test]
fn rooms_are_counted_by_state_through_every_key_command() {
    let mut server = Server::with().prompt().start();
    let mut client = server.client();
    let at = (now_ms(&mut client) + 3_600_000).to_string();
    for key in ["a", "b", "c"] {
        client.json(&["ROOM.CREATE", key, "ada"]);
    }
    for key in ["s", "t"] {
        client.json(&["ROOM.CREATE", key, "ada", "AT", &at]);
    }
    assert_eq!(rooms(&server), [3, 2, 0, 0]);
    client.json("ROOM.END a ada");
    client.ok("ROOM.CANCEL t ada");
    assert_eq!(rooms(&server), [2, 1, 1, 1]);
    client.ok("ROOM.START s ada");
    assert_eq!(rooms(&server), [3, 0, 1, 1]);
    assert_eq!(client.int("ROOM.PURGE a"), 1);
    assert_eq!(rooms(&server), [3, 0, 0, 1]);

    client.ok("RENAME b b2");
    // The module may find a renamed room only after a while.
    wait_for("RENAME", || (rooms(&server) == [3, 0, 0, 1]).then_some(()));
    client.int("COPY b2 b3");
    assert_eq!(rooms(&server), [4, 0, 0, 1], "COPY");
    client.int("DEL b3");
    assert_eq!(rooms(&server), [3, 0, 0, 1], "DEL");
    client.ok("SET c other");
    assert_eq!(rooms(&server), [2, 0, 0, 1], "SET over a room");
    let dump = client.cmd("DUMP b2").bytes();
    client.ok(&[b"RESTORE".as_slice(), b"b4", b"0", &dump]);
    assert_eq!(rooms(&server), [3, 0, 0, 1], "RESTORE");
    assert_eq!(client.int("MOVE b4 1"), 1);
    wait_for("MOVE", || (rooms(&server) == [3, 0, 0, 1]).then_some(()));
    client.ok("SWAPDB 0 1");
    assert_eq!(rooms(&server), [3, 0, 0, 1], "SWAPDB");

    server.restart();
    assert_eq!(rooms(&server), [3, 0, 0, 1], "restart");
    server.cmd("FLUSHALL").ok();
    assert_eq!(rooms(&server), [0, 0, 0, 0], "FLUSHALL");
}

#[test]
fn members_present_includes_lost_members() {
    let mut server = Server::with().prompt().start();
    let mut client = server.client();
    for key in ["a", "b"] {
        client.json(&["ROOM.CREATE", key, "ada"]);
        for user in ["ada", "ben", "cy"] {
            client.json(&["ROOM.JOIN", key, user]);
        }
    }
    client.json("ROOM.JOIN a ada SESSION second");
    assert_eq!(server.counter("members_present"), 6);
    client.int("ROOM.LEAVE a ben");
    assert_eq!(server.counter("members_present"), 5);
    client.int("ROOM.LEAVE a cy LOST");
    assert_eq!(server.counter("members_present"), 5, "lost members are present");
    server.restart();
    assert_eq!(server.counter("members_present"), 5, "restart");
    server.client().int("DEL b");
    assert_eq!(server.counter("members_present"), 2);
}

#[test]
fn frames_events_comments_and_reactions_are_counted() {
    let server = Server::with().prompt().start();
    let mut client = server.client();
    let subscriber = Subscriber::room(&server, "r");
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    client.int("ROOM.COMMENT r ada one");
    client.int("ROOM.COMMENT r ada two");
    client.int("ROOM.REACT r ada 👏 COUNT 40");
    client.int("ROOM.REACT r ada 👏 COUNT 2");
    let last = client.json("ROOM.STATE r -")["seq"].as_i64().unwrap();
    let frames = subscriber.wait_until("every event", |frames| {
        frames.last().is_some_and(|frame| frame["to"].as_i64() == Some(last))
    });
    let info = server.room_info();
    assert_eq!(info["comments"], 2);
    assert_eq!(info["reactions"], 42);
    assert_eq!(info["events"], last);
    assert_eq!(info["frames"], frames.len() as i64);
}

#[test]
fn errors_are_counted_by_code() {
    let server = Server::with().prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.ok("SET s x");
    let before = errors(&server);
    client.err("ROOM.STATE nowhere -", "NOROOM");
    client.err("ROOM.JOIN nowhere ada", "NOROOM");
    client.err("ROOM.CREATE r ada", "ROOMEXISTS");
    client.err("ROOM.STATE s -", "WRONGTYPE");
    client.err("ROOM.START r ada", "NOTSCHEDULED");
    client.err("ROOM.COMMENT r ben hi", "NOTMEMBER");
    client.err("ROOM.END r ben", "FORBIDDEN");
    client.err("ROOM.CREATE q ada SEATS many", "INVALID");
    // Errors of the server itself are not counted.
    client.err("ROOM.STATE r", "ERR");
    let after = errors(&server);
    let new: BTreeMap<&str, i64> = after
        .iter()
        .map(|(code, count)| (code.as_str(), count - before.get(code).unwrap_or(&0)))
        .filter(|(_, count)| *count > 0)
        .collect();
    let wanted = [
        ("NOROOM", 2),
        ("ROOMEXISTS", 1),
        ("WRONGTYPE", 1),
        ("NOTSCHEDULED", 1),
        ("NOTMEMBER", 1),
        ("FORBIDDEN", 1),
        ("INVALID", 1),
    ];
    assert_eq!(new, wanted.into());
    assert!(after.keys().all(|code| Error::CODES.contains(&code.as_str())), "{after:?}");
}

#[test]
fn deadlines_are_armed_and_settled_by_timer() {
    let server = Server::with().prompt().start();
    let mut client = server.client();
    let subscriber = Subscriber::room(&server, "r");
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    client.int(&["ROOM.POLLOPEN", "r", "ada", "Which?", "2", "a", "b", "FOR", "1"]);
    assert!(server.counter("deadlines_armed") > 0);
    assert_eq!(server.counter("deadlines_due"), 0);

    // While writes are paused the timer must not act, so the due deadline is visible.
    let mut admin = server.client();
    admin.ok("CLIENT PAUSE 60000 WRITE");
    wait_for("the poll's deadline is due", || (server.counter("deadlines_due") > 0).then_some(()));
    admin.ok("CLIENT UNPAUSE");
    subscriber.wait_event("poll", |event| event["poll"]["state"] == "closed");
    wait_for("nothing is due", || (server.counter("deadlines_due") == 0).then_some(()));

    client.int("DEL r");
    wait_for("no deadline is armed", || (server.counter("deadlines_armed") == 0).then_some(()));
}
