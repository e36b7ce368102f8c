//! What was written down, for those who look into it: the doors. What writes
//! it, save what only a door knows, uses the ports [`AuditLog`](crate::audit::AuditLog) and
//! [`Runs`](crate::run::Runs).

use async_trait::async_trait;

use crate::audit::AuditLine;
use crate::kv::StoreError;
use crate::run::{Exchange, Moment, RunRecord};
use crate::verification::Verification;
use crate::{Caller, ExchangeId, RunId};

/// A part of a list, from its newest end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<K> {
    /// Only what is older than this.
    pub before: Option<K>,
    /// At most this many.
    pub limit: usize,
    /// At most this many bytes of JSON; the first one comes however long.
    pub bytes: usize,
}

/// What was written down.
#[async_trait]
pub trait Records: Send + Sync + std::fmt::Debug {
    /// Runs, newest first.
    async fn runs(&self, part: Part<RunId>) -> Result<Vec<RunRecord>, StoreError>;
    /// One run.
    ///
    /// # Errors
    /// The database cannot be read, here and below.
    async fn run(&self, id: RunId) -> Result<Option<RunRecord>, StoreError>;
    /// The runs whose id begins with `prefix` (hyphens may be left out),
    /// newest first, at most `limit`. A text that no id begins with finds none.
    async fn find_runs(&self, prefix: &str, limit: usize) -> Result<Vec<RunId>, StoreError>;
    /// Adds what was heard and said around `run`, which has ended by then as a
    /// rule; false where there is no such run.
    async fn add_heard(&self, run: RunId, heard: Vec<Moment>) -> Result<bool, StoreError>;
    /// Keeps an exchange that led to no run: `heard` by `caller` at `place`.
    async fn add_exchange(
        &self,
        caller: Caller,
        place: Option<String>,
        heard: Vec<Moment>,
    ) -> Result<ExchangeId, StoreError>;
    /// Exchanges that led to no run, newest first.
    async fn exchanges(&self, part: Part<ExchangeId>) -> Result<Vec<Exchange>, StoreError>;
    /// Those whose id begins with `prefix`, as [`find_runs`](Self::find_runs).
    async fn find_exchanges(&self, prefix: &str, limit: usize)
    -> Result<Vec<Exchange>, StoreError>;
    /// Lines of the audit log, by their numbers, of `run` or of all; oldest
    /// first.
    async fn audit(
        &self,
        run: Option<RunId>,
        part: Part<u64>,
    ) -> Result<Vec<AuditLine>, StoreError>;
    /// Checks the audit log while this host writes it, its end included.
    ///
    /// # Errors
    /// The log cannot be read. A broken log is no error here, see
    /// [`Verification::broken`].
    async fn verify_audit(&self) -> Result<Verification, StoreError>;
}
