//! Hands, offers and seats.

use crate::support::rooms::now_ms;
use crate::support::{self, json, Json, Server, Watch};

#[test]
fn hands_queue_and_keep_their_place() {
    let mut watch = Watch::live("", &["lea", "sam", "kim"]);
    let seen = watch.send("ROOM.RAISEHAND r lea").int(1).events(&["hands"]).notifies("room.tick");
    assert_eq!((&seen.event("hands")["count"], &seen.event("hands")["top"]), (&json!(1), &json!(["lea"])));
    watch.send("ROOM.RAISEHAND r sam").int(2);
    assert_eq!(watch.send("ROOM.RAISEHAND r kim").int(3).event("hands")["top"], json!(["lea", "sam", "kim"]));
    watch.send("ROOM.RAISEHAND r sam").int(2).quiet();
    assert_eq!(watch.state("sam")["you"]["hand"], 2);

    let seen = watch.send("ROOM.LOWERHAND r lea").int(1).events(&["hands"]).notifies("room.tick");
    assert_eq!(seen.event("hands")["top"], json!(["sam", "kim"]));
    watch.send("ROOM.LOWERHAND r lea").int(0).quiet();
    watch.send("ROOM.LOWERHAND r never-came").int(0).quiet();
    watch.send("ROOM.RAISEHAND r lea").int(3);
    watch.send("ROOM.LOWERHAND r ada sam").int(1).events(&["hands"]);
    watch.send("ROOM.LOWERHAND r ada sam").int(0).quiet();
    watch.send("ROOM.LOWERHAND r - *").int(2).events(&["hands"]);
    watch.send("ROOM.LOWERHAND r ada *").int(0).quiet();
    watch.is_followed();
}

#[test]
fn raisehand_refuses_the_stage_and_absent_users() {
    let mut watch = Watch::live("", &["sam", "lea", "kim", "gone"]);
    watch.role("speaker", &["sam"]);
    watch.client.int("ROOM.LEAVE r gone");
    watch.refuses_all(&[
        ("ROOM.RAISEHAND r ada", "ONSTAGE"),
        ("ROOM.RAISEHAND r sam", "ONSTAGE"),
        ("ROOM.RAISEHAND r gone", "NOTMEMBER"),
        ("ROOM.RAISEHAND r never-came", "NOTMEMBER"),
        ("ROOM.RAISEHAND r -", "INVALID"),
        ("ROOM.RAISEHAND r *", "INVALID"),
        ("ROOM.RAISEHAND r lea now", "ERR"),
        ("ROOM.LOWERHAND r lea kim", "FORBIDDEN"),
        ("ROOM.LOWERHAND r lea *", "FORBIDDEN"),
        ("ROOM.LOWERHAND r -", "INVALID"),
    ]);
    watch.client.int("ROOM.RAISEHAND r kim");
    watch.client.ok("ROOM.CONFIG r ada hands off");
    watch.refuses("ROOM.RAISEHAND r lea", "OFF");
    watch.send("ROOM.RAISEHAND r kim").int(1).quiet();
    watch.send("ROOM.NEXT r ada").text("kim");
    watch.is_followed();
}

#[test]
fn an_event_and_state_show_the_first_twenty_hands() {
    let mut watch = Watch::live("", &[]);
    for nth in 1..=23 {
        watch.join(&format!("u{nth}"));
        let seen = watch.send(&format!("ROOM.RAISEHAND r u{nth}")).int(nth);
        let (count, top) = (seen.event("hands")["count"].clone(), seen.event("hands")["top"].clone());
        let received = top.as_array().map(Vec::len);
        assert_eq!((count, received), (json!(nth), (nth <= 20).then_some(nth as usize)));
    }
    assert_eq!(watch.state("-")["hands"].as_array().unwrap().len(), 20);
    let top = watch.send("ROOM.LOWERHAND r u1").event("hands")["top"].clone();
    assert_eq!((&top[0], &top[19]), (&json!("u2"), &json!("u21")));
    let page = watch.client.json("ROOM.HANDS r u5 COUNT 15");
    let rest = watch.client.json(&format!("ROOM.HANDS r - CURSOR {}", page["cursor"].as_str().unwrap()));
    let order =
        |page: &Json| page["hands"].as_array().unwrap().iter().map(|h| h["user"].clone()).collect::<Vec<_>>();
    let expected: Vec<Json> = (2..=23).map(|nth| format!("u{nth}").into()).collect();
    assert_eq!([order(&page), order(&rest)].concat(), expected);
    assert_eq!(rest["cursor"], "0");
    watch.is_followed();
}

