//! Effects that no master would send, in a stream and in an AOF.

use super::spoil::Dice;
use super::{in_order, parts, reads, restore, writes};
use crate::support::rooms::{digest, everything, lived_in, now_ms, of_every_state};
use crate::support::{Client, Json, Master, Server};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// The effects of version 1, one of each kind.
fn effects() -> Vec<Vec<u8>> {
    parts::split(include_bytes!("../../../engine/tests/golden/effects-v1.bin"))
}

/// Commands that a later version might replicate verbatim.
const UNKNOWN_VERBATIM: [&str; 3] =
    ["ROOM.REACT c0 ada 👏 LOUDLY", "ROOM.KICK c1 - ada", "ROOM.JOIN c2 ada GATEWAY"];

/// Effects that break a room: of an unknown version, with an unknown change, truncated, or noise.
fn unknown_effects() -> Vec<(String, Vec<u8>)> {
    let known = effects();
    let mut all = vec![("nothing".to_owned(), Vec::new())];
    for version in [0, 2, 7, 255] {
        let mut effect = known[0].clone();
        effect[0] = version;
        all.push((format!("version {version}"), effect));
    }
    for variant in [60, 250, 255] {
        let mut effect = known[2].clone();
        *effect.last_mut().unwrap() = variant;
        all.push((format!("change {variant}"), effect.clone()));
        // After a known change.
        all.push((format!("a known change, then change {variant}"), [&known[2][..], &[variant]].concat()));
    }
    for (nth, effect) in known.iter().enumerate() {
        // An effect that ends after its time has no change and does no harm.
        let time = known[2].len() - 1;
        for len in [1, time - 1, time + 1, effect.len() - 1] {
            if len < effect.len() && len != time {
                all.push((format!("{len} bytes of effect {nth}"), effect[..len].to_vec()));
            }
        }
    }
    // A list that claims to be long: INVITE of 2^40 users.
    let invite = known.iter().find(|effect| effect[known[2].len() - 1] == 9).expect("INVITE");
    let time = &invite[..known[2].len() - 1];
    all.push(("a long list".to_owned(), [time, &[9, 253, 0, 0, 0, 0, 0, 1, 0, 0]].concat()));
    let dice = &mut Dice(9);
    for nth in 0..20 {
        let noise =
            (0..1 + dice.roll(60))
                .map(|_| dice.roll(255) as u8 + 1)
                .map(|byte| if byte == 1 { 2 } else { byte });
        all.push((format!("noise {nth}"), noise.collect()));
    }
    all
}

/// A master of the room `r` and copies of it, one for each effect and command, with their digest and what they show.
#[track_caller]
fn master_of_copies(copies: usize) -> (Master, String, BTreeMap<String, Json>) {
    let source = Server::with().prompt().patient().start();
    let mut client = source.client();
    lived_in(&mut client, "r");
    for nth in 0..copies {
        client.int(&["COPY", "r", &format!("r{nth}")]);
    }
    for nth in 0..UNKNOWN_VERBATIM.len() {
        client.int(&["COPY", "r", &format!("c{nth}")]);
    }
    client.text("SET s text");
    client.ok("SAVE");
    let (was, shown) = (digest(&mut client, "r"), everything(&mut client, "r"));
    let master = Master::of(fs::read(source.dir().join("dump.rdb")).unwrap());
    (master, was, shown)
}

/// Sends each effect and command to a room of its own, and some to keys without a room.
fn send_unknown(master: &mut Master, unknown: &[(String, Vec<u8>)]) {
    for (nth, (_, effect)) in unknown.iter().enumerate() {
        master.send(&[b"ROOM.APPLY", format!("r{nth}").as_bytes(), effect]);
    }
    // A missing room, and a key with another type.
    let known = effects();
    for effect in [&known[2], &unknown[1].1] {
        master.send(&[b"ROOM.APPLY", &b"missing"[..], effect]);
        master.send(&[b"ROOM.APPLY", &b"s"[..], effect]);
    }
    for command in UNKNOWN_VERBATIM {
        master.send(command);
    }
    master.send("ROOM.REACT missing ada 👏");
    master.send("ROOM.REACT s ada 👏");
    // And payloads that are no rooms.
    master.send(&[b"ROOM.LOAD", &b"loaded"[..], b"1", b"\x00noise"]);
    master.send(&[b"ROOM.LOAD", &b"loaded"[..], b"2", b""]);
    master.send("ROOM.LOAD loaded");
    master.send("ROOM.APPLY r0");
    master.send("SET last 1");
}

