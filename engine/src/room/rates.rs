//! Rate limits as the generic cell rate algorithm (ITU-T I.371): a token bucket of two seconds' worth in one number.
//!
//! Local to a server: neither saved nor replicated nor digested.

/// Burst a bucket holds, in seconds' worth of its rate.
const BURST_SECONDS: u64 = 2;

/// One bucket: the theoretical arrival time, in microseconds; 0: never used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket(u64);

/// A user's buckets.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Rates {
    /// Reactions.
    pub react: Bucket,
    /// Comments.
    pub comment: Bucket,
    /// All other user-facing writes.
    pub action: Bucket,
}

impl Bucket {
    /// Milliseconds until `n` may pass at `rate` a second; 0: now. A rate of 0 is no limit. More than the burst at
    /// once passes a full bucket, which then owes the rest.
    pub fn wait_ms(self, now_ms: u64, rate: u64, n: u64) -> u64 {
        if rate == 0 {
            return 0;
        }
        let n = n.min(rate * BURST_SECONDS);
        let ready = self.0.max(now_ms * 1000) + n * 1_000_000 / rate;
        ready.saturating_sub(now_ms * 1000 + BURST_SECONDS * 1_000_000).div_ceil(1000)
    }

    /// Takes `n` from the bucket.
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
    fn two_seconds_worth_then_the_rate() {
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
