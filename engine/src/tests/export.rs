//! The export is complete and stable, and each id occurs once.

use crate::error::Error;
use crate::outbox::Reply;
use crate::simulator::*;
use serde_json::{json, Value};
use std::collections::BTreeMap;

/// An ended room in which everything happened at least once.
fn eventful() -> Sim {
    let mut sim = Sim::with("SEATS 2 META {\"a\":1} TITLE t");
    sim.all("ROLE h c cohost\nJOIN c GATEWAY g\nINVITE h u x\nJOIN u GATEWAY g\nJOIN v GATEWAY g\nJOIN w GATEWAY g");
    sim.all(
        "RAISEHAND u\nRAISEHAND v\nRAISEHAND w\nNEXT h\nLOWERHAND h v\nOFFER c v FOR 5\nDECLINE v\nUNMUTE u",
    );
    sim.pass(70 * SECOND / 3);
    sim.all("JOIN h\nJOIN u\nJOIN v\nJOIN w\nJOIN c");
    sim.all(
        "OFFER c v FOR 5\nCOMMENT u one\nCOMMENT v two REPLY 1\nPIN h 1\nUNPIN h 1\nDELCOMMENT v 2\nMUTE h u",
    );
    sim.all(
        "REACT u 👏 COUNT 3\nREACT u 🔥\nREACT v 👏\nBLOCK h w SHADOW\nCOMMENT w hidden\nREACT w 👏 COUNT 5",
    );
    sim.all(
        "POLLOPEN h q 2 a b\nPOLLVOTE u 1 0\nPOLLVOTE v 1 1\nPOLLOPEN h secret 2 a b SECRET\nPOLLVOTE u 2 0",
    );
    sim.pass(2 * MINUTE);
    sim.all("KICK h v REASON rude\nJOIN v GATEWAY g\nOFFER h v\nBLOCK h z FOR 300 REASON spam\nUNBLOCK h z\nBLOCK h b FOR 9");
    sim.all("LEAVE u\nJOIN u GATEWAY g\nRAISEHAND u\nSTEPDOWN c");
    sim.quiet();
    sim.ok("END h");
    sim
}

