//! Kicks, blocks and shadow blocks.

use crate::simulator::*;
use serde_json::json;

/// A host `h`, a cohost `c`, a speaker `s`, listeners `u` and `v`.
fn room() -> Sim {
    let mut sim = Sim::live();
    sim.ok("ROLE h c cohost");
    for user in ["c", "s", "u", "v"] {
        sim.ok(&format!("JOIN {user} GATEWAY g"));
    }
    sim.ok("ROLE h s speaker");
    sim.quiet();
    sim.forget();
    sim
}

fn blocked(sim: &Sim) -> Vec<String> {
    let all = sim.pages("BLOCKED h", "blocked", 1);
    all.iter().map(|block| block["user"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_kick_ends_sessions_and_lets_come_again() {
    let mut sim = room();
    sim.ok("JOIN s GATEWAY g2 SESSION x");
    sim.quiet();
    sim.forget();
    assert_eq!(sim.int("KICK c s REASON rude"), 2);
    assert_eq!(sim.kinds(), ["audience", "stage", "removed"], "at once, in order");
    assert_eq!(sim.events("stage")[0]["member"]["role"], "listener");
    assert!(sim.events("stage")[0]["by"].is_null(), "members do not learn who kicked");
    assert_eq!(sim.events("removed")[0]["user"], "s");
    let notices = sim.direct();
    assert_eq!(notices[0]["users"], json!(["s"]));
    assert_eq!(notices[0]["event"], json!({"type":"removed_notice","how":"kick","reason":"rude"}));
    assert_eq!(notices[1]["users"], json!(["h", "c"]));
    assert_eq!(notices[1]["event"]["by"], "c");
    assert_eq!(notices[1]["event"]["removed"], json!(["s"]));
    assert_eq!(sim.int("KICK c s"), 0, "removed already");
    assert_eq!(sim.int("KICK c nobody"), 0);
    assert_eq!(sim.json("SUMMARY h")["kicks"], 1, "nothing else happened");
    sim.ok("JOIN s GATEWAY g");
    assert_eq!(sim.member("s")["role"], "listener");
    assert_eq!(sim.notifications[0], "room.kick");
}

#[test]
fn an_absent_member_is_removed_once_after_each_join() {
    let mut sim = room();
    let removed = |sim: &mut Sim| {
        sim.quiet();
        let users: Vec<_> = sim.events("removed").iter().map(|event| event["user"].clone()).collect();
        sim.forget();
        users
    };
    sim.ok("LEAVE u");
    for expected in [vec![json!("u")], vec![]] {
        assert_eq!(sim.int("KICK h u"), 0);
        assert_eq!(removed(&mut sim), expected);
    }
    sim.all("JOIN u GATEWAY g\nLEAVE u");
    assert_eq!(sim.int("KICK h u"), 0);
    assert_eq!(removed(&mut sim), ["u"]);
    assert_eq!(sim.peek("SUMMARY h")["kicks"], 2);
    for line in ["BLOCK h u", "UNBLOCK h u", "BLOCK h u SHADOW", "UNBLOCK h u", "KICK h u"] {
        sim.ok(line);
    }
    assert!(removed(&mut sim).is_empty(), "removed already");
    sim.all("JOIN u\nLEAVE u\nCONFIG h private on\nINVITE h u\nUNINVITE h u");
    assert_eq!(removed(&mut sim), ["u"]);
}

#[test]
fn a_join_again_does_not_undo_a_removal() {
    let mut sim = room();
    sim.ok("JOIN new GATEWAY g AGAIN");
    sim.ok("JOIN u GATEWAY g2 AGAIN");
    // Also a removal of an absent member.
    for remove in ["KICK h u", "LEAVE u|KICK h u", "BLOCK h u", "LEAVE u|BLOCK h u", "BLOCK h u|UNBLOCK h u"]
    {
        for line in remove.split('|') {
            sim.ok(line);
        }
        assert_eq!(sim.err("JOIN u GATEWAY g AGAIN"), "FORBIDDEN", "{remove}");
        sim.ok("UNBLOCK h u");
        assert_eq!(sim.err("JOIN u GATEWAY g AGAIN"), "FORBIDDEN", "{remove}");
        sim.ok("JOIN u GATEWAY g");
        sim.ok("JOIN u GATEWAY g SESSION x AGAIN");
    }
    // A shadow block removes nobody, and neither does a LEAVE.
    sim.all("BLOCK h u SHADOW\nLEAVE u\nJOIN u GATEWAY g AGAIN");
    sim.all("INVITE h v\nUNINVITE h v\nJOIN v SESSION y AGAIN");
    sim.all("CONFIG h private on\nUNINVITE h v");
    assert_eq!(sim.err("JOIN v AGAIN"), "FORBIDDEN");
    assert_eq!(sim.err("JOIN v"), "NOTINVITED");
    assert_eq!(sim.err("JOIN stranger AGAIN"), "NOTINVITED", "it was never removed");
    sim.restart();
    assert_eq!(sim.err("JOIN v AGAIN"), "FORBIDDEN", "the room remembers");
}

#[test]
fn a_lost_member_can_be_kicked() {
    let mut sim = room();
    sim.ok("LEAVE u LOST");
    assert_eq!(sim.int("KICK h u"), 0);
    assert_eq!(sim.member("u")["present"], false);
    sim.quiet();
    assert_eq!(sim.events("removed").len(), 1);
}

#[test]
fn a_blocked_user_is_nowhere_and_may_nothing() {
    let mut sim = room();
    sim.all("RAISEHAND u\nOFFER h v");
    for user in ["u", "v", "s"] {
        sim.ok(&format!("BLOCK c {user} REASON spam"));
        assert_eq!(sim.member(user)["present"], false);
        assert_eq!(sim.member(user)["role"], "listener");
    }
    assert_eq!(sim.at().free_seats(None), 10);
    for line in
        ["JOIN u", "STATE u", "MEMBERS u", "WHOIS u u", "HANDS u", "COMMENTS u", "EVENTS u e 0", "SUMMARY u"]
    {
        assert_eq!(sim.err(line), "BLOCKED", "{line}");
    }
    for line in
        ["COMMENT u hi", "REACT u 👏", "RAISEHAND u", "ACCEPT v", "UNMUTE s", "POLLVOTE u 1 0", "MUTE s"]
    {
        assert_eq!(sim.err(line), "NOTMEMBER", "{line}");
    }
    assert_eq!(sim.err("KICK u h"), "FORBIDDEN");
    assert_eq!(sim.err("INVITED u"), "FORBIDDEN");
    assert_eq!(blocked(&sim), ["s", "u", "v"]);
    let entry = &sim.peek("BLOCKED - COUNT 1")["blocked"][0];
    assert_eq!(entry, &json!({"user":"s","until_ms":0,"shadow":false,"by":"c","reason":"spam"}));
    assert_eq!(sim.int("UNBLOCK c u"), 1);
    assert_eq!(sim.int("UNBLOCK c u"), 0);
    assert_eq!(sim.int("UNBLOCK c nobody"), 0);
    sim.ok("JOIN u");
}

#[test]
fn absent_users_and_users_who_never_came_can_be_blocked() {
    let mut sim = room();
    sim.all("LEAVE u\nBLOCK h u\nBLOCK h x FOR 60");
    assert_eq!(sim.err("JOIN u"), "BLOCKED");
    assert_eq!(sim.err("JOIN x"), "BLOCKED");
    assert_eq!(sim.peek("BLOCKED h")["blocked"][1]["until_ms"], sim.now + MINUTE);
    sim.quiet();
    assert_eq!(sim.events("removed").len(), 1, "a socket of u may be left, x never had one");
    sim.stall(MINUTE);
    sim.ok("JOIN x");
}

#[test]
fn a_block_takes_staff_s_roles() {
    let mut sim = room();
    sim.ok("ROLE h x cohost");
    assert_eq!(sim.err("BLOCK c h"), "FORBIDDEN");
    assert_eq!(sim.err("BLOCK c x"), "FORBIDDEN");
    sim.all("BLOCK h c FOR 5\nBLOCK h x");
    assert!(sim.at().cohosts.is_empty());
    sim.pass(5000);
    sim.ok("JOIN c");
    assert_eq!(sim.member("c")["role"], "listener");
}

#[test]
fn a_hand_raised_before_the_start_goes_with_a_block() {
    let mut sim = Sim::bare(&format!("AT {}", T0 + HOUR));
    sim.all("RAISEHAND u\nBLOCK h u");
    assert_eq!(sim.peek("STATE -")["counts"]["hands"], 0);
}

#[test]
fn a_later_block_replaces_an_earlier_one() {
    let mut sim = room();
    sim.all("BLOCK h u FOR 5\nBLOCK h u FOR 500");
    sim.pass(6000);
    assert_eq!(sim.err("JOIN u"), "BLOCKED");
    sim.ok("BLOCK h u FOR 1");
    sim.pass(1000);
    sim.ok("JOIN u");
    assert_eq!(blocked(&sim).len(), 0);
}

#[test]
fn clear_deletes_the_user_s_comments_everywhere() {
    let mut sim = room();
    sim.all("COMMENT u secret-one\nCOMMENT v fine\nCOMMENT u secret-two\nPIN h 3");
    sim.quiet();
    sim.forget();
    sim.ok("BLOCK h u CLEAR");
    sim.quiet();
    assert_eq!(sim.events("comments_cleared")[0]["user"], "u");
    assert!(sim.events("comments_cleared")[0]["by"].is_null());
    let state = sim.peek("STATE -");
    assert_eq!(state["pins"], json!([]));
    assert_eq!(state["comments"][0]["deleted"], true);
    assert_eq!(state["comments"][1]["text"], "fine");
    assert_eq!(state["counts"]["comments"], 3, "a deleted comment stays as a tombstone");
    let epoch = state["epoch"].as_str().unwrap();
    for read in ["STATE -".into(), "COMMENTS -".into(), format!("EVENTS - {epoch} 0")] {
        assert!(!sim.peek(&read).to_string().contains("secret"), "{read}");
    }
    assert!(!sim.export(100).concat().contains("secret"));
}

#[test]
fn under_a_shadow_block_nothing_is_published_and_nothing_shows_but_to_oneself() {
    let mut sim = room();
    sim.ok("RAISEHAND u");
    sim.all("COMMENT u before\nREACT u 👏");
    sim.quiet();
    let seq = sim.at().seq;
    sim.forget();
    sim.ok("BLOCK c u SHADOW");
    assert_eq!(sim.int("COMMENT u hidden"), 2, "answered as ever");
    assert_eq!(sim.int("REACT u 👏 COUNT 2"), 3);
    assert_eq!(sim.int("REACT v 👏"), 2, "nobody else counts it");
    sim.quiet();
    assert_eq!(sim.kinds(), ["reactions"]);
    assert_eq!(sim.events("reactions")[0]["delta"], json!({"👏": 1}));
    assert_eq!(sim.direct().len(), 0);
    assert_eq!(sim.at().seq, seq + 1);
    assert_eq!(sim.member("u")["hand"], 1, "it keeps what it has");
    // The user's own reads.
    assert_eq!(sim.peek("COMMENTS u")["comments"][0]["text"], "hidden");
    let own = sim.peek("STATE u");
    assert_eq!((&own["comments"][0]["id"], &own["counts"]["comments"]), (&json!(2), &json!(2)));
    assert_eq!(own["reactions"], json!({"👏": 4}));
    // The reads of others.
    for actor in ["-", "h", "v"] {
        let state = sim.peek(&format!("STATE {actor}"));
        assert_eq!((&state["comments"][0]["id"], &state["counts"]["comments"]), (&json!(1), &json!(1)));
        assert_eq!(state["reactions"], json!({"👏": 2}));
        assert_eq!(sim.peek(&format!("COMMENTS {actor}"))["comments"].as_array().unwrap().len(), 1);
    }
    assert_eq!(sim.peek("SUMMARY -")["comments"], 1);
    for line in ["COMMENT v re REPLY 2", "DELCOMMENT h 2", "DELCOMMENT - 2", "PIN h 2", "UNPIN h 2"] {
        assert_eq!(sim.err(line), "NOCOMMENT", "{line}");
    }
    sim.ok("COMMENT u re REPLY 2");
    assert_eq!(sim.int("DELCOMMENT u 2"), 1);
    assert_eq!(sim.int("DELCOMMENT u 2"), 0);
    assert_eq!(sim.peek("BLOCKED h")["blocked"][0]["shadow"], true);
    // After the block the user is seen again. Hidden comments stay hidden.
    sim.ok("UNBLOCK h u");
    sim.ok("COMMENT u after");
    assert_eq!(sim.peek("COMMENTS v")["comments"].as_array().unwrap().len(), 2);
    let lines = sim.export(100).concat();
    assert!(lines.contains("\"shadow\":true"), "the warehouse knows");
}

#[test]
fn staff_cannot_be_shadow_blocked() {
    let mut sim = room();
    for line in ["BLOCK h c SHADOW", "BLOCK - c SHADOW", "BLOCK - h SHADOW", "BLOCK c h SHADOW"] {
        assert_eq!(sim.err(line), "FORBIDDEN", "{line}");
    }
    sim.all("BLOCK c s SHADOW\nROLE h c listener\nBLOCK h c SHADOW");
}

#[test]
fn a_shadow_block_runs_out_in_time() {
    let mut sim = room();
    sim.ok("BLOCK h u SHADOW FOR 5");
    sim.ok("COMMENT u hidden");
    sim.stall(5000);
    sim.ok("COMMENT u seen");
    assert_eq!(sim.peek("COMMENTS v")["comments"].as_array().unwrap().len(), 1);
    assert_eq!(sim.err("BLOCK h u SHADOW CLEAR"), "INVALID");
}

#[test]
fn a_kind_only_shadows_used_shows_to_nobody_else() {
    let mut sim = room();
    sim.all("BLOCK h u SHADOW\nREACT u 🔥");
    assert_eq!(sim.peek("STATE v")["reactions"], json!({}));
    assert_eq!(sim.peek("SUMMARY h")["reactions"], json!({}));
    assert_eq!(sim.peek("STATE u")["reactions"], json!({"🔥": 1}));
}

#[test]
fn the_log_keeps_ten_thousand_actions_and_counts_the_rest() {
    let mut sim = room();
    sim.thorough = false;
    for _ in 0..5001 {
        sim.all("BLOCK h x\nUNBLOCK h x");
    }
    sim.ok("END h");
    let lines = sim.export(1000);
    let actions = lines.iter().filter(|line| line.contains("\"kind\":\"moderation\"")).count();
    assert_eq!(actions, 10_000);
    assert!(lines[0].contains("\"moderation_dropped\":2"));
}

#[test]
fn only_staff_reads_who_is_blocked() {
    let mut sim = room();
    assert_eq!(sim.err("BLOCKED u"), "FORBIDDEN");
    assert_eq!(sim.err("BLOCK u v"), "FORBIDDEN");
    assert_eq!(sim.err("UNBLOCK u v"), "FORBIDDEN");
    assert_eq!(sim.err("BLOCK h h"), "FORBIDDEN");
}
