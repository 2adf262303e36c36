//! The state of the module in this process, apart from the rooms: settings, registry, totals, and whether this server
//! serves as master.

use std::cell::{Cell, RefCell};
use std::sync::LazyLock;

use room_engine::server_clock::{ServerClock, ServerTime};
use room_engine::settings::Settings;
use room_engine::Error;
use room_engine::{Counts, Outbox};
use room_engine::{Env, KeyExpiry, SLICE};

use crate::api::{self, raw};
use crate::rare_log::RareLog;
use crate::registry::{Registry, RenameSearch};

/// The state of the module. Only the main thread uses it.
pub struct ModuleState {
    /// The settings in force.
    pub settings: RefCell<Settings>,
    /// Every room of this process. Functions of the server may call back into the module, so the registry is not
    /// borrowed while one runs.
    pub registry: RefCell<Registry>,
    outbox: Cell<Option<Box<Outbox>>>,
    /// The takeover generation, from 1. Load and promotion raise it.
    pub generation: Cell<u64>,
    /// Whether this server serves: it is a master and has loaded its data.
    pub serving: Cell<bool>,
    /// This server's clocks.
    clock: Cell<ServerClock>,
    /// The wall clock was set back, so the timer and all deadlines are to be armed again.
    pub is_set_back: Cell<bool>,
    /// A random number of this process, for the cursors of LIST.
    pub process: u32,
    /// Whether frames are published by SPUBLISH.
    pub shard: Cell<bool>,
    /// Whether this server is a node of a cluster. The cluster bus then carries published messages to replicas.
    pub cluster: Cell<bool>,
    /// Whether renamed rooms are found by a search, because this server's notifications cannot be used.
    pub searches_renames: Cell<bool>,
    /// That search.
    pub rename_search: RefCell<RenameSearch>,
    /// The armed timer and when it fires, Unix ms.
    pub timer: Cell<Option<(raw::RedisModuleTimerID, u64)>>,
    /// The counters of INFO.
    pub totals: Totals,
    random: Cell<u64>,
}

/// The counters of INFO, since the module was loaded.
#[derive(Default)]
pub struct Totals {
    /// Frames, events, reactions and comments.
    pub counts: Cell<Counts>,
    /// Error replies, by [`Error::index`].
    pub errors: [Cell<u64>; Error::CODES.len()],
    /// Internal commands that were refused because a client sent them.
    pub apply_refused: Cell<u64>,
    /// Replicated effects that could not be applied.
    pub apply_failed: Cell<u64>,
    /// Panics that were caught.
    pub panics: Cell<u64>,
    /// Log lines about effects that could not be applied.
    pub apply_log: RareLog,
}

struct MainThread<T>(T);

// SAFETY: the server calls commands, timers, events and all callbacks of the type on its main thread, except `free`.
// `free` may run on another thread, and does not use the state.
unsafe impl<T> Send for MainThread<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for MainThread<T> {}

static STATE: LazyLock<MainThread<ModuleState>> = LazyLock::new(|| {
    MainThread(ModuleState {
        settings: RefCell::default(),
        registry: RefCell::default(),
        outbox: Cell::default(),
        generation: Cell::new(1),
        serving: Cell::new(false),
        clock: Cell::new(ServerClock::start(api::sample_clocks())),
        is_set_back: Cell::new(false),
        process: api::random() as u32,
        shard: Cell::new(false),
        cluster: Cell::new(false),
        searches_renames: Cell::new(false),
        rename_search: RefCell::default(),
        timer: Cell::new(None),
        totals: Totals::default(),
        random: Cell::new(api::random()),
    })
});

/// The state of the module in this process.
pub fn module() -> &'static ModuleState {
    &STATE.0
}

/// Adds one to a counter.
pub fn increment(counter: &Cell<u64>) {
    counter.set(counter.get().wrapping_add(1));
}

impl ModuleState {
    /// Whether this server is a master and has loaded its data.
    pub fn is_serving(&self) -> bool {
        self.serving.get()
    }

    /// Takes a sample of the server's clocks. The timer does this at least every [`timer::HEARTBEAT_MS`]. So a longer
    /// time without a sample is time in which the server was stopped.
    ///
    /// [`timer::HEARTBEAT_MS`]: crate::timer::HEARTBEAT_MS
    pub fn sample_clocks(&self) {
        let mut clock = self.clock.get();
        if clock.sample(api::sample_clocks()) {
            self.is_set_back.set(true);
        }
        self.clock.set(clock);
    }

    /// This moment by the server's clocks. A command may come before the timer when the server goes on after a stop.
    pub fn time(&self) -> ServerTime {
        let now = api::now();
        if self.clock.get().needs_sample(now) {
            self.sample_clocks();
        }
        self.clock.get().at(now)
    }

    /// Takes an empty outbox for a turn. [`ModuleState::return_outbox`] gives it back.
    pub fn take_outbox(&self) -> Box<Outbox> {
        self.outbox.take().unwrap_or_default()
    }

    /// Keeps an outbox, so that the next turn reuses its memory.
    pub fn return_outbox(&self, mut outbox: Box<Outbox>) {
        outbox.clear();
        self.outbox.set(Some(outbox));
    }

    /// The engine's environment for a turn or a read on this server. `settings` are this server's, borrowed for that
    /// time.
    pub fn env<'a>(
        &self,
        settings: &'a Settings,
        key: &'a str,
        db: u32,
        expires: &'a dyn KeyExpiry,
    ) -> Env<'a> {
        let time = self.time();
        Env {
            now: time.wall_ms,
            time,
            settings,
            key,
            db,
            shard: self.shard.get(),
            generation: self.generation.get(),
            serving: self.is_serving(),
            expires,
            fresh: [self.fresh(), self.fresh()],
            slice: SLICE,
        }
    }

    /// A number that is unique for all practical purposes, here and among all servers (SplitMix64 with a random seed).
    fn fresh(&self) -> u64 {
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Adds the counts of a turn to the totals.
    pub fn add_counts(&self, counts: Counts) {
        let mut sum = self.totals.counts.get();
        sum.frames = sum.frames.wrapping_add(counts.frames);
        sum.events = sum.events.wrapping_add(counts.events);
        sum.reactions = sum.reactions.wrapping_add(counts.reactions);
        sum.comments = sum.comments.wrapping_add(counts.comments);
        self.totals.counts.set(sum);
    }

    /// Counts an error reply.
    pub fn count_error(&self, error: Error) {
        if let Some(counter) = self.totals.errors.get(error.index()) {
            increment(counter);
        }
    }
}
