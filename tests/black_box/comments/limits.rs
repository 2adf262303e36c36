//! How many comments, how fast, and how they are read.

use super::{assert_waits, prompt, room};
use crate::support::rooms::{digest, now_ms};
use crate::support::{wait_for, Server};

#[test]
fn slow_mode_makes_listeners_wait() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    client.ok("ROOM.CONFIG r ada slowmode 60");
    client.int("ROOM.COMMENT r cy one");
    let digested = digest(&mut client, "r");
    let error = client.cmd("ROOM.COMMENT r cy two").err("SLOWMODE");
    assert_waits(&error, 60_000);
    assert_eq!(digest(&mut client, "r"), digested);
    let wait = client.json("ROOM.WHOIS r cy cy")["comment_wait_ms"].as_u64().unwrap();
    assert!((1..=60_000).contains(&wait));
    client.int("ROOM.COMMENT r dan one");
    for staff in ["ada", "ben", "-"] {
        client.int(&["ROOM.COMMENT", "r", staff, "one"]);
        client.int(&["ROOM.COMMENT", "r", staff, "two"]);
    }
    assert_eq!(client.json("ROOM.WHOIS r ada ada")["comment_wait_ms"], 0);
    client.ok("ROOM.CONFIG r ada slowmode 0");
    client.int("ROOM.COMMENT r cy two");
    client.ok("ROOM.CONFIG r ada comments off");
    for user in ["cy", "ada"] {
        client.err(&["ROOM.COMMENT", "r", user, "x"], "OFF");
    }
}

#[test]
fn a_bucket_holds_two_seconds_of_its_rate_and_the_error_ends_in_the_wait() {
    let server = Server::with().prompt().patient().room("comment-rate", 3).room("react-rate", 10).start();
    let mut client = server.client();
    room(&mut client);
    // Repeats until refused: as many as the bucket holds, and what was added to it meanwhile.
    let mut until_refused = |line: &str| {
        let mut passed = 0;
        loop {
            let reply = client.cmd(line);
            match reply.error() {
                Some(_) => break (passed, reply.err("RATELIMITED")),
                None => passed += 1,
            }
        }
    };
    for user in ["cy", "ada"] {
        let (passed, error) = until_refused(&format!("ROOM.COMMENT r {user} x"));
        assert!(passed >= 6, "{user}: two seconds' worth pass: {passed}");
        assert_waits(&error, 334);
    }
    let (passed, error) = until_refused("ROOM.REACT r cy 👏 COUNT 10");
    assert!(passed >= 2, "{passed}");
    assert_waits(&error, 1000);
    client.int("ROOM.COMMENT r - free");
    client.int("ROOM.REACT r dan 👏 COUNT 10");

    client.ok("CONFIG SET room.comment-rate 0");
    client.ok("CONFIG SET room.comment-room-rate 1");
    let refused = (0..100).find_map(|n| {
        let user = ["ada", "ben", "cy", "dan"][n % 4];
        client.cmd(&["ROOM.COMMENT", "r", user, "x"]).error()
    });
    let error = refused.expect("the room's rate counts all users");
    assert!(error.starts_with("RATELIMITED "), "{error}");
    assert_waits(&error, 1000);
}

#[test]
fn comments_are_read_newest_first_in_pages() {
    let server = prompt().room("max-comments", 600).start();
    let mut client = server.client();
    room(&mut client);
    let author = |n: i64| if n <= 594 { "cy" } else { "ada" };
    let lines: Vec<String> = (1..=600).map(|n| format!("ROOM.COMMENT r {} c{n}", author(n))).collect();
    let lines: Vec<Vec<&str>> = lines.iter().map(|line| line.split(' ').collect()).collect();
    for (n, reply) in (1..).zip(client.pipeline(&lines)) {
        assert_eq!(reply.int(), n);
    }
    for user in ["cy", "ada", "-"] {
        client.err(&["ROOM.COMMENT", "r", user, "over"], "TOOMANY");
    }
    let mut ids = |line: &str| -> Vec<i64> {
        let page = client.json(line);
        page["comments"].as_array().unwrap().iter().map(|c| c["id"].as_i64().unwrap()).collect()
    };
    let down = |from: i64, n: i64| (from - n + 1..=from).rev().collect::<Vec<_>>();
    assert_eq!(ids("ROOM.COMMENTS r cy"), down(600, 50));
    assert_eq!(ids("ROOM.COMMENTS r cy COUNT 500"), down(600, 500));
    assert_eq!(ids("ROOM.COMMENTS r cy BEFORE 101 COUNT 500"), down(100, 100));
    assert_eq!(ids("ROOM.COMMENTS r cy COUNT 2 BEFORE 3"), [2, 1]);
    assert!(ids("ROOM.COMMENTS r cy BEFORE 1").is_empty());
    assert_eq!(ids("ROOM.COMMENTS r cy BEFORE 9007199254740992 COUNT 1"), [600]);
}

#[test]
fn a_user_makes_at_most_two_thousand_comments() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let line = ["ROOM.COMMENT", "r", "cy", "x"];
    let replies = client.pipeline(&vec![line; 2001]);
    assert_eq!(replies[1999].int(), 2000);
    replies[2000].err("TOOMANY");
    assert_eq!(client.int("ROOM.COMMENT r dan x"), 2001);
    assert_eq!(client.int("ROOM.DELCOMMENT r cy 1000"), 1);
    assert_eq!(client.int("ROOM.COMMENT r cy x"), 2002, "a deleted comment frees its place");
    client.err("ROOM.COMMENT r cy x", "TOOMANY");
    assert_eq!(client.json("ROOM.STATE r -")["counts"]["comments"], 2002);
}

#[test]
fn a_hundredth_of_the_places_is_for_staff_and_the_service() {
    let server = prompt().room("max-comments", 100).start();
    let mut client = server.client();
    room(&mut client);
    for _ in 0..99 {
        client.int("ROOM.COMMENT r cy x");
    }
    client.err("ROOM.COMMENT r cy x", "TOOMANY");
    assert_eq!(client.int("ROOM.COMMENT r ben x"), 100);
    client.err("ROOM.COMMENT r - x", "TOOMANY");
    assert_eq!(client.int("ROOM.DELCOMMENT r cy 1"), 1);
    assert_eq!(client.int("ROOM.COMMENT r - x"), 101);
}

/// The tick is longer than slow mode, so that a comment on the fast path would take an older time.
#[test]
fn slow_mode_holds_between_two_frames() {
    let server = Server::with().patient().room("tick", 10_000).start();
    let mut client = server.client();
    room(&mut client);
    client.ok("ROOM.CONFIG r ada slowmode 2");
    // Within the tick, the room's clock stands still while the server's time goes on.
    let later = now_ms(&mut client) + 2000;
    wait_for("slow mode is over by the room's clock", || (now_ms(&mut client) > later).then_some(()));
    client.int("ROOM.COMMENT r cy one");
    client.cmd("ROOM.COMMENT r cy two").err("SLOWMODE");
}
