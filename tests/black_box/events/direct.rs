//! Direct frames and keyspace notifications.

use super::{prompt, published, room, types};
use crate::support::rooms::{lived_in, now_ms};
use crate::support::subscriber::is_direct;
use crate::support::{json, wait_for, Client, Json, Subscriber};
use std::collections::BTreeSet;

/// The direct frames since the last look: their users, and the event.
#[track_caller]
fn direct(frames: &Subscriber, client: &mut Client) -> Vec<(BTreeSet<String>, Json)> {
    let received = published(frames, client).into_iter().filter(is_direct);
    received
        .map(|frame| {
            assert_eq!(frame["room"], "r");
            assert!(
                frame["epoch"].is_string() && frame["ms"].is_u64() && frame.get("from").is_none(),
                "{frame}"
            );
            assert!(frame["event"].get("seq").is_none(), "{frame}");
            let to = frame["users"].as_array().unwrap().iter().map(|user| user.as_str().unwrap().to_owned());
            (to.collect(), frame["event"].clone())
        })
        .collect()
}

#[test]
fn direct_frames_reach_the_users_they_concern() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let frames = Subscriber::room(&server, "r");
    let to = |users: &[&str]| users.iter().map(|user| (*user).to_owned()).collect::<BTreeSet<_>>();
    for (answer, state) in [("DECLINE", "declined"), ("ACCEPT", "accepted")] {
        client.text("ROOM.OFFER r ben cy");
        let until = client.json("ROOM.WHOIS r cy cy")["offer_until_ms"].clone();
        client.ok(&format!("ROOM.{answer} r cy"));
        let received = direct(&frames, &mut client);
        assert_eq!(received.len(), 2, "{received:?}");
        for ((users, event), state) in received.iter().zip(["made", state]) {
            assert_eq!(users, &to(&["ben", "cy"]));
            assert_eq!((&event["type"], &event["state"]), (&json!("offer"), &json!(state)));
            assert_eq!(event["by"], "ben");
        }
        assert_eq!(received[0].1["until_ms"], until);
    }
    client.text("ROOM.OFFER r - dan FOR 1");
    let expired = frames.wait_direct("offer", |frame| frame["event"]["state"] == "expired");
    assert_eq!(expired["users"], json!(["dan"]), "the service has no socket");
    frames.take();

    client.ok("ROOM.ASKUNMUTE r ada cy");
    let received = direct(&frames, &mut client);
    assert_eq!(received[0].0, to(&["cy"]));
    assert_eq!((&received[0].1["type"], &received[0].1["by"]), (&json!("unmute_request"), &json!("ada")));

    client.ok("ROOM.CONFIG r ada private on");
    for (line, user, how) in [
        ("ROOM.KICK r ada cy REASON noise", "cy", "kick"),
        ("ROOM.BLOCK r ben dan REASON noise", "dan", "block"),
        ("ROOM.UNINVITE r ada eve", "eve", "uninvite"),
    ] {
        client.cmd(line);
        let received = direct(&frames, &mut client);
        assert_eq!(received.len(), 2, "{line}: {received:?}");
        let reason = if how == "uninvite" { "" } else { "noise" };
        for (users, event) in &received {
            assert_eq!((&event["type"], &event["how"]), (&json!("removed_notice"), &json!(how)), "{line}");
            assert_eq!(event["reason"], reason, "{line}");
            let staff = event.get("by").is_some();
            assert_eq!(event.get("removed"), staff.then(|| json!([user])).as_ref(), "{line}");
            assert_eq!(users, &if staff { to(&["ada", "ben"]) } else { to(&[user]) }, "{line}");
        }
        assert_ne!(received[0].1.get("by").is_some(), received[1].1.get("by").is_some(), "{line}");
    }
    let (epoch, seq) = {
        let state = client.json("ROOM.STATE r -");
        (state["epoch"].as_str().unwrap().to_owned(), state["seq"].as_i64().unwrap())
    };
    let held = client.json(&["ROOM.EVENTS", "r", "-", &epoch, "0"]);
    assert_eq!(held["to"], seq);
    for kind in ["offer", "unmute_request", "removed_notice"] {
        assert!(!types(held["events"].as_array().unwrap()).contains(&kind), "{kind} is not in EVENTS");
    }
}

#[test]
fn every_changing_command_notifies_once_and_frequent_ones_as_tick() {
    let server = prompt().start();
    let mut client = server.client();
    let at = (now_ms(&mut client) + 3_600_000).to_string();
    let notifications = Subscriber::keyevents(&server);
    let changes = format!(
        "CREATE r ada AT {at} = create; RSVP r cy YES = rsvp; CONFIG r ada title t = config; START r ada = start; \
         JOIN r ada = tick; JOIN r cy GATEWAY g = tick; JOIN r dan = tick; JOIN r eve = tick; \
         INVITE r ada x = invite; UNINVITE r ada x = uninvite; RAISEHAND r cy = tick; LOWERHAND r cy = tick; \
         RAISEHAND r cy = tick; NEXT r ada = next; OFFER r ada dan = offer; DECLINE r dan = decline; \
         OFFER r ada dan = offer; ACCEPT r dan = accept; UNMUTE r dan = unmute; MUTE r dan = mute; \
         ASKUNMUTE r ada dan = askunmute; STEPDOWN r dan = stepdown; ROLE r ada dan cohost = role; \
         COMMENT r cy hi = comment; PIN r ada 1 = pin; UNPIN r ada 1 = unpin; DELCOMMENT r ada 1 = delcomment; \
         REACT r cy 👏 = tick; POLLOPEN r ada q 2 a b = pollopen; POLLVOTE r cy 1 0 = tick; \
         POLLCLOSE r ada 1 = pollclose; KICK r ada eve = kick; BLOCK r ada evil = block; \
         UNBLOCK r ada evil = unblock; LEAVE r dan = tick; DROP r g = tick; END r ada = end; PURGE r = purge; \
         CREATE r ada AT {at} = create; CANCEL r ada = cancel"
    );
    for change in changes.split("; ") {
        let (line, note) = change.split_once(" = ").unwrap();
        let reply = client.cmd(&format!("ROOM.{line}"));
        assert_eq!(reply.error(), None, "{line}");
        let mut received = notifications.drain(&mut client);
        // A change of the stage also changes hands or the audience, which notifies as `tick`.
        if note != "tick" {
            received.retain(|received| {
                received != "room.tick r"
                    || !["NEXT", "OFFER", "ACCEPT", "STEPDOWN", "ROLE", "KICK"]
                        .contains(&line.split(' ').next().unwrap())
            });
        }
        assert_eq!(received, [format!("room.{note} r")], "{line}");
    }
    // Reads, refusals and commands without a change do not notify.
    lived_in(&mut client, "q");
    notifications.drain(&mut client);
    for line in
        ["STATE q ada", "EVENTS q ada x 0", "COMMENT q no hi", "PIN q ada 1", "BEAT q g1", "START q ada"]
    {
        client.cmd(&format!("ROOM.{line}"));
    }
    assert_eq!(notifications.drain(&mut client), Vec::<String>::new());
    client.int("ROOM.POLLOPEN q ada q 2 a b FOR 1");
    wait_for("a timer notifies too", || {
        notifications.drain(&mut client).contains(&"room.pollclose q".to_owned()).then_some(())
    });
}
