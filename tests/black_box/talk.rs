//! COMMENT, DELCOMMENT, PIN, UNPIN, COMMENTS, REACT: replies, errors, events, notifications, limits, shadow blocks.

use crate::support::rooms::{digest, now_ms};
use crate::support::subscriber::Kind;
use crate::support::{self, json, Builder, Client, Json, Server, Subscriber};

fn prompt() -> Builder {
    Server::with().prompt().patient().notify("KEd")
}

/// A live room `r`: host ada, cohost ben, listeners cy and dan, all present.
#[track_caller]
fn room(client: &mut Client) {
    client.json("ROOM.CREATE r ada");
    for user in ["ada", "ben", "cy", "dan"] {
        client.json(&["ROOM.JOIN", "r", user, "PROFILE", &format!("{{\"name\":\"{user}\"}}")]);
    }
    client.ok("ROOM.ROLE r ada ben cohost");
}

/// What the channel and the notifications carry.
struct Ears {
    frames: Subscriber,
    notes: Subscriber,
}

impl Ears {
    #[track_caller]
    fn open(server: &Server) -> Ears {
        Ears { frames: Subscriber::room(server, "r"), notes: Subscriber::keyevents(server) }
    }

    /// Events and notifications since the last look.
    #[track_caller]
    fn heard(&self, client: &mut Client) -> (Vec<Json>, Vec<String>) {
        self.frames.settled(client, Kind::Channel);
        let frames: Vec<Json> = self.frames.take().iter().map(support::subscriber::Message::json).collect();
        (support::subscriber::events(&frames), self.notes.notes(client))
    }

    /// The only event since the last look, and its only notification.
    #[track_caller]
    fn one(&self, client: &mut Client, note: &str) -> Json {
        let (events, notes) = self.heard(client);
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(notes, [format!("{note} r")]);
        events[0].clone()
    }

    /// Nothing since the last look.
    #[track_caller]
    fn nothing(&self, client: &mut Client) {
        assert_eq!(self.heard(client), (vec![], vec![]));
    }
}

/// The comments that an actor reads, newest first, as `(id, text)`.
#[track_caller]
fn texts(client: &mut Client, actor: &str) -> Vec<(i64, String)> {
    let page = client.json(&["ROOM.COMMENTS", "r", actor]);
    let comments = page["comments"].as_array().unwrap();
    comments.iter().map(|c| (c["id"].as_i64().unwrap(), c["text"].as_str().unwrap().to_owned())).collect()
}

/// The last word of an error is the ms to wait, within bounds.
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
    let ears = Ears::open(&server);
    let before = now_ms(&mut client);
    let text = "hi\n\tthére 👋 \"quoted\"";
    assert_eq!(client.int(&["ROOM.COMMENT", "r", "cy", text]), 1);
    let event = ears.one(&mut client, "room.comment");
    assert_eq!((&event["type"], &event["by"]), (&json!("comment"), &json!("cy")));
    let ms = event["comment"]["ms"].as_u64().unwrap();
    assert!((before..=now_ms(&mut client)).contains(&ms));
    let whole = json!({"id":1,"user":"cy","text":text,"ms":ms,"reply":0,"pinned":false,"deleted":false});
    assert_eq!(event["comment"], whole);
    let page = client.json("ROOM.COMMENTS r dan");
    assert_eq!(page, json!({"comments":[whole],"profiles":{"cy":{"name":"cy"}}}));
    assert_eq!(client.json("ROOM.STATE r -")["comments"], json!([whole]));

    assert_eq!(client.int("ROOM.COMMENT r dan yes REPLY 1"), 2);
    assert_eq!(ears.one(&mut client, "room.comment")["comment"]["reply"], 1);
    assert_eq!(client.int("ROOM.COMMENT r - announcement"), 3);
    assert_eq!(ears.one(&mut client, "room.comment")["comment"]["user"], "-");
    assert_eq!(client.room_info("r")["comments"], "3");
}

#[test]
fn frames_of_comments_carry_their_authors_profiles() {
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
    let ears = Ears::open(&server);
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
    ears.nothing(&mut client);
}

#[test]
fn only_a_live_room_takes_comments_and_reactions() {
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
    assert_eq!(texts(&mut client, "cy"), [(1, "kept".to_owned())], "an ended room is read");
}

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
    let ears = Ears::open(&server);
    assert_eq!(client.int("ROOM.DELCOMMENT r cy 1"), 1);
    let event = ears.one(&mut client, "room.delcomment");
    assert_eq!(event, json!({"seq":event["seq"],"type":"comment_deleted","id":1,"by":"cy"}));
    assert_eq!(client.int("ROOM.DELCOMMENT r ada 1"), 0, "again");
    ears.nothing(&mut client);

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
    let lines = format!("{:?}", support::rooms::export(&mut client, "r"));
    assert!(!lines.contains("secretword") && lines.contains("deleted_by"), "EXPORT");
}

