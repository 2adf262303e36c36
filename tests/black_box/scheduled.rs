//! A scheduled room: interest, preparation, the start, and rooms that never start.

use crate::support::rooms::now_ms;
use crate::support::{self, json, Json, Server, Watch};

#[test]
fn staff_joins_a_scheduled_room_and_starts_it() {
    let mut watch = Watch::scheduled("TITLE Soon");
    watch.send("ROOM.RSVP r lea YES").int(1).events(&["rsvp"]).notifies("room.rsvp");
    watch.send("ROOM.RAISEHAND r lea").int(1).events(&["hands"]).notifies("room.tick");
    watch.send("ROOM.ROLE r ada ben cohost").ok().events(&["stage"]).notifies("room.role");
    for (present, staff) in [(1, "ada"), (2, "ben")] {
        let seen =
            watch.send(&["ROOM.JOIN", "r", staff]).events(&["audience", "stage"]).notifies("room.tick");
        let joined = seen.reply.json();
        assert_eq!((&joined["state"], &joined["present"]), (&json!("scheduled"), &json!(present)));
        assert_eq!(seen.staged(staff)["present"], true);
    }
    assert_eq!(watch.client.int("ROOM.LEAVE r ben"), 0);
    assert_eq!(watch.state("-")["started_ms"], 0);

    let seen = watch.send("ROOM.START r ben").ok().events(&["started"]).notifies("room.start");
    let started = seen.event("started");
    let state = watch.state("-");
    assert_eq!((&state["state"], &state["started_ms"]), (&json!("live"), &started["started_ms"]));
    watch.send("ROOM.JOIN r lea").events(&["audience", "hands"]);
    assert_eq!(watch.client.json("ROOM.STATE r lea")["you"]["hand"], 1, "raised before the start");
    watch.send("ROOM.NEXT r ada").text("lea").events(&["stage", "hands", "audience"]);
    watch.is_followed();
}

#[test]
fn start_and_cancel_need_a_scheduled_room_and_the_right_role() {
    let mut watch = Watch::live("", &["lea"]);
    watch.refuses_all(&[
        ("ROOM.START r ada", "NOTSCHEDULED"),
        ("ROOM.CANCEL r ada", "NOTSCHEDULED"),
        ("ROOM.CANCEL r lea", "NOTSCHEDULED"),
        ("ROOM.RSVP r lea YES", "NOTSCHEDULED"),
    ]);

    let mut watch = Watch::scheduled("");
    watch.role("cohost", &["ben"]);
    watch.refuses_all(&[
        ("ROOM.START r lea", "FORBIDDEN"),
        ("ROOM.CANCEL r lea", "FORBIDDEN"),
        ("ROOM.CANCEL r ben", "FORBIDDEN"),
        ("ROOM.START r *", "INVALID"),
        ("ROOM.START r", "ERR"),
        ("ROOM.CANCEL r ada why", "ERR"),
    ]);
    let seen = watch.send("ROOM.CANCEL r ada").ok().events(&["cancelled"]).notifies("room.cancel");
    let cancelled = seen.event("cancelled");
    assert_eq!((&cancelled["by"], &cancelled["state"]), (&json!("ada"), &json!("cancelled")));
    assert_eq!(watch.client.json("ROOM.SUMMARY r lea")["state"], "cancelled");
    watch.is_followed();

    for actor in ["-", "ada"] {
        let mut watch = Watch::scheduled("");
        watch.send(&["ROOM.START", "r", actor]).ok().events(&["started"]).notifies("room.start");
        watch.is_followed();
    }
}

