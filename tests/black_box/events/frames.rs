//! When frames are published, what they contain, and in which order.

use super::{contiguous, flush, prompt, published, room, still, types};
use crate::support::rooms::now_ms;
use crate::support::subscriber::{events, is_direct, Kind};
use crate::support::{json, wait_for, Follower, Json, Subscriber};

#[test]
fn the_first_change_of_a_quiet_room_is_published_with_its_command() {
    let server = still().start();
    let mut client = server.client();
    let frames = Subscriber::room(&server, "r");
    client.json("ROOM.CREATE r ada");
    let received = published(&frames, &mut client);
    assert_eq!(types(&events(&received)), ["created"]);
    for name in ["kind", "room", "epoch", "from", "to", "ms", "events", "profiles"] {
        assert!(received[0].get(name).is_some(), "{name}");
    }
    client.json("ROOM.JOIN r cy");
    client.int("ROOM.COMMENT r - hi");
    assert_eq!(published(&frames, &mut client), Vec::<Json>::new(), "later changes wait for the tick");

    // Once a tick has passed, the room is quiet again. In a transaction only the command itself can publish.
    client.ok("CONFIG SET room.tick 1");
    frames.wait_event("comment", |_| true);
    let sent = frames.take().last().unwrap().json()["ms"].as_u64().unwrap();
    wait_for("a tick has passed", || (now_ms(&mut client) > sent + 1).then_some(()));
    client.ok("MULTI");
    client.text("ROOM.COMMENT r - first");
    client.text(&["PUBLISH", frames.name(), "{\"between\":true}"]);
    client.cmd("EXEC").list();
    let received = published(&frames, &mut client);
    assert_eq!(received.len(), 2);
    assert_eq!((types(&events(&received[..1])), &received[1]["between"]), (vec!["comment"], &json!(true)));
}

#[test]
fn waiting_changes_fold_and_keep_their_order() {
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
    assert_eq!(published(&frames, &mut client), Vec::<Json>::new());
    flush(&mut client);
    let received = published(&frames, &mut client);
    assert_eq!(received.len(), 1, "one frame");
    contiguous(&received);
    let received = events(&received);
    let kinds = types(&received);
    assert_eq!(kinds, ["comment", "audience", "comment", "reactions", "comment", "hands", "stage"]);
    assert_eq!(
        (&received[1]["present"], &received[1]["joined"], &received[1]["left"]),
        (&json!(3), &json!(2), &json!(0))
    );
    assert_eq!(received[1]["users"], json!(["u1", "u2"]));
    assert_eq!(received[3]["delta"], json!({"👏":7,"🔥":1}));
    assert_eq!(received[3]["total"], json!({"👏":7,"🔥":1}));
    assert_eq!((&received[5]["count"], &received[5]["top"][0]["user"]), (&json!(1), &json!("u2")));
}

#[test]
fn an_audience_event_names_up_to_sixteen_users() {
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
        let received = events(&published(&frames, &mut client));
        let audience = received.iter().find(|event| event["type"] == "audience").unwrap();
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
fn urgent_changes_are_published_at_once_with_all_waiting_changes() {
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
        assert_eq!(published(&frames, &mut client), Vec::<Json>::new());
        assert_eq!(client.cmd(line).error(), None, "{line}");
        let received = published(&frames, &mut client);
        contiguous(&received);
        let numbered = events(&received);
        assert_eq!(types(&numbered)[..2], ["reactions", "comment"], "{line}");
        let direct = received.iter().filter(|frame| is_direct(frame)).map(|frame| frame["event"].clone());
        let direct: Vec<Json> = direct.collect();
        let all: Vec<Json> = numbered.iter().chain(&direct).cloned().collect();
        assert!(types(&all).contains(&last), "{line}: {all:?}");
        assert!(received[..direct.len()].iter().all(is_direct), "{line}: direct frames come first");
    }
}

#[test]
fn more_than_twenty_urgent_frames_a_second_wait_for_the_tick() {
    let server = still().start();
    let mut client = server.client();
    room(&mut client);
    let frames = Subscriber::room(&server, "r");
    let toggles = [["ROOM.UNMUTE", "r", "ada"], ["ROOM.MUTE", "r", "ada"]];
    client.pipeline(&toggles.into_iter().cycle().take(1000).collect::<Vec<_>>());
    let received = published(&frames, &mut client);
    contiguous(&received);
    assert!((1..1000).contains(&received.len()), "{}", received.len());
}

#[test]
fn two_thousand_changes_of_staff_in_a_transaction_give_one_event() {
    let server = still().start();
    let mut client = server.client();
    room(&mut client);
    flush(&mut client);
    let frames = Subscriber::room(&server, "r");
    client.ok("MULTI");
    let title =
        |n: usize| vec!["ROOM.CONFIG".into(), "r".into(), "ben".into(), "title".into(), format!("t{n}")];
    client.pipeline(&(0..2000).map(title).collect::<Vec<Vec<String>>>());
    client.cmd("EXEC").list();
    client.ok("ROOM.CONFIG r ben title t1999");
    flush(&mut client);
    let received = events(&published(&frames, &mut client));
    let settings: Vec<&Json> = received.iter().filter(|event| event["type"] == "settings").collect();
    assert_eq!(settings.len(), 1, "{received:?}");
    assert_eq!(settings[0]["settings"]["title"], "t1999");
}

#[test]
fn with_a_tick_of_zero_every_change_is_published_with_its_command() {
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

    // A single event may be larger. It is published whole, in its own frame.
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

#[test]
fn a_shadow_block_publishes_nothing() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let frames = Subscriber::room(&server, "r");
    client.ok("ROOM.BLOCK r ada cy SHADOW REASON quietly");
    assert_eq!(published(&frames, &mut client), Vec::<Json>::new());
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
    wait_for("40 events", || {
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
