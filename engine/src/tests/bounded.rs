//! What a room keeps is bounded, also where the same thing happens without end.

use super::codec::heap;
use crate::limits::{USER_REQUESTS, USER_SPANS};
use crate::outbox::Reply;
use crate::simulator::saved::server::{load, save, Server};
use serde_json::Value;

/// The bytes that further rounds may add: growth of a list to its next size, and the minutes of the timeline.
const SLACK: usize = 4 << 10;

/// Runs `round` this many times, and the same again. Asserts that the second half needs no memory. `round` gives the
/// commands of its number. Between two rounds frames go out.
#[track_caller]
fn assert_flat(setup: &[&str], rounds: u32, round: impl Fn(u32) -> Vec<String>) -> Server {
    let mut server = Server::unlimited();
    let run = |server: &mut Server, line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let turn = server.run(&words);
        assert!(turn.reply.is_ok(), "{line}: {:?}", turn.reply);
    };
    setup.iter().for_each(|line| run(&mut server, line));
    let mut rounds_from = |from: u32| {
        for nth in from..from + rounds {
            round(nth).iter().for_each(|line| run(&mut server, line));
            server.now += 60;
            server.tick();
        }
        (heap::held(), server.room().memory())
    };
    let (held, counted) = rounds_from(0);
    let (held_after, counted_after) = rounds_from(rounds);
    assert!(held_after <= held + SLACK, "{} more bytes on the heap", held_after - held);
    assert!(counted_after <= counted + SLACK, "{} more bytes in room.memory()", counted_after - counted);
    let chunks = save(server.room());
    assert_eq!(save(&load(&chunks).expect("the room loads")), chunks);
    server
}

/// The lines of a kind in the export of the room, once it is over.
fn exported(server: &mut Server, kind: &str) -> Vec<Value> {
    assert!(server.run(&["END", "-"]).reply.is_ok());
    let (mut cursor, mut lines) = ("0".to_owned(), Vec::new());
    loop {
        let Ok(Reply::Array(page)) = server.run(&["EXPORT", &cursor]).reply else { panic!("no export") };
        let [Reply::Bulk(next), Reply::Array(page)] = &page[..] else { panic!("no page") };
        lines.extend(page.iter().filter_map(|line| match line {
            Reply::Bulk(line) => serde_json::from_str::<Value>(line).ok(),
            _ => None,
        }));
        cursor.clone_from(next);
        if cursor == "0" {
            break;
        }
    }
    lines.retain(|line| line["kind"] == kind);
    lines
}

#[test]
fn hands_of_a_user_are_kept_up_to_a_bound() {
    let round = |_| vec!["RAISEHAND u".into(), "LOWERHAND u".into()];
    let mut server = assert_flat(&["CREATE h", "JOIN u"], 300, round);
    let kept = exported(&mut server, "hand");
    assert_eq!(kept.len() as u32, USER_REQUESTS);
    let latest = kept.iter().map(|line| line["from_ms"].as_u64().unwrap()).max();
    assert_eq!(latest, Some(server.now - 60), "the oldest were dropped");
}

#[test]
fn offers_to_a_user_are_kept_up_to_a_bound() {
    let round = |_| vec!["OFFER h u".into(), "DECLINE u".into()];
    let mut server = assert_flat(&["CREATE h", "JOIN u"], 300, round);
    assert_eq!(exported(&mut server, "offer").len() as u32, USER_REQUESTS);
}

#[test]
fn visits_of_a_member_are_kept_up_to_a_bound() {
    let round = |_| vec!["JOIN u".into(), "LEAVE u".into()];
    let mut server = assert_flat(&["CREATE h", "JOIN h"], 1200, round);
    assert_eq!(exported(&mut server, "visit").len() as u32, USER_SPANS + 1, "and the host's");
}

#[test]
fn times_on_stage_of_a_member_are_kept_up_to_a_bound() {
    let round = |_| vec!["ROLE h u speaker".into(), "STEPDOWN u".into()];
    let mut server = assert_flat(&["CREATE h", "JOIN u"], 1200, round);
    assert_eq!(exported(&mut server, "stage").len() as u32, USER_SPANS);
}
