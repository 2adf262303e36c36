//! Rooms in transactions, under WATCH, in scripts and functions, during CLIENT PAUSE, and in client-side caches.

mod scripts;

use crate::support::deadlines::{all_is_due, arm, assert_same_rooms, rearm, wait_settled, with_short_grace};
use crate::support::rooms::{digest, listed, lived_in};
use crate::support::{json, wait_for, Builder, Client, Follower, Json, Reply, Server, Subscriber, Value};
use std::collections::BTreeMap;

fn prompt() -> Builder {
    Server::with().prompt().patient()
}

/// Exactly the followed rooms exist on the master and the replica, and all followers match.
#[track_caller]
fn assert_right(master: &Server, replica: &Server, followers: &mut BTreeMap<&str, Follower>) {
    followers.values_mut().for_each(Follower::assert_matches_state);
    let rooms: Vec<(u32, String)> = followers.keys().map(|key| (0, (*key).to_owned())).collect();
    assert_same_rooms(master, replica, &rooms);
}

fn follow<'a>(server: &Server, keys: &[&'a str]) -> BTreeMap<&'a str, Follower> {
    keys.iter().map(|key| (*key, Follower::new(server, key))).collect()
}

/// Runs the commands in a transaction.
#[track_caller]
fn transact(client: &mut Client, lines: &[&str]) -> Vec<Reply> {
    client.ok("MULTI");
    for line in lines {
        assert_eq!(client.text(*line), "QUEUED");
    }
    client.cmd("EXEC").list()
}

#[test]
fn rooms_work_in_a_transaction_like_any_key() {
    let server = prompt().start();
    let replica = prompt().replica_of(&server).start();
    replica.wait_in_sync(&server);
    let mut client = server.client();
    let mut followers = follow(&server, &["q", "r"]);
    let frames = Subscriber::pattern(&server, "__room@0__:*");
    let lines = [
        "ROOM.CREATE r ada",
        "ROOM.JOIN r ada",
        "ROOM.CREATE q ben",
        "ROOM.COMMENT r ada one",
        "ROOM.COMMENT r nobody two",
        "ROOM.JOIN q ben",
        "GET r",
        "ROOM.REACT r ada 👏",
        "ROOM.STATE r -",
        "ROOM.LIST",
        "SET s x",
    ];
    let replies = transact(&mut client, &lines);
    assert_eq!(replies[3].int(), 1);
    replies[4].err("NOTMEMBER");
    replies[6].err("WRONGTYPE");
    assert_eq!(replies[7].int(), 1);
    let state = replies[8].json();
    assert_eq!((&state["comments"][0]["text"], &state["reactions"]), (&json!("one"), &json!({"👏":1})));
    assert_eq!(replies[9].list()[1].texts(), ["r", "q"]);
    replies[10].ok();
    // Frames come in the order of the commands.
    let received = frames.wait_until("all frames", |frames| {
        frames.iter().any(|frame| frame["events"].to_string().contains("delta"))
    });
    let rooms: Vec<&Json> = received.iter().map(|frame| &frame["room"]).collect();
    let mut order = rooms.clone();
    order.dedup();
    assert_eq!(order, ["r", "q", "r", "q", "r"], "{received:?}");

    client.ok("MULTI");
    client.text("ROOM.COMMENT q ben aborted");
    client.err("ROOM.COMMENT r", "ERR");
    client.err("EXEC", "EXECABORT");
    client.ok("MULTI");
    client.text("ROOM.COMMENT r ada discarded");
    client.ok("DISCARD");
    assert_eq!((client.room_info("r")["comments"].as_str(), &*client.room_info("q")["comments"]), ("1", "0"));
    assert_right(&server, &replica, &mut followers);
}

#[test]
fn rooms_go_and_come_back_within_a_transaction() {
    let server = with_short_grace().start();
    let replica = with_short_grace().replica_of(&server).start();
    replica.wait_in_sync(&server);
    let mut client = server.client();
    arm(&mut client, "r");
    let mut followers = follow(&server, &["r", "s"]);
    let replies = transact(
        &mut client,
        &[
            "ROOM.END r ada",
            "ROOM.PURGE r",
            "ROOM.CREATE r eve",
            "DEL r",
            "ROOM.CREATE s ada",
            "ROOM.JOIN s ada",
        ],
    );
    assert_eq!(replies[1].int(), 1);
    assert_eq!(listed(&mut client, "", 100), ["s"]);
    arm(&mut client, "r");
    wait_settled(&mut client, "r");
    followers.values_mut().for_each(Follower::assert_matches_state);
    assert_right(&server, &replica, &mut followers);
}

