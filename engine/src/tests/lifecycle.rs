//! The lifecycle from creation to purge: states, settings, RSVP and invitations.

use crate::outbox::Reply;
use crate::simulator::*;
use serde_json::json;

fn at(ms: u64) -> String {
    format!("AT {ms}")
}

/// A room that is scheduled to start in an hour.
fn scheduled(more: &str) -> Sim {
    Sim::bare(&format!("{more} {}", at(T0 + HOUR)))
}

#[test]
fn create_answers_what_a_backend_keeps() {
    let mut sim = Sim::empty();
    let reply = sim.json("CREATE h TITLE talk");
    assert_eq!(reply["state"], "live");
    assert_eq!(reply["channel"], "__room@0__:{room:42}");
    assert_eq!(reply["publish"], "global");
    assert_eq!(reply["incarnation"].as_str().unwrap().len(), 16);
    assert_ne!(reply["incarnation"], reply["epoch"]);
    assert_eq!(sim.kinds(), ["created"]);
    assert_eq!(sim.notifications, ["room.create"]);
    assert_eq!(sim.expires, Some(T0 + sim.settings.ttl_ms));
    assert_eq!(sim.err("CREATE h"), "ROOMEXISTS");
    let state = sim.json("STATE -");
    assert_eq!((&state["title"], &state["host"]), (&json!("talk"), &json!("h")));
    assert_eq!(state["settings"]["seats"], 10);
    assert_eq!(state["settings"]["hostloss"], "handover");
}

#[test]
fn without_a_room_only_create_and_purge_answer() {
    let mut sim = Sim::empty();
    for line in ["STATE -", "JOIN u", "END -", "INFO", "EXPORT 0", "BEAT g", "COMMENT u hi"] {
        assert_eq!(sim.err(line), "NOROOM");
    }
    assert_eq!(sim.int("PURGE"), 0);
}

#[test]
fn values_come_before_the_key_and_the_state() {
    let mut sim = Sim::empty();
    assert_eq!(sim.err("PIN h no"), "INVALID");
    assert_eq!(sim.err("LOWERHAND -"), "INVALID");
    let mut sim = scheduled("");
    assert_eq!(sim.err("PIN h no"), "INVALID");
    assert_eq!(sim.err("CONFIG u at 5"), "INVALID");
    assert_eq!(sim.err("MUTE -"), "INVALID");
    // Then the state, then the actor's powers, then the rest.
    assert_eq!(sim.err("PIN u 1"), "NOTLIVE");
    sim.ok("START h");
    assert_eq!(sim.err("PIN u 1"), "FORBIDDEN");
    assert_eq!(sim.err("PIN h 1"), "NOCOMMENT");
}

#[test]
fn at_lies_ahead_by_a_year_at_most() {
    let mut sim = Sim::empty();
    for ms in [T0, T0 - 1, T0 + 367 * 24 * HOUR] {
        assert_eq!(sim.err(&format!("CREATE h {}", at(ms))), "INVALID");
        assert!(sim.room.is_none());
    }
    sim.ok(&format!("CREATE h {}", at(T0 + 365 * 24 * HOUR)));
    assert_eq!(sim.expires, Some(T0 + 365 * 24 * HOUR + sim.settings.ttl_ms));
}

#[test]
fn a_scheduled_room_takes_preparations_only() {
    let mut sim = scheduled("");
    sim.all(
        "RSVP u YES
        INVITE h u
        CONFIG h title soon
        ROLE h c cohost
        BLOCK h b
        RAISEHAND u
        LOWERHAND u
        JOIN c GATEWAY g
        LEAVE c
        JOIN h
        JOIN u GATEWAY g
        KICK h u
        STATE u
        MEMBERS u
        SUMMARY u",
    );
    let not_live = "NEXT h|OFFER h u|ACCEPT u|DECLINE u|STEPDOWN c|MUTE h|UNMUTE h|ASKUNMUTE h c|\
        COMMENT h hi|DELCOMMENT h 1|PIN h 1|UNPIN h 1|REACT h 👏|POLLOPEN h q 2 a b|POLLVOTE h 1 0|POLLCLOSE h 1|END h";
    for line in not_live.split('|') {
        assert_eq!(sim.err(line), "NOTLIVE", "{line}");
    }
    assert_eq!(sim.err("PURGE"), "NOTENDED");
    assert_eq!(sim.err("START c2"), "FORBIDDEN");
    sim.ok("START c");
    assert_eq!(sim.err("START c"), "NOTSCHEDULED");
    assert_eq!(sim.err("CANCEL h"), "NOTSCHEDULED");
    assert_eq!(sim.err("RSVP u NO"), "NOTSCHEDULED");
    assert_eq!(sim.err(&format!("CONFIG h at {}", T0 + 2 * HOUR)), "NOTSCHEDULED");
}

