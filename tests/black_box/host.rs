//! A room whose host is gone, in each mode of HOSTLOSS.

use crate::support::{self, json, Json, Watch};

/// From now on the room reacts to a lost or absent host after one second.
fn grows_impatient(watch: &mut Watch) {
    watch.server.config_set("room.host-grace", 1);
    watch.client.ok("ROOM.CONFIG r - title ready");
}

/// Host `ada`, cohosts `ben` and `cy`, who joined first, listener `lea`. All are present.
fn room(mode: &str) -> Watch {
    let mut watch = Watch::start();
    watch.client.json(&format!("ROOM.CREATE r ada HOSTLOSS {mode}"));
    for user in ["ada", "cy", "ben", "lea"] {
        watch.join(user);
    }
    watch.role("cohost", &["ben", "cy"]);
    watch
}

/// A `stage` event has this user with this role.
fn has(event: &Json, user: &str, role: &str) -> bool {
    event["member"]["user"] == user && event["member"]["role"] == role
}

#[test]
fn with_end_a_host_who_leaves_ends_the_room_at_once() {
    let mut watch = room("END");
    let seen =
        watch.send("ROOM.LEAVE r ada").int(0).events(&["audience", "stage", "ended"]).notifies("room.end");
    let ended = seen.event("ended");
    assert_eq!((&ended["reason"], &ended["by"]), (&json!("hostloss"), &Json::Null));
    watch.refuses("ROOM.JOIN r ada", "ENDED");
    watch.is_followed();
}

#[test]
fn with_end_a_lost_host_ends_the_room_after_its_grace() {
    let mut watch = room("END");
    grows_impatient(&mut watch);
    watch.send("ROOM.LEAVE r ada LOST").int(0);
    watch.waits_for("ended", |event| event["reason"] == "hostloss");
    watch.is_followed();

    let mut watch = room("END");
    watch.client.int("ROOM.LEAVE r ada LOST");
    watch.join("ada");
    assert_eq!((&watch.state("-")["state"], &watch.state("-")["host"]), (&json!("live"), &json!("ada")));
    watch.is_followed();
}

#[test]
fn a_host_who_never_comes_is_missed_from_the_start() {
    for mode in ["END", "HANDOVER"] {
        let mut watch = Watch::scheduled(&format!("HOSTLOSS {mode}"));
        watch.client.ok("ROOM.ROLE r - ben cohost");
        grows_impatient(&mut watch);
        watch.client.ok("ROOM.START r -");
        let ended = watch.waits_for("ended", |event| event["reason"] == "hostloss");
        let started = watch.state("-")["started_ms"].as_u64().unwrap();
        let wait = if mode == "END" { 1000 } else { 2000 };
        assert!(ended["summary"]["ended_ms"].as_u64().unwrap() >= started + wait, "{mode}: {ended}");
        watch.is_followed();
    }
    let mut watch = Watch::start();
    watch.client.json("ROOM.CREATE r ada");
    watch.client.ok("ROOM.ROLE r - ben cohost");
    watch.join("ben");
    grows_impatient(&mut watch);
    watch.waits_for("stage", |event| has(event, "ben", "host") && has(event, "ada", "cohost"));
    watch.is_followed();
}

#[test]
fn with_handover_the_longest_present_cohost_becomes_host() {
    let mut watch = room("HANDOVER");
    // The cohost present for the longest time counts. An earlier role or an earlier visit does not.
    watch.client.int("ROOM.LEAVE r cy");
    watch.join("cy");
    let seen = watch.send("ROOM.LEAVE r ada").int(0).notifies("room.role");
    let received = support::subscriber::events(&seen.frames);
    let handed =
        received.iter().find(|event| has(event, "ben", "host")).expect("a stage event names the new host");
    assert!(has(handed, "ada", "cohost") && handed["by"].is_null(), "{handed}");
    assert_eq!(watch.state("-")["host"], "ben");
    assert_eq!(watch.whois("ada")["role"], "cohost");
    assert_eq!(watch.send("ROOM.JOIN r ada").staged("ada")["role"], "cohost");
    watch.refuses("ROOM.END r ada", "FORBIDDEN");
    watch.send("ROOM.END r ben").notifies("room.end");
    watch.is_followed();
}

#[test]
fn with_handover_a_lost_host_is_replaced_after_its_grace() {
    let mut watch = room("HANDOVER");
    grows_impatient(&mut watch);
    watch.client.int("ROOM.LEAVE r ada LOST");
    let handed = watch.waits_for("stage", |event| has(event, "cy", "host"));
    assert!(has(&handed, "ada", "cohost"), "{handed}");
    // The old host is back within its own grace, as a cohost.
    assert_eq!(watch.whois("ada")["lost"], true);
    watch.join("ada");
    assert_eq!((&watch.whois("ada")["role"], &watch.state("-")["host"]), (&json!("cohost"), &json!("cy")));
    watch.is_followed();
}

