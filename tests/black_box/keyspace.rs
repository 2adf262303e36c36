//! Rooms under everything that a server does to keys: rename, move, copy, overwrite, swap, flush, expire, reload.
//! Afterwards ROOM.LIST and INFO show the existing rooms, their deadlines go on by timer, their followers match, and a
//! replica holds the same.

use crate::support::deadlines::{arm, assert_same_rooms, wait_settled, with_short_grace};
use crate::support::rooms::listed;
use crate::support::{self, json, wait_for, Client, Follower, Server};

/// A master and its replica.
fn pair() -> (Server, Server) {
    let master = with_short_grace().start();
    let replica = with_short_grace().replica_of(&master).start();
    replica.wait_in_sync(&master);
    (master, replica)
}

/// Sends lines separated by ` | ` and ignores the replies.
#[track_caller]
fn send_all(client: &mut Client, lines: &str) {
    for line in lines.split(" | ") {
        client.cmd(line);
    }
}

/// What is done to the armed rooms `r` and `s` of database 0, and the rooms that exist then, as `database:key`.
const WAYS: [(&str, &[&str]); 28] = [
    ("RENAME r t", &["0:t", "0:s"]),
    ("RENAME r s", &["0:s"]),
    ("RENAME r r", &["0:r", "0:s"]),
    ("RENAME none r", &["0:r", "0:s"]),
    ("SET t x | RENAME r t", &["0:t", "0:s"]),
    ("SET t x | RENAME t r", &["0:s"]),
    ("RENAMENX r t", &["0:t", "0:s"]),
    ("RENAMENX r s", &["0:r", "0:s"]),
    ("RENAME r t | RENAME t r", &["0:r", "0:s"]),
    ("RENAME r t | RENAME s r | RENAME t s", &["0:r", "0:s"]),
    ("MOVE r 1", &["1:r", "0:s"]),
    ("MOVE r 1 | COPY s r", &["1:r", "0:r", "0:s"]),
    ("COPY s r DB 1 | MOVE r 1", &["1:r", "0:r", "0:s"]),
    ("COPY r t", &["0:r", "0:s", "0:t"]),
    ("COPY r t DB 2", &["0:r", "0:s", "2:t"]),
    ("COPY r s REPLACE", &["0:r", "0:s"]),
    ("COPY r s DB 1 | COPY s s DB 1 REPLACE", &["0:r", "0:s", "1:s"]),
    ("SET t x | COPY t r REPLACE", &["0:s"]),
    ("DEL r", &["0:s"]),
    ("UNLINK r s", &[]),
    ("SET r x", &["0:s"]),
    ("SET r x GET", &["0:r", "0:s"]),
    ("GETDEL r", &["0:r", "0:s"]),
    ("MSET r x s y", &[]),
    ("SORT none STORE r", &["0:s"]),
    ("SUNIONSTORE r none", &["0:s"]),
    ("PEXPIREAT r 1", &["0:s"]),
    ("PERSIST r", &["0:r", "0:s"]),
];

/// The same within transactions and scripts.
const NESTED: [(&str, &[&str]); 7] = [
    ("MULTI | RENAME r t | EXEC", &["0:t", "0:s"]),
    ("MULTI | RENAME r t | RENAME s r | RENAME t s | EXEC", &["0:r", "0:s"]),
    ("MULTI | RENAME r t | RENAME none t | COPY t r | EXEC", &["0:r", "0:t", "0:s"]),
    ("EVAL return(redis.call('RENAME',KEYS[1],KEYS[2])) 2 r t", &["0:t", "0:s"]),
    ("EVAL return(redis.call('MOVE',KEYS[1],1)) 1 r", &["1:r", "0:s"]),
    ("MULTI | DEL r | RENAME s r | EXEC", &["0:r"]),
    ("EVAL redis.call('DEL',KEYS[1]);redis.call('RENAME',KEYS[2],KEYS[1]) 2 r s", &["0:r"]),
];

