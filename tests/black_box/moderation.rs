//! Kicks and blocks: timed, in the shadow, and of absent users.

use crate::support::rooms::{export, now_ms};
use crate::support::{self, json, Json, Server, Watch};

#[test]
fn kick_ends_sessions_and_notifies_the_user_and_the_staff() {
    let mut watch = Watch::live("SEATS 2", &["ben", "sam", "lea"]);
    watch.role("cohost", &["ben", "away"]);
    watch.role("speaker", &["sam"]);
    watch.client.json("ROOM.JOIN r sam SESSION phone");
    let reason = format!("{}🚫", "r".repeat(252));
    let seen = watch.send(&["ROOM.KICK", "r", "ben", "sam", "REASON", &reason]).int(2).notifies("room.kick");
    let seen = seen.events(&["removed", "audience", "stage"]);
    assert_eq!(seen.event("removed")["user"], "sam");
    assert_eq!(
        (&seen.staged("sam")["role"], &seen.event("stage")["by"]),
        (&json!("listener"), &json!("ben"))
    );
    // To the staff who are present.
    let received = seen.direct(&[&["sam"], &["ada", "ben"]]);
    assert_eq!(
        received[0],
        json!({"type": "removed_notice", "user": "sam", "how": "kick", "reason": reason})
    );
    assert_eq!((&received[1]["by"], &received[1]["reason"]), (&json!("ben"), &json!(reason)));

    // A gateway closes the sockets whose JOIN came before the removal, and not this later one.
    let removed = seen.event("removed")["seq"].as_i64();
    let back = watch.send("ROOM.JOIN r sam SESSION again").events(&["audience"]).reply.json();
    assert!(back["seq"].as_i64() > removed);
    assert_eq!(back["you"]["role"], "listener");
    watch.is_followed();
}

#[test]
fn kick_ends_hand_and_offer_and_keeps_the_role_of_a_cohost() {
    let mut watch = Watch::live("", &["ben", "lea", "kim"]);
    watch.role("cohost", &["ben"]);
    watch.client.int("ROOM.RAISEHAND r lea");
    watch.client.text("ROOM.OFFER r ada kim");
    watch.send("ROOM.KICK r - lea").int(1).events(&["removed", "audience", "hands"]);
    let seen = watch.send("ROOM.KICK r ada kim").int(1).events(&["removed", "audience"]);
    let offer =
        seen.frames.iter().find(|frame| frame["event"]["type"] == "offer").expect("the offer is over");
    assert_eq!((&offer["users"], &offer["event"]["state"]), (&json!(["kim", "ada"]), &json!("expired")));
    assert_eq!(watch.send("ROOM.KICK r ada ben").int(1).staged("ben")["role"], "cohost");
    assert_eq!(watch.send("ROOM.JOIN r ben").staged("ben")["role"], "cohost");
    // A member in its grace is present without a session.
    watch.join("lea");
    watch.client.int("ROOM.LEAVE r lea LOST");
    watch.send("ROOM.KICK r ada lea").int(0).events(&["removed", "audience"]);
    watch.send("ROOM.KICK r ada lea").int(0).quiet();
    watch.send("ROOM.KICK r ada never-came").int(0).quiet();
    watch.is_followed();
}

#[test]
fn kick_and_block_refuse_wrong_actors_and_arguments() {
    let mut watch = Watch::live("", &["ben", "ula", "sam", "lea"]);
    watch.role("cohost", &["ben", "ula"]);
    watch.role("speaker", &["sam"]);
    let long = "r".repeat(257);
    for verb in ["ROOM.KICK", "ROOM.BLOCK"] {
        for (actor, user) in
            [("lea", "sam"), ("sam", "lea"), ("ben", "ula"), ("ben", "ada"), ("ada", "ada"), ("ben", "ben")]
        {
            watch.refuses(&[verb, "r", actor, user], "FORBIDDEN");
        }
        watch.refuses(&[verb, "r", "nobody", "lea"], "FORBIDDEN");
        watch.refuses(&[verb, "r", "ada", "lea", "REASON"], "INVALID");
        watch.refuses(&[verb, "r", "ada", "lea", "REASON", &long], "INVALID");
        watch.refuses(&[verb, "r", "ada", "lea", "REASON", "a", "REASON", "b"], "INVALID");
        watch.refuses(&[verb, "r", "ada", "-"], "INVALID");
        watch.refuses(&[verb, "r", "ada", "*"], "INVALID");
        watch.refuses(&[verb, "r", "ada"], "ERR");
    }
    watch.refuses_all(&[
        ("ROOM.BLOCK r ada lea FOR 0", "INVALID"),
        ("ROOM.BLOCK r ada lea FOR 31536001", "INVALID"),
        ("ROOM.BLOCK r ada lea FOR -1", "INVALID"),
        ("ROOM.BLOCK r ada lea SHADOW CLEAR", "INVALID"),
        ("ROOM.BLOCK r ada lea SHADOW SHADOW", "INVALID"),
        ("ROOM.UNBLOCK r lea sam", "FORBIDDEN"),
        ("ROOM.UNBLOCK r ada *", "INVALID"),
        ("ROOM.UNBLOCK r ada", "ERR"),
        ("ROOM.BLOCKED r lea", "FORBIDDEN"),
        ("ROOM.BLOCKED r nobody", "FORBIDDEN"),
        ("ROOM.BLOCKED r ada COUNT 0", "INVALID"),
        ("ROOM.BLOCKED r ada COUNT 1001", "INVALID"),
        ("ROOM.BLOCKED r ada CURSOR x", "INVALID"),
    ]);
    watch.is_followed();
}

