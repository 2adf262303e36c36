//! The clocks of a server: the wall clock, which may be set forward and back, the monotonic clock, and the time in which
//! the server served.
//!
//! The glue takes a sample of both clocks a few times a second. Between two samples it needs the wall clock alone.

/// A server that takes no sample for longer than this was stopped, frozen or blocked. This time does not count as
/// served. Milliseconds.
pub const STALL_MS: u64 = 1000;

/// If the two clocks part by more than this, the wall clock was set. Milliseconds.
const STEP_MS: u64 = 100;

/// A moment of a server, by its three clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerTime {
    /// The wall clock, Unix ms.
    pub wall_ms: u64,
    /// The monotonic clock, ms from some start.
    pub mono_ms: u64,
    /// How long the server has served, ms from some start. It stands still while the server is stopped or paused.
    pub served_ms: u64,
}

impl ServerTime {
    /// The time of a server that was never stopped or paused and whose wall clock was never set. Unix ms.
    pub fn unbroken(wall_ms: u64) -> ServerTime {
        ServerTime { wall_ms, mono_ms: wall_ms, served_ms: wall_ms }
    }
}

/// Both clocks of a server, read at the same moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// The wall clock, Unix ms.
    pub wall_ms: u64,
    /// The monotonic clock, ms from some start.
    pub mono_ms: u64,
    /// The server's clients are paused.
    pub paused: bool,
}

/// Follows the clocks of a server from sample to sample.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerClock {
    last: Sample,
    /// The wall clock minus the monotonic clock, ms.
    offset_ms: u64,
    /// How long the server did not serve, ms.
    idle_ms: u64,
}

impl ServerClock {
    /// The first sample.
    pub fn start(sample: Sample) -> ServerClock {
        ServerClock { last: sample, offset_ms: sample.wall_ms.saturating_sub(sample.mono_ms), idle_ms: 0 }
    }

    /// Whether a new sample is needed to tell the time, because the server did not run for a while or its wall clock
    /// was set.
    pub fn needs_sample(&self, wall_ms: u64) -> bool {
        // The server's commands run by a cached time, which may be a little behind the sample.
        let least_ms = self.last.wall_ms.saturating_sub(STEP_MS);
        !(least_ms..=self.last.wall_ms.saturating_add(STALL_MS)).contains(&wall_ms)
    }

    /// Takes a sample. The time since the last sample does not count as served if it is longer than [`STALL_MS`], or if
    /// the clients are or were paused. Returns whether the wall clock was set back.
    pub fn sample(&mut self, sample: Sample) -> bool {
        let passed_ms = sample.mono_ms.saturating_sub(self.last.mono_ms);
        if passed_ms > STALL_MS || sample.paused || self.last.paused {
            self.idle_ms += passed_ms;
        }
        self.last = sample;
        let offset_ms = sample.wall_ms.saturating_sub(sample.mono_ms);
        if offset_ms.abs_diff(self.offset_ms) <= STEP_MS {
            return false;
        }
        std::mem::replace(&mut self.offset_ms, offset_ms) > offset_ms
    }

    /// The moment at which the wall clock shows `wall_ms` (Unix ms).
    pub fn at(&self, wall_ms: u64) -> ServerTime {
        let mono_ms = wall_ms.saturating_sub(self.offset_ms).max(self.last.mono_ms);
        let counted_ms = if self.last.paused { self.last.mono_ms } else { mono_ms };
        ServerTime { wall_ms, mono_ms, served_ms: counted_ms.saturating_sub(self.idle_ms) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALL: u64 = 1_732_413_240_000;

    fn sample(wall_ms: u64, mono_ms: u64) -> Sample {
        Sample { wall_ms: WALL + wall_ms, mono_ms, paused: false }
    }

    fn served(clock: &ServerClock, wall_ms: u64) -> u64 {
        clock.at(WALL + wall_ms).served_ms
    }

    #[test]
    fn a_server_that_runs_serves_all_the_time() {
        let mut clock = ServerClock::start(sample(0, 0));
        for ms in (500..=60_000).step_by(500) {
            assert!(!clock.needs_sample(WALL + ms));
            assert!(!clock.sample(sample(ms, ms)));
        }
        assert_eq!(served(&clock, 60_100), 60_100);
    }

    #[test]
    fn a_stop_does_not_count() {
        let mut clock = ServerClock::start(sample(0, 0));
        clock.sample(sample(500, 500));
        assert!(clock.needs_sample(WALL + 9000), "a command may come before the timer");
        clock.sample(sample(9000, 9000));
        assert_eq!(served(&clock, 9000), 500);
        assert_eq!(served(&clock, 9200), 700);
        assert_eq!(clock.at(WALL + 9200).mono_ms, 9200);
    }

    #[test]
    fn a_pause_does_not_count() {
        let mut clock = ServerClock::start(sample(0, 0));
        clock.sample(sample(500, 500));
        for ms in [1000, 1500, 2000] {
            clock.sample(Sample { paused: true, ..sample(ms, ms) });
        }
        assert_eq!(served(&clock, 2400), 500, "it may have ended meanwhile");
        clock.sample(sample(2500, 2500));
        assert_eq!(served(&clock, 2500), 500);
        assert_eq!(served(&clock, 2600), 600);
    }

    #[test]
    fn a_wall_clock_that_is_set_changes_neither_of_the_others() {
        for (set, back) in [(3_600_000i64, false), (-3_600_000, true), (700, false), (-700, true)] {
            let mut clock = ServerClock::start(sample(0, 0));
            clock.sample(sample(500, 500));
            let wall = 600u64.wrapping_add_signed(set);
            let now = WALL.wrapping_add(wall);
            assert_eq!(clock.sample(Sample { wall_ms: now, mono_ms: 600, paused: false }), back, "{set}");
            assert_eq!(clock.at(now + 100), ServerTime { wall_ms: now + 100, mono_ms: 700, served_ms: 700 });
        }
    }

    #[test]
    fn the_monotonic_clock_never_runs_backwards() {
        let mut clock = ServerClock::start(sample(0, 0));
        clock.sample(sample(500, 500));
        assert_eq!(clock.at(WALL + 450).mono_ms, 500);
    }
}
