//! Gateways: their leases and sessions, how they drain and die.

use crate::support::rooms::now_ms;
use crate::support::{self, json, Json, Server, Watch};
use std::collections::BTreeSet;

#[test]
fn a_dead_gateway_loses_its_sessions_and_then_their_members() {
    let mut watch = Watch::start();
    watch.client.json("ROOM.CREATE r ada HOSTLOSS KEEP");
    for user in ["ada", "sam", "lea"] {
        watch.join(user);
    }
    watch.client.ok("ROOM.ROLE r ada sam speaker");
    watch.client.int("ROOM.RAISEHAND r lea");
    // The session of another gateway stays. This one is of a service and has no lease.
    watch.client.json("ROOM.JOIN r ada");
    watch.client.json("ROOM.JOIN r kim");
    watch.server.config_set("room.lease", 1);
    watch.server.config_set("room.grace", 1);
    watch.client.ok("ROOM.CONFIG r ada title ready");

    let sam = |event: &Json, field: &str| {
        Some(&event["member"]).filter(|member| member["user"] == "sam").map(|member| member[field].clone())
    };
    let lost = watch.waits_for("stage", |event| sam(event, "lost") == Some(json!(true)));
    assert_eq!((&lost["by"], sam(&lost, "role")), (&Json::Null, Some(json!("speaker"))));
    watch.waits_for("stage", |event| sam(event, "present") == Some(json!(false)));
    watch.waits_for("audience", |event| event["left_users"].to_string().contains("lea"));
    let hands = watch.waits_for("hands", |event| event["count"] == 0);
    assert_eq!(hands["top"], json!([]));
    for (user, present) in [("ada", true), ("kim", true), ("sam", false), ("lea", false)] {
        assert_eq!(watch.whois(user)["present"], present, "{user}");
    }
    assert_eq!(watch.client.json("ROOM.SESSIONS r g")["sessions"], json!([]));
    assert_eq!(watch.whois("sam")["role"], "listener");
    watch.is_followed();
}

/// One gateway beats, another is silent. If the test stalls for longer than a lease, the attempt proves nothing and is
/// repeated.
#[test]
fn a_gateway_that_beats_keeps_its_sessions() {
    for attempt in 1.. {
        let mut watch = Watch::over(Server::with().prompt().patient().room("lease", 2));
        watch.client.json("ROOM.CREATE r - HOSTLOSS KEEP");
        watch.client.json("ROOM.JOIN r silent GATEWAY g1");
        watch.client.json("ROOM.JOIN r lea GATEWAY g2");
        let (mut last, mut longest) = (now_ms(&mut watch.client), 0);
        support::wait_for("the member of the silent gateway is lost", || {
            assert_eq!(watch.client.cmd("ROOM.BEAT r g2").list()[0].int(), 1);
            let now = now_ms(&mut watch.client);
            (last, longest) = (now, longest.max(now - last));
            (watch.whois("silent")["lost"] == true).then_some(())
        });
        let kept = watch.whois("lea")["lost"] == false;
        assert!(kept || longest >= 2000, "lost, though it beat at least every {longest} ms");
        if kept {
            return watch.is_followed();
        }
        assert!(attempt < 5, "the machine stalled in every attempt");
    }
}

#[test]
fn beat_replies_the_sessions_and_the_position_of_the_room() {
    let mut watch = Watch::live("", &["lea"]);
    watch.client.json("ROOM.JOIN r lea GATEWAY g SESSION second");
    let state = watch.state("-");
    for (gateway, sessions) in [("g", 3), ("never-seen", 0)] {
        let beat = watch.send(&["ROOM.BEAT", "r", gateway]).quiet().reply.list();
        assert_eq!((beat[0].int(), beat[1].text()), (sessions, state["epoch"].as_str().unwrap().to_owned()));
        assert_eq!(Some(beat[2].int()), state["seq"].as_i64());
    }
    watch.refuses_all(&[("ROOM.BEAT r", "ERR"), ("ROOM.BEAT r g g", "ERR")]);
    watch.is_followed();
}