#[test]
fn a_blocked_user_is_refused_everywhere() {
    let mut watch = Watch::live("", &["ben", "sam", "lea"]);
    watch.role("cohost", &["ben"]);
    watch.role("speaker", &["sam"]);
    watch.client.int("ROOM.RAISEHAND r lea");
    let seen = watch.send("ROOM.BLOCK r ada lea REASON spam").ok().notifies("room.block");
    let seen = seen.events(&["removed", "audience", "hands"]);
    let received = seen.direct(&[&["lea"], &["ada", "ben"]]);
    assert_eq!(
        received[0],
        json!({"type": "removed_notice", "user": "lea", "how": "block", "reason": "spam"})
    );
    assert_eq!(received[1]["by"], "ada");
    watch.send("ROOM.BLOCK r ben sam").ok().events(&["removed", "audience", "stage"]);
    // The cohost role is lost.
    let seen = watch.send("ROOM.BLOCK r ada ben").ok();
    assert!(seen.events(&["removed", "audience", "stage", "stage"]).reply.error().is_none());
    assert_eq!(watch.whois("ben")["role"], "listener");
    for user in ["lea", "sam", "ben"] {
        for command in ["ROOM.JOIN r", "ROOM.STATE r", "ROOM.MEMBERS r", "ROOM.COMMENTS r", "ROOM.SUMMARY r"]
        {
            watch.refuses(&format!("{command} {user}"), "BLOCKED");
        }
        for command in
            ["ROOM.COMMENT r {} hi", "ROOM.REACT r {} 👏", "ROOM.RAISEHAND r {}", "ROOM.ACCEPT r {}"]
        {
            watch.refuses(&command.replace("{}", user), "NOTMEMBER");
        }
        watch.refuses(&format!("ROOM.NEXT r {user}"), "FORBIDDEN");
    }
    watch.is_followed();
    watch.send("ROOM.UNBLOCK r ada lea").int(1).events(&[]).notifies("room.unblock");
    watch.send("ROOM.UNBLOCK r ada lea").int(0).quiet();
    watch.send("ROOM.UNBLOCK r ada never-came").int(0).quiet();
    watch.send("ROOM.JOIN r lea").events(&["audience"]);
    watch.is_followed();
}

#[test]
fn users_who_are_absent_or_never_came_can_be_blocked() {
    for mut watch in [Watch::live("", &["away"]), Watch::scheduled("")] {
        watch.client.cmd("ROOM.LEAVE r away");
        for user in ["away", "never-came"] {
            watch.send(&["ROOM.BLOCK", "r", "ada", user]).ok().events(&[]).notifies("room.block");
            watch.refuses(&["ROOM.STATE", "r", user], "BLOCKED");
        }
        let page = watch.client.json("ROOM.BLOCKED r ada");
        assert_eq!(page["blocked"].as_array().unwrap().len(), 2);
        watch.is_followed();
    }
    // Before the start there is only a hand to lower.
    let mut watch = Watch::scheduled("");
    watch.client.int("ROOM.RAISEHAND r lea");
    watch.send("ROOM.BLOCK r ada lea").ok().events(&["hands"]);
    watch.is_followed();
}

