//! Joining and leaving: sessions, profiles, broken sockets and the grace.

use crate::support::{json, Json, Server, Watch};

#[test]
fn join_replies_the_channel_and_the_member() {
    let mut watch = Watch::live("", &[]);
    watch.client.int("ROOM.INVITE r ada lea");
    let seen =
        watch.send(r#"ROOM.JOIN r lea GATEWAY g SESSION s PROFILE {"name":"Léa"}"#).notifies("room.tick");
    let audience = seen.event("audience");
    let counts = ["present", "listeners", "joined", "left"].map(|name| audience[name].clone());
    assert_eq!(counts, [2, 1, 1, 0].map(Json::from));
    assert_eq!((&audience["users"], &audience["left_users"]), (&json!(["lea"]), &json!([])));
    assert_eq!(seen.frames[0]["profiles"]["lea"], json!({"name": "Léa"}));

    let reply = seen.reply.json();
    let state = watch.state("lea");
    for name in ["incarnation", "epoch", "seq", "state", "you"] {
        assert_eq!(reply[name], state[name], "{name}");
    }
    assert_eq!((&reply["channel"], &reply["publish"]), (&json!("__room@0__:{r}"), &json!("global")));
    assert_eq!(reply["present"], 2);
    let setting = |name: &str| watch.server.config_get(name).parse::<u64>().unwrap();
    assert_eq!(reply["lease_ms"], setting("room.lease") * 1000);
    assert_eq!(reply["tick_ms"], setting("room.tick"));
    let you = &reply["you"];
    for (name, value) in [
        ("user", json!("lea")),
        ("role", json!("listener")),
        ("muted", json!(true)),
        ("held", json!(false)),
        ("hand", json!(0)),
        ("present", json!(true)),
        ("lost", json!(false)),
        ("profile", json!({"name": "Léa"})),
        ("sessions", json!(1)),
        ("offer_until_ms", json!(0)),
        ("unmute_asked", json!(false)),
        ("invited", json!(true)),
        ("interested", json!(false)),
        ("votes", json!({})),
        ("comment_wait_ms", json!(0)),
    ] {
        assert_eq!(you[name], value, "{name}");
    }
    watch.is_followed();
}

#[test]
fn a_repeated_join_replies_the_same_and_publishes_nothing() {
    let mut watch = Watch::live("", &[]);
    for join in [
        "ROOM.JOIN r lea GATEWAY g SESSION s",
        "ROOM.JOIN r kim GATEWAY g",
        "ROOM.JOIN r sam SESSION s",
        "ROOM.JOIN r bot",
        r#"ROOM.JOIN r tim GATEWAY g PROFILE {"a":1}"#,
    ] {
        let mut first = watch.send(join).events(&["audience"]).reply.json();
        let mut again = watch.send(join).quiet().reply.json();
        first["ms"] = Json::Null;
        again["ms"] = Json::Null;
        assert_eq!(first, again);
    }
    watch.is_followed();
}

#[test]
fn two_sessions_are_one_member() {
    let mut watch = Watch::live("", &[]);
    watch.send("ROOM.JOIN r lea GATEWAY g1 SESSION phone").events(&["audience"]);
    let reply = watch.send("ROOM.JOIN r lea GATEWAY g2 SESSION tablet").quiet().reply.json();
    assert_eq!((&reply["present"], &reply["you"]["sessions"]), (&json!(2), &json!(2)));
    watch.send("ROOM.LEAVE r lea SESSION phone").int(1).quiet();
    assert_eq!(watch.whois("lea")["present"], true);
    // A broken socket has no effect while another session is there.
    watch.client.json("ROOM.JOIN r lea GATEWAY g1 SESSION phone-2");
    watch.send("ROOM.LEAVE r lea SESSION phone-2 LOST").int(1).quiet();
    assert_eq!(watch.whois("lea")["lost"], false);
    let seen =
        watch.send("ROOM.LEAVE r lea SESSION tablet").int(0).events(&["audience"]).notifies("room.tick");
    assert_eq!(seen.event("audience")["left_users"], json!(["lea"]));
    assert_eq!(watch.whois("lea")["present"], false);
    watch.is_followed();
}

#[test]
fn without_session_a_member_has_one_session_per_gateway() {
    let mut watch = Watch::live("", &[]);
    for (join, sessions) in [
        ("ROOM.JOIN r lea GATEWAY g1", 1),
        ("ROOM.JOIN r lea GATEWAY g2", 2),
        ("ROOM.JOIN r lea GATEWAY g1", 2),
        ("ROOM.JOIN r lea", 3),
        ("ROOM.JOIN r lea", 3),
    ] {
        assert_eq!(watch.client.json(join)["you"]["sessions"], sessions, "{join}");
    }
    watch.send("ROOM.LEAVE r lea GATEWAY g1").int(2).quiet();
    watch.send("ROOM.LEAVE r lea GATEWAY g1").int(2).quiet();
    watch.send("ROOM.LEAVE r lea GATEWAY never").int(2).quiet();
    watch.send("ROOM.LEAVE r lea SESSION never").int(2).quiet();
    watch.send("ROOM.LEAVE r lea").int(0).events(&["audience"]);
    watch.send("ROOM.LEAVE r lea").int(0).quiet();
    watch.send("ROOM.LEAVE r never-came").int(0).quiet();
    watch.is_followed();
}

#[test]
fn join_refuses_blocked_users_and_wrong_arguments() {
    let mut watch = Watch::live("CAPACITY 9", &["lea"]);
    watch.client.ok("ROOM.BLOCK r ada gus");
    watch.refuses_all(&[
        ("ROOM.JOIN r gus", "BLOCKED"),
        ("ROOM.JOIN r -", "INVALID"),
        ("ROOM.JOIN r *", "INVALID"),
        ("ROOM.JOIN r lea SESSION", "INVALID"),
        ("ROOM.JOIN r lea SESSION a SESSION b", "INVALID"),
        ("ROOM.JOIN r lea PROFILE []", "INVALID"),
        ("ROOM.JOIN r lea PROFILE 1", "INVALID"),
        ("ROOM.JOIN r lea LOST", "INVALID"),
        ("ROOM.JOIN r", "ERR"),
    ]);
    let long = "x".repeat(128);
    let profile = |bytes: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - 8));
    watch.client.json(&[
        "ROOM.JOIN",
        "r",
        &long,
        "GATEWAY",
        &long,
        "SESSION",
        &long,
        "PROFILE",
        &profile(512),
    ]);
    assert_eq!(watch.client.json(&["ROOM.SESSIONS", "r", &long])["sessions"][0]["session"], long.as_str());
    for join in [
        ["GATEWAY", &format!("{long}x")],
        ["SESSION", &format!("{long}x")],
        ["SESSION", ""],
        ["PROFILE", &profile(513)],
    ] {
        watch.refuses(&["ROOM.JOIN", "r", "lea", join[0], join[1]], "INVALID");
    }
    watch.refuses(&["ROOM.JOIN", "r", &format!("{long}x")], "INVALID");
    watch.refuses(&["ROOM.JOIN", "r", ""], "INVALID");
    watch.is_followed();
}

