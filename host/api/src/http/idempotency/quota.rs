//! How many answers are kept for one person or key.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jarvis_domain::Timestamp;

/// Kept for one of them at a time.
pub(super) const EACH: usize = 2000;

/// When the kept answers of each were begun, oldest first. Counted from the
/// start of the host on: what an earlier one kept runs out by itself.
#[derive(Debug, Default)]
pub(crate) struct Quota(Mutex<HashMap<String, VecDeque<Timestamp>>>);

impl Quota {
    /// Takes a place for one more answer of `who`, for as long as it is
    /// `kept`; false where they have as many as they may.
    pub(super) fn take(&self, who: &str, now: Timestamp, kept: Duration) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, begun| {
            while begun.front().is_some_and(|first| now.since(*first) >= kept) {
                begun.pop_front();
            }
            !begun.is_empty()
        });
        let theirs = all.entry(who.to_owned()).or_default();
        let free = theirs.len() < EACH;
        if free {
            theirs.push_back(now);
        }
        free
    }

    /// Gives a place back: nothing is kept.
    pub(super) fn give_back(&self, who: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(theirs) = all.get_mut(who) {
            theirs.pop_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[test]
    fn each_has_places_of_their_own_and_gets_them_back() {
        let (quota, now) = (Quota::default(), Timestamp(1_000_000));
        for _ in 0..EACH {
            assert!(quota.take("alice", now, DAY));
        }
        assert!(!quota.take("alice", now, DAY));
        assert!(quota.take("bob", now, DAY));
        quota.give_back("alice");
        assert!(quota.take("alice", now, DAY) && !quota.take("alice", now, DAY));
        assert!(quota.take("alice", now.plus(DAY), DAY));
    }
}
