//! STATE, MEMBERS, WHOIS, HANDS, EVENTS, SUMMARY, INFO, POLLS, COMMENTS: shapes, who may read, pages, and that a read
//! changes nothing.

use crate::support::rooms::{assert_same, digest, everything, lived_in, now_ms, of_every_state};
use crate::support::{json, wait_for, Builder, Client, Json, Server, Value};
use std::collections::BTreeSet;

const MEMBER: &str = "user role muted hand present lost joined_ms profile";
const YOU: &str =
    "user role muted hand present lost joined_ms profile sessions offer_until_ms invited interested \
                   votes comment_wait_ms";
const COMMENT: &str = "id user text ms reply pinned deleted";
const POLL: &str = "id question options voters state multi secret final hidden opened_ms closes_ms";
const STATE: &str =
    "room incarnation epoch seq ms state title host private at_ms started_ms settings counts stage \
                     hands pins comments polls reactions profiles you";
const SETTINGS: &str =
    "title at private seats capacity meta hostloss comments reactions hands slowmode emojis";
const COUNTS: &str = "present listeners speakers hands comments interested invited";
const SUMMARY: &str = "room incarnation title host state created_ms at_ms started_ms ended_ms duration_ms \
                       unique_members peak_present comments reactions reactions_total hands_raised speakers \
                       speakers_total polls interested invited";
const INFO: &str =
    "state incarnation epoch seq host title private capacity present listeners speakers hands comments \
                    reactions polls interested invited created_ms at_ms started_ms ended_ms channel publish";

fn prompt() -> Builder {
    Server::with().prompt().patient()
}

/// Every field that the contract names is there.
#[track_caller]
fn has(shape: &Json, fields: &str) {
    let object = shape.as_object().unwrap_or_else(|| panic!("no object: {shape}"));
    for field in fields.split_whitespace() {
        assert!(object.contains_key(field), "no {field}: {shape}");
    }
}

#[track_caller]
fn each_has(list: &Json, fields: &str) {
    let list = list.as_array().unwrap_or_else(|| panic!("no array: {list}"));
    assert!(!list.is_empty(), "nothing to look at");
    list.iter().for_each(|item| has(item, fields));
}

fn users(list: &Json) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["user"].as_str().unwrap()).collect()
}

/// All pages of a read, their lists joined.
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
fn every_shape_has_every_field_of_the_contract() {
    let server = prompt().start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    let state = client.json("ROOM.STATE r dan");
    has(&state, STATE);
    has(&state["settings"], SETTINGS);
    has(&state["counts"], COUNTS);
    has(&state["you"], YOU);
    each_has(&state["stage"], MEMBER);
    each_has(&state["hands"], "user ms present");
    each_has(&state["pins"], COMMENT);
    each_has(&state["comments"], COMMENT);
    each_has(&state["polls"], POLL);
    each_has(&state["polls"][0]["options"], "text votes");
    assert_eq!(state["room"], "r");
    assert_eq!(state["title"], "Évening 🌙");
    assert_eq!(state["settings"]["meta"], json!({"tags":["a",1.5]}));
    assert_eq!(state["profiles"]["ada"], json!({"name":"ada \"é\""}));
    for name in ["room", "incarnation", "epoch", "state"] {
        assert!(state[name].as_str().is_some_and(|text| !text.is_empty()), "{name}");
    }

    let page = client.json("ROOM.MEMBERS r dan");
    has(&page, "cursor members");
    each_has(&page["members"], MEMBER);
    has(&client.json("ROOM.WHOIS r dan ada"), MEMBER);
    has(&client.json("ROOM.WHOIS r dan dan"), YOU);
    has(&client.json("ROOM.WHOIS r stranger stranger"), YOU);
    assert_eq!(client.text("ROOM.WHOIS r dan nobody"), "null");
    let page = client.json("ROOM.HANDS r dan");
    has(&page, "cursor hands profiles");
    each_has(&page["hands"], "user ms present");
    assert_eq!(page["hands"][0]["present"], true, "a lost member is present");
    let page = client.json("ROOM.COMMENTS r dan");
    has(&page, "comments profiles");
    each_has(&page["comments"], COMMENT);
    each_has(&client.json("ROOM.POLLS r dan"), POLL);
    let summary = client.json("ROOM.SUMMARY r dan");
    has(&summary, SUMMARY);
    each_has(&summary["polls"], POLL);
    has(&client.json("ROOM.END r ada"), &format!("{SUMMARY} kicks blocks mutes"));
}

