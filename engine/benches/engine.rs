//! The cost of a turn of the engine. `cargo bench -p room-engine --bench engine` runs it; `-- REACT` selects rows.
//!
//! A command runs as in the module: its arguments are parsed, the turn decides, applies the change and writes the
//! effect, and due frames are built. The clock advances by one millisecond per hundred commands, as with 100,000
//! commands per second. With the default tick there is a frame every 5,000 commands.

// A benchmark reports a failure by a panic, like a test.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use criterion::{criterion_group, criterion_main, BatchSize, BenchmarkId, Criterion, Throughput};
use room_engine::internals::command::spec::{ParseWrite, Parser, Spec};
use room_engine::internals::command::{self, parse, Command};
use room_engine::internals::effect::Change;
use room_engine::internals::env::Env;
use room_engine::internals::limits::SLICE;
use room_engine::internals::outbox::{Outbox, Reply};
use room_engine::internals::room::Room;
use room_engine::internals::server_clock::ServerTime;
use room_engine::internals::settings::Settings;
use room_engine::internals::storage::codec;
use room_engine::internals::storage::codec::effect;
use room_engine::internals::turn::{self};
use std::hint::black_box;
use std::time::{Duration, Instant};

const KEY: &str = "room:42";
const START: u64 = 1_763_600_000_000;
const GATEWAYS: usize = 50;
const KINDS: [&str; 6] = ["👏", "❤️", "🔥", "😂", "🎉", "👎"];
const TEXT: &str = "I have been to every one of these evenings since the first";

/// Present members, unless a row says otherwise.
const MEMBERS: usize = 10_000;

/// A server with one room.
#[derive(Clone)]
struct Server {
    slot: Option<Box<Room>>,
    settings: Settings,
    turns: u64,
    expires: Option<u64>,
}

impl Server {
    /// A live room with this many members, present through the gateways, and an open poll. The rate limits of users are
    /// the default ones, which no user here reaches. The rate limit of comments per room is off.
    fn with(members: usize) -> Server {
        let settings = Settings { comment_room_rate: 0, max_comments: 10_000_000, ..Settings::default() };
        let expires = Some(START + settings.ttl_ms);
        let mut server = Server { slot: None, settings, expires, turns: 0 };
        let mut out = Outbox::default();
        server.run(verb("CREATE"), &["h", "HOSTLOSS", "KEEP"], &mut out);
        server.run(verb("POLLOPEN"), &["h", "Which?", "3", "one", "two", "three"], &mut out);
        let join = verb("JOIN");
        for nth in 0..members {
            server.join(join, nth, &mut out);
        }
        server.turns += 100 * server.settings.tick_ms;
        server.tick(&mut out);
        server
    }

    fn env(&self) -> Env<'_> {
        Env {
            now: START + self.turns / 100,
            time: ServerTime::unbroken(START + self.turns / 100),
            settings: &self.settings,
            key: KEY,
            db: 0,
            shard: false,
            generation: 1,
            serving: true,
            expires: &self.expires,
            fresh: [self.turns + 1, self.turns + 2],
            slice: SLICE,
        }
    }

    /// Runs a write. Panics if it fails.
    fn run(&mut self, verb: ParseWrite, args: &[&str], out: &mut Outbox) -> Reply {
        self.turns += 1;
        let args: Vec<&[u8]> = args.iter().map(|arg| arg.as_bytes()).collect();
        out.clear();
        let mut slot = self.slot.take();
        let command = parse(verb, &args);
        let reply = command.and_then(|command| turn::run(&mut slot, &command, &self.env(), out));
        self.slot = slot;
        reply.unwrap_or_else(|error| panic!("{args:?}: {error}"))
    }

    fn join(&mut self, verb: ParseWrite, nth: usize, out: &mut Outbox) -> Reply {
        let (gateway, session) = (format!("gateway-{}", nth % GATEWAYS), format!("session-{nth}"));
        self.run(verb, &[&user(nth), "GATEWAY", &gateway, "SESSION", &session], out)
    }

    fn tick(&mut self, out: &mut Outbox) {
        out.clear();
        let mut slot = self.slot.take();
        turn::tick(&mut slot, &self.env(), out);
        self.slot = slot;
    }

    fn room(&self) -> &Room {
        self.slot.as_deref().expect("a room")
    }
}

