//! A map that never holds more than so many: the oldest make room.

use std::collections::{BTreeSet, HashMap};

use jarvis_domain::Timestamp;

use super::{Count, Key};

/// So many counts of a kind; some 2 MB of memory.
pub(super) const MOST: usize = 10_000;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Table {
    counts: HashMap<Key, Count>,
    by_age: BTreeSet<(Timestamp, Key)>,
}

impl Table {
    pub(super) fn get(&self, key: &Key) -> Option<Count> {
        self.counts.get(key).copied()
    }

    /// Puts a count in; whoever had to make room for it.
    pub(super) fn put(&mut self, key: Key, count: Count) -> Option<Key> {
        self.remove(&key);
        self.by_age.insert((count.touched(), key.clone()));
        self.counts.insert(key, count);
        if self.counts.len() <= MOST {
            return None;
        }
        let (_, oldest) = self.by_age.pop_first()?;
        self.counts.remove(&oldest);
        Some(oldest)
    }

    /// Changes a count that is there, and keeps its age.
    pub(super) fn change(&mut self, key: &Key, change: impl FnOnce(&mut Count)) {
        if let Some(count) = self.counts.get_mut(key) {
            change(count);
        }
    }

    pub(super) fn remove(&mut self, key: &Key) {
        if let Some(count) = self.counts.remove(key) {
            self.by_age.remove(&(count.touched(), key.clone()));
        }
    }

    /// Removes every count that `is_over`, and says which.
    pub(super) fn prune(&mut self, is_over: impl Fn(&Count) -> bool) -> Vec<Key> {
        let over = self.counts.iter().filter(|(_, count)| is_over(count));
        let over: Vec<Key> = over.map(|(key, _)| key.clone()).collect();
        for key in &over {
            self.remove(key);
        }
        over
    }
}
