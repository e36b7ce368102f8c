//! Of several microphones that hear the same wake word, the first one counts. No
//! clock: the time is told.

use std::time::Duration;

use jarvis_domain::MicrophoneId;

/// A wake word that another microphone hears within this time is the same one.
/// Loudness tells rooms apart no better, and a wait for it delays every wake.
const SAME: Duration = Duration::from_secs(2);

/// Shared by all of them.
#[derive(Debug, Default)]
pub(super) struct Arbiter {
    last: Option<(MicrophoneId, Duration)>,
}

impl Arbiter {
    /// Whether `who` hears a wake word, `now`, that no other has heard.
    pub(super) fn is_first(&mut self, who: MicrophoneId, now: Duration) -> bool {
        let same =
            |(other, at): (MicrophoneId, Duration)| other != who && now.saturating_sub(at) < SAME;
        if self.last.is_some_and(same) {
            return false;
        }
        self.last = Some((who, now));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_one_counts_and_what_others_hear_within_two_seconds_does_not() {
        let (kitchen, hall) = (MicrophoneId::new(), MicrophoneId::new());
        let (mut arbiter, now) = (Arbiter::default(), Duration::from_secs(5));
        assert!(arbiter.is_first(kitchen, now));
        assert!(!arbiter.is_first(hall, now));
        assert!(arbiter.is_first(kitchen, now), "its own second word is another");
        assert!(!arbiter.is_first(hall, now + SAME - Duration::from_millis(1)));
        assert!(arbiter.is_first(hall, now + SAME), "what was dropped has held nobody up");
        assert!(!arbiter.is_first(kitchen, now + SAME));
    }
}