#[test]
fn a_seventeenth_session_ends_the_oldest_one() {
    let mut watch = Watch::live("", &[]);
    for nth in 1..=16 {
        let reply = watch.client.json(&format!("ROOM.JOIN r lea GATEWAY g{nth} SESSION s{nth}"));
        assert_eq!(reply["you"]["sessions"], nth);
    }
    watch.refuses("ROOM.JOIN r lea GATEWAY g1 SESSION s17 AGAIN", "TOOMANY");
    watch.refuses("ROOM.JOIN r lea AGAIN", "TOOMANY");
    assert_eq!(watch.client.json("ROOM.JOIN r lea GATEWAY g16 SESSION s16 AGAIN")["you"]["sessions"], 16);
    assert_eq!(watch.client.json("ROOM.JOIN r lea GATEWAY g17 SESSION s17")["you"]["sessions"], 16);
    assert_eq!(watch.client.json("ROOM.SESSIONS r g1")["sessions"], json!([]), "the oldest");
    assert_eq!(watch.client.json("ROOM.SESSIONS r g2")["sessions"], json!([{"user":"lea","session":"s2"}]));
    assert_eq!(watch.client.int("ROOM.LEAVE r lea SESSION s3"), 15);
    assert_eq!(watch.client.json("ROOM.JOIN r lea GATEWAY g1 SESSION s18")["you"]["sessions"], 16);
    watch.send("ROOM.LEAVE r lea").int(0).events(&["audience"]);
    watch.is_followed();
}

