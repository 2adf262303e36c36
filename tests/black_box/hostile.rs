//! Hostile input: dumps spoiled inside and signed again, any bytes in every argument, effects that no master would
//! send. It is refused, or it is a room that works; nothing crashes, hangs, leaks or takes more memory than the input
//! allows.

#[path = "../../engine/tests/codec/parts.rs"]
#[allow(dead_code)]
mod parts;
#[path = "../../engine/tests/codec/spoil.rs"]
mod spoil;
use crate::support::engine::{commands, Error, Spec};
use crate::support::lines::{lines, Line};
use crate::support::rooms::{digest, everything, lived_in, now_ms, of_every_state};
use crate::support::server::sanitized;
use crate::support::{self, json, wait_for, Client, Dump, Master, Reply, Server, Traffic, Value};
use spoil::{spoil, Dice};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Cases tried in one go.
const BATCH: u64 = 100;

fn line(words: &[&str]) -> Line {
    words.iter().map(|&word| word.into()).collect()
}

fn restore(key: &str, dump: &[u8]) -> Line {
    vec![b"RESTORE".to_vec(), key.into(), b"0".to_vec(), dump.to_vec(), b"REPLACE".to_vec()]
}

/// Dumps of rooms in every state, and of some that have seen a lot.
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

/// A dump with something wrong in it, signed as if it were sound.
fn spoiled(plain: &[Dump], packed: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut dump = plain[dice.roll(plain.len())].clone();
    let other = &plain[dice.roll(plain.len())];
    let how = dice.roll(20);
    match how {
        // Within the room's chunks, and their order.
        0..=8 => {
            for _ in 0..=dice.roll(8) / 6 {
                if !dump.chunks.is_empty() {
                    spoil(&mut dump.chunks, dice);
                }
            }
        }
        // The beginning of one room, the end of another; or one section of it.
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
        // Sound, but saved broken.
        12 if dice.roll(4) == 0 => dump.chunks[0][1] = 1,
        // A length, or any number, that is as large as can be written.
        12..=13 => {
            let at = dice.roll(dump.chunks.len());
            let place = 1 + dice.roll(dump.chunks[at].len() - 1);
            dump.chunks[at].splice(place..=place, large(dice));
        }
        _ => {}
    }
    let mut body = dump.body();
    if how < 14 {
        return dump.sign(body);
    }
    // As the server has it, half of the time compressed. Byte 0 is the server's own type of value: another type there
    // is not the module's to judge.
    if dice.roll(2) == 0 {
        let packed = &packed[dice.roll(packed.len())];
        body = packed[..packed.len() - 10].to_vec();
    }
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
            let other = other.body();
            body.truncate(place);
            body.extend_from_slice(&other[dice.roll(other.len())..]);
        }
        18 => drop(body.drain(place..(place + dice.roll(40)).min(body.len()))),
        _ => {
            let noise = (0..dice.roll(12)).map(|_| dice.roll(256) as u8).collect::<Vec<_>>();
            body.splice(place..place, noise);
        }
    }
    dump.sign(body)
}

/// A number of the codec's own form, large.
fn large(dice: &mut Dice) -> Vec<u8> {
    let number = [u64::MAX, 1 << 53, 1 << 32, u64::from(u32::MAX), 1 << 24, 1 << 16][dice.roll(6)];
    [&[253][..], &number.to_le_bytes()].concat()
}

/// The payloads of a batch, kept for whoever has to find out why it failed.
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

/// An error is a documented one. A room that was loaded broken says so to everybody; none becomes it.
#[track_caller]
fn in_order(reply: &Reply, broken: bool) {
    let Some(error) = reply.error() else { return };
    let code = error.split(' ').next().unwrap();
    assert!(Error::CODES.contains(&code), "{}: {error}", reply.asked);
    assert!(broken || code != "BROKEN", "{}: a room that broke", reply.asked);
}

