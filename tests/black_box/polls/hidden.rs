//! Hidden and secret polls, and who sees which votes.

use super::{polls_published, prompt, room, votes};
use crate::support::rooms::export;
use crate::support::{json, Json, Subscriber};

#[test]
fn hidden_votes_show_once_the_poll_is_closed() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let frames = Subscriber::room(&server, "r");
    client.int("ROOM.POLLOPEN r ada q 2 a b HIDDEN");
    client.int("ROOM.POLLVOTE r cy 1 1");
    client.int("ROOM.POLLVOTE r cy 1 0");
    for reader in ["cy", "ada", "-"] {
        assert_eq!(votes(&mut client, reader, 1), [Json::Null, Json::Null], "{reader}");
    }
    let poll = client.json("ROOM.POLLS r -")[0].clone();
    assert_eq!((&poll["hidden"], &poll["final"], &poll["voters"]), (&json!(true), &json!(false), &json!(1)));
    for received in polls_published(&frames, &mut client) {
        assert!(received["options"][0]["votes"].is_null(), "{received}");
    }
    assert_eq!(client.json("ROOM.STATE r -")["polls"][0]["options"][1]["votes"], Json::Null);
    assert_eq!(client.json("ROOM.POLLCLOSE r ada 1")["options"][0]["votes"], 1);
    assert_eq!(polls_published(&frames, &mut client)[0]["options"][0]["votes"], 1);
    assert_eq!(votes(&mut client, "cy", 1), [1, 0]);
    client.int("ROOM.POLLOPEN r ada q 2 a b HIDDEN");
    client.int("ROOM.POLLVOTE r cy 2 1");
    client.json("ROOM.END r ada");
    assert_eq!(votes(&mut client, "cy", 2), [0, 1], "the end closes a poll");
}

#[test]
fn a_secret_poll_stores_no_choices() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    client.int("ROOM.POLLOPEN r ada q 2 a b SECRET");
    let poll = client.json("ROOM.POLLS r -")[0].clone();
    for implied in ["secret", "final", "hidden"] {
        assert_eq!(poll[implied], true, "{implied}");
    }
    assert_eq!(client.int("ROOM.POLLVOTE r cy 1 0"), 1);
    assert_eq!(client.int("ROOM.POLLVOTE r dan 1 1"), 2);
    client.err("ROOM.POLLVOTE r cy 1 0", "ALREADYVOTED");
    client.err("ROOM.POLLVOTE r cy 1 1", "ALREADYVOTED");
    assert_eq!(client.json("ROOM.WHOIS r cy cy")["votes"], json!({"1":[]}));
    assert_eq!(client.json("ROOM.STATE r dan")["you"]["votes"], json!({"1":[]}));
    assert_eq!(client.json("ROOM.WHOIS r eve eve")["votes"], json!({}));
    client.json("ROOM.POLLCLOSE r ada 1");
    assert_eq!(votes(&mut client, "-", 1), [1, 1]);
    client.json("ROOM.END r ada");
    let lines = export(&mut client, "r");
    assert!(lines.iter().all(|line| line["kind"] != "vote"), "no vote is exported");
    let voters: Vec<&Json> = lines.iter().filter(|line| line["votes"] == 1).collect();
    assert_eq!(voters.len(), 2, "the number of votes per user is public");
}

#[test]
fn a_dump_of_a_secret_poll_does_not_hold_the_choices() {
    let server = prompt().set("rdbcompression", "no").start();
    let mut client = server.client();
    // A later option takes more bytes per choice, so a dump with the choices would grow.
    let mut size = |secret: &[&str], choice: &str| {
        client.json("ROOM.CREATE r ada");
        let options = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q"];
        client.int(&[&["ROOM.POLLOPEN", "r", "-", "q", "17"][..], &options, secret].concat());
        for n in 0..50 {
            let user = format!("user {n}");
            client.json(&["ROOM.JOIN", "r", &user]);
            client.int(&["ROOM.POLLVOTE", "r", &user, "1", choice]);
        }
        let size = client.cmd("DUMP r").bytes().len();
        client.int("DEL r");
        size
    };
    let (plain, last) = (size(&[], "0"), size(&[], "16"));
    assert!(last >= plain + 50, "the test can tell: {plain} {last}");
    let (secret, last) = (size(&["SECRET"], "0"), size(&["SECRET"], "16"));
    assert!(secret.abs_diff(last) < 50, "{secret} {last}");
}

#[test]
fn votes_of_a_public_poll_are_exported() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    client.int("ROOM.POLLOPEN r ada q 3 a b c MULTI 2");
    client.int("ROOM.POLLVOTE r cy 1 2 0");
    let lines = export(&mut client, "r");
    let vote = lines.iter().find(|line| line["kind"] == "vote").expect("a vote");
    assert_eq!((&vote["poll"], &vote["user"], &vote["options"]), (&json!(1), &json!("cy"), &json!([0, 2])));
}

#[test]
fn a_shadow_blocked_user_can_still_vote() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    client.int("ROOM.POLLOPEN r ada q 2 a b");
    client.ok("ROOM.BLOCK r ada cy SHADOW");
    assert_eq!(client.int("ROOM.POLLVOTE r cy 1 1"), 1);
    assert_eq!(client.json("ROOM.WHOIS r cy cy")["votes"], json!({"1":[1]}));
}