#[track_caller]
fn assert_whereabouts(ways: &[(&str, &[&str])]) {
    let (master, replica) = pair();
    let mut client = master.client();
    let mut followers = Vec::new();
    let mut rooms = Vec::new();
    for (nth, (lines, there)) in ways.iter().enumerate() {
        // Every case has keys of its own: `r` is `r7`.
        let own = |key: &str| format!("{key}{nth}");
        let watched = if nth % 2 == 0 { &master } else { &replica };
        followers.extend(["r", "s", "t"].map(|key| Follower::new(watched, &own(key))));
        followers.push(Follower::in_db(watched, 1, &own("r")));
        arm(&mut client, &own("r"));
        arm(&mut client, &own("s"));
        let mut lines = format!(" {lines} ");
        for key in ["r", "s", "t"] {
            // A key may occur twice in a row.
            for _ in 0..2 {
                lines = lines.replace(&format!(" {key} "), &format!(" {} ", own(key)));
            }
        }
        send_all(&mut client, lines.trim());
        for room in *there {
            let (db, key) = room.split_once(':').unwrap();
            rooms.push((db.parse().unwrap(), own(key)));
        }
    }
    for (db, key) in &rooms {
        wait_settled(&mut master.client_in(*db), key);
    }
    assert_same_rooms(&master, &replica, &rooms);
    followers.iter_mut().for_each(Follower::assert_matches_state);
}

#[test]
fn a_room_is_found_after_every_key_command() {
    assert_whereabouts(&WAYS);
}

#[test]
fn a_room_is_found_after_key_commands_in_transactions_and_scripts() {
    assert_whereabouts(&NESTED);
}

/// In a transaction Valkey 9.1.2 notifies a MOVE with the wrong database.
#[test]
fn a_transaction_moves_rooms_to_other_databases() {
    assert_whereabouts(&[("MULTI | MOVE r 1 | MOVE s 2 | EXEC", &["1:r", "2:s"])]);
}

#[test]
fn a_restored_room_replaces_another() {
    let (master, replica) = pair();
    let mut client = master.client();
    arm(&mut client, "r");
    arm(&mut client, "s");
    let mut followers = ["r", "s"].map(|key| Follower::new(&replica, key));
    let dump = client.cmd("DUMP s").bytes();
    client.err(&[b"RESTORE".as_slice(), b"r", b"0", &dump], "BUSYKEY");
    client.ok(&[b"RESTORE".as_slice(), b"r", b"0", &dump, b"REPLACE"]);
    client.err(&[b"RESTORE".as_slice(), b"r", b"0", &dump[1..], b"REPLACE"], "ERR");
    wait_settled(&mut client, "r");
    wait_settled(&mut client, "s");
    let incarnation = |client: &mut Client, key: &str| client.room_info(key)["incarnation"].clone();
    assert_eq!(incarnation(&mut client, "r"), incarnation(&mut client, "s"));
    assert_same_rooms(&master, &replica, &[(0, "r".to_owned()), (0, "s".to_owned())]);
    followers.iter_mut().for_each(Follower::assert_matches_state);
}

#[test]
fn rooms_follow_swapped_databases() {
    let (master, replica) = pair();
    let (mut zero, mut one) = (master.client(), master.client_in(1));
    let mut followers: Vec<Follower> = [&master, &replica]
        .into_iter()
        .flat_map(|server| {
            [(0, "r"), (1, "r"), (0, "q"), (1, "q")].map(|(db, key)| Follower::in_db(server, db, key))
        })
        .collect();
    arm(&mut zero, "r");
    arm(&mut one, "r");
    arm(&mut one, "q");
    let before = zero.room_info("r")["incarnation"].clone();
    zero.ok("SWAPDB 0 1");
    assert_eq!(one.room_info("r")["incarnation"], before);
    assert_eq!(one.room_info("r")["channel"], support::channel(1, "r"));
    let swapped = [(0, "r".to_owned()), (0, "q".to_owned()), (1, "r".to_owned())];
    for (db, key) in &swapped {
        wait_settled(&mut master.client_in(*db), key);
    }
    assert_same_rooms(&master, &replica, &swapped);
    followers.iter_mut().for_each(Follower::assert_matches_state);

    // There and back, in a transaction and in a script, with changes in between.
    send_all(&mut zero, "MULTI | SWAPDB 0 1 | ROOM.COMMENT r ada between | SWAPDB 1 0 | SWAPDB 2 2 | EXEC");
    assert_eq!(one.json("ROOM.COMMENTS r -")["comments"][0]["text"], "between");
    send_all(
        &mut zero,
        "EVAL redis.call('SWAPDB',0,1);redis.call('ROOM.REACT','r','ada','👏');redis.call('SWAPDB',0,1) 0",
    );
    assert_eq!(one.json("ROOM.STATE r -")["reactions"], json!({"👏":1}));
    followers.iter_mut().for_each(Follower::assert_matches_state);
    assert_same_rooms(&master, &replica, &swapped);

    one.ok("FLUSHDB ASYNC");
    assert_same_rooms(&master, &replica, &swapped[..2]);
    followers.iter_mut().for_each(Follower::assert_matches_state);
}

