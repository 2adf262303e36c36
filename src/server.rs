//! What this process knows beside its rooms: settings in force, registry, totals, and whether it serves as master.

use std::cell::{Cell, RefCell};
use std::sync::LazyLock;

use room_engine::env::{Env, KeyExpiry};
use room_engine::error::Error;
use room_engine::outbox::{Counts, Outbox};
use room_engine::settings::Settings;

use crate::api::{self, raw};
use crate::registry::Registry;
use crate::renames::Search;

/// Everything but the rooms.
pub struct Server {
    /// The settings in force.
    pub settings: RefCell<Settings>,
    /// Every room of this process. Borrowed only where no function of the server is called: those call back.
    pub registry: RefCell<Registry>,
    outbox: Cell<Option<Box<Outbox>>>,
    /// Raised on load and promotion.
    pub generation: Cell<u64>,
    /// Since when this server has served as master, Unix ms; `u64::MAX` while it does not.
    pub serving_since: Cell<u64>,
    /// Whether frames go out by SPUBLISH.
    pub shard: Cell<bool>,
    /// Whether the server is a cluster's node: then the bus carries what is published.
    pub cluster: Cell<bool>,
    /// Whether renamed rooms have to be searched for.
    pub searches: Cell<bool>,
    /// The search for them.
    pub search: RefCell<Search>,
    /// The timer armed, and for when.
    pub timer: Cell<Option<(raw::RedisModuleTimerID, u64)>>,
    /// What INFO shows.
    pub totals: Totals,
    random: Cell<u64>,
}

/// Counters of INFO.
#[derive(Default)]
pub struct Totals {
    /// What turns counted.
    pub counts: Cell<Counts>,
    /// Replies that were errors, by [`Error::index`].
    pub errors: [Cell<u64>; Error::CODES.len()],
    /// Internal commands refused to clients.
    pub apply_refused: Cell<u64>,
    /// Replicated effects that this version did not know.
    pub apply_failed: Cell<u64>,
    /// Panics caught.
    pub panics: Cell<u64>,
}

struct MainThread<T>(T);

// SAFETY: the server calls commands, timers, events and every callback of the type but `free` on its main thread;
// `free`, which may run on another, does not come here.
unsafe impl<T> Send for MainThread<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for MainThread<T> {}

static SERVER: LazyLock<MainThread<Server>> = LazyLock::new(|| {
    MainThread(Server {
        settings: RefCell::default(),
        registry: RefCell::default(),
        outbox: Cell::default(),
        generation: Cell::new(1),
        serving_since: Cell::new(u64::MAX),
        shard: Cell::new(false),
        cluster: Cell::new(false),
        searches: Cell::new(false),
        search: RefCell::default(),
        timer: Cell::new(None),
        totals: Totals::default(),
        random: Cell::new(api::random()),
    })
});

/// The one of this process.
pub fn server() -> &'static Server {
    &SERVER.0
}

/// Adds one.
pub fn count(counter: &Cell<u64>) {
    counter.set(counter.get().wrapping_add(1));
}

impl Server {
    /// Whether this server is a master and has its data.
    pub fn is_serving(&self) -> bool {
        self.serving_since.get() != u64::MAX
    }

    /// An empty outbox for a turn, which gives it [back](Server::put_back).
    pub fn outbox(&self) -> Box<Outbox> {
        self.outbox.take().unwrap_or_default()
    }

    /// Keeps an outbox for the next turn: its memory is used again.
    pub fn put_back(&self, mut outbox: Box<Outbox>) {
        outbox.clear();
        self.outbox.set(Some(outbox));
    }

    /// What a turn needs to know of this server. `settings` is this server's, borrowed for the turn.
    pub fn env<'a>(
        &self,
        settings: &'a Settings,
        key: &'a str,
        db: u32,
        expires: &'a dyn KeyExpiry,
    ) -> Env<'a> {
        Env {
            now: api::now(),
            settings,
            key,
            db,
            shard: self.shard.get(),
            generation: self.generation.get(),
            serving_since: self.serving_since.get(),
            expires,
            fresh: [self.fresh(), self.fresh()],
        }
    }

    /// A number unlike any before it, here or on another server (SplitMix64 from a random start).
    fn fresh(&self) -> u64 {
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Adds what a turn counted.
    pub fn add(&self, counts: Counts) {
        let mut sum = self.totals.counts.get();
        sum.frames = sum.frames.wrapping_add(counts.frames);
        sum.events = sum.events.wrapping_add(counts.events);
        sum.reactions = sum.reactions.wrapping_add(counts.reactions);
        sum.comments = sum.comments.wrapping_add(counts.comments);
        self.totals.counts.set(sum);
    }

    /// Counts an error that goes out.
    pub fn count_error(&self, error: Error) {
        if let Some(counter) = self.totals.errors.get(error.index()) {
            count(counter);
        }
    }
}
