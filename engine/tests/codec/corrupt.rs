//! Bytes that are no room: refused, or a room that works. Never a panic, whatever the bytes.

use super::mix::{create, step, Step};
use super::server::{digest, load, save, Server};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

/// A generator as good as the purpose needs (xorshift64*), so that a case is named by its number.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % below.max(1)
    }
}

/// Rooms that have lived: some short, some long, some without history.
fn rooms() -> Vec<Server> {
    let mut runner = TestRunner::deterministic();
    (0..12u8)
        .map(|how| {
            let life =
                super::mix::steps(40 + usize::from(how) * 30).new_tree(&mut runner).expect("steps").current();
            let mut server = Server::unlimited();
            create(&mut server, how);
            for user in ["u0", "u1", "u2", "u3"] {
                server.run(&["JOIN", user, "GATEWAY", "g0"]);
            }
            life.into_iter().for_each(|next| drop(step(&mut server, next)));
            server
        })
        .filter(|server| server.slot.is_some())
        .collect()
}

fn spoil(chunks: &mut Vec<Vec<u8>>, dice: &mut Dice) {
    let at = dice.roll(chunks.len());
    let len = chunks[at].len();
    if len == 0 {
        return;
    }
    match dice.roll(16) {
        // Small numbers for small numbers: most rows can still be read.
        12..=15 => {
            let place = dice.roll(len);
            let byte = &mut chunks[at][place];
            *byte = match dice.roll(3) {
                _ if *byte > 250 => *byte,
                0 => byte.wrapping_add(1),
                1 => byte.wrapping_sub(1),
                _ => dice.roll(12) as u8,
            };
        }
        0..=4 => {
            for _ in 0..=dice.roll(3) {
                let place = dice.roll(len);
                chunks[at][place] ^= 1 << dice.roll(8);
            }
        }
        5 => chunks[at].truncate(dice.roll(len)),
        6 => drop(chunks.remove(at)),
        7 => {
            let twice = chunks[at].clone();
            chunks.insert(dice.roll(chunks.len() + 1), twice);
        }
        8 => {
            let other = dice.roll(chunks.len());
            chunks.swap(at, other);
        }
        9 => {
            let noise: Vec<u8> = (0..dice.roll(20)).map(|_| dice.roll(256) as u8).collect();
            let place = dice.roll(len);
            chunks[at].splice(place..place, noise);
        }
        10 => {
            let place = dice.roll(len);
            let value = [0, 1, 2, 250, 251, 252, 253, 254, 255][dice.roll(9)];
            chunks[at][place] = value;
        }
        _ => {
            let place = dice.roll(len);
            chunks[at].drain(place..(place + dice.roll(9)).min(len));
        }
    }
}

/// What an accepted room must live through.
fn burst(server: &mut Server, dice: &mut Dice) {
    server.answers();
    server.tick();
    for _ in 0..12 {
        let mut byte = || dice.roll(256) as u8;
        let next: Step = (byte(), byte(), byte(), byte(), u16::from(byte()) << 8);
        step(server, next);
    }
    for line in [
        &["JOIN", "u1", "GATEWAY", "g0", "SESSION", "new"][..],
        &["DROP", "g0", "LOST"],
        &["NEXT", "-"],
        &["BLOCK", "-", "u1", "CLEAR"],
        &["LOWERHAND", "-", "*"],
        &["CONFIG", "-", "private", "on"],
    ] {
        server.run(line);
    }
    server.now += 86_400_000;
    server.tick();
    server.tick();
    server.run(&["END", "-"]);
    server.tick();
    server.run(&["STATE", "u1"]).reply.ok();
    server.run(&["EXPORT", "0", "COUNT", "9999"]).reply.ok();
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
        let Ok(room) = load(&chunks) else { continue };
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
            // Behind the end nothing is looked at.
            let mut more = chunks.clone();
            more.insert(at, chunks[at].clone());
            assert_eq!(load(&more).is_ok(), at == chunks.len() - 1);
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
        // What follows the end is not asked for: it is not the room's.
        let mut asked = 0;
        let mut all = chunks.iter().cloned().chain([vec![0xff]]);
        let mut next = || {
            asked += 1;
            all.next()
        };
        assert!(room_engine::codec::load(1, &mut next).is_ok());
        assert_eq!(asked, chunks.len());
        assert!(room_engine::codec::load(2, &mut || None).is_err());
    }
}
