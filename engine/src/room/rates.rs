//! Rate limits: the generic cell rate algorithm (ITU-T I.371), a token bucket in one number.
//!
//! A bucket holds two seconds' worth of its rate. Buckets are local to a server: they are not saved, replicated or
//! digested.

/// The burst that a full bucket allows, in seconds' worth of its rate.
const BURST_SECONDS: u64 = 2;

/// One bucket. The number is the theoretical arrival time in microseconds of Unix time; 0: never used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket(u64);

/// The buckets of a user.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Rates {
    /// Reactions.
    pub react: Bucket,
    /// Comments.
    pub comment: Bucket,
    /// All other user-facing writes.
    pub action: Bucket,
    /// The comment rate of the room as this user meets it under a shadow block. Its comments take nothing from the rate
    /// of the others.
    pub shadow_room: Bucket,
}

impl Bucket {
    /// The emptier one of two buckets with the same rate.
    pub fn or_emptier(self, other: Bucket) -> Bucket {
        Bucket(self.0.max(other.0))
    }

    /// Milliseconds from `now_ms` (Unix ms) until `n` units may pass; 0: now. `rate` is in units per second; 0: no
    /// limit. A full bucket lets more than its burst pass at once and then takes longer to fill.
    pub fn wait_ms(self, now_ms: u64, rate: u64, n: u64) -> u64 {
        if rate == 0 {
            return 0;
        }
        let n = n.min(rate * BURST_SECONDS);
        let ready = self.0.max(now_ms * 1000) + n * 1_000_000 / rate;
        ready.saturating_sub(now_ms * 1000 + BURST_SECONDS * 1_000_000).div_ceil(1000)
    }

    /// Takes `n` units from the bucket at `now_ms` (Unix ms). `rate` is in units per second; 0: no limit.
    pub fn take(&mut self, now_ms: u64, rate: u64, n: u64) {
        if let Some(cost) = (n * 1_000_000).checked_div(rate) {
            self.0 = self.0.max(now_ms * 1000) + cost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_two_seconds_passes_then_the_rate_holds() {
        let mut bucket = Bucket::default();
        for _ in 0..10 {
            assert_eq!(bucket.wait_ms(1_000_000, 5, 1), 0);
            bucket.take(1_000_000, 5, 1);
        }
        assert_eq!(bucket.wait_ms(1_000_000, 5, 1), 200);
        assert_eq!(bucket.wait_ms(1_000_200, 5, 1), 0);
    }

    #[test]
    fn more_than_the_burst_passes_a_full_bucket() {
        let mut bucket = Bucket::default();
        assert_eq!(bucket.wait_ms(1_000_000, 10, 100), 0);
        bucket.take(1_000_000, 10, 100);
        assert_eq!(bucket.wait_ms(1_000_000, 10, 1), 8100);
    }

    #[test]
    fn a_rate_of_zero_is_no_limit() {
        let mut bucket = Bucket::default();
        bucket.take(1, 0, 100);
        assert_eq!(bucket.wait_ms(1, 0, 1_000_000), 0);
    }
}