#[test]
fn next_seats_the_first_present_hand_muted() {
    let mut watch = Watch::live("SEATS 2", &["lea", "sam", "kim", "tim"]);
    watch.send("ROOM.NEXT r ada").reply.null();
    for user in ["lea", "sam", "kim", "tim"] {
        watch.client.int(&["ROOM.RAISEHAND", "r", user]);
    }
    watch.client.int("ROOM.LEAVE r lea");
    // Sam is in its grace and therefore present.
    watch.client.int("ROOM.LEAVE r sam LOST");
    let seen = watch
        .send("ROOM.NEXT r ada")
        .text("sam")
        .events(&["stage", "hands", "audience"])
        .notifies("room.next");
    let seated = seen.staged("sam");
    let shown = ["role", "muted", "hand"].map(|name| seated[name].clone());
    assert_eq!(shown, [json!("speaker"), json!(true), json!(0)]);
    assert_eq!(seen.event("stage")["by"], "ada");
    assert_eq!(seen.event("hands")["top"], json!(["kim", "tim"]));
    watch.send("ROOM.NEXT r -").text("kim");
    watch.refuses("ROOM.NEXT r ada", "NOSEAT");
    watch.refuses_all(&[
        ("ROOM.NEXT r tim", "FORBIDDEN"),
        ("ROOM.NEXT r ada TOKEN", "INVALID"),
        ("ROOM.NEXT r ada TOKEN a TOKEN b", "INVALID"),
        (&format!("ROOM.NEXT r ada TOKEN {}", "t".repeat(129)), "INVALID"),
        ("ROOM.NEXT r ada now", "INVALID"),
    ]);
    watch.client.ok("ROOM.STEPDOWN r kim");
    watch.send("ROOM.NEXT r ada").text("tim");
    watch.is_followed();
}

#[test]
fn a_retried_next_gets_the_same_reply() {
    let mut watch = Watch::live("", &["ben", "lea", "sam", "kim"]);
    watch.role("cohost", &["ben"]);
    for user in ["lea", "sam", "kim"] {
        watch.client.int(&["ROOM.RAISEHAND", "r", user]);
    }
    let token = "t".repeat(128);
    watch.send(&["ROOM.NEXT", "r", "ada", "TOKEN", &token]).text("lea");
    watch.client.ok("ROOM.STEPDOWN r lea");
    watch.client.ok("ROOM.CONFIG r ada seats 0");
    watch.send(&["ROOM.NEXT", "r", "ada", "TOKEN", &token]).text("lea").quiet();
    watch.client.ok("ROOM.CONFIG r ada seats 9");
    watch.send(&["ROOM.NEXT", "r", "ben", "TOKEN", &token]).text("sam");
    watch.send("ROOM.NEXT r ada TOKEN other").text("kim");
    // A null reply is kept too.
    watch.send("ROOM.NEXT r ada TOKEN nobody").quiet().reply.null();
    watch.send("ROOM.RAISEHAND r lea").int(1);
    watch.send("ROOM.NEXT r ada TOKEN nobody").quiet().reply.null();
    watch.send("ROOM.NEXT r ada TOKEN later").text("lea");
    watch.is_followed();
}

