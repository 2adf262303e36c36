//! Comments, reactions, tokens and rates.

use crate::simulator::*;
use serde_json::json;

fn room() -> Sim {
    let mut sim = Sim::live();
    sim.all("ROLE h c cohost\nJOIN c GATEWAY g\nJOIN u GATEWAY g\nJOIN v GATEWAY g");
    sim.quiet();
    sim.forget();
    sim
}

#[test]
fn comments_are_numbered_and_read_newest_first() {
    let mut sim = room();
    for n in 1..=60 {
        assert_eq!(sim.int(&format!("COMMENT u c{n}")), n);
    }
    let ids = |sim: &Sim, line: &str| -> Vec<u64> {
        let page = sim.peek(line);
        page["comments"].as_array().unwrap().iter().map(|comment| comment["id"].as_u64().unwrap()).collect()
    };
    assert_eq!(ids(&sim, "COMMENTS v").len(), 50);
    assert_eq!(ids(&sim, "COMMENTS v COUNT 2"), [60, 59]);
    assert_eq!(ids(&sim, "COMMENTS v BEFORE 3 COUNT 500"), [2, 1]);
    assert_eq!(ids(&sim, "COMMENTS v BEFORE 1"), [0; 0]);
    assert_eq!(ids(&sim, "COMMENTS v BEFORE 9007199254740991 COUNT 1"), [60]);
    assert_eq!(sim.peek("STATE -")["comments"].as_array().unwrap().len(), 20);
    sim.quiet();
    assert_eq!(sim.events("comment").len(), 60);
    let first = &sim.events("comment")[0];
    assert_eq!(first["by"], "u");
    let fields = "id user text ms reply pinned deleted";
    assert!(fields.split(' ').all(|field| !first["comment"][field].is_null()));
}

#[test]
fn commenting_takes_presence_but_not_of_the_service() {
    let mut sim = room();
    assert_eq!(sim.err("COMMENT x hi"), "NOTMEMBER");
    assert_eq!(sim.int("COMMENT - notice"), 1);
    assert_eq!(sim.peek("STATE u")["comments"][0]["user"], "-");
    assert_eq!(sim.err("DELCOMMENT u 1"), "FORBIDDEN");
    assert_eq!(sim.int("DELCOMMENT c 1"), 1);
}

#[test]
fn replies_answer_what_is_there() {
    let mut sim = room();
    assert_eq!(sim.err("COMMENT u hi REPLY 1"), "NOCOMMENT");
    sim.all("COMMENT u one\nCOMMENT v two REPLY 1");
    assert_eq!(sim.peek("COMMENTS -")["comments"][0]["reply"], 1);
    sim.ok("DELCOMMENT u 1");
    assert_eq!(sim.err("COMMENT u hi REPLY 1"), "NOCOMMENT");
}

#[test]
fn a_comment_is_deleted_by_its_author_and_by_staff_and_its_text_is_gone() {
    let mut sim = room();
    sim.all("COMMENT u secret-u\nCOMMENT c secret-c\nCOMMENT h secret-h\nPIN h 1");
    for (actor, id) in [("v", 1), ("u", 2), ("x", 1)] {
        assert_eq!(sim.err(&format!("DELCOMMENT {actor} {id}")), "FORBIDDEN");
    }
    assert_eq!(sim.err("DELCOMMENT c 3"), "FORBIDDEN");
    assert_eq!(sim.err("DELCOMMENT u 99"), "NOCOMMENT");
    sim.quiet();
    sim.forget();
    assert_eq!(sim.int("DELCOMMENT u 1"), 1);
    assert_eq!(sim.int("DELCOMMENT u 1"), 0);
    assert_eq!(sim.kinds(), ["comment_deleted"]);
    assert_eq!(sim.events("comment_deleted")[0]["id"], 1);
    assert_eq!(sim.peek("STATE -")["pins"], json!([]), "it is unpinned");
    assert_eq!(sim.int("DELCOMMENT c 2"), 1, "a cohost its own");
    assert_eq!(sim.int("DELCOMMENT h 3"), 1);
    let epoch = sim.peek("STATE -")["epoch"].as_str().unwrap().to_owned();
    let history = sim.peek(&format!("EVENTS - {epoch} 0"));
    assert!(!history.to_string().contains("secret"));
    assert!(history.to_string().contains("\"pinned\""), "the events are there, less the texts");
    sim.ok("COMMENT u mine");
    sim.ok("LEAVE u");
    assert_eq!(sim.err("DELCOMMENT u 4"), "NOTMEMBER");
}

