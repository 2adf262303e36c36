//! A room is a key: valid keys, its channel, the server's own commands, its lifetime.

use crate::support::engine::commands;
use crate::support::lines::{lines, Line};
use crate::support::rooms::{digest, everything, lived_in, now_ms};
use crate::support::subscriber::{events, Kind};
use crate::support::{self, json, wait_for, Builder, Client, Json, Server, Subscriber};

fn prompt() -> Builder {
    Server::with().prompt().patient()
}

/// A valid line of every command with a key, on this key.
fn every_command(at: &str, key: &[u8]) -> Vec<(&'static str, Line)> {
    let keyed = commands().filter(|spec| spec.name != "ROOM.LIST");
    keyed
        .map(|spec| {
            let mut line = lines(spec, at).remove(0).0;
            line[1] = key.to_vec();
            (spec.name, line)
        })
        .collect()
}

#[test]
fn keys_whose_channel_would_have_another_slot_are_refused_by_every_command() {
    let server = prompt().start();
    let mut client = server.client();
    let at = (now_ms(&mut client) + 3_600_000).to_string();
    let refused: [&[u8]; 11] =
        [b"", b"}", b"a}", b"a}b", b"{}", b"{}a", b"a{}b", b"{}{a}", b"a}b{", b"\xff", b"a\xf0\x9f"];
    for key in refused {
        for (name, line) in every_command(&at, key) {
            client.cmd(&line).err("INVALID");
            let case = format!("{name} {}", key.escape_ascii());
            assert_eq!(client.int(&[b"EXISTS".as_slice(), key]), 0, "{case}");
        }
    }
    for key in
        ["a", "{", "a{b", "{{", "{a}", "x{a}y", "{a}{}", "a}b{c}", "{{a}", "{a}}", "🎉", "a\0b", " ", "\n"]
    {
        let created = client.json(&["ROOM.CREATE", key, "ada"]);
        assert_eq!(created["channel"], support::channel(0, key), "{key:?}");
        assert_eq!(client.json(&["ROOM.STATE", key, "-"])["room"], key);
    }
    assert_eq!(client.int("DBSIZE"), 14);
}

#[test]
fn every_command_reports_a_missing_or_foreign_key() {
    let server = prompt().start();
    let mut client = server.client();
    let at = (now_ms(&mut client) + 3_600_000).to_string();
    client.ok("SET s words");
    client.int("RPUSH l a b");
    for (name, line) in every_command(&at, b"s") {
        client.cmd(&line).err("WRONGTYPE");
        assert_eq!(client.text("GET s"), "words", "{name}");
    }
    for (_, line) in every_command(&at, b"l") {
        client.cmd(&line).err("WRONGTYPE");
    }
    for (name, line) in every_command(&at, b"none") {
        match name {
            "ROOM.CREATE" => {}
            // There is nothing to purge.
            "ROOM.PURGE" => assert_eq!(client.int(&line), 0),
            _ => drop(client.cmd(&line).err("NOROOM")),
        }
        assert_eq!(client.int("EXISTS none"), 0, "{name}");
    }
    client.json("ROOM.CREATE r ada");
    client.err("ROOM.CREATE r ben", "ROOMEXISTS");
    for line in ["GET r", "LPUSH r a", "HGETALL r", "INCR r"] {
        client.err(line, "WRONGTYPE");
    }
}

/// The reads of a room without fields that depend on its key or its epoch.
#[track_caller]
fn content(client: &mut Client, key: &str) -> Vec<Json> {
    let mut found: Vec<Json> = everything(client, key).into_values().collect();
    for read in &mut found {
        for field in ["room", "channel", "epoch", "seq"] {
            read.as_object_mut().map(|fields| fields.remove(field));
        }
    }
    found
}