#[test]
fn unknown_effects_in_a_stream_break_their_room_until_a_resync() {
    let unknown = unknown_effects();
    let (mut master, was, shown) = master_of_copies(unknown.len());
    let replica = Server::with().prompt().patient().start();
    let mut client = replica.client();
    client.ok(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]);
    master.sync();
    master.wait_taken();
    assert_eq!(digest(&mut client, "r"), was);

    send_unknown(&mut master, &unknown);
    master.wait_taken();

    assert_eq!(client.text("GET last"), "1", "the stream goes on");
    let verbatim = UNKNOWN_VERBATIM.iter().enumerate().map(|(nth, what)| (format!("c{nth}"), *what));
    let effects = unknown.iter().enumerate().map(|(nth, (what, _))| (format!("r{nth}"), what.as_str()));
    for (key, what) in effects.chain(verbatim) {
        for read in ["ROOM.STATE", "ROOM.MEMBERS"] {
            assert_eq!(client.err_code(&[read, &key, "-"]), "BROKEN", "{what}");
        }
    }
    assert_eq!(everything(&mut client, "r"), shown, "a room is not broken by another");
    assert_eq!(client.int("EXISTS missing loaded"), 0);
    assert_eq!(client.text("GET s"), "text");
    let broken = (unknown.len() + UNKNOWN_VERBATIM.len()) as i64;
    assert_eq!(replica.counter("apply_failed"), broken + 8);
    assert_eq!(replica.counter("rooms_broken"), broken);
    let logged = replica.log().lines().filter(|line| line.contains("an effect ")).count();
    assert!(logged >= unknown.len() + 4, "{logged} of {} are logged", unknown.len() + 4);

    master.sync();
    master.wait_taken();
    for nth in 0..unknown.len() {
        assert_eq!(digest(&mut client, &format!("r{nth}")), was, "a resync repairs it");
    }
    assert_eq!(replica.counter("rooms_broken"), 0);

    // After its promotion the server still refuses the room to writers.
    master.send(&[b"ROOM.APPLY", &b"r"[..], &unknown[1].1]);
    master.wait_taken();
    client.ok("REPLICAOF NO ONE");
    for received in ["ROOM.JOIN r new", "ROOM.STATE r -", "ROOM.END r -", "ROOM.PURGE r"] {
        client.err(received, "BROKEN");
    }
    assert_eq!(client.int("DEL r"), 1);
    assert_eq!(client.json("ROOM.CREATE r ada")["state"], "live");
}

/// Known effects sent to rooms they do not fit. No master would send them, and they do not harm the server.
#[test]
fn effects_of_other_rooms_do_no_harm() {
    let source = Server::with().prompt().patient().start();
    let mut client = source.client();
    let now = now_ms(&mut client);
    let keys = of_every_state(&mut client, "", now);
    client.ok("SAVE");
    let mut master = Master::of(fs::read(source.dir().join("dump.rdb")).unwrap());
    let replica = Server::with().unlimited().start();
    let mut client = replica.client();
    client.ok(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]);
    master.sync();
    let known = effects();
    let dice = &mut Dice(5);
    for nth in 0..3000 {
        let mut effect = known[dice.roll(known.len())].clone();
        if nth % 2 == 0 {
            let place = 9 + dice.roll(effect.len() - 9);
            effect[place] = dice.roll(250) as u8;
        }
        master.send(&[b"ROOM.APPLY", keys[dice.roll(keys.len())].as_bytes(), &effect]);
    }
    master.wait_taken();
    for key in &keys {
        for reply in client.pipeline(&reads(key)) {
            in_order(&reply, true);
        }
    }
    client.ok("REPLICAOF NO ONE");
    for key in &keys {
        for reply in client.pipeline(&writes(key, 1)) {
            in_order(&reply, true);
        }
    }
}

#[test]
fn unknown_effects_in_an_aof_break_their_room() {
    let unknown = unknown_effects();
    let mut server = Server::with().prompt().patient().aof(false).start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    let dump = client.cmd("DUMP r").bytes();
    for nth in 0..unknown.len() {
        client.ok(&restore(&format!("r{nth}"), &dump));
    }
    client.text("SET s text");
    let shown = everything(&mut client, "r");
    server.stop();

    let mut files: Vec<PathBuf> = fs::read_dir(server.dir().join("appendonlydir"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".incr.aof"))
        .collect();
    files.sort();
    let file = files.last().expect("a file that grows");
    let mut written = fs::read(file).unwrap();
    let mut write = |parts: &[&[u8]]| {
        let mut command = redis::Cmd::new();
        for part in parts {
            command.arg(*part);
        }
        written.extend(command.get_packed_command());
    };
    for (nth, (_, effect)) in unknown.iter().enumerate() {
        write(&[b"ROOM.APPLY", format!("r{nth}").as_bytes(), effect]);
    }
    write(&[b"ROOM.APPLY", b"missing", &unknown[1].1]);
    write(&[b"ROOM.APPLY", b"s", &unknown[1].1]);
    write(&[b"ROOM.LOAD", b"loaded", b"9", b"noise"]);
    write(&[b"SET", b"last", b"1"]);
    fs::write(file, written).unwrap();

    server.start_again();
    let mut client = server.client();
    assert_eq!(client.text("GET last"), "1", "the file is read to its end");
    assert_eq!(server.counter("apply_failed"), unknown.len() as i64 + 3);
    let broken = |client: &mut Client| {
        for (nth, (what, _)) in unknown.iter().enumerate() {
            let key = format!("r{nth}");
            assert_eq!(client.err_code(&["ROOM.STATE", &key, "-"]), "BROKEN", "{what}");
            assert_eq!(client.err_code(&["ROOM.JOIN", &key, "new"]), "BROKEN", "{what}");
        }
    };
    broken(&mut client);
    assert_eq!(everything(&mut client, "r"), shown);
    assert_eq!(client.int("EXISTS missing loaded"), 0);
    // A broken room stays broken after it is saved again.
    server.rewrite_aof();
    server.restart();
    let mut client = server.client();
    broken(&mut client);
    assert_eq!(client.int(&["DEL", "r0"]), 1);
    client.ok(&restore("r0", &dump));
    assert_eq!(client.json("ROOM.STATE r0 -")["state"], "live");
}