/// Everything that is read of a room.
fn reads(key: &str) -> Vec<Line> {
    [
        "ROOM.STATE # -",
        "ROOM.STATE # ada",
        "ROOM.STATE # u1",
        "ROOM.INFO #",
        "ROOM.MEMBERS # - COUNT 1000",
        "ROOM.MEMBERS # u0 COUNT 2",
        "ROOM.HANDS # -",
        "ROOM.COMMENTS # - COUNT 500",
        "ROOM.COMMENTS # u2",
        "ROOM.POLLS # -",
        "ROOM.BLOCKED # -",
        "ROOM.INVITED # -",
        "ROOM.SUMMARY # -",
        "ROOM.SESSIONS # g1",
        "ROOM.WHOIS # - ben",
        "ROOM.EVENTS # - none 0",
        "ROOM.EXPORT # 0 COUNT 10000",
        "ROOM.EXPORT # 0 COUNT 1",
    ]
    .map(|read| read.split(' ').map(|word| if word == "#" { key } else { word }.into()).collect())
    .to_vec()
}

fn writes(key: &str, case: u64) -> Vec<Line> {
    let mut traffic = Traffic::new(case, &[key]);
    let mut all: Vec<Line> = Vec::new();
    all.extend(
        traffic.writes(24).into_iter().map(|words| words.into_iter().map(String::into_bytes).collect()),
    );
    for words in [
        "ROOM.START # -",
        "ROOM.JOIN # new GATEWAY g1 SESSION new",
        "ROOM.DROP # g1 LOST",
        "ROOM.NEXT # -",
        "ROOM.LOWERHAND # - *",
        "ROOM.BLOCK # - dan CLEAR",
        "ROOM.CONFIG # - private on",
        "ROOM.COMMENT # new hello",
    ] {
        all.push(words.split(' ').map(|word| if word == "#" { key } else { word }.into()).collect());
    }
    all
}

/// What is looked at together, so that no timer comes between.
fn transaction(client: &mut Client, lines: &[Line]) -> Vec<Reply> {
    let all = [&[line(&["MULTI"])][..], lines, &[line(&["EXEC"])]].concat();
    client.pipeline(&all).pop().unwrap().list()
}

#[track_caller]
fn value(reply: &Reply) -> String {
    reply.texts().remove(0)
}

/// All an accepted room must live through; false: it is broken.
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

/// RESTORE_CASES asks for more.
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
        // By then all is there that stays: buffers, the registry's room for a batch.
        if first == 1 + 9 * BATCH {
            memory = used_memory(&server);
        }
    }
    eprintln!("{cases} dumps: {accepted} accepted, {broken} of them broken");
    assert!((cases / 20..cases * 3 / 4).contains(&accepted), "{accepted} of {cases} accepted");
    assert!((1..accepted / 2).contains(&broken), "{broken} of {accepted} broken");
    assert_eq!(server.counter("panics"), 0);
    wait_for("no room is counted any more", || {
        let counted = server.room_info();
        counted.iter().all(|(name, &rooms)| rooms == 0 || !name.starts_with("rooms_")).then_some(())
    });
    if memory > 0 {
        // A room takes more than a hundred kilobytes.
        wait_for("what was refused or deleted is freed", || {
            (used_memory(&server) < memory + (4 << 20)).then_some(())
        });
    }
}

/// What a server's process held at most: in memory, and in addresses. Kilobytes.
#[cfg(target_os = "linux")]
fn peaks(server: &Server) -> [i64; 2] {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    ["VmHWM:", "VmPeak:"].map(|name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    })
}

/// However large the lengths and numbers in a dump of a few kilobytes.
#[cfg(target_os = "linux")]
#[test]
fn numbers_that_lie_take_no_memory() {
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
    // The first show what RESTORE and its errors take by themselves.
    let (warm, rest) = payloads.split_at(100);
    client.pipeline(warm);
    let before = peaks(&server);
    let mut accepted = 0;
    for some in rest.chunks(100) {
        for reply in client.pipeline(some) {
            accepted += u64::from(reply.error().is_none());
        }
        for read in reads("copy") {
            client.try_cmd(&read).expect("the server lives");
        }
    }
    let after = peaks(&server);
    eprintln!("{} dumps, {accepted} accepted: peaks from {before:?} to {after:?} KB", payloads.len());
    // A sanitizer keeps what is freed; under it, scripts/sanitize bounds each allocation instead.
    if sanitized() {
        return;
    }
    let grown = [after[0] - before[0], after[1] - before[1]];
    assert!(grown[0] < 16 << 10 && grown[1] < 64 << 10, "grown by {grown:?} KB");
}