#[test]
fn clear_deletes_the_comments_of_the_blocked_user() {
    let mut watch = Watch::live("", &["lea", "sam"]);
    for (user, id) in [("lea", 1), ("sam", 2), ("lea", 3)] {
        assert_eq!(watch.client.int(&["ROOM.COMMENT", "r", user, "said"]), id);
    }
    watch.client.ok("ROOM.PIN r ada 3");
    let seen = watch.send("ROOM.BLOCK r ada lea CLEAR").ok().notifies("room.block");
    let seen = seen.events(&["removed", "audience", "comments_cleared"]);
    let cleared = seen.event("comments_cleared");
    assert_eq!((&cleared["user"], &cleared["by"]), (&json!("lea"), &json!("ada")));
    let comments = watch.client.json("ROOM.COMMENTS r sam")["comments"].clone();
    let shown: Vec<(&Json, &Json)> =
        comments.as_array().unwrap().iter().map(|comment| (&comment["text"], &comment["deleted"])).collect();
    let (gone, there) = ((&json!(""), &json!(true)), (&json!("said"), &json!(false)));
    assert_eq!(shown, [gone, there, gone]);
    assert_eq!(watch.state("-")["pins"], json!([]));
    // CLEAR also deletes comments of an absent user. Without CLEAR they stay.
    watch.client.int("ROOM.LEAVE r sam");
    watch.send("ROOM.BLOCK r ada sam").ok().events(&[]);
    assert_eq!(watch.client.json("ROOM.COMMENTS r ada")["comments"][1]["deleted"], false);
    watch.send("ROOM.BLOCK r ada sam CLEAR").ok().events(&["comments_cleared"]);
    watch.is_followed();
}

#[test]
fn a_timed_block_ends_by_itself() {
    let mut watch = Watch::live("", &["lea", "sam"]);
    let now = now_ms(&mut watch.client);
    watch.client.ok("ROOM.BLOCK r ada lea FOR 1");
    watch.client.ok("ROOM.BLOCK r ada kim FOR 31536000");
    watch.client.ok("ROOM.BLOCK r ada sam FOR 1 SHADOW");
    // A second block replaces the time of the first.
    watch.client.ok("ROOM.BLOCK r ada tim FOR 1");
    watch.client.ok("ROOM.BLOCK r ada tim");
    support::wait_for("the block ends", || {
        watch.client.cmd("ROOM.JOIN r lea").error().is_none().then_some(())
    });
    assert!(now_ms(&mut watch.client) >= now + 1000);
    let blocked = watch.client.json("ROOM.BLOCKED r ada")["blocked"].clone();
    let left: Vec<&Json> = blocked.as_array().unwrap().iter().map(|row| &row["user"]).collect();
    assert!(left.contains(&&json!("kim")) && left.contains(&&json!("tim")) && !left.contains(&&json!("lea")));
    support::wait_for("the shadow block ends", || {
        watch.client.int("ROOM.COMMENT r sam hello");
        (watch.state("-")["counts"]["comments"].as_i64() > Some(0)).then_some(())
    });
    watch.is_followed();
}

#[test]
fn blocked_lists_blocks_in_pages() {
    let mut watch = Watch::live("", &["ben"]);
    watch.role("cohost", &["ben"]);
    assert_eq!(watch.client.json("ROOM.BLOCKED r ben"), json!({"cursor": "0", "blocked": []}));
    for nth in 0..7 {
        watch.client.ok(&format!("ROOM.BLOCK r ada u{nth} REASON r{nth}"));
    }
    watch.client.ok("ROOM.BLOCK r ben late FOR 600 SHADOW");
    for count in [1, 3, 8, 1000] {
        let (mut rows, mut cursor) = (Vec::new(), "0".to_owned());
        loop {
            let page = watch.client.json(&format!("ROOM.BLOCKED r - CURSOR {cursor} COUNT {count}"));
            rows.extend(page["blocked"].as_array().unwrap().iter().cloned());
            cursor = page["cursor"].as_str().unwrap().to_owned();
            if cursor == "0" {
                break;
            }
        }
        assert_eq!(rows.len(), 8);
        rows.sort_by_key(|row| row["user"].to_string());
        let row = json!({"user": "u0", "until_ms": 0, "shadow": false, "by": "ada", "reason": "r0"});
        assert_eq!(rows[1], row);
        assert_eq!(
            (&rows[0]["by"], &rows[0]["shadow"], &rows[0]["reason"]),
            (&json!("ben"), &json!(true), &json!(""))
        );
        assert!(rows[0]["until_ms"].as_u64().unwrap() > now_ms(&mut watch.client));
    }
    watch.is_followed();
}

