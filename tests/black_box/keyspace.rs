//! Rooms beside everything else that a server does to keys: renamed, moved, copied, overwritten, swapped, flushed,
//! expired, reloaded. Whatever happens, ROOM.LIST and INFO tell the rooms there are, their deadlines go on by timer,
//! their followers know them, and a replica holds the same.

use crate::support::deadlines::{assert_same_rooms, runs_down, wind, winding};
use crate::support::rooms::listed;
use crate::support::{self, json, wait_for, Client, Follower, Server};

/// A master and its replica.
fn pair() -> (Server, Server) {
    let master = winding().start();
    let replica = winding().replica_of(&master).start();
    replica.wait_in_sync(&master);
    (master, replica)
}

/// Sends what one line after another says, whatever is answered; ` | ` stands between them.
#[track_caller]
fn say(client: &mut Client, lines: &str) {
    for line in lines.split(" | ") {
        client.cmd(line);
    }
}

/// What is done to the wound rooms `r` and `s` of database 0, and the rooms there are then, as `database:key`.
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

/// The same where the server runs commands within others.
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
        // Every way has keys of its own: `r` is `r7`.
        let own = |key: &str| format!("{key}{nth}");
        let watched = if nth % 2 == 0 { &master } else { &replica };
        followers.extend(["r", "s", "t"].map(|key| Follower::new(watched, &own(key))));
        followers.push(Follower::in_db(watched, 1, &own("r")));
        wind(&mut client, &own("r"));
        wind(&mut client, &own("s"));
        let mut lines = format!(" {lines} ");
        for key in ["r", "s", "t"] {
            // A key may stand twice in a row.
            for _ in 0..2 {
                lines = lines.replace(&format!(" {key} "), &format!(" {} ", own(key)));
            }
        }
        say(&mut client, lines.trim());
        for room in *there {
            let (db, key) = room.split_once(':').unwrap();
            rooms.push((db.parse().unwrap(), own(key)));
        }
    }
    for (db, key) in &rooms {
        runs_down(&mut master.client_in(*db), key);
    }
    assert_same_rooms(&master, &replica, &rooms);
    followers.iter_mut().for_each(Follower::assert_matches_state);
}

#[test]
fn whatever_is_done_to_its_key_a_room_is_where_it_is() {
    assert_whereabouts(&WAYS);
}

#[test]
fn wherever_a_transaction_or_a_script_takes_it_a_room_is_there() {
    assert_whereabouts(&NESTED);
}

/// Valkey 9.1.2 tells of a MOVE in a transaction with the database it came from: see src/renames.rs.
#[test]
fn a_transaction_takes_rooms_to_other_databases() {
    assert_whereabouts(&[("MULTI | MOVE r 1 | MOVE s 2 | EXEC", &["1:r", "2:s"])]);
}

#[test]
fn a_restored_room_takes_the_place_of_another() {
    let (master, replica) = pair();
    let mut client = master.client();
    wind(&mut client, "r");
    wind(&mut client, "s");
    let mut followers = ["r", "s"].map(|key| Follower::new(&replica, key));
    let dump = client.cmd("DUMP s").bytes();
    client.err(&[b"RESTORE".as_slice(), b"r", b"0", &dump], "BUSYKEY");
    client.ok(&[b"RESTORE".as_slice(), b"r", b"0", &dump, b"REPLACE"]);
    client.err(&[b"RESTORE".as_slice(), b"r", b"0", &dump[1..], b"REPLACE"], "ERR");
    runs_down(&mut client, "r");
    runs_down(&mut client, "s");
    let incarnation = |client: &mut Client, key: &str| client.room_info(key)["incarnation"].clone();
    assert_eq!(incarnation(&mut client, "r"), incarnation(&mut client, "s"));
    assert_same_rooms(&master, &replica, &[(0, "r".to_owned()), (0, "s".to_owned())]);
    followers.iter_mut().for_each(Follower::assert_matches_state);
}