/// Values that some argument somewhere may take for more than they are.
fn values(dice: &mut Dice) -> Vec<u8> {
    const WORDS: [&str; 44] = [
        "",
        "-",
        "*",
        "}",
        "{",
        "{}",
        "}{",
        "{a}b",
        "[]",
        "[[]]",
        "\"\"",
        "null",
        "true",
        "on",
        "off",
        "0",
        "-0",
        "-1",
        "+1",
        "00",
        "1e9",
        "0x10",
        "1.5",
        "NaN",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "4294967295",
        "4294967296",
        "9007199254740993",
        "🎉",
        "👩‍👩‍👧‍👦",
        "\u{feff}",
        "\u{202e}",
        "\0",
        "TOKEN",
        "COUNT",
        "FOR",
        "{\"a\":\"\\ud83c\"}",
        "[\"\\udf89\"]",
        "{\"a\":1e999}",
        "{\"\\u0000\":\"\\u0000\"}",
    ];
    let any = |dice: &mut Dice, len: usize| (0..len).map(|_| dice.roll(256) as u8).collect::<Vec<_>>();
    match dice.roll(24) {
        0..=11 => WORDS[dice.roll(WORDS.len())].into(),
        12 => b"\xff".to_vec(),
        13 => b"\xf0\x9f".to_vec(),
        14 => b"\xed\xa0\x80".to_vec(),
        15 => "👏".repeat(dice.roll(600)).into(),
        16 => "9".repeat(1 + dice.roll(60)).into(),
        17 => "{\"a\":".repeat(dice.roll(200)).into(),
        18 => [&b"{\"a\":\""[..], &any(dice, 3), b"\"}"].concat(),
        19 if dice.roll(40) == 0 => vec![b'x'; 1 << 20],
        // Texts: any code points.
        19..=20 => {
            let any = |_| char::from_u32(dice.roll(0x11_0000) as u32);
            (0..8).filter_map(any).collect::<String>().into()
        }
        _ => {
            let len = dice.roll(40);
            any(dice, len)
        }
    }
}

/// A valid line with anything put into it, left out, or moved.
fn distorted(spec: &Spec, at: &str, dice: &mut Dice) -> Line {
    let all = lines(spec, at);
    let (mut line, _) = all[dice.roll(all.len())].clone();
    for _ in 0..=dice.roll(3) {
        // The key mostly stays, or nothing but NOROOM is heard.
        let least = if dice.roll(8) == 0 { 1 } else { 2 };
        let place = (least + dice.roll(line.len())).min(line.len());
        match dice.roll(12) {
            0..=7 if place < line.len() => line[place] = values(dice),
            8 if place < line.len() => drop(line.remove(place)),
            9 if place < line.len() => {
                let other = 1 + dice.roll(line.len() - 1);
                line.swap(place, other);
            }
            10 => {
                let other = &all[dice.roll(all.len())].0;
                line.extend_from_slice(&other[dice.roll(other.len())..]);
            }
            _ => line.insert(place, values(dice)),
        }
    }
    line
}

