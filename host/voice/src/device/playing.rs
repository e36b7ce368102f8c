//! What a loudspeaker is to play, and how far it is.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jarvis_domain::Clock;
use tokio::sync::Notify;

use super::thread::Orders;
use crate::frame::lasting;

/// A stream that has played nothing for so long ends: others may want the card,
/// and to play silence costs as much as to play.
const RESTS: Duration = Duration::from_secs(10);

/// Between whoever speaks and the thread of a device.
#[derive(Debug)]
pub(super) struct Playing {
    clock: Arc<dyn Clock>,
    orders: Arc<Orders>,
    state: Mutex<State>,
    moved: Notify,
}

#[derive(Debug, Default)]
struct State {
    samples: VecDeque<f32>,
    /// When the last of what was taken is heard, by the clock.
    ends: Duration,
    /// When the device asked last.
    asked: Duration,
    failed: Option<String>,
    /// It has ended for want of something to play.
    rests: bool,
}

/// How far a loudspeaker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    /// Samples that it has not taken.
    pub(super) waiting: usize,
    /// When the last of what it has taken is heard.
    pub(super) ends: Duration,
    /// When it asked last.
    pub(super) asked: Duration,
    /// Why it takes no more.
    pub(super) failed: Option<String>,
}

impl Playing {
    /// For a stream that ends by `orders`.
    pub(super) fn new(clock: Arc<dyn Clock>, orders: Arc<Orders>) -> Self {
        let now = clock.running();
        let state = State { asked: now, ends: now, ..State::default() };
        Self { clock, orders, state: Mutex::new(state), moved: Notify::new() }
    }

    /// The stream runs, however long it took to open.
    pub(super) fn runs(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).asked = self.clock.running();
    }

    /// Adds to what is to be played.
    pub(super) fn push(&self, samples: &[f32]) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).samples.extend(samples);
    }

    /// Whether it has ended, since there was nothing to play. Where it has not, it
    /// does not for a while.
    pub(super) fn rests(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ends = state.ends.max(self.clock.running());
        state.rests
    }

    /// The device takes up to `most` samples at `rate`, the first of which is
    /// heard `latency` from now.
    pub(super) fn take(
        &self,
        most: usize,
        rate: u32,
        latency: Duration,
        mut each: impl FnMut(usize, f32),
    ) {
        let now = self.clock.running();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = most.min(state.samples.len());
        for (at, sample) in state.samples.drain(..taken).enumerate() {
            each(at, sample);
        }
        state.asked = now;
        if taken > 0 {
            state.ends = now.saturating_add(latency).saturating_add(lasting(taken, rate));
        } else if now > state.ends.saturating_add(RESTS) && !state.rests {
            state.rests = true;
            self.orders.end();
        }
        drop(state);
        self.moved.notify_one();
    }

    /// Forgets what was not taken yet.
    pub(super) fn clear(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).samples.clear();
    }

    /// It takes no more.
    pub(super) fn fail(&self, why: String) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).failed.get_or_insert(why);
        self.moved.notify_one();
    }

    /// How far it is.
    pub(super) fn standing(&self) -> Standing {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Standing {
            waiting: state.samples.len(),
            ends: state.ends,
            asked: state.asked,
            failed: state.failed.clone(),
        }
    }

    /// Completes when that may have changed.
    pub(super) async fn moved(&self) {
        self.moved.notified().await;
    }
}
