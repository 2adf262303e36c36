//! The engine's own data structures against what the standard library or a well-kept crate offers: time, the longest
//! single operation, and bytes. Both sides run in turns in one process. `cargo bench -p room-engine --bench structures`.
//!
//! A factor above 1 says how many times the library takes what the engine's structure takes (median of the rounds).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark: a failure is a panic")]

use hashbrown::HashTable;
use room_engine::internals::collections::chunked_vec::ChunkedVec;
use room_engine::internals::collections::kind_counts::KindCounts;
use room_engine::internals::collections::name_index::NameIndex;
use room_engine::internals::collections::sorted_chunks::SortedChunks;
use room_engine::internals::json;
use room_engine::internals::room::hands::Hands;
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Entries of the large structures: the members of the largest room.
const MEMBERS: u32 = 1_000_000;
/// Raised hands of a very large room.
const HANDS: u32 = 20_000;
const ROUNDS: usize = 5;

/// Counts the bytes in use. Growing a block copies it, as the servers' jemalloc does with large blocks.
struct Counting;

static BYTES: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size(), Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(block, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What one side of a comparison took.
#[derive(Clone, Copy, Default)]
struct Cost {
    total: Duration,
    longest: Duration,
    bytes: usize,
}

/// Builds a structure by `count` operations and times each of them. The structure is dropped after it is weighed.
fn build<T>(count: u32, new: impl Fn() -> T, operation: impl Fn(&mut T, u32)) -> Cost {
    let before = BYTES.load(Relaxed);
    let mut structure = new();
    let (mut longest, start) = (Duration::ZERO, Instant::now());
    let mut last = start;
    for n in 0..count {
        operation(&mut structure, n);
        let now = Instant::now();
        longest = longest.max(now - last);
        last = now;
    }
    let total = last - start;
    let bytes = BYTES.load(Relaxed) - before;
    drop(structure);
    Cost { total, longest, bytes }
}

/// Times `count` operations on a structure that exists already.
fn run<T>(structure: &mut T, count: u32, operation: impl Fn(&mut T, u32)) -> Cost {
    let start = Instant::now();
    for n in 0..count {
        operation(structure, n);
    }
    Cost { total: start.elapsed(), ..Cost::default() }
}

fn compare(what: &str, ours: impl Fn() -> Cost, library: impl Fn() -> Cost) {
    let mut rounds: Vec<(Cost, Cost)> = (0..ROUNDS).map(|_| (ours(), library())).collect();
    let ratio = |rounds: &mut Vec<(Cost, Cost)>, of: fn(Cost) -> f64| {
        rounds.sort_by(|a, b| (of(a.1) / of(a.0)).total_cmp(&(of(b.1) / of(b.0))));
        let (ours, library) = rounds[ROUNDS / 2];
        of(library) / of(ours)
    };
    let time = ratio(&mut rounds, |cost| cost.total.as_secs_f64());
    print!("{what:<46} time {time:>6.2}");
    if rounds[0].0.longest > Duration::ZERO {
        let longest = ratio(&mut rounds, |cost| cost.longest.as_secs_f64());
        print!("   longest operation {longest:>7.1}");
    }
    if rounds[0].0.bytes > 0 {
        let bytes = ratio(&mut rounds, |cost| cost.bytes as f64);
        print!("   bytes {bytes:>5.2}");
    }
    println!();
}

/// Numbers below `n` in no order, the same for both sides.
fn mixed(n: u32, below: u32) -> u32 {
    ((u64::from(n.wrapping_mul(0x9e37_79b1)) * u64::from(below)) >> 32) as u32
}

fn main() {
    vector();
    index();
    arrivals();
    hands();
    counts();
    writer();
    growth();
}

fn vector() {
    compare(
        "chunked vector / Vec: push of 128-byte rows",
        || {
            build(MEMBERS, ChunkedVec::<[u64; 16]>::default, |rows, n| {
                rows.push([n.into(); 16]);
            })
        },
        || build(MEMBERS, Vec::<[u64; 16]>::new, |rows, n| rows.push([n.into(); 16])),
    );
}

fn index() {
    let wide = |hash: u32| u64::from(hash) << 32 | u64::from(hash);
    let names: Vec<String> = (0..MEMBERS).map(|n| format!("user-{n:07}")).collect();
    let hashes: Vec<u32> = {
        let index = NameIndex::default();
        names.iter().map(|name| index.hash(name)).collect()
    };
    compare(
        "name index / HashTable: insert",
        || build(MEMBERS, NameIndex::default, |index, n| index.insert(n, |row| hashes[row as usize])),
        || {
            build(MEMBERS, HashTable::<u32>::new, |table, n| {
                table.insert_unique(wide(hashes[n as usize]), n, |&row| wide(hashes[row as usize]));
            })
        },
    );
    // The index of a process has its own seed, so it is filled by its own hashes here.
    let mut index = NameIndex::default();
    let own: Vec<u32> = names.iter().map(|name| index.hash(name)).collect();
    (0..MEMBERS).for_each(|n| index.insert(n, |row| own[row as usize]));
    let mut table = HashTable::new();
    for n in 0..MEMBERS {
        table.insert_unique(wide(own[n as usize]), n, |&row| wide(own[row as usize]));
    }
    compare(
        "name index / HashTable: find",
        || {
            run(&mut (), MEMBERS, |_, n| {
                let name = &names[mixed(n, MEMBERS) as usize];
                black_box(index.find(name, |row| names[row as usize] == *name));
            })
        },
        || {
            run(&mut (), MEMBERS, |_, n| {
                let name = &names[mixed(n, MEMBERS) as usize];
                black_box(table.find(wide(index.hash(name)), |&row| names[row as usize] == *name));
            })
        },
    );
}

fn arrivals() {
    compare(
        "arrivals / BTreeMap: push",
        || build(MEMBERS, SortedChunks::<u32>::default, |arrivals, n| arrivals.insert(n.into(), n)),
        || {
            build(MEMBERS, BTreeMap::<u64, u32>::new, |map, n| {
                map.insert(n.into(), n);
            })
        },
    );
}

fn counts() {
    compare(
        "counts by kind / BTreeMap: 12 kinds of a user",
        || {
            build(MEMBERS / 10, Vec::<KindCounts>::new, |users, _| {
                users.push((0..12).map(|kind| (kind, 1)).collect())
            })
        },
        || {
            build(MEMBERS / 10, Vec::<BTreeMap<u8, u64>>::new, |users, _| {
                users.push((0..12).map(|kind| (kind, 1)).collect())
            })
        },
    );
}

fn writer() {
    let text = "a comment of some forty characters, no more";
    let shape = BTreeMap::from([("user", "user-0000001"), ("role", "listener"), ("text", text)]);
    compare(
        "JSON writer / serde_json: an object of strings",
        || run(&mut (), MEMBERS, |_, _| drop(black_box(json::write(&shape)))),
        || run(&mut (), MEMBERS, |_, _| drop(black_box(serde_json::to_string(&shape).unwrap()))),
    );
}

/// A block that grows from 512 bytes to 64 KiB, as a long reply does. The module's allocator has `realloc`; that of the
/// redis-module crate allocates, copies and frees. This measures the system's allocator.
fn growth() {
    let sizes = || (9..16).map(|bits| 1usize << bits);
    let layout = |size: usize| Layout::from_size_align(size, 8).unwrap();
    compare(
        "realloc / allocate, copy, free: to 64 KiB",
        || {
            run(&mut (), 20_000, |_, _| {
                // SAFETY: the block is always the one of the layout given, and is freed once.
                unsafe {
                    let mut block = System.alloc(layout(512));
                    for size in sizes() {
                        block = black_box(System.realloc(block, layout(size), size * 2));
                    }
                    System.dealloc(block, layout(1 << 16));
                }
            })
        },
        || {
            run(&mut (), 20_000, |_, _| {
                // SAFETY: as above. The old block is copied whole into the larger one.
                unsafe {
                    let mut block = System.alloc(layout(512));
                    for size in sizes() {
                        let larger = System.alloc(layout(size * 2));
                        std::ptr::copy_nonoverlapping(block, larger, size);
                        System.dealloc(block, layout(size));
                        block = black_box(larger);
                    }
                    System.dealloc(block, layout(1 << 16));
                }
            })
        },
    );
}

/// A BTreeSet of tickets has no rank: the place of a hand is counted.
fn hands() {
    let mut hands = Hands::default();
    let mut set = BTreeSet::new();
    for user in 0..HANDS {
        set.insert(hands.raise(user));
    }
    let asked = 200;
    compare(
        "hands / BTreeSet: place of a hand",
        || {
            run(&mut (), asked, |_, n| {
                black_box(hands.place_of(u64::from(mixed(n, HANDS)) + 1));
            })
        },
        || {
            run(&mut (), asked, |_, n| {
                black_box(set.range(..=u64::from(mixed(n, HANDS)) + 1).count());
            })
        },
    );
}
