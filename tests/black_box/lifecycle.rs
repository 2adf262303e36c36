//! A room from CREATE to PURGE.

use crate::support::rooms::{export, now_ms};
use crate::support::{self, json, Client, Json, Server, Watch};

#[test]
fn create_replies_what_a_gateway_needs_and_publishes_created() {
    let mut watch = Watch::start();
    let seen = watch.send("ROOM.CREATE r ada").events(&["created"]).notifies("room.create");
    let reply = seen.reply.json();
    assert_eq!(reply["state"], "live");
    assert_eq!((&reply["channel"], &reply["publish"]), (&json!("__room@0__:{r}"), &json!("global")));
    let created = seen.event("created");
    assert_eq!((&created["host"], &created["seq"]), (&json!("ada"), &json!(1)));
    let state = watch.state("-");
    assert_eq!((&state["incarnation"], &state["epoch"]), (&reply["incarnation"], &reply["epoch"]));
    assert_eq!(state["settings"], created["settings"]);
    let kinds = state["settings"]["emojis"].as_array().unwrap().len();
    assert_eq!(kinds, 12);
    for (name, value) in [
        ("title", json!("")),
        ("private", json!(false)),
        ("seats", json!(10)),
        ("capacity", json!(0)),
        ("hostloss", json!("handover")),
        ("comments", json!(true)),
        ("reactions", json!(true)),
        ("hands", json!(true)),
        ("slowmode", json!(0)),
    ] {
        assert_eq!(state["settings"][name], value, "{name}");
    }
    watch.is_followed();
}

#[test]
fn create_accepts_its_options_in_any_order_and_case() {
    let mut watch = Watch::start();
    let at = now_ms(&mut watch.client) + 60_000;
    let command = format!(
        r#"room.create r ada hostLoss keep META {{"tags":["a",1.5]}} seats 3 private AT {at} capacity 7 TITLE 🌙"#
    );
    assert_eq!(watch.send(&command).events(&["created"]).reply.json()["state"], "scheduled");
    let state = watch.state("-");
    assert_eq!(
        (&state["title"], &state["at_ms"], &state["private"]),
        (&json!("🌙"), &json!(at), &json!(true))
    );
    assert_eq!(state["settings"]["meta"], json!({"tags": ["a", 1.5]}));
    let settings = ["seats", "capacity", "hostloss"].map(|name| state["settings"][name].clone());
    assert_eq!(settings, [json!(3), json!(7), json!("keep")]);
    watch.is_followed();

    watch.client.json("ROOM.CREATE unhosted -");
    assert_eq!(watch.client.room_info("unhosted")["host"], "");
    watch.client.json("ROOM.CREATE {tag}:r ada");
    assert_eq!(watch.client.room_info("{tag}:r")["channel"], "__room@0__:{tag}:r");
}

#[test]
fn create_refuses_taken_keys_and_wrong_arguments() {
    let mut watch = Watch::live("", &[]);
    watch.client.ok("SET text 1");
    let now = now_ms(&mut watch.client);
    let (past, far) = (now - 1000, now + 367 * 86_400_000);
    watch.refuses("ROOM.CREATE r ben", "ROOMEXISTS");
    for (command, code) in [
        ("ROOM.CREATE text ada", "WRONGTYPE"),
        ("ROOM.CREATE text ada SEATS x", "INVALID"),
        ("ROOM.CREATE new *", "INVALID"),
        ("ROOM.CREATE new ada PRIVATE PRIVATE", "INVALID"),
        ("ROOM.CREATE new ada TITLE", "INVALID"),
        ("ROOM.CREATE new ada COLOUR red", "INVALID"),
        ("ROOM.CREATE new}room ada", "INVALID"),
        ("ROOM.CREATE new ada AT 0", "INVALID"),
        (&format!("ROOM.CREATE new ada AT {past}"), "INVALID"),
        (&format!("ROOM.CREATE r ada AT {past}"), "INVALID"),
        (&format!("ROOM.CREATE new ada AT {far}"), "INVALID"),
        ("ROOM.CREATE new", "ERR"),
    ] {
        watch.client.err(command, code);
    }
    assert_eq!(watch.client.int("EXISTS new new}room"), 0);
    let year = now + 365 * 86_400_000;
    assert_eq!(watch.client.json(&format!("ROOM.CREATE year ada AT {year}"))["state"], "scheduled");
    watch.is_followed();
}

