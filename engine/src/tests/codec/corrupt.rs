//! Damaged bytes are refused, or they are a room that works. No bytes cause a panic.

use super::heap;
use crate::effect::Change;
use crate::error::Error;
use crate::room::polls::Poll;
use crate::room::Room;
use crate::simulator::saved::mix::{burst, create, step};
use crate::simulator::saved::server::{digest, load, save, Server};
use crate::simulator::saved::spoil::{spoil, Dice};
use crate::storage::codec::effect;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

/// Rooms after random lives, short and long.
fn rooms() -> Vec<Server> {
    let mut runner = TestRunner::deterministic();
    (0..12u8)
        .map(|how| {
            let life = super::same::steps(40 + usize::from(how) * 30)
                .new_tree(&mut runner)
                .expect("steps")
                .current();
            let mut server = Server { slice: 2, ..Server::unlimited() };
            create(&mut server, how);
            for user in ["u0", "u1", "u2", "u3"] {
                server.run(&["JOIN", user, "GATEWAY", "g0"]);
            }
            life.into_iter().for_each(|next| drop(step(&mut server, next)));
            // Hands that were lowered at once and are not recorded yet, and a dropped gateway with raised hands.
            for user in ["a", "b", "c", "d", "e", "f", "g", "h"] {
                server.run(&["JOIN", user, "GATEWAY", "g7"]);
                server.run(&["RAISEHAND", user]);
            }
            server.run(&["LOWERHAND", "-", "*"]);
            for user in ["f", "g", "h"] {
                server.run(&["RAISEHAND", user]);
            }
            server.run(&["DROP", "g7"]);
            server
        })
        .filter(|server| server.slot.is_some())
        .collect()
}

#[test]
fn spoiled_rooms_are_refused_or_work() {
    let cases: u64 = std::env::var("CODEC_CASES").map_or(20_000, |n| n.parse().expect("a number"));
    let rooms: Vec<(Server, Vec<Vec<u8>>)> =
        rooms().into_iter().map(|server| (server.clone(), save(server.room()))).collect();
    let mut accepted = 0;
    for case in 1..=cases {
        let dice = &mut Dice(case * 0x9e37_79b9);
        let (server, chunks) = &rooms[dice.roll(rooms.len())];
        let mut chunks = chunks.clone();
        for _ in 0..=dice.roll(2) {
            if !chunks.is_empty() {
                spoil(&mut chunks, dice);
            }
        }
        let (loaded, held) = heap::most(|| load(&chunks));
        heap::assert_bounded(held, &chunks, 0);
        let Ok(room) = loaded else { continue };
        accepted += 1;
        let again = load(&save(&room)).expect("what loads is saved and loads");
        assert_eq!(digest(&again), digest(&room), "case {case}");
        let mut server = Server { slot: Some(Box::new(room)), ..server.clone() };
        server.restart();
        burst(&mut server, dice);
        if let Some(room) = server.slot.as_deref() {
            load(&save(room)).unwrap_or_else(|corrupt| panic!("case {case}: {corrupt:?}"));
        }
    }
    assert!((cases / 100..cases / 2).contains(&accepted), "{accepted} of {cases} accepted");
}

#[test]
fn noise_is_refused() {
    for case in 1..4000u64 {
        let dice = &mut Dice(case);
        let chunks: Vec<Vec<u8>> = (0..dice.roll(5))
            .map(|_| (0..dice.roll(400)).map(|_| dice.roll(256) as u8 & [255, 31, 3][dice.roll(3)]).collect())
            .collect();
        assert!(load(&chunks).is_err());
    }
}

#[test]
fn every_chunk_is_needed_once_and_in_its_place() {
    for server in rooms() {
        let chunks = save(server.room());
        assert!(load(&chunks).is_ok());
        for at in 0..chunks.len() {
            let mut less = chunks.clone();
            less.remove(at);
            assert!(load(&less).is_err());
            // Nothing after the end is read.
            let mut doubled = chunks.clone();
            doubled.insert(at, chunks[at].clone());
            assert_eq!(load(&doubled).is_ok(), at == chunks.len() - 1);
            if at > 0 {
                let mut swapped = chunks.clone();
                swapped.swap(at, at - 1);
                assert!(load(&swapped).is_err());
            }
            for cut in 0..chunks[at].len() {
                let mut short = chunks.clone();
                short[at].truncate(cut);
                assert!(load(&short).is_err());
            }
        }
        // No chunk after the end is asked for. It does not belong to the room.
        let mut asked = 0;
        let mut all = chunks.iter().cloned().chain([vec![0xff]]);
        let mut next = || {
            asked += 1;
            all.next()
        };
        assert!(crate::storage::codec::load(1, &mut next).is_ok());
        assert_eq!(asked, chunks.len());
        assert!(crate::storage::codec::load(2, &mut || None).is_err());
    }
}

