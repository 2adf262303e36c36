//! Private rooms: whoever may comment may also read and return.

use crate::simulator::*;
use serde_json::json;

fn invited(sim: &Sim, user: &str) -> bool {
    sim.peek(&format!("WHOIS {user} {user}"))["invited"] == true
}

#[test]
fn a_user_who_loses_a_staff_role_in_a_private_room_is_invited() {
    let mut sim = Sim::with("PRIVATE");
    sim.all("ROLE h c cohost\nROLE h d cohost\nROLE h e cohost\nJOIN c GATEWAY g\nJOIN d GATEWAY g");
    sim.quiet();
    sim.forget();
    // By ROLE, by STEPDOWN, and absent.
    sim.all("ROLE h c listener\nSTEPDOWN d\nROLE h e listener");
    sim.quiet();
    assert_eq!(sim.events("invited").last().unwrap()["count"], 3);
    for user in ["c", "d", "e"] {
        assert!(invited(&sim, user), "{user}");
        sim.ok(&format!("JOIN {user} GATEWAY g2"));
        sim.ok(&format!("COMMENT {user} hi"));
        sim.ok(&format!("STATE {user}"));
    }
    let users = sim.pages("INVITED h", "users", 10);
    assert_eq!(users.len(), 3);
    // An invitation that was withdrawn from a cohost comes back with the loss of the role.
    sim.all("INVITE h f\nROLE h f cohost\nUNINVITE h f\nROLE h f listener");
    assert!(invited(&sim, "f"));
    // A host who hands the room over is cohost first. A block takes the role: the user may return after it.
    sim.all("ROLE h c host\nROLE c h listener");
    assert!(invited(&sim, "h"));
    sim.all("ROLE c g cohost\nBLOCK c g FOR 5");
    sim.pass(5000);
    sim.ok("JOIN g");
    // In a public room nobody is invited this way.
    let mut sim = Sim::live();
    sim.all("ROLE h c cohost\nJOIN c\nROLE h c listener");
    assert!(!invited(&sim, "c"));
}

#[test]
fn private_on_invites_present_raised_and_interested_users() {
    let mut sim = Sim::bare(&format!("AT {}", T0 + HOUR));
    sim.all("JOIN here GATEWAY g\nRAISEHAND hand\nRSVP fan YES\nRSVP ex YES\nRSVP ex NO\nRAISEHAND down\nLOWERHAND down");
    sim.all("JOIN gone\nLEAVE gone\nCONFIG h private on");
    for user in ["here", "hand", "fan"] {
        assert!(invited(&sim, user), "{user} is invited at once");
    }
    for user in ["ex", "down", "gone", "stranger"] {
        assert_eq!(sim.err(&format!("STATE {user}")), "NOTINVITED", "{user}");
        assert_eq!(sim.err(&format!("JOIN {user}")), "NOTINVITED", "{user}");
    }
    sim.quiet();
    assert_eq!(sim.peek("STATE -")["counts"]["invited"], 3);
    sim.all("LOWERHAND hand\nRSVP fan NO\nLEAVE here\nSTART h");
    for user in ["here", "hand", "fan"] {
        sim.ok(&format!("JOIN {user} GATEWAY g"));
        sim.ok(&format!("COMMENT {user} hi"));
        sim.ok(&format!("STATE {user}"));
    }
}

#[test]
fn the_invitations_of_private_on_are_stored_in_slices() {
    let mut sim = Sim::bare(&format!("AT {}", T0 + HOUR));
    sim.thorough = false;
    for n in 0..1500 {
        sim.ok(&format!("JOIN p{n} GATEWAY g"));
        sim.ok(&format!("RAISEHAND h{n}"));
        sim.ok(&format!("RSVP f{n} YES"));
    }
    sim.quiet();
    sim.ok("CONFIG h private on title t");
    // All count as invited before each of them is noted, and stay so when the reason goes.
    for user in ["p1499", "h1499", "f1499"] {
        assert!(invited(&sim, user), "{user}");
        assert_eq!(sim.int(&format!("INVITE h {user}")), 0, "invited already");
    }
    let listed = sim.pages("INVITED h", "users", 1000);
    assert_eq!(listed.iter().filter(|user| user["invited"] == true).count(), 4500);
    sim.all("LEAVE p1498\nLOWERHAND h1498\nRSVP f1498 NO\nJOIN h1497\nLEAVE h1497");
    for user in ["p1498", "h1498", "f1498", "h1497"] {
        assert!(invited(&sim, user), "{user}");
    }
    // A withdrawn invitation does not come back with a later slice.
    assert_eq!(sim.int("UNINVITE h p1400 h1400 f1400 p3"), 4);
    assert_eq!(sim.int("UNINVITE h f1400 nobody"), 0);
    assert_eq!(sim.int("INVITE h h1400"), 1);
    // The room is saved meanwhile.
    sim.thorough = true;
    sim.compare();
    sim.restart();
    sim.thorough = false;
    for user in ["p1400", "f1400", "p3"] {
        assert_eq!(sim.err(&format!("JOIN {user}")), "NOTINVITED", "{user}");
    }
    sim.quiet();
    sim.thorough = true;
    sim.compare();
    assert_eq!(sim.peek("STATE -")["counts"]["invited"], 4500 - 3);
    assert_eq!(sim.events("invited").last().unwrap()["count"], 4500 - 3);
    for user in ["p1400", "f1400", "p3"] {
        assert_eq!(sim.err(&format!("JOIN {user}")), "NOTINVITED", "{user}");
    }
    sim.ok("JOIN h1400");
    // The fan is still interested, so the next `private on` invites it again.
    sim.all("CONFIG h private off\nCONFIG h private on");
    assert!(invited(&sim, "f1400"));
    assert_eq!(sim.err("STATE p1400"), "NOTINVITED");
}

#[test]
fn private_off_stops_the_invitations() {
    let mut sim = Sim::bare(&format!("AT {}", T0 + HOUR));
    for n in 0..3000 {
        sim.thorough = n % 500 == 0;
        sim.ok(&format!("RSVP f{n} YES"));
    }
    sim.thorough = true;
    sim.all("CONFIG h private on\nCONFIG h private off");
    sim.quiet();
    let stored = sim.peek("STATE -")["counts"]["invited"].as_u64().unwrap();
    assert!(stored < 3000, "{stored}");
    assert!(!invited(&sim, "f2999"));
    sim.ok("CONFIG h private on");
    sim.quiet();
    assert_eq!(sim.peek("STATE -")["counts"]["invited"], 3000);
}

#[test]
fn who_may_comment_may_read() {
    // Whatever happens to a user, a present one may read.
    let mut sim = Sim::live();
    sim.all("JOIN u GATEWAY g\nROLE h u speaker\nROLE h c cohost\nJOIN c GATEWAY g\nLEAVE c LOST");
    sim.all("CONFIG h private on\nROLE h u cohost\nUNINVITE h u c\nROLE h u listener\nROLE h c listener");
    for user in ["u", "c"] {
        sim.ok(&format!("COMMENT {user} hi"));
        assert_eq!(sim.peek(&format!("STATE {user}"))["you"]["user"], json!(user));
    }
    assert_eq!(sim.int("UNINVITE h u c"), 2);
    for user in ["u", "c"] {
        assert_eq!(sim.err(&format!("COMMENT {user} hi")), "NOTMEMBER");
        assert_eq!(sim.err(&format!("STATE {user}")), "NOTINVITED");
    }
}
