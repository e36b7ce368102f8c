//! Of several microphones that hear the same wake word, the first one counts.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jarvis_domain::Clock;

/// A wake word that another microphone hears within this time is the same one.
/// Loudness tells rooms apart no better, and a wait for it delays every wake.
const SAME: Duration = Duration::from_secs(2);

/// Shared by all of them.
#[derive(Debug)]
pub struct Arbiter {
    clock: Arc<dyn Clock>,
    last: Mutex<Option<(String, Duration)>>,
}

/// What says whether a wake word counts.
#[derive(Clone)]
pub(super) struct Judge {
    arbiter: Arc<Arbiter>,
    who: String,
}

impl Arbiter {
    /// Nobody has heard anything.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { clock, last: Mutex::default() })
    }

    /// Whether `who` hears a wake word that nobody else has heard.
    pub fn is_first(&self, who: &str) -> bool {
        let now = self.clock.running();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let same =
            |(other, at): &(String, Duration)| other != who && now.saturating_sub(*at) < SAME;
        if last.as_ref().is_some_and(same) {
            return false;
        }
        *last = Some((who.to_owned(), now));
        true
    }
}

impl Judge {
    pub(super) fn new(arbiter: Arc<Arbiter>, who: &str) -> Self {
        Self { arbiter, who: who.to_owned() }
    }

    pub(super) fn counts(&self) -> bool {
        let first = self.arbiter.is_first(&self.who);
        if !first {
            tracing::debug!(who = self.who, "another microphone has heard the wake word before");
        }
        first
    }
}

impl std::fmt::Debug for Judge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Judge").field(&self.who).finish()
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::{ManualClock, Timestamp};

    use super::*;

    #[test]
    fn the_first_one_counts_and_what_others_hear_within_two_seconds_does_not() {
        let clock = Arc::new(ManualClock::at(Timestamp(5000)));
        let arbiter = Arbiter::new(clock.clone());
        assert!(arbiter.is_first("kitchen"));
        assert!(!arbiter.is_first("hall"));
        assert!(arbiter.is_first("kitchen"), "its own second word is another");
        clock.advance(SAME - Duration::from_millis(1));
        assert!(!arbiter.is_first("hall"));
        clock.advance(Duration::from_millis(1));
        assert!(arbiter.is_first("hall"), "what was dropped has held nobody up");
        assert!(!arbiter.is_first("kitchen"));
    }
}