#[test]
fn databases_change_places() {
    let (master, replica) = pair();
    let (mut zero, mut one) = (master.client(), master.client_in(1));
    let mut followers: Vec<Follower> = [&master, &replica]
        .into_iter()
        .flat_map(|server| {
            [(0, "r"), (1, "r"), (0, "q"), (1, "q")].map(|(db, key)| Follower::in_db(server, db, key))
        })
        .collect();
    wind(&mut zero, "r");
    wind(&mut one, "r");
    wind(&mut one, "q");
    let before = zero.room_info("r")["incarnation"].clone();
    zero.ok("SWAPDB 0 1");
    assert_eq!(one.room_info("r")["incarnation"], before);
    assert_eq!(one.room_info("r")["channel"], support::channel(1, "r"));
    let swapped = [(0, "r".to_owned()), (0, "q".to_owned()), (1, "r".to_owned())];
    for (db, key) in &swapped {
        runs_down(&mut master.client_in(*db), key);
    }
    assert_same_rooms(&master, &replica, &swapped);
    followers.iter_mut().for_each(Follower::assert_matches_state);

    // There and back, in a transaction and in a script, with changes between.
    say(&mut zero, "MULTI | SWAPDB 0 1 | ROOM.COMMENT r ada between | SWAPDB 1 0 | SWAPDB 2 2 | EXEC");
    assert_eq!(one.json("ROOM.COMMENTS r -")["comments"][0]["text"], "between");
    say(
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
        wind(&mut client, "r");
        wind(&mut other, "q");
        for follower in &mut followers {
            follower.wait_until("the room is there", |follower| follower.seq() > 0);
            follower.gone = false;
        }
        say(&mut client, flush);
        let kept = if flush.starts_with("FLUSHDB") { vec![(1, "q".to_owned())] } else { vec![] };
        assert_same_rooms(&master, &replica, &kept);
        for follower in &mut followers {
            follower.wait_until(flush, |follower| follower.gone);
            follower.assert_matches_state();
        }
    }
    wind(&mut client, "r");
    say(&mut client, "MULTI | FLUSHALL | ROOM.CREATE r eve | EXEC");
    assert_same_rooms(&master, &replica, &[(0, "r".to_owned())]);
    say(&mut client, "DEL r");
    wind(&mut client, "r");
    runs_down(&mut client, "r");
    followers.iter_mut().for_each(Follower::assert_matches_state);
}

#[test]
fn an_expired_room_is_gone_whoever_notices() {
    let (master, replica) = pair();
    let mut client = master.client();
    // The server looks for what has expired: on its own, and on its replica's behalf.
    let mut followers = [&master, &replica].map(|server| Follower::new(server, "r"));
    client.json("ROOM.CREATE r ada");
    client.int("PEXPIRE r 1");
    for follower in &mut followers {
        follower.wait_until("it is gone", |follower| follower.gone);
        follower.assert_matches_state();
    }
    assert_same_rooms(&master, &replica, &[]);

    // It does not look: then the room's own timer meets it; a read does; or nobody, and it is not listed.
    for server in [&master, &replica] {
        server.cmd("DEBUG SET-ACTIVE-EXPIRE 0").ok();
    }
    wind(&mut client, "timed");
    client.json("ROOM.CREATE read ada");
    client.json("ROOM.CREATE unseen ada");
    // Nothing comes between, so no turn pushes the expiry before it is over.
    say(&mut client, "MULTI | PEXPIRE timed 1 | PEXPIRE read 1 | PEXPIRE unseen 1 | DEBUG SLEEP 0.01 | EXEC");
    wait_for("the timer meets it", || (master.counter("rooms_live") == 2).then_some(()));
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
fn a_room_waits_under_a_key_that_no_room_can_have() {
    let (master, replica) = pair();
    let mut client = master.client();
    wind(&mut client, "r");
    let mut follower = Follower::new(&replica, "r");
    client.ok("RENAME r }");
    client.err("ROOM.STATE } -", "INVALID");
    client.err("ROOM.STATE r -", "NOROOM");
    assert_eq!(client.text("TYPE }"), "live-room");
    follower.wait_until("it is gone", |follower| follower.gone);
    wait_for("it is counted", || (master.counter("rooms_live") == 1).then_some(()));
    client.ok("RENAME } r");
    runs_down(&mut client, "r");
    assert_same_rooms(&master, &replica, &[(0, "r".to_owned())]);
    follower.assert_matches_state();
}

#[test]
fn a_reloaded_server_goes_on_with_its_rooms() {
    let (master, replica) = pair();
    let mut client = master.client();
    let keys = [(0, "r".to_owned()), (0, "s".to_owned()), (1, "r".to_owned())];
    let mut followers: Vec<Follower> = [&master, &replica]
        .iter()
        .flat_map(|server| keys.iter().map(|(db, key)| Follower::in_db(server, *db, key)))
        .collect();
    for (db, key) in &keys {
        wind(&mut master.client_in(*db), key);
    }
    client.ok("DEBUG RELOAD");
    for (db, key) in &keys {
        runs_down(&mut master.client_in(*db), key);
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
fn the_server_keeps_the_module_and_tells_of_its_rooms() {
    let server = winding().set("rename-command", "FLUSHALL \"\"").start();
    let mut client = server.client();
    let mut follower = Follower::new(&server, "r");
    wind(&mut client, "r");
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
    // A timer's turns keep no room from being evicted; a user's do.
    runs_down(&mut client, "r");
    wait_for("it idles though its deadlines are settled", || {
        (client.int("OBJECT IDLETIME r") > 0).then_some(())
    });
    client.ok("CONFIG SET maxmemory-policy allkeys-lfu");
    assert!(client.int("OBJECT FREQ r") >= 0);
    let heard = |line: &str| line.contains("ROOM.REACT");
    wait_for("MONITOR hears of it", || {
        let value = monitor.receive().unwrap();
        matches!(&value, support::Value::SimpleString(line) if heard(line)).then_some(())
    });
    assert_eq!(listed(&mut client, "", 100), ["r"]);
    follower.assert_matches_state();
}
