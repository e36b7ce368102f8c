//! All engines that run in children of this process, for whoever looks at them. They
//! are the process's own as its children are, so that nobody has to hand a list around.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use jarvis_domain::figures::{EngineFigures, EngineState};
use tokio::sync::watch;

use super::keeper::State;
use super::supervisor::memory_of;

/// Those that are there. One of which nobody knows any more is forgotten with the next.
static ROSTER: Mutex<Vec<Weak<Entry>>> = Mutex::new(Vec::new());

/// One engine, as others may see it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) state: watch::Receiver<State>,
    /// See [`EngineFigures::restarts`].
    pub(super) restarts: Arc<AtomicU64>,
}

impl Entry {
    /// Enters it; it is seen for as long as what comes back is held.
    pub(super) fn enter(self) -> Arc<Self> {
        let entry = Arc::new(self);
        let mut roster = ROSTER.lock().unwrap_or_else(PoisonError::into_inner);
        roster.retain(|entry| entry.strong_count() > 0);
        roster.push(Arc::downgrade(&entry));
        entry
    }

    fn figures(&self) -> EngineFigures {
        let now = self.state.borrow().clone();
        let (state, since, memory, why) = match now {
            State::Starting => (EngineState::Starting, None, None, None),
            State::Up { pid, since } => (EngineState::Running, Some(since), memory_of(pid), None),
            State::Down(why) => (EngineState::Down, None, None, Some(why.sentence)),
        };
        let restarts = self.restarts.load(Ordering::Relaxed);
        EngineFigures { name: self.name.clone(), state, since, restarts, memory, why }
    }
}

/// The engines that run in children of this process, by name, the oldest first.
#[must_use]
pub fn engines() -> Vec<EngineFigures> {
    let entries: Vec<Arc<Entry>> = {
        let roster = ROSTER.lock().unwrap_or_else(PoisonError::into_inner);
        roster.iter().filter_map(Weak::upgrade).collect()
    };
    let mut all: Vec<EngineFigures> = entries.iter().map(|entry| entry.figures()).collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}
