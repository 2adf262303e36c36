//! A room's time on one server.
//!
//! The room's time is the wall clock, as long as that runs on. It never runs backwards: if the wall clock is behind the
//! room, because it was set back or because the room comes from a server whose clock is ahead, the room's time goes on
//! by the monotonic clock. So every duration in the room stays right, and nothing waits for the wall clock to catch up.
//!
//! Leases and graces count only time in which the server served. A *gap* is time of the room in which it did not: the
//! server was stopped or paused, or the wall clock was set forward.

use crate::env::Env;
use crate::server_clock::ServerTime;
use crate::settings::Settings;

/// More gaps than these are merged, the oldest first.
const GAPS: usize = 64;

/// The time of a room, local to a server. The default knows nothing: the room was just created, loaded or copied.
#[derive(Clone, Debug, Default)]
pub struct RoomTime {
    /// The takeover generation in which this server began to serve the room; 0: it never did.
    generation: u64,
    /// When it began to serve the room, in the room's time. A room can arrive at a server that has served for long, by
    /// RESTORE or with its slot.
    since_ms: u64,
    /// The last turn.
    seen: Seen,
    /// Gaps since then, oldest first.
    gaps: Vec<Gap>,
}

/// A moment in the room's time and by the server's clocks.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    room_ms: u64,
    mono_ms: u64,
    served_ms: u64,
}

/// Time of the room that does not count as served, ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Gap {
    start_ms: u64,
    length_ms: u64,
}

impl Gap {
    fn end_ms(self) -> u64 {
        self.start_ms + self.length_ms
    }
}

impl RoomTime {
    /// The room's time now, Unix ms. `clock`: the room's clock.
    pub fn now(&self, clock: u64, time: ServerTime) -> u64 {
        let passed_ms = time.mono_ms.saturating_sub(self.seen.mono_ms);
        time.wall_ms.max(clock).max(self.seen.room_ms.saturating_add(passed_ms))
    }

    /// A turn begins at the room's time `env.now`. If this server does not serve the room yet, it does from now on.
    pub fn begin_turn(&mut self, env: &Env<'_>) {
        if !self.is_served(env) {
            (self.generation, self.since_ms) = (env.generation, env.now);
            self.gaps.clear();
        } else if let Some(gap) = self.open_gap(env) {
            self.add_gap(gap, env.settings);
        }
        let ServerTime { mono_ms, served_ms, .. } = env.time;
        self.seen = Seen { room_ms: env.now, mono_ms, served_ms };
    }

    /// A replica received an effect that took place at `at` (Unix ms).
    pub fn heard(&mut self, at: u64, time: ServerTime) {
        self.seen =
            Seen { room_ms: self.seen.room_ms.max(at), mono_ms: time.mono_ms, served_ms: time.served_ms };
    }

    /// Whether this server has had a turn of the room since it began to serve.
    pub fn is_served(&self, env: &Env<'_>) -> bool {
        self.generation == env.generation
    }

    /// The gap since the last turn. The room's times are all from turns. So it does not matter where between the two
    /// turns the gap was.
    fn open_gap(&self, env: &Env<'_>) -> Option<Gap> {
        let passed_ms = env.now.saturating_sub(self.seen.room_ms);
        let served_ms = env.time.served_ms.saturating_sub(self.seen.served_ms);
        let length_ms = passed_ms.saturating_sub(served_ms);
        (length_ms > 0).then_some(Gap { start_ms: self.seen.room_ms, length_ms })
    }

    fn add_gap(&mut self, gap: Gap, settings: &Settings) {
        self.forget_gaps(gap.start_ms, settings);
        self.gaps.push(gap);
        if self.gaps.len() > GAPS {
            let oldest = self.gaps.remove(0);
            if let Some(next) = self.gaps.first_mut() {
                // The merged gap ends where the later one ends, so a lease or grace may last longer but not shorter.
                let end_ms = next.end_ms();
                next.length_ms += oldest.length_ms;
                next.start_ms = end_ms.saturating_sub(next.length_ms);
            }
        }
    }

    /// Forgets gaps that no lease or grace can still need at `until` (Unix ms), because this server has served for longer
    /// since.
    fn forget_gaps(&mut self, until: u64, settings: &Settings) {
        let longest_ms = settings.lease_ms.max(settings.grace_ms).max(2 * settings.host_grace_ms);
        let (mut served_ms, mut served_until) = (0, until);
        let kept = self.gaps.iter().rev().take_while(|gap| {
            served_ms += served_until.saturating_sub(gap.end_ms());
            served_until = gap.start_ms;
            served_ms < longest_ms
        });
        let kept = kept.count();
        self.gaps.drain(..self.gaps.len() - kept);
    }

    /// The gaps since this server serves the room, oldest first, with the one that no turn has seen yet.
    fn gaps<'a>(&'a self, env: &Env<'_>) -> impl DoubleEndedIterator<Item = Gap> + 'a {
        self.gaps.iter().copied().chain(self.open_gap(env))
    }

    /// When this server will have served the room for `wait` ms after `since`, if nothing else interrupts it. Unix ms,
    /// in the room's time. None: it does not serve.
    pub fn deadline(&self, since: u64, wait: u64, env: &Env<'_>) -> Option<u64> {
        if !env.serving {
            return None;
        }
        if !self.is_served(env) {
            return since.max(env.now).checked_add(wait);
        }
        let from = since.max(self.since_ms);
        let mut at = from.checked_add(wait)?;
        for gap in self.gaps(env).filter(|gap| gap.end_ms() > from) {
            if gap.start_ms >= at {
                break;
            }
            at += gap.end_ms() - gap.start_ms.max(from);
        }
        Some(at)
    }

    /// The latest time whose [`deadline`](RoomTime::deadline) is now or earlier, Unix ms. None: there is none.
    pub fn latest_due(&self, wait: u64, env: &Env<'_>) -> Option<u64> {
        if !env.serving || !self.is_served(env) {
            return None;
        }
        let (mut at, mut wait) = (env.now, wait);
        for gap in self.gaps(env).rev() {
            let served_ms = at.saturating_sub(gap.end_ms());
            if served_ms >= wait {
                break;
            }
            wait -= served_ms;
            at = gap.start_ms;
        }
        at.checked_sub(wait).filter(|&latest| latest >= self.since_ms)
    }
}
