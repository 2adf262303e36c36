//! ROOM.COMMENT and what it shares with ROOM.REACT: replies, errors, events, notifications, tokens.

mod limits;
mod moderated;

use crate::support::rooms::{digest, now_ms};
use crate::support::subscriber::Kind;
use crate::support::{json, Builder, Client, Listener, Server, Subscriber};

pub(super) fn prompt() -> Builder {
    Server::with().prompt().patient().notify("KEd")
}

/// A live room `r`: host ada, cohost ben, listeners cy and dan, all present.
#[track_caller]
pub(super) fn room(client: &mut Client) {
    client.json("ROOM.CREATE r ada");
    for user in ["ada", "ben", "cy", "dan"] {
        client.json(&["ROOM.JOIN", "r", user, "PROFILE", &format!("{{\"name\":\"{user}\"}}")]);
    }
    client.ok("ROOM.ROLE r ada ben cohost");
}

/// The comments that an actor reads, newest first, as `(id, text)`.
#[track_caller]
fn texts(client: &mut Client, actor: &str) -> Vec<(i64, String)> {
    let page = client.json(&["ROOM.COMMENTS", "r", actor]);
    let comments = page["comments"].as_array().unwrap();
    comments.iter().map(|c| (c["id"].as_i64().unwrap(), c["text"].as_str().unwrap().to_owned())).collect()
}

/// The last word of an error is the number of ms to wait, within bounds.
#[track_caller]
fn assert_waits(error: &str, most: u64) {
    let ms: u64 = error.rsplit(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("no ms: {error}"));
    assert!((1..=most).contains(&ms), "{error}");
}

#[test]
fn a_comment_is_answered_published_notified_and_read() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let listener = Listener::open(&server);
    let before = now_ms(&mut client);
    let text = "hi\n\tthére 👋 \"quoted\"";
    assert_eq!(client.int(&["ROOM.COMMENT", "r", "cy", text]), 1);
    let event = listener.one(&mut client, "room.comment");
    assert_eq!((&event["type"], &event["by"]), (&json!("comment"), &json!("cy")));
    let ms = event["comment"]["ms"].as_u64().unwrap();
    assert!((before..=now_ms(&mut client)).contains(&ms));
    let whole = json!({"id":1,"user":"cy","text":text,"ms":ms,"reply":0,"pinned":false,"deleted":false});
    assert_eq!(event["comment"], whole);
    let page = client.json("ROOM.COMMENTS r dan");
    assert_eq!(page, json!({"comments":[whole],"profiles":{"cy":{"name":"cy"}}}));
    assert_eq!(client.json("ROOM.STATE r -")["comments"], json!([whole]));

    assert_eq!(client.int("ROOM.COMMENT r dan yes REPLY 1"), 2);
    assert_eq!(listener.one(&mut client, "room.comment")["comment"]["reply"], 1);
    assert_eq!(client.int("ROOM.COMMENT r - announcement"), 3);
    assert_eq!(listener.one(&mut client, "room.comment")["comment"]["user"], "-");
    assert_eq!(client.room_info("r")["comments"], "3");
}

#[test]
fn frames_of_comments_contain_their_authors_profiles() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let frames = Subscriber::room(&server, "r");
    client.int("ROOM.COMMENT r cy hi");
    let frame = frames.settled(&mut client, Kind::Channel).remove(0);
    assert_eq!(frame["profiles"], json!({"cy":{"name":"cy"}}));
}