fn spec(name: &str) -> &'static Spec {
    let name = format!("ROOM.{name}");
    command::commands().find(|spec| spec.name == name).expect("a command")
}

/// The parser of a write.
fn verb(name: &str) -> ParseWrite {
    match spec(name).parser {
        Parser::Write(parser) => parser,
        other => panic!("{name}: {other:?}"),
    }
}

fn user(nth: usize) -> String {
    format!("user-{nth:06}")
}

/// The ids of users, built before the measurement.
fn users(count: usize) -> Vec<String> {
    (0..count).map(user).collect()
}

/// Measures a turn. Starts again with the same room after each `chunk` turns.
fn turns(
    c: &mut Criterion,
    id: BenchmarkId,
    members: usize,
    chunk: u64,
    mut turn: impl FnMut(&mut Server, usize, &mut Outbox) -> Reply,
) {
    let server = Server::with(members);
    let mut out = Outbox::default();
    let mut group = c.benchmark_group("turn");
    group.throughput(Throughput::Elements(1));
    group.bench_function(id, |b| {
        b.iter_custom(|turns| {
            let (mut left, mut took) = (turns, Duration::ZERO);
            while left > 0 {
                let now = left.min(chunk);
                let mut server = server.clone();
                let start = Instant::now();
                for nth in 0..now as usize {
                    black_box(turn(&mut server, nth, &mut out));
                }
                took += start.elapsed();
                left -= now;
            }
            took
        });
    });
}

fn commands(c: &mut Criterion) {
    let names = users(MEMBERS);
    let name = |nth: usize| names[nth % MEMBERS].as_str();
    let all = MEMBERS as u64;
    let of = |verb: &str| BenchmarkId::new(verb, MEMBERS);

    let leave = verb("LEAVE");
    turns(c, of("LEAVE"), MEMBERS, all, |server, nth, out| server.run(leave, &[name(nth)], out));
    let comment = verb("COMMENT");
    turns(c, of("COMMENT"), MEMBERS, all, |server, nth, out| server.run(comment, &[name(nth), TEXT], out));
    let vote = verb("POLLVOTE");
    turns(c, of("POLLVOTE"), MEMBERS, all, |server, nth, out| {
        server.run(vote, &[name(nth), "1", ["0", "1", "2"][nth % 3]], out)
    });
    let raise = verb("RAISEHAND");
    turns(c, of("RAISEHAND"), MEMBERS, all, |server, nth, out| server.run(raise, &[name(nth)], out));
    let beat = verb("BEAT");
    turns(c, of("BEAT"), MEMBERS, 10 * all, |server, _, out| server.run(beat, &["gateway-7"], out));
}

/// Commands whose cost must not grow with the room.
fn by_size(c: &mut Criterion) {
    let (react, join) = (verb("REACT"), verb("JOIN"));
    for members in [1_000, 10_000, 100_000] {
        let names = users(members);
        turns(c, BenchmarkId::new("REACT", members), members, 5 * members as u64, |server, nth, out| {
            server.run(react, &[&names[nth % members], KINDS[nth % KINDS.len()]], out)
        });
        // The room grows by a tenth. Building the ids is a small part of the measured time.
        turns(c, BenchmarkId::new("JOIN", members), members, members as u64 / 10, |server, nth, out| {
            server.join(join, members + nth, out)
        });
    }
}

