//! Roles and microphones.

use crate::support::{json, Watch};

#[test]
fn stepdown_makes_a_listener() {
    let mut watch = Watch::live("", &["ben", "sam", "sue", "lea"]);
    watch.role("cohost", &["ben"]);
    watch.role("speaker", &["sam", "sue"]);
    let seen = watch.send("ROOM.STEPDOWN r sam").ok().events(&["stage", "audience"]);
    assert_eq!(
        (&seen.staged("sam")["role"], &seen.event("stage")["by"]),
        (&json!("listener"), &json!("sam"))
    );
    let seen = watch.send("ROOM.STEPDOWN r ben sue").ok().events(&["stage", "audience"]);
    assert_eq!(
        (&seen.staged("sue")["role"], &seen.event("stage")["by"]),
        (&json!("listener"), &json!("ben"))
    );
    watch.send("ROOM.STEPDOWN r ada lea").ok().quiet();
    watch.refuses_all(&[
        ("ROOM.STEPDOWN r ada", "FORBIDDEN"),
        ("ROOM.STEPDOWN r - ada", "FORBIDDEN"),
        ("ROOM.STEPDOWN r lea", "FORBIDDEN"),
        ("ROOM.STEPDOWN r lea ben", "FORBIDDEN"),
        ("ROOM.STEPDOWN r never-came", "NOTMEMBER"),
        ("ROOM.STEPDOWN r ada never-came", "NOTMEMBER"),
        ("ROOM.STEPDOWN r -", "INVALID"),
        ("ROOM.STEPDOWN r ada *", "INVALID"),
        ("ROOM.STEPDOWN r ada sam sue", "INVALID"),
    ]);
    watch.send("ROOM.STEPDOWN r ben").ok().events(&["stage", "audience"]);
    watch.refuses("ROOM.NEXT r ben", "FORBIDDEN");
    watch.is_followed();
}

#[test]
fn role_gives_and_takes_roles() {
    let mut watch = Watch::live("SEATS 1", &["lea", "sam", "kim"]);
    let seen =
        watch.send("ROOM.ROLE r ada lea cohost").ok().events(&["stage", "audience"]).notifies("room.role");
    assert_eq!((&seen.staged("lea")["role"], &seen.event("stage")["by"]), (&json!("cohost"), &json!("ada")));
    watch.send("ROOM.ROLE r ada lea COHOST").ok().quiet();
    // The event names a cohost who never came, as absent.
    assert_eq!(
        watch.send("ROOM.ROLE r - absent cohost").ok().events(&["stage"]).staged("absent")["present"],
        false
    );
    assert_eq!(watch.send("ROOM.ROLE r ada sam speaker").ok().staged("sam")["muted"], true);
    watch.refuses("ROOM.ROLE r ada kim speaker", "NOSEAT");
    // A cohost takes no seat.
    watch.send("ROOM.ROLE r ada sam cohost").ok().events(&["stage"]);
    watch.send("ROOM.ROLE r ada kim speaker").ok();
    watch.send("ROOM.ROLE r ada kim listener").ok().events(&["stage", "audience"]);
    watch.client.int("ROOM.RAISEHAND r kim");
    watch.send("ROOM.ROLE r ada kim speaker").ok().events(&["stage", "hands", "audience"]);
    watch.client.ok("ROOM.BLOCK r ada gus");
    watch.refuses_all(&[
        ("ROOM.ROLE r ada absent speaker", "NOTMEMBER"),
        ("ROOM.ROLE r ada never-came speaker", "NOTMEMBER"),
        ("ROOM.ROLE r ada gus cohost", "BLOCKED"),
        ("ROOM.ROLE r ada gus host", "BLOCKED"),
        ("ROOM.ROLE r ada gus speaker", "NOTMEMBER"),
        ("ROOM.ROLE r ada ada listener", "FORBIDDEN"),
        ("ROOM.ROLE r - ada cohost", "FORBIDDEN"),
        ("ROOM.ROLE r lea kim listener", "FORBIDDEN"),
        ("ROOM.ROLE r ada kim owner", "INVALID"),
        ("ROOM.ROLE r ada - cohost", "INVALID"),
        ("ROOM.ROLE r ada kim", "ERR"),
    ]);
    watch.is_followed();
}

