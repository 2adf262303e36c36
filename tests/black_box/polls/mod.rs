//! POLLOPEN, POLLVOTE, POLLCLOSE, POLLS: replies, errors, events, notifications, limits, secrecy.

mod hidden;

use crate::support::rooms::{digest, now_ms};
use crate::support::subscriber::{events, Kind, Message};
use crate::support::{json, wait_for, Builder, Client, Json, Server, Subscriber};

fn prompt() -> Builder {
    Server::with().prompt().patient().notify("KEd")
}

/// A live room `r`: host ada, cohost ben, listeners cy, dan and eve, all present.
#[track_caller]
fn room(client: &mut Client) {
    client.json("ROOM.CREATE r ada");
    for user in ["ada", "ben", "cy", "dan", "eve"] {
        client.json(&["ROOM.JOIN", "r", user]);
    }
    client.ok("ROOM.ROLE r ada ben cohost");
}

/// The votes of each option of a poll, as `reader` sees them.
#[track_caller]
fn votes(client: &mut Client, reader: &str, poll: usize) -> Vec<Json> {
    let polls = client.json(&["ROOM.POLLS", "r", reader]);
    polls[poll - 1]["options"].as_array().unwrap().iter().map(|option| option["votes"].clone()).collect()
}

/// The polls of the poll events since the last look.
#[track_caller]
fn polls_published(frames: &Subscriber, client: &mut Client) -> Vec<Json> {
    frames.settled(client, Kind::Channel);
    let taken: Vec<Json> = frames.take().iter().map(Message::json).collect();
    events(&taken)
        .into_iter()
        .map(|event| {
            assert_eq!(event["type"], "poll", "{event}");
            event["poll"].clone()
        })
        .collect()
}

#[test]
fn a_poll_is_opened_voted_closed_and_read() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let (frames, notifications) = (Subscriber::room(&server, "r"), Subscriber::keyevents(&server));
    let before = now_ms(&mut client);
    assert_eq!(client.int(&["ROOM.POLLOPEN", "r", "ada", "Which ürn?", "2", "left one", "right 👉"]), 1);
    let received = polls_published(&frames, &mut client).remove(0);
    assert_eq!(notifications.drain(&mut client), ["room.pollopen r"]);
    let opened = received["opened_ms"].as_u64().unwrap();
    assert!((before..=now_ms(&mut client)).contains(&opened));
    let mut whole = json!({
        "id":1,"question":"Which ürn?",
        "options":[{"text":"left one","votes":0},{"text":"right 👉","votes":0}],
        "voters":0,"state":"open","multi":1,"secret":false,"final":false,"hidden":false,
        "opened_ms":opened,"closes_ms":0,
    });
    assert_eq!(received, whole);
    assert_eq!(client.json("ROOM.POLLS r cy"), json!([whole]));
    assert_eq!(client.json("ROOM.STATE r cy")["polls"], json!([whole]));

    assert_eq!(client.int("ROOM.POLLVOTE r cy 1 1"), 1);
    assert_eq!(client.int("ROOM.POLLVOTE r dan 1 1"), 2);
    assert_eq!(client.int("ROOM.POLLVOTE r ada 1 0"), 3, "the host votes too");
    (whole["options"][0]["votes"], whole["options"][1]["votes"]) = (json!(1), json!(2));
    whole["voters"] = json!(3);
    assert_eq!(polls_published(&frames, &mut client).last(), Some(&whole));
    assert_eq!(notifications.drain(&mut client), vec!["room.tick r"; 3]);

    let closed = client.json("ROOM.POLLCLOSE r ben 1");
    assert!((opened..=now_ms(&mut client)).contains(&closed["closes_ms"].as_u64().unwrap()));
    (whole["state"], whole["closes_ms"]) = (json!("closed"), closed["closes_ms"].clone());
    assert_eq!(closed, whole);
    assert_eq!(polls_published(&frames, &mut client), vec![whole.clone()]);
    assert_eq!(notifications.drain(&mut client), ["room.pollclose r"]);
    assert_eq!(client.json("ROOM.POLLS r -"), json!([whole]));
    assert_eq!(client.json("ROOM.STATE r -")["polls"], json!([]), "STATE shows the open ones");
    assert_eq!(client.json("ROOM.SUMMARY r -")["polls"], json!([whole]));
    client.json("ROOM.END r ada");
    assert_eq!(client.json("ROOM.POLLS r -"), json!([whole]), "an ended room can be read");
}