#[test]
fn who_deletes_what() {
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
    // The author is gone: staff deletes all the same, the author itself no more.
    let id = client.int("ROOM.COMMENT r cy bye").to_string();
    client.int("ROOM.LEAVE r cy");
    client.err(&["ROOM.DELCOMMENT", "r", "cy", &id], "NOTMEMBER");
    assert_eq!(client.int(&["ROOM.DELCOMMENT", "r", "ben", &id]), 1);
}

#[test]
fn a_token_gives_the_first_answer_again_and_does_nothing() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    assert_eq!(client.int("ROOM.COMMENT r cy one TOKEN t"), 1);
    let ears = Ears::open(&server);
    let digested = digest(&mut client, "r");
    assert_eq!(client.int("ROOM.COMMENT r cy another TOKEN t"), 1, "whatever the text");
    client.ok("CONFIG SET room.max-comments 1");
    assert_eq!(client.int("ROOM.COMMENT r cy one TOKEN t"), 1, "also at a limit");
    client.err("ROOM.COMMENT r cy one TOKEN u", "TOOMANY");
    client.ok("CONFIG SET room.max-comments 100");
    client.ok("CONFIG SET room.comment-rate 1");
    for _ in 0..5 {
        assert_eq!(client.int("ROOM.COMMENT r cy one TOKEN t"), 1, "no rate counts it");
    }
    assert_eq!(digest(&mut client, "r"), digested);
    ears.nothing(&mut client);
    client.ok("ROOM.CONFIG r ada slowmode 100");
    assert_eq!(client.int("ROOM.COMMENT r cy one TOKEN t"), 1, "nor slow mode");

    assert_eq!(client.int("ROOM.COMMENT r dan two TOKEN t"), 2, "a token is its user's");
    assert_eq!(client.int("ROOM.POLLOPEN r ada q 2 a b TOKEN t"), 1);
    assert_eq!(client.int("ROOM.COMMENT r ada three TOKEN t"), 3, "and its command's");
    assert_eq!(client.int("ROOM.COMMENT r - four TOKEN t"), 4);
    assert_eq!(client.int("ROOM.COMMENT r - four TOKEN t"), 4, "of a service too");
    assert_eq!(client.room_info("r")["comments"], "4");
}

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
fn rates_are_two_seconds_worth_a_user_and_end_in_the_wait() {
    let server = Server::with().prompt().patient().room("comment-rate", 3).room("react-rate", 10).start();
    let mut client = server.client();
    room(&mut client);
    // Until refused: as many as the bucket holds, and what trickled in meanwhile.
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
    let error = refused.expect("a room's rate is of all its users");
    assert!(error.starts_with("RATELIMITED "), "{error}");
    assert_waits(&error, 1000);
}

#[test]
fn five_comments_are_pinned_at_most() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    for n in 1..=6 {
        assert_eq!(client.int(&["ROOM.COMMENT", "r", "cy", &format!("c{n}")]), n);
    }
    let ears = Ears::open(&server);
    client.ok("ROOM.PIN r ada 3");
    let event = ears.one(&mut client, "room.pin");
    assert_eq!((&event["type"], &event["by"]), (&json!("pinned"), &json!("ada")));
    assert_eq!((&event["comment"]["id"], &event["comment"]["pinned"]), (&json!(3), &json!(true)));
    assert_eq!(event["comment"]["text"], "c3");
    client.ok("ROOM.PIN r ben 3");
    ears.nothing(&mut client);
    for id in ["1", "2", "4", "5"] {
        client.ok(&["ROOM.PIN", "r", "ben", id]);
    }
    client.err("ROOM.PIN r ada 6", "TOOMANY");
    let pins = client.json("ROOM.STATE r -")["pins"].clone();
    assert_eq!(pins.as_array().unwrap().len(), 5);
    ears.heard(&mut client);
    assert_eq!(client.int("ROOM.UNPIN r ben 1"), 1);
    let event = ears.one(&mut client, "room.unpin");
    assert_eq!(event, json!({"seq":event["seq"],"type":"unpinned","id":1,"by":"ben"}));
    assert_eq!(client.int("ROOM.UNPIN r ben 1"), 0);
    assert_eq!(client.int("ROOM.UNPIN r ben 6"), 0);
    ears.nothing(&mut client);
    client.ok("ROOM.PIN r - 6");
    client.err("ROOM.PIN r ada 1", "TOOMANY");
    client.int("ROOM.DELCOMMENT r cy 6");
    client.ok("ROOM.PIN r ada 1");
}