#[test]
fn with_handover_the_room_waits_for_a_cohost() {
    let mut watch = Watch::live("HOSTLOSS HANDOVER", &["lea"]);
    watch.role("cohost", &["absent"]);
    watch.send("ROOM.LEAVE r ada").int(0).events(&["audience", "stage"]);
    assert_eq!((&watch.state("-")["state"], &watch.state("-")["host"]), (&json!("live"), &json!("ada")));
    watch.send("ROOM.ROLE r - lea cohost").ok();
    assert_eq!(watch.state("-")["host"], "lea");
    watch.is_followed();

    // A cohost that joins later.
    let mut watch = Watch::live("HOSTLOSS HANDOVER", &["lea"]);
    watch.role("cohost", &["late"]);
    watch.client.int("ROOM.LEAVE r ada");
    watch.join("late");
    assert_eq!(watch.state("-")["host"], "late");
    watch.is_followed();

    // The host comes back first.
    let mut watch = Watch::live("HOSTLOSS HANDOVER", &["lea"]);
    watch.client.int("ROOM.LEAVE r ada");
    watch.join("ada");
    watch.role("cohost", &["lea"]);
    assert_eq!(watch.state("-")["host"], "ada");
    watch.is_followed();
}

#[test]
fn with_handover_a_room_without_cohosts_ends() {
    let mut watch = Watch::start();
    watch.client.json("ROOM.CREATE r ada");
    watch.join("ada");
    watch.join("lea");
    grows_impatient(&mut watch);
    assert_eq!(watch.client.int("ROOM.LEAVE r ada"), 0);
    let ended = watch.waits_for("ended", |_| true);
    assert_eq!((&ended["reason"], &ended["by"]), (&json!("hostloss"), &Json::Null));
    watch.is_followed();
}

#[test]
fn with_keep_the_room_stays_as_it_is() {
    let mut watch = room("KEEP");
    grows_impatient(&mut watch);
    // A later room with another mode ends, so the time has passed here, too.
    watch.send("ROOM.LEAVE r ada").int(0).events(&["audience", "stage"]);
    watch.client.json("ROOM.CREATE other ada HOSTLOSS END");
    support::wait_for("the other room ends", || {
        (watch.client.room_info("other")["state"] == "ended").then_some(())
    });
    assert_eq!((&watch.state("-")["state"], &watch.state("-")["host"]), (&json!("live"), &json!("ada")));
    assert_eq!(watch.send("ROOM.JOIN r ada").staged("ada")["role"], "host");
    watch.is_followed();
}

#[test]
fn a_mode_that_is_set_later_counts() {
    let mut watch = room("KEEP");
    watch.client.int("ROOM.LEAVE r ada");
    watch.send("ROOM.CONFIG r ben hostloss handover").ok();
    assert_eq!(watch.state("-")["host"], "cy");
    watch.is_followed();

    let mut watch = room("END");
    watch.send("ROOM.CONFIG r ada hostloss keep").ok().events(&["settings"]);
    watch.send("ROOM.LEAVE r ada").int(0).events(&["audience", "stage"]);
    assert_eq!(watch.state("-")["state"], "live");
    watch.is_followed();
}

#[test]
fn a_blocked_host_counts_as_gone_at_once() {
    for (mode, state, host) in
        [("HANDOVER", "live", json!("cy")), ("END", "ended", Json::Null), ("KEEP", "live", Json::Null)]
    {
        let mut watch = room(mode);
        watch.send("ROOM.BLOCK r - ada").ok();
        let now = watch.state("-");
        assert_eq!((&now["state"], &now["host"]), (&json!(state), &host), "{mode}");
        watch.is_followed();
    }
}

#[test]
fn a_room_without_host_ignores_its_hostloss_mode() {
    for mode in ["END", "HANDOVER", "KEEP"] {
        let mut watch = Watch::start();
        watch.client.json(&format!("ROOM.CREATE r - HOSTLOSS {mode}"));
        watch.join("lea");
        grows_impatient(&mut watch);
        watch.client.json("ROOM.CREATE other ada HOSTLOSS END");
        support::wait_for("the other room ends", || {
            (watch.client.room_info("other")["state"] == "ended").then_some(())
        });
        let state = watch.state("-");
        assert_eq!((&state["state"], &state["host"]), (&json!("live"), &Json::Null), "{mode}");
        // The service appoints a host.
        assert_eq!(watch.send("ROOM.ROLE r - lea host").ok().staged("lea")["role"], "host");
        watch.is_followed();
    }
}

#[test]
fn a_host_may_come_and_go_before_the_start() {
    let mut watch = Watch::scheduled("HOSTLOSS END");
    watch.join("ada");
    watch.send("ROOM.LEAVE r ada").int(0).events(&["audience", "stage"]);
    assert_eq!(watch.state("-")["state"], "scheduled");
    watch.is_followed();
}
