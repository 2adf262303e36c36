//! The test support itself, against a server without the module. Other tests rely on it to fail when they should.

use crate::support::picture::Picture;
use crate::support::server::sanitized;
use crate::support::subscriber::Kind;
use crate::support::{json, Server, Subscriber, Traffic};
use std::panic::{catch_unwind, AssertUnwindSafe};

#[test]
fn errors_are_seen_exactly() {
    let server = Server::with().without_module().start();
    let mut client = server.client();
    for text in ["SLOWMODE wait ms 1234", "ERR two  spaces", "NOPERM x", "ONEWORD"] {
        let reply = client.cmd(&["EVAL", "return {err=ARGV[1]}", "0", text]);
        // Redis 7 adds the code ERR to an error without a code. A single word counts as a code.
        assert_eq!(reply.error().as_deref(), Some(text));
        assert_eq!(reply.err_code(), text.split(' ').next().unwrap());
    }
    assert_eq!(client.cmd("GET nothing").error(), None);
}

#[test]
fn any_bytes_arrive_unchanged() {
    let server = Server::with().without_module().start();
    let mut client = server.client();
    let bytes: Vec<u8> = (0..=255).collect();
    client.ok(&[b"SET".as_slice(), b"k", &bytes]);
    assert_eq!(client.cmd("GET k").bytes(), bytes);
    client.ok(&["SET", "k", ""]);
    assert_eq!(client.text("GET k"), "");
}

#[test]
fn a_subscriber_has_all_that_was_published_before_the_mark() {
    for (kind, verb) in [(Kind::Channel, "PUBLISH"), (Kind::Shard, "SPUBLISH")] {
        let server = Server::with().without_module().start();
        let mut client = server.client();
        let subscriber = Subscriber::start(server.port(), kind, "c");
        for n in 0..100 {
            client.int(&[verb, "c", &json!({ "n": n }).to_string()]);
        }
        let frames = subscriber.settled(&mut client, kind);
        assert_eq!(frames.len(), 100);
        assert_eq!(frames[99], json!({ "n": 99 }));
        subscriber.cut();
        subscriber.wait_closed();
    }
}

#[test]
fn a_wrong_configuration_is_a_clean_refusal() {
    let refused = Server::with().without_module().set("maxmemory-policy", "unknown").try_start();
    refused.err().expect("the server refuses").is_clean();
}

#[test]
fn a_crash_fails_the_test() {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let server = Server::with().without_module().start();
        let _ = server.client().try_cmd("DEBUG SEGFAULT");
    }));
    assert!(outcome.is_err(), "a crashed server went unnoticed");
}

#[test]
fn a_leak_fails_the_test() {
    if !sanitized() {
        return;
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let server = Server::with().without_module().start();
        for _ in 0..10 {
            server.client().ok("DEBUG LEAK lost");
        }
    }));
    assert!(outcome.is_err(), "a leak went unnoticed");
}

#[test]
fn data_survive_a_restart_and_a_kill() {
    let mut server = Server::with().without_module().aof(false).start();
    let pid = server.pid();
    server.client().ok("SET k 1");
    server.restart();
    assert_ne!(server.pid(), pid);
    server.client().int("INCR k");
    server.kill9();
    server.start_again();
    assert_eq!(server.client().text("GET k"), "2");

    let mut server = Server::with().without_module().start();
    server.client().ok("SET k 1");
    server.restart();
    assert_eq!(server.client().text("GET k"), "1");
}

#[test]
fn a_replica_is_in_sync_when_it_says_so() {
    let master = Server::with().without_module().start();
    let replica = Server::with().without_module().replica_of(&master).start();
    master.client().ok("SET k 1");
    replica.wait_in_sync(&master);
    assert_eq!(replica.client().text("GET k"), "1");
}

#[test]
fn a_cluster_of_one_serves() {
    let server = Server::with().without_module().cluster().start();
    server.own_all_slots();
    server.client().ok("SET k 1");
}