/// Whether a change since WATCH aborts a transaction.
#[track_caller]
fn is_disturbed(client: &mut Client) -> bool {
    client.ok("MULTI");
    client.text("PING");
    client.cmd("EXEC").value == Value::Nil
}

#[test]
fn only_changes_disturb_a_watched_room() {
    let server = prompt().start();
    let mut client = server.client();
    let mut other = server.client();
    lived_in(&mut client, "r");
    for (line, disturbs) in [
        ("ROOM.COMMENT r nobody hi", false),
        ("ROOM.COMMENT r ada hi REPLY 99", false),
        ("ROOM.COMMENT r", false),
        ("ROOM.END r cy", false),
        ("ROOM.CREATE r ada", false),
        ("ROOM.PURGE r", false),
        ("ROOM.PURGE r INCARNATION x", false),
        ("ROOM.BEAT r g1", false),
        ("ROOM.JOIN r cy GATEWAY g1 SESSION s-cy", false),
        ("ROOM.RAISEHAND r dan", false),
        ("ROOM.LOWERHAND r eve", false),
        ("ROOM.UNMUTE r ada", false),
        ("ROOM.INVITE r ada dan", false),
        ("ROOM.PIN r ada 1", false),
        ("ROOM.COMMENT r ada again TOKEN t", false),
        ("ROOM.STATE r -", false),
        ("ROOM.EVENTS r - none 0", false),
        ("ROOM.LIST", false),
        ("ROOM.EXPORT r 0", false),
        ("GET r", false),
        ("ROOM.COMMENT r ada hi", true),
        ("ROOM.REACT r cy 👏", true),
        ("ROOM.JOIN r new", true),
        ("ROOM.BLOCK r ada new SHADOW", true),
        ("RENAME r r2", true),
        ("RENAME r2 r", true),
        ("ROOM.END r ada", true),
        ("ROOM.PURGE r", true),
        ("ROOM.CREATE r ada", true),
        ("FLUSHALL", true),
    ] {
        client.ok("WATCH r");
        other.cmd(line);
        assert_eq!(is_disturbed(&mut client), disturbs, "{line}");
    }
}

#[test]
fn frames_and_deadlines_disturb_a_watched_room() {
    let server = with_short_grace().start();
    let mut client = server.client();
    arm(&mut client, "r");
    wait_settled(&mut client, "r");
    client.ok("WATCH r");
    assert!(!is_disturbed(&mut client), "nothing is due any more");

    rearm(&mut client, "r");
    let mut admin = server.client();
    admin.ok("CLIENT PAUSE 60000 WRITE");
    all_is_due(&mut admin);
    client.ok("WATCH r");
    client.json("ROOM.STATE r -");
    assert!(!is_disturbed(&mut client), "a read shows what is due and changes nothing");
    client.ok("WATCH r");
    admin.ok("CLIENT UNPAUSE");
    wait_settled(&mut admin, "r");
    assert!(is_disturbed(&mut client), "it was settled by timer");
}

#[test]
fn a_pause_of_writes_holds_back_deadlines_and_frames_and_no_reads() {
    let server = with_short_grace().room("tick", 1000).start();
    let replica = with_short_grace().replica_of(&server).start();
    replica.wait_in_sync(&server);
    let mut followers = follow(&server, &["r", "s"]);
    let (mut client, mut admin) = (server.client(), server.client());
    arm(&mut client, "r");
    admin.ok("CLIENT PAUSE 60000 WRITE");
    let paused = digest(&mut admin, "r");
    let mut writer = server.client();
    writer.send("ROOM.CREATE s ada").unwrap();
    all_is_due(&mut admin);
    wait_for("INFO shows a due deadline", || (server.counter("deadlines_due") > 0).then_some(()));
    // Reads show it as settled and change nothing.
    let state = client.json("ROOM.STATE r -");
    assert_eq!(state["polls"], json!([]));
    assert_eq!(state["comments"][0]["text"], "the last");
    assert_eq!(client.json("ROOM.POLLS r -")[0]["state"], "closed");
    assert_eq!(client.json("ROOM.WHOIS r ben ben")["offer_until_ms"], 0);
    // A grace does not go on during a pause.
    let cy = client.json("ROOM.WHOIS r - cy");
    assert_eq!(
        (&cy["present"], &cy["lost"], &state["counts"]["present"]),
        (&json!(true), &json!(true), &json!(3))
    );
    assert_eq!(client.json("ROOM.BLOCKED r -")["blocked"], json!([]));
    assert_eq!(listed(&mut client, "", 100), ["r"]);
    assert_eq!(digest(&mut admin, "r"), paused);
    admin.ok("CLIENT UNPAUSE");
    assert!(matches!(writer.receive().unwrap(), Value::BulkString(_)), "ROOM.CREATE went on");
    wait_settled(&mut client, "r");

    // Now the pause holds reads back, too. It ends by itself.
    rearm(&mut client, "r");
    admin.ok("CLIENT PAUSE 1500 ALL");
    wait_settled(&mut client, "r");
    assert_right(&server, &replica, &mut followers);
}

