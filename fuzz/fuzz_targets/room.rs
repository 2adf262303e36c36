//! Turns arbitrary bytes into the life of a room: commands with any arguments, time, lost gateways, restarts. After
//! every step the replica equals the master, the room keeps its invariants, followers see its state, and errors and
//! reads have changed nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use room_engine::internals::command::commands;
use room_engine::internals::command::spec::Arg;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use room_engine::simulator::script::{filled, step, LINES};
use room_engine::simulator::{Sim, HOUR, T0};

/// Values of arguments. Any bytes and the words of the command table occur too.
const VALUES: &[&str] = &[
    "-",
    "*",
    "h",
    "u1",
    "u2",
    "u3",
    "g",
    "g1",
    "s0",
    "t0",
    "0",
    "1",
    "2",
    "5",
    "60",
    "9007199254740992",
    "on",
    "off",
    "👏",
    "{}",
    "{\"a\":1}",
    "[\"👏\"]",
    "none",
];

/// [`VALUES`] and every keyword of a command.
static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    fn words(args: &'static [Arg], found: &mut BTreeSet<&'static str>) {
        for arg in args {
            found.extend(arg.token);
            words(arg.args, found);
        }
    }
    let mut found = BTreeSet::new();
    commands().for_each(|spec| words(spec.args, &mut found));
    VALUES.iter().copied().chain(found).collect()
});

/// The most steps of one input. Longer inputs find little more.
const STEPS: usize = 60;

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input(bytes);
    let mut sim = Sim::bare(&match input.byte() % 4 {
        0 => "SEATS 2 HOSTLOSS KEEP".to_owned(),
        1 => "SEATS 3".to_owned(),
        2 => "SEATS 1 HOSTLOSS HANDOVER CAPACITY 4".to_owned(),
        _ => format!("SEATS 2 PRIVATE AT {}", T0 + HOUR),
    });
    for _ in 0..STEPS {
        if input.0.is_empty() || sim.room.is_none() {
            break;
        }
        match LINES.get(usize::from(input.byte())) {
            Some(line) => step(&mut sim, &filled(line, [input.byte(), input.byte(), input.byte()])),
            None => any(&mut sim, &mut input),
        }
    }
    if sim.room.is_some() {
        sim.pass(0);
        sim.quiet();
        sim.compare();
    }
});

/// Runs a command with any bytes as its arguments.
fn any(sim: &mut Sim, input: &mut Input<'_>) {
    let verbs: Vec<&str> = commands().filter_map(|spec| spec.name.strip_prefix("ROOM.")).collect();
    let verb = verbs[usize::from(input.byte()) % verbs.len()];
    let args: Vec<&[u8]> = (0..input.byte() % 8)
        .map(|_| match usize::from(input.byte()) {
            word if word < 192 => WORDS[word % WORDS.len()].as_bytes(),
            len => input.take(len - 192),
        })
        .collect();
    sim.lowered |= args.iter().any(|arg| arg.eq_ignore_ascii_case(b"seats"));
    drop(sim.run_bytes(verb, &args));
}

struct Input<'b>(&'b [u8]);

impl<'b> Input<'b> {
    fn take(&mut self, len: usize) -> &'b [u8] {
        let (taken, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }
}