#[test]
fn drop_ends_all_sessions_of_a_draining_gateway() {
    let mut watch = Watch::live("", &["ben", "sam", "lea"]);
    watch.role("cohost", &["ben"]);
    watch.role("speaker", &["sam"]);
    watch.client.int("ROOM.RAISEHAND r lea");
    watch.client.json("ROOM.JOIN r ben GATEWAY other SESSION phone");
    watch.client.json("ROOM.JOIN r ada GATEWAY other SESSION phone");
    let seen = watch.send("ROOM.DROP r g").int(4).notifies("room.tick");
    let seen = seen.events(&["stage", "audience", "hands"]);
    let audience = seen.event("audience");
    assert_eq!((&audience["left"], &audience["present"]), (&json!(2), &json!(2)));
    assert_eq!(watch.client.json("ROOM.SESSIONS r g")["sessions"], json!([]));
    assert_eq!(watch.whois("ben")["present"], true, "still present through another gateway");
    watch.send("ROOM.DROP r g").int(0).quiet();
    watch.send("ROOM.DROP r never-seen").int(0).quiet();
    watch.refuses_all(&[("ROOM.DROP r g NOW", "INVALID"), ("ROOM.DROP r g LOST LOST", "INVALID")]);
    watch.is_followed();
}

#[test]
fn drop_lost_leaves_members_their_grace() {
    let mut watch = Watch::live("", &["sam", "lea"]);
    watch.role("speaker", &["sam"]);
    watch.send("ROOM.DROP r g LOST").int(3).events(&["stage", "stage"]);
    for user in ["ada", "sam", "lea"] {
        let member = watch.whois(user);
        assert_eq!((&member["present"], &member["lost"]), (&json!(true), &json!(true)), "{user}");
    }
    watch.is_followed();
    for user in ["ada", "sam", "lea"] {
        watch.join(user);
        assert_eq!(watch.whois(user)["lost"], false);
    }
    assert_eq!(watch.whois("sam")["role"], "speaker");
    watch.is_followed();
}

#[test]
fn sessions_are_read_in_pages() {
    let mut watch = Watch::live("", &[]);
    for nth in 0..25 {
        watch.client.json(&format!("ROOM.JOIN r u{nth} GATEWAY pages SESSION s{nth}"));
    }
    for count in [1, 7, 25, 1000] {
        let (mut found, mut cursor) = (BTreeSet::new(), "0".to_owned());
        loop {
            let page = watch.client.json(&format!("ROOM.SESSIONS r pages CURSOR {cursor} COUNT {count}"));
            let sessions = page["sessions"].as_array().unwrap();
            assert!(sessions.len() <= count);
            assert!(sessions.iter().all(|session| found.insert(session.to_string())), "{page}: read twice");
            cursor = page["cursor"].as_str().unwrap().to_owned();
            if cursor == "0" {
                break;
            }
        }
        assert_eq!(found.len(), 25);
        assert!(found.contains(&json!({"session": "s24", "user": "u24"}).to_string()));
    }
    watch.refuses_all(&[
        ("ROOM.SESSIONS r g COUNT 0", "INVALID"),
        ("ROOM.SESSIONS r g COUNT 1001", "INVALID"),
        ("ROOM.SESSIONS r g CURSOR x", "INVALID"),
        ("ROOM.SESSIONS r g COUNT", "INVALID"),
        ("ROOM.SESSIONS r", "ERR"),
    ]);
    watch.is_followed();
}

#[test]
fn a_session_that_joins_through_another_gateway_moves_there() {
    let mut watch = Watch::live("", &[]);
    watch.client.json("ROOM.JOIN r lea GATEWAY old SESSION s");
    assert_eq!(watch.send("ROOM.JOIN r lea GATEWAY new SESSION s").reply.json()["you"]["sessions"], 1);
    assert_eq!(watch.client.json("ROOM.SESSIONS r old")["sessions"], json!([]));
    assert_eq!(
        watch.client.json("ROOM.SESSIONS r new")["sessions"],
        json!([{"user": "lea", "session": "s"}])
    );
    watch.send("ROOM.DROP r old").int(0).quiet();
    watch.send("ROOM.DROP r new").int(1).events(&["audience"]);
    watch.is_followed();
}
