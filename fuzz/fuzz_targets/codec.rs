//! Bytes taken for a room and for effects, in the form of golden files. Whatever is refused or taken: no panic, and no
//! more memory than the bytes allow. A room that loads saves, loads again as the same, and lives on.
#![no_main]
#![allow(dead_code, reason = "the tests use the rest of the shared modules")]

#[path = "../../engine/tests/engine/codec/heap.rs"]
mod heap;
#[path = "../../engine/tests/engine/codec/mix.rs"]
mod mix;
#[path = "../../engine/tests/engine/codec/parts.rs"]
mod parts;
#[path = "../../engine/tests/engine/codec/server.rs"]
mod server;
#[path = "../../engine/tests/engine/codec/spoil.rs"]
mod spoil;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use server::{digest, load, save, Server};
use spoil::{spoil, Dice};

#[global_allocator]
static HEAP: heap::Counting = heap::Counting;

fuzz_target!(|bytes: &[u8]| {
    let parts = parts::split(bytes);
    room(&parts);
    effects(&parts);
});

// Bytes at random rarely leave the parts whole: every other time they are spoiled as parts.
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

/// Effects are their master's word: not each is one that a master would have sent, but none harms the server.
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
    // What a change may claim while it is read.
    heap::assert_bounded(held, effects, 4 << 20);
    if let Some(room) = server.slot.as_deref() {
        save(room);
    }
}
