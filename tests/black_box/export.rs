//! EXPORT, PURGE, and LIST as a warehouse uses them.

use crate::support::rooms::{digest, export, export_pages, listed, lived_in, now_ms, of_every_state};
use crate::support::subscriber::Kind;
use crate::support::{json, wait_for, Builder, Json, Server, Subscriber};
use std::collections::{BTreeMap, BTreeSet};

fn prompt() -> Builder {
    Server::with().prompt().patient().notify("KEd")
}

/// Kinds of lines with their documented fields.
const KINDS: [(&str, &str); 12] = [
    (
        "room",
        "title host state created_ms at_ms started_ms ended_ms duration_ms unique_members peak_present comments \
         reactions_total hands_raised speakers_total interested invited kicks blocks mutes private seats capacity \
         meta hostloss slowmode emojis",
    ),
    (
        "member",
        "user role first_joined_ms last_left_ms present_ms stage_ms joins comments reactions hands votes invited \
         interested blocked",
    ),
    ("visit", "user from_ms to_ms"),
    ("stage", "user from_ms to_ms"),
    ("hand", "user from_ms to_ms how by"),
    ("offer", "user from_ms to_ms how by"),
    ("comment", "comment_id user ms text reply deleted deleted_by pinned shadow"),
    ("reaction", "user reaction count"),
    ("timeline", "minute_ms peak_present joins leaves comments reactions"),
    ("poll", "question options voters state multi secret final hidden opened_ms closes_ms"),
    ("vote", "poll user options ms"),
    ("moderation", "ms actor action target reason"),
];

fn of_kind<'a>(lines: &'a [Json], kind: &str) -> Vec<&'a Json> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}

#[track_caller]
fn of_user<'a>(lines: &'a [Json], kind: &str, user: &str) -> &'a Json {
    let found: Vec<&Json> = of_kind(lines, kind).into_iter().filter(|line| line["user"] == user).collect();
    assert_eq!(found.len(), 1, "{kind} of {user}: {found:?}");
    found[0]
}

#[test]
fn every_line_has_all_fields_of_its_kind_and_a_unique_id() {
    let server = prompt().start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    let incarnation = client.room_info("r")["incarnation"].clone();
    client.json("ROOM.END r ada");
    let found = export_pages(&mut client, "r", 1000);
    let known: BTreeMap<&str, &str> = KINDS.into();
    let mut kinds = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for line in &found {
        let kind = line["kind"].as_str().unwrap();
        let fields = known.get(kind).unwrap_or_else(|| panic!("a kind that is not documented: {line}"));
        for field in fields.split_whitespace() {
            assert!(line.get(field).is_some(), "{kind} has no {field}: {line}");
        }
        for (name, value) in line.as_object().unwrap() {
            assert!(!value.is_object(), "flat but for arrays: {name} in {line}");
        }
        assert_eq!((&line["room"], &line["incarnation"]), (&json!("r"), &json!(incarnation)));
        kinds.insert(kind);
        assert!(ids.insert(line["id"].to_string()), "an id twice: {line}");
    }
    assert_eq!(kinds, known.keys().copied().collect());
}

