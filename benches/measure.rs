//! Measures two sides on one server in alternating rounds (A B A B), so that other load on the machine affects both.

use crate::peers::application::{Application, Reaction};
use crate::support::{wait_for, Client, Server};
use crate::wire::{Lanes, Requests, PIPELINE};
use std::env;
use std::path::PathBuf;
use std::time::Instant;

/// How much to measure.
#[derive(Clone, Copy)]
pub struct Plan {
    /// Rounds per side.
    pub rounds: usize,
    /// The minimal duration of a round, seconds.
    pub seconds: f64,
    /// The seed of all random choices.
    pub seed: u64,
}

impl Plan {
    /// The plan of the variables BENCH_ROUNDS, BENCH_SECONDS and BENCH_SEED.
    pub fn from_env() -> Plan {
        let number = |name: &str, usual: f64| {
            env::var(name)
                .map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}: not a number")))
        };
        Plan {
            rounds: (number("BENCH_ROUNDS", 7.0) as usize).max(1),
            seconds: number("BENCH_SECONDS", 0.5),
            seed: number("BENCH_SEED", 1.0) as u64,
        }
    }
}

/// A master with an append-only file that is synced every second, its replica, and connections to the master.
pub struct Pair {
    master: Server,
    replica: Server,
    /// The connection for commands that are not measured.
    pub client: Client,
    /// The connections for commands that are measured.
    pub lanes: Lanes,
}

impl Pair {
    /// Starts both and waits until the replica is in sync. The rate limits are at their maximum, not off: the module
    /// checks them, like a peer with a limit, and refuses nothing.
    pub fn start() -> Pair {
        let noop = format!("\"{}\"", noop_path().display());
        let both = || {
            Server::with()
                .patient()
                .room("comment-rate", 100_000)
                .room("react-rate", REACT_RATE)
                .room("action-rate", 100_000)
                .room("comment-room-rate", 1_000_000)
                .room("max-comments", 10_000_000)
                .set("loadmodule", &noop)
                // The replica may fall behind its master on a busy machine. It must not be disconnected.
                .set("client-output-buffer-limit", "replica 0 0 0")
                .set("repl-backlog-size", "64mb")
        };
        let persistent = both()
            .set("appendonly", "yes")
            .set("appendfsync", "everysec")
            .set("auto-aof-rewrite-percentage", 0);
        let master = persistent.start();
        let replica = both().replica_of(&master).start();
        replica.wait_in_sync(&master);
        let (client, lanes) = (master.client(), Lanes::open(master.port()));
        Pair { master, replica, client, lanes }
    }

    /// The port of the master.
    pub fn port(&self) -> u16 {
        self.master.port()
    }

    /// Sends requests that prepare a measurement, one set after another.
    pub fn fill(&mut self, requests: &[Requests]) {
        for requests in requests {
            self.lanes.run(requests);
        }
    }

    /// Waits until the replica has everything. WAIT needs a write of the same client.
    fn replicate(&mut self) {
        self.client.ok("SET mark 1");
        assert_eq!(self.client.int("WAIT 1 50000"), 1, "the replica does not follow");
    }

    /// Waits until the server has finished all earlier work.
    fn drain(&mut self) {
        self.replicate();
        let is_idle = |section: &str, field: &str| self.master.info(section)[field] == "0";
        wait_for("the server is idle", || {
            (is_idle("persistence", "aof_pending_bio_fsync") && is_idle("memory", "lazyfree_pending_objects"))
                .then_some(())
        });
    }

    /// Empties the server and its append-only file after a row.
    pub fn tidy(&mut self) {
        self.client.ok("FLUSHALL");
        self.drain();
        self.master.rewrite_aof();
        self.replica.wait_in_sync(&self.master);
    }
}

/// The highest value of `room.react-rate` that is still a limit.
pub const REACT_RATE: u64 = 100_000;

/// The work of one side.
pub enum Work<'a> {
    /// These commands.
    Requests(Requests),
    /// These reactions, sent by the processes of an application.
    Application(Vec<Application<'a>>, Vec<Reaction<'a>>),
}

/// One side of a comparison.
pub struct Side<'a> {
    /// Requests that are sent before each part, so that every part begins with the same state.
    pub before: Vec<Requests>,
    /// One part: the work that can be done before the initial state must be restored.
    pub work: Work<'a>,
}

impl<'a> Side<'a> {
    /// A side whose commands can be repeated without restoring a state.
    pub fn steady(requests: Requests) -> Side<'a> {
        Side { before: Vec::new(), work: Work::Requests(requests) }
    }
}

/// The result of a round.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// How many commands were sent, or how many actions of an application were done.
    pub actions: u64,
    /// The total length of the strings in the replies.
    pub bytes: u64,
    /// Wall-clock time, seconds.
    pub seconds: f64,
    /// Processor time of the server, seconds.
    pub cpu: f64,
}

/// Measures both sides in alternating rounds, after a warm-up of half a round each.
pub fn race(pair: &mut Pair, plan: Plan, ours: &mut Side<'_>, peer: &mut Side<'_>) -> Vec<[Sample; 2]> {
    round(pair, plan.seconds / 2.0, ours);
    round(pair, plan.seconds / 2.0, peer);
    (0..plan.rounds).map(|_| [round(pair, plan.seconds, ours), round(pair, plan.seconds, peer)]).collect()
}

fn round(pair: &mut Pair, seconds: f64, side: &mut Side<'_>) -> Sample {
    let mut sum = Sample::default();
    loop {
        pair.fill(&side.before);
        pair.drain();
        let (cpu, start) = (pair.master.cpu_seconds(), Instant::now());
        let (actions, bytes) = side.work.run(pair);
        sum.seconds += start.elapsed().as_secs_f64();
        // The work to feed the replica counts too.
        pair.replicate();
        sum.cpu += pair.master.cpu_seconds() - cpu;
        sum.actions += actions as u64;
        sum.bytes += bytes as u64;
        if sum.seconds >= seconds {
            return sum;
        }
    }
}

impl Work<'_> {
    /// Does one part. Returns the number of actions and the total length of the strings in the replies.
    fn run(&mut self, pair: &mut Pair) -> (usize, usize) {
        match self {
            Work::Requests(requests) => (requests.len(), pair.lanes.run(requests)),
            Work::Application(processes, reactions) => {
                let mut parts = reactions.chunks(PIPELINE);
                let mut busy = 0;
                for process in processes.iter_mut() {
                    busy += usize::from(parts.next().map(|part| process.begin(part)).is_some());
                }
                while busy > 0 {
                    busy = 0;
                    for process in processes.iter_mut() {
                        let Some(outcomes) = process.advance() else {
                            busy += 1;
                            continue;
                        };
                        if let Some(refused) = outcomes.iter().find(|outcome| outcome.is_err()) {
                            panic!("the application refused a reaction: {refused:?}");
                        }
                        if let Some(part) = parts.next() {
                            process.begin(part);
                            busy += 1;
                        }
                    }
                }
                (reactions.len(), 0)
            }
        }
    }
}

/// The path of the no-op module.
fn noop_path() -> PathBuf {
    let path = env::var_os("ROOM_NOOP").map_or_else(
        || {
            let file = format!("{}noop_module{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
            crate::support::server::module_path().with_file_name(file)
        },
        PathBuf::from,
    );
    assert!(path.is_file(), "{} is missing: scripts/bench builds it", path.display());
    path
}
