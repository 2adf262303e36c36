//! Frames, direct frames, notifications, EVENTS: when they go out, in which order, to whom.

use crate::support::rooms::{lived_in, now_ms};
use crate::support::subscriber::{events, is_direct, Kind, Message};
use crate::support::{json, wait_for, Builder, Client, Follower, Json, Server, Subscriber};
use std::collections::BTreeSet;

/// So long a tick that within a test nothing goes out by it.
fn still() -> Builder {
    Server::with().unlimited().patient().room("tick", 10_000).notify("KEd")
}

fn prompt() -> Builder {
    still().room("tick", 0)
}

/// A live room `r`: host ada, cohost ben, listeners cy, dan and eve, all present.
#[track_caller]
fn room(client: &mut Client) {
    client.json("ROOM.CREATE r ada");
    client.ok("ROOM.ROLE r ada ben cohost");
    for user in ["ada", "ben", "cy", "dan", "eve"] {
        client.json(&["ROOM.JOIN", "r", user, "GATEWAY", "g", "SESSION", &format!("s-{user}")]);
    }
}

/// Frames published since the last look, direct ones too.
#[track_caller]
fn heard(frames: &Subscriber, client: &mut Client) -> Vec<Json> {
    frames.settled(client, Kind::Channel);
    frames.take().iter().map(Message::json).collect()
}