#[test]
fn end_replies_the_summary_and_publishes_it() {
    for (actor, reason) in [("ada", "host"), ("-", "service")] {
        let mut watch = Watch::live("TITLE t", &["lea"]);
        watch.client.int("ROOM.KICK r ada lea");
        let seen = watch.send(&["ROOM.END", "r", actor]).events(&["ended"]).notifies("room.end");
        let (summary, ended) = (seen.reply.json(), seen.event("ended"));
        assert_eq!((&ended["by"], &ended["reason"]), (&json!(actor), &json!(reason)));
        assert_eq!((&summary["state"], &summary["peak_present"]), (&json!("ended"), &json!(2)));
        assert_eq!((&summary["kicks"], &ended["summary"]["kicks"]), (&json!(1), &Json::Null));
        assert_eq!(ended["summary"]["unique_members"], 2);
        assert_eq!(watch.client.json("ROOM.SUMMARY r ada")["kicks"], 1);
        assert_eq!(watch.client.json("ROOM.SUMMARY r lea")["kicks"], Json::Null);
        watch.is_followed();
    }
}

/// Every command that changes a room, as the host or the service sends it.
const WRITES: [&str; 38] = [
    "ROOM.CONFIG r ada title x",
    "ROOM.START r ada",
    "ROOM.CANCEL r ada",
    "ROOM.END r ada",
    "ROOM.RSVP r lea YES",
    "ROOM.INVITE r ada lea",
    "ROOM.UNINVITE r ada lea",
    "ROOM.JOIN r ada",
    "ROOM.LEAVE r ada",
    "ROOM.DROP r g",
    "ROOM.RAISEHAND r lea",
    "ROOM.LOWERHAND r lea",
    "ROOM.LOWERHAND r ada *",
    "ROOM.NEXT r ada",
    "ROOM.OFFER r ada lea",
    "ROOM.ACCEPT r lea",
    "ROOM.DECLINE r lea",
    "ROOM.STEPDOWN r ada lea",
    "ROOM.ROLE r ada lea cohost",
    "ROOM.MUTE r ada",
    "ROOM.MUTE r ada *",
    "ROOM.UNMUTE r ada",
    "ROOM.ASKUNMUTE r ada lea",
    "ROOM.KICK r ada lea",
    "ROOM.BLOCK r ada lea",
    "ROOM.UNBLOCK r ada lea",
    "ROOM.COMMENT r ada hello",
    "ROOM.DELCOMMENT r ada 1",
    "ROOM.PIN r ada 1",
    "ROOM.UNPIN r ada 1",
    "ROOM.REACT r ada 👏",
    "ROOM.POLLOPEN r ada Which? 2 a b",
    "ROOM.POLLVOTE r ada 1 0",
    "ROOM.POLLCLOSE r ada 1",
    // The state is checked before the actor's power.
    "ROOM.END r nobody",
    "ROOM.KICK r nobody ada",
    "ROOM.ROLE r nobody ada listener",
    "ROOM.UNMUTE r nobody",
];

/// Commands for a room in any state.
const READS: [&str; 14] = [
    "ROOM.STATE r lea",
    "ROOM.MEMBERS r lea",
    "ROOM.WHOIS r lea ada",
    "ROOM.HANDS r lea",
    "ROOM.COMMENTS r lea",
    "ROOM.POLLS r lea",
    "ROOM.SUMMARY r lea",
    "ROOM.INVITED r ada",
    "ROOM.BLOCKED r ada",
    "ROOM.SESSIONS r g",
    "ROOM.BEAT r g",
    "ROOM.INFO r",
    "ROOM.EXPORT r 0",
    "ROOM.EXPORT r 0 COUNT 1",
];

fn reads_answer(client: &mut Client) {
    for read in READS {
        assert_eq!(client.cmd(read).error(), None, "{read}");
    }
}

#[test]
fn a_room_that_is_over_is_read_and_no_longer_changed() {
    for end in ["ROOM.END r ada", "ROOM.CANCEL r ada"] {
        let mut watch = if end.contains("END") { Watch::live("", &["lea"]) } else { Watch::scheduled("") };
        assert_eq!(watch.client.cmd(end).error(), None);
        for write in WRITES {
            watch.refuses(write, "ENDED");
        }
        reads_answer(&mut watch.client);
        watch.is_followed();
    }
}

#[test]
fn every_command_refuses_a_missing_room_and_a_foreign_key() {
    let mut watch = Watch::start();
    for command in WRITES.iter().chain(&READS) {
        watch.refuses(*command, "NOROOM");
    }
    watch.client.ok("SET r 1");
    for command in WRITES.iter().chain(&READS) {
        watch.client.err(*command, "WRONGTYPE");
    }
}