/// Commands on the polls of the next test, and their errors.
const REFUSED: [(&str, &str); 30] = [
    ("ROOM.POLLOPEN r cy q 2 a b", "FORBIDDEN"),
    ("ROOM.POLLOPEN r stranger q 2 a b", "FORBIDDEN"),
    ("ROOM.POLLOPEN r ada q 1 a b", "INVALID"),
    ("ROOM.POLLOPEN r ada q 21 a b c d e f g h i j k l m n o p q r s t u", "INVALID"),
    ("ROOM.POLLOPEN r ada q 3 a b", "INVALID"),
    ("ROOM.POLLOPEN r ada q 2 a a", "INVALID"),
    ("ROOM.POLLOPEN r ada q 2 a b MULTI 0", "INVALID"),
    ("ROOM.POLLOPEN r ada q 2 a b MULTI 3", "INVALID"),
    ("ROOM.POLLOPEN r ada q 2 a b FOR 0", "INVALID"),
    ("ROOM.POLLOPEN r ada q 2 a b FOR 604801", "INVALID"),
    ("ROOM.POLLOPEN r ada q 2 a b SECRET SECRET", "INVALID"),
    ("ROOM.POLLVOTE r stranger 1 0", "NOTMEMBER"),
    ("ROOM.POLLVOTE r gone 1 0", "NOTMEMBER"),
    ("ROOM.POLLVOTE r stranger 9 0", "NOTMEMBER"),
    ("ROOM.POLLVOTE r - 1 0", "INVALID"),
    ("ROOM.POLLVOTE r cy 9 0", "NOPOLL"),
    ("ROOM.POLLVOTE r cy 0 0", "INVALID"),
    ("ROOM.POLLVOTE r cy 1 3", "BADOPTION"),
    ("ROOM.POLLVOTE r cy 1 63", "BADOPTION"),
    ("ROOM.POLLVOTE r cy 1 64", "BADOPTION"),
    ("ROOM.POLLVOTE r cy 1 9007199254740992", "BADOPTION"),
    ("ROOM.POLLVOTE r cy 1 0 1 2", "BADOPTION"),
    ("ROOM.POLLVOTE r cy 1 0 0", "INVALID"),
    ("ROOM.POLLVOTE r cy 2 1", "ALREADYVOTED"),
    ("ROOM.POLLVOTE r cy 2 0", "ALREADYVOTED"),
    ("ROOM.POLLVOTE r cy 3 0", "POLLCLOSED"),
    ("ROOM.POLLCLOSE r cy 1", "FORBIDDEN"),
    ("ROOM.POLLCLOSE r stranger 9", "FORBIDDEN"),
    ("ROOM.POLLCLOSE r ada 9", "NOPOLL"),
    ("ROOM.POLLS r evil", "BLOCKED"),
];

#[test]
fn each_error_has_its_code_and_changes_nothing() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    client.json("ROOM.JOIN r gone");
    client.int("ROOM.LEAVE r gone");
    client.int("ROOM.POLLOPEN r ada q 3 a b c MULTI 2");
    client.int("ROOM.POLLOPEN r ada q 2 a b FINAL");
    client.int("ROOM.POLLOPEN r ada q 2 a b");
    client.json("ROOM.POLLCLOSE r ada 3");
    client.int("ROOM.POLLVOTE r cy 2 0");
    client.ok("ROOM.BLOCK r ada evil");
    let frames = Subscriber::room(&server, "r");
    let digested = digest(&mut client, "r");
    for (line, code) in REFUSED {
        client.err(line, code);
        assert_eq!(digest(&mut client, "r"), digested, "{line}");
    }
    client.json("ROOM.POLLCLOSE r ada 3");
    assert_eq!(digest(&mut client, "r"), digested, "closing again changes nothing");
    assert_eq!(polls_published(&frames, &mut client), Vec::<Json>::new());

    let at = (now_ms(&mut client) + 3_600_000).to_string();
    client.json(&["ROOM.CREATE", "scheduled", "ada", "AT", &at]);
    client.json("ROOM.JOIN scheduled ada");
    client.json("ROOM.END r ada");
    for verb in ["POLLOPEN KEY ada q 2 a b", "POLLVOTE KEY ada 1 0", "POLLCLOSE KEY ada 1"] {
        client.err(&format!("ROOM.{}", verb.replace("KEY", "scheduled")), "NOTLIVE");
        client.err(&format!("ROOM.{}", verb.replace("KEY", "r")), "ENDED");
        client.err(&format!("ROOM.{}", verb.replace("KEY", "none")), "NOROOM");
    }
}