fn types(events: &[Json]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// What waits is sent, with a change that is urgent: the host opens or closes its microphone.
#[track_caller]
fn flush(client: &mut Client) {
    if client.int("ROOM.UNMUTE r ada") == 0 {
        assert_eq!(client.int("ROOM.MUTE r ada"), 1);
    }
}

/// Frames number events without a hole, each frame from where the last ended.
#[track_caller]
fn contiguous(frames: &[Json]) {
    let mut last = None;
    for frame in frames.iter().filter(|frame| !is_direct(frame)) {
        let (from, to) = (frame["from"].as_i64().unwrap(), frame["to"].as_i64().unwrap());
        assert!(last.is_none_or(|last| from == last + 1), "after {last:?}: {frame}");
        let seqs: Vec<i64> =
            events(std::slice::from_ref(frame)).iter().map(|e| e["seq"].as_i64().unwrap()).collect();
        assert_eq!(seqs, (from..=to).collect::<Vec<_>>(), "{frame}");
        last = Some(to);
    }
}

#[test]
fn a_quiet_rooms_first_change_goes_out_with_its_command() {
    let server = still().start();
    let mut client = server.client();
    let frames = Subscriber::room(&server, "r");
    client.json("ROOM.CREATE r ada");
    let told = heard(&frames, &mut client);
    assert_eq!(types(&events(&told)), ["created"]);
    for name in ["room", "epoch", "from", "to", "ms", "events", "profiles"] {
        assert!(told[0].get(name).is_some(), "{name}");
    }
    client.json("ROOM.JOIN r cy");
    client.int("ROOM.COMMENT r - hi");
    assert_eq!(heard(&frames, &mut client), Vec::<Json>::new(), "what follows waits for the tick");

    // Once a tick has passed it is quiet again; in a transaction nothing but the command itself can publish.
    client.ok("CONFIG SET room.tick 1");
    frames.wait_event("comment", |_| true);
    let sent = frames.take().last().unwrap().json()["ms"].as_u64().unwrap();
    wait_for("a tick has passed", || (now_ms(&mut client) > sent + 1).then_some(()));
    client.ok("MULTI");
    client.text("ROOM.COMMENT r - first");
    client.text(&["PUBLISH", frames.name(), "{\"between\":true}"]);
    client.cmd("EXEC").list();
    let told = heard(&frames, &mut client);
    assert_eq!(told.len(), 2);
    assert_eq!((types(&events(&told[..1])), &told[1]["between"]), (vec!["comment"], &json!(true)));
}

#[test]
fn what_waits_folds_and_keeps_its_order() {
    let server = still().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    flush(&mut client);
    let frames = Subscriber::room(&server, "r");
    client.json("ROOM.JOIN r u1");
    client.int("ROOM.COMMENT r u1 one");
    client.json("ROOM.JOIN r u2");
    client.json("ROOM.JOIN r u3");
    client.int("ROOM.LEAVE r u3");
    client.int("ROOM.REACT r u1 👏 COUNT 3");
    client.int("ROOM.COMMENT r u1 two");
    client.int("ROOM.REACT r u2 👏 COUNT 4");
    client.int("ROOM.REACT r u2 🔥");
    client.int("ROOM.RAISEHAND r u1");
    client.int("ROOM.COMMENT r u1 three");
    client.int("ROOM.RAISEHAND r u2");
    client.int("ROOM.LOWERHAND r u1");
    assert_eq!(heard(&frames, &mut client), Vec::<Json>::new());
    flush(&mut client);
    let told = heard(&frames, &mut client);
    assert_eq!(told.len(), 1, "one frame");
    contiguous(&told);
    let told = events(&told);
    let kinds = types(&told);
    assert_eq!(kinds, ["comment", "audience", "comment", "reactions", "comment", "hands", "stage"]);
    assert_eq!(
        (&told[1]["present"], &told[1]["joined"], &told[1]["left"]),
        (&json!(3), &json!(2), &json!(0))
    );
    assert_eq!(told[1]["users"], json!(["u1", "u2"]));
    assert_eq!(told[3]["delta"], json!({"👏":7,"🔥":1}));
    assert_eq!(told[3]["total"], json!({"👏":7,"🔥":1}));
    assert_eq!((&told[5]["count"], &told[5]["top"]), (&json!(1), &json!(["u2"])));
}

#[test]
fn up_to_sixteen_who_come_and_go_are_named() {
    let server = still().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    flush(&mut client);
    for (many, partial) in [(16, false), (17, true)] {
        let frames = Subscriber::room(&server, "r");
        for n in 0..many {
            client.json(&["ROOM.JOIN", "r", &format!("u{many}-{n}")]);
        }
        flush(&mut client);
        let told = events(&heard(&frames, &mut client));
        let audience = told.iter().find(|event| event["type"] == "audience").unwrap();
        assert_eq!(audience["joined"], many);
        assert_eq!(audience["partial"] == true, partial, "{audience}");
        assert_eq!(audience.get("users").is_some(), !partial, "{audience}");
        if !partial {
            assert_eq!(audience["users"].as_array().unwrap().len(), many);
            assert_eq!(audience["left_users"], json!([]));
        }
    }
}

#[test]
fn urgent_changes_go_at_once_with_all_that_waits() {
    for (line, last) in [
        ("ROOM.MUTE r ada", "stage"),
        ("ROOM.ROLE r ada cy speaker", "stage"),
        ("ROOM.KICK r ada cy", "removed"),
        ("ROOM.BLOCK r ada cy", "removed"),
        ("ROOM.DELCOMMENT r ada 1", "comment_deleted"),
        ("ROOM.END r ada", "ended"),
        ("ROOM.OFFER r ada cy", "offer"),
        ("ROOM.ASKUNMUTE r - ada", "unmute_request"),
    ] {
        let server = still().start();
        let mut client = server.client();
        room(&mut client);
        client.int("ROOM.COMMENT r cy text");
        flush(&mut client);
        let frames = Subscriber::room(&server, "r");
        client.int("ROOM.REACT r dan 👏");
        client.int("ROOM.COMMENT r dan waiting");
        assert_eq!(heard(&frames, &mut client), Vec::<Json>::new());
        assert_eq!(client.cmd(line).error(), None, "{line}");
        let told = heard(&frames, &mut client);
        contiguous(&told);
        let numbered = events(&told);
        assert_eq!(types(&numbered)[..2], ["reactions", "comment"], "{line}");
        let direct = told.iter().filter(|frame| is_direct(frame)).map(|frame| frame["event"].clone());
        let all: Vec<Json> = numbered.iter().cloned().chain(direct).collect();
        assert!(types(&all).contains(&last), "{line}: {all:?}");
        assert!(!is_direct(&told[0]), "{line}: what waits comes first");
    }
}

#[test]
fn past_twenty_urgent_frames_a_second_they_wait_for_the_tick() {
    let server = still().start();
    let mut client = server.client();
    room(&mut client);
    let frames = Subscriber::room(&server, "r");
    let toggles = [["ROOM.UNMUTE", "r", "ada"], ["ROOM.MUTE", "r", "ada"]];
    client.pipeline(&toggles.into_iter().cycle().take(1000).collect::<Vec<_>>());
    let told = heard(&frames, &mut client);
    contiguous(&told);
    assert!((1..1000).contains(&told.len()), "{}", told.len());
}

#[test]
fn with_a_tick_of_zero_every_change_goes_out_with_its_command() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let frames = Subscriber::room(&server, "r");
    for n in 1..=20 {
        client.int("ROOM.REACT r cy 👏");
        client.int("ROOM.COMMENT r dan hi");
        assert_eq!(frames.settled(&mut client, Kind::Channel).len(), 2 * n);
    }
    contiguous(&frames.frames());
}