#[test]
fn moderation_figures_are_for_staff() {
    let server = prompt().start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    for (actor, told) in
        [("ada", true), ("ben", true), ("-", true), ("cy", false), ("dan", false), ("x", false)]
    {
        let summary = client.json(&["ROOM.SUMMARY", "r", actor]);
        for (name, count) in [("kicks", 1), ("blocks", 3), ("mutes", 0)] {
            let wanted = if told { json!(count) } else { Json::Null };
            assert_eq!(summary[name], wanted, "{name} for {actor}");
        }
    }
}

#[test]
fn info_is_a_map_in_the_contracts_order() {
    let server = prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada TITLE t CAPACITY 9 PRIVATE");
    client.json("ROOM.JOIN r ada");
    let flat = client.cmd("ROOM.INFO r");
    let names: Vec<String> = flat.pairs().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, INFO.split_whitespace().collect::<Vec<_>>());
    assert!(matches!(flat.value, Value::Array(_)), "RESP2: a flat array");
    let info = flat.map();
    for (name, value) in [
        ("state", "live"),
        ("host", "ada"),
        ("title", "t"),
        ("private", "1"),
        ("capacity", "9"),
        ("present", "1"),
        ("listeners", "0"),
        ("speakers", "1"),
        ("ended_ms", "0"),
        ("channel", "__room@0__:{r}"),
        ("publish", "global"),
    ] {
        assert_eq!(info[name], value, "{name}");
    }
    client.cmd("HELLO 3");
    let map = client.cmd("ROOM.INFO r");
    assert!(matches!(map.value, Value::Map(_)), "RESP3: a map: {map:?}");
    assert_eq!(map.map(), info);
    client.json("ROOM.CREATE hostless -");
    assert_eq!(client.cmd("ROOM.INFO hostless").map()["host"], "");
}

#[test]
fn who_may_read() {
    let server = prompt().start();
    let mut client = server.client();
    for key in ["public", "private"] {
        client.json(&["ROOM.CREATE", key, "ada"]);
        client.ok(&["ROOM.ROLE", key, "ada", "ben", "cohost"]);
        client.json(&["ROOM.JOIN", key, "gone"]);
        client.int(&["ROOM.INVITE", key, "ada", "cy", "evil", "out"]);
        client.int(&["ROOM.UNINVITE", key, "ada", "out"]);
        client.ok(&["ROOM.BLOCK", key, "ada", "evil"]);
        client.ok(&["ROOM.BLOCK", key, "ada", "shade", "SHADOW"]);
        client.int(&["ROOM.LEAVE", key, "gone"]);
    }
    client.ok("ROOM.CONFIG private ada private on");
    let epoch = |client: &mut Client, key: &str| client.room_info(key)["epoch"].clone();
    let epochs = [epoch(&mut client, "public"), epoch(&mut client, "private")];
    for (key, epoch) in ["public", "private"].into_iter().zip(&epochs) {
        for (actor, public, private) in [
            ("-", "", ""),
            ("ada", "", ""),
            ("ben", "", ""),
            ("cy", "", ""),
            ("evil", "BLOCKED", "BLOCKED"),
            ("shade", "", "NOTINVITED"),
            ("gone", "", "NOTINVITED"),
            ("out", "", "NOTINVITED"),
            ("stranger", "", "NOTINVITED"),
        ] {
            let wanted = if key == "public" { public } else { private };
            for (read, rest) in [
                ("STATE", ""),
                ("MEMBERS", ""),
                ("WHOIS", "ada"),
                ("WHOIS", actor),
                ("HANDS", ""),
                ("COMMENTS", ""),
                ("POLLS", ""),
                ("SUMMARY", ""),
                ("EVENTS", &format!("{epoch} 0")),
            ] {
                if rest == "-" {
                    continue;
                }
                let reply = client.cmd(&format!("ROOM.{read} {key} {actor} {rest}"));
                match wanted {
                    "" => drop(reply.json()),
                    code => drop(reply.err(code)),
                }
            }
        }
    }
}

