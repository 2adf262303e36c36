//! Comments that are deleted, pinned, cleared or hidden.

use super::{prompt, room, texts};
use crate::support::rooms::export;
use crate::support::{json, Client, Json, Listener};

#[test]
fn a_deleted_comment_leaves_a_tombstone_and_no_text_anywhere() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let epoch = client.json("ROOM.STATE r -")["epoch"].as_str().unwrap().to_owned();
    client.int("ROOM.COMMENT r cy secretword");
    client.ok("ROOM.PIN r ada 1");
    client.int("ROOM.COMMENT r dan reply REPLY 1");
    assert!(client.text(&["ROOM.EVENTS", "r", "-", &epoch, "0"]).contains("secretword"));
    let listener = Listener::open(&server);
    assert_eq!(client.int("ROOM.DELCOMMENT r cy 1"), 1);
    let event = listener.one(&mut client, "room.delcomment");
    assert_eq!(event, json!({"seq":event["seq"],"type":"comment_deleted","id":1,"by":"cy"}));
    assert_eq!(client.int("ROOM.DELCOMMENT r ada 1"), 0, "again");
    listener.nothing(&mut client);

    let state = client.json("ROOM.STATE r -");
    assert_eq!(state["pins"], json!([]));
    assert_eq!(state["counts"]["comments"], 2, "a tombstone counts");
    let page = client.json("ROOM.COMMENTS r cy");
    let tombstone = &page["comments"][1];
    assert_eq!(tombstone["user"], "cy");
    assert_eq!((&tombstone["text"], &tombstone["deleted"]), (&json!(""), &json!(true)));
    assert_eq!(tombstone["pinned"], false);
    assert_eq!(page["comments"][0]["reply"], 1);

    for read in ["ROOM.STATE r -", "ROOM.COMMENTS r -", "ROOM.SUMMARY r -"] {
        assert!(!client.text(read).contains("secretword"), "{read}");
    }
    assert!(!client.text(&["ROOM.EVENTS", "r", "-", &epoch, "0"]).contains("secretword"));
    let dump = client.cmd("DUMP r").bytes();
    assert!(!dump.windows(10).any(|bytes| bytes == b"secretword"), "DUMP");
    let lines = format!("{:?}", export(&mut client, "r"));
    assert!(!lines.contains("secretword") && lines.contains("deleted_by"), "EXPORT");
}

#[test]
fn authors_and_staff_delete_comments() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    client.json("ROOM.JOIN r eve");
    client.ok("ROOM.ROLE r ada eve cohost");
    for (author, by, allowed) in [
        ("cy", "cy", true),
        ("cy", "dan", false),
        ("cy", "ben", true),
        ("cy", "ada", true),
        ("cy", "-", true),
        ("ada", "ben", false),
        ("eve", "ben", false),
        ("ben", "ben", true),
        ("ben", "ada", true),
        ("-", "cy", false),
        ("-", "-", true),
    ] {
        let id = client.int(&["ROOM.COMMENT", "r", author, "x"]).to_string();
        let reply = client.cmd(&["ROOM.DELCOMMENT", "r", by, &id]);
        if allowed {
            assert_eq!(reply.int(), 1, "{by} deletes of {author}");
        } else {
            reply.err("FORBIDDEN");
        }
    }
    // The author has left. Staff can still delete the comment, the author cannot.
    let id = client.int("ROOM.COMMENT r cy bye").to_string();
    client.int("ROOM.LEAVE r cy");
    client.err(&["ROOM.DELCOMMENT", "r", "cy", &id], "NOTMEMBER");
    assert_eq!(client.int(&["ROOM.DELCOMMENT", "r", "ben", &id]), 1);
}

#[test]
fn at_most_five_comments_are_pinned() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    for n in 1..=6 {
        assert_eq!(client.int(&["ROOM.COMMENT", "r", "cy", &format!("c{n}")]), n);
    }
    let listener = Listener::open(&server);
    client.ok("ROOM.PIN r ada 3");
    let event = listener.one(&mut client, "room.pin");
    assert_eq!((&event["type"], &event["by"]), (&json!("pinned"), &json!("ada")));
    assert_eq!((&event["comment"]["id"], &event["comment"]["pinned"]), (&json!(3), &json!(true)));
    assert_eq!(event["comment"]["text"], "c3");
    client.ok("ROOM.PIN r ben 3");
    listener.nothing(&mut client);
    for id in ["1", "2", "4", "5"] {
        client.ok(&["ROOM.PIN", "r", "ben", id]);
    }
    client.err("ROOM.PIN r ada 6", "TOOMANY");
    let pins = client.json("ROOM.STATE r -")["pins"].clone();
    assert_eq!(pins.as_array().unwrap().len(), 5);
    listener.published(&mut client);
    assert_eq!(client.int("ROOM.UNPIN r ben 1"), 1);
    let event = listener.one(&mut client, "room.unpin");
    assert_eq!(event, json!({"seq":event["seq"],"type":"unpinned","id":1,"by":"ben"}));
    assert_eq!(client.int("ROOM.UNPIN r ben 1"), 0);
    assert_eq!(client.int("ROOM.UNPIN r ben 6"), 0);
    listener.nothing(&mut client);
    client.ok("ROOM.PIN r - 6");
    client.err("ROOM.PIN r ada 1", "TOOMANY");
    client.int("ROOM.DELCOMMENT r cy 6");
    client.ok("ROOM.PIN r ada 1");
}