#[test]
fn a_shadow_block_publishes_nothing_and_hides_the_users_comments() {
    let mut watch = Watch::live("", &["ben", "sam", "lea"]);
    watch.role("cohost", &["ben"]);
    watch.role("speaker", &["sam"]);
    watch.client.int("ROOM.REACT r lea 👏 COUNT 2");
    watch.send("ROOM.BLOCK r ben sam SHADOW").ok().quiet();
    watch.send("ROOM.BLOCK r ben lea SHADOW REASON troll").ok().events(&[]).direct(&[]);
    // The user keeps its role and gets the usual replies.
    assert_eq!(
        (&watch.whois("sam")["role"], &watch.whois("lea")["present"]),
        (&json!("speaker"), &json!(true))
    );
    watch.send("ROOM.JOIN r lea SESSION second").quiet();
    watch.send("ROOM.RAISEHAND r lea").int(1).events(&["hands"]);
    watch.send("ROOM.COMMENT r lea hidden").int(1).events(&[]);
    watch.send("ROOM.COMMENT r lea again TOKEN t").int(2).events(&[]);
    watch.send("ROOM.COMMENT r lea again TOKEN t").int(2).quiet();
    watch.send("ROOM.REACT r lea 👏 COUNT 5").int(7).events(&[]);

    let own = watch.client.json("ROOM.COMMENTS r lea")["comments"].clone();
    assert_eq!(own.as_array().unwrap().len(), 2);
    assert_eq!(watch.client.json("ROOM.COMMENTS r ada")["comments"], json!([]));
    let (mine, all) = (watch.state("lea"), watch.state("sam"));
    assert_eq!((&mine["counts"]["comments"], &all["counts"]["comments"]), (&json!(2), &json!(0)));
    assert_eq!((&mine["reactions"], &all["reactions"]), (&json!({"👏": 7}), &json!({"👏": 2})));
    watch.refuses_all(&[
        ("ROOM.PIN r ada 1", "NOCOMMENT"),
        ("ROOM.DELCOMMENT r ada 1", "NOCOMMENT"),
        ("ROOM.COMMENT r ada re REPLY 1", "NOCOMMENT"),
    ]);
    watch.send("ROOM.COMMENT r lea re REPLY 1").int(3).events(&[]);
    watch.send("ROOM.DELCOMMENT r lea 1").int(1).events(&[]);
    watch.is_followed();

    watch.send("ROOM.UNBLOCK r ada lea").int(1);
    watch.send("ROOM.COMMENT r lea seen").int(4).events(&["comment"]);
    assert_eq!(watch.client.json("ROOM.COMMENTS r ada")["comments"].as_array().unwrap().len(), 1);
    watch.is_followed();
    // A block replaces a shadow block.
    watch.client.ok("ROOM.BLOCK r ada lea SHADOW");
    watch.send("ROOM.BLOCK r ada lea").ok().events(&["removed", "audience", "hands"]);
    watch.is_followed();
}

#[test]
fn moderation_is_in_the_export_and_the_summary() {
    let mut watch = Watch::live("", &["sam", "lea"]);
    watch.role("speaker", &["sam"]);
    for command in [
        "ROOM.UNMUTE r sam",
        "ROOM.MUTE r ada sam",
        "ROOM.KICK r ada lea REASON noise",
        "ROOM.BLOCK r - lea FOR 60 REASON spam",
        "ROOM.UNBLOCK r ada lea",
        "ROOM.BLOCK r ada sam SHADOW",
    ] {
        assert_eq!(watch.client.cmd(command).error(), None, "{command}");
    }
    let summary = watch.client.json("ROOM.END r ada");
    assert_eq!(
        [&summary["kicks"], &summary["blocks"], &summary["mutes"]],
        [1, 2, 1].map(Json::from).each_ref()
    );
    let lines = export(&mut watch.client, "r");
    let done = lines.iter().filter(|line| line["kind"] == "moderation");
    let done: Vec<String> = done
        .map(|line| ["actor", "action", "target", "reason"].map(|f| line[f].as_str().unwrap()).join(" "))
        .collect();
    assert_eq!(
        done,
        [
            "ada mute sam ",
            "ada kick lea noise",
            "- block lea spam",
            "ada unblock lea ",
            "ada shadow_block sam "
        ]
    );
    watch.is_followed();
}

#[test]
fn ten_thousand_actions_are_kept_and_the_rest_is_counted() {
    let mut watch = Watch::over(Server::with().room("tick", 50).unlimited().patient());
    watch.client.json("ROOM.CREATE r ada");
    let action = |nth: usize| format!("ROOM.BLOCK r ada user SHADOW REASON {nth}");
    let actions: Vec<String> = (0..10_003).map(action).collect();
    assert!(watch.client.pipeline(&actions).iter().all(|reply| reply.error().is_none()));
    let summary = watch.client.json("ROOM.END r ada");
    assert_eq!(summary["blocks"], 10_003);
    let lines = export(&mut watch.client, "r");
    assert_eq!(lines[0]["moderation_dropped"], 3);
    let kept: Vec<&Json> = lines.iter().filter(|line| line["kind"] == "moderation").collect();
    assert_eq!((kept.len(), &kept[0]["reason"]), (10_000, &json!("3")));
    watch.is_followed();
}
