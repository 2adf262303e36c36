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
}

#[test]
fn a_room_holds_at_most_max_comments() {
    let mut sim = room();
    sim.settings.max_comments = 3;
    sim.all("BLOCK h v SHADOW\nCOMMENT u a\nCOMMENT - b\nCOMMENT v c");
    assert_eq!(sim.err("COMMENT v d"), "TOOMANY");
    sim.ok("COMMENT u d");
    for user in ["u", "v", "-"] {
        assert_eq!(sim.err(&format!("COMMENT {user} d")), "TOOMANY");
    }
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
    for user in 0..8 {
        sim.ok(&format!("JOIN k{user} GATEWAY g"));
        for n in 0..8 {
            sim.ok(&format!("REACT k{user} k{user}-{n}"));
        }
        assert_eq!(sim.err(&format!("REACT k{user} one-more")), "TOOMANY");
    }
    assert_eq!(sim.err("REACT v one-more"), "TOOMANY");
    assert_eq!(sim.int("REACT v k7-7"), 2);
    assert_eq!(sim.export(10_000).iter().filter(|line| line.contains("\"kind\":\"reaction\"")).count(), 65);
}

#[test]
fn a_user_is_the_first_with_at_most_eight_kinds_unless_the_room_lists_them() {
    let mut sim = room();
    for kind in crate::terms::DEFAULT_EMOJIS {
        sim.ok(&format!("REACT u {kind}"));
    }
    sim.ok("CONFIG h emojis []");
    for n in 0..8 {
        sim.ok(&format!("REACT u k{n}"));
    }
    assert_eq!(sim.err("REACT u k8"), "TOOMANY");
    sim.ok("REACT v k8");
    assert_eq!(sim.int("REACT u k8"), 2);
    sim.restart();
    assert_eq!(sim.err("REACT u k9"), "TOOMANY");
}

#[test]
fn a_deleted_comment_frees_its_place() {
    let mut sim = room();
    sim.settings.max_comments = 2;
    sim.all("COMMENT u a\nCOMMENT u b");
    assert_eq!(sim.err("COMMENT u c"), "TOOMANY");
    sim.ok("DELCOMMENT u 1");
    assert_eq!(sim.int("COMMENT u c"), 3);
    assert_eq!(sim.peek("STATE -")["counts"]["comments"], 3, "the count does not fall");
    assert_eq!(sim.peek("SUMMARY -")["comments"], 3);
    assert_eq!(
        sim.peek("COMMENTS -")["comments"][2],
        json!({
            "id": 1, "user": "u", "text": "", "ms": sim.at().comments.all[&1].ms, "reply": 0, "pinned": false,
            "deleted": true,
        })
    );
}

#[test]
fn a_deleted_comment_frees_its_place_among_the_user_s() {
    let mut sim = room();
    sim.thorough = false;
    for _ in 0..2000 {
        sim.ok("COMMENT u hi");
    }
    assert_eq!(sim.err("COMMENT u hi"), "TOOMANY");
    sim.all("DELCOMMENT u 1000\nDELCOMMENT h 1\nDELCOMMENT u 2000");
    sim.all("COMMENT u hi\nCOMMENT u hi\nCOMMENT u hi");
    assert_eq!(sim.err("COMMENT u hi"), "TOOMANY");
    sim.restart();
    assert_eq!(sim.err("COMMENT u hi"), "TOOMANY");
    sim.compare();
    sim.ok("BLOCK h u CLEAR");
    assert_eq!(sim.at().comments.places(), 0, "the chain was whole");
    sim.compare();
}

#[test]
fn a_hundredth_of_the_places_is_for_staff_and_the_service() {
    let mut sim = room();
    sim.settings.max_comments = 200;
    for _ in 0..198 {
        sim.ok("COMMENT u hi");
    }
    assert_eq!(sim.err("COMMENT u hi"), "TOOMANY");
    sim.all("COMMENT c hi\nCOMMENT - hi");
    assert_eq!(sim.err("COMMENT h hi"), "TOOMANY");
    assert_eq!(sim.err("COMMENT - hi"), "TOOMANY");
}

#[test]
fn ten_thousand_deleted_comments_are_kept_and_the_rest_is_counted() {
    let mut sim = room();
    sim.thorough = false;
    sim.settings.history_bytes = 1024;
    let mut id = 0;
    for _ in 0..6 {
        for _ in 0..2000 {
            id = sim.int("COMMENT u hi");
        }
        sim.ok("COMMENT v hi");
        sim.all("BLOCK h u CLEAR\nUNBLOCK h u\nJOIN u GATEWAY g");
        sim.stall(1000);
    }
    let comments = &sim.at().comments;
    assert_eq!((comments.deleted.len(), comments.dropped, comments.places()), (10_000, 2000, 6));
    assert_eq!(comments.made(), 12_006);
    assert_eq!(comments.all.keys().next(), Some(&2001), "the oldest are gone, and only deleted ones");
    assert_eq!(sim.peek("STATE -")["counts"]["comments"], 12_006);
    assert_eq!(sim.peek("SUMMARY -")["comments"], 12_006);
    assert_eq!(sim.err("DELCOMMENT h 1"), "NOCOMMENT");
    assert_eq!(sim.int(&format!("DELCOMMENT h {id}")), 0);
    assert_eq!(sim.int("DELCOMMENT h 2001"), 1);
    assert_eq!(sim.at().comments.all.keys().next(), Some(&2001), "the one deleted last stays");
    sim.compare();
}

/// The tick is longer than slow mode. On the fast path a comment would take the time of the last tick.
#[test]
fn slow_mode_counts_the_server_s_time() {
    let mut sim = room();
    sim.settings.tick_ms = 10 * SECOND;
    sim.ok("CONFIG h slowmode 5");
    sim.ok("JOIN u GATEWAY g SESSION later");
    sim.now += 9 * SECOND;
    sim.ok("COMMENT u one");
    sim.now += 500;
    assert_eq!(sim.err("COMMENT u two"), "SLOWMODE 4500");
    assert_eq!(sim.peek("WHOIS u u")["comment_wait_ms"], 4500);
    let ms = sim.at().comments.all[&1].ms;
    assert_eq!(ms, sim.now - 500);
}