/// Building the frames of all changes of one second.
fn frames(c: &mut Criterion) {
    let names = users(MEMBERS);
    let mut group = c.benchmark_group("flush");
    for (what, reactions, comments) in [
        ("10000 reactions", 10_000, 0),
        ("200 comments", 0, 200),
        ("10000 reactions, 2000 comments", 10_000, 2_000),
    ] {
        let mut server = Server::with(MEMBERS);
        server.settings.tick_ms = 1_000;
        let mut out = Outbox::default();
        // The first change of a quiet room is published at once, so it is made before the others.
        server.run(verb("REACT"), &[&names[0], KINDS[0]], &mut out);
        for nth in 0..reactions {
            server.run(verb("REACT"), &[&names[nth % MEMBERS], KINDS[nth % KINDS.len()]], &mut out);
        }
        for name in &names[..comments] {
            server.run(verb("COMMENT"), &[name, TEXT], &mut out);
        }
        server.turns += 100 * 1_000;
        group.throughput(Throughput::Elements((reactions + comments) as u64));
        group.bench_function(what, |b| {
            b.iter_batched_ref(
                || (server.clone(), Outbox::default()),
                |(server, out)| {
                    server.tick(out);
                    assert!(!out.frames.is_empty(), "no frame was built");
                },
                BatchSize::LargeInput,
            );
        });
    }
}

fn effects(c: &mut Criterion) {
    let react = Change::React { user: "user-001234", kind: "👏", count: 3 };
    let comment = Change::Comment { by: "user-001234", text: TEXT, reply: 0, token: "" };
    let mut group = c.benchmark_group("effect");
    group.throughput(Throughput::Elements(1));
    for (what, change) in [("React", react), ("Comment", comment)] {
        let mut bytes = Vec::new();
        group.bench_function(BenchmarkId::new("write", what), |b| {
            b.iter(|| {
                bytes.clear();
                effect::begin(&mut bytes, START);
                effect::write(&mut bytes, black_box(&change));
            });
        });
        group.bench_function(BenchmarkId::new("read", what), |b| {
            b.iter(|| {
                let mut effect = effect::Reader::new(black_box(&bytes)).expect("an effect");
                black_box(effect.next_change().expect("a change"));
            });
        });
    }
    // As a replica applies it.
    let mut server = Server::with(MEMBERS);
    let mut out = Outbox::default();
    server.run(verb("REACT"), &["user-001234", "👏"], &mut out);
    server.run(verb("REACT"), &["user-001234", "👏"], &mut out);
    let bytes = out.effect.clone();
    group.bench_function(BenchmarkId::new("replay", "React"), |b| {
        let mut slot = server.slot.clone();
        b.iter(|| {
            out.clear();
            turn::replay(&mut slot, black_box(&bytes), &server.env(), &mut out).expect("a known effect");
        });
    });
}

/// A room with reactions, votes, comments, hands and speakers.
fn used_room() -> Server {
    let names = users(MEMBERS);
    let mut server = Server::with(MEMBERS);
    let mut out = Outbox::default();
    for (nth, name) in names.iter().enumerate() {
        server.run(verb("REACT"), &[name, KINDS[nth % KINDS.len()]], &mut out);
        server.run(verb("POLLVOTE"), &[name, "1", "0"], &mut out);
        if nth % 5 == 0 {
            server.run(verb("COMMENT"), &[name, TEXT], &mut out);
        }
        if nth % 50 == 0 {
            server.run(verb("RAISEHAND"), &[name], &mut out);
        }
    }
    for _ in 0..10 {
        server.run(verb("NEXT"), &["h"], &mut out);
    }
    server.turns += 100 * server.settings.tick_ms;
    server.tick(&mut out);
    server
}

fn snapshots(c: &mut Criterion) {
    let server = used_room();
    let mut chunks: Vec<Vec<u8>> = Vec::new();
    codec::save(server.room(), &mut |chunk| chunks.push(chunk.to_vec()));
    let mut bytes: usize = chunks.iter().map(Vec::len).sum();
    let mut group = c.benchmark_group("room");
    group.sample_size(30).throughput(Throughput::Bytes(bytes as u64));
    group.bench_function(BenchmarkId::new("save", MEMBERS), |b| {
        b.iter(|| codec::save(server.room(), &mut |chunk| bytes += black_box(chunk).len()));
    });
    group.bench_function(BenchmarkId::new("load", MEMBERS), |b| {
        b.iter_batched(
            || chunks.clone().into_iter(),
            |mut chunks| codec::load(codec::VERSION, &mut || chunks.next()).expect("a saved room loads"),
            BatchSize::LargeInput,
        );
    });
    group.bench_function(BenchmarkId::new("digest", MEMBERS), |b| {
        b.iter(|| codec::digest(server.room(), &mut |part| bytes += black_box(part).len()));
    });
}

