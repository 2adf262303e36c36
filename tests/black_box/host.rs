//! What becomes of a room whose host is gone, in each mode of HOSTLOSS.

use crate::support::{self, json, Json, Watch};

/// From now on a host who is lost, or did not come, is missed after a second.
fn grows_impatient(watch: &mut Watch) {
    watch.server.config_set("room.host-grace", 1);
    watch.client.ok("ROOM.CONFIG r - title ready");
}

/// Host `ada`, cohost `ben` who came after `cy`, all there; `lea` listens.
fn room(mode: &str) -> Watch {
    let mut watch = Watch::start();
    watch.client.json(&format!("ROOM.CREATE r ada HOSTLOSS {mode}"));
    for user in ["ada", "cy", "ben", "lea"] {
        watch.join(user);
    }
    watch.role("cohost", &["ben", "cy"]);
    watch
}

/// The member of this name and role in a `stage` event.
fn has(event: &Json, user: &str, role: &str) -> bool {
    event["members"].as_array().is_some_and(|all| all.iter().any(|m| m["user"] == user && m["role"] == role))
}

#[test]
fn end_a_host_who_leaves_ends_the_room_at_once() {
    let mut watch = room("END");
    let seen = watch.says("ROOM.LEAVE r ada").int(1).events(&["audience", "stage", "ended"]).note("room.end");
    let ended = seen.event("ended");
    assert_eq!((&ended["reason"], &ended["by"]), (&json!("hostloss"), &Json::Null));
    watch.refuses("ROOM.JOIN r ada", "ENDED");
    watch.is_followed();
}

#[test]
fn end_a_host_who_is_lost_ends_the_room_after_its_grace() {
    let mut watch = room("END");
    grows_impatient(&mut watch);
    watch.says("ROOM.LEAVE r ada LOST").int(1);
    watch.waits_for("ended", |event| event["reason"] == "hostloss");
    watch.is_followed();

    let mut watch = room("END");
    watch.client.int("ROOM.LEAVE r ada LOST");
    watch.join("ada");
    assert_eq!((&watch.state("-")["state"], &watch.state("-")["host"]), (&json!("live"), &json!("ada")));
    watch.is_followed();
}

