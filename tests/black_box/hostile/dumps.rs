//! Dumps that are damaged inside and signed again.

use super::spoil::{spoil, Dice};
use super::{in_order, line, reads, restore, value, writes, BATCH};
use crate::support::lines::Line;
use crate::support::rooms::{lived_in, now_ms, of_every_state};
use crate::support::server::sanitized;
use crate::support::{wait_for, Client, Dump, Reply, Server, Traffic, Value};
use std::fs;
use std::path::PathBuf;

/// Dumps of rooms in every state, and of rooms after random traffic.
fn dumps(client: &mut Client) -> Vec<Vec<u8>> {
    let now = now_ms(client);
    let mut keys = of_every_state(client, "", now);
    for seed in 0..3 {
        let key = format!("busy{seed}");
        let mut traffic = Traffic::new(seed, &[&key]);
        let opening = traffic.opening();
        client.pipeline(&opening);
        client.pipeline(&traffic.writes(150));
        keys.push(key);
    }
    let dumps = keys.iter().map(|key| client.cmd(&["DUMP", key]).bytes()).collect();
    client.ok("FLUSHALL");
    dumps
}

/// A damaged dump with a valid checksum.
fn spoiled(plain: &[Dump], packed: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut dump = plain[dice.roll(plain.len())].clone();
    let other = &plain[dice.roll(plain.len())];
    let how = dice.roll(20);
    spoil_chunks(&mut dump, other, how, dice);
    let mut body = dump.body();
    if how < 14 {
        return dump.sign(body);
    }
    // The raw body, half of the time compressed. Byte 0 is the server's value type. Another type there does not reach
    // the module.
    if dice.roll(2) == 0 {
        let packed = &packed[dice.roll(packed.len())];
        body = packed[..packed.len() - 10].to_vec();
    }
    spoil_body(&mut body, &other.body(), how, dice);
    dump.sign(body)
}

/// Damage of the first kinds: within the chunks of a room.
fn spoil_chunks(dump: &mut Dump, other: &Dump, how: usize, dice: &mut Dice) {
    match how {
        // Damage within the chunks or to their order.
        0..=8 => {
            for _ in 0..=dice.roll(8) / 6 {
                if !dump.chunks.is_empty() {
                    spoil(&mut dump.chunks, dice);
                }
            }
        }
        // The start of one room and the end of another, or one section of another.
        9 => {
            dump.chunks.truncate(dice.roll(dump.chunks.len()));
            dump.chunks.extend_from_slice(&other.chunks[dice.roll(other.chunks.len())..]);
        }
        10..=11 => {
            let from = &other.chunks[dice.roll(other.chunks.len())];
            if let Some(into) = dump.chunks.iter_mut().find(|chunk| chunk[0] == from[0]) {
                into.clone_from(from);
            }
        }
        // Valid, but marked as broken.
        12 if dice.roll(4) == 0 => dump.chunks[0][1] = 1,
        // A length or number at its maximum.
        12..=13 => {
            let at = dice.roll(dump.chunks.len());
            let place = 1 + dice.roll(dump.chunks[at].len() - 1);
            dump.chunks[at].splice(place..=place, large(dice));
        }
        _ => {}
    }
}

/// Damage of the other kinds: anywhere in the body.
fn spoil_body(body: &mut Vec<u8>, other: &[u8], how: usize, dice: &mut Dice) {
    let place = 1 + dice.roll(body.len() - 1);
    match how {
        14..=15 => {
            for _ in 0..=dice.roll(4) {
                let place = 1 + dice.roll(body.len() - 1);
                body[place] ^= 1 << dice.roll(8);
            }
        }
        16 => body.truncate(place),
        17 => {
            body.truncate(place);
            body.extend_from_slice(&other[dice.roll(other.len())..]);
        }
        18 => drop(body.drain(place..(place + dice.roll(40)).min(body.len()))),
        _ => {
            let noise = (0..dice.roll(12)).map(|_| dice.roll(256) as u8).collect::<Vec<_>>();
            body.splice(place..place, noise);
        }
    }
}

/// A large number in the codec's encoding.
fn large(dice: &mut Dice) -> Vec<u8> {
    let number = [u64::MAX, 1 << 53, 1 << 32, u64::from(u32::MAX), 1 << 24, 1 << 16][dice.roll(6)];
    [&[253][..], &number.to_le_bytes()].concat()
}

/// The payloads of a batch. They are written to files when the test fails.
struct Batch {
    first: u64,
    payloads: Vec<Vec<u8>>,
}

impl Drop for Batch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hostile");
            let _ = fs::create_dir_all(&dir);
            for (case, payload) in (self.first..).zip(&self.payloads) {
                let _ = fs::write(dir.join(format!("case-{case}.dump")), payload);
            }
            eprintln!("the payloads of the failing batch are in {}", dir.display());
        }
    }
}

/// Runs lines in one transaction, so that no timer runs in between.
fn transaction(client: &mut Client, lines: &[Line]) -> Vec<Reply> {
    let all = [&[line(&["MULTI"])][..], lines, &[line(&["EXEC"])]].concat();
    client.pipeline(&all).pop().unwrap().list()
}

