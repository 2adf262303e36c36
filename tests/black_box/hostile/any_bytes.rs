//! Any bytes in any argument.

use super::spoil::Dice;
use super::{line, value, BATCH};
use crate::support::engine::{commands, Error, Spec};
use crate::support::lines::{lines, Line};
use crate::support::rooms::{digest, lived_in, now_ms};
use crate::support::{json, Json, Server};
use std::collections::BTreeMap;

/// Words that a parser may mistake for something else.
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

/// A value: one of these words, or any text, or any bytes.
fn values(dice: &mut Dice) -> Vec<u8> {
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
        // Texts of any code points.
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

/// A valid line with values replaced, inserted, removed or moved.
fn distorted(spec: &Spec, at: &str, dice: &mut Dice) -> Line {
    let all = lines(spec, at);
    let (mut line, _) = all[dice.roll(all.len())].clone();
    for _ in 0..=dice.roll(3) {
        // The key mostly stays, otherwise most replies were NOROOM.
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

/// Several wrong arguments at once, too few, too many. A refused command changes no key. ARGUMENT_CASES sets the number
/// of cases.
#[test]
fn any_bytes_in_any_argument_are_refused_or_accepted() {
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
        let received: Vec<Line> = (first..(first + BATCH).min(cases))
            .map(|case| {
                let dice = &mut Dice((case + 1) * 0x9e37_79b9);
                distorted(specs[case as usize % specs.len()], &at, dice)
            })
            .collect();
        let rest =
            [line(&["DEBUG", "DIGEST-VALUE", "r"]), line(&["DBSIZE"]), line(&["FLUSHALL"]), put_back.clone()];
        let all: Vec<Line> = received.iter().flat_map(|line| [&[line.clone()][..], &rest].concat()).collect();
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

/// Accepted texts are stored exactly.
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
        let commented = [&b"ROOM.COMMENT"[..], b"r", b"ada", &text];
        let titled = [&b"ROOM.CONFIG"[..], b"r", b"ada", b"title", &text];
        let joined = [&b"ROOM.JOIN"[..], b"r", &text];
        let profile = [&b"ROOM.JOIN"[..], b"r", b"ada", b"PROFILE", &text];
        let mut taken = |line: &[&[u8]]| {
            let reply = client.cmd(line);
            match reply.error() {
                None => {
                    assert!(is_text, "{} is not text", reply.asked);
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
        let taken = [taken(&commented), taken(&titled), taken(&joined), taken(&profile)];
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
            let sent: Json = serde_json::from_str(&text).unwrap();
            assert_eq!(client.json("ROOM.WHOIS r - ada")["profile"], sent);
        }
    }
    assert!(stored > 300 && refused > 300, "{stored} stored, {refused} refused");
}
