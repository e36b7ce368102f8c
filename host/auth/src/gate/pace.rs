//! How many lines are written about refusals that are no wrong passwords: those
//! are not slowed, and whoever causes them must not fill the log.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jarvis_domain::Timestamp;

/// So many lines a minute.
pub(super) const MOST: u64 = 30;
const MINUTE: Duration = Duration::from_secs(60);

/// How many refusals there were since when.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<(Timestamp, u64)>);

impl Pace {
    /// Whether one more line may be written, and how many were left out before
    /// it.
    pub(super) fn allows(&self, now: Timestamp) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = *state;
        if now.since(since) >= MINUTE {
            *state = (now, 1);
            return Some(count.saturating_sub(MOST));
        }
        *state = (since, count.saturating_add(1));
        (count < MOST).then_some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_a_minute_and_the_rest_as_a_number() {
        let (pace, now) = (Pace::default(), Timestamp(1_000_000));
        for _ in 0..MOST {
            assert_eq!(pace.allows(now), Some(0));
        }
        for _ in 0..7 {
            assert_eq!(pace.allows(now), None);
        }
        assert_eq!(pace.allows(now.plus(MINUTE)), Some(7));
        assert_eq!(pace.allows(now.plus(MINUTE)), Some(0));
    }
}