#[test]
fn the_servers_commands_act_on_the_whole_room() {
    let server = prompt().start();
    let mut client = server.client();
    lived_in(&mut client, "room:a");
    let (whole, digested) = (content(&mut client, "room:a"), digest(&mut client, "room:a"));
    let expires = client.int("PEXPIRETIME room:a");

    client.ok("RENAME room:a room:b");
    assert_eq!(client.int("EXISTS room:a"), 0);
    assert_eq!(
        (content(&mut client, "room:b"), digest(&mut client, "room:b")),
        (whole.clone(), digested.clone())
    );
    assert_eq!(client.int("PEXPIRETIME room:b"), expires);
    assert_eq!(client.int("RENAMENX room:b room:c"), 1);
    assert_eq!(digest(&mut client, "room:c"), digested);

    assert_eq!(client.int("COPY room:c room:d"), 1);
    assert_eq!(content(&mut client, "room:d"), whole);
    client.int("ROOM.COMMENT room:d ada only-here");
    assert_eq!(content(&mut client, "room:c"), whole, "a copy is a room of its own");
    assert_eq!(client.int("COPY room:c room:d"), 0);
    assert_eq!(client.int("COPY room:c room:d REPLACE"), 1);
    assert_eq!(content(&mut client, "room:d"), whole);

    assert_eq!(client.int("MOVE room:c 3"), 1);
    client.err("ROOM.STATE room:c -", "NOROOM");
    client.ok("SELECT 3");
    assert_eq!(
        (content(&mut client, "room:c"), digest(&mut client, "room:c")),
        (whole.clone(), digested.clone())
    );
    assert_eq!(client.room_info("room:c")["channel"], "__room@3__:{room:c}");
    client.ok("SELECT 0");
    client.ok("SWAPDB 0 3");
    assert_eq!(content(&mut client, "room:c"), whole);
    assert_eq!(client.room_info("room:c")["channel"], "__room@0__:{room:c}");
    let frames = Subscriber::room(&server, "room:c");
    client.int("ROOM.COMMENT room:c ada after-the-swap");
    frames.wait_event("comment", |event| event["comment"]["text"] == "after-the-swap");
    assert_eq!(client.int("DEL room:c"), 1);
    client.err("ROOM.STATE room:c -", "NOROOM");
    assert_eq!(client.json("ROOM.CREATE room:c ben")["state"], "live", "the key is free");
}

#[test]
fn the_server_describes_a_room_as_a_value() {
    let server = prompt().start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    client.ok("SET s x");
    assert_eq!(client.text("TYPE r"), "live-room");
    assert_eq!(client.text("OBJECT ENCODING r"), "raw");
    assert_eq!(client.int("OBJECT REFCOUNT r"), 1);
    assert_eq!(client.cmd("SCAN 0 COUNT 100 TYPE live-room").list()[1].texts(), ["r"]);
    let small = client.int("MEMORY USAGE r");
    assert!(small > 1000, "{small}");
    client.ok("ROOM.CONFIG r ada capacity 0");
    for n in 0..500 {
        client.json(&["ROOM.JOIN", "r", &format!("a rather long name, and many of them {n}")]);
    }
    let large = client.int("MEMORY USAGE r");
    assert!(large > small + 500 * 40, "{small} {large}");
    let before = digest(&mut client, "r");
    client.int("TOUCH r");
    client.cmd("DUMP r").bytes();
    assert_eq!(digest(&mut client, "r"), before);
    assert_eq!(client.int("UNLINK r"), 1);
}

#[test]
fn a_room_that_leaves_its_key_publishes_gone() {
    let server = prompt().start();
    let mut client = server.client();
    let ways: [&[&str]; 13] = [
        &["DEL r"],
        &["UNLINK r"],
        &["PEXPIRE r 1"],
        &["PEXPIREAT r 1"],
        &["RENAME r s"],
        &["RENAME other r"],
        &["FLUSHALL"],
        &["FLUSHDB ASYNC"],
        &["SET r x"],
        &["MOVE r 1"],
        &["SWAPDB 0 5"],
        &["ROOM.END r ada", "ROOM.PURGE r"],
        &["EVAL return(redis.call('DEL','r')) 0"],
    ];
    for way in ways {
        client.ok("FLUSHALL");
        client.json("ROOM.CREATE other ada");
        client.json("ROOM.CREATE r ada");
        let epoch = client.room_info("r")["epoch"].clone();
        let frames = Subscriber::room(&server, "r");
        for line in way {
            assert_eq!(client.cmd(*line).error(), None, "{line}");
        }
        // The module may publish `gone` for the former room only now.
        let gone = json!({"kind":"gone","room":"r","epoch":epoch});
        frames.wait_until(&format!("gone by {way:?}"), |frames| frames.contains(&gone));
        let received = frames.settled(&mut client, Kind::Channel);
        assert_eq!(received.iter().filter(|frame| **frame == gone).count(), 1, "{way:?}: {received:?}");
    }
}