/// A room of 100,000 comments: 2,000 of each of 50 users. The user `shady` has 2,000 more under a shadow block.
fn room_of_comments() -> Server {
    let names = users(50);
    let mut server = Server::with(names.len());
    server.settings.comment_rate = 0;
    let mut out = Outbox::default();
    let comment = verb("COMMENT");
    server.run(verb("JOIN"), &["shady"], &mut out);
    server.run(verb("BLOCK"), &["h", "shady", "SHADOW"], &mut out);
    for nth in 0..100_000 {
        server.run(comment, &[&names[nth % names.len()], TEXT], &mut out);
        if nth % 50 == 0 {
            server.run(comment, &["shady", TEXT], &mut out);
        }
    }
    server.turns += 100 * server.settings.tick_ms;
    server.tick(&mut out);
    server
}

/// Commands whose cost must not grow with the comments of the room.
fn comments(c: &mut Criterion) {
    let server = room_of_comments();
    let mut group = c.benchmark_group("100,000 comments");
    group.sample_size(10);
    let writes: [(&str, &str, &[&str]); 3] = [
        ("DELCOMMENT of the oldest of 2,000", "DELCOMMENT", &["user-000000", "1"]),
        ("BLOCK CLEAR of 2,000", "BLOCK", &["h", "user-000001", "CLEAR"]),
        ("BLOCK CLEAR of 2,000 under a shadow block", "BLOCK", &["h", "shady", "CLEAR"]),
    ];
    for (id, name, args) in writes {
        let run = |mut server: Server| {
            server.run(verb(name), args, &mut Outbox::default());
            server
        };
        group.bench_function(id, |b| b.iter_batched(|| server.clone(), run, BatchSize::PerIteration));
    }
    for (name, args) in [
        ("STATE", &[&b"shady"[..]][..]),
        ("COMMENTS", &[b"shady", b"BEFORE", b"30", b"COUNT", b"10"]),
        ("SUMMARY", &[b"shady"]),
    ] {
        let Ok(Command::Read(read)) = spec(name).parse(args) else { panic!("{name} is a read") };
        group.bench_function(BenchmarkId::new(name, "shady"), |b| {
            b.iter(|| turn::read(server.slot.as_deref(), &read, &server.env()).expect("a reply"));
        });
    }
}

/// The first comment after ten thousand tokens have expired.
fn tokens(c: &mut Criterion) {
    let mut server = Server::with(50);
    server.settings.comment_rate = 0;
    let mut out = Outbox::default();
    let comment = verb("COMMENT");
    for nth in 0..10_000 {
        server.run(comment, &[&user(nth % 50), TEXT, "TOKEN", &format!("token-{nth}")], &mut out);
    }
    server.turns += 100 * 15 * 60_000;
    server.run(verb("JOIN"), &["late"], &mut out);
    let run = |mut server: Server| {
        server.run(comment, &["late", TEXT], &mut Outbox::default());
        server
    };
    let mut group = c.benchmark_group("10,000 tokens");
    group.sample_size(10);
    group.bench_function("COMMENT after all have expired", |b| {
        b.iter_batched(|| server.clone(), run, BatchSize::PerIteration);
    });
}

fn reads(c: &mut Criterion) {
    let server = used_room();
    let Ok(Command::Read(state)) = spec("STATE").parse(&[b"-"]) else { panic!("STATE is a read") };
    let read = || turn::read(server.slot.as_deref(), &state, &server.env()).expect("a state");
    let Reply::Bulk(text) = read() else { panic!("STATE is a bulk string") };
    let mut group = c.benchmark_group("read");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function(BenchmarkId::new("STATE", MEMBERS), |b| b.iter(read));
}

criterion_group!(benches, by_size, commands, frames, effects, snapshots, comments, tokens, reads);
criterion_main!(benches);
