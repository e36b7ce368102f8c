//! An answer that is waited for, and what it says of an endpoint when none
//! comes: a host may take connections, TLS and all, and never answer.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jarvis_domain::Timestamp;

use super::Wire;
use crate::api::settings::Endpoint;

/// Whoever is given up earlier than this has shown nothing: the asker may have
/// lost interest.
const PATIENCE: Duration = Duration::from_secs(2);

/// Held while an endpoint has to answer by itself. Dropped before
/// [`Waiting::over`], because the time for it is up, it makes another endpoint
/// the first.
#[derive(Debug)]
pub(super) struct Waiting<'a> {
    wire: &'a Wire,
    endpoint: Endpoint,
    since: Timestamp,
    over: bool,
}

impl<'a> Waiting<'a> {
    pub(super) fn of(wire: &'a Wire, endpoint: &Endpoint) -> Self {
        Self { wire, endpoint: endpoint.clone(), since: wire.clock.now(), over: false }
    }

    /// It has answered, or it has `broken` off where it should have: another
    /// endpoint is worth a try.
    pub(super) fn over(mut self, broken: bool) {
        self.over = true;
        if broken {
            self.wire.shun(&self.endpoint);
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.over && self.wire.clock.now().since(self.since) >= PATIENCE {
            self.wire.shun(&self.endpoint);
        }
    }
}

impl Wire {
    /// Asks another endpoint first from now on, if there is one, and closes
    /// what is open to this one.
    fn shun(&self, endpoint: &Endpoint) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|line| line.endpoint != *endpoint);
        let Some(index) = self.endpoints.iter().position(|known| known == endpoint) else { return };
        if self.move_on(index) {
            tracing::info!(%endpoint, "it does not answer; another host is asked first");
        }
    }

    /// Begins at the endpoint after `index` from now on, if it began there;
    /// whether that is another one. Only once, however many wait for it.
    pub(super) fn move_on(&self, index: usize) -> bool {
        let next = (index + 1) % self.endpoints.len();
        let moved = self.first.compare_exchange(index, next, Ordering::Relaxed, Ordering::Relaxed);
        moved.is_ok() && next != index
    }
}
