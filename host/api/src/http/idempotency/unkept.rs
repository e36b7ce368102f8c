//! The keys whose answers the store did not take. Their claims stand there still,
//! as if the request went on.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jarvis_domain::Timestamp;

use super::KEPT;

/// See the module. By their records' ids, and since when; no more than there are
/// claims.
#[derive(Debug, Default)]
pub(super) struct Unkept(Mutex<HashMap<String, Timestamp>>);

impl Unkept {
    pub(super) fn add(&self, id: &str, now: Timestamp) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The claims of those have run out.
        all.retain(|_, since| now.since(*since) < KEPT);
        all.insert(id.to_owned(), now);
    }

    pub(super) fn has(&self, id: &str, now: Timestamp) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(id).is_some_and(|since| now.since(*since) < KEPT)
    }
}
