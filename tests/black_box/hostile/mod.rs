//! Hostile input: damaged dumps with valid checksums, any bytes in every argument, effects that no master would send.
//! It is refused, or it gives a room that works. Nothing crashes, hangs, leaks, or takes more memory than the input
//! justifies.

mod any_bytes;
mod dumps;
mod effects;
#[path = "../../../engine/src/simulator/saved/parts.rs"]
#[allow(dead_code)]
mod parts;
#[path = "../../../engine/src/simulator/saved/spoil.rs"]
mod spoil;

use crate::support::engine::Error;
use crate::support::lines::Line;
use crate::support::{Reply, Traffic};

/// Cases in one pipeline.
const BATCH: u64 = 100;

fn line(words: &[&str]) -> Line {
    words.iter().map(|&word| word.into()).collect()
}

fn restore(key: &str, dump: &[u8]) -> Line {
    vec![b"RESTORE".to_vec(), key.into(), b"0".to_vec(), dump.to_vec(), b"REPLACE".to_vec()]
}

/// The only string of a list.
#[track_caller]
fn value(reply: &Reply) -> String {
    reply.texts().remove(0)
}

/// An error is a documented one. Only a room that was loaded as broken replies BROKEN, and no room becomes broken.
#[track_caller]
fn in_order(reply: &Reply, broken: bool) {
    let Some(error) = reply.error() else { return };
    let code = error.split(' ').next().unwrap();
    assert!(Error::CODES.contains(&code), "{}: {error}", reply.asked);
    assert!(broken || code != "BROKEN", "{}: a room that broke", reply.asked);
}

/// All reads of a room.
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
