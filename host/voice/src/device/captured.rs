//! What a microphone has heard and nobody has taken yet.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

/// The most samples that wait, ten seconds at 48 kHz: nobody can use older ones.
pub(super) const MOST: usize = 480_000;

/// Between the thread of a device and whoever listens.
#[derive(Debug, Default)]
pub(super) struct Captured {
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct State {
    samples: VecDeque<f32>,
    dropped: u64,
    failed: Option<String>,
}

impl Captured {
    /// More was heard. Where nobody takes it, the oldest is dropped.
    pub(super) fn push(&self, samples: &[f32]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.samples.extend(samples);
        let over = state.samples.len().saturating_sub(MOST);
        state.samples.drain(..over);
        state.dropped = state.dropped.saturating_add(over as u64);
        drop(state);
        self.arrived.notify_one();
    }

    /// Nothing more will come.
    pub(super) fn fail(&self, why: String) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).failed.get_or_insert(why);
        self.arrived.notify_one();
    }

    /// Waits for samples, and hands over all of them; the reason where no more
    /// will come. To drop the future loses none.
    pub(super) async fn take(&self) -> Result<Vec<f32>, String> {
        loop {
            if let Some(taken) = self.now() {
                return taken;
            }
            self.arrived.notified().await;
        }
    }

    /// Throws away what waits.
    pub(super) fn forget(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).samples = VecDeque::new();
    }

    /// How many samples wait.
    pub(super) fn waiting(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).samples.len()
    }

    /// Whether nothing more will come than what waits.
    pub(super) fn has_failed(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).failed.is_some()
    }

    /// How many samples were dropped, in all.
    pub(super) fn dropped(&self) -> u64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).dropped
    }

    fn now(&self) -> Option<Result<Vec<f32>, String>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.samples.is_empty() {
            return state.failed.clone().map(Err);
        }
        // What a burst has needed is given back with it.
        Some(Ok(std::mem::take(&mut state.samples).into()))
    }
}