fn lines(sim: &Sim, count: usize) -> Vec<Value> {
    sim.export(count).iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of(lines: &[Value], kind: &str) -> Vec<Value> {
    lines.iter().filter(|line| line["kind"] == kind).cloned().collect()
}

#[test]
fn an_ended_room_exports_the_same_with_any_page_at_any_time() {
    let mut sim = eventful();
    let whole = sim.export(10_000);
    for count in [1, 2, 3, 7, 100] {
        assert_eq!(sim.export(count), whole, "COUNT {count}");
    }
    // A timed block ends. A day passes.
    sim.pass(24 * HOUR);
    sim.take_over();
    assert_eq!(sim.export(5), whole);
    let mut ids = BTreeMap::new();
    for line in lines(&sim, 100) {
        assert!(ids.insert(line["id"].to_string(), line.clone()).is_none(), "twice: {line}");
        assert_eq!(line["room"], KEY);
        assert_eq!(line["incarnation"], sim.peek("STATE -")["incarnation"]);
    }
}

#[test]
fn a_live_room_s_lines_keep_their_ids() {
    let mut sim = Sim::live();
    sim.all(
        "JOIN u GATEWAY g\nRAISEHAND u\nCOMMENT u hi\nLEAVE u\nJOIN u GATEWAY g\nREACT u 👏\nRAISEHAND u",
    );
    let ids =
        |sim: &Sim| -> Vec<String> { lines(sim, 3).iter().map(|line| line["id"].to_string()).collect() };
    let live = ids(&sim);
    sim.pass(MINUTE);
    sim.run("END -").ok();
    let over = ids(&sim);
    assert!(live.iter().all(|id| over.contains(id)), "{live:?} {over:?}");
}

#[test]
fn every_kind_is_there_with_its_fields() {
    let sim = eventful();
    let lines = lines(&sim, 100);
    for (kind, fields) in [
        ("room", "seq creator first_at_ms end_reason ended_by title host state created_ms started_ms ended_ms duration_ms unique_members peak_present comments \
                  reactions_total hands_raised speakers_total interested invited kicks blocks mutes private seats capacity \
                  hostloss slowmode emojis meta"),
        ("member", "user role first_joined_ms last_left_ms present_ms stage_ms joins comments reactions hands votes \
                    invited invited_ms invited_by interested interested_ms blocked"),
        ("visit", "user from_ms to_ms"),
        ("stage", "user from_ms to_ms"),
        ("hand", "user from_ms to_ms how by"),
        ("offer", "user from_ms to_ms how by"),
        ("comment", "comment_id user ms text reply deleted deleted_by pinned shadow"),
        ("reaction", "user reaction count"),
        ("timeline", "minute_ms peak_present joins leaves comments reactions"),
        ("poll", "question options voters state multi secret final hidden opened_ms closes_ms"),
        ("vote", "poll user options ms"),
        ("moderation", "ms actor action target reason until_ms"),
    ] {
        let of = of(&lines, kind);
        assert!(!of.is_empty(), "no {kind}");
        for line in of {
            for field in fields.split_whitespace() {
                assert!(line.get(field).is_some(), "{kind} lacks {field}");
            }
            assert!(line.as_object().unwrap().values().all(|value| !value.is_object()), "flat: {line}");
        }
    }
}

#[test]
fn visits_and_times_on_stage_add_up() {
    let sim = eventful();
    let lines = lines(&sim, 100);
    for member in of(&lines, "member") {
        let sum = |kind: &str| -> u64 {
            let mine = of(&lines, kind).into_iter().filter(|line| line["user"] == member["user"]);
            mine.map(|line| line["to_ms"].as_u64().unwrap() - line["from_ms"].as_u64().unwrap()).sum()
        };
        assert_eq!(member["present_ms"], sum("visit"), "{member}");
        assert_eq!(member["stage_ms"], sum("stage"), "{member}");
        let visits = of(&lines, "visit").into_iter().filter(|line| line["user"] == member["user"]).count();
        assert_eq!(member["joins"], visits);
    }
    let timeline = of(&lines, "timeline");
    let total = |field: &str| -> u64 { timeline.iter().map(|minute| minute[field].as_u64().unwrap()).sum() };
    assert_eq!(total("joins"), of(&lines, "visit").len() as u64);
    assert_eq!(total("comments"), 2);
}

#[test]
fn what_ended_says_how_and_by_whom() {
    let sim = eventful();
    let lines = lines(&sim, 100);
    let hows = |kind: &str| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        of(&lines, kind).iter().map(|line| (text(&line["user"]), text(&line["how"]))).collect()
    };
    let is = |all: &[(&str, &str)]| -> Vec<(String, String)> {
        all.iter().map(|&(user, how)| (user.to_owned(), how.to_owned())).collect()
    };
    assert_eq!(hows("hand"), is(&[("u", "seated"), ("v", "lowered"), ("w", "ended"), ("u", "ended")]));
    assert_eq!(hows("offer"), is(&[("v", "declined"), ("v", "expired"), ("v", "ended")]));
    let actions: Vec<Value> = of(&lines, "moderation").iter().map(|line| line["action"].clone()).collect();
    assert_eq!(actions, ["mute", "shadow_block", "kick", "block", "unblock", "block"]);
}

#[test]
fn deleted_texts_secret_votes_and_nothing_else_is_left_out() {
    let sim = eventful();
    let lines = lines(&sim, 100);
    let comments = of(&lines, "comment");
    assert_eq!(comments.len(), 3);
    assert_eq!((&comments[0]["pinned"], &comments[0]["deleted_by"]), (&json!(true), &json!(null)));
    assert_eq!((&comments[1]["text"], &comments[1]["deleted_by"]), (&json!(""), &json!("v")));
    assert_eq!((&comments[2]["text"], &comments[2]["shadow"]), (&json!("hidden"), &json!(true)));
    assert_eq!(of(&lines, "vote").len(), 2, "none of the secret poll");
    assert_eq!(of(&lines, "poll")[1]["voters"], 1);
    assert_eq!(of(&lines, "reaction").len(), 4);
    let blocked = of(&lines, "member").into_iter().find(|line| line["user"] == "b").unwrap();
    assert_eq!(blocked["blocked"], true, "as it was at the end");
}