#[test]
fn a_vote_replaces_the_one_before_unless_final() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    client.int("ROOM.POLLOPEN r ada q 3 a b c MULTI 2");
    assert_eq!(client.int("ROOM.POLLVOTE r cy 1 0 2"), 1);
    assert_eq!(client.int("ROOM.POLLVOTE r dan 1 2"), 2);
    assert_eq!(votes(&mut client, "-", 1), [1, 0, 2]);
    assert_eq!(client.json("ROOM.WHOIS r cy cy")["votes"], json!({"1":[0,2]}));
    assert_eq!(client.int("ROOM.POLLVOTE r cy 1 1"), 2, "still as many voters");
    assert_eq!(votes(&mut client, "-", 1), [0, 1, 1]);
    assert_eq!(client.json("ROOM.WHOIS r cy cy")["votes"], json!({"1":[1]}));
    assert_eq!(client.int("ROOM.POLLVOTE r cy 1 1"), 2);
    client.int("ROOM.POLLOPEN r ada q 2 a b FINAL");
    assert_eq!(client.int("ROOM.POLLVOTE r cy 2 0"), 1);
    client.err("ROOM.POLLVOTE r cy 2 1", "ALREADYVOTED");
    assert_eq!(votes(&mut client, "-", 2), [1, 0]);
}

#[test]
fn a_user_has_one_vote_and_it_stays_after_leaving() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    client.json("ROOM.JOIN r cy GATEWAY g SESSION phone");
    client.json("ROOM.JOIN r cy GATEWAY g SESSION web");
    client.int("ROOM.POLLOPEN r ada q 2 a b");
    assert_eq!(client.int("ROOM.POLLVOTE r cy 1 0"), 1);
    client.int("ROOM.LEAVE r cy SESSION phone");
    assert_eq!(client.int("ROOM.POLLVOTE r cy 1 1"), 1);
    client.int("ROOM.LEAVE r cy");
    assert_eq!(votes(&mut client, "-", 1), [0, 1], "the vote stays");
    client.err("ROOM.POLLVOTE r cy 1 0", "NOTMEMBER");
    let you = client.json("ROOM.JOIN r cy")["you"].clone();
    assert_eq!(you["votes"], json!({"1":[1]}));
    assert_eq!(client.int("ROOM.POLLVOTE r cy 1 0"), 1);
    client.int("ROOM.KICK r ada cy");
    assert_eq!(votes(&mut client, "-", 1), [1, 0]);
}

#[test]
fn a_poll_with_for_closes_by_itself() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let frames = Subscriber::room(&server, "r");
    client.int("ROOM.POLLOPEN r ada q 2 a b FOR 1");
    client.int("ROOM.POLLVOTE r cy 1 1");
    let poll = client.json("ROOM.POLLS r -")[0].clone();
    let (opened, closes) = (poll["opened_ms"].as_u64().unwrap(), poll["closes_ms"].as_u64().unwrap());
    assert_eq!(closes - opened, 1000);
    let received = frames.wait_event("poll", |event| event["poll"]["state"] == "closed");
    assert_eq!(received["poll"]["options"][1]["votes"], 1);
    client.err("ROOM.POLLVOTE r dan 1 0", "POLLCLOSED");
    assert_eq!(client.json("ROOM.STATE r -")["polls"], json!([]));
}

#[test]
fn reads_and_votes_see_a_due_poll_as_closed_before_any_timer() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    client.int("ROOM.POLLOPEN r ada q 2 a b FOR 1 HIDDEN");
    client.int("ROOM.POLLVOTE r cy 1 1");
    client.ok("CLIENT PAUSE 60000 WRITE");
    let digested = digest(&mut client, "r");
    wait_for("a read shows the poll closed", || {
        let poll = client.json("ROOM.POLLS r -")[0].clone();
        (poll["state"] == "closed").then(|| assert_eq!(poll["options"][1]["votes"], 1))
    });
    assert_eq!(digest(&mut client, "r"), digested, "a read settles nothing");
    client.ok("CLIENT UNPAUSE");
    client.err("ROOM.POLLVOTE r dan 1 0", "POLLCLOSED");
}

