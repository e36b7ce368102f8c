//! Nodes that do not answer, and which therefore rest: while one does, requests
//! to it fail at once, with since when and until when, in place of holding
//! places and people up for a time-out each.
//!
//! A node begins to rest after [`FAILURES`] failures in a row that mean "it
//! does not answer". When the rest is over one request may try; each try that
//! fails makes the next rest twice as long. It ends with the first answer, and
//! when the cluster says that the node is back.
//!
//! Only reads on behalf of others are held back. A write is never refused and
//! never repeated: sent to a node that rests it is the try itself. What follows
//! an operation asks as well, or jarvis would lose the end of what it began.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jarvis_domain::{Clock, NodeName, Timestamp};

use crate::ClusterError;
use crate::api::ApiError;

/// Failures in a row after which a node rests. One may be a slow disk, two a
/// restart of its services.
const FAILURES: u32 = 3;
/// The first rest.
const SHORTEST: Duration = Duration::from_secs(5);
/// The longest.
const LONGEST: Duration = Duration::from_secs(300);
/// Nodes that are remembered; names come from callers and need not exist.
const KNOWN: usize = 128;

/// The nodes that failed of late.
#[derive(Debug)]
pub(crate) struct Circuits {
    clock: Arc<dyn Clock>,
    failing: Mutex<BTreeMap<NodeName, Failing>>,
}

#[derive(Debug, Clone, Copy)]
struct Failing {
    /// When the first of these failures was seen.
    since: Timestamp,
    failures: u32,
    rest: Option<Rest>,
}

#[derive(Debug, Clone, Copy)]
struct Rest {
    length: Duration,
    until: Timestamp,
    /// Somebody is trying whether it answers again.
    tried: bool,
}

/// Leave to ask a node. Dropped when that is over.
#[derive(Debug)]
pub(crate) struct Pass<'a> {
    circuits: &'a Circuits,
    /// The node that this is the try of.
    tries: Option<NodeName>,
}

impl Rest {
    /// Also where the clock was set back meanwhile.
    fn is_over(self, now: Timestamp) -> bool {
        now >= self.until || self.until.since(now) > self.length
    }
}

impl Circuits {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, failing: Mutex::default() }
    }

    /// Leave to ask `node`, unless it rests or is just being tried.
    pub(crate) fn enter(
        &self,
        node: &NodeName,
        what: impl FnOnce() -> String,
    ) -> Result<Pass<'_>, ClusterError> {
        let now = self.clock.now();
        let mut failing = self.failing();
        let Some(known) = failing.get_mut(node) else {
            return Ok(Pass { circuits: self, tries: None });
        };
        match &mut known.rest {
            None => Ok(Pass { circuits: self, tries: None }),
            Some(rest) if rest.is_over(now) && !rest.tried => {
                rest.tried = true;
                Ok(Pass { circuits: self, tries: Some(node.clone()) })
            }
            Some(rest) => Err(ClusterError::NodeResting {
                what: what(),
                node: node.clone(),
                since: known.since,
                until: rest.until.max(now),
            }),
        }
    }

    /// Notes how a request to `node` ended.
    pub(crate) fn note(&self, node: &NodeName, error: Option<&ClusterError>) {
        match error {
            None => return self.close(node),
            // Errors of this side, and of the node that passes requests on, say
            // nothing of the one that they were for.
            Some(error) if !is_silence(error) => return,
            Some(_) => {}
        }
        let now = self.clock.now();
        let mut failing = self.failing();
        if failing.len() >= KNOWN && !failing.contains_key(node) {
            let oldest = failing.iter().min_by_key(|(_, known)| known.since);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                failing.remove(&oldest);
            }
        }
        let fresh = Failing { since: now, failures: 0, rest: None };
        let known = failing.entry(node.clone()).or_insert(fresh);
        known.failures = known.failures.saturating_add(1);
        let length = match &known.rest {
            None if known.failures < FAILURES => return,
            None => SHORTEST,
            // It was on its way before, or follows an operation.
            Some(rest) if !rest.is_over(now) => return,
            Some(rest) => (rest.length * 2).min(LONGEST),
        };
        known.rest = Some(Rest { length, until: now.plus(length), tried: false });
    }

    /// `node` answers, or the cluster says that it does.
    pub(crate) fn close(&self, node: &NodeName) {
        if let Some(known) = self.failing().remove(node)
            && known.rest.is_some()
        {
            tracing::info!(%node, since = %known.since, "the node answers again");
        }
    }

    fn failing(&self) -> MutexGuard<'_, BTreeMap<NodeName, Failing>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass<'_> {
    /// A try that was given up has to be made by another.
    fn drop(&mut self) {
        let Some(node) = &self.tries else { return };
        if let Some(rest) =
            self.circuits.failing().get_mut(node).and_then(|known| known.rest.as_mut())
        {
            rest.tried = false;
        }
    }
}

/// Whether `error` means that the node does not answer, and not that it, or
/// the way to the cluster as a whole, answers with an error.
fn is_silence(error: &ClusterError) -> bool {
    matches!(
        error,
        ClusterError::NodeUnreachable { .. }
            | ClusterError::TimedOut { .. }
            | ClusterError::Api(ApiError::TimedOut { .. } | ApiError::NodeSilent { .. })
    )
}

#[cfg(test)]
mod tests;
