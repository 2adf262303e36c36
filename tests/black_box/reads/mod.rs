//! STATE, MEMBERS, WHOIS, HANDS, EVENTS, SUMMARY, INFO, POLLS, COMMENTS: shapes, rights, pages, and that a read changes
//! nothing.

mod pages;
mod unchanged;

use crate::support::rooms::lived_in;
use crate::support::{json, Builder, Client, Json, Server};

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
    "room state incarnation epoch seq host title private capacity present listeners speakers hands comments \
                    reactions polls interested invited created_ms at_ms started_ms ended_ms meta channel publish";

fn prompt() -> Builder {
    Server::with().prompt().patient()
}

/// Every documented field is present.
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
    assert!(!list.is_empty(), "an empty list");
    list.iter().for_each(|item| has(item, fields));
}

fn users(list: &Json) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["user"].as_str().unwrap()).collect()
}

#[test]
fn every_shape_has_every_documented_field() {
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
    client.cmd("ROOM.WHOIS r dan nobody").null();
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
    for (actor, received) in
        [("ada", true), ("ben", true), ("-", true), ("cy", false), ("dan", false), ("x", false)]
    {
        let summary = client.json(&["ROOM.SUMMARY", "r", actor]);
        for (name, count) in [("kicks", 1), ("blocks", 3), ("mutes", 0)] {
            let wanted = if received { json!(count) } else { Json::Null };
            assert_eq!(summary[name], wanted, "{name} for {actor}");
        }
    }
}

#[test]
fn info_is_one_card_of_json() {
    let server = prompt().start();
    let mut client = server.client();
    client.json(r#"ROOM.CREATE r ada TITLE t CAPACITY 9 PRIVATE META {"topic":"x"}"#);
    client.json("ROOM.JOIN r ada");
    let info = client.json("ROOM.INFO r");
    has(&info, INFO);
    for (name, value) in [
        ("room", json!("r")),
        ("state", json!("live")),
        ("host", json!("ada")),
        ("title", json!("t")),
        ("private", json!(true)),
        ("capacity", json!(9)),
        ("present", json!(1)),
        ("listeners", json!(0)),
        ("speakers", json!(1)),
        ("ended_ms", json!(0)),
        ("meta", json!({"topic": "x"})),
        ("channel", json!("__room@0__:{r}")),
        ("publish", json!("global")),
    ] {
        assert_eq!(info[name], value, "{name}");
    }
    client.cmd("HELLO 3");
    assert_eq!(client.json("ROOM.INFO r"), info, "RESP3: the same bulk string");
    client.json("ROOM.CREATE bare -");
    let bare = client.json("ROOM.INFO bare");
    assert_eq!((&bare["host"], &bare["meta"], &bare["private"]), (&Json::Null, &Json::Null, &json!(false)));
    // Nobody is null, in both protocols.
    client.cmd("ROOM.WHOIS r ada nobody").null();
    client.cmd("HELLO 2");
    client.cmd("ROOM.WHOIS r ada nobody").null();
}

#[test]
fn blocked_and_uninvited_users_cannot_read() {
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
fn state_is_the_same_for_all_actors_except_for_you() {
    let server = prompt().start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    // The wait until the next comment shrinks between two reads.
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