#[test]
fn who_is_over_takes_reads_export_and_purge_only() {
    for end in ["END h", "CANCEL h"] {
        let mut sim = if end == "END h" { Sim::live() } else { scheduled("") };
        sim.ok(end);
        let over = "JOIN h|LEAVE h|DROP g|RSVP h YES|INVITE h u|UNINVITE h u|CONFIG h title t|START h|CANCEL h|\
            END h|ROLE h u cohost|BLOCK h u|UNBLOCK h u|KICK h u|RAISEHAND h|LOWERHAND h|NEXT h|OFFER h u|ACCEPT u|\
            DECLINE u|STEPDOWN u|MUTE h|UNMUTE h|ASKUNMUTE h u|COMMENT h hi|DELCOMMENT h 1|PIN h 1|UNPIN h 1|\
            REACT h 👏|POLLOPEN h q 2 a b|POLLVOTE h 1 0|POLLCLOSE h 1";
        for line in over.split('|') {
            assert_eq!(sim.err(line), "ENDED", "{line}");
        }
        for line in [
            "STATE u",
            "MEMBERS u",
            "HANDS u",
            "COMMENTS u",
            "POLLS u",
            "SUMMARY u",
            "INVITED h",
            "BLOCKED h",
            "SESSIONS g",
            "BEAT g",
            "BEAT other",
        ] {
            sim.ok(line);
        }
        assert_eq!(sim.err("CREATE h"), "ROOMEXISTS");
        assert!(!sim.export(100).is_empty());
        assert_eq!(sim.int("PURGE INCARNATION 00000000000000ff"), 0);
        let incarnation = sim.json("STATE -")["incarnation"].as_str().unwrap().to_owned();
        sim.forget();
        assert_eq!(sim.int(&format!("PURGE INCARNATION {incarnation}")), 1);
        assert!(sim.room.is_none());
        assert_eq!(sim.notifications, ["room.purge"]);
    }
}

#[test]
fn end_answers_the_summary_and_tells_it_without_the_staff_s_figures() {
    let mut sim = Sim::live();
    sim.all("JOIN u\nCOMMENT u hi\nREACT u 👏 COUNT 3\nKICK h u");
    sim.pass(MINUTE);
    sim.forget();
    assert_eq!(sim.err("END u"), "FORBIDDEN");
    let summary = sim.json("END h");
    assert_eq!(summary["state"], "ended");
    assert_eq!(summary["duration_ms"], sim.now - T0);
    assert_eq!(summary["unique_members"], 2);
    assert_eq!(summary["peak_present"], 2);
    assert_eq!(summary["comments"], 1);
    assert_eq!(summary["reactions"], json!({"👏": 3}));
    assert_eq!(summary["reactions_total"], 3);
    assert_eq!(summary["speakers"], json!(["h"]));
    assert_eq!(summary["kicks"], 1);
    let ended = &sim.events("ended")[0];
    assert_eq!((&ended["by"], &ended["reason"]), (&json!("h"), &json!("host")));
    assert!(ended["summary"]["kicks"].is_null());
    assert!(sim.peek("SUMMARY u")["kicks"].is_null());
    assert_eq!(sim.peek("SUMMARY h")["kicks"], 1);
    assert_eq!(sim.notifications, ["room.end"]);
    assert_eq!(sim.expires, Some(sim.now + sim.settings.ttl_ms), "set again by END");
    // The room is over, and nothing falls due any more.
    sim.quiet();
    assert_eq!(sim.deadline(), None);
}