#[test]
fn role_host_hands_the_room_over() {
    let mut watch = Watch::live("", &["lea"]);
    let seen = watch.send("ROOM.ROLE r ada lea host").ok().events(&["stage", "audience"]);
    assert_eq!(
        (&seen.staged("lea")["role"], &seen.staged("ada")["role"]),
        (&json!("host"), &json!("cohost"))
    );
    assert_eq!(watch.state("-")["host"], "lea");
    watch.refuses("ROOM.ROLE r ada ada host", "FORBIDDEN");
    watch.is_followed();
    // The new host never came. The room waits for it as for any host.
    watch.send("ROOM.ROLE r lea absent host").ok();
    assert_eq!(watch.state("-")["host"], "absent");
    watch.send("ROOM.STEPDOWN r lea").ok();
    watch.is_followed();
}

#[test]
fn a_room_has_at_most_fifty_cohosts() {
    let mut watch = Watch::live("", &["lea"]);
    for nth in 1..=50 {
        watch.client.ok(&format!("ROOM.ROLE r ada c{nth} cohost"));
    }
    watch.refuses_all(&[
        ("ROOM.ROLE r ada lea cohost", "TOOMANY"),
        // The old host would be the fifty-first.
        ("ROOM.ROLE r ada lea host", "TOOMANY"),
    ]);
    watch.send("ROOM.ROLE r ada c7 host").ok();
    watch.send("ROOM.ROLE r c7 ada listener").ok();
    watch.send("ROOM.ROLE r c7 lea host").ok();
    watch.is_followed();
}

#[test]
fn staff_can_mute_others_and_only_the_user_can_unmute() {
    let mut watch = Watch::live("", &["ben", "sam", "sue", "lea"]);
    watch.role("cohost", &["ben"]);
    watch.role("speaker", &["sam", "sue"]);
    for user in ["ada", "ben", "sam", "sue"] {
        let seen = watch.send(&["ROOM.UNMUTE", "r", user]).int(1).events(&["stage"]).notifies("room.unmute");
        assert_eq!(seen.staged(user)["muted"], false);
        watch.send(&["ROOM.UNMUTE", "r", user]).int(0).quiet();
    }
    let seen = watch.send("ROOM.MUTE r sam").int(1).events(&["stage"]).notifies("room.mute");
    assert_eq!((&seen.staged("sam")["muted"], &seen.event("stage")["by"]), (&json!(true), &json!("sam")));
    watch.send("ROOM.MUTE r sam").int(0).quiet();
    watch.send("ROOM.MUTE r ada sam").int(0).quiet();
    assert_eq!(watch.send("ROOM.MUTE r ben sue").int(1).event("stage")["by"], "ben");
    watch.send("ROOM.MUTE r ada ben").int(1).events(&["stage"]);
    watch.send("ROOM.MUTE r - ada").int(1).events(&["stage"]);
    watch.send("ROOM.MUTE r ada lea").int(0).quiet();
    for user in ["ada", "ben", "sam", "sue"] {
        watch.client.int(&["ROOM.UNMUTE", "r", user]);
    }
    let seen = watch.send("ROOM.MUTE r ben *").int(2).events(&["stage", "stage"]).notifies("room.mute");
    assert!(
        ["sam", "sue"].iter().all(|user| seen.staged(user)["muted"] == true),
        "the stage without the staff"
    );
    watch.send("ROOM.MUTE r ada *").int(0).quiet();
    assert_eq!((&watch.whois("ada")["muted"], &watch.whois("sue")["muted"]), (&json!(false), &json!(true)));
    watch.refuses_all(&[
        ("ROOM.UNMUTE r lea", "FORBIDDEN"),
        ("ROOM.UNMUTE r never-came", "NOTMEMBER"),
        ("ROOM.UNMUTE r -", "INVALID"),
        ("ROOM.UNMUTE r ada sam", "ERR"),
        ("ROOM.MUTE r never-came", "NOTMEMBER"),
        ("ROOM.MUTE r sam sue", "FORBIDDEN"),
        ("ROOM.MUTE r sam *", "FORBIDDEN"),
        ("ROOM.MUTE r ben ada", "FORBIDDEN"),
        ("ROOM.MUTE r -", "INVALID"),
    ]);
    // A user who returns to the stage is muted again.
    watch.client.int("ROOM.UNMUTE r sam");
    watch.client.ok("ROOM.STEPDOWN r sam");
    assert_eq!(watch.send("ROOM.ROLE r ada sam speaker").staged("sam")["muted"], true);
    assert_eq!(watch.client.json("ROOM.SUMMARY r -")["mutes"], 5);
    watch.is_followed();
}

