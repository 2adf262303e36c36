//! Private rooms: invitations, admission and removal.

use crate::support::{json, Client, Json, Watch};
use std::collections::BTreeSet;

/// All items of a paged read, in pages of `count`.
#[track_caller]
fn pages(client: &mut Client, command: &str, list: &str, count: usize) -> Vec<Json> {
    let mut found = Vec::new();
    let mut cursor = "0".to_owned();
    loop {
        let page = client.json(&format!("{command} CURSOR {cursor} COUNT {count}"));
        let items = page[list].as_array().unwrap();
        assert!(items.len() <= count, "a page of {} for {count}", items.len());
        found.extend(items.iter().cloned());
        cursor = page["cursor"].as_str().unwrap().to_owned();
        if cursor == "0" {
            return found;
        }
    }
}

#[test]
fn a_private_room_admits_only_staff_and_invited_users() {
    let mut watch = Watch::live("PRIVATE", &[]);
    watch.role("cohost", &["ben"]);
    for command in [
        "ROOM.JOIN r lea",
        "ROOM.STATE r lea",
        "ROOM.MEMBERS r lea",
        "ROOM.WHOIS r lea lea",
        "ROOM.HANDS r lea",
        "ROOM.COMMENTS r lea",
        "ROOM.POLLS r lea",
        "ROOM.EVENTS r lea e 0",
        "ROOM.SUMMARY r lea",
    ] {
        watch.refuses(command, "NOTINVITED");
        watch.client.int("ROOM.INVITE r ada lea");
        // EVENTS of an unknown epoch replies RESYNC to every actor that may read.
        let error = watch.client.cmd(command).error().unwrap_or_default();
        assert!(error.is_empty() || error.starts_with("RESYNC"), "{command}: {error}");
        watch.client.int("ROOM.UNINVITE r ada lea");
    }
    for staff in ["ada", "ben", "-"] {
        watch.client.json(&["ROOM.STATE", "r", staff]);
    }
    watch.send("ROOM.JOIN r ben").events(&["audience", "stage"]);
    watch.is_followed();
}

#[test]
fn invite_replies_the_new_users_and_publishes_the_total() {
    let mut watch = Watch::live("", &["lea"]);
    watch.role("cohost", &["ben"]);
    assert_eq!(
        watch.send("ROOM.INVITE r ben kim lea kim").int(2).notifies("room.invite").event("invited")["count"],
        2
    );
    watch.send("ROOM.INVITE r ada kim").int(0).quiet();
    assert_eq!(
        watch.send("ROOM.INVITE r - kim new").int(1).events(&["invited"]).event("invited")["count"],
        3
    );
    assert_eq!(watch.state("kim")["you"]["invited"], true);
    let seen = watch.send("ROOM.UNINVITE r ada kim nobody kim").int(1).notifies("room.uninvite");
    assert_eq!(seen.events(&["invited"]).event("invited")["count"], 2);
    watch.send("ROOM.UNINVITE r ada kim").int(0).quiet();
    // In a public room, UNINVITE ends no session.
    watch.send("ROOM.UNINVITE r ada lea").int(1).events(&["invited"]);
    assert_eq!(watch.whois("lea")["present"], true);
    for verb in ["ROOM.INVITE", "ROOM.UNINVITE"] {
        watch.refuses(&[verb, "r", "lea", "kim"], "FORBIDDEN");
        watch.refuses(&[verb, "r", "ada", "kim", "*"], "INVALID");
        watch.refuses(&[verb, "r", "ada", "-"], "INVALID");
        watch.refuses(&[verb, "r", "ada"], "ERR");
    }
    watch.is_followed();
}

#[test]
fn at_most_a_thousand_users_per_call_and_a_hundred_thousand_per_room() {
    let mut watch = Watch::live("", &[]);
    let call = |verb: &str, from: usize, count: usize| {
        let users = (from..from + count).map(|n| format!("u{n}"));
        [verb, "r", "ada"].map(str::to_owned).into_iter().chain(users).collect::<Vec<String>>()
    };
    watch.refuses(&call("ROOM.INVITE", 0, 1001), "TOOMANY");
    watch.refuses(&call("ROOM.UNINVITE", 0, 1001), "TOOMANY");
    let calls: Vec<Vec<String>> = (0..100).map(|n| call("ROOM.INVITE", n * 1000, 1000)).collect();
    assert!(watch.client.pipeline(&calls).iter().all(|reply| reply.int() == 1000));
    watch.client.err("ROOM.INVITE r ada one-more", "TOOMANY");
    watch.send("ROOM.INVITE r ada u7").int(0).quiet();
    let users = pages(&mut watch.client, "ROOM.INVITED r ada", "users", 1000);
    let names: BTreeSet<&str> = users.iter().map(|user| user["user"].as_str().unwrap()).collect();
    assert_eq!((users.len(), names.len()), (100_000, 100_000));
    watch.send(&call("ROOM.UNINVITE", 0, 1000)).int(1000).events(&["invited"]);
    watch.send("ROOM.INVITE r ada one-more").int(1);
    watch.is_followed();
}

