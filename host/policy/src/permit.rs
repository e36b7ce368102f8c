//! Leave to carry out one call. Only `decide` makes one, and whoever carries
//! it out takes the call from here, so that what was decided on is what runs.

use jarvis_domain::{Call, ClusterId, Risk, RunId};

/// Leave to carry out one call, once.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit {
    call: Call,
    cluster: ClusterId,
    run: RunId,
    risk: Risk,
}

impl Permit {
    /// For `decide` alone.
    pub(crate) fn new(call: Call, cluster: ClusterId, run: RunId, risk: Risk) -> Self {
        Self { call, cluster, run, risk }
    }

    /// What may be carried out.
    #[must_use]
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// On which cluster.
    #[must_use]
    pub fn cluster(&self) -> &ClusterId {
        &self.cluster
    }

    /// For which run.
    #[must_use]
    pub fn run(&self) -> RunId {
        self.run
    }

    /// How it was rated.
    #[must_use]
    pub fn risk(&self) -> Risk {
        self.risk
    }
}