#[test]
fn each_error_has_its_code_and_changes_nothing() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    client.json("ROOM.JOIN r gone");
    client.int("ROOM.LEAVE r gone");
    client.int("ROOM.COMMENT r cy one");
    client.int("ROOM.COMMENT r dan two");
    client.int("ROOM.COMMENT r ada three");
    client.int("ROOM.COMMENT r ben four");
    client.int("ROOM.COMMENT r - five");
    client.int("ROOM.COMMENT r cy six");
    client.int("ROOM.DELCOMMENT r cy 6");
    client.ok("ROOM.BLOCK r ada evil");
    let listener = Listener::open(&server);
    let digested = digest(&mut client, "r");
    for (line, code) in [
        ("ROOM.COMMENT r stranger hi", "NOTMEMBER"),
        ("ROOM.COMMENT r gone hi", "NOTMEMBER"),
        ("ROOM.COMMENT r evil hi", "NOTMEMBER"),
        ("ROOM.COMMENT r cy hi REPLY 99", "NOCOMMENT"),
        ("ROOM.COMMENT r cy hi REPLY 6", "NOCOMMENT"),
        ("ROOM.COMMENT r cy hi REPLY 0", "INVALID"),
        ("ROOM.DELCOMMENT r stranger 1", "FORBIDDEN"),
        ("ROOM.DELCOMMENT r dan 1", "FORBIDDEN"),
        ("ROOM.DELCOMMENT r dan 5", "FORBIDDEN"),
        ("ROOM.DELCOMMENT r ben 3", "FORBIDDEN"),
        ("ROOM.DELCOMMENT r ada 99", "NOCOMMENT"),
        ("ROOM.DELCOMMENT r cy 99", "NOCOMMENT"),
        ("ROOM.PIN r cy 1", "FORBIDDEN"),
        ("ROOM.PIN r stranger 99", "FORBIDDEN"),
        ("ROOM.PIN r ada 99", "NOCOMMENT"),
        ("ROOM.PIN r ada 6", "NOCOMMENT"),
        ("ROOM.UNPIN r cy 1", "FORBIDDEN"),
        ("ROOM.UNPIN r ada 99", "NOCOMMENT"),
        ("ROOM.REACT r stranger 👏", "NOTMEMBER"),
        ("ROOM.REACT r gone 👏", "NOTMEMBER"),
        ("ROOM.REACT r - 👏", "INVALID"),
        ("ROOM.REACT r cy 🦀", "BADOPTION"),
        ("ROOM.REACT r cy 👏 COUNT 0", "INVALID"),
        ("ROOM.REACT r cy 👏 COUNT 101", "INVALID"),
        ("ROOM.COMMENTS r evil", "BLOCKED"),
        ("ROOM.COMMENTS r cy COUNT 0", "INVALID"),
        ("ROOM.COMMENTS r cy COUNT 501", "INVALID"),
    ] {
        client.err(line, code);
        assert_eq!(digest(&mut client, "r"), digested, "{line}");
    }
    listener.nothing(&mut client);
}

#[test]
fn only_a_live_room_accepts_comments_and_reactions() {
    let server = prompt().start();
    let mut client = server.client();
    let at = (now_ms(&mut client) + 3_600_000).to_string();
    client.json(&["ROOM.CREATE", "scheduled", "ada", "AT", &at]);
    client.json("ROOM.JOIN scheduled ada");
    room(&mut client);
    client.int("ROOM.COMMENT r ada kept");
    client.json("ROOM.END r ada");
    for verb in
        ["COMMENT KEY ada hi", "DELCOMMENT KEY ada 1", "PIN KEY ada 1", "UNPIN KEY ada 1", "REACT KEY ada 👏"]
    {
        client.err(&format!("ROOM.{}", verb.replace("KEY", "scheduled")), "NOTLIVE");
        client.err(&format!("ROOM.{}", verb.replace("KEY", "r")), "ENDED");
        client.err(&format!("ROOM.{}", verb.replace("KEY", "none")), "NOROOM");
    }
    assert_eq!(texts(&mut client, "cy"), [(1, "kept".to_owned())], "an ended room can be read");
}

#[test]
fn a_repeated_token_gets_the_first_reply_and_changes_nothing() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    assert_eq!(client.int("ROOM.COMMENT r cy one TOKEN t"), 1);
    let listener = Listener::open(&server);
    let digested = digest(&mut client, "r");
    assert_eq!(client.int("ROOM.COMMENT r cy another TOKEN t"), 1, "the text does not matter");
    client.ok("CONFIG SET room.max-comments 1");
    assert_eq!(client.int("ROOM.COMMENT r cy one TOKEN t"), 1, "also at a limit");
    client.err("ROOM.COMMENT r cy one TOKEN u", "TOOMANY");
    client.ok("CONFIG SET room.max-comments 100");
    client.ok("CONFIG SET room.comment-rate 1");
    for _ in 0..5 {
        assert_eq!(client.int("ROOM.COMMENT r cy one TOKEN t"), 1, "the rate does not count it");
    }
    assert_eq!(digest(&mut client, "r"), digested);
    listener.nothing(&mut client);
    client.ok("ROOM.CONFIG r ada slowmode 100");
    assert_eq!(client.int("ROOM.COMMENT r cy one TOKEN t"), 1, "slow mode does not count it");

    assert_eq!(client.int("ROOM.COMMENT r dan two TOKEN t"), 2, "tokens are per user");
    assert_eq!(client.int("ROOM.POLLOPEN r ada q 2 a b TOKEN t"), 1);
    assert_eq!(client.int("ROOM.COMMENT r ada three TOKEN t"), 3, "tokens are per command");
    assert_eq!(client.int("ROOM.COMMENT r - four TOKEN t"), 4);
    assert_eq!(client.int("ROOM.COMMENT r - four TOKEN t"), 4, "the service has tokens, too");
    assert_eq!(client.room_info("r")["comments"], "4");
}
