//! Time, the timer, and servers that take a room over.

use super::{digest, print, Sim};
use crate::room::Room;
use crate::server_clock::ServerTime;
use crate::storage::codec;
use crate::turn;
use std::collections::VecDeque;

impl Sim {
    /// Runs the timer of a master.
    #[track_caller]
    pub fn tick(&mut self) {
        self.turn(None, turn::tick);
    }

    /// When the timer is next due, Unix ms. None: never.
    pub fn deadline(&self) -> Option<u64> {
        let room = self.room.as_deref()?;
        let env = self.env().at(room);
        Some(env.wall_time_of(turn::next_due_ms(room, &env))).filter(|&at| at < u64::MAX)
    }

    /// Time passes, and the timer fires when it is due.
    #[track_caller]
    pub fn pass(&mut self, ms: u64) {
        let until = self.now + ms;
        let mut fired = 0;
        while let Some(at) = self.deadline().filter(|&at| at <= until) {
            self.now = self.now.max(at);
            self.tick();
            fired += 1;
            assert!(fired < 10_000, "the timer fires again and again: {:?} at {}", self.deadline(), self.now);
        }
        self.now = until;
    }

    /// The server's clocks.
    pub fn time(&self) -> ServerTime {
        let mono_ms = self.now.wrapping_add_signed(-self.set_ms);
        ServerTime { wall_ms: self.now, mono_ms, served_ms: mono_ms - self.idle_ms }
    }

    /// Time passes in which the server does not serve.
    pub fn freeze(&mut self, ms: u64) {
        self.now += ms;
        self.idle_ms += ms;
    }

    /// The wall clock is set forward or, below 0, back.
    pub fn set_clock(&mut self, ms: i64) {
        self.now = self.now.wrapping_add_signed(ms);
        self.set_ms += ms;
    }

    /// Time passes, and no timer fires.
    pub fn stall(&mut self, ms: u64) {
        self.now += ms;
    }

    /// Lets the timer run until nothing waits.
    #[track_caller]
    pub fn quiet(&mut self) {
        let is_waiting = |sim: &Sim| {
            let room = sim.at();
            !room.pending.is_empty()
                || !room.local.direct.is_empty()
                || (!room.state.is_over()
                    && (!room.leases.retired.is_empty() || room.invite_present.is_some()))
        };
        while is_waiting(self) {
            let at = self.deadline().expect("a deadline");
            self.now = self.now.max(at);
            self.tick();
        }
        // The next change finds a quiet room.
        self.pass(self.settings.tick_ms);
    }

    /// This process takes the room over, as after a load or a promotion.
    pub fn take_over(&mut self) {
        self.generation += 1;
    }

    /// The server is lost. A replica that was cut off takes over with this earlier room.
    pub fn lose_to(&mut self, earlier: Room) {
        self.replica = Some(Box::new(earlier.copy()));
        self.room = Some(Box::new(earlier));
        self.pictures.clear();
        self.take_over();
    }

    /// The server restarts: the room is saved, loaded and taken over.
    #[track_caller]
    pub fn restart(&mut self) {
        let mut chunks = VecDeque::new();
        codec::save(self.at(), &mut |chunk| chunks.push_back(chunk.to_vec()));
        let loaded = codec::load(codec::VERSION, &mut || chunks.pop_front()).expect("a saved room loads");
        assert!(chunks.is_empty(), "chunks are left");
        print::assert_same(&self.print(), &print::room(Some(&loaded)), "loaded");
        assert_eq!(digest(self.at()), digest(&loaded), "the digest");
        self.room = Some(Box::new(loaded));
        self.take_over();
    }

    /// The room moves by RESTORE or with its slot to a server that has been serving for long.
    pub fn arrive_elsewhere(&mut self) {
        let generation = self.generation;
        self.restart();
        self.generation = generation;
    }
}