#[test]
fn invited_lists_invited_and_interested_users() {
    let mut watch = Watch::scheduled("");
    watch.client.int("ROOM.INVITE r ada kim lea sam");
    watch.client.int("ROOM.RSVP r lea YES");
    watch.client.int("ROOM.RSVP r fan YES");
    watch.client.int("ROOM.RSVP r gone YES");
    watch.client.int("ROOM.RSVP r gone NO");
    watch.client.ok("ROOM.START r ada");
    watch.join("sam");
    watch.join("passing-by");
    for count in [1, 2, 100] {
        let mut users = pages(&mut watch.client, "ROOM.INVITED r ada", "users", count);
        users.sort_by_key(|user| user["user"].to_string());
        let row = |user: &str, [invited, interested, joined]: [bool; 3]| json!({"user": user, "invited": invited, "interested": interested, "joined": joined});
        assert_eq!(
            users,
            [
                row("fan", [false, true, false]),
                row("kim", [true, false, false]),
                row("lea", [true, true, false]),
                row("sam", [true, false, true]),
            ]
        );
    }
    watch.role("cohost", &["ben"]);
    for staff in ["ben", "-"] {
        watch.client.json(&["ROOM.INVITED", "r", staff]);
    }
    watch.refuses_all(&[
        ("ROOM.INVITED r kim", "FORBIDDEN"),
        ("ROOM.INVITED r ada COUNT 0", "INVALID"),
        ("ROOM.INVITED r ada COUNT 1001", "INVALID"),
        ("ROOM.INVITED r ada CURSOR nowhere", "INVALID"),
        ("ROOM.INVITED r ada CURSOR 0 CURSOR 0", "INVALID"),
    ]);
    watch.is_followed();
}

#[test]
fn a_room_that_becomes_private_invites_its_members() {
    let mut watch = Watch::live("", &["ben", "lea", "sam", "away"]);
    watch.role("cohost", &["ben"]);
    watch.client.int("ROOM.LEAVE r away");
    watch.client.int("ROOM.LEAVE r sam LOST");
    let seen = watch.send("ROOM.CONFIG r ben private on").ok().notifies("room.config");
    assert_eq!(seen.events(&["settings", "invited"]).event("invited")["count"], 4);
    watch.is_followed();
    for here in ["lea", "sam"] {
        assert_eq!(watch.state(here)["you"]["invited"], true);
        watch.client.int(&["ROOM.LEAVE", "r", here]);
        watch.join(here);
    }
    watch.refuses_all(&[("ROOM.JOIN r away", "NOTINVITED"), ("ROOM.JOIN r new", "NOTINVITED")]);
    // A second `private on` invites nobody again.
    watch.client.ok("ROOM.CONFIG r ada private off");
    watch.join("away");
    watch.send("ROOM.CONFIG r ada private on").ok().events(&["settings", "invited"]);
    watch.client.int("ROOM.UNINVITE r ada away");
    watch.send("ROOM.CONFIG r ada private on").ok();
    watch.refuses("ROOM.JOIN r away", "NOTINVITED");
    watch.is_followed();
}

#[test]
fn uninvite_in_a_private_room_ends_sessions() {
    let mut watch = Watch::live("", &["ben", "lea", "sam"]);
    watch.role("cohost", &["ben"]);
    watch.role("speaker", &["sam"]);
    watch.client.json("ROOM.JOIN r lea SESSION phone");
    watch.client.int("ROOM.RAISEHAND r lea");
    watch.client.ok("ROOM.CONFIG r ada private on");
    let seen = watch.send("ROOM.UNINVITE r ben lea").int(1).notifies("room.uninvite");
    let seen = seen.events(&["removed", "audience", "hands", "invited"]);
    assert_eq!(seen.event("removed")["user"], "lea");
    assert_eq!(seen.event("audience")["left_users"], json!(["lea"]));
    let notices = seen.direct(&[&["lea"], &["ada", "ben"]]);
    assert_eq!(notices[0], json!({"type": "removed_notice", "how": "uninvite", "reason": ""}));
    assert_eq!((&notices[1]["by"], &notices[1]["removed"]), (&json!("ben"), &json!(["lea"])));
    watch.refuses_all(&[("ROOM.JOIN r lea", "NOTINVITED"), ("ROOM.STATE r lea", "NOTINVITED")]);

    let seen = watch.send("ROOM.UNINVITE r ada sam").events(&["removed", "stage", "audience", "invited"]);
    assert_eq!(seen.staged("sam")["role"], "listener");
    // Staff needs no invitation and stays.
    watch.send("ROOM.UNINVITE r ada ben").int(1).events(&["invited"]);
    assert_eq!(watch.whois("ben")["present"], true);
    watch.is_followed();
}
