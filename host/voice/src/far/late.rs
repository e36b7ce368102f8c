//! Which sound was said while it was muted, and comes after that: a network that
//! stalls hands on all that it has kept at once. No clock: the time is told.

use std::collections::VecDeque;
use std::time::Duration;

use crate::frame::FRAME;

/// Of so many frames it is told whether they come as they are said: 0.26 s, four pieces
/// of a stock satellite.
const WINDOW: usize = 16;
/// They do where they come at most this many times as fast.
const FAST: u32 = 2;
/// The longest that a connection may stall and not be taken for gone.
const LONGEST: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Late {
    /// When it was unmuted last.
    unmuted: Option<Duration>,
    /// Nothing comes any more that was said before that.
    over: bool,
    /// When the last frames came, the newest at the end.
    recent: VecDeque<Duration>,
}

impl Late {
    /// Whether the frame that came `at` this time may have been said before it was
    /// `unmuted` last.
    pub(super) fn is_late(&mut self, at: Duration, unmuted: Option<Duration>) -> bool {
        if self.unmuted != unmuted {
            *self = Self { unmuted, ..Self::default() };
        }
        let Some(since) = unmuted.filter(|_| !self.over) else { return false };
        if at < since {
            return true;
        }
        self.recent.push_back(at);
        if self.recent.len() == 1 && at.saturating_sub(since) > LONGEST {
            // Whoever streams only now has sent nothing then.
            self.over = true;
        }
        if self.recent.len() >= WINDOW
            && let Some(first) = self.recent.pop_front()
        {
            self.over = at.saturating_sub(first) >= FRAME * WINDOW as u32 / FAST;
        }
        !self.over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of these frames, each at a time in milliseconds, are late; and that
    /// none is behind one that is not.
    fn late(frames: impl IntoIterator<Item = u64>, unmuted: u64) -> usize {
        let mut late = Late::default();
        let unmuted = Some(Duration::from_millis(unmuted));
        let is_late = |at| late.is_late(Duration::from_millis(at), unmuted);
        let each: Vec<bool> = frames.into_iter().map(is_late).collect();
        assert!(each.is_sorted_by(|a, b| a >= b), "{each:?}");
        each.into_iter().filter(|late| *late).count()
    }

    #[test]
    fn what_a_network_kept_is_late_and_what_is_said_after_it_is_not() {
        // As it is said, a frame or four at a time: a quarter of a second is lost.
        assert_eq!(late((0..200).map(|n| 3_000 + n * 16), 3_000), WINDOW - 1);
        assert!(late((0..200).map(|n| 3_000 + n / 4 * 64), 3_000) <= WINDOW);
        // Muted at 0.5 s and unmuted at 2.9 s; it stalled from 0 to 3 s.
        let kept = (0..188).map(|_| 3_000);
        let after = (0..200).map(|n| 3_016 + n * 16);
        let lost = late(kept.chain(after), 2_900);
        assert!((188..188 + WINDOW).contains(&lost), "{lost}");
        // Not all at once.
        let kept = (0..188).map(|n| 3_000 + n * 3);
        let lost = late(kept.chain((0..200).map(|n| 3_600 + n * 16)), 2_900);
        assert!((188..188 + WINDOW).contains(&lost), "{lost}");
    }

    #[test]
    fn nothing_is_late_where_it_was_never_muted_or_long_ago() {
        let mut never = Late::default();
        assert!(!never.is_late(Duration::ZERO, None));
        // One that had nothing to stream until then loses no beginning.
        assert_eq!(late((0..20).map(|n| 15_000 + n * 16), 3_000), 0);
    }

    #[test]
    fn each_time_that_it_is_unmuted_counts() {
        let mut late = Late::default();
        let second = Duration::from_secs(1);
        assert!((0..16).map(|n| late.is_late(second + FRAME * n, Some(second))).any(|late| !late));
        assert!(late.is_late(second * 3, Some(second * 3)));
    }
}