#[test]
fn the_service_ends_as_service() {
    let mut sim = Sim::live();
    sim.ok("END -");
    assert_eq!(sim.events("ended")[0]["reason"], "service");
    assert_eq!(sim.events("ended")[0]["by"], "-");
}

#[test]
fn config_sets_all_fields_or_none() {
    let mut sim = Sim::live();
    assert_eq!(sim.err("CONFIG h title new seats many"), "INVALID");
    assert_eq!(sim.peek("STATE -")["title"], "");
    assert_eq!(sim.err("CONFIG u title t"), "FORBIDDEN");
    sim.ok("CONFIG h title t seats 3 capacity 7 meta {\"a\":[1]} hostloss END comments off slowmode 9 emojis [\"x\"]");
    let settings = &sim.peek("STATE -")["settings"];
    assert_eq!(settings["seats"], 3);
    assert_eq!(settings["capacity"], 7);
    assert_eq!(settings["meta"], json!({"a": [1]}));
    assert_eq!(settings["hostloss"], "end");
    assert_eq!(settings["comments"], false);
    assert_eq!(settings["reactions"], true);
    assert_eq!(settings["slowmode"], 9);
    assert_eq!(settings["emojis"], json!(["x"]));
    sim.quiet();
    assert_eq!(&sim.events("settings")[0]["settings"], settings);
    assert_eq!(sim.notifications, ["room.config"]);
}

#[test]
fn config_at_moves_the_start_its_window_and_the_expiry() {
    let mut sim = scheduled("");
    sim.ok(&format!("CONFIG h at {}", T0 + 3 * HOUR));
    assert_eq!(sim.expires, Some(T0 + 3 * HOUR + sim.settings.ttl_ms));
    sim.pass(3 * HOUR + sim.settings.start_window_ms - 1);
    assert_eq!(sim.peek("STATE -")["state"], "scheduled");
    sim.pass(1);
    assert_eq!(sim.peek("STATE -")["state"], "cancelled");
    assert_eq!(sim.notifications.last(), Some(&"room.cancel"));
    assert!(sim.events("cancelled")[0]["by"].is_null());
}

#[test]
fn an_expiry_an_operator_took_away_stays_away() {
    let mut sim = scheduled("");
    sim.expires = None;
    sim.ok(&format!("CONFIG h at {}", T0 + 3 * HOUR));
    sim.ok("START h");
    sim.ok("JOIN h");
    sim.pass(100 * HOUR);
    sim.ok("END h");
    assert_eq!(sim.expires, None);
}

#[test]
fn a_key_lives_on_while_anyone_is_present() {
    for ttl in [60 * SECOND, 10 * MINUTE, 72 * HOUR] {
        let mut sim = Sim::empty();
        sim.settings.ttl_ms = ttl;
        sim.ok("CREATE h HOSTLOSS KEEP");
        // Without a gateway only the timer acts.
        sim.ok("JOIN h");
        let mut moved = 0;
        for _ in 0..100 {
            let before = sim.expires;
            sim.pass(3 * MINUTE.min(ttl / 10));
            assert!(sim.expires.unwrap() > sim.now, "ttl {ttl}: expired with its host present");
            moved += u32::from(sim.expires != before);
        }
        assert!(ttl <= HOUR || moved <= 5, "at most hourly, not {moved} times in five hours");
    }
}

#[test]
fn an_empty_room_ends_by_itself() {
    let mut sim = Sim::with("HOSTLOSS KEEP");
    sim.ok("LEAVE h");
    sim.pass(sim.settings.empty_ms - 1000);
    assert_eq!(sim.peek("STATE -")["state"], "live");
    sim.stall(1000);
    assert_eq!(sim.peek("STATE -")["state"], "ended", "a read shows it before a timer fired");
    assert_eq!(sim.err("JOIN h"), "ENDED");
    assert_eq!(sim.events("ended")[0]["reason"], "empty");
    assert_eq!(sim.notifications.last(), Some(&"room.end"));
}

#[test]
fn a_room_nobody_ever_came_to_ends_too() {
    let mut sim = Sim::empty();
    sim.ok("CREATE -");
    sim.pass(sim.settings.empty_ms);
    assert_eq!(sim.peek("STATE -")["state"], "ended");
}

