//! How many terminals there may be, and which there are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jarvis_domain::{Principal, TerminalId};
use tokio::sync::watch;

use super::error::TerminalError;
use super::session::Session;

/// How many one person may have.
pub(super) const EACH: usize = 4;
/// How many all together may have. Each has two threads and some processes.
pub(super) const ALL: usize = 32;

/// The places for terminals.
#[derive(Debug, Default)]
pub(super) struct Places {
    state: Mutex<State>,
    /// No more are given.
    closed: watch::Sender<bool>,
    /// How many are taken.
    taken: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct State {
    held: BTreeMap<Principal, usize>,
    sessions: BTreeMap<TerminalId, Arc<Session>>,
}

/// A place, given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    who: Principal,
    id: TerminalId,
}

impl Places {
    /// A place for `who`.
    pub(super) fn take(self: &Arc<Self>, who: &Principal) -> Result<Place, TerminalError> {
        let mut state = self.lock();
        if self.is_closed() {
            return Err(TerminalError::Stopping);
        }
        if state.held.get(who).is_some_and(|held| *held >= EACH) {
            return Err(TerminalError::TooManyOwn);
        }
        let all = state.held.values().sum::<usize>();
        if all >= ALL {
            return Err(TerminalError::TooMany);
        }
        *state.held.entry(who.clone()).or_default() += 1;
        self.taken.send_replace(all + 1);
        Ok(Place { places: Arc::clone(self), who: who.clone(), id: TerminalId::new() })
    }

    /// The terminal `id`.
    pub(super) fn find(&self, id: TerminalId) -> Result<Arc<Session>, TerminalError> {
        self.lock().sessions.get(&id).cloned().ok_or(TerminalError::NotFound(id))
    }

    /// How many are taken.
    pub(super) fn taken(&self) -> usize {
        *self.taken.borrow()
    }

    /// Gives no more places; the terminals that are there.
    pub(super) fn close(&self) -> Vec<Arc<Session>> {
        let state = self.lock();
        self.closed.send_replace(true);
        state.sessions.values().cloned().collect()
    }

    /// Whether no more are given.
    pub(super) fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    /// Completes when no more are given.
    pub(super) async fn closed(&self) {
        // The sender is our own.
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Completes when no place is taken.
    pub(super) async fn emptied(&self) {
        // The sender is our own.
        let _ = self.taken.subscribe().wait_for(|taken| *taken == 0).await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The id of the terminal that has it.
    pub(super) fn id(&self) -> TerminalId {
        self.id
    }

    /// From now on its terminal can be found. True where terminals are ended
    /// meanwhile.
    pub(super) fn settle(&self, session: &Arc<Session>) -> bool {
        let mut state = self.places.lock();
        state.sessions.insert(self.id, Arc::clone(session));
        self.places.is_closed()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.places.lock();
        state.sessions.remove(&self.id);
        if let Some(held) = state.held.get_mut(&self.who) {
            *held = held.saturating_sub(1);
        }
        state.held.retain(|_, held| *held > 0);
        self.places.taken.send_replace(state.held.values().sum());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(places: &Arc<Places>, who: &str) -> Option<TerminalError> {
        places.take(&Principal(who.to_owned())).err()
    }

    #[tokio::test]
    async fn places_are_so_many_each_and_so_many_in_all() {
        let places = Arc::new(Places::default());
        let mut held = Vec::new();
        for person in 0..ALL / EACH {
            let who = Principal(format!("user:{person}@pam"));
            held.extend((0..EACH).map(|_| places.take(&who).unwrap()));
            assert!(matches!(places.take(&who), Err(TerminalError::TooManyOwn)));
        }
        assert_eq!(places.taken(), ALL);
        assert!(matches!(code(&places, "user:x@pam"), Some(TerminalError::TooMany)));
        held.pop();
        assert!(code(&places, "user:x@pam").is_none());
        places.close();
        assert!(matches!(code(&places, "user:x@pam"), Some(TerminalError::Stopping)));
        drop(held);
        places.emptied().await;
    }
}