#[test]
fn comments_are_read_newest_first_in_pages() {
    let server = prompt().room("max-comments", 600).start();
    let mut client = server.client();
    room(&mut client);
    let lines: Vec<String> = (1..=600).map(|n| format!("ROOM.COMMENT r cy c{n}")).collect();
    let lines: Vec<Vec<&str>> = lines.iter().map(|line| line.split(' ').collect()).collect();
    for (n, reply) in (1..).zip(client.pipeline(&lines)) {
        assert_eq!(reply.int(), n);
    }
    client.err("ROOM.COMMENT r cy over", "TOOMANY");
    client.err("ROOM.COMMENT r - over", "TOOMANY");
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
fn two_thousand_comments_a_user() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let line = ["ROOM.COMMENT", "r", "cy", "x"];
    let replies = client.pipeline(&vec![line; 2001]);
    assert_eq!(replies[1999].int(), 2000);
    replies[2000].err("TOOMANY");
    assert_eq!(client.int("ROOM.COMMENT r dan x"), 2001);
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
    let ears = Ears::open(&server);
    client.ok("ROOM.BLOCK r ben cy CLEAR");
    let (events, notes) = ears.heard(&mut client);
    let cleared: Vec<&Json> = events.iter().filter(|event| event["type"] == "comments_cleared").collect();
    assert_eq!(cleared.len(), 1, "{events:?}");
    assert_eq!((&cleared[0]["user"], &cleared[0]["by"]), (&json!("cy"), &json!("ben")));
    assert!(notes.contains(&"room.block r".to_owned()), "{notes:?}");
    let left = texts(&mut client, "dan");
    assert_eq!(left, [(3, String::new()), (2, "fine".to_owned()), (1, String::new())]);
    assert_eq!(client.json("ROOM.STATE r -")["pins"], json!([]));
    assert!(!client.text(&["ROOM.EVENTS", "r", "-", &epoch, "0"]).contains("spamword"));
}

#[test]
fn a_shadow_blocked_user_talks_to_itself_alone() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    client.int("ROOM.COMMENT r cy before");
    client.int("ROOM.REACT r cy 👏 COUNT 2");
    client.ok("ROOM.BLOCK r ada cy SHADOW");
    let ears = Ears::open(&server);
    assert_eq!(client.int("ROOM.COMMENT r cy unseen"), 2, "answered as ever");
    assert_eq!(client.int("ROOM.COMMENT r cy unseen TOKEN t"), 3);
    assert_eq!(client.int("ROOM.COMMENT r cy unseen TOKEN t"), 3);
    assert_eq!(client.int("ROOM.COMMENT r cy again REPLY 2"), 4, "its own ids are good for it");
    assert_eq!(client.int("ROOM.REACT r cy 👏 COUNT 5"), 7, "its own total");
    assert_eq!(client.int("ROOM.DELCOMMENT r cy 4"), 1);
    ears.nothing(&mut client);

    let all = |client: &mut Client, who: &str| client.text(&["ROOM.COMMENTS", "r", who]);
    assert!(all(&mut client, "cy").contains("unseen"));
    let own = client.json("ROOM.STATE r cy");
    assert_eq!(own["counts"]["comments"], 4);
    assert_eq!(own["reactions"], json!({"👏":7}));
    assert_eq!(own["comments"].as_array().unwrap().len(), 4);
    for other in ["dan", "ada", "-"] {
        assert!(!all(&mut client, other).contains("unseen"), "{other}");
        let state = client.json(&["ROOM.STATE", "r", other]);
        assert_eq!(state["counts"]["comments"], 1, "{other}");
        assert_eq!(state["reactions"], json!({"👏":2}), "{other}");
        assert!(!state.to_string().contains("unseen"), "{other}");
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
    ears.heard(&mut client);
    assert_eq!(client.int("ROOM.COMMENT r cy seen"), 5);
    ears.one(&mut client, "room.comment");
    assert_eq!(texts(&mut client, "dan"), [(5, "seen".to_owned()), (1, "before".to_owned())]);
}

#[test]
fn reactions_are_counted_by_kind() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let ears = Ears::open(&server);
    assert_eq!(client.int("ROOM.REACT r cy 👏"), 1);
    let event = ears.one(&mut client, "room.tick");
    let whole = json!({"seq":event["seq"],"type":"reactions","delta":{"👏":1},"total":{"👏":1}});
    assert_eq!(event, whole);
    assert_eq!(client.int("ROOM.REACT r dan 👏 COUNT 100"), 101);
    assert_eq!(ears.one(&mut client, "room.tick")["total"], json!({"👏":101}));
    for kind in ["👍", "❤️", "😂", "😮", "😢", "👏", "🔥", "🎉", "💯", "🙏", "👎", "🤔"]
    {
        client.int(&["ROOM.REACT", "r", "cy", kind]);
    }
    assert_eq!(client.json("ROOM.STATE r -")["settings"]["emojis"].as_array().unwrap().len(), 12);
    assert_eq!(client.room_info("r")["reactions"], "113");
    client.ok(&["ROOM.CONFIG", "r", "ada", "emojis", r#"["🦀"]"#]);
    assert_eq!(client.int("ROOM.REACT r cy 🦀"), 1);
    client.err("ROOM.REACT r cy 👏", "BADOPTION");
    client.ok("ROOM.CONFIG r ada reactions off");
    client.err("ROOM.REACT r ada 🦀", "OFF");
}

#[test]
fn a_room_has_at_most_64_kinds() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    client.ok("ROOM.CONFIG r ada emojis []");
    for n in 0..64 {
        client.int(&["ROOM.REACT", "r", "cy", &format!("kind {n}")]);
    }
    client.err("ROOM.REACT r cy another", "TOOMANY");
    assert_eq!(client.int(&["ROOM.REACT", "r", "dan", "kind 63"]), 2);
    assert_eq!(client.json("ROOM.STATE r -")["reactions"].as_object().unwrap().len(), 64);
}