#[test]
fn the_lines_record_what_happened() {
    let server = prompt().start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    let summary = client.json("ROOM.END r ada");
    let found = export_pages(&mut client, "r", 1000);
    let room = of_kind(&found, "room")[0];
    for name in KINDS[0].1.split_whitespace().take(19) {
        assert_eq!(room[name], summary[name], "{name} as in the summary");
    }
    assert_eq!(room["state"], "ended");

    let users: BTreeSet<&str> =
        of_kind(&found, "member").iter().map(|line| line["user"].as_str().unwrap()).collect();
    for user in ["ada", "ben", "cy", "dan", "eve", "fay", "gus", "hal"] {
        assert!(users.contains(user), "{user}");
    }
    let cy = of_user(&found, "member", "cy");
    assert_eq!((&cy["role"], &cy["joins"], &cy["hands"]), (&json!("speaker"), &json!(1), &json!(1)));
    assert_eq!((&cy["reactions"], &cy["votes"]), (&json!(1), &json!(1)));
    assert_eq!(of_user(&found, "member", "gus")["blocked"], true);
    assert_eq!(of_user(&found, "member", "dan")["invited"], true);
    assert_eq!(of_user(&found, "member", "ada")["comments"], 1);

    let ended = summary["ended_ms"].as_u64().unwrap();
    for user in ["ada", "ben", "cy", "dan", "eve", "hal"] {
        assert_eq!(of_user(&found, "visit", user)["to_ms"], ended, "{user} stayed to the end");
    }
    assert!(of_user(&found, "visit", "fay")["to_ms"].as_u64().unwrap() <= ended);
    for user in ["ada", "ben", "cy"] {
        let stage = of_user(&found, "stage", user);
        assert!(stage["from_ms"].as_u64().unwrap() <= stage["to_ms"].as_u64().unwrap());
    }
    assert_eq!(of_kind(&found, "hand").len(), 3);
    assert_eq!(of_user(&found, "offer", "eve")["by"], "ada");
    assert_eq!(of_kind(&found, "comment").len(), 6);
    let comment = |id: i64| *of_kind(&found, "comment").iter().find(|line| line["comment_id"] == id).unwrap();
    assert_eq!((&comment(2)["text"], &comment(2)["deleted_by"]), (&json!(""), &json!("ben")));
    assert_eq!((&comment(4)["text"], &comment(4)["deleted"]), (&json!(""), &json!(true)), "cleared");
    assert_eq!((&comment(5)["user"], &comment(5)["reply"]), (&json!("-"), &json!(1)));
    assert_eq!((&comment(5)["pinned"], &comment(1)["pinned"]), (&json!(true), &json!(true)));
    assert_eq!((&comment(6)["shadow"], &comment(6)["text"]), (&json!(true), &json!("nobody sees this")));
    let clapped = of_kind(&found, "reaction").iter().filter(|line| line["reaction"] == "👏").count();
    assert_eq!(clapped, 4, "one line a user and kind");
    assert_eq!(of_user(&found, "reaction", "eve")["count"], 7);
    assert_eq!(of_kind(&found, "poll").len(), 3);
    let votes: BTreeSet<&str> =
        of_kind(&found, "vote").iter().map(|line| line["user"].as_str().unwrap()).collect();
    assert_eq!(votes, ["dan", "eve", "fay"].into(), "cy voted in secret");
    let actions: Vec<(&str, &str)> = of_kind(&found, "moderation")
        .iter()
        .map(|line| (line["action"].as_str().unwrap(), line["target"].as_str().unwrap()))
        .collect();
    for wanted in [("kick", "fay"), ("block", "gus"), ("block", "never-came")] {
        assert!(actions.contains(&wanted), "{wanted:?}: {actions:?}");
    }
}

#[test]
fn the_timeline_sums_up_minutes() {
    let server = prompt().start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    client.json("ROOM.END r ada");
    let found = export_pages(&mut client, "r", 1000);
    let minutes = of_kind(&found, "timeline");
    let sum = |name: &str| minutes.iter().map(|line| line[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("joins"), sum("comments")), (8, 5));
    assert!(minutes.iter().all(|line| line["minute_ms"].as_u64().unwrap() % 60_000 == 0));
}

#[test]
fn an_export_does_not_depend_on_its_pages_and_can_be_repeated() {
    let mut server = prompt().start();
    let mut client = server.client();
    let now = now_ms(&mut client);
    of_every_state(&mut client, "", now);
    for key in ["ended", "cancelled"] {
        let digested = digest(&mut client, key);
        let whole = export_pages(&mut client, key, 10000);
        for count in [1, 2, 7] {
            assert_eq!(export_pages(&mut client, key, count), whole, "{key} in pages of {count}");
        }
        assert_eq!(digest(&mut client, key), digested);
        server.restart();
        client = server.client();
        assert_eq!(export_pages(&mut client, key, 3), whole, "{key} after a restart");
    }
}

#[test]
fn lines_of_a_live_room_keep_their_ids() {
    let server = prompt().start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    let live = export_pages(&mut client, "r", 1);
    client.json("ROOM.END r ada");
    let ended = export_pages(&mut client, "r", 1);
    let ids =
        |lines: &[Json]| -> BTreeSet<String> { lines.iter().map(|line| line["id"].to_string()).collect() };
    assert!(ids(&live).is_subset(&ids(&ended)), "{:?}", ids(&live).difference(&ids(&ended)));
    // Records that cannot change any more have the same line.
    for kind in ["comment", "reaction", "vote", "moderation"] {
        assert_eq!(of_kind(&live, kind), of_kind(&ended, kind), "{kind}");
    }
}

#[test]
fn a_cursor_belongs_to_its_incarnation() {
    let server = prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.CREATE other ada");
    let cursor = client.cmd("ROOM.EXPORT r 0 COUNT 1").list()[0].text();
    assert_ne!(cursor, "0");
    client.err(&["ROOM.EXPORT", "other", &cursor], "INVALID");
    client.cmd(&["ROOM.EXPORT", "r", &cursor]).list();
    client.int("DEL r");
    client.json("ROOM.CREATE r ada");
    client.err(&["ROOM.EXPORT", "r", &cursor], "INVALID");
    let incarnation = client.room_info("r")["incarnation"].clone();
    for wrong in
        ["", "1", "x", "0-0", "-", "0-0-0", " 0", "00", &format!("{incarnation}-0"), &"9".repeat(1025)]
    {
        client.err(&["ROOM.EXPORT", "r", wrong], "INVALID");
    }
    for odd in ["0-0-0", "99-0", "0-18446744073709551615", "18446744073709551615-0", "3-18446744073709551615"]
    {
        // A made-up cursor gets an answer and never crashes.
        client.cmd(&["ROOM.EXPORT", "r", &format!("{incarnation}-{odd}")]);
    }
    for wrong in ["COUNT 0", "COUNT 10001", "COUNT", "LIMIT 3"] {
        client.err(&format!("ROOM.EXPORT r 0 {wrong}"), "INVALID");
    }
    client.err("ROOM.EXPORT none 0", "NOROOM");
    assert_eq!(client.text("PING"), "PONG");
}