#[test]
fn flushed_rooms_are_gone_and_new_ones_take_their_keys() {
    let (master, replica) = pair();
    let (mut client, mut other) = (master.client(), master.client_in(1));
    let mut followers = [&master, &replica].map(|server| Follower::new(server, "r"));
    for flush in [
        "FLUSHALL",
        "FLUSHALL SYNC",
        "FLUSHALL ASYNC",
        "FLUSHDB",
        "FLUSHDB ASYNC",
        "MULTI | FLUSHALL ASYNC | EXEC",
        "EVAL redis.call('FLUSHALL') 0",
    ] {
        client.ok("FLUSHALL");
        arm(&mut client, "r");
        arm(&mut other, "q");
        for follower in &mut followers {
            follower.wait_until("the room is there", |follower| follower.seq() > 0);
            follower.gone = false;
        }
        send_all(&mut client, flush);
        let kept = if flush.starts_with("FLUSHDB") { vec![(1, "q".to_owned())] } else { vec![] };
        assert_same_rooms(&master, &replica, &kept);
        for follower in &mut followers {
            follower.wait_until(flush, |follower| follower.gone);
            follower.assert_matches_state();
        }
    }
    arm(&mut client, "r");
    send_all(&mut client, "MULTI | FLUSHALL | ROOM.CREATE r eve | EXEC");
    assert_same_rooms(&master, &replica, &[(0, "r".to_owned())]);
    send_all(&mut client, "DEL r");
    arm(&mut client, "r");
    wait_settled(&mut client, "r");
    followers.iter_mut().for_each(Follower::assert_matches_state);
}

#[test]
fn an_expired_room_is_gone_however_it_is_noticed() {
    let (master, replica) = pair();
    let mut client = master.client();
    // The server expires keys actively, on its own and for its replica.
    let mut followers = [&master, &replica].map(|server| Follower::new(server, "r"));
    client.json("ROOM.CREATE r ada");
    client.int("PEXPIRE r 1");
    for follower in &mut followers {
        follower.wait_until("it is gone", |follower| follower.gone);
        follower.assert_matches_state();
    }
    assert_same_rooms(&master, &replica, &[]);

    // Without active expiry the room's own timer finds it, or a read does, or nobody does and it is not listed.
    for server in [&master, &replica] {
        server.cmd("DEBUG SET-ACTIVE-EXPIRE 0").ok();
    }
    arm(&mut client, "timed");
    client.json("ROOM.CREATE read ada");
    client.json("ROOM.CREATE unseen ada");
    // In one transaction no turn can push the expiry before it is over.
    send_all(
        &mut client,
        "MULTI | PEXPIRE timed 1 | PEXPIRE read 1 | PEXPIRE unseen 1 | DEBUG SLEEP 0.01 | EXEC",
    );
    wait_for("the timer notices the expired room", || (master.counter("rooms_live") == 2).then_some(()));
    for server in [&master, &replica] {
        assert_eq!(listed(&mut server.client(), "", 100), Vec::<String>::new());
    }
    replica.wait_in_sync(&master);
    replica.client().err("ROOM.STATE read -", "NOROOM");
    client.err("ROOM.COMMENT read ada hi", "NOROOM");
    client.json("ROOM.CREATE unseen ben");
    assert_same_rooms(&master, &replica, &[(0, "unseen".to_owned())]);
}