/// Lists claim lengths up to 2^63.
#[test]
fn an_effect_takes_no_more_memory_than_a_row() {
    let mut server = Server::unlimited();
    server.run(&["CREATE", "u0"]);
    let mut invite = Vec::new();
    effect::begin(&mut invite, server.now);
    effect::write(&mut invite, &Change::Invite { by: "", users: Vec::new() });
    assert_eq!(invite.pop(), Some(0), "the list is at the end");
    for power in 8..64 {
        let lying = [&invite[..], &[253], &(1u64 << power).to_le_bytes()].concat();
        let mut server = server.clone();
        let (replayed, held) = heap::most(|| server.replays(&lying));
        assert!(replayed.is_err() && server.room().is_broken(), "2^{power}");
        assert!(held < 5 << 20, "2^{power}: {held} bytes");
    }
}

/// A number near the largest that loads. It could grow, be saved and not load again.
#[test]
fn a_room_near_the_end_of_its_numbers_is_broken() {
    const END: u64 = 1 << 53;
    let counters: [fn(&mut Room) -> &mut u64; 5] = [
        |room| &mut room.seq,
        |room| &mut room.order,
        |room| &mut room.clock,
        |room| &mut room.pending.position,
        |room| &mut room.comments.last_id,
    ];
    for counter in counters {
        let at = |n: u64| {
            let mut server = Server::unlimited();
            server.run(&["CREATE", "u0"]);
            *counter(server.slot.as_mut().expect("a room")) = n;
            server.slot = load(&save(server.room())).ok().map(Box::new);
            server
        };
        assert!(at(END + 1).slot.is_none());
        for (n, is_broken) in [(END / 2, false), (END / 2 + 1, true), (END, true)] {
            let mut server = at(n);
            assert_eq!(server.room().is_broken(), is_broken);
            for line in [&["JOIN", "u0"][..], &["COMMENT", "u0", "hi"], &["OFFER", "-", "u0", "FOR", "60"]] {
                assert_eq!(server.run(line).reply == Err(Error::Broken), is_broken);
            }
            server.tick();
            assert!(load(&save(server.room())).is_ok(), "the room loads again");
        }
    }
}

/// A second vote of a user would count a choice that the room does not keep. The room would not load again.
#[test]
fn a_secret_poll_is_final_and_hidden() {
    let secret: [fn(&mut Poll) -> &mut bool; 2] = [|poll| &mut poll.is_final, |poll| &mut poll.hidden];
    for flag in secret {
        let mut server = Server::unlimited();
        server.run(&["CREATE", "u0"]);
        server.run(&["POLLOPEN", "u0", "who?", "2", "a", "b", "SECRET"]).reply.expect("a poll");
        assert!(load(&save(server.room())).is_ok());
        *flag(&mut server.slot.as_mut().expect("a room").polls[0]) = false;
        assert!(load(&save(server.room())).is_err());
    }
}

#[test]
fn an_effect_of_no_time_breaks_its_room() {
    for (at, is_broken) in [(1 << 52, false), ((1 << 52) + 1, true), (u64::MAX, true)] {
        let mut server = Server::unlimited();
        server.run(&["CREATE", "u0"]);
        let mut effect = Vec::new();
        effect::begin(&mut effect, at);
        let joins = Change::Join { user: "u1", gateway: "", session: "", profile: None, client: "" };
        effect::write(&mut effect, &joins);
        assert_eq!(server.replays(&effect).is_err(), is_broken, "{at}");
        let room = load(&save(server.room())).expect("it loads");
        assert_eq!(room.is_broken(), is_broken, "{at}");
    }
}

/// An event may have fields that this engine does not write. Deleting a comment removes only its text.
#[test]
fn an_event_of_a_deleted_comment_keeps_the_rest() {
    let mut server = Server::unlimited();
    server.run(&["CREATE", "u0"]);
    server.run(&["JOIN", "u0"]);
    server.run(&["COMMENT", "u0", "secret"]).reply.expect("a comment");
    server.now += 1000;
    server.tick();
    let history = &mut server.slot.as_mut().expect("a room").history;
    let entry = history.entries.values_mut().find(|entry| entry.json.contains("secret")).expect("its event");
    let strange = entry.json.replacen('{', r#"{"strange":1.5,"#, 1);
    history.bytes += strange.len() - entry.json.len();
    entry.json = strange.into();
    server.run(&["DELCOMMENT", "u0", "1"]).reply.expect("deleted");
    let room = load(&save(server.room())).expect("it loads");
    let events: Vec<&str> = room.history.entries.values().map(|entry| &*entry.json).collect();
    assert!(events.iter().any(|json| json.contains(r#""strange":1.5"#)), "{events:?}");
    assert!(events.iter().all(|json| !json.contains("secret")), "{events:?}");
}