#[test]
fn channels_follow_hash_tag_and_database() {
    let server = prompt().start();
    let mut client = server.client();
    for (db, key, channel) in [
        (0, "r", "__room@0__:{r}"),
        (0, "{eu}room", "__room@0__:{eu}room"),
        (0, "a{b", "__room@0__:{a{b}"),
        (0, "room:🎉", "__room@0__:{room:🎉}"),
        (3, "r", "__room@3__:{r}"),
        (3, "x{y}z", "__room@3__:x{y}z"),
    ] {
        client.ok(&format!("SELECT {db}"));
        let frames = Subscriber::channel(&server, channel);
        assert_eq!(client.json(&["ROOM.CREATE", key, "ada"])["channel"], channel);
        assert_eq!(client.json(&["ROOM.JOIN", key, "ada"])["channel"], channel);
        assert_eq!(client.room_info(key)["channel"], channel);
        let received = frames.wait_until("two frames", |frames| frames.len() == 2);
        assert!(received.iter().all(|frame| frame["room"] == key), "{received:?}");
        let received = events(&received);
        let kinds: Vec<&Json> = received.iter().map(|event| &event["type"]).collect();
        assert_eq!(kinds, ["created", "audience", "stage"]);
    }
}

#[test]
fn a_cluster_publishes_to_the_shard_unless_set_otherwise() {
    for (publish, received, kinds) in
        [("auto", "shard", [Kind::Shard, Kind::Channel]), ("global", "global", [Kind::Channel, Kind::Shard])]
    {
        let server = prompt().cluster().room("publish", publish).start();
        server.own_all_slots();
        let mut client = server.client();
        let [yes, no] = kinds.map(|kind| Subscriber::start(server.port(), kind, "__room@0__:{r}"));
        assert_eq!(client.json("ROOM.CREATE r ada")["publish"], received);
        assert_eq!(client.json("ROOM.JOIN r ada")["publish"], received);
        assert_eq!(client.room_info("r")["publish"], received);
        yes.wait_event("audience", |_| true);
        assert_eq!(no.settled(&mut client, kinds[1]), Vec::<Json>::new());
    }
}

/// The key expires this long after a moment of the server's clock, within a minute.
#[track_caller]
fn assert_lives(client: &mut Client, key: &str, from_ms: u64, ttl_s: u64) {
    let expires = client.int(&["PEXPIRETIME", key]) as u64;
    let wanted = from_ms + ttl_s * 1000;
    assert!(expires.abs_diff(wanted) < 60_000, "{key} expires at {expires}, not about {wanted}");
}

#[test]
fn a_key_expires_its_ttl_after_creation_at_or_end() {
    let server = prompt().room("ttl", 7200).start();
    let mut client = server.client();
    let now = now_ms(&mut client);
    client.json("ROOM.CREATE live ada");
    assert_lives(&mut client, "live", now, 7200);
    let at = now + 86_400_000;
    client.json(&["ROOM.CREATE", "later", "ada", "AT", &at.to_string()]);
    assert_lives(&mut client, "later", at, 7200);
    client.ok(&["ROOM.CONFIG", "later", "ada", "at", &(at + 86_400_000).to_string()]);
    assert_lives(&mut client, "later", at + 86_400_000, 7200);
    client.ok("CONFIG SET room.ttl 100000");
    client.ok("ROOM.CANCEL later ada");
    assert_lives(&mut client, "later", now, 100_000);
    assert_lives(&mut client, "live", now, 7200);
    client.json("ROOM.END live ada");
    assert_lives(&mut client, "live", now, 100_000);
}