#[test]
fn at_most_five_polls_are_open_and_a_hundred_exist() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let open = "ROOM.POLLOPEN r ada q 2 a b";
    for n in 1..=5 {
        assert_eq!(client.int(open), n);
    }
    client.err(open, "TOOMANY");
    for n in 6..=100 {
        client.json(&["ROOM.POLLCLOSE", "r", "ada", &(n - 5).to_string()]);
        assert_eq!(client.int(open), n);
    }
    for n in 96..=100 {
        client.json(&["ROOM.POLLCLOSE", "r", "ada", &n.to_string()]);
    }
    client.err(open, "TOOMANY");
    assert_eq!(client.json("ROOM.POLLS r cy").as_array().unwrap().len(), 100);
    assert_eq!(client.room_info("r")["polls"], "100");
}

#[test]
fn twenty_options_of_full_length_are_stored_as_sent() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let options: Vec<String> = (10..30).map(|n| format!("{n}{}", "x".repeat(126))).collect();
    let question = "é".repeat(256);
    let mut line = vec!["ROOM.POLLOPEN", "r", "ada", &question, "20"];
    line.extend(options.iter().map(String::as_str));
    line.extend(["multi", "20", "for", "604800", "token", "t"]);
    assert_eq!(client.int(&line), 1);
    let poll = client.json("ROOM.POLLS r -")[0].clone();
    assert_eq!((&poll["question"], &poll["multi"]), (&json!(question), &json!(20)));
    let stored: Vec<&str> =
        poll["options"].as_array().unwrap().iter().map(|o| o["text"].as_str().unwrap()).collect();
    assert_eq!(stored, options);
    let mut vote = vec!["ROOM.POLLVOTE".to_owned(), "r".to_owned(), "cy".to_owned(), "1".to_owned()];
    vote.extend((0..20).map(|n| n.to_string()));
    assert_eq!(client.int(&vote), 1);
    assert_eq!(votes(&mut client, "-", 1), vec![1; 20]);
}

#[test]
fn a_token_opens_one_poll() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    assert_eq!(client.int("ROOM.POLLOPEN r ada q 2 a b TOKEN t"), 1);
    let frames = Subscriber::room(&server, "r");
    let digested = digest(&mut client, "r");
    for _ in 0..7 {
        assert_eq!(client.int("ROOM.POLLOPEN r ada other 2 c d TOKEN t"), 1);
    }
    assert_eq!(digest(&mut client, "r"), digested);
    assert_eq!(polls_published(&frames, &mut client), Vec::<Json>::new());
    assert_eq!(client.int("ROOM.POLLOPEN r ben q 2 a b TOKEN t"), 2);
    assert_eq!(client.int("ROOM.POLLOPEN r - q 2 a b TOKEN t"), 3);
}

#[test]
fn waiting_votes_fold_into_one_event() {
    let server = Server::with().unlimited().patient().room("tick", 10_000).start();
    let mut client = server.client();
    room(&mut client);
    client.int("ROOM.POLLOPEN r ada q 2 a b");
    client.int("ROOM.POLLOPEN r ada q 2 a b");
    let frames = Subscriber::room(&server, "r");
    for user in ["cy", "dan", "eve"] {
        client.int(&["ROOM.POLLVOTE", "r", user, "1", "1"]);
        client.int(&["ROOM.POLLVOTE", "r", user, "2", "0"]);
        client.int(&["ROOM.POLLVOTE", "r", user, "1", "0"]);
    }
    // An urgent change publishes all waiting changes.
    client.int("ROOM.UNMUTE r ada");
    frames.wait_event("stage", |_| true);
    let received: Vec<Json> = frames.events().into_iter().filter(|event| event["type"] == "poll").collect();
    assert_eq!(received.len(), 2, "{received:?}");
    let voters = |event: &Json| (event["poll"]["id"].as_i64(), event["poll"]["voters"].as_i64());
    assert_eq!(received.iter().map(voters).collect::<Vec<_>>(), [(Some(2), Some(3)), (Some(1), Some(3))]);
    assert_eq!(received[1]["poll"]["options"], json!([{"text":"a","votes":3},{"text":"b","votes":0}]));
}