#[test]
fn a_member_who_returns_keeps_an_empty_room_alive() {
    let mut sim = Sim::with("HOSTLOSS KEEP");
    sim.ok("LEAVE h");
    sim.pass(sim.settings.empty_ms - 1000);
    sim.all("JOIN u GATEWAY g\nLEAVE u");
    sim.pass(sim.settings.empty_ms - 1);
    assert_eq!(sim.peek("STATE -")["state"], "live");
}

#[test]
fn rsvp_counts_users_who_could_come() {
    let mut sim = scheduled("");
    sim.ok("BLOCK h b");
    assert_eq!(sim.int("RSVP u YES"), 1);
    assert_eq!(sim.int("RSVP u YES"), 1);
    assert_eq!(sim.int("RSVP v YES"), 2);
    assert_eq!(sim.int("RSVP u NO"), 1);
    assert_eq!(sim.err("RSVP b YES"), "BLOCKED");
    sim.quiet();
    assert_eq!(sim.events("rsvp").last().unwrap()["count"], 1);
    assert_eq!(sim.peek("STATE v")["you"]["interested"], true);
    let mut sim = scheduled("PRIVATE");
    assert_eq!(sim.err("RSVP u YES"), "NOTINVITED");
    sim.ok("INVITE h u");
    assert_eq!(sim.int("RSVP u YES"), 1);
}

#[test]
fn a_private_room_is_for_staff_and_invited() {
    let mut sim = Sim::with("PRIVATE");
    assert_eq!(sim.err("JOIN u"), "NOTINVITED");
    for line in
        ["STATE u", "MEMBERS u", "WHOIS u u", "HANDS u", "COMMENTS u", "POLLS u", "SUMMARY u", "EVENTS u e 0"]
    {
        assert_eq!(sim.err(line), "NOTINVITED", "{line}");
    }
    assert_eq!(sim.int("INVITE h u v u"), 2);
    assert_eq!(sim.int("INVITE h u"), 0);
    assert_eq!(sim.err("INVITE u w"), "FORBIDDEN");
    sim.ok("JOIN u");
    sim.ok("STATE v");
    sim.ok("ROLE h c cohost");
    sim.ok("JOIN c");
    let users = sim.pages("INVITED h", "users", 1);
    assert_eq!(users[0], json!({"user":"u","invited":true,"interested":false,"joined":true}));
    assert_eq!(users[1]["joined"], false);
    assert_eq!(sim.err("INVITED u"), "FORBIDDEN");
    assert_eq!(sim.peek("STATE u")["you"]["invited"], true);
}

#[test]
fn uninvite_ends_sessions_in_a_private_room_only() {
    let mut sim = Sim::live();
    sim.all("INVITE h u\nJOIN u GATEWAY g");
    assert_eq!(sim.int("UNINVITE h u x"), 1);
    assert_eq!(sim.member("u")["present"], true);
    sim.all("INVITE h u\nCONFIG h private on\nINVITE h v\nJOIN v");
    sim.quiet();
    sim.forget();
    assert_eq!(sim.int("UNINVITE h u v h"), 3);
    assert_eq!(sim.member("u")["present"], false);
    assert_eq!(sim.member("h")["present"], true, "staff stays");
    assert_eq!(sim.err("JOIN u"), "NOTINVITED");
    sim.quiet();
    assert_eq!(sim.events("removed").len(), 2);
    let notice = sim.direct().into_iter().find(|frame| frame["users"] == json!(["u", "v"])).unwrap();
    assert_eq!(notice["event"], json!({"type":"removed_notice","how":"uninvite","reason":""}));
    let to_staff = sim.direct().into_iter().find(|frame| frame["users"] == json!(["h"])).unwrap();
    assert_eq!(
        to_staff["event"],
        json!({"type":"removed_notice","how":"uninvite","reason":"","by":"h","removed":["u","v"]})
    );
    assert_eq!(sim.direct().len(), 2, "one notice each, for any number of users");
    assert_eq!(sim.events("invited").last().unwrap()["count"], 0);
}