fn state() -> serde_json::Value {
    let member = |user: &str, role: &str| {
        json!({"user": user, "role": role, "muted": true, "hand": 0, "stage": 1, "present": true, "lost": false,
               "joined_ms": 1, "profile": {"name": user}})
    };
    json!({"room": "r", "incarnation": "i", "epoch": "e", "seq": 5, "ahead": false, "ms": 1, "state": "live", "title": "t",
        "host": "h", "private": false, "at_ms": null, "started_ms": 1,
        "settings": {"title": "t", "seats": 10},
        "counts": {"present": 3, "listeners": 1, "speakers": 2, "hands": 0, "comments": 1, "interested": 0, "invited": 0},
        "stage": [member("h", "host"), member("s", "speaker")], "hands": [], "pins": [],
        "comments": [{"id": 1, "user": "a", "text": "x", "ms": 1, "reply": null, "pinned": false, "deleted": false}],
        "polls": [], "reactions": {}, "profiles": {"h": {"name": "h"}, "s": {"name": "s"}}, "you": null})
}

/// Each event changes a picture, and a picture that missed the event differs.
#[test]
fn a_picture_follows_events_and_shows_differences() {
    let state = state();
    assert_eq!(Picture::new(&state).differences(&state), Vec::<String>::new());

    let left = json!({"user": "s", "role": "listener", "muted": true, "hand": 0, "stage": 1, "present": true, "lost": false,
                      "joined_ms": 1, "profile": {}});
    let comment =
        json!({"id": 2, "user": "a", "text": "y", "ms": 2, "reply": 1, "pinned": false, "deleted": false});
    let mut pinned = state["comments"][0].clone();
    pinned["pinned"] = true.into();
    let poll = json!({"id": 1, "question": "q", "options": [], "state": "open"});
    let events = [
        (json!({"type": "settings", "settings": {"title": "u"}}), "title"),
        (json!({"type": "audience", "present": 4, "listeners": 2, "joined": 1, "left": 0}), "counts"),
        (json!({"type": "stage", "member": left}), "stage"),
        (json!({"type": "hands", "count": 1, "top": [{"user": "a", "ms": 1, "present": true}]}), "hands"),
        (json!({"type": "comment", "comment": comment, "count": 2}), "comments"),
        (json!({"type": "pinned", "comment": pinned, "by": "h"}), "pins"),
        (json!({"type": "comment_deleted", "id": 1}), "comments"),
        (json!({"type": "reactions", "delta": {"👏": 2}, "total": {"👏": 2}}), "reactions"),
        (json!({"type": "poll", "poll": poll}), "polls"),
        (json!({"type": "rsvp", "count": 7}), "counts"),
        (json!({"type": "invited", "count": 8}), "counts"),
        (json!({"type": "ended", "summary": {"state": "ended"}, "by": "h", "reason": "host"}), "state"),
    ];
    for (event, shows) in events {
        let mut picture = Picture::new(&state);
        let frame = json!({"to": 5, "events": [event], "profiles": {}});
        picture.take(&frame);
        let once = picture.differences(&state);
        assert!(once.iter().any(|line| line.starts_with(shows)), "{event}: {once:?}");
        picture.take(&frame);
        assert_eq!(picture.differences(&state), once, "twice is not once: {event}");
    }
}

#[test]
fn traffic_reaches_every_command_and_is_seldom_refused() {
    let server = Server::with().prompt().start();
    let mut client = server.client();
    let mut traffic = Traffic::new(1, &["r", "{t}s"]).ending();
    let mut commands = traffic.opening();
    commands.extend(traffic.writes(20_000));
    let (mut refused, mut done) = (0, std::collections::BTreeSet::new());
    for reply in client.pipeline(&commands) {
        match reply.error() {
            Some(error) => {
                assert!(
                    !error.starts_with("INVALID") && !error.starts_with("ERR"),
                    "{}: {error}",
                    reply.asked
                );
                refused += 1;
            }
            None => drop(done.insert(reply.asked.split(' ').next().unwrap_or_default().to_owned())),
        }
    }
    assert!(refused * 5 < commands.len() * 3, "{refused} of {} were refused", commands.len());
    assert!(done.len() >= 32, "{done:?}");
}