/// Several arguments at once, too few, too many: what is refused has changed nothing, neither here nor under any
/// other key. ARGUMENT_CASES asks for more.
#[test]
fn any_bytes_in_any_argument_are_refused_or_taken() {
    let cases: u64 = std::env::var("ARGUMENT_CASES").map_or(15_000, |n| n.parse().expect("a number"));
    let server = Server::with().prompt().patient().start();
    let mut client = server.client();
    lived_in(&mut client, "r");
    let at = (now_ms(&mut client) + 3_600_000).to_string();
    let (dump, was) = (client.cmd("DUMP r").bytes(), digest(&mut client, "r"));
    let put_back = vec![b"RESTORE".to_vec(), b"r".to_vec(), b"259200000".to_vec(), dump, b"REPLACE".to_vec()];
    let specs: Vec<&Spec> = commands().collect();
    let mut codes: BTreeMap<String, u64> = BTreeMap::new();
    for first in (0..cases).step_by(BATCH as usize) {
        let told: Vec<Line> = (first..(first + BATCH).min(cases))
            .map(|case| {
                let dice = &mut Dice((case + 1) * 0x9e37_79b9);
                distorted(specs[case as usize % specs.len()], &at, dice)
            })
            .collect();
        let rest =
            [line(&["DEBUG", "DIGEST-VALUE", "r"]), line(&["DBSIZE"]), line(&["FLUSHALL"]), put_back.clone()];
        let all: Vec<Line> = told.iter().flat_map(|line| [&[line.clone()][..], &rest].concat()).collect();
        for replies in client.pipeline(&all).chunks(5) {
            let reply = &replies[0];
            let Some(error) = reply.error() else {
                *codes.entry("taken".to_owned()).or_default() += 1;
                continue;
            };
            let code = error.split(' ').next().unwrap();
            let is_documented = Error::CODES.contains(&code) && code != "BROKEN";
            assert!(
                is_documented || error.starts_with("ERR wrong number of arguments"),
                "{reply:?} to {}",
                reply.asked
            );
            assert_eq!(
                (value(&replies[1]), replies[2].int()),
                (was.clone(), 1),
                "{}: changed by {error}",
                reply.asked
            );
            *codes.entry(code.to_owned()).or_default() += 1;
        }
    }
    eprintln!("{cases} lines: {codes:?}");
    assert!(codes["taken"] > cases / 50 && codes["INVALID"] < cases * 9 / 10, "{codes:?}");
    assert_eq!(server.counter("panics"), 0);
}

/// What is taken is what was sent.
#[test]
fn any_text_is_refused_or_stored_exactly() {
    let server = Server::with().prompt().patient().start();
    let mut client = server.client();
    client.json("ROOM.CREATE r ada");
    client.json("ROOM.JOIN r ada");
    let (mut stored, mut refused) = (0, 0);
    for case in 1..1500u64 {
        let dice = &mut Dice(case * 0x9e37_79b9);
        let text = values(dice);
        let is_text = std::str::from_utf8(&text).is_ok();
        let said = [&b"ROOM.COMMENT"[..], b"r", b"ada", &text];
        let titled = [&b"ROOM.CONFIG"[..], b"r", b"ada", b"title", &text];
        let joined = [&b"ROOM.JOIN"[..], b"r", &text];
        let profile = [&b"ROOM.JOIN"[..], b"r", b"ada", b"PROFILE", &text];
        let mut taken = |line: &[&[u8]]| {
            let reply = client.cmd(line);
            match reply.error() {
                None => {
                    assert!(is_text, "{} is no text", reply.asked);
                    stored += 1;
                    true
                }
                Some(error) => {
                    assert!(
                        error.starts_with("INVALID") || error.starts_with("TOOMANY"),
                        "{}: {error}",
                        reply.asked
                    );
                    refused += 1;
                    false
                }
            }
        };
        let taken = [taken(&said), taken(&titled), taken(&joined), taken(&profile)];
        let text = String::from_utf8_lossy(&text).into_owned();
        if taken[0] {
            assert_eq!(client.json("ROOM.COMMENTS r - COUNT 1")["comments"][0]["text"], json!(text));
        }
        if taken[1] {
            assert_eq!(client.json("ROOM.STATE r -")["title"], json!(text));
        }
        if taken[2] {
            assert_eq!(client.json(&["ROOM.WHOIS", "r", "-", &text])["user"], json!(text));
        }
        if taken[3] {
            let sent: support::Json = serde_json::from_str(&text).unwrap();
            assert_eq!(client.json("ROOM.WHOIS r - ada")["profile"], sent);
        }
    }
    assert!(stored > 300 && refused > 300, "{stored} stored, {refused} refused");
}

/// The effects of version 1, one of each kind.
fn effects() -> Vec<Vec<u8>> {
    parts::split(include_bytes!("../../engine/tests/golden/effects-v1.bin"))
}

/// Commands that do not carry their change, as a later version might let them travel.
const CARRIED_UNKNOWN: [&str; 3] =
    ["ROOM.REACT c0 ada 👏 LOUDLY", "ROOM.KICK c1 - ada", "ROOM.JOIN c2 ada GATEWAY"];