#[test]
fn private_on_invites_all_who_are_present() {
    let mut sim = Sim::live();
    sim.thorough = false;
    for n in 0..1500 {
        sim.ok(&format!("JOIN u{n} GATEWAY g"));
    }
    sim.all("LEAVE u7\nCONFIG h private on\nCONFIG h private on title again");
    // They are invited before each of them is noted. A member who leaves stays invited.
    assert_eq!(sim.peek("STATE u1499")["you"]["invited"], true);
    sim.ok("LEAVE u1498");
    sim.ok("JOIN u1498 GATEWAY g");
    assert_eq!(sim.err("JOIN u7"), "NOTINVITED");
    assert_eq!(sim.int("INVITE h u1200"), 0, "invited already");
    assert_eq!(sim.int("UNINVITE h u1499"), 1);
    assert_eq!(sim.err("JOIN u1499"), "NOTINVITED");
    sim.quiet();
    sim.thorough = true;
    sim.compare();
    assert_eq!(sim.peek("STATE -")["counts"]["invited"], 1499);
    sim.ok("LEAVE u1000");
    sim.ok("JOIN u1000 GATEWAY g");
}

#[test]
fn a_call_invites_a_thousand_and_a_room_a_hundred_thousand() {
    let mut sim = Sim::live();
    sim.thorough = false;
    let names: Vec<String> = (0..100_001).map(|n| format!("u{n}")).collect();
    for names in names[..100_000].chunks(1000) {
        assert_eq!(sim.int(&format!("INVITE h {}", names.join(" "))), 1000);
    }
    assert_eq!(sim.err("INVITE h u100000"), "TOOMANY");
    assert_eq!(sim.int("INVITE h u5"), 0, "who is invited already is none more");
    assert_eq!(sim.err(&format!("INVITE h {}", names[..1001].join(" "))), "TOOMANY");
    sim.compare();
}

#[test]
fn uninviting_lowers_a_hand_raised_before_the_start() {
    let mut sim = scheduled("PRIVATE");
    sim.all("INVITE h u v\nRAISEHAND u\nRAISEHAND v\nUNINVITE h u");
    assert_eq!(sim.pages("HANDS -", "hands", 10).len(), 1);
}

#[test]
fn info_tells_a_backend_what_there_is() {
    let mut sim = Sim::with("TITLE t CAPACITY 9 META {\"topic\":\"x\"}");
    sim.all("JOIN u\nRAISEHAND u\nCOMMENT u hi\nREACT u 👏\nPOLLOPEN h q 2 a b");
    let info = sim.json("INFO");
    let mut names: Vec<&str> = "room state incarnation epoch seq host title private capacity present listeners \
        speakers hands comments reactions polls interested invited created_ms at_ms started_ms ended_ms meta channel \
        publish"
        .split_whitespace()
        .collect();
    names.sort_unstable();
    let mut found: Vec<&str> = info.as_object().unwrap().keys().map(String::as_str).collect();
    found.sort_unstable();
    assert_eq!(found, names);
    for (name, value) in [
        ("room", json!(KEY)),
        ("state", json!("live")),
        ("host", json!("h")),
        ("title", json!("t")),
        ("private", json!(false)),
        ("capacity", json!(9)),
        ("present", json!(2)),
        ("listeners", json!(1)),
        ("speakers", json!(1)),
        ("hands", json!(1)),
        ("comments", json!(1)),
        ("reactions", json!(1)),
        ("polls", json!(1)),
        ("ended_ms", json!(0)),
        ("meta", json!({"topic": "x"})),
        ("channel", json!("__room@0__:{room:42}")),
        ("publish", json!("global")),
    ] {
        assert_eq!(info[name], value, "{name}");
    }
    let card = crate::read::card(sim.at(), &sim.env());
    assert_eq!(sim.ok("INFO"), Reply::Bulk(card), "a card of LIST is the same");
}

#[test]
fn info_shows_an_end_that_is_due_only_once_it_is_settled() {
    let mut sim = Sim::with("HOSTLOSS KEEP");
    sim.ok("LEAVE h");
    sim.stall(sim.settings.empty_ms);
    assert_eq!(sim.peek("STATE -")["state"], "ended");
    let info = sim.json("INFO");
    assert_eq!((&info["state"], &info["ended_ms"]), (&json!("live"), &json!(0)));
    sim.quiet();
    assert_eq!(sim.json("INFO")["state"], "ended");
}
