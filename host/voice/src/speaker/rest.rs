//! A voice that failed is left alone for a while, so that not every sentence
//! begins with waiting for it.

use std::time::Duration;

/// How long a voice that failed rests, at first and at most: longer than one
/// that does not answer is waited for.
const RETRY: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(300));

/// See the module. All times are by `Clock::running`.
#[derive(Debug, Default)]
pub(super) struct Rest {
    /// How long the last failure is rested after; zero while all is well.
    length: Duration,
    until: Duration,
}

impl Rest {
    /// Whether it goes on at `now`.
    pub(super) fn is_on(&self, now: Duration) -> bool {
        now < self.until
    }

    /// The voice failed at `now`. True where it had worked until then.
    pub(super) fn begin(&mut self, now: Duration) -> bool {
        let news = self.length.is_zero();
        self.length = self.length.saturating_mul(2).clamp(RETRY.0, RETRY.1);
        self.until = now.saturating_add(self.length);
        news
    }

    /// The voice spoke.
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }
}