#[test]
fn while_anyone_is_present_the_expiry_is_pushed_at_most_hourly() {
    let server = prompt().room("ttl", 7200).start();
    let mut client = server.client();
    let now = now_ms(&mut client);
    client.json("ROOM.CREATE r ada");
    client.ok("CONFIG SET room.ttl 100000");
    client.int("ROOM.COMMENT r - nobody-is-here");
    assert_lives(&mut client, "r", now, 7200);
    client.json("ROOM.JOIN r ada");
    wait_for("it is pushed", || (client.int("PEXPIRETIME r") as u64 > now + 90_000_000).then_some(()));
    assert_lives(&mut client, "r", now, 100_000);
    let pushed = client.int("PEXPIRETIME r");
    for _ in 0..5 {
        client.int("ROOM.COMMENT r ada hi");
    }
    assert_eq!(client.int("PEXPIRETIME r"), pushed, "not again within the hour");
    // An operator shortens the expiry: it is pushed again.
    client.int("EXPIRE r 3600");
    client.int("ROOM.COMMENT r ada hi");
    wait_for("it is pushed", || (client.int("PEXPIRETIME r") as u64 > now + 90_000_000).then_some(()));
}

#[test]
fn an_expiry_that_an_operator_removed_stays_removed() {
    let server = prompt().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    assert_eq!(client.int("PERSIST r"), 1);
    client.json("ROOM.JOIN r ada");
    client.int("ROOM.COMMENT r ada hi");
    assert_eq!(client.int("PTTL r"), -1);
    client.json("ROOM.END r ada");
    assert_eq!(client.int("PTTL r"), -1, "after END too");
    let at = now_ms(&mut client) + 86_400_000;
    client.json(&["ROOM.CREATE", "later", "ada", "AT", &at.to_string()]);
    client.int("PERSIST later");
    client.ok(&["ROOM.CONFIG", "later", "ada", "at", &(at + 1000).to_string()]);
    assert_eq!(client.int("PTTL later"), -1);
}

#[test]
fn an_expired_room_is_gone_for_every_command() {
    let server = prompt().start();
    let mut client = server.client();
    let at = (now_ms(&mut client) + 3_600_000).to_string();
    for (name, line) in every_command(&at, b"r") {
        client.int("DEL r");
        client.json("ROOM.CREATE r ada");
        client.ok("DEBUG SET-ACTIVE-EXPIRE 0");
        client.int("PEXPIREAT r 1");
        match name {
            "ROOM.CREATE" => drop(client.json(&line)),
            "ROOM.PURGE" => assert_eq!(client.int(&line), 0),
            _ => drop(client.cmd(&line).err("NOROOM")),
        }
    }
}

#[test]
fn waiting_direct_frames_are_published_under_the_rooms_new_key() {
    let server = Server::with().unlimited().room("tick", 200).start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ben");
    client.ok("ROOM.ROLE r ada ben speaker");
    let frames = ["r", "s"].map(|key| Subscriber::room(&server, key));
    // More than are published at once in two seconds.
    let mut commands = vec!["MULTI"];
    commands.extend(["ROOM.ASKUNMUTE r ada ben"].repeat(60));
    commands.extend(["RENAME r s", "EXEC"]);
    client.pipeline(&commands.iter().map(|command| (*command).to_owned()).collect::<Vec<_>>());
    wait_for("60 direct frames", || {
        let asked: usize = frames.iter().map(|frames| frames.direct().len()).sum();
        (asked == 60).then_some(())
    });
    for (key, frames) in ["r", "s"].iter().zip(&frames) {
        let direct = frames.direct();
        assert!(!direct.is_empty() && direct.iter().all(|frame| frame["room"] == *key), "{key}: {direct:?}");
    }
}