fn room_line(sim: &Sim) -> Value {
    of(&lines(sim, 100), "room").remove(0)
}

fn line_of(sim: &Sim, kind: &str, user: &str) -> Value {
    let found: Vec<Value> =
        of(&lines(sim, 100), kind).into_iter().filter(|line| line["user"] == user).collect();
    assert_eq!(found.len(), 1, "{kind} of {user}: {found:?}");
    found[0].clone()
}

#[test]
fn a_cursor_belongs_to_a_version() {
    let mut sim = Sim::live();
    let cursor = |sim: &Sim| {
        let Ok(Reply::Array(parts)) = sim.peek_reply("EXPORT 0 COUNT 1") else { panic!("no export") };
        let Reply::Bulk(cursor) = &parts[0] else { panic!("no cursor") };
        cursor.clone()
    };
    let live = cursor(&sim);
    sim.pass(MINUTE);
    assert!(sim.peek_reply(&format!("EXPORT {live}")).is_ok());
    sim.ok("END h");
    let refused = sim.peek_reply(&format!("EXPORT {live}"));
    assert!(matches!(refused, Err(Error::Invalid(_))), "the lines before the end are of another version");
    let over = cursor(&sim);
    sim.pass(HOUR);
    assert!(sim.peek_reply(&format!("EXPORT {over}")).is_ok());
}

#[test]
fn a_room_whose_end_is_due_is_exported_as_live() {
    let mut sim = Sim::live();
    sim.all("LEAVE h\nJOIN u GATEWAY g\nRAISEHAND u\nLEAVE u LOST");
    sim.quiet();
    sim.stall(2 * HOUR);
    let room = room_line(&sim);
    assert_eq!((&room["state"], &room["ended_ms"]), (&json!("live"), &json!(0)));
    assert_eq!(room["end_reason"], json!(null));
    assert_eq!(of(&lines(&sim, 100), "visit").len(), 1, "the lost member is still there");
    sim.tick();
    assert_eq!(room_line(&sim)["state"], "ended");
}

#[test]
fn the_room_line_says_who_made_it_and_who_ended_it_and_why() {
    let at = T0 + HOUR;
    let mut sim = Sim::bare(&format!("AT {at}"));
    sim.ok("ROLE h c host");
    sim.ok(&format!("CONFIG c at {}", at + HOUR));
    let room = room_line(&sim);
    assert_eq!((&room["creator"], &room["host"]), (&json!("h"), &json!("c")));
    assert_eq!((&room["first_at_ms"], &room["at_ms"]), (&json!(at), &json!(at + HOUR)));
    assert_eq!((&room["end_reason"], &room["ended_by"]), (&json!(null), &json!(null)));
    assert_eq!(room["seq"], sim.peek("STATE -")["seq"]);

    sim.ok("CANCEL c");
    let room = room_line(&sim);
    assert_eq!((&room["end_reason"], &room["ended_by"]), (&json!("host"), &json!("c")));
    assert_eq!(room["seq"], sim.peek("STATE -")["seq"]);

    let mut sim = Sim::bare(&format!("AT {at}"));
    sim.ok("CANCEL -");
    let room = room_line(&sim);
    assert_eq!((&room["end_reason"], &room["ended_by"]), (&json!("service"), &json!("-")));

    let mut sim = Sim::bare(&format!("AT {at}"));
    sim.pass(24 * HOUR);
    let room = room_line(&sim);
    assert_eq!((&room["state"], &room["end_reason"]), (&json!("cancelled"), &json!("window")));
    assert_eq!(room["ended_by"], json!(null));

    let mut sim = Sim::live();
    sim.ok("END -");
    let room = room_line(&sim);
    assert_eq!((&room["end_reason"], &room["ended_by"]), (&json!("service"), &json!("-")));
    assert_eq!((&room["first_at_ms"], &room["at_ms"]), (&json!(0), &json!(0)));

    let mut sim = Sim::empty();
    sim.ok("CREATE -");
    assert_eq!(room_line(&sim)["creator"], "-");
    sim.pass(2 * HOUR);
    let room = room_line(&sim);
    assert_eq!((&room["end_reason"], &room["ended_by"]), (&json!("empty"), &json!(null)));
}

