//! Reads: shapes, pages, cursors, and that they change nothing.

use crate::outbox::Reply;
use crate::simulator::*;
use serde_json::{json, Value};
use std::collections::BTreeSet;

fn fields(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn room(listeners: usize) -> Sim {
    let mut sim = Sim::live();
    for n in 0..listeners {
        sim.ok(&format!("JOIN u{n} GATEWAY g"));
    }
    sim.quiet();
    sim
}

/// Reads a list page by page. `between` runs between two pages.
fn paged(
    sim: &mut Sim,
    list: &str,
    field: &str,
    id: &str,
    mut between: impl FnMut(&mut Sim, usize),
) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), "0".to_owned());
    for nth in 0.. {
        let page = sim.peek(&format!("{list} CURSOR {cursor} COUNT 3"));
        all.extend(
            page[field].as_array().unwrap().iter().map(|entry| entry[id].as_str().unwrap().to_owned()),
        );
        cursor = page["cursor"].as_str().unwrap().to_owned();
        if cursor == "0" {
            break;
        }
        assert!(nth < 1000, "{list} never ends");
        between(sim, nth);
    }
    all
}

#[test]
fn shapes_are_as_documented() {
    let mut sim = room(1);
    sim.all("COMMENT u0 hi\nPOLLOPEN h q 2 a b\nRAISEHAND u0");
    let state = sim.peek("STATE u0");
    for field in "room incarnation epoch seq ahead ms state title host private at_ms started_ms settings counts stage hands pins \
                  comments polls reactions profiles you"
        .split(' ')
    {
        assert!(state.get(field).is_some(), "{field}");
    }
    assert_eq!(
        fields(&state["counts"]),
        ["comments", "hands", "interested", "invited", "listeners", "present", "speakers"]
    );
    assert_eq!(
        fields(&sim.member("u0")),
        ["hand", "held", "joined_ms", "lost", "muted", "present", "profile", "role", "stage", "user"]
    );
    for field in
        ["sessions", "offer_until_ms", "unmute_asked", "invited", "interested", "votes", "comment_wait_ms"]
    {
        assert!(state["you"].get(field).is_some(), "{field}");
    }
    assert_eq!(fields(&state["hands"][0]), ["ms", "present", "user"]);
    assert_eq!(fields(&state["comments"][0]), ["deleted", "id", "ms", "pinned", "reply", "text", "user"]);
    assert_eq!(
        fields(&state["polls"][0]),
        [
            "closes_ms",
            "final",
            "hidden",
            "id",
            "multi",
            "opened_ms",
            "options",
            "question",
            "secret",
            "state",
            "voters"
        ]
    );
    assert_eq!(state["settings"].as_object().unwrap().len(), 12, "every CONFIG field");
}

#[test]
fn state_is_the_same_for_everybody_but_for_you() {
    let sim = room(2);
    let mut shared = sim.peek("STATE -");
    assert!(shared["you"].is_null());
    for user in ["h", "u0", "stranger"] {
        let own = sim.peek(&format!("STATE {user}"));
        assert_eq!(own["you"]["user"], user, "never null for a user");
        shared["you"] = own["you"].clone();
        assert_eq!(shared, own);
    }
}

#[test]
fn whois_is_null_for_strangers_and_you_for_oneself() {
    let mut sim = room(1);
    sim.all("INVITE h invited\nROLE h c cohost");
    assert_eq!(sim.ok("WHOIS h stranger"), Reply::Null, "null, and not a string");
    assert!(sim.member("stranger").is_null());
    assert!(sim.member("invited").is_null(), "who never joined is no member");
    assert_eq!(sim.member("c")["present"], false);
    assert_eq!(sim.peek("WHOIS stranger stranger")["sessions"], 0);
    assert_eq!(sim.peek("WHOIS u0 u0")["sessions"], 1);
    assert!(sim.peek("WHOIS h u0")["sessions"].is_null());
}

#[test]
fn members_are_the_present_stage_first_then_as_joined() {
    let mut sim = room(6);
    sim.all("ROLE h u4 speaker\nROLE h u2 speaker\nROLE h c cohost\nLEAVE u0\nJOIN u0 GATEWAY g\nLEAVE u5");
    for count in [1, 2, 3, 100] {
        let names: Vec<Value> =
            sim.pages("MEMBERS -", "members", count).iter().map(|member| member["user"].clone()).collect();
        assert_eq!(names, ["h", "u4", "u2", "u1", "u3", "u0"], "COUNT {count}");
    }
    let of = |role: &str| sim.pages(&format!("MEMBERS u1 ROLE {role}"), "members", 2).len();
    assert_eq!((of("host"), of("cohost"), of("speaker"), of("listener")), (1, 0, 2, 3));
}