#[test]
fn a_comment_deleted_before_its_frame_goes_out_without_its_text() {
    let mut sim = room();
    sim.all("COMMENT u first\nCOMMENT u secret\nDELCOMMENT u 2");
    let sent = format!("{:?}", sim.frames);
    assert!(!sent.contains("secret"));
    assert_eq!(sim.kinds(), ["comment", "comment", "comment_deleted"]);
}

#[test]
fn at_most_five_are_pinned() {
    let mut sim = room();
    for n in 1..=6 {
        sim.ok(&format!("COMMENT u c{n}"));
    }
    for n in 1..=5 {
        sim.ok(&format!("PIN c {n}"));
        sim.quiet();
    }
    sim.ok("PIN c 5");
    assert_eq!(sim.err("PIN c 6"), "TOOMANY");
    assert_eq!(sim.err("PIN c 7"), "NOCOMMENT");
    assert_eq!(sim.int("UNPIN c 1"), 1);
    assert_eq!(sim.int("UNPIN c 1"), 0);
    assert_eq!(sim.err("UNPIN c 7"), "NOCOMMENT");
    sim.ok("PIN c 6");
    sim.quiet();
    assert_eq!(sim.events("pinned").len(), 6);
    assert_eq!(sim.events("pinned")[5]["comment"]["pinned"], true);
    assert_eq!(sim.events("unpinned")[0]["id"], 1);
    assert!(sim.notifications.contains(&"room.pin") && sim.notifications.contains(&"room.unpin"));
}

#[test]
fn a_user_makes_at_most_two_thousand_comments() {
    let mut sim = room();
    sim.thorough = false;
    for _ in 0..2000 {
        sim.ok("COMMENT u hi");
    }
    assert_eq!(sim.err("COMMENT u hi"), "TOOMANY");
    sim.ok("COMMENT v hi");
    sim.ok("DELCOMMENT u 1");
    assert_eq!(sim.err("COMMENT u hi"), "TOOMANY", "deleted ones count");
}

#[test]
fn a_room_holds_at_most_max_comments() {
    let mut sim = room();
    sim.settings.max_comments = 3;
    sim.all("BLOCK h v SHADOW\nCOMMENT u a\nCOMMENT - b\nCOMMENT v c");
    for user in ["u", "v", "-"] {
        assert_eq!(sim.err(&format!("COMMENT {user} d")), "TOOMANY");
    }
}

#[test]
fn a_token_gives_the_first_answer_for_ten_minutes_before_any_rate() {
    let mut sim = room();
    sim.settings.comment_rate = 1;
    sim.ok("CONFIG h slowmode 60");
    assert_eq!(sim.int("COMMENT u hi TOKEN t"), 1);
    let before = sim.print();
    for _ in 0..10 {
        assert_eq!(sim.int("COMMENT u hi TOKEN t"), 1);
    }
    assert_eq!(before, sim.print(), "and does nothing");
    assert_eq!(sim.err("COMMENT u hi TOKEN t2"), "SLOWMODE 60000");
    assert_eq!(sim.int("COMMENT v hi TOKEN t"), 2, "of another user it is another token");
    sim.ok("JOIN u");
    sim.stall(10 * MINUTE - 1);
    assert_eq!(sim.int("COMMENT u hi TOKEN t"), 1);
    sim.stall(1);
    assert_eq!(sim.int("COMMENT u hi TOKEN t"), 3);
}

#[test]
fn a_refused_comment_keeps_no_token() {
    let mut sim = room();
    sim.ok("CONFIG h comments off");
    assert_eq!(sim.err("COMMENT u hi TOKEN t"), "OFF");
    sim.ok("CONFIG h comments on");
    assert_eq!(sim.int("COMMENT u hi TOKEN t"), 1);
}