#[test]
fn a_host_who_never_comes_is_missed_from_the_start_on() {
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
fn handover_the_longest_present_cohost_becomes_host() {
    let mut watch = room("HANDOVER");
    // Who was made cohost first, or came first and went, is not who counts.
    watch.client.int("ROOM.LEAVE r cy");
    watch.join("cy");
    let seen = watch.says("ROOM.LEAVE r ada").int(1).note("room.role");
    let told = support::subscriber::events(&seen.frames);
    let handed =
        told.iter().find(|event| has(event, "ben", "host")).expect("a stage event names the new host");
    assert!(has(handed, "ada", "cohost") && handed["by"].is_null(), "{handed}");
    assert_eq!(watch.state("-")["host"], "ben");
    assert_eq!(watch.whois("ada")["role"], "cohost");
    assert_eq!(watch.says("ROOM.JOIN r ada").staged("ada")["role"], "cohost");
    watch.refuses("ROOM.END r ada", "FORBIDDEN");
    watch.says("ROOM.END r ben").note("room.end");
    watch.is_followed();
}

#[test]
fn handover_of_a_lost_host_waits_for_its_grace() {
    let mut watch = room("HANDOVER");
    grows_impatient(&mut watch);
    watch.client.int("ROOM.LEAVE r ada LOST");
    let handed = watch.waits_for("stage", |event| has(event, "cy", "host"));
    assert!(has(&handed, "ada", "cohost"), "{handed}");
    // Back within its own grace, as the cohost it now is.
    assert_eq!(watch.whois("ada")["lost"], true);
    watch.join("ada");
    assert_eq!((&watch.whois("ada")["role"], &watch.state("-")["host"]), (&json!("cohost"), &json!("cy")));
    watch.is_followed();
}

#[test]
fn handover_without_a_cohost_waits_for_one() {
    let mut watch = Watch::live("HOSTLOSS HANDOVER", &["lea"]);
    watch.role("cohost", &["absent"]);
    watch.says("ROOM.LEAVE r ada").int(1).events(&["audience", "stage"]);
    assert_eq!((&watch.state("-")["state"], &watch.state("-")["host"]), (&json!("live"), &json!("ada")));
    watch.says("ROOM.ROLE r - lea cohost").ok();
    assert_eq!(watch.state("-")["host"], "lea");
    watch.is_followed();

    // One who was given the role and comes only now.
    let mut watch = Watch::live("HOSTLOSS HANDOVER", &["lea"]);
    watch.role("cohost", &["late"]);
    watch.client.int("ROOM.LEAVE r ada");
    watch.join("late");
    assert_eq!(watch.state("-")["host"], "late");
    watch.is_followed();

    // The host itself, who comes back in time.
    let mut watch = Watch::live("HOSTLOSS HANDOVER", &["lea"]);
    watch.client.int("ROOM.LEAVE r ada");
    watch.join("ada");
    watch.role("cohost", &["lea"]);
    assert_eq!(watch.state("-")["host"], "ada");
    watch.is_followed();
}

#[test]
fn handover_to_nobody_ends_the_room() {
    let mut watch = Watch::start();
    watch.client.json("ROOM.CREATE r ada");
    watch.join("ada");
    watch.join("lea");
    grows_impatient(&mut watch);
    assert_eq!(watch.client.int("ROOM.LEAVE r ada"), 1);
    let ended = watch.waits_for("ended", |_| true);
    assert_eq!((&ended["reason"], &ended["by"]), (&json!("hostloss"), &Json::Null));
    watch.is_followed();
}

#[test]
fn keep_leaves_the_room_as_it_is() {
    let mut watch = room("KEEP");
    grows_impatient(&mut watch);
    // Another room, of the other mode and later, shows that the time has come.
    watch.says("ROOM.LEAVE r ada").int(1).events(&["audience", "stage"]);
    watch.client.json("ROOM.CREATE other ada HOSTLOSS END");
    support::wait_for("the other room ends", || {
        (watch.client.room_info("other")["state"] == "ended").then_some(())
    });
    assert_eq!((&watch.state("-")["state"], &watch.state("-")["host"]), (&json!("live"), &json!("ada")));
    assert_eq!(watch.says("ROOM.JOIN r ada").staged("ada")["role"], "host");
    watch.is_followed();
}

#[test]
fn a_mode_set_later_counts() {
    let mut watch = room("KEEP");
    watch.client.int("ROOM.LEAVE r ada");
    watch.says("ROOM.CONFIG r ben hostloss handover").ok();
    assert_eq!(watch.state("-")["host"], "cy");
    watch.is_followed();

    let mut watch = room("END");
    watch.says("ROOM.CONFIG r ada hostloss keep").ok().events(&["settings"]);
    watch.says("ROOM.LEAVE r ada").int(1).events(&["audience", "stage"]);
    assert_eq!(watch.state("-")["state"], "live");
    watch.is_followed();
}

#[test]
fn a_blocked_host_is_gone_at_once() {
    for (mode, state, host) in
        [("HANDOVER", "live", json!("cy")), ("END", "ended", Json::Null), ("KEEP", "live", Json::Null)]
    {
        let mut watch = room(mode);
        watch.says("ROOM.BLOCK r - ada").ok();
        let now = watch.state("-");
        assert_eq!((&now["state"], &now["host"]), (&json!(state), &host), "{mode}");
        watch.is_followed();
    }
}

#[test]
fn a_room_without_host_has_none_to_lose() {
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
        // The service gives it one.
        assert_eq!(watch.says("ROOM.ROLE r - lea host").ok().staged("lea")["role"], "host");
        watch.is_followed();
    }
}

#[test]
fn a_host_may_come_and_go_before_the_start() {
    let mut watch = Watch::scheduled("HOSTLOSS END");
    watch.join("ada");
    watch.says("ROOM.LEAVE r ada").int(1).events(&["audience", "stage"]);
    assert_eq!(watch.state("-")["state"], "scheduled");
    watch.is_followed();
}
