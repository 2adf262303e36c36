//! Two sides measured in turn on one server: A B A B, so that whatever else the machine does falls on both.

use crate::peers::application::{Application, Reaction};
use crate::support::{wait_for, Client, Server};
use crate::wire::{Lanes, Requests, PIPELINE};
use std::env;
use std::path::PathBuf;
use std::time::Instant;

/// How long to measure.
#[derive(Clone, Copy)]
pub struct Plan {
    /// Rounds of each side.
    pub rounds: usize,
    /// What a round takes at least.
    pub seconds: f64,
    /// Of all that is random.
    pub seed: u64,
}

impl Plan {
    /// From BENCH_ROUNDS, BENCH_SECONDS and BENCH_SEED.
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

/// A master that keeps an append-only file, synced every second, with its replica, and the connections to it.
pub struct Pair {
    master: Server,
    replica: Server,
    /// For all that is not measured.
    pub client: Client,
    /// For what is.
    pub lanes: Lanes,
}

impl Pair {
    /// Starts both and waits until the replica is in step. Rates are as high as a limit can be: it is at work, on both
    /// sides where a peer has one, and nothing is refused.
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
                // A replica that is given less of the machine than its master falls behind for a while, and stays.
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

    /// Sends what has to be there first, one after another.
    pub fn fill(&mut self, requests: &[Requests]) {
        for requests in requests {
            self.lanes.run(requests);
        }
    }

    /// Waits until the replica has all. Only a client that writes can wait.
    fn replicate(&mut self) {
        self.client.ok("SET mark 1");
        assert_eq!(self.client.int("WAIT 1 50000"), 1, "the replica does not follow");
    }

    /// Waits until the server has nothing left to do of what came before.
    fn drain(&mut self) {
        self.replicate();
        let is_idle = |section: &str, field: &str| self.master.info(section)[field] == "0";
        wait_for("the server is idle", || {
            (is_idle("persistence", "aof_pending_bio_fsync") && is_idle("memory", "lazyfree_pending_objects"))
                .then_some(())
        });
    }

    /// Before another row: what it left in the append-only file goes.
    pub fn tidy(&mut self) {
        self.client.ok("FLUSHALL");
        self.drain();
        self.master.rewrite_aof();
        self.replica.wait_in_sync(&self.master);
    }
}

/// The highest rate of reactions that is a limit.
pub const REACT_RATE: u64 = 100_000;

/// What is sent.
pub enum Work<'a> {
    /// These commands.
    Requests(Requests),
    /// These reactions, by some processes of an application.
    Application(Vec<Application<'a>>, Vec<Reaction<'a>>),
}

/// One of the two.
pub struct Side<'a> {
    /// Sent before each part: so every part begins from the same.
    pub before: Vec<Requests>,
    /// A part: as much as can be sent before the beginning has to be restored.
    pub work: Work<'a>,
}

impl<'a> Side<'a> {
    /// Commands that can be sent again and again.
    pub fn steady(requests: Requests) -> Side<'a> {
        Side { before: Vec::new(), work: Work::Requests(requests) }
    }
}

/// What a round came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// Commands, or what an application makes of several.
    pub actions: u64,
    /// Of strings that were replied.
    pub bytes: u64,
    /// By the clock.
    pub seconds: f64,
    /// Of the server.
    pub cpu: f64,
}

/// Measures both in turn, after a round that does not count.
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
        // What the replica gets belongs to it.
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
    /// A part: how many were done, and bytes of strings replied.
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
                            panic!("the application refuses: {refused:?}");
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

/// The no-op module.
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