#[test]
fn state_is_the_same_for_everybody_but_for_you() {
    let server = prompt().start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    // How long to wait shrinks between two reads.
    client.ok("ROOM.CONFIG r ada slowmode 0");
    let mut service = client.json("ROOM.STATE r -");
    assert_eq!(service["you"], Json::Null);
    for user in ["ada", "dan", "stranger"] {
        let mut state = client.json(&["ROOM.STATE", "r", user]);
        assert_eq!(state["you"]["user"], user);
        assert_eq!(state["you"], client.json(&["ROOM.WHOIS", "r", user, user]));
        state["you"] = Json::Null;
        for state in [&mut state, &mut service] {
            state["ms"] = json!(0);
        }
        assert_eq!(state, service, "{user}");
    }
}

#[test]
fn a_snapshot_is_bounded() {
    let server = prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    for n in 0..25 {
        let user = format!("u{n}");
        client.json(&["ROOM.JOIN", "r", &user]);
        client.int(&["ROOM.RAISEHAND", "r", &user]);
        client.int(&["ROOM.COMMENT", "r", &user, &n.to_string()]);
    }
    let state = client.json("ROOM.STATE r -");
    let first: Vec<String> = (0..20).map(|n| format!("u{n}")).collect();
    assert_eq!(users(&state["hands"]), first);
    let newest: Vec<String> = (5..25).rev().map(|n| format!("u{n}")).collect();
    assert_eq!(users(&state["comments"]), newest);
    assert_eq!((&state["counts"]["hands"], &state["counts"]["comments"]), (&json!(25), &json!(25)));
    assert_eq!(state["stage"], json!([]));
}