#[test]
fn a_frame_over_32_kib_is_split() {
    let server = still().start();
    let mut client = server.client();
    room(&mut client);
    flush(&mut client);
    let frames = Subscriber::room(&server, "r");
    let text = "\"".repeat(2000);
    for _ in 0..40 {
        client.int(&["ROOM.COMMENT", "r", "cy", &text]);
    }
    flush(&mut client);
    frames.wait_event("stage", |_| true);
    let sizes: Vec<usize> = frames.messages().iter().map(|message| message.payload.len()).collect();
    assert!(sizes.len() > 4 && sizes.iter().all(|size| *size <= 32 * 1024), "{sizes:?}");
    contiguous(&frames.frames());
    assert_eq!(frames.events().iter().filter(|event| event["comment"]["text"] == text).count(), 40);

    // A single event may be larger: it is told whole, alone.
    let option = |n: i32| format!("{n}{}", "x".repeat(126));
    for n in 0..20 {
        let mut line: Vec<String> = ["ROOM.POLLOPEN", "r", "-", "q", "20"].map(str::to_owned).to_vec();
        line.extend((10..30).map(option));
        client.int(&line);
        client.json(&["ROOM.POLLCLOSE", "r", "-", &(n + 1).to_string()]);
    }
    client.json("ROOM.END r ada");
    let ended = frames.wait_event("ended", |_| true);
    assert!(ended.to_string().len() > 32 * 1024);
    assert_eq!(ended["summary"]["polls"].as_array().unwrap().len(), 20);
    contiguous(&frames.frames());
}

/// The direct frames since the last look: to whom, and the event.
#[track_caller]
fn direct(frames: &Subscriber, client: &mut Client) -> Vec<(BTreeSet<String>, Json)> {
    let told = heard(frames, client).into_iter().filter(is_direct);
    told.map(|frame| {
        assert_eq!(frame["room"], "r");
        assert!(frame["epoch"].is_string() && frame["ms"].is_u64() && frame.get("from").is_none(), "{frame}");
        assert!(frame["event"].get("seq").is_none(), "{frame}");
        let to = frame["to"].as_array().unwrap().iter().map(|user| user.as_str().unwrap().to_owned());
        (to.collect(), frame["event"].clone())
    })
    .collect()
}

#[test]
fn direct_frames_reach_whom_they_concern() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let frames = Subscriber::room(&server, "r");
    let to = |users: &[&str]| users.iter().map(|user| (*user).to_owned()).collect::<BTreeSet<_>>();
    for (answer, state) in [("DECLINE", "declined"), ("ACCEPT", "accepted")] {
        client.text("ROOM.OFFER r ben cy");
        let until = client.json("ROOM.WHOIS r cy cy")["offer_until_ms"].clone();
        client.ok(&format!("ROOM.{answer} r cy"));
        let told = direct(&frames, &mut client);
        assert_eq!(told.len(), 2, "{told:?}");
        for ((users, event), state) in told.iter().zip(["made", state]) {
            assert_eq!(users, &to(&["ben", "cy"]));
            assert_eq!((&event["type"], &event["state"]), (&json!("offer"), &json!(state)));
            assert_eq!(event["by"], "ben");
        }
        assert_eq!(told[0].1["until_ms"], until);
    }
    client.text("ROOM.OFFER r - dan FOR 1");
    let expired = frames.wait_direct("offer", |frame| frame["event"]["state"] == "expired");
    assert_eq!(expired["to"], json!(["dan"]), "the service has no socket");
    frames.take();

    client.ok("ROOM.ASKUNMUTE r ada cy");
    let told = direct(&frames, &mut client);
    assert_eq!(told[0].0, to(&["cy"]));
    assert_eq!((&told[0].1["type"], &told[0].1["by"]), (&json!("unmute_request"), &json!("ada")));

    client.ok("ROOM.CONFIG r ada private on");
    for (line, user, how) in [
        ("ROOM.KICK r ada cy REASON noise", "cy", "kick"),
        ("ROOM.BLOCK r ben dan REASON noise", "dan", "block"),
        ("ROOM.UNINVITE r ada eve", "eve", "uninvite"),
    ] {
        client.cmd(line);
        let told = direct(&frames, &mut client);
        assert_eq!(told.len(), 2, "{line}: {told:?}");
        let reason = if how == "uninvite" { "" } else { "noise" };
        for (users, event) in &told {
            assert_eq!((&event["type"], &event["how"]), (&json!("removed_notice"), &json!(how)), "{line}");
            assert_eq!(event["reason"], reason, "{line}");
            let staff = event.get("by").is_some();
            assert_eq!(users, &if staff { to(&["ada", "ben"]) } else { to(&[user]) }, "{line}");
        }
        assert_ne!(told[0].1.get("by").is_some(), told[1].1.get("by").is_some(), "{line}");
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
fn a_shadow_block_publishes_nothing() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let frames = Subscriber::room(&server, "r");
    client.ok("ROOM.BLOCK r ada cy SHADOW REASON quietly");
    assert_eq!(heard(&frames, &mut client), Vec::<Json>::new());
}