#[test]
fn commands_for_live_rooms_are_refused_before_the_start() {
    let mut watch = Watch::scheduled("");
    watch.join("ada");
    for command in [
        "ROOM.END r ada",
        "ROOM.NEXT r ada",
        "ROOM.OFFER r ada lea",
        "ROOM.ACCEPT r lea",
        "ROOM.DECLINE r lea",
        "ROOM.STEPDOWN r ada lea",
        "ROOM.MUTE r ada",
        "ROOM.MUTE r ada *",
        "ROOM.UNMUTE r ada",
        "ROOM.ASKUNMUTE r ada lea",
        "ROOM.COMMENT r ada hello",
        "ROOM.DELCOMMENT r ada 1",
        "ROOM.PIN r ada 1",
        "ROOM.UNPIN r ada 1",
        "ROOM.REACT r ada 👏",
        "ROOM.POLLOPEN r ada Which? 2 a b",
        "ROOM.POLLVOTE r ada 1 0",
        "ROOM.POLLCLOSE r ada 1",
        // Also from actors without power.
        "ROOM.END r lea",
    ] {
        watch.refuses(command, "NOTLIVE");
    }
    for command in [
        "ROOM.CONFIG r ada seats 4",
        "ROOM.INVITE r ada lea",
        "ROOM.UNINVITE r ada lea",
        "ROOM.ROLE r ada ben cohost",
        "ROOM.BLOCK r ada gus",
        "ROOM.UNBLOCK r ada gus",
        "ROOM.BLOCKED r ada",
        "ROOM.INVITED r ada",
        "ROOM.JOIN r lea",
        "ROOM.KICK r ada lea",
        "ROOM.SESSIONS r g",
        "ROOM.RAISEHAND r lea",
        "ROOM.HANDS r lea",
        "ROOM.LOWERHAND r lea",
        "ROOM.BEAT r g",
        "ROOM.STATE r lea",
        "ROOM.DROP r g",
    ] {
        assert_eq!(watch.client.cmd(command).error(), None, "{command}");
    }
    watch.refuses("ROOM.KICK r lea ada", "FORBIDDEN");
    watch.is_followed();
}

#[test]
fn users_wait_inside_and_get_frames_before_the_start() {
    let mut watch = Watch::scheduled("CAPACITY 2 PRIVATE");
    watch.client.int("ROOM.INVITE r ada lea sam kim");
    let seen = watch.send("ROOM.JOIN r lea GATEWAY g SESSION s").events(&["audience"]).notifies("room.tick");
    let joined = seen.reply.json();
    assert_eq!((&joined["state"], &joined["present"]), (&json!("scheduled"), &json!(1)));
    watch.refuses("ROOM.JOIN r stranger", "NOTINVITED");
    watch.send("ROOM.JOIN r sam").events(&["audience"]);
    watch.refuses("ROOM.JOIN r kim", "FULL");
    watch.send("ROOM.RAISEHAND r lea").int(1).events(&["hands"]);
    assert_eq!(watch.client.int("ROOM.LEAVE r lea"), 0);
    let hands = watch.client.json("ROOM.HANDS r lea")["hands"].clone();
    assert_eq!(
        (&hands[0]["user"], &hands[0]["present"]),
        (&json!("lea"), &json!(false)),
        "it keeps its hand"
    );
    let seen = watch.send("ROOM.KICK r ada sam").int(1).notifies("room.kick");
    assert_eq!(seen.event("removed")["user"], "sam");
    watch.refuses("ROOM.JOIN r sam AGAIN", "FORBIDDEN");
    watch.send("ROOM.JOIN r sam");
    watch.send("ROOM.JOIN r lea").events(&["audience", "hands"]);
    watch.is_followed();
    watch.send("ROOM.START r ada").ok().events(&["started"]);
    watch.send("ROOM.NEXT r ada").text("lea");
    assert_eq!(watch.client.json("ROOM.SUMMARY r ada")["peak_present"], 2);
    watch.is_followed();
}