#[test]
fn members_are_the_stage_and_then_as_joined() {
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
fn whoever_is_present_throughout_is_in_the_pages() {
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
    // While it is read: one steps down, one comes on stage, one goes, one goes and comes back, one is new.
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

/// Every read of a room by a few actors.
fn read_all(client: &mut Client, key: &str) {
    everything(client, key);
    let epoch = client.room_info(key)["epoch"].clone();
    for line in [format!("ROOM.EVENTS {key} - {epoch} 0"), format!("ROOM.STATE {key} dan")] {
        client.json(&line);
    }
    client.cmd(&["ROOM.EXPORT", key, "0"]).list();
    client.cmd("ROOM.LIST CARDS").list();
}

/// What a change would leave: digest, expiry, what replicas were sent, what is to be saved.
fn traces(server: &Server, client: &mut Client) -> [String; 4] {
    [
        digest(client, "r"),
        client.int("PEXPIRETIME r").to_string(),
        server.info("replication")["master_repl_offset"].clone(),
        server.info("persistence")["rdb_changes_since_last_save"].clone(),
    ]
}

#[test]
fn reads_change_nothing_even_when_something_is_due() {
    let server =
        Server::with().prompt().patient().room("grace", 1).set("repl-ping-replica-period", 3600).start();
    let replica = Server::with().prompt().replica_of(&server).start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    client.int("ROOM.POLLOPEN r ada q 2 a b FOR 1");
    client.ok("CLIENT PAUSE 60000 WRITE");
    replica.wait_in_sync(&server);
    let before = traces(&server, &mut client);
    let mut copy = replica.client();
    let copied = digest(&mut copy, "r");
    wait_for("a read shows the poll closed", || {
        (client.json("ROOM.POLLS r -")[3]["state"] == "closed").then_some(())
    });
    // Dan was lost: once its grace is over a read shows it gone, and its hand.
    wait_for("a read shows dan gone", || {
        (client.json("ROOM.WHOIS r - dan")["present"] == false).then_some(())
    });
    let whois = client.json("ROOM.WHOIS r - dan");
    assert_eq!((&whois["hand"], &whois["lost"]), (&json!(0), &json!(false)));
    let state = client.json("ROOM.STATE r -");
    assert_eq!((&state["counts"]["hands"], &state["hands"]), (&json!(0), &json!([])));
    let shown = client.json("ROOM.MEMBERS r -");
    assert!(!users(&shown["members"]).contains(&"dan"));
    assert_eq!(state["counts"]["present"], users(&shown["members"]).len());
    assert_eq!(client.room_info("r")["present"], state["counts"]["present"].to_string());
    // A grace falls due where a master serves; a poll's end is one everywhere.
    assert_eq!(copy.json("ROOM.POLLS r -")[3]["state"], "closed");
    assert_eq!(copy.json("ROOM.WHOIS r - dan")["present"], true);
    read_all(&mut client, "r");
    read_all(&mut copy, "r");
    assert_eq!(traces(&server, &mut client), before);
    assert_eq!(digest(&mut copy, "r"), copied);
    client.ok("CLIENT UNPAUSE");
    // Then it is settled, and reads the same as before.
    wait_for("the timer settles", || (traces(&server, &mut client)[0] != before[0]).then_some(()));
    assert_eq!(client.json("ROOM.WHOIS r - dan")["present"], false);
}

#[test]
fn a_replica_reads_the_same_and_takes_no_writes() {
    let server = prompt().start();
    let replica = Server::with().prompt().replica_of(&server).start();
    let mut client = server.client();
    let now = now_ms(&mut client);
    let keys = of_every_state(&mut client, "", now);
    replica.wait_in_sync(&server);
    let mut copy = replica.client();
    for key in &keys {
        assert_same(&everything(&mut client, key), &everything(&mut copy, key));
        assert_eq!(digest(&mut client, key), digest(&mut copy, key), "{key}");
        let epoch = client.room_info(key)["epoch"].clone();
        let events =
            |client: &mut Client| client.json(&["ROOM.EVENTS", key, "-", &epoch, "0"])["events"].clone();
        assert_eq!(events(&mut client), events(&mut copy), "{key}");
    }
    assert_eq!(copy.cmd("ROOM.LIST").list()[1].texts().len(), keys.len());
    for line in ["ROOM.COMMENT live ada x", "ROOM.BEAT live g1", "ROOM.PURGE ended", "ROOM.CREATE new ada"] {
        copy.err(line, "READONLY");
    }
}

#[test]
fn events_with_nothing_new_are_an_empty_frame() {
    let server = prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    let state = client.json("ROOM.STATE r -");
    let (epoch, seq) = (state["epoch"].as_str().unwrap(), state["seq"].as_i64().unwrap());
    let frame = client.json(&["ROOM.EVENTS", "r", "-", epoch, &seq.to_string()]);
    has(&frame, "room epoch from to ms events profiles");
    assert_eq!((&frame["from"], &frame["to"]), (&json!(seq + 1), &json!(seq)));
    assert_eq!(frame["events"], json!([]));
    let frame = client.json(&["ROOM.EVENTS", "r", "-", epoch, "0"]);
    assert_eq!((&frame["from"], &frame["to"]), (&json!(1), &json!(seq)));
    assert_eq!(frame["events"][0]["type"], "created");
    assert_eq!(frame["events"][0]["seq"], 1);
}
