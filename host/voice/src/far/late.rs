//! Which sound was said while it was muted, and comes after that: a network that
//! stalls hands on all that it has kept at once. No clock: the time is told.

use std::time::Duration;

use crate::frame::FRAME;

/// So many frames have to come one after the other as they are said, before what comes is
/// taken for what is said now: 0.8 s. A pause within what a network kept is shorter.
const WELL: u32 = 48;
/// What comes is faster than it was said where it gains on twice its speed: how much of
/// that is borne, since sound comes in pieces, of a quarter of a second at most, and
/// networks are uneven; and how much is remembered.
const BORNE: Duration = FRAME.saturating_mul(8);
const MOST: Duration = FRAME.saturating_mul(16);
/// The longest that a connection may stall and not be taken for gone.
const LONGEST: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Late {
    /// When it was unmuted last.
    unmuted: Option<Duration>,
    /// Nothing comes any more that was said before that.
    over: bool,
    /// When the last frame came.
    last: Option<Duration>,
    /// How far the sound is ahead of twice its speed.
    ahead: Duration,
    /// How many frames in a row came as they are said.
    well: u32,
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
        if let Some(last) = self.last.replace(at) {
            let ahead = self.ahead + FRAME / 2;
            self.ahead = ahead.saturating_sub(at.saturating_sub(last)).min(MOST);
            self.well = if self.ahead > BORNE { 0 } else { self.well + 1 };
        }
        // Also for who sends larger pieces, or streams only now.
        self.over = self.well >= WELL || at.saturating_sub(since) > LONGEST;
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
        let well = WELL as usize;
        // As it is said, a frame or four at a time: most of a second is lost.
        assert_eq!(late((0..200).map(|n| 3_000 + n * 16), 3_000), well);
        assert_eq!(late((0..200).map(|n| 3_000 + n / 4 * 64), 3_000), well);
        // As a browser may, sixteen at a time; and pieces that are longer than any should be.
        assert_eq!(late((0..200).map(|n| 3_000 + n / 16 * 256), 3_000), well);
        let lost = late((0..1_000).map(|n| 3_000 + n / 64 * 1_024), 3_000);
        assert!((well..=640).contains(&lost), "{lost}");
        // Muted at 0.5 s and unmuted at 2.9 s; it stalled from 0 to 3 s.
        let kept = (0..188).map(|_| 3_000);
        let after = (0..200).map(|n| 3_016 + n * 16);
        let most = 188..188 + 2 * well;
        let lost = late(kept.chain(after), 2_900);
        assert!(most.contains(&lost), "{lost}");
        // Not all at once.
        let kept = (0..188).map(|n| 3_000 + n * 3);
        let lost = late(kept.chain((0..200).map(|n| 3_600 + n * 16)), 2_900);
        assert!(most.contains(&lost), "{lost}");
        // A piece of it was lost on the way and is sent again, 0.2 s later; and as TCP begins
        // anew, with twice as much each time.
        let kept = (0..188).map(|n| if n < 10 { 3_000 } else { 3_200 });
        let lost = late(kept.chain((0..200).map(|n| 3_216 + n * 16)), 2_900);
        assert!(most.contains(&lost), "{lost}");
        for trip in [20, 64, 200] {
            let rounds = (0..6_u64).flat_map(|round| vec![3_000 + round * trip; 3 << round]);
            let end = 3_000 + 6 * trip;
            let lost = late(rounds.chain((0..200).map(|n| end + n * 16)), 2_900);
            assert!((189..189 + 2 * well).contains(&lost), "{trip} {lost}");
        }
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
        assert!((0..60).map(|n| late.is_late(second + FRAME * n, Some(second))).any(|late| !late));
        assert!(late.is_late(second * 3, Some(second * 3)));
    }
}