#[test]
fn an_offer_reaches_both_users_and_holds_a_seat() {
    let mut watch = Watch::live("SEATS 2", &["lea", "sam", "kim"]);
    let now = now_ms(&mut watch.client);
    let seen = watch.send("ROOM.OFFER r ada lea FOR 3600").text("offered").events(&[]).notifies("room.offer");
    let offer = seen.direct(&[&["lea", "ada"]]).remove(0);
    let until = offer["until_ms"].as_u64().unwrap();
    assert!((now + 3_600_000..now + 3_660_000).contains(&until));
    assert_eq!(
        offer,
        json!({"type": "offer", "user": "lea", "state": "made", "until_ms": until, "by": "ada"})
    );
    assert_eq!(watch.state("lea")["you"]["offer_until_ms"], until);
    assert_eq!(watch.state("sam")["you"]["offer_until_ms"], 0);

    // An offer of the service reaches only the user. Without FOR it stands for a minute.
    let now = now_ms(&mut watch.client);
    let offer = watch.send("ROOM.OFFER r - sam").text("offered").direct(&[&["sam"]]).remove(0);
    assert!((now + 60_000..now + 120_000).contains(&offer["until_ms"].as_u64().unwrap()));
    watch.refuses("ROOM.OFFER r ada kim", "NOSEAT");
    watch.client.int("ROOM.RAISEHAND r kim");
    watch.refuses("ROOM.NEXT r ada", "NOSEAT");
    watch.refuses("ROOM.ROLE r ada kim speaker", "NOSEAT");
    // The seat is held against others and not against its user.
    watch.send("ROOM.OFFER r ada lea").text("offered");

    let seen = watch.send("ROOM.ACCEPT r lea").ok().events(&["stage", "audience"]).notifies("room.accept");
    assert_eq!(
        (&seen.staged("lea")["role"], &seen.staged("lea")["muted"]),
        (&json!("speaker"), &json!(true))
    );
    let received = seen.direct(&[&["lea", "ada"]]);
    assert_eq!((&received[0]["state"], &received[0]["by"]), (&json!("accepted"), &json!("ada")));
    assert_eq!(watch.state("lea")["you"]["offer_until_ms"], 0);

    let received =
        watch.send("ROOM.DECLINE r sam").ok().events(&[]).notifies("room.decline").direct(&[&["sam"]]);
    assert_eq!((&received[0]["state"], &received[0]["by"]), (&json!("declined"), &json!("-")));
    watch.send("ROOM.NEXT r ada").text("kim");
    watch.refuses_all(&[
        ("ROOM.ACCEPT r sam", "NOOFFER"),
        ("ROOM.DECLINE r sam", "NOOFFER"),
        ("ROOM.ACCEPT r lea", "NOOFFER"),
        ("ROOM.ACCEPT r never-came", "NOTMEMBER"),
        ("ROOM.DECLINE r never-came", "NOTMEMBER"),
        ("ROOM.ACCEPT r -", "INVALID"),
        ("ROOM.DECLINE r *", "INVALID"),
    ]);
    watch.is_followed();
}

#[test]
fn an_offer_to_a_raised_hand_seats_its_user() {
    let mut watch = Watch::live("", &["lea"]);
    watch.client.text("ROOM.OFFER r ada lea");
    watch.client.int("ROOM.RAISEHAND r lea");
    let seen = watch.send("ROOM.OFFER r ada lea").text("promoted").notifies("room.offer");
    let seen = seen.events(&["stage", "hands", "audience"]);
    assert_eq!(seen.staged("lea")["role"], "speaker");
    assert_eq!(seen.direct(&[&["lea", "ada"]])[0]["state"], "accepted");
    watch.is_followed();
}