#[test]
fn end_is_for_the_host_of_a_live_room() {
    let mut watch = Watch::live("", &["ben", "sam", "lea"]);
    watch.role("cohost", &["ben"]);
    watch.role("speaker", &["sam"]);
    for user in ["ben", "sam", "lea", "nobody"] {
        watch.refuses(&["ROOM.END", "r", user], "FORBIDDEN");
    }
    watch.refuses_all(&[("ROOM.END r *", "INVALID"), ("ROOM.END r ada now", "ERR")]);
    watch.send("ROOM.END r ada").notifies("room.end");
    watch.is_followed();
}

#[test]
fn the_ttl_of_a_key_starts_again_at_the_end_of_its_room() {
    let mut watch = Watch::over(Server::with().prompt().patient().room("ttl", 1000));
    watch.client.json("ROOM.CREATE r ada");
    let ttl = watch.client.int("TTL r");
    assert!((900..=1000).contains(&ttl), "{ttl}");
    watch.server.config_set("room.ttl", 5000);
    watch.client.json("ROOM.END r ada");
    let ttl = watch.client.int("TTL r");
    assert!((4900..=5000).contains(&ttl), "{ttl}");
    let at = now_ms(&mut watch.client) + 10_000_000;
    watch.client.json(&format!("ROOM.CREATE later ada AT {at}"));
    let ttl = watch.client.int("TTL later");
    assert!((14_900..=15_000).contains(&ttl), "from AT on: {ttl}");
    watch.client.json("ROOM.CREATE kept ada");
    watch.client.int("PERSIST kept");
    watch.client.json("ROOM.END kept ada");
    assert_eq!(watch.client.int("TTL kept"), -1, "an operator took its expiry away");
}

#[test]
fn purge_deletes_a_room_that_is_over() {
    let mut watch = Watch::live("", &["lea"]);
    watch.refuses_all(&[
        ("ROOM.PURGE r", "NOTENDED"),
        ("ROOM.PURGE r INCARNATION", "INVALID"),
        ("ROOM.PURGE r NOW", "INVALID"),
    ]);
    let incarnation = watch.client.json("ROOM.END r ada")["incarnation"].as_str().unwrap().to_owned();
    watch.send("ROOM.PURGE r INCARNATION another").int(0).quiet();
    assert!(export(&mut watch.client, "r").len() > 2);
    let seen = watch.send(&["ROOM.PURGE", "r", "INCARNATION", &incarnation]).int(1).notifies("room.purge");
    assert!(seen.frames.iter().all(|frame| frame["kind"] == "gone"), "{:?}", seen.frames);
    watch.waits_for_gone(&seen);
    assert_eq!(watch.client.int("EXISTS r"), 0);
    watch.is_followed();
    // The timer publishes it shortly after.
    watch.follower.wait_until("the room is gone", |follower| follower.gone);
    watch.send("ROOM.PURGE r").int(0).quiet();
    watch.client.ok("SET r 1");
    watch.client.err("ROOM.PURGE r", "WRONGTYPE");

    let mut watch = Watch::scheduled("");
    watch.refuses("ROOM.PURGE r", "NOTENDED");
    watch.client.ok("ROOM.CANCEL r ada");
    let seen = watch.send("ROOM.PURGE r").int(1).notifies("room.purge");
    watch.waits_for_gone(&seen);
    let again = watch.send("ROOM.CREATE r ada").events(&["created"]).reply.json();
    watch.client.json("ROOM.END r ada");
    assert_ne!(again["incarnation"], incarnation.as_str());
    watch.send(&["ROOM.PURGE", "r", "INCARNATION", &incarnation]).int(0).quiet();
    watch.is_followed();
}

#[test]
fn an_empty_room_ends_by_itself() {
    let mut watch = Watch::over(Server::with().prompt().patient().room("empty", 1));
    watch.client.json("ROOM.CREATE r - HOSTLOSS KEEP");
    let ended = watch.waits_for("ended", |_| true);
    assert_eq!((&ended["reason"], &ended["by"]), (&json!("empty"), &Json::Null));
    watch.is_followed();
    watch.refuses("ROOM.JOIN r lea", "ENDED");

    // A room with a member inside lives. The wait begins when the last one leaves.
    let mut watch = Watch::start();
    watch.client.json("ROOM.CREATE r -");
    watch.client.json("ROOM.JOIN r lea");
    watch.server.config_set("room.empty", 1);
    watch.client.json("ROOM.CREATE empty -");
    support::wait_for("the empty room ends", || {
        (watch.client.room_info("empty")["state"] == "ended").then_some(())
    });
    assert_eq!(watch.client.room_info("r")["state"], "live");
    assert_eq!(watch.client.int("ROOM.LEAVE r lea"), 0);
    watch.waits_for("ended", |event| event["reason"] == "empty");
    watch.is_followed();
}