#[test]
fn an_invitation_says_when_and_by_whom() {
    let mut sim = Sim::bare(&format!("AT {}", T0 + HOUR));
    let invitation = |sim: &Sim, user: &str| {
        let line = line_of(sim, "member", user);
        (line["invited"].clone(), line["invited_ms"].clone(), line["invited_by"].clone())
    };
    sim.ok("RSVP early YES");
    sim.pass(SECOND);
    sim.ok("INVITE h early");
    sim.pass(SECOND);
    // A second invitation changes nothing.
    sim.ok("INVITE - early late");
    assert_eq!(invitation(&sim, "early"), (json!(true), json!(T0 + SECOND), json!("h")));
    assert_eq!(invitation(&sim, "late"), (json!(true), json!(T0 + 2 * SECOND), json!("-")));
    assert_eq!(invitation(&sim, "h"), (json!(false), json!(0), json!(null)));
    let early = line_of(&sim, "member", "early");
    assert_eq!((&early["interested"], &early["interested_ms"]), (&json!(true), &json!(T0)));
    sim.pass(SECOND);
    sim.ok("RSVP early NO");
    let early = line_of(&sim, "member", "early");
    assert_eq!((&early["interested"], &early["interested_ms"]), (&json!(false), &json!(0)));
    sim.ok("UNINVITE h early");
    assert_eq!(invitation(&sim, "early"), (json!(false), json!(0), json!(null)));
    sim.ok("INVITE - early");
    assert_eq!(invitation(&sim, "early"), (json!(true), json!(T0 + 3 * SECOND), json!("-")));
}

#[test]
fn making_a_room_private_invites_at_that_time() {
    let mut sim = Sim::live();
    sim.all("JOIN u GATEWAY g\nJOIN v GATEWAY g\nINVITE h v");
    sim.pass(SECOND);
    let turned_ms = sim.now;
    sim.ok("CONFIG h private on");
    let invited = |sim: &Sim, user: &str| {
        let line = line_of(sim, "member", user);
        assert_eq!((&line["invited"], &line["invited_by"]), (&json!(true), &json!("h")), "{user}");
        line["invited_ms"].clone()
    };
    assert_eq!(invited(&sim, "u"), turned_ms);
    sim.pass(SECOND);
    assert_eq!(invited(&sim, "u"), turned_ms, "the slice that stores the invitation comes later");
    assert_eq!(invited(&sim, "v"), turned_ms - SECOND, "invited before");
}

#[test]
fn a_moderation_line_says_until_when() {
    let mut sim = Sim::live();
    sim.all("JOIN u GATEWAY g\nKICK h u\nBLOCK h u FOR 5\nUNBLOCK h u\nBLOCK h u\nBLOCK h v FOR 7 SHADOW");
    let untils: Vec<Value> =
        of(&lines(&sim, 100), "moderation").iter().map(|line| line["until_ms"].clone()).collect();
    let at = sim.now;
    assert_eq!(untils, [json!(0), json!(at + 5000), json!(0), json!(0), json!(at + 7000)]);
}

#[test]
fn ids_are_built_from_user_ids() {
    let sim = eventful();
    let ids: Vec<String> =
        lines(&sim, 100).iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect();
    for id in [
        "room:0",
        "member:u",
        "visit:1:u",
        "visit:2:u",
        "comment:1",
        "reaction:4:👏:u",
        "reaction:shadow:4:👏:w",
        "poll:1",
        "vote:1:u",
        "moderation:0",
    ] {
        assert!(ids.iter().any(|known| known == id), "no {id}: {ids:#?}");
    }
}
