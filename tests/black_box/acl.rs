//! Rooms and users of the server who may not do everything: a key, a channel, a category or a command is not theirs.

use crate::support::rooms::listed;
use crate::support::{self, wait_for, Client, Follower, Server};

/// A server with the rooms `mine` and `other`, and a client of the user with these rules.
#[track_caller]
fn served(rules: &str) -> (Server, Client) {
    let server = Server::with().prompt().patient().start();
    let mut admin = server.client();
    for key in ["mine", "other"] {
        admin.json(&["ROOM.CREATE", key, "ada"]);
        admin.json(&["ROOM.JOIN", key, "ada"]);
    }
    admin.ok(&format!("ACL SETUSER limited on >pw resetchannels {rules}"));
    let mut client = server.client();
    client.ok("AUTH limited pw");
    (server, client)
}

/// None of these lines may be said, alone, in a transaction or by a script.
#[track_caller]
fn refused(client: &mut Client, lines: &[&str]) {
    for line in lines {
        client.err(*line, "NOPERM");
        client.ok("MULTI");
        client.err(*line, "NOPERM");
        client.err("EXEC", "EXECABORT");
        let call = line.split(' ').map(|word| format!("'{word}'")).collect::<Vec<_>>().join(",");
        let script = format!("return redis.call({call})");
        let error = client.cmd(&["EVAL", &script, "0"]).error().unwrap_or_else(|| panic!("{line} was done"));
        let told = ["NOPERM", "permission", "The user executing the script can't"];
        assert!(told.iter().any(|words| error.contains(words)), "{error}");
    }
}

#[test]
fn a_key_that_is_not_theirs() {
    let (server, mut client) = served("~mine +@all");
    refused(
        &mut client,
        &["ROOM.JOIN other eve", "ROOM.STATE other -", "ROOM.PURGE other", "ROOM.EXPORT other 0"],
    );
    client.json("ROOM.JOIN mine eve");
    assert_eq!(server.client().room_info("other")["present"], "1");
    // ROOM.LIST names no key, and shows only whose are theirs, however it is asked.
    assert_eq!(listed(&mut client, "", 100), ["mine"]);
    assert_eq!(client.cmd("EVAL return(redis.call('ROOM.LIST')[2]) 0").texts(), ["mine"]);
    client.ok("MULTI");
    client.text("ROOM.LIST CARDS");
    assert_eq!(client.cmd("EXEC").list()[0].list()[1].texts().len(), 1);
    server.client().text(&[
        "FUNCTION",
        "LOAD",
        "#!lua name=lobby\nredis.register_function{function_name='lobby', flags={'no-writes'}, \
         callback=function() return redis.call('ROOM.LIST')[2] end}",
    ]);
    assert_eq!(client.cmd("FCALL lobby 0").texts(), ["mine"]);
    assert_eq!(server.client().cmd("FCALL lobby 0").texts().len(), 2);
}

#[test]
fn a_key_that_is_theirs_only_to_read() {
    let (_server, mut client) = served("%R~mine %W~other +@all");
    refused(
        &mut client,
        &["ROOM.JOIN mine eve", "ROOM.STATE other -", "ROOM.JOIN other eve", "ROOM.PURGE mine"],
    );
    assert_eq!(client.json("ROOM.STATE mine -")["counts"]["present"], 1);
    assert_eq!(listed(&mut client, "", 100), ["mine"]);
}

#[test]
fn commands_that_are_not_theirs() {
    let (_server, mut client) = served("~* +@all -room.end -@dangerous");
    refused(&mut client, &["ROOM.END mine ada"]);
    client.json("ROOM.JOIN mine eve");
    let (server, mut client) = served("~* +multi +exec +eval +@read");
    assert_eq!(client.cmd("GET none").value, support::Value::Nil);
    if server.version().has_module_acl_categories() {
        refused(&mut client, &["ROOM.JOIN mine eve", "ROOM.END mine ada"]);
        assert_eq!(client.json("ROOM.STATE mine -")["counts"]["present"], 1);
        server.client().ok("ACL SETUSER limited +@all -@room");
        refused(&mut client, &["ROOM.STATE mine -", "ROOM.JOIN mine eve"]);
        assert_eq!(client.room_info("mine")["state"], "live");
    } else {
        // There a module's commands are in no category.
        refused(&mut client, &["ROOM.JOIN mine eve", "ROOM.STATE mine -"]);
    }
}

#[test]
fn what_selectors_add() {
    let (_server, mut client) =
        served("~mine +room.state +multi +exec +eval +room.list (~other +room.join +eval)");
    refused(&mut client, &["ROOM.JOIN mine eve", "ROOM.STATE other -"]);
    client.json("ROOM.STATE mine -");
    client.json("ROOM.JOIN other eve");
    assert_eq!(listed(&mut client, "", 100), ["mine", "other"]);
}

#[test]
fn a_channel_that_is_not_theirs() {
    let (server, mut client) = served("~* +@all");
    let mut follower = Follower::new(&server, "mine");
    // Who may not publish changes a room all the same, and it is the module that publishes.
    client.err("PUBLISH __room@0__:{mine} x", "NOPERM");
    client.err("SUBSCRIBE __room@0__:{mine}", "NOPERM");
    client.int("ROOM.COMMENT mine ada hello");
    follower.wait_event("comment", |event| event["comment"]["text"] == "hello");
    follower.assert_matches_state();
    let mut admin = server.client();
    admin.ok("ACL SETUSER limited &__room@*");
    let mut listener = server.client();
    listener.ok("AUTH limited pw");
    listener.send("SUBSCRIBE __room@0__:{mine}").unwrap();
    listener.receive().unwrap();
    client.err("PSUBSCRIBE __keyevent@0__:room.*", "NOPERM");
    // Who loses a channel is cut off; the room goes on.
    admin.ok("ACL SETUSER limited resetchannels");
    assert!(listener.receive().is_err());
    admin.int("ROOM.COMMENT mine ada again");
    follower.wait_event("comment", |event| event["comment"]["text"] == "again");
    assert_eq!(admin.int("ACL DELUSER limited"), 1);
    wait_for("the user's clients are gone", || client.try_cmd("PING").is_err().then_some(()));
    follower.assert_matches_state();
}