#[test]
fn a_full_room_admits_staff_and_members_who_are_present() {
    let mut watch = Watch::live("CAPACITY 3", &["lea", "sam"]);
    watch.role("cohost", &["ben"]);
    watch.refuses("ROOM.JOIN r kim", "FULL");
    watch.send("ROOM.JOIN r lea SESSION second").quiet();
    watch.send("ROOM.JOIN r ben").events(&["audience", "stage"]);
    // A lost member keeps its place and can come back.
    watch.client.int("ROOM.LEAVE r sam LOST");
    watch.refuses("ROOM.JOIN r kim", "FULL");
    assert_eq!(watch.send("ROOM.JOIN r sam").quiet().reply.json()["you"]["lost"], false);
    watch.client.int("ROOM.LEAVE r ben");
    watch.refuses("ROOM.JOIN r kim", "FULL");
    watch.client.int("ROOM.LEAVE r sam");
    watch.send("ROOM.JOIN r kim").events(&["audience"]);
    watch.client.ok("ROOM.CONFIG r ada capacity 0");
    watch.send("ROOM.JOIN r sam").events(&["audience"]);
    watch.is_followed();
}

#[test]
fn a_profile_replaces_the_one_before_and_a_stage_event_shows_it() {
    let mut watch = Watch::live("", &["lea", "sam"]);
    watch.role("speaker", &["sam"]);
    let profile =
        |user: &str, text: &str| ["ROOM.JOIN", "r", user, "GATEWAY", "g", "PROFILE", text].map(str::to_owned);
    watch.send(&profile("lea", r#"{ "name" : "Lea" }"#));
    assert_eq!(watch.whois("lea")["profile"], json!({"name": "Lea"}));
    let seen = watch.send(&profile("sam", r#"{"name":"Sam"}"#)).events(&["stage"]);
    assert_eq!(seen.staged("sam")["profile"], json!({"name": "Sam"}));
    watch.send(&profile("sam", r#"{"name":"Sam"}"#)).quiet();
    watch.send(&profile("sam", "{}")).events(&["stage"]);
    assert_eq!(watch.whois("sam")["profile"], json!({}));
    watch.send("ROOM.JOIN r lea GATEWAY g");
    assert_eq!(watch.whois("lea")["profile"], json!({"name": "Lea"}), "unchanged without PROFILE");
    watch.is_followed();
}

#[test]
fn a_member_back_within_its_grace_has_lost_nothing() {
    let mut watch = Watch::live("SEATS 2", &["sam", "lea", "kim"]);
    watch.role("speaker", &["sam"]);
    watch.client.int("ROOM.UNMUTE r sam");
    watch.client.int("ROOM.RAISEHAND r lea");
    assert_eq!(watch.client.text("ROOM.OFFER r ada kim FOR 3600"), "offered");
    let until = watch.state("kim")["you"]["offer_until_ms"].clone();
    let before: Vec<Json> = ["sam", "lea", "kim"].iter().map(|user| watch.whois(user)).collect();

    let seen = watch.send("ROOM.LEAVE r sam SESSION s-sam LOST").int(0).events(&["stage"]);
    let shown = seen.staged("sam");
    assert_eq!(
        (&shown["lost"], &shown["present"], &shown["role"]),
        (&json!(true), &json!(true), &json!("speaker"))
    );
    watch.send("ROOM.LEAVE r lea LOST").int(0).quiet();
    watch.send("ROOM.LEAVE r kim LOST").int(0).quiet();
    assert_eq!(watch.whois("lea")["lost"], true);
    let counts = watch.state("-")["counts"].clone();
    assert_eq!(
        (&counts["present"], &counts["speakers"], &counts["hands"]),
        (&json!(4), &json!(2), &json!(1))
    );
    watch.refuses("ROOM.ROLE r ada lea speaker", "NOSEAT");
    watch.is_followed();

    assert_eq!(watch.send("ROOM.JOIN r sam SESSION again").events(&["stage"]).staged("sam"), before[0]);
    watch.send("ROOM.JOIN r lea SESSION again").quiet();
    watch.send("ROOM.JOIN r kim SESSION again").quiet();
    let after: Vec<Json> = ["sam", "lea", "kim"].iter().map(|user| watch.whois(user)).collect();
    assert_eq!(before, after);
    assert_eq!(watch.state("kim")["you"]["offer_until_ms"], until);
    watch.send("ROOM.ACCEPT r kim").ok();
    watch.is_followed();
}

#[test]
fn a_member_who_leaves_loses_seat_hand_and_offer() {
    let mut watch = Watch::live("SEATS 2", &["ben", "sam", "lea", "kim"]);
    watch.role("cohost", &["ben"]);
    watch.role("speaker", &["sam"]);
    watch.client.int("ROOM.RAISEHAND r lea");
    watch.client.text("ROOM.OFFER r ada kim");
    let seen = watch.send("ROOM.LEAVE r sam").int(0).events(&["audience", "stage"]);
    let gone = seen.staged("sam");
    assert_eq!((&gone["role"], &gone["present"]), (&json!("listener"), &json!(false)));
    let seen = watch.send("ROOM.LEAVE r lea").int(0).events(&["audience", "hands"]);
    assert_eq!((&seen.event("hands")["count"], &seen.event("hands")["top"]), (&json!(0), &json!([])));
    let offer = watch.send("ROOM.LEAVE r kim").int(0).direct(&[&["kim", "ada"]]);
    assert_eq!((&offer[0]["type"], &offer[0]["state"]), (&json!("offer"), &json!("expired")));
    watch.join("sam");
    watch.join("lea");
    watch.join("kim");
    assert_eq!(watch.whois("sam")["role"], "listener");
    assert_eq!(watch.whois("lea")["hand"], 0);
    watch.refuses("ROOM.ACCEPT r kim", "NOOFFER");
    // A cohost keeps its role.
    assert_eq!(watch.send("ROOM.LEAVE r ben").int(0).staged("ben")["role"], "cohost");
    assert_eq!(watch.send("ROOM.JOIN r ben").staged("ben")["role"], "cohost");
    // A lost member can still leave for good.
    watch.client.int("ROOM.LEAVE r sam LOST");
    watch.send("ROOM.LEAVE r sam").int(0).events(&["audience"]);
    watch.refuses_all(&[
        ("ROOM.LEAVE r lea LOST LOST", "INVALID"),
        ("ROOM.LEAVE r lea SESSION", "INVALID"),
        ("ROOM.LEAVE r -", "INVALID"),
        ("ROOM.LEAVE r", "ERR"),
    ]);
    watch.is_followed();
}

#[test]
fn without_a_grace_a_lost_member_is_gone() {
    let mut watch = Watch::over(Server::with().prompt().patient().room("grace", 0));
    watch.client.json("ROOM.CREATE r -");
    watch.join("lea");
    assert_eq!(watch.client.int("ROOM.LEAVE r lea LOST"), 0);
    watch.waits_for("audience", |event| event["left_users"] == json!(["lea"]));
    assert_eq!(watch.whois("lea")["present"], false);
    watch.is_followed();
}

#[test]
fn an_audience_event_names_at_most_sixteen_users() {
    let mut watch = Watch::live("", &[]);
    for (tag, users, named) in [("a", 16, true), ("b", 17, false)] {
        watch.server.config_set("room.tick", 10_000);
        for nth in 1..=users {
            watch.client.json(&format!("ROOM.JOIN r {tag}{nth}"));
        }
        watch.server.config_set("room.tick", 0);
        watch.client.ok("ROOM.CONFIG r ada title out");
        let wanted = |event: &Json| event["joined"] == users;
        let audience = watch.waits_for("audience", wanted);
        let listed = audience["users"].as_array().map(Vec::len);
        assert_eq!(listed, named.then_some(users), "{audience}");
        assert_eq!(audience["partial"], if named { Json::Null } else { json!(true) });
    }
    watch.is_followed();
}

#[test]
fn unusual_users_gateways_and_sessions_are_kept_unchanged() {
    let mut watch = Watch::live("", &["lea"]);
    let (user, id) = ("👩🏽‍🚀 é\u{200d}ß", "ключ🗝️");
    watch.client.json(&["ROOM.JOIN", "r", user, "GATEWAY", id, "SESSION", id, "PROFILE", r#"{"né":"🌙"}"#]);
    assert_eq!(watch.whois(user)["profile"], json!({"né": "🌙"}));
    assert_eq!(
        watch.client.json(&["ROOM.SESSIONS", "r", id])["sessions"],
        json!([{"user": user, "session": id}])
    );
    watch.is_followed();
}