#[test]
fn events_are_served_by_epoch_and_number() {
    let mut server = prompt().room("history-bytes", 1024).start();
    let mut client = server.client();
    room(&mut client);
    let at = |client: &mut Client| {
        let state = client.json("ROOM.STATE r -");
        (state["epoch"].as_str().unwrap().to_owned(), state["seq"].as_i64().unwrap())
    };
    let ask = |client: &mut Client, epoch: &str, since: i64| {
        let reply = client.cmd(&["ROOM.EVENTS", "r", "-", epoch, &since.to_string()]);
        reply.error().map_or_else(|| Ok(reply.json()), |error| Err(error[..6].to_owned()))
    };
    let (epoch, seq) = at(&mut client);
    for n in 0..30 {
        client.int(&["ROOM.COMMENT", "r", "cy", &format!("comment {n}")]);
    }
    let told = ask(&mut client, &epoch, seq + 28).unwrap();
    assert_eq!((&told["from"], &told["to"]), (&json!(seq + 29), &json!(seq + 30)));
    assert_eq!(types(told["events"].as_array().unwrap()), ["comment", "comment"]);
    assert_eq!(ask(&mut client, &epoch, seq).unwrap_err(), "RESYNC", "no longer held");
    assert_eq!(ask(&mut client, &epoch, seq + 31).unwrap_err(), "RESYNC", "ahead");
    assert_eq!(ask(&mut client, "none", seq + 30).unwrap_err(), "RESYNC", "a foreign epoch");
    assert!(ask(&mut client, &epoch, seq + 30).is_ok());

    // A takeover: the first change after a load starts a new epoch, and counts on.
    server.restart();
    let mut client = server.client();
    assert_eq!(at(&mut client), (epoch.clone(), seq + 30));
    let frames = Subscriber::room(&server, "r");
    client.int("ROOM.COMMENT r cy again");
    let (taken, now) = at(&mut client);
    assert_ne!(taken, epoch);
    let frame = heard(&frames, &mut client).remove(0);
    assert_eq!((&frame["epoch"], &frame["from"]), (&json!(taken), &json!(seq + 31)));
    let told = ask(&mut client, &epoch, seq + 29).unwrap();
    assert_eq!((&told["epoch"], &told["from"], &told["to"]), (&json!(taken), &json!(seq + 30), &json!(now)));
    assert_eq!(ask(&mut client, &epoch, seq + 31).unwrap_err(), "RESYNC", "beyond where it ended");
    server.restart();
    let mut client = server.client();
    client.int("ROOM.COMMENT r cy again");
    assert!(ask(&mut client, &taken, now).is_ok());
    assert_eq!(ask(&mut client, &epoch, seq + 30).unwrap_err(), "RESYNC", "an epoch before the last");
}

#[test]
fn history_keeps_of_folding_kinds_only_the_latest() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    for _ in 0..10 {
        client.int("ROOM.REACT r cy 👏");
        client.int("ROOM.REACT r cy 🔥");
        client.int("ROOM.COMMENT r cy hi");
    }
    let epoch = client.room_info("r")["epoch"].clone();
    let held = client.json(&["ROOM.EVENTS", "r", "-", &epoch, "0"]);
    let held = held["events"].as_array().unwrap();
    let reactions: Vec<&Json> = held.iter().filter(|event| event["type"] == "reactions").collect();
    assert_eq!(reactions.len(), 1);
    assert_eq!(reactions[0]["total"], json!({"👏":10,"🔥":10}));
    assert_eq!(held.iter().filter(|event| event["type"] == "comment").count(), 10);
}