#[test]
fn offer_refuses_wrong_actors_and_users() {
    let mut watch = Watch::live("", &["ben", "sam", "lea", "gone"]);
    watch.role("cohost", &["ben"]);
    watch.role("speaker", &["sam"]);
    watch.client.int("ROOM.LEAVE r gone");
    watch.refuses_all(&[
        ("ROOM.OFFER r lea sam", "FORBIDDEN"),
        ("ROOM.OFFER r ben ada", "FORBIDDEN"),
        ("ROOM.OFFER r ada ada", "FORBIDDEN"),
        ("ROOM.OFFER r ada ben", "ONSTAGE"),
        ("ROOM.OFFER r ada sam", "ONSTAGE"),
        ("ROOM.OFFER r ada gone", "NOTMEMBER"),
        ("ROOM.OFFER r ada lea FOR 0", "INVALID"),
        ("ROOM.OFFER r ada lea FOR 3601", "INVALID"),
        ("ROOM.OFFER r ada lea FOR 1.5", "INVALID"),
        ("ROOM.OFFER r ada lea FOR 1 FOR 1", "INVALID"),
        ("ROOM.OFFER r ada *", "INVALID"),
        ("ROOM.OFFER r ada", "ERR"),
    ]);
    watch.is_followed();
}

#[test]
fn an_offer_that_is_not_accepted_expires() {
    let mut watch = Watch::live("SEATS 1", &["lea", "kim"]);
    assert_eq!(watch.client.text("ROOM.OFFER r ada lea FOR 1"), "offered");
    let received = |follower: &support::Follower, state: &str| {
        let of_state = follower.direct.iter().find(|frame| frame["event"]["state"] == state)?;
        assert_eq!(of_state["users"], json!(["lea", "ada"]));
        Some(of_state["event"]["until_ms"].clone())
    };
    watch.follower.wait_until("the offer expires", |follower| received(follower, "expired").is_some());
    assert_eq!(received(&watch.follower, "made"), received(&watch.follower, "expired"));
    watch.refuses("ROOM.ACCEPT r lea", "NOOFFER");
    assert_eq!(watch.state("lea")["you"]["offer_until_ms"], 0);
    watch.send("ROOM.OFFER r ada kim").text("offered");
    watch.is_followed();
}

#[test]
fn with_more_offers_than_seats_the_first_to_accept_is_seated() {
    let mut watch = Watch::live("SEATS 2", &["lea", "sam"]);
    watch.client.text("ROOM.OFFER r ada lea");
    watch.client.text("ROOM.OFFER r ada sam");
    watch.client.ok("ROOM.CONFIG r ada seats 1");
    watch.send("ROOM.ACCEPT r sam").ok();
    watch.refuses("ROOM.ACCEPT r lea", "NOSEAT");
    watch.client.ok("ROOM.STEPDOWN r sam");
    watch.send("ROOM.ACCEPT r lea").ok();
    watch.is_followed();
}

#[test]
fn the_action_rate_limits_members_and_not_staff() {
    let mut watch = Watch::over(Server::with().room("tick", 0).patient().room("action-rate", 1));
    watch.client.json("ROOM.CREATE r ada");
    for user in ["ada", "sam", "lea"] {
        watch.join(user);
    }
    watch.client.ok("ROOM.ROLE r ada sam speaker");
    watch.client.text("ROOM.OFFER r ada lea FOR 3600");
    // More commands than the rate allows in several seconds.
    let cases: [(&str, &[&str]); 3] = [
        ("lea", &["ROOM.RAISEHAND r lea", "ROOM.LOWERHAND r lea"]),
        ("sam", &["ROOM.UNMUTE r sam", "ROOM.MUTE r sam"]),
        ("ada", &["ROOM.UNMUTE r ada", "ROOM.MUTE r ada", "ROOM.MUTE r ada *"]),
    ];
    for (user, commands) in cases {
        let many: Vec<String> = commands.iter().cycle().take(500).map(|line| (*line).to_owned()).collect();
        let replies = watch.client.pipeline(&many);
        let refused: Vec<String> = replies.iter().filter_map(support::Reply::error).collect();
        assert_eq!(refused.is_empty(), user == "ada", "{user}: {refused:?}");
        for error in refused {
            let wait = error
                .strip_prefix("RATELIMITED ")
                .and_then(|text| text.rsplit(' ').next()?.parse::<u64>().ok());
            assert!(wait.is_some_and(|ms| (1..=1000).contains(&ms)), "{error}");
        }
    }
    watch.client.ok("ROOM.ROLE r ada lea cohost");
    watch.client.int("ROOM.LOWERHAND r lea *");
    watch.is_followed();
}