/// What every accepted room must support. Returns false if the room is broken.
fn live_on(client: &mut Client, key: &str, case: u64) -> bool {
    let broken =
        client.cmd(&["ROOM.STATE", key, "-"]).error().is_some_and(|error| error.starts_with("BROKEN"));
    for reply in client.pipeline(&reads(key)) {
        in_order(&reply, broken);
        assert!(!broken || reply.error().is_some(), "{}: of a broken room", reply.asked);
    }
    let twin = transaction(
        client,
        &[
            line(&["DEBUG", "DIGEST-VALUE", key]),
            line(&["COPY", key, "twin", "REPLACE"]),
            line(&["DEBUG", "DIGEST-VALUE", "twin"]),
        ],
    );
    assert_eq!((twin[1].int(), value(&twin[2])), (1, value(&twin[0])), "{key}: its copy");
    for reply in client.pipeline(&writes(key, case)) {
        in_order(&reply, broken);
    }
    let saved = transaction(
        client,
        &[line(&["PERSIST", key]), line(&["DUMP", key]), line(&["DEBUG", "DIGEST-VALUE", key])],
    );
    let again =
        transaction(client, &[restore("twin", &saved[1].bytes()), line(&["DEBUG", "DIGEST-VALUE", "twin"])]);
    assert_eq!((&again[0].value, value(&again[1])), (&Value::Okay, value(&saved[2])), "{key}: dumped again");
    for reply in
        client.pipeline(&[line(&["ROOM.END", key, "-"])].into_iter().chain(reads(key)).collect::<Vec<_>>())
    {
        in_order(&reply, broken);
    }
    let gone = client.cmd(&[if case % 2 == 0 { "ROOM.PURGE" } else { "DEL" }, key]);
    in_order(&gone, broken);
    !broken
}

fn used_memory(server: &Server) -> i64 {
    server.info("memory")["used_memory"].parse().unwrap()
}

/// RESTORE_CASES sets the number of cases.
#[test]
fn spoiled_dumps_that_are_signed_are_refused_or_work() {
    let cases: u64 = std::env::var("RESTORE_CASES").map_or(5_000, |n| n.parse().expect("a number"));
    let server = Server::with().unlimited().start();
    let mut client = server.client();
    let packed = dumps(&mut client);
    server.config_set("rdbcompression", "no");
    let plain: Vec<Dump> = dumps(&mut client).iter().map(|dump| Dump::of(dump)).collect();
    let (mut accepted, mut broken, mut memory) = (0, 0, 0);
    for first in (1..=cases).step_by(BATCH as usize) {
        let numbers = first..(first + BATCH).min(cases + 1);
        let payloads =
            numbers.clone().map(|case| spoiled(&plain, &packed, &mut Dice(case * 0x9e37_79b9))).collect();
        let batch = Batch { first, payloads };
        let key = |case: u64| format!("case {case}");
        let restores: Vec<Line> =
            numbers.zip(&batch.payloads).map(|(case, payload)| restore(&key(case), payload)).collect();
        for (case, reply) in (first..).zip(client.pipeline(&restores)) {
            if let Some(error) = reply.error() {
                assert!(error.contains("Bad data format"), "case {case}: {error}");
                continue;
            }
            accepted += 1;
            broken += u64::from(!live_on(&mut client, &key(case), case));
        }
        client.ok("FLUSHALL SYNC");
        // By then everything is allocated that stays: buffers, and the registry's capacity for a batch.
        if first == 1 + 9 * BATCH {
            memory = used_memory(&server);
        }
    }
    eprintln!("{cases} dumps: {accepted} accepted, {broken} of them broken");
    assert!((cases / 20..cases * 3 / 4).contains(&accepted), "{accepted} of {cases} accepted");
    assert!((1..accepted / 2).contains(&broken), "{broken} of {accepted} broken");
    assert_eq!(server.counter("panics"), 0);
    wait_for("no room is counted", || {
        let counted = server.room_info();
        counted.iter().all(|(name, &rooms)| rooms == 0 || !name.starts_with("rooms_")).then_some(())
    });
    if memory > 0 {
        // A room takes more than a hundred kilobytes.
        wait_for("refused and deleted rooms are freed", || {
            (used_memory(&server) < memory + (4 << 20)).then_some(())
        });
    }
}

/// The peak memory and address space of a server's process, in KB.
#[cfg(target_os = "linux")]
fn peaks(server: &Server) -> [i64; 2] {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    ["VmHWM:", "VmPeak:"].map(|name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    })
}

/// This holds for all lengths and numbers in a dump of a few kilobytes.
#[cfg(target_os = "linux")]
#[test]
fn huge_numbers_in_a_dump_take_no_memory() {
    let server = Server::with().prompt().patient().set("rdbcompression", "no").start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    let dump = Dump::of(&client.cmd("DUMP r").bytes());
    let mut payloads = Vec::new();
    for at in 0..dump.chunks.len() {
        for place in (1..dump.chunks[at].len()).step_by(2) {
            for number in [1u64 << 20, u64::from(u32::MAX), 1 << 53, u64::MAX] {
                let mut lying = dump.clone();
                lying.chunks[at].splice(place..=place, [&[253][..], &number.to_le_bytes()].concat());
                payloads.push(restore("copy", &lying.sign(lying.body())));
            }
        }
    }
    // The first payloads show what RESTORE and its errors allocate by themselves.
    let (warm, rest) = payloads.split_at(100);
    client.pipeline(warm);
    let before = peaks(&server);
    let mut accepted = 0;
    for some in rest.chunks(100) {
        for reply in client.pipeline(some) {
            accepted += u64::from(reply.error().is_none());
        }
        for read in reads("copy") {
            client.try_cmd(&read).expect("the server answers");
        }
    }
    let after = peaks(&server);
    eprintln!("{} dumps, {accepted} accepted: peaks from {before:?} to {after:?} KB", payloads.len());
    // A sanitizer keeps freed memory. scripts/sanitize bounds each allocation instead.
    if sanitized() {
        return;
    }
    let grown = [after[0] - before[0], after[1] - before[1]];
    assert!(grown[0] < 16 << 10 && grown[1] < 64 << 10, "grown by {grown:?} KB");
}