#[test]
fn a_held_user_unmutes_only_after_it_is_asked() {
    let mut watch = Watch::live("", &["ben", "sam", "lea"]);
    watch.role("cohost", &["ben"]);
    watch.role("speaker", &["sam"]);
    watch.client.int("ROOM.UNMUTE r sam");
    let seen = watch.send("ROOM.MUTE r ben sam HOLD").int(1).events(&["stage"]).notifies("room.mute");
    assert_eq!((&seen.staged("sam")["muted"], &seen.staged("sam")["held"]), (&json!(true), &json!(true)));
    assert_eq!(watch.state("sam")["you"]["held"], true);
    watch.refuses_all(&[
        ("ROOM.UNMUTE r sam", "HELD"),
        ("ROOM.MUTE r ben ben HOLD", "FORBIDDEN"),
        ("ROOM.MUTE r sam sam HOLD", "FORBIDDEN"),
    ]);
    watch.send("ROOM.MUTE r ben sam HOLD").int(0).quiet();
    watch.send("ROOM.MUTE r ada lea HOLD").int(0).quiet();
    let seen = watch.send("ROOM.ASKUNMUTE r ben sam").ok().events(&["stage"]).notifies("room.askunmute");
    assert_eq!((&seen.staged("sam")["held"], &seen.event("stage")["by"]), (&json!(false), &json!("ben")));
    assert_eq!(watch.state("sam")["you"]["unmute_asked"], true);
    watch.send("ROOM.UNMUTE r sam").int(1).events(&["stage"]);
    assert_eq!(watch.state("sam")["you"]["unmute_asked"], false);
    watch.is_followed();
}

#[test]
fn askunmute_reaches_only_the_user() {
    let mut watch = Watch::live("", &["ben", "sam", "lea"]);
    watch.role("cohost", &["ben"]);
    watch.role("speaker", &["sam"]);
    for (by, user) in [("ada", "sam"), ("ben", "sam"), ("ada", "ben"), ("-", "ada")] {
        let seen = watch.send(&["ROOM.ASKUNMUTE", "r", by, user]).ok().events(&[]).notifies("room.askunmute");
        assert_eq!(seen.direct(&[&[user]])[0], json!({"type": "unmute_request", "user": user, "by": by}));
        assert_eq!(watch.whois(user)["muted"], true);
    }
    watch.refuses_all(&[
        ("ROOM.ASKUNMUTE r ben ada", "FORBIDDEN"),
        ("ROOM.ASKUNMUTE r lea sam", "FORBIDDEN"),
        ("ROOM.ASKUNMUTE r ada lea", "FORBIDDEN"),
        ("ROOM.ASKUNMUTE r ada never-came", "NOTMEMBER"),
        ("ROOM.ASKUNMUTE r ada *", "INVALID"),
        ("ROOM.ASKUNMUTE r ada", "ERR"),
    ]);
    watch.is_followed();
}
