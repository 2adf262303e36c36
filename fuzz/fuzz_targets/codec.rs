//! Reads arbitrary bytes as a room and as effects. The input has the form of the binary golden files.
//!
//! No input may cause a panic or claim more memory than its length allows. A room that loads must save and load again
//! as the same room, and commands must work on it.
#![no_main]
#![allow(dead_code, reason = "the tests use the rest of the shared modules")]

#[path = "../../engine/src/tests/codec/heap.rs"]
mod heap;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use room_engine::simulator::saved::{mix, parts};
use room_engine::simulator::saved::server::{digest, load, save, Server};
use room_engine::simulator::saved::spoil::{spoil, Dice};

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

fuzz_target!(|bytes: &[u8]| {
    let parts = parts::split(bytes);
    room(&parts);
    effects(&parts);
});

// Random bytes rarely leave the parts readable. So every other mutation changes one part and keeps the form.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let dice = &mut Dice(u64::from(seed) << 1 | 1);
    let mut parts = parts::split(&data[..size]);
    if parts.is_empty() || dice.roll(2) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    spoil(&mut parts, dice);
    let spoiled = parts::join(&parts);
    let len = spoiled.len().min(max_size);
    data[..len].copy_from_slice(&spoiled[..len]);
    len
});

fn room(chunks: &[Vec<u8>]) {
    let (loaded, held) = heap::most(|| load(chunks));
    heap::assert_bounded(held, chunks, 0);
    let Ok(room) = loaded else { return };
    let again = load(&save(&room)).expect("what loads is saved and loads");
    assert_eq!(digest(&again), digest(&room));
    let mut server = Server { slot: Some(Box::new(room)), ..Server::unlimited() };
    server.restart();
    let seed =
        chunks.iter().flatten().fold(1, |seed: u64, &byte| seed.wrapping_mul(31) + u64::from(byte) | 1);
    mix::burst(&mut server, &mut Dice(seed));
    if let Some(room) = server.slot.as_deref() {
        load(&save(room)).expect("what lived on is saved and loads");
    }
}

/// Replays effects that no master would send. They must not harm the server.
fn effects(effects: &[Vec<u8>]) {
    let mut server = Server::unlimited();
    let (_, held) = heap::most(|| {
        for effect in effects {
            if server.replays(effect).is_err() && server.slot.as_deref().is_some_and(|room| room.is_broken())
            {
                server.slot = None;
            }
        }
    });
    // The limit of one change.
    heap::assert_bounded(held, effects, 4 << 20);
    if let Some(room) = server.slot.as_deref() {
        save(room);
    }
}
