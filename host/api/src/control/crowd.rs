//! How many connections one user may hold: the socket's places are for
//! everybody. Root and the user that jarvis runs as are not counted.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Connections that one other user may hold at a time: a quarter of all.
pub(super) const EACH: usize = 16;

/// Who is there.
#[derive(Debug)]
pub(super) struct Crowd {
    /// The user that jarvis runs as.
    host: u32,
    /// Connections by uid.
    held: Mutex<BTreeMap<u32, usize>>,
}

/// One connection's place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    crowd: Arc<Crowd>,
    uid: u32,
}

impl Crowd {
    /// Nobody yet; `host` is the user that jarvis runs as.
    pub(super) fn new(host: u32) -> Arc<Self> {
        Arc::new(Self { host, held: Mutex::default() })
    }

    /// A place for one more connection of `uid`; none when it holds
    /// [`EACH`] already.
    pub(super) fn enter(self: &Arc<Self>, uid: u32) -> Option<Place> {
        let mut all = self.held();
        let held = all.entry(uid).or_default();
        if *held >= EACH && uid != 0 && uid != self.host {
            return None;
        }
        *held += 1;
        Some(Place { crowd: Arc::clone(self), uid })
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<u32, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Entry::Occupied(mut held) = self.crowd.held().entry(self.uid) {
            *held.get_mut() = held.get().saturating_sub(1);
            if *held.get() == 0 {
                held.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: u32 = 990;

    #[test]
    fn one_user_cannot_take_every_place() {
        let crowd = Crowd::new(HOST);
        let mut places: Vec<Place> = (0..EACH).filter_map(|_| crowd.enter(1000)).collect();
        assert_eq!(places.len(), EACH);
        assert!(crowd.enter(1000).is_none());
        assert!(crowd.enter(1001).is_some(), "another user is not in its way");
        places.pop();
        assert!(crowd.enter(1000).is_some());
    }

    #[test]
    fn root_and_the_host_itself_are_not_counted_out() {
        let crowd = Crowd::new(HOST);
        for uid in [0, HOST] {
            let places: Vec<Place> = (0..4 * EACH).filter_map(|_| crowd.enter(uid)).collect();
            assert_eq!(places.len(), 4 * EACH, "uid {uid}");
        }
        assert!(crowd.held().is_empty(), "nobody who left is remembered");
    }
}