#[test]
fn rsvp_counts_each_user_once() {
    let mut watch = Watch::scheduled("");
    watch.send("ROOM.RSVP r lea yes").int(1).events(&["rsvp"]).notifies("room.rsvp");
    watch.send("ROOM.RSVP r lea YES").int(1).quiet();
    assert_eq!(watch.send("ROOM.RSVP r sam YES").int(2).event("rsvp")["count"], 2);
    assert_eq!(watch.state("lea")["you"]["interested"], true);
    assert_eq!(watch.send("ROOM.RSVP r lea NO").int(1).event("rsvp")["count"], 1);
    watch.send("ROOM.RSVP r kim no").int(1).quiet();
    assert_eq!(watch.state("lea")["you"]["interested"], false);
    assert_eq!(watch.state("-")["counts"]["interested"], 1);
    watch.client.ok("ROOM.BLOCK r ada gus");
    watch.refuses_all(&[
        ("ROOM.RSVP r gus YES", "BLOCKED"),
        ("ROOM.RSVP r lea MAYBE", "INVALID"),
        ("ROOM.RSVP r - YES", "INVALID"),
        ("ROOM.RSVP r lea", "ERR"),
    ]);
    watch.client.ok("ROOM.CONFIG r ada private on");
    watch.refuses("ROOM.RSVP r sam NO", "NOTINVITED");
    watch.client.int("ROOM.INVITE r ada sam");
    watch.send("ROOM.RSVP r sam NO").int(0).events(&["rsvp"]);
    watch.send("ROOM.RSVP r ada YES").int(1).events(&["rsvp"]);
    watch.is_followed();
}

#[test]
fn before_the_start_users_who_could_join_can_raise_hands() {
    let mut watch = Watch::scheduled("PRIVATE");
    watch.client.int("ROOM.INVITE r ada lea sam gus");
    watch.client.ok("ROOM.BLOCK r ada gus");
    watch.send("ROOM.RAISEHAND r lea").int(1).events(&["hands"]);
    watch.send("ROOM.RAISEHAND r sam").int(2);
    watch.refuses_all(&[
        ("ROOM.RAISEHAND r kim", "NOTINVITED"),
        ("ROOM.RAISEHAND r gus", "BLOCKED"),
        ("ROOM.RAISEHAND r ada", "ONSTAGE"),
    ]);
    // A user who can no longer join has no hand either.
    assert_eq!(watch.send("ROOM.UNINVITE r ada lea").int(1).event("hands")["top"], json!(["sam"]));
    watch.client.ok("ROOM.START r ada");
    watch.join("ada");
    // The hand of an absent user keeps its place and is not seated.
    watch.send("ROOM.NEXT r ada").reply.null();
    watch.join("sam");
    watch.send("ROOM.NEXT r ada").text("sam");
    watch.is_followed();
}

#[test]
fn a_start_can_be_postponed_while_scheduled() {
    let mut watch = Watch::scheduled("");
    let now = now_ms(&mut watch.client);
    let at = now + 7_200_000;
    let seen = watch.send(&format!("ROOM.CONFIG r ada at {at}")).ok().notifies("room.config");
    assert_eq!(seen.event("settings")["settings"]["at"], at);
    assert_eq!(watch.state("-")["at_ms"], at);
    let ttl = watch.client.int("PTTL r") as u64;
    assert!(ttl > 259_200_000 + 7_100_000, "the key lives from AT on: {ttl}");
    for wrong in [0, now - 1, now + 367 * 86_400_000] {
        watch.refuses(&format!("ROOM.CONFIG r ada at {wrong}"), "INVALID");
    }
    watch.is_followed();
}

#[test]
fn a_room_not_started_in_its_window_is_cancelled() {
    let mut watch = Watch::over(Server::with().prompt().patient().room("start-window", 1));
    // AT must still be in the future when the command arrives.
    let at = support::wait_for("a scheduled room", || {
        let at = now_ms(&mut watch.client) + 200;
        watch.client.cmd(&format!("ROOM.CREATE r ada AT {at}")).error().is_none().then_some(at)
    });
    let cancelled = watch.waits_for("cancelled", |_| true);
    assert_eq!((&cancelled["by"], &cancelled["state"]), (&Json::Null, &json!("cancelled")));
    assert!(cancelled["ended_ms"].as_u64().unwrap() >= at + 1000, "{cancelled}");
    watch.refuses("ROOM.START r ada", "ENDED");
    watch.send("ROOM.PURGE r").int(1).notifies("room.purge");
    watch.is_followed();
}
