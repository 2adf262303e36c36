//! Tokens, which make a retry safe.

use crate::limits::{SHADOW_TOKENS, TOKENS};
use crate::outbox::Reply;
use crate::room::tokens::{TokenCommand, TokenReply, Tokens};
use crate::simulator::*;

/// The longest tick of the largest room, ms.
const SLACK: u64 = 20 * 50;

fn room() -> Sim {
    let mut sim = Sim::live();
    sim.all("ROLE h c cohost\nJOIN c GATEWAY g\nJOIN u GATEWAY g\nJOIN v GATEWAY g");
    sim.quiet();
    sim.forget();
    sim
}

#[test]
fn a_token_gives_the_first_reply_for_ten_minutes_before_any_rate() {
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
    sim.stall(1 + SLACK);
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

/// On the fast path a comment takes the room's clock, here almost ten seconds late.
#[test]
fn a_token_on_the_fast_path_holds_for_ten_minutes_too() {
    let mut sim = room();
    sim.settings.tick_ms = 10 * SECOND;
    sim.ok("CONFIG h title a");
    sim.ok("JOIN u GATEWAY g SESSION later");
    sim.now += 9 * SECOND;
    let verbatim = sim.verbatim;
    assert_eq!(sim.int("COMMENT u hi TOKEN t"), 1);
    assert_eq!(sim.verbatim, verbatim + 1, "the fast path");
    sim.stall(10 * MINUTE - 1);
    assert_eq!(sim.int("COMMENT u hi TOKEN t"), 1);
}

#[test]
fn next_keeps_its_null_reply() {
    let mut sim = room();
    assert_eq!(sim.ok("NEXT h TOKEN t"), Reply::Null);
    sim.ok("RAISEHAND u");
    assert_eq!(sim.ok("NEXT h TOKEN t"), Reply::Null, "the first reply");
    assert_eq!(sim.ok("NEXT c TOKEN t"), Reply::Bulk("u".into()), "of another user it is another token");
    assert_eq!(sim.ok("NEXT h"), Reply::Null, "without a token nothing is kept");
    sim.ok("RAISEHAND v");
    assert_eq!(sim.ok("NEXT h"), Reply::Bulk("v".into()));
    sim.restart();
    assert_eq!(sim.ok("NEXT h TOKEN t"), Reply::Null);
}

#[test]
fn old_tokens_go_two_at_a_time() {
    let mut tokens = Tokens::default();
    let keep = |tokens: &mut Tokens, token: &str, at: u64| {
        tokens.keep(TokenCommand::Comment, "u", token, at, TokenReply::Id(1));
    };
    for n in 0..1000 {
        keep(&mut tokens, &format!("t{n}"), T0);
    }
    keep(&mut tokens, "", T0 + HOUR);
    assert_eq!(tokens.ages.len(), 998);
    for _ in 0..499 {
        keep(&mut tokens, "", T0 + HOUR);
    }
    assert!(tokens.ages.is_empty() && tokens.replies.is_empty());
    assert_eq!(tokens.dropped, 0);
}

#[test]
fn a_room_keeps_ten_thousand_tokens_and_counts_the_rest() {
    let mut sim = room();
    sim.thorough = false;
    for n in 0..10_000u64 {
        let room = sim.room.as_mut().unwrap();
        room.tokens.keep(TokenCommand::Comment, "x", &format!("t{n}"), T0, TokenReply::Id(n));
    }
    sim.ok("COMMENT u hi TOKEN a");
    let tokens = &sim.at().tokens;
    assert_eq!((tokens.ages.len(), tokens.replies.len(), tokens.dropped), (TOKENS, TOKENS, 1));
    let get = |token| tokens.get(TokenCommand::Comment, "x", Some(token), T0, 600_000);
    assert_eq!((get("t0"), get("t1")), (None, Some(&TokenReply::Id(1))));
    assert_eq!(sim.int("COMMENT u hi TOKEN a"), 1);
}

#[test]
fn tokens_of_shadow_blocked_users_push_out_no_others() {
    let mut sim = room();
    sim.all("COMMENT v hi TOKEN t\nBLOCK h u SHADOW");
    sim.thorough = false;
    for n in 0..SHADOW_TOKENS + 10 {
        let room = sim.room.as_mut().unwrap();
        room.shadow_tokens.keep_shadow(TokenCommand::Comment, "x", &format!("t{n}"), T0, TokenReply::Id(9));
    }
    assert_eq!(sim.int("COMMENT u hidden TOKEN t"), 2);
    assert_eq!(sim.int("COMMENT u hidden TOKEN t"), 2);
    assert_eq!((sim.at().tokens.ages.len(), sim.at().shadow_tokens.ages.len()), (1, SHADOW_TOKENS));
    sim.ok("UNBLOCK h u");
    assert_eq!(sim.int("COMMENT u hidden TOKEN t"), 2, "also after the block");
}