#[test]
fn only_a_room_that_is_over_is_purged() {
    let server = prompt().start();
    let mut client = server.client();
    let now = now_ms(&mut client);
    of_every_state(&mut client, "", now);
    for key in ["live", "scheduled", "private"] {
        let digested = digest(&mut client, key);
        client.err(&["ROOM.PURGE", key], "NOTENDED");
        assert_eq!(digest(&mut client, key), digested);
    }
    for (key, other) in [("ended", "cancelled"), ("cancelled", "live")] {
        let frames = Subscriber::room(&server, key);
        let notifications = Subscriber::keyevents(&server);
        let foreign = client.room_info(other)["incarnation"].clone();
        let info = client.room_info(key);
        assert_eq!(client.int(&["ROOM.PURGE", key, "INCARNATION", &foreign]), 0);
        assert_eq!(client.int(&["EXISTS", key]), 1);
        assert_eq!(notifications.drain(&mut client), Vec::<String>::new());
        assert_eq!(client.int(&["ROOM.PURGE", key, "incarnation", &info["incarnation"]]), 1);
        assert_eq!(client.int(&["EXISTS", key]), 0);
        assert_eq!(notifications.drain(&mut client), [format!("room.purge {key}")]);
        wait_for("gone is published", || {
            let received = frames.settled(&mut client, Kind::Channel);
            (received == [json!({"kind":"gone","room":key,"epoch":info["epoch"]})]).then_some(())
        });
        client.err(&["ROOM.EXPORT", key, "0"], "NOROOM");
    }
    client.err("ROOM.PURGE live INCARNATION", "INVALID");
    // The warehouse asks again after a lost reply.
    assert_eq!(client.int("ROOM.PURGE ended"), 0);
}

#[test]
fn a_warehouse_exports_every_ended_room_once() {
    let server = prompt().start();
    let mut client = server.client();
    let keys: Vec<String> = (0..9).map(|n| format!("room:{n}")).collect();
    for key in &keys {
        lived_in(&mut client, key);
    }
    for key in &keys[..6] {
        client.json(&["ROOM.END", key, "ada"]);
    }
    let mut taken = BTreeMap::new();
    let mut rounds = 0;
    loop {
        rounds += 1;
        let ended = client.cmd("ROOM.LIST STATE ended COUNT 4").list()[1].texts();
        if ended.is_empty() {
            break;
        }
        for key in ended {
            let incarnation = client.room_info(&key)["incarnation"].clone();
            let lines = export(&mut client, &key);
            assert!(lines.iter().all(|line| line["incarnation"] == incarnation.as_str()));
            assert_eq!(client.int(&["ROOM.PURGE", &key, "INCARNATION", &incarnation]), 1);
            assert!(taken.insert(key, lines.len()).is_none(), "taken twice");
        }
        if rounds == 1 {
            client.json(&["ROOM.END", &keys[6], "ada"]);
        }
    }
    assert_eq!(taken.keys().cloned().collect::<Vec<_>>(), keys[..7]);
    assert_eq!(listed(&mut client, "", 2), keys[7..]);
}

#[test]
fn list_filters_by_state_and_privacy_and_gives_cards() {
    let server = prompt().start();
    let mut client = server.client();
    let now = now_ms(&mut client);
    of_every_state(&mut client, "", now);
    client.ok("SET string x");
    for (options, keys) in [
        ("", &["cancelled", "ended", "live", "private", "scheduled"][..]),
        ("STATE live", &["live", "private"]),
        ("STATE live PUBLIC", &["live"]),
        ("PUBLIC state ENDED", &["ended"]),
        ("STATE scheduled", &["scheduled"]),
        ("STATE cancelled", &["cancelled"]),
    ] {
        assert_eq!(listed(&mut client, options, 2), keys, "{options}");
    }
    let cards = client.cmd("ROOM.LIST CARDS STATE ended").list()[1].list();
    assert_eq!(cards[0].json(), client.json("ROOM.INFO ended"));
    client.ok("SELECT 1");
    assert_eq!(listed(&mut client, "", 2), Vec::<String>::new());
    for wrong in ["STATE", "STATE over", "PUBLIC PUBLIC", "COUNT 0", "COUNT 1001", "CURSOR x", "live"] {
        client.err(&format!("ROOM.LIST {wrong}"), "INVALID");
    }
}