#[test]
fn a_block_with_clear_deletes_its_users_comments() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let epoch = client.json("ROOM.STATE r -")["epoch"].as_str().unwrap().to_owned();
    for (user, text) in [("cy", "spamword"), ("dan", "fine"), ("cy", "spamword again")] {
        client.int(&["ROOM.COMMENT", "r", user, text]);
    }
    client.ok("ROOM.PIN r ada 1");
    let listener = Listener::open(&server);
    client.ok("ROOM.BLOCK r ben cy CLEAR");
    let (events, notifications) = listener.published(&mut client);
    let cleared: Vec<&Json> = events.iter().filter(|event| event["type"] == "comments_cleared").collect();
    assert_eq!(cleared.len(), 1, "{events:?}");
    assert_eq!((&cleared[0]["user"], &cleared[0]["by"]), (&json!("cy"), &json!("ben")));
    assert!(notifications.contains(&"room.block r".to_owned()), "{notifications:?}");
    let left = texts(&mut client, "dan");
    assert_eq!(left, [(3, String::new()), (2, "fine".to_owned()), (1, String::new())]);
    assert_eq!(client.json("ROOM.STATE r -")["pins"], json!([]));
    assert!(!client.text(&["ROOM.EVENTS", "r", "-", &epoch, "0"]).contains("spamword"));
}

#[test]
fn only_a_shadow_blocked_user_sees_its_own_comments_and_reactions() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    client.int("ROOM.COMMENT r cy before");
    client.int("ROOM.REACT r cy 👏 COUNT 2");
    client.ok("ROOM.BLOCK r ada cy SHADOW");
    let listener = Listener::open(&server);
    assert_eq!(client.int("ROOM.COMMENT r cy unseen"), 2, "the usual reply");
    assert_eq!(client.int("ROOM.COMMENT r cy unseen TOKEN t"), 3);
    assert_eq!(client.int("ROOM.COMMENT r cy unseen TOKEN t"), 3);
    assert_eq!(client.int("ROOM.COMMENT r cy again REPLY 2"), 4, "it can reply to its own comments");
    assert_eq!(client.int("ROOM.REACT r cy 👏 COUNT 5"), 7, "the total includes its own reactions");
    assert_eq!(client.int("ROOM.DELCOMMENT r cy 4"), 1);
    listener.nothing(&mut client);

    let all = |client: &mut Client, who: &str| client.text(&["ROOM.COMMENTS", "r", who]);
    assert!(all(&mut client, "cy").contains("unseen"));
    let own = client.json("ROOM.STATE r cy");
    assert_eq!(own["counts"]["comments"], 4);
    assert_eq!(own["reactions"], json!({"👏":7}));
    assert_eq!(own["comments"].as_array().unwrap().len(), 4);
    let yours: Vec<_> = own["you"]["comments"].as_array().unwrap().iter().map(|c| c["id"].clone()).collect();
    assert_eq!(yours, [3, 2, 1], "without the deleted one");
    let summary = client.json("ROOM.SUMMARY r cy");
    assert_eq!((&summary["comments"], &summary["reactions"]), (&json!(4), &json!({"👏":7})));
    assert_eq!(summary["reactions_total"], 7);
    for other in ["dan", "ada", "-"] {
        assert!(!all(&mut client, other).contains("unseen"), "{other}");
        let state = client.json(&["ROOM.STATE", "r", other]);
        assert_eq!(state["counts"]["comments"], 1, "{other}");
        assert_eq!(state["reactions"], json!({"👏":2}), "{other}");
        assert!(!state.to_string().contains("unseen"), "{other}");
        let summary = client.json(&["ROOM.SUMMARY", "r", other]);
        assert_eq!((&summary["comments"], &summary["reactions_total"]), (&json!(1), &json!(2)), "{other}");
    }
    for line in [
        "ROOM.DELCOMMENT r ada 2",
        "ROOM.DELCOMMENT r - 2",
        "ROOM.PIN r ada 2",
        "ROOM.UNPIN r ada 2",
        "ROOM.COMMENT r dan x REPLY 2",
    ] {
        client.err(line, "NOCOMMENT");
    }
    let info = client.room_info("r");
    assert_eq!((info["comments"].as_str(), info["reactions"].as_str()), ("1", "2"));
    client.int("ROOM.UNBLOCK r ada cy");
    listener.published(&mut client);
    assert_eq!(client.int("ROOM.COMMENT r cy seen"), 5);
    listener.one(&mut client, "room.comment");
    assert_eq!(texts(&mut client, "dan"), [(5, "seen".to_owned()), (1, "before".to_owned())]);
}