#[test]
fn changes_waiting_at_a_restart_are_published_by_who_loads_them() {
    let mut server = still().start();
    let mut client = server.client();
    room(&mut client);
    let state = client.json("ROOM.STATE r -");
    let (epoch, seq) = (state["epoch"].as_str().unwrap(), state["seq"].to_string());
    client.int("ROOM.COMMENT r cy waiting");
    assert_eq!(client.json(&["ROOM.EVENTS", "r", "-", epoch, &seq])["events"], json!([]));
    server.restart();
    let mut client = server.client();
    wait_for("the comment has gone out", || {
        let told = client.json(&["ROOM.EVENTS", "r", "-", epoch, &seq]);
        let told = told["events"].as_array().unwrap();
        told.iter().any(|event| event["comment"]["text"] == "waiting").then_some(())
    });
}

#[test]
fn followers_of_a_busy_room_keep_its_picture() {
    let server = still().room("tick", 20).room("history-bytes", 4096).start();
    let mut client = server.client();
    room(&mut client);
    let mut followers: Vec<Follower> = (0..3).map(|_| Follower::new(&server, "r")).collect();
    let busy = |name: &'static str| {
        let mut client = server.client();
        std::thread::spawn(move || {
            for n in 0..80 {
                let user = format!("{name}{}", n % 9);
                client.cmd(&["ROOM.JOIN", "r", &user, "PROFILE", &format!("{{\"n\":{n}}}")]);
                client.cmd(&["ROOM.COMMENT", "r", &user, &format!("{n}")]);
                client.cmd(&["ROOM.RAISEHAND", "r", &user]);
                client.cmd(&["ROOM.REACT", "r", &user, "👏", "COUNT", "3"]);
                let line = match n % 8 {
                    0 => "ROOM.NEXT r ada".to_owned(),
                    1 => format!("ROOM.KICK r ada {user}"),
                    2 => "ROOM.MUTE r ada *".to_owned(),
                    3 => format!("ROOM.DELCOMMENT r ada {}", n * 2),
                    4 => format!("ROOM.PIN r ada {}", n * 2),
                    5 => format!("ROOM.STEPDOWN r ada {user}"),
                    6 => "ROOM.LOWERHAND r ada *".to_owned(),
                    _ => format!("ROOM.LEAVE r {user}"),
                };
                client.cmd(&line);
            }
        })
    };
    let threads = ["a", "b"].map(busy);
    followers[1].lose_subscription();
    wait_for("much has happened", || {
        followers[0].pump();
        (followers[0].events.len() > 40).then_some(())
    });
    followers[1].subscribe_again(&server);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    followers.push(Follower::new(&server, "r"));
    client.json("ROOM.END r ada");
    followers.iter_mut().for_each(Follower::assert_matches_state);
    let gapless: Vec<i64> = followers[2].events.iter().map(|event| event["seq"].as_i64().unwrap()).collect();
    assert!(gapless.windows(2).all(|pair| pair[1] == pair[0] + 1), "{gapless:?}");
    assert_eq!((followers[2].asked_events, followers[2].took_state), (1, 1), "frames alone sufficed");
}

#[test]
fn every_changing_command_notifies_once_and_members_coming_and_going_as_tick() {
    let server = prompt().start();
    let mut client = server.client();
    let at = (now_ms(&mut client) + 3_600_000).to_string();
    let notes = Subscriber::keyevents(&server);
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
        let mut told = notes.notes(&mut client);
        // Who comes on stage from a raised hand, or goes, is told as such too.
        if note != "tick" {
            told.retain(|told| {
                told != "room.tick r"
                    || !["NEXT", "OFFER", "ACCEPT", "STEPDOWN", "ROLE", "KICK"]
                        .contains(&line.split(' ').next().unwrap())
            });
        }
        assert_eq!(told, [format!("room.{note} r")], "{line}");
    }
    // Neither reads nor refusals nor what changes nothing.
    lived_in(&mut client, "q");
    notes.notes(&mut client);
    for line in
        ["STATE q ada", "EVENTS q ada x 0", "COMMENT q no hi", "PIN q ada 1", "BEAT q g1", "START q ada"]
    {
        client.cmd(&format!("ROOM.{line}"));
    }
    assert_eq!(notes.notes(&mut client), Vec::<String>::new());
    client.int("ROOM.POLLOPEN q ada q 2 a b FOR 1");
    wait_for("a timer notifies too", || {
        notes.notes(&mut client).contains(&"room.pollclose q".to_owned()).then_some(())
    });
}