#[test]
fn client_side_caches_are_invalidated_only_by_changes() {
    let server = with_short_grace().start();
    let mut client = server.client();
    arm(&mut client, "r");
    client.json("ROOM.CREATE other ada");
    wait_settled(&mut client, "r");
    let mut received = server.client();
    let id = received.int("CLIENT ID");
    received.send("SUBSCRIBE __redis__:invalidate").unwrap();
    received.receive().unwrap();
    let mut cache = server.client();
    cache.ok(&format!("CLIENT TRACKING ON REDIRECT {id}"));
    let invalidated = |received: &mut Client, by: &str| {
        let value = received.receive().unwrap();
        let message = Reply { asked: by.to_owned(), value }.list();
        message[2].texts()
    };
    // The first invalidation is the mark, so nothing came before it.
    for quiet in ["ROOM.COMMENT r nobody x", "ROOM.UNMUTE other nobody", "ROOM.JOIN r ada", "ROOM.STATE r -"]
    {
        for read in ["ROOM.STATE r -", "ROOM.INFO r", "ROOM.EXPORT r 0", "GET mark"] {
            cache.cmd(read);
        }
        client.cmd(quiet);
        client.ok("SET mark x");
        assert_eq!(invalidated(&mut received, quiet), ["mark"], "{quiet}");
    }
    client.int("ROOM.COMMENT r ada hello");
    assert_eq!(invalidated(&mut received, "a change"), ["r"]);
    // A deadline that the timer settles is a change, too.
    rearm(&mut client, "r");
    let mut admin = server.client();
    admin.ok("CLIENT PAUSE 60000 WRITE");
    cache.json("ROOM.STATE r -");
    admin.ok("CLIENT UNPAUSE");
    assert_eq!(invalidated(&mut received, "a timer"), ["r"]);
    wait_settled(&mut client, "r");
}

#[test]
fn killed_clients_leave_rooms_and_deadlines_intact() {
    let server = with_short_grace().start();
    let replica = with_short_grace().replica_of(&server).start();
    replica.wait_in_sync(&server);
    let mut admin = server.client();
    let mut followers = follow(&server, &["r"]);
    arm(&mut admin, "r");
    followers.get_mut("r").unwrap().lose_subscription();
    for killed in [&["MULTI", "ROOM.COMMENT r ada lost"][..], &["WATCH r", "MULTI", "ROOM.END r ada"]] {
        let mut writer = server.client();
        let id = writer.int("CLIENT ID");
        for line in killed {
            writer.cmd(*line);
        }
        assert_eq!(admin.int(&format!("CLIENT KILL ID {id}")), 1);
        assert!(writer.try_cmd("EXEC").is_err());
    }
    // A client is killed while its command waits.
    let mut writer = server.client();
    let id = writer.int("CLIENT ID");
    admin.ok("CLIENT PAUSE 60000 WRITE");
    writer.send("ROOM.COMMENT r ada lost").unwrap();
    wait_for("the command waits", || {
        let blocked = admin.cmd("INFO clients").text().contains("blocked_clients:1\r");
        blocked.then_some(())
    });
    assert_eq!(admin.int(&format!("CLIENT KILL ID {id}")), 1);
    admin.ok("CLIENT UNPAUSE");
    wait_settled(&mut admin, "r");
    assert_eq!(admin.room_info("r")["comments"], "1");
    followers.get_mut("r").unwrap().subscribe_again(&server);
    assert_right(&server, &replica, &mut followers);
}