#[test]
fn slow_mode_says_how_long_and_frees_staff() {
    let mut sim = room();
    sim.ok("CONFIG h slowmode 10");
    sim.all("COMMENT u a\nCOMMENT h a\nCOMMENT h b\nCOMMENT c a\nCOMMENT c b\nCOMMENT - a\nCOMMENT - b");
    let from = sim.now;
    sim.stall(2500);
    assert_eq!(sim.err("COMMENT u b"), "SLOWMODE 7500");
    assert_eq!(sim.peek("WHOIS u u")["comment_wait_ms"], 7500);
    assert_eq!(sim.peek("WHOIS h h")["comment_wait_ms"], 0);
    sim.now = from + 10_000;
    sim.ok("COMMENT u b");
    sim.ok("CONFIG h slowmode 0");
    sim.ok("COMMENT u c");
}

#[test]
fn off_means_off() {
    let mut sim = room();
    sim.ok("CONFIG h comments off reactions off");
    assert_eq!(sim.err("COMMENT u hi"), "OFF");
    assert_eq!(sim.err("REACT u 👏"), "OFF");
    sim.ok("COMMENT - the-service-may");
}

#[test]
fn rates_hold_two_seconds_worth_and_say_how_long() {
    let mut sim = room();
    sim.settings.comment_rate = 5;
    for _ in 0..10 {
        sim.all("COMMENT u hi\nCOMMENT h hi");
    }
    assert_eq!(sim.err("COMMENT u hi"), "RATELIMITED 200");
    assert_eq!(sim.err("COMMENT h hi"), "RATELIMITED 200", "staff too");
    sim.stall(200);
    sim.ok("COMMENT u hi");
    sim.settings.react_rate = 50;
    sim.ok("REACT u 👏 COUNT 100");
    assert_eq!(sim.err("REACT u 👏 COUNT 50"), "RATELIMITED 1000");
    assert_eq!(sim.err("REACT u 👏"), "RATELIMITED 20");
    sim.settings.action_rate = 20;
    for _ in 0..20 {
        sim.all("RAISEHAND u\nLOWERHAND u");
    }
    assert_eq!(sim.err("RAISEHAND u"), "RATELIMITED 50");
    for _ in 0..50 {
        sim.ok("INVITE h x");
    }
    sim.all("JOIN u GATEWAY g SESSION x\nLEAVE u SESSION x\nSTATE u");
}

#[test]
fn a_room_has_a_comment_rate_of_its_own() {
    let mut sim = room();
    sim.settings.comment_room_rate = 1;
    sim.all("COMMENT u hi\nCOMMENT v hi");
    assert_eq!(sim.err("COMMENT c hi"), "RATELIMITED 1000");
    sim.ok("COMMENT - hi");
}

#[test]
fn reactions_add_up_by_kind() {
    let mut sim = room();
    assert_eq!(sim.int("REACT u 👏 COUNT 3"), 3);
    assert_eq!(sim.int("REACT v 👏"), 4);
    assert_eq!(sim.int("REACT v 🔥"), 1);
    assert_eq!(sim.err("REACT x 👏"), "NOTMEMBER");
    assert_eq!(sim.err("REACT - 👏"), "INVALID");
    assert_eq!(sim.err("REACT u 🦀"), "BADOPTION");
    assert_eq!(sim.err("REACT u 👏 COUNT 101"), "INVALID");
    assert_eq!(sim.err("REACT u 👏 COUNT 0"), "INVALID");
    sim.ok("CONFIG h emojis [\"🦀\"]");
    sim.ok("REACT u 🦀");
    assert_eq!(sim.err("REACT u 👏"), "BADOPTION");
    assert_eq!(sim.peek("STATE u")["reactions"], json!({"👏": 4, "🔥": 1, "🦀": 1}));
}

#[test]
fn a_room_knows_at_most_sixty_four_kinds() {
    let mut sim = room();
    sim.ok("CONFIG h emojis []");
    for n in 0..64 {
        sim.ok(&format!("REACT u k{n}"));
    }
    assert_eq!(sim.err("REACT u k64"), "TOOMANY");
    assert_eq!(sim.int("REACT v k63"), 2);
    assert_eq!(sim.export(10_000).iter().filter(|line| line.contains("\"kind\":\"reaction\"")).count(), 65);
}
