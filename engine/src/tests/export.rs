//! The export is complete and stable, and each id occurs once.

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
        ("room", "title host state created_ms started_ms ended_ms duration_ms unique_members peak_present comments \
                  reactions_total hands_raised speakers_total interested invited kicks blocks mutes private seats capacity \
                  hostloss slowmode emojis meta"),
        ("member", "user role first_joined_ms last_left_ms present_ms stage_ms joins comments reactions hands votes \
                    invited interested blocked"),
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
