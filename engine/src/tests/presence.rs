//! Presence: sessions, leases, graces.

use crate::outbox::Reply;
use crate::simulator::*;
use serde_json::json;

fn beat(sim: &mut Sim, gateway: &str) -> i64 {
    match sim.ok(&format!("BEAT {gateway}")) {
        Reply::Array(parts) => {
            assert_eq!(parts[2], Reply::Int(sim.at().seq as i64));
            let Reply::Int(sessions) = parts[0] else { panic!("{parts:?}") };
            sessions
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_join_answers_where_the_room_is_and_who_you_are() {
    let mut sim = Sim::live();
    let reply = sim.json("JOIN u GATEWAY g SESSION s1");
    let state = sim.peek("STATE -");
    assert_eq!((&reply["incarnation"], &reply["epoch"]), (&state["incarnation"], &state["epoch"]));
    assert_eq!((&reply["lease_ms"], &reply["tick_ms"]), (&json!(30_000), &json!(50)));
    assert_eq!(reply["state"], "live");
    assert_eq!(reply["present"], 2);
    assert_eq!(reply["channel"], "__room@0__:{room:42}");
    assert_eq!(reply["publish"], "global");
    assert_eq!(reply["you"]["user"], "u");
    assert_eq!(reply["you"]["sessions"], 1);
    assert_eq!(reply["you"]["role"], "listener");
    assert_eq!(reply["seq"], sim.at().seq);
    let again = sim.json("JOIN u GATEWAY g SESSION s1");
    assert_eq!(again, reply, "repeated: the same");
    assert_eq!(sim.events("audience").len(), 1);
}

#[test]
fn the_first_change_of_a_quiet_room_goes_out_in_the_same_command() {
    let mut sim = Sim::live();
    let reply = sim.json("JOIN u GATEWAY g");
    let audience = &sim.events("audience")[0];
    assert_eq!(audience["seq"], reply["seq"]);
    assert_eq!(audience["users"], json!(["u"]));
    assert_eq!(audience["left_users"], json!([]));
    assert_eq!((&audience["present"], &audience["listeners"]), (&json!(2), &json!(1)));
}

#[test]
fn without_a_session_there_is_one_default_session_a_gateway() {
    let mut sim = Sim::live();
    for _ in 0..3 {
        sim.all("JOIN u GATEWAY g1\nJOIN u GATEWAY g2\nJOIN u");
    }
    assert_eq!(sim.peek("WHOIS u u")["sessions"], 3);
    assert_eq!(sim.int("LEAVE u GATEWAY g1"), 2);
    assert_eq!(sim.int("LEAVE u GATEWAY g1"), 2);
    assert_eq!(sim.int("LEAVE u"), 0);
    assert_eq!(sim.member("u")["present"], false);
}

#[test]
fn a_seventeenth_session_ends_the_oldest_one() {
    for fast in [false, true] {
        let mut sim = Sim::live();
        for n in 0..16 {
            sim.ok(&format!("JOIN u GATEWAY g{} SESSION s{n}", n % 2));
        }
        sim.quiet();
        if fast {
            sim.ok("REACT h 👏");
        }
        assert_eq!(sim.err("JOIN u GATEWAY g SESSION s16 AGAIN"), "TOOMANY");
        sim.ok("JOIN u GATEWAY g0 SESSION s4 AGAIN");
        let verbatim = sim.verbatim;
        let reply = sim.json("JOIN u GATEWAY g SESSION s16");
        assert_eq!(sim.verbatim - verbatim, usize::from(fast), "the fast path");
        assert_eq!((&reply["present"], &reply["you"]["sessions"]), (&json!(2), &json!(16)));
        let of = |sim: &Sim, gateway: &str| sim.pages(&format!("SESSIONS {gateway}"), "sessions", 5);
        assert!(!of(&sim, "g0").contains(&json!({"user": "u", "session": "s0"})), "the oldest");
        assert_eq!((of(&sim, "g0").len(), of(&sim, "g1").len()), (7, 8));
        assert_eq!((beat(&mut sim, "g0"), beat(&mut sim, "g")), (7, 2));
        // The age of a session counts from its own JOIN, even if it came through another gateway since.
        sim.ok("JOIN u GATEWAY g SESSION s1");
        sim.ok("JOIN u GATEWAY g SESSION s17");
        assert_eq!((beat(&mut sim, "g1"), beat(&mut sim, "g")), (7, 3));
        assert_eq!(sim.int("LEAVE u SESSION s17"), 15);
    }
}

#[test]
fn a_session_that_comes_through_another_gateway_moves_there() {
    let mut sim = Sim::live();
    sim.all("JOIN u GATEWAY g1 SESSION s\nJOIN v GATEWAY g1 SESSION t\nJOIN u GATEWAY g2 SESSION s");
    assert_eq!((beat(&mut sim, "g1"), beat(&mut sim, "g2")), (1, 1));
    assert_eq!(sim.int("LEAVE u SESSION s GATEWAY g1"), 1, "it stands there no more");
    assert_eq!(sim.int("DROP g1"), 1);
    assert_eq!(sim.member("u")["present"], true);
}

#[test]
fn a_new_profile_replaces_the_old_and_none_leaves_it() {
    let mut sim = Sim::live();
    sim.all("JOIN u GATEWAY g PROFILE {\"name\":\"A\"}\nJOIN u GATEWAY g SESSION s");
    assert_eq!(sim.member("u")["profile"], json!({"name": "A"}));
    sim.ok("JOIN u GATEWAY g PROFILE {\"name\":\"B\"}");
    assert_eq!(sim.member("u")["profile"], json!({"name": "B"}));
    sim.quiet();
    sim.forget();
    sim.ok("JOIN h GATEWAY g PROFILE {\"name\":\"H\"}");
    assert_eq!(
        sim.events("stage")[0]["member"]["profile"],
        json!({"name": "H"}),
        "the event of the stage carries it"
    );
}

#[test]
fn a_client_is_one_to_thirty_two_bytes() {
    let mut sim = Sim::live();
    sim.ok("JOIN u GATEWAY g CLIENT ios/5.2");
    sim.ok(&format!("JOIN v GATEWAY g CLIENT {}", "x".repeat(32)));
    assert_eq!(sim.err(&format!("JOIN w CLIENT {}", "x".repeat(33))), "INVALID");
    assert_eq!(sim.run_args(&["JOIN", "w", "CLIENT", ""]).unwrap_err().code(), "INVALID");
    assert_eq!(sim.err("JOIN w CLIENT a CLIENT b"), "INVALID");
    assert_eq!(sim.err("JOIN w AGAIN AGAIN"), "INVALID");
    // Another client in a repeated JOIN changes nothing: the JOIN that begins a visit counts.
    let seq = sim.at().seq;
    sim.ok("JOIN u GATEWAY g CLIENT web/1");
    sim.quiet();
    assert_eq!(sim.at().seq, seq + 1, "only the arrival of v");
}

#[test]
fn users_wait_in_a_scheduled_room_and_keep_their_hands() {
    let mut sim = Sim::bare(&format!("CAPACITY 2 AT {}", T0 + HOUR));
    sim.all("RAISEHAND v\nJOIN u GATEWAY g\nJOIN v GATEWAY g\nRAISEHAND u\nBLOCK h b");
    let state = sim.peek("STATE -");
    assert_eq!((&state["state"], &state["counts"]["present"]), (&json!("scheduled"), &json!(2)));
    assert_eq!(sim.events("audience").last().unwrap()["present"], 2, "frames go to the waiting room");
    assert_eq!(sim.err("JOIN w GATEWAY g"), "FULL", "waiting counts against the capacity");
    assert_eq!(sim.err("JOIN b"), "BLOCKED");
    sim.ok("JOIN h GATEWAY g");
    sim.ok("ROLE h u cohost");
    sim.ok("ROLE h u listener");
    sim.ok("RAISEHAND u");
    assert_eq!(sim.json("SUMMARY -")["peak_present"], 3);
    // Waiting members who go keep their hands: by LEAVE, after their grace, with their gateway, by a kick.
    sim.all("LEAVE u\nLEAVE v LOST");
    sim.pass(sim.settings.grace_ms);
    let hand = |user: &str, present: bool| (json!(user), json!(present));
    let hands = |sim: &Sim| -> Vec<_> {
        sim.pages("HANDS -", "hands", 10).iter().map(|h| (h["user"].clone(), h["present"].clone())).collect()
    };
    assert_eq!(hands(&sim), [hand("v", false), hand("u", false)]);
    sim.ok("JOIN v GATEWAY g");
    assert_eq!(hands(&sim), [hand("v", true), hand("u", false)]);
    sim.ok("DROP g");
    sim.quiet();
    assert_eq!(hands(&sim), [hand("v", false), hand("u", false)]);
    sim.ok("JOIN u GATEWAY g");
    assert_eq!(sim.int("KICK h u"), 1);
    assert_eq!(hands(&sim), [hand("v", false), hand("u", false)]);
    // The host left while scheduled. That is no loss.
    sim.pass(10 * MINUTE);
    assert_eq!(sim.peek("STATE -")["state"], "scheduled");
    sim.all("JOIN v GATEWAY g2\nSTART -");
    assert_eq!(sim.ok("NEXT -"), Reply::Bulk("v".into()), "the absent host counts from the start on");
    sim.ok("LEAVE v");
    assert_eq!(hands(&sim), [hand("u", false)]);
}

#[test]
fn a_room_with_waiting_members_is_not_empty() {
    let mut sim = Sim::bare(&format!("HOSTLOSS KEEP AT {}", T0 + HOUR));
    sim.ok("JOIN u");
    sim.all("JOIN v\nLEAVE v");
    sim.pass(2 * HOUR);
    sim.ok("START h");
    sim.pass(2 * sim.settings.empty_ms);
    assert_eq!(sim.peek("STATE -")["state"], "live");
    sim.ok("LEAVE u");
    sim.pass(sim.settings.empty_ms);
    assert_eq!(sim.peek("STATE -")["state"], "ended");
    // Members who went before the start do not count. The wait begins with the start.
    let mut sim = Sim::bare(&format!("HOSTLOSS KEEP AT {}", T0 + HOUR));
    sim.all("JOIN u\nLEAVE u");
    sim.pass(2 * HOUR);
    assert_eq!(sim.peek("STATE -")["state"], "scheduled", "an empty scheduled room does not end");
    sim.ok("START h");
    sim.pass(sim.settings.empty_ms - 1);
    assert_eq!(sim.peek("STATE -")["state"], "live");
    sim.pass(1);
    assert_eq!(sim.peek("STATE -")["state"], "ended");
}

#[test]
fn a_frame_holds_the_profiles_of_the_users_it_names() {
    let mut sim = Sim::live();
    sim.all("JOIN u GATEWAY g PROFILE {\"name\":\"A\"}\nJOIN v GATEWAY g");
    sim.quiet();
    sim.forget();
    sim.ok("COMMENT u hi");
    assert_eq!(sim.frames[0]["profiles"], json!({"u": {"name": "A"}}));
    let epoch = sim.peek("STATE -")["epoch"].as_str().unwrap().to_owned();
    assert_eq!(sim.peek(&format!("EVENTS - {epoch} 0"))["profiles"]["u"], json!({"name": "A"}));
}

#[test]
fn capacity_counts_the_present_and_never_keeps_staff_out() {
    let mut sim = Sim::with("CAPACITY 2");
    sim.all("ROLE h c cohost\nJOIN u GATEWAY g");
    assert_eq!(sim.err("JOIN v GATEWAY g"), "FULL");
    sim.ok("JOIN u GATEWAY g SESSION other");
    sim.ok("JOIN c GATEWAY g");
    assert_eq!(sim.peek("STATE -")["counts"]["present"], 3);
    sim.ok("CONFIG h capacity 1");
    assert_eq!(sim.peek("STATE -")["counts"]["present"], 3, "lowering removes nobody");
    sim.ok("CONFIG h capacity 4");
    sim.ok("LEAVE u LOST");
    sim.ok("JOIN v GATEWAY g");
    assert_eq!(sim.err("JOIN w GATEWAY g"), "FULL", "a lost member keeps its place");
    sim.ok("JOIN u GATEWAY g");
    sim.ok("LEAVE u LOST");
    sim.stall(sim.settings.grace_ms);
    sim.ok("JOIN w GATEWAY g");
}

#[test]
fn who_was_lost_and_comes_back_in_its_grace_returns_as_if_nothing_had_been() {
    let mut sim = Sim::live();
    sim.all("JOIN u GATEWAY g\nRAISEHAND u\nNEXT h\nUNMUTE u\nJOIN v GATEWAY g\nRAISEHAND v\nOFFER h v");
    sim.all("JOIN w GATEWAY g\nRAISEHAND w");
    let before = (sim.member("u"), sim.member("w"), sim.json("SUMMARY -"));
    sim.all("LEAVE u LOST\nLEAVE w GATEWAY g LOST");
    let lost = sim.member("u");
    assert_eq!(
        (&lost["present"], &lost["lost"], &lost["role"]),
        (&json!(true), &json!(true), &json!("speaker"))
    );
    sim.pass(sim.settings.grace_ms - 1);
    assert_eq!(sim.peek("WHOIS w w")["sessions"], 0);
    sim.all("JOIN u GATEWAY g2\nJOIN w GATEWAY g2");
    sim.pass(MINUTE / 3);
    let mut summary = sim.json("SUMMARY -");
    summary["duration_ms"] = before.2["duration_ms"].clone();
    assert_eq!((sim.member("u"), sim.member("w"), summary), before);
}

#[test]
fn who_is_gone_loses_hand_offer_seat_and_the_role_speaker() {
    let mut sim = Sim::live();
    sim.all(
        "JOIN u GATEWAY g\nRAISEHAND u\nNEXT h\nJOIN v GATEWAY g\nOFFER h v\nJOIN w GATEWAY g\nRAISEHAND w",
    );
    sim.quiet();
    sim.forget();
    sim.all("LEAVE u LOST\nLEAVE v LOST\nLEAVE w LOST");
    sim.stall(sim.settings.grace_ms);
    // No timer fired, and reads still show it.
    let state = sim.peek("STATE -");
    assert_eq!(state["counts"]["present"], 1);
    assert_eq!(state["stage"].as_array().unwrap().len(), 1);
    assert_eq!((&state["hands"], &state["counts"]["hands"]), (&json!([]), &json!(0)));
    assert_eq!(sim.member("u")["role"], "listener");
    assert_eq!(sim.peek("WHOIS v v")["offer_until_ms"], 0);
    assert_eq!(sim.members(), ["h"]);
    assert_eq!(sim.err("COMMENT u hi"), "NOTMEMBER");
    assert_eq!(sim.err("ACCEPT v"), "NOTMEMBER");
    sim.quiet();
    assert_eq!(sim.peek("STATE -")["counts"]["hands"], 0);
    assert_eq!(sim.at().free_seats(None), 10);
    assert_eq!(sim.direct().last().unwrap()["event"]["state"], "expired");
    let stage = sim.events("stage");
    assert_eq!(stage.last().unwrap()["member"]["present"], false);
}

#[test]
fn leave_without_lost_is_for_good_at_once() {
    let mut sim = Sim::live();
    sim.all("JOIN u GATEWAY g SESSION a\nJOIN u GATEWAY g SESSION b");
    assert_eq!(sim.int("LEAVE u SESSION a"), 1);
    assert_eq!(sim.member("u")["present"], true);
    assert_eq!(sim.int("LEAVE u SESSION b LOST"), 0);
    assert_eq!(sim.int("LEAVE u LOST"), 0);
    assert_eq!(sim.member("u")["present"], true);
    assert_eq!(sim.int("LEAVE u"), 0, "no session is left, but it need not wait");
    assert_eq!(sim.member("u")["present"], false);
    assert_eq!(sim.int("LEAVE nobody"), 0);
}

#[test]
fn a_lease_ends_as_lost_unless_its_gateway_beats() {
    let mut sim = Sim::live();
    let lease = sim.settings.lease_ms;
    sim.ok("JOIN h");
    sim.all("JOIN u GATEWAY g1\nJOIN v GATEWAY g2");
    sim.pass(lease - 1);
    assert_eq!(beat(&mut sim, "g1"), 1);
    sim.pass(1);
    assert_eq!(sim.member("u")["lost"], false);
    assert_eq!(sim.member("v")["lost"], true);
    assert_eq!(beat(&mut sim, "g2"), 0, "it learns that its sessions ended");
    sim.pass(sim.settings.grace_ms);
    assert_eq!(sim.member("v")["present"], false);
    sim.pass(lease - 1 - sim.settings.grace_ms);
    assert_eq!(sim.member("u")["lost"], true);
    assert_eq!(sim.member("h")["lost"], false, "without a gateway there is no lease");
}

#[test]
fn a_new_session_renews_its_gateway_s_lease_and_a_repeated_join_does_not() {
    let mut sim = Sim::live();
    sim.ok("JOIN u GATEWAY g1");
    for n in 0..3 {
        sim.pass(sim.settings.lease_ms - 1);
        assert_eq!(sim.member("u")["lost"], false);
        sim.ok(&format!("JOIN v GATEWAY g1 SESSION s{n}"));
    }
    sim.pass(sim.settings.lease_ms - 1);
    sim.ok("JOIN u GATEWAY g1");
    sim.pass(1);
    assert_eq!(sim.member("u")["lost"], true);
}

#[test]
fn an_expired_lease_holds_for_commands_before_any_timer() {
    let mut sim = Sim::live();
    sim.ok("JOIN u GATEWAY g1");
    sim.stall(sim.settings.lease_ms);
    assert_eq!(beat(&mut sim, "g1"), 0, "too late");
    assert_eq!(sim.member("u")["lost"], true);
}

#[test]
fn drop_ends_a_gateway_s_sessions_for_good_and_drop_lost_by_grace() {
    let mut sim = Sim::live();
    sim.all("JOIN u GATEWAY g1\nJOIN v GATEWAY g1 SESSION a\nJOIN v GATEWAY g2 SESSION b\nJOIN w GATEWAY g1");
    sim.all("RAISEHAND w\nNEXT h");
    assert_eq!(sim.int("DROP g1"), 3);
    assert_eq!(sim.int("DROP g1"), 0);
    sim.quiet();
    assert_eq!(sim.members(), ["h", "v"]);
    assert_eq!(sim.int("DROP g2 LOST"), 1);
    sim.quiet();
    assert_eq!(sim.member("v")["lost"], true);
    sim.pass(sim.settings.grace_ms);
    assert_eq!(sim.members(), ["h"]);
}

#[test]
fn a_retired_lease_is_released_in_slices_while_its_users_come_again() {
    let mut sim = Sim::live();
    sim.thorough = false;
    for n in 0..2000 {
        sim.ok(&format!("JOIN u{n} GATEWAY g1"));
    }
    sim.all("RAISEHAND u3\nRAISEHAND u1500\nOFFER h u1500");
    sim.quiet();
    assert_eq!(sim.int("DROP g1 LOST"), 2000);
    assert_eq!(sim.member("u1500")["lost"], true, "the stage at once");
    assert_eq!(sim.member("u3")["lost"], false, "hands in slices");
    assert_eq!(sim.member("u4")["lost"], false, "listeners in slices");
    assert_eq!(sim.peek("STATE -")["counts"]["present"], 2001);
    assert!(!sim.at().leases.retired.is_empty());
    sim.thorough = true;
    // A user who joins, leaves or speaks meanwhile is settled first.
    sim.ok("JOIN u0 GATEWAY g2");
    assert_eq!(sim.peek("WHOIS u0 u0")["sessions"], 1);
    sim.ok("JOIN u1 GATEWAY g1");
    assert_eq!(sim.int("LEAVE u2"), 0);
    assert_eq!(sim.member("u2")["present"], false);
    sim.ok("COMMENT u5 still-here");
    sim.pass(sim.settings.grace_ms);
    sim.quiet();
    assert_eq!(sim.members(), ["h", "u0", "u1"]);
    assert_eq!((beat(&mut sim, "g1"), beat(&mut sim, "g2")), (1, 1));
}

#[test]
fn a_gone_gateway_s_member_comes_to_a_new_visit_when_it_was_dropped_for_good() {
    let mut sim = Sim::live();
    sim.thorough = false;
    for n in 0..1200 {
        sim.ok(&format!("JOIN u{n} GATEWAY g1"));
    }
    sim.quiet();
    let before = sim.member("u0")["joined_ms"].clone();
    sim.ok("DROP g1");
    sim.thorough = true;
    sim.pass(1);
    sim.ok("JOIN u0 GATEWAY g2");
    assert_ne!(sim.member("u0")["joined_ms"], before);
    sim.quiet();
    assert_eq!(sim.members(), ["h", "u0"]);
}

#[test]
fn an_outage_empties_no_room() {
    let mut sim = Sim::with("HOSTLOSS KEEP");
    sim.all("JOIN u GATEWAY g1\nJOIN v GATEWAY g1\nLEAVE v LOST");
    sim.stall(10 * MINUTE);
    sim.take_over();
    sim.pass(sim.settings.grace_ms - 1);
    assert_eq!(sim.members().len(), 3, "no grace before the server has served for its full length");
    sim.pass(1);
    assert_eq!(sim.members(), ["h", "u"]);
    sim.pass(sim.settings.lease_ms - sim.settings.grace_ms - 1);
    assert_eq!(sim.member("u")["lost"], false, "no lease either");
    sim.pass(1);
    assert_eq!(sim.member("u")["lost"], true);
}

#[test]
fn sessions_lists_what_the_room_believes() {
    let mut sim = Sim::live();
    sim.all("JOIN u GATEWAY g1 SESSION a\nJOIN u GATEWAY g1 SESSION b\nJOIN v GATEWAY g1\nJOIN w GATEWAY g2");
    let mut all = sim.pages("SESSIONS g1", "sessions", 2);
    all.sort_by_key(|session| session.to_string());
    assert_eq!(
        all,
        [
            json!({"session":"","user":"v"}),
            json!({"session":"a","user":"u"}),
            json!({"session":"b","user":"u"})
        ]
    );
    assert_eq!(sim.pages("SESSIONS nobody", "sessions", 2).len(), 0);
}

#[test]
fn a_user_who_joins_again_before_the_removed_event_reads_a_later_seq() {
    let mut sim = Sim::live();
    // After twenty urgent frames within a second, a removal waits for the tick.
    for _ in 0..30 {
        sim.all("JOIN u GATEWAY g\nKICK h u");
    }
    let reply = sim.json("JOIN u GATEWAY g");
    sim.quiet();
    let removed = sim.events("removed");
    assert!(removed.last().unwrap()["seq"].as_u64() <= reply["seq"].as_u64());
}
