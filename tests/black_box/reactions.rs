//! `ROOM.REACT`: kinds and counts.

use super::comments::{prompt, room};
use crate::support::{json, Listener};

#[test]
fn reactions_are_counted_by_kind() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    let listener = Listener::open(&server);
    assert_eq!(client.int("ROOM.REACT r cy 👏"), 1);
    let event = listener.one(&mut client, "room.tick");
    let whole = json!({"seq":event["seq"],"type":"reactions","delta":{"👏":1},"total":{"👏":1}});
    assert_eq!(event, whole);
    assert_eq!(client.int("ROOM.REACT r dan 👏 COUNT 100"), 101);
    assert_eq!(listener.one(&mut client, "room.tick")["total"], json!({"👏":101}));
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
        let user = format!("fan{}", n / 8);
        client.json(&["ROOM.JOIN", "r", &user]);
        client.int(&["ROOM.REACT", "r", &user, &format!("kind {n}")]);
    }
    client.err("ROOM.REACT r cy another", "TOOMANY");
    assert_eq!(client.int(&["ROOM.REACT", "r", "dan", "kind 63"]), 2);
    assert_eq!(client.json("ROOM.STATE r -")["reactions"].as_object().unwrap().len(), 64);
}

#[test]
fn a_user_is_the_first_with_at_most_8_kinds() {
    let server = prompt().start();
    let mut client = server.client();
    room(&mut client);
    client.ok("ROOM.CONFIG r ada emojis []");
    for n in 0..8 {
        client.int(&["ROOM.REACT", "r", "cy", &format!("kind {n}")]);
    }
    client.err("ROOM.REACT r cy another", "TOOMANY");
    assert_eq!(client.int("ROOM.REACT r dan another"), 1);
    assert_eq!(client.int("ROOM.REACT r cy another"), 2);
}
