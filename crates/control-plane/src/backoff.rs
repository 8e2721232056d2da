//! Growing pauses with jitter, so that many processes do not retry in step.

use std::time::Duration;

#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    tries: u32,
}

impl Backoff {
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            tries: 0,
        }
    }

    /// The next pause: twice the one before up to the longest, of which a random half is taken off.
    pub(crate) fn next(&mut self) -> Duration {
        let pause = after(self.first, self.longest, self.tries);
        self.tries = self.tries.saturating_add(1);
        pause
    }

    pub(crate) fn reset(&mut self) {
        self.tries = 0;
    }
}

/// The pause after `tries` earlier failures.
pub(crate) fn after(first: Duration, longest: Duration, tries: u32) -> Duration {
    let full = first.saturating_mul(1 << tries.min(16)).min(longest);
    full.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// `every`, up to a fifth more or less.
pub(crate) fn jittered(every: Duration) -> Duration {
    every.mul_f64(0.8 + fastrand::f64() * 0.4)
}