#[test]
fn a_member_present_throughout_is_on_some_page() {
    let mut sim = room(40);
    for n in [3, 9, 21] {
        sim.ok(&format!("ROLE h u{n} speaker"));
    }
    // Meanwhile members join, leave, go on stage and step down. u30 to u39, h and these three stay.
    let all = paged(&mut sim, "MEMBERS -", "members", "user", |sim, nth| {
        sim.ok(&format!("LEAVE u{}", nth + 10));
        sim.ok(&format!("JOIN new{nth} GATEWAY g"));
        match nth {
            0 => sim.all("STEPDOWN u9\nROLE h u35 speaker"),
            1 => sim.all("STEPDOWN u21\nROLE h u21 speaker\nROLE h u36 speaker"),
            5 => sim.all("STEPDOWN u35\nROLE h u31 speaker"),
            8 => sim.all("STEPDOWN u36\nSTEPDOWN u3\nROLE h u3 speaker"),
            _ => {}
        }
    });
    let seen: BTreeSet<&str> = all.iter().map(String::as_str).collect();
    for user in ["h", "u3", "u9", "u30", "u31", "u32", "u33", "u34", "u35", "u36", "u37", "u38", "u39"] {
        assert!(seen.contains(user), "{user} is missing");
    }
}

#[test]
fn hands_are_paged_in_order() {
    let mut sim = room(30);
    for n in 0..30 {
        sim.ok(&format!("RAISEHAND u{n}"));
    }
    let all = paged(&mut sim, "HANDS -", "hands", "user", |sim, nth| {
        sim.ok(&format!("LOWERHAND h u{}", nth * 3 % 20));
        sim.ok(&format!("LOWERHAND h u{}", nth * 3 % 20 + 1));
    });
    assert!((22..30).all(|n| all.contains(&format!("u{n}"))));
    let numbers: Vec<usize> = all.iter().map(|user| user[1..].parse().unwrap()).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn invited_and_blocked_are_paged() {
    let mut sim = room(0);
    for n in 0..20 {
        sim.all(&format!("INVITE h i{n}\nBLOCK h b{n}"));
    }
    let invited = paged(&mut sim, "INVITED -", "users", "user", |sim, nth| {
        sim.all(&format!("UNINVITE h i{nth}\nINVITE h new{nth}"));
    });
    assert!((10..20).all(|n| invited.contains(&format!("i{n}"))));
    let blocked = paged(&mut sim, "BLOCKED -", "blocked", "user", |sim, nth| {
        sim.all(&format!("UNBLOCK h b{nth}\nBLOCK h more{nth} FOR 1"));
    });
    assert!((10..20).all(|n| blocked.contains(&format!("b{n}"))));
}

#[test]
fn sessions_are_paged_while_they_come_and_go() {
    let mut sim = room(0);
    for n in 0..30 {
        sim.ok(&format!("JOIN s{n} GATEWAY g1"));
    }
    let all = paged(&mut sim, "SESSIONS g1", "sessions", "user", |sim, nth| {
        sim.all(&format!("LEAVE s{nth}\nJOIN new{nth} GATEWAY g1\nLEAVE s{}", 29 - nth));
    });
    assert!((8..22).all(|n| all.contains(&format!("s{n}"))), "{all:?}");
}

#[test]
fn cursors_a_client_made_up_are_refused_or_harmless() {
    let mut sim = room(5);
    sim.all("RAISEHAND u1\nINVITE h x\nBLOCK h b\nCOMMENT u1 hi\nREACT u1 👏\nPOLLOPEN h q 2 a b\nPOLLVOTE u1 1 0");
    sim.all("OFFER h u2\nKICK h u3\nLEAVE u4");
    let max = u64::MAX.to_string();
    let incarnation = sim.peek("STATE -")["incarnation"].as_str().unwrap().to_owned();
    let numbers = ["1", "7", "4294967295", "4294967296", "9223372036854775808", &max];
    let mut cursors: Vec<String> =
        ["x", "-", "--", "1-", "-1", "1-2-3-4", "00", "18446744073709551616", "é"].map(str::to_owned).into();
    for a in numbers {
        cursors.push(a.into());
        for b in numbers {
            cursors.push(format!("0-{a}-{b}"));
            cursors.push(format!("{a}-{b}-{a}"));
        }
    }
    for cursor in &cursors {
        for list in ["MEMBERS -", "HANDS -", "INVITED -", "BLOCKED -", "SESSIONS g"] {
            let answer = sim.run(&format!("{list} CURSOR {cursor} COUNT 2"));
            assert!(answer.is_ok() || answer.unwrap_err().code() == "INVALID", "{list} {cursor}");
        }
        let answer = sim.run(&format!("EXPORT {cursor}"));
        assert_eq!(answer.unwrap_err().code(), "INVALID", "EXPORT {cursor}");
    }
    for section in (0..20).map(|n: u64| n.to_string()).chain([max.clone()]) {
        for from in numbers {
            sim.ok(&format!("EXPORT {incarnation}-0-{section}-{from} COUNT 2"));
        }
    }
    assert_eq!(sim.err(&format!("EXPORT {incarnation}-0-0-0-0")), "INVALID");
    assert_eq!(sim.err("EXPORT 00000000000000ff-0-0-1"), "INVALID", "another incarnation's");
    assert_eq!(sim.err(&format!("EXPORT {incarnation}-1-0-1")), "INVALID", "of a room that ended");
}

#[test]
fn reads_change_nothing_even_when_much_is_due() {
    let mut sim = room(5);
    sim.all("ROLE h u0 cohost\nRAISEHAND u1\nOFFER h u2 FOR 1\nBLOCK h u3 FOR 1\nPOLLOPEN h q 2 a b FOR 1\nLEAVE u4 LOST");
    sim.stall(10 * MINUTE);
    let before = sim.print();
    let lines = "STATE u1|STATE -|MEMBERS u1|WHOIS u1 u1|WHOIS u1 h|HANDS u1|COMMENTS u1|POLLS u1|SUMMARY h|INFO|EXPORT 0|\
        BLOCKED h|INVITED h|SESSIONS g|EVENTS u1 x 0";
    for line in lines.split('|') {
        drop(sim.run(line));
        assert_eq!(before, sim.print(), "{line}");
    }
}

#[test]
fn what_reads_show_is_what_settling_makes() {
    // Each is due. It is read before and after the timer fires.
    for line in [
        "LEAVE u0 LOST",
        "LEAVE h LOST",
        "LEAVE h",
        "OFFER h u1 FOR 5",
        "BLOCK h u2 FOR 5",
        "POLLOPEN h q 2 a b HIDDEN FOR 5",
        "CONFIG h hostloss END",
        "ROLE h u1 cohost",
        "RAISEHAND u0",
    ] {
        for wait in [5, 15, 16, 120, 121, 240, 300] {
            let mut sim = Sim::bare("");
            sim.all("JOIN h\nJOIN u0\nJOIN u1\nROLE h c cohost\nJOIN c\nRAISEHAND u1\nLEAVE c LOST");
            sim.ok(line);
            sim.quiet();
            sim.stall(wait * SECOND);
            let read = |sim: &Sim| {
                let mut state = sim.peek("STATE u1");
                for field in ["seq", "epoch", "ahead"] {
                    state[field] = Value::Null;
                }
                let of = |line: &str| sim.peek_reply(line).map(|reply| json(&reply));
                (state, sim.members(), of("POLLS u1"), of("STATE u2").is_ok(), of("BLOCKED -"))
            };
            let before = read(&sim);
            while sim.deadline().is_some_and(|at| at <= sim.now) {
                sim.tick();
            }
            assert_eq!(before, read(&sim), "{line}, {wait} s later");
        }
    }
}

#[test]
fn the_summary_reads_the_same_live_and_over() {
    let mut sim = room(2);
    sim.all("COMMENT u0 hi\nRAISEHAND u0\nNEXT h");
    let live = sim.peek("SUMMARY u0");
    assert_eq!(live["state"], "live");
    sim.ok("END h");
    let over = sim.peek("SUMMARY u0");
    for field in ["comments", "unique_members", "peak_present", "speakers", "hands_raised", "reactions_total"]
    {
        assert_eq!(live[field], over[field], "{field}");
    }
    assert_eq!(live["speakers"], json!(["h", "u0"]));
}

#[test]
fn a_page_of_an_export_is_no_longer_than_64_kib() {
    let mut sim = Sim::live();
    for nth in 0..1500 {
        sim.ok(&format!("JOIN u{nth}"));
    }
    sim.ok("END h");
    let (mut cursor, mut pages, mut lines) = ("0".to_owned(), 0, 0);
    loop {
        let Reply::Array(page) = sim.ok(&format!("EXPORT {cursor} COUNT 10000")) else { panic!("no array") };
        let [Reply::Bulk(next), Reply::Array(found)] = &page[..] else { panic!("no page") };
        let length = |line: &Reply| match line {
            Reply::Bulk(line) => line.len(),
            other => panic!("{other:?}"),
        };
        assert!(found.iter().map(length).sum::<usize>() < 64 * 1024 + 1024);
        (cursor, pages, lines) = (next.clone(), pages + 1, lines + found.len());
        if cursor == "0" {
            break;
        }
    }
    assert!(pages > 8, "{pages} pages");
    assert!(lines > 2 * 1500, "a member and a visit each, at least: {lines}");
}