#[test]
fn a_room_survives_under_a_key_that_no_command_accepts() {
    let (master, replica) = pair();
    let mut client = master.client();
    arm(&mut client, "r");
    let mut follower = Follower::new(&replica, "r");
    client.ok("RENAME r }");
    client.err("ROOM.STATE } -", "INVALID");
    client.err("ROOM.STATE r -", "NOROOM");
    assert_eq!(client.text("TYPE }"), "live-room");
    follower.wait_until("it is gone", |follower| follower.gone);
    wait_for("it is counted", || (master.counter("rooms_live") == 1).then_some(()));
    client.ok("RENAME } r");
    wait_settled(&mut client, "r");
    assert_same_rooms(&master, &replica, &[(0, "r".to_owned())]);
    follower.assert_matches_state();
}

#[test]
fn rooms_and_deadlines_survive_a_debug_reload() {
    let (master, replica) = pair();
    let mut client = master.client();
    let keys = [(0, "r".to_owned()), (0, "s".to_owned()), (1, "r".to_owned())];
    let mut followers: Vec<Follower> = [&master, &replica]
        .iter()
        .flat_map(|server| keys.iter().map(|(db, key)| Follower::in_db(server, *db, key)))
        .collect();
    for (db, key) in &keys {
        arm(&mut master.client_in(*db), key);
    }
    client.ok("DEBUG RELOAD");
    for (db, key) in &keys {
        wait_settled(&mut master.client_in(*db), key);
    }
    assert_same_rooms(&master, &replica, &keys);
    client.ok("DEBUG RELOAD NOFLUSH MERGE");
    for (db, key) in &keys {
        let mut client = master.client_in(*db);
        client.int(&["ROOM.COMMENT", key, "ada", "after"]);
    }
    assert_same_rooms(&master, &replica, &keys);
    followers.iter_mut().for_each(Follower::assert_matches_state);
}

#[test]
fn the_module_cannot_be_unloaded_and_the_server_shows_its_rooms() {
    let server = with_short_grace().set("rename-command", "FLUSHALL \"\"").start();
    let mut client = server.client();
    let mut follower = Follower::new(&server, "r");
    arm(&mut client, "r");
    let mut monitor = server.client();
    monitor.ok("MONITOR");
    let error = client.cmd("MODULE UNLOAD room").error().unwrap();
    assert!(error.contains("data type"), "{error}");
    client.cmd(&["MODULE", "LOAD", &support::server::module_path().display().to_string()]).err("ERR");
    client.err("FLUSHALL", "ERR");
    for foreign in [
        "GET r",
        "APPEND r x",
        "SETRANGE r 0 x",
        "SORT r",
        "GETEX r",
        "XADD r * a b",
        "PFADD r a",
        "LMOVE r s LEFT LEFT",
    ] {
        client.err(foreign, "WRONGTYPE");
    }
    assert_eq!(client.int("ROOM.REACT r ada 👏"), 1);
    assert!(client.text("DEBUG OBJECT r").contains("encoding:raw"));
    // Turns of a timer do not touch a room's idle time. Turns of a user do.
    wait_settled(&mut client, "r");
    wait_for("its idle time grows although its timer ran", || {
        (client.int("OBJECT IDLETIME r") > 0).then_some(())
    });
    client.ok("CONFIG SET maxmemory-policy allkeys-lfu");
    assert!(client.int("OBJECT FREQ r") >= 0);
    let shown = |line: &str| line.contains("ROOM.REACT");
    wait_for("MONITOR shows it", || {
        let value = monitor.receive().unwrap();
        matches!(&value, support::Value::SimpleString(line) if shown(line)).then_some(())
    });
    assert_eq!(listed(&mut client, "", 100), ["r"]);
    follower.assert_matches_state();
}