/// Effects that break a room: of a version or with a change that nobody knows yet, cut, or noise.
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
        // Behind one that is known.
        all.push((format!("a known change, then change {variant}"), [&known[2][..], &[variant]].concat()));
    }
    for (nth, effect) in known.iter().enumerate() {
        // An effect that ends with its time has no change in it, which harms nothing.
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

#[test]
fn unknown_effects_in_a_stream_break_their_room_until_a_resync() {
    let unknown = unknown_effects();
    let source = Server::with().prompt().patient().start();
    let mut client = source.client();
    lived_in(&mut client, "r");
    for nth in 0..unknown.len() {
        client.int(&["COPY", "r", &format!("r{nth}")]);
    }
    for nth in 0..CARRIED_UNKNOWN.len() {
        client.int(&["COPY", "r", &format!("c{nth}")]);
    }
    client.text("SET s text");
    client.ok("SAVE");
    let (was, shown) = (digest(&mut client, "r"), everything(&mut client, "r"));
    let mut master = Master::of(fs::read(source.dir().join("dump.rdb")).unwrap());
    drop(source);

    let replica = Server::with().prompt().patient().start();
    let mut client = replica.client();
    client.ok(&["REPLICAOF", "127.0.0.1", &master.port().to_string()]);
    master.sync();
    master.wait_taken();
    assert_eq!(digest(&mut client, "r"), was);

    for (nth, (_, effect)) in unknown.iter().enumerate() {
        master.send(&[b"ROOM.APPLY", format!("r{nth}").as_bytes(), effect]);
    }
    // A room that is not there, and a key that holds no room.
    let known = effects();
    for effect in [&known[2], &unknown[1].1] {
        master.send(&[b"ROOM.APPLY", &b"missing"[..], effect]);
        master.send(&[b"ROOM.APPLY", &b"s"[..], effect]);
    }
    for command in CARRIED_UNKNOWN {
        master.send(command);
    }
    master.send("ROOM.REACT missing ada 👏");
    master.send("ROOM.REACT s ada 👏");
    // And rooms that are none.
    master.send(&[b"ROOM.LOAD", &b"loaded"[..], b"1", b"\x00noise"]);
    master.send(&[b"ROOM.LOAD", &b"loaded"[..], b"2", b""]);
    master.send("ROOM.LOAD loaded");
    master.send("ROOM.APPLY r0");
    master.send("SET last 1");
    master.wait_taken();

    assert_eq!(client.text("GET last"), "1", "the stream goes on");
    let carried = CARRIED_UNKNOWN.iter().enumerate().map(|(nth, what)| (format!("c{nth}"), *what));
    let effects = unknown.iter().enumerate().map(|(nth, (what, _))| (format!("r{nth}"), what.as_str()));
    for (key, what) in effects.chain(carried) {
        for read in ["ROOM.STATE", "ROOM.MEMBERS"] {
            assert_eq!(client.err_code(&[read, &key, "-"]), "BROKEN", "{what}");
        }
    }
    assert_eq!(everything(&mut client, "r"), shown, "a room is not broken by another");
    assert_eq!(client.int("EXISTS missing loaded"), 0);
    assert_eq!(client.text("GET s"), "text");
    let broken = (unknown.len() + CARRIED_UNKNOWN.len()) as i64;
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

    // As a master it says so still, to whoever wants to write.
    master.send(&[b"ROOM.APPLY", &b"r"[..], &unknown[1].1]);
    master.wait_taken();
    client.ok("REPLICAOF NO ONE");
    for told in ["ROOM.JOIN r new", "ROOM.STATE r -", "ROOM.END r -", "ROOM.PURGE r"] {
        client.err(told, "BROKEN");
    }
    assert_eq!(client.int("DEL r"), 1);
    assert_eq!(client.json("ROOM.CREATE r ada")["state"], "live");
}

/// Known effects, but for rooms of which they are not true: nothing that a master would send, and no harm to the
/// server.
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
    // Saved again it stays broken: nobody takes it for the room.
    server.rewrite_aof();
    server.restart();
    let mut client = server.client();
    broken(&mut client);
    assert_eq!(client.int(&["DEL", "r0"]), 1);
    client.ok(&restore("r0", &dump));
    assert_eq!(client.json("ROOM.STATE r0 -")["state"], "live");
}
