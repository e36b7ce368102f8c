//! Audit and run records that go nowhere: host I/O is not measured.

use async_trait::async_trait;
use jarvis_domain::RunId;
use jarvis_domain::audit::{AuditEntry, AuditLine, AuditLog};
use jarvis_domain::kv::StoreError;
use jarvis_domain::run::{RunRecord, Runs};

/// Takes everything and keeps nothing.
#[derive(Debug)]
pub(crate) struct Nothing;

#[async_trait]
impl AuditLog for Nothing {
    async fn record(&self, _: AuditEntry) -> Result<u64, StoreError> {
        Ok(1)
    }

    async fn recent(&self, _: Option<RunId>, _: usize) -> Result<Vec<AuditLine>, StoreError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Runs for Nothing {
    async fn put(&self, _: &RunRecord) -> Result<(), StoreError> {
        Ok(())
    }

    async fn get(&self, _: RunId) -> Result<Option<RunRecord>, StoreError> {
        Ok(None)
    }

    async fn recent(&self, _: usize) -> Result<Vec<RunRecord>, StoreError> {
        Ok(Vec::new())
    }
}
