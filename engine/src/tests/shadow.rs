//! Shadow blocks: the user notices nothing, and takes nothing from others.

use crate::limits::SHADOW_COMMENTS;
use crate::simulator::*;
use serde_json::json;

/// A room in which `u` and `w` are shadow-blocked, and `v` is not.
fn room() -> Sim {
    let mut sim = Sim::bare("");
    sim.all("JOIN h\nJOIN u\nJOIN v\nJOIN w\nBLOCK h u SHADOW\nBLOCK h w SHADOW");
    sim.quiet();
    sim.forget();
    sim
}

fn ids(comments: &serde_json::Value) -> Vec<u64> {
    comments.as_array().unwrap().iter().map(|comment| comment["id"].as_u64().unwrap()).collect()
}

#[test]
fn the_summary_does_not_tell_the_ban() {
    let mut sim = room();
    sim.all("COMMENT v seen\nCOMMENT u hidden\nREACT v 👏\nREACT u 👏 COUNT 2\nREACT u 🔥\nREACT w 🎉");
    let own = sim.peek("SUMMARY u");
    assert_eq!(own["comments"], 2);
    assert_eq!(own["reactions"], json!({"👏": 3, "🔥": 1}));
    assert_eq!(own["reactions_total"], 4);
    for actor in ["-", "v", "h"] {
        let summary = sim.peek(&format!("SUMMARY {actor}"));
        assert_eq!(summary["comments"], 1);
        assert_eq!((&summary["reactions"], &summary["reactions_total"]), (&json!({"👏": 1}), &json!(1)));
    }
    sim.ok("END h");
    assert_eq!(sim.peek("SUMMARY u")["comments"], 2);
    assert_eq!(sim.peek("SUMMARY -")["comments"], 1);
}

#[test]
fn shadow_comments_take_no_place_and_meet_the_limits() {
    let mut sim = room();
    sim.settings.max_comments = 3;
    sim.all("COMMENT u a\nCOMMENT v b\nCOMMENT u c");
    assert_eq!(sim.err("COMMENT u d"), "TOOMANY", "as without the block");
    sim.all("COMMENT v d\nCOMMENT v e");
    assert_eq!(sim.err("COMMENT v f"), "TOOMANY");
    assert_eq!(sim.err("COMMENT w f"), "TOOMANY", "the room is full for everybody");
    assert_eq!(sim.int("DELCOMMENT u 1"), 1);
    assert_eq!(sim.err("COMMENT u g"), "TOOMANY", "three of v and one of its own");
}

#[test]
fn a_user_has_two_thousand_comments_under_a_shadow_block_too() {
    let mut sim = room();
    sim.thorough = false;
    for _ in 0..2000 {
        sim.ok("COMMENT u hidden");
    }
    assert_eq!(sim.err("COMMENT u hidden"), "TOOMANY");
    sim.ok("DELCOMMENT u 7");
    sim.ok("COMMENT u hidden");
    // The budget is the room's: another user pushes out the oldest, which the user's limit still counts.
    for _ in 0..10 {
        sim.ok("COMMENT w hidden");
    }
    assert_eq!(sim.at().comments.shadow.len(), SHADOW_COMMENTS);
    assert_eq!(sim.err("COMMENT u hidden"), "TOOMANY");
    assert_eq!(sim.peek("STATE u")["counts"]["comments"], 2001);
    assert_eq!(ids(&sim.peek("COMMENTS u BEFORE 15")["comments"]), [14, 13, 12], "eleven are gone");
    assert_eq!(sim.err("DELCOMMENT u 1"), "NOCOMMENT");
    sim.compare();
}

#[test]
fn the_room_s_comment_rate_is_not_used_up() {
    let mut sim = room();
    sim.settings.comment_room_rate = 1;
    sim.all("COMMENT u a\nCOMMENT u b");
    assert_eq!(sim.err("COMMENT u c"), "RATELIMITED 1000", "as without the block");
    sim.all("COMMENT v a\nCOMMENT v b");
    assert_eq!(sim.err("COMMENT v c"), "RATELIMITED 1000");
    assert_eq!(sim.err("COMMENT w c"), "RATELIMITED 1000", "the rate of the others holds for it");
}

#[test]
fn kinds_of_shadow_blocked_users_are_their_own() {
    let mut sim = room();
    sim.ok("CONFIG h emojis []");
    for n in 0..8 {
        sim.ok(&format!("REACT u s{n}"));
    }
    assert_eq!(sim.err("REACT u s8"), "TOOMANY", "as without the block");
    assert!(sim.at().reactions.kinds.is_empty());
    for user in 0..8 {
        sim.ok(&format!("JOIN k{user} GATEWAY g"));
        for n in 0..8 {
            sim.ok(&format!("REACT k{user} k{user}-{n}"));
        }
    }
    assert_eq!(sim.err("REACT v k8-0"), "TOOMANY", "sixty-four");
    assert_eq!(sim.err("REACT w s0"), "TOOMANY");
    assert_eq!(sim.int("REACT u k1-1 COUNT 2"), 3);
    assert_eq!(sim.int("REACT u s1"), 2);
    sim.ok("UNBLOCK h u");
    assert_eq!(sim.err("REACT u s1"), "TOOMANY", "the room has no place for the kind");
    assert_eq!(sim.peek("STATE v")["reactions"].as_object().unwrap().len(), 64);
    assert_eq!(sim.peek("STATE u")["reactions"]["s1"], 2);
    let lines = sim.export(1000);
    let own = |kind: &str| lines.iter().any(|line| line.contains(kind) && line.contains("\"shadow\":true"));
    assert!(own("\"s1\"") && own("\"k1-1\""));
}

#[test]
fn own_comments_of_the_last_ten_minutes_are_in_you() {
    let mut sim = room();
    sim.all("UNBLOCK h u\nCOMMENT u old\nREACT u 👏");
    sim.stall(5 * MINUTE);
    sim.all("COMMENT u public\nCOMMENT v other\nCOMMENT u regretted\nDELCOMMENT u 4\nBLOCK h u SHADOW");
    sim.all("COMMENT u hidden\nCOMMENT u hidden-regretted\nDELCOMMENT u 6");
    let you = |sim: &Sim| ids(&sim.peek("WHOIS u u")["comments"]);
    assert_eq!(you(&sim), [5, 2, 1]);
    assert_eq!(sim.peek("STATE u")["you"]["comments"][0]["text"], "hidden");
    assert_eq!(sim.json("JOIN u GATEWAY g SESSION s2")["you"]["comments"][2]["text"], "old");
    assert_eq!(sim.peek("WHOIS x x")["comments"], json!([]));
    sim.stall(5 * MINUTE);
    assert_eq!(you(&sim), [5, 2]);
    for _ in 0..30 {
        sim.ok("COMMENT u more");
    }
    assert_eq!(you(&sim).len(), 20);
    assert_eq!(you(&sim)[0], 36);
    sim.stall(10 * MINUTE);
    assert_eq!(you(&sim), [0; 0]);
}
