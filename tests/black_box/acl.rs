//! ACL users with limited rights: to some keys, channels, categories or commands only.

use crate::support::rooms::listed;
use crate::support::{self, wait_for, Client, Follower, Server};

/// A server with the rooms `mine` and `other`, and a client of a user with these rules.
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

/// The user may run none of these commands: alone, in a transaction or in a script.
#[track_caller]
fn refused(client: &mut Client, lines: &[&str]) {
    for line in lines {
        client.err(*line, "NOPERM");
        client.ok("MULTI");
        client.err(*line, "NOPERM");
        client.err("EXEC", "EXECABORT");
        let call = line.split(' ').map(|word| format!("'{word}'")).collect::<Vec<_>>().join(",");
        let script = format!("return redis.call({call})");
        let error =
            client.cmd(&["EVAL", &script, "0"]).error().unwrap_or_else(|| panic!("{line} was allowed"));
        let known = ["NOPERM", "permission", "The user executing the script can't"];
        assert!(known.iter().any(|words| error.contains(words)), "{error}");
    }
}

#[test]
fn a_user_reaches_only_keys_of_its_patterns() {
    let (server, mut client) = served("~mine +@all");
    refused(
        &mut client,
        &["ROOM.JOIN other eve", "ROOM.STATE other -", "ROOM.PURGE other", "ROOM.EXPORT other 0"],
    );
    client.json("ROOM.JOIN mine eve");
    assert_eq!(server.client().room_info("other")["present"], "1");
    // ROOM.LIST names no key. It shows only rooms whose keys the user may read, from every context.
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
fn a_read_pattern_allows_reads_and_no_writes() {
    let (_server, mut client) = served("%R~mine %W~other +@all");
    refused(
        &mut client,
        &["ROOM.JOIN mine eve", "ROOM.STATE other -", "ROOM.JOIN other eve", "ROOM.PURGE mine"],
    );
    assert_eq!(client.json("ROOM.STATE mine -")["counts"]["present"], 1);
    assert_eq!(listed(&mut client, "", 100), ["mine"]);
}

#[test]
fn commands_and_categories_can_be_denied() {
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
        // On these servers a module's commands are in no category.
        refused(&mut client, &["ROOM.JOIN mine eve", "ROOM.STATE mine -"]);
    }
}

#[test]
fn selectors_add_keys_and_commands() {
    let (_server, mut client) =
        served("~mine +room.state +multi +exec +eval +room.list (~other +room.join +eval)");
    refused(&mut client, &["ROOM.JOIN mine eve", "ROOM.STATE other -"]);
    client.json("ROOM.STATE mine -");
    client.json("ROOM.JOIN other eve");
    assert_eq!(listed(&mut client, "", 100), ["mine", "other"]);
}

#[test]
fn a_user_without_the_channel_changes_rooms_but_cannot_subscribe() {
    let (server, mut client) = served("~* +@all");
    let mut follower = Follower::new(&server, "mine");
    // A user that may not publish can still change a room, because the module publishes.
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
    // A user that loses a channel is disconnected. The room goes on.
    admin.ok("ACL SETUSER limited resetchannels");
    assert!(listener.receive().is_err());
    admin.int("ROOM.COMMENT mine ada again");
    follower.wait_event("comment", |event| event["comment"]["text"] == "again");
    assert_eq!(admin.int("ACL DELUSER limited"), 1);
    wait_for("the user's clients are gone", || client.try_cmd("PING").is_err().then_some(()));
    follower.assert_matches_state();
}
