//! The journal of operations: each record is on disk when `put` returns, so
//! that a restarted host finds what it has started.
//!
//! Records that ended go after [`KEPT_FOR`], or when there are more than
//! [`KEPT`] in all. One that has not ended is never dropped.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::kv::StoreError;
use jarvis_domain::operation::{Journal, OperationRecord, OperationState};
use jarvis_domain::{Call, Clock, ClusterId, OperationId, RunId, Timestamp, Upid};
use redb::{ReadableTable, ReadableTableMetadata, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::error::Cause;
use crate::store::{Store, Urgency};
use crate::tables::{decode, encode};

/// How long the record of an ended operation is kept.
pub(crate) const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Records kept, the unfinished ones included.
pub(crate) const KEPT: u64 = 10_000;
/// Records looked at for each one that is put: the work of a put is bounded,
/// and still more can go than come.
const SWEEP: usize = 32;

/// By operation id, whose text sorts by time.
const OPERATIONS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("operations");
/// The ids of [`OPERATIONS`] that have not ended.
const UNFINISHED: TableDefinition<'_, &str, ()> = TableDefinition::new("operations-unfinished");

/// An [`OperationRecord`] as it is stored. The record's own JSON has its state
/// flattened into it, where the two moments called `at` collide.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    id: OperationId,
    run: RunId,
    cluster: ClusterId,
    call: Call,
    at: Timestamp,
    upid: Option<Upid>,
    state: OperationState,
}

#[derive(Debug)]
pub(crate) struct JournalStore {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    kept: u64,
}

pub(crate) fn set_up(transaction: &WriteTransaction) -> Result<(), Cause> {
    transaction.open_table(OPERATIONS)?;
    transaction.open_table(UNFINISHED)?;
    Ok(())
}

impl JournalStore {
    pub(crate) fn new(store: Arc<Store>, clock: Arc<dyn Clock>, kept: u64) -> Self {
        Self { store, clock, kept }
    }

    /// The records of what was journaled at `since` or later, oldest first.
    pub(crate) async fn since(&self, since: Timestamp) -> Result<Vec<OperationRecord>, StoreError> {
        self.store
            .read("reading the operations", move |transaction| {
                let mut records = Vec::new();
                for row in transaction.open_table(OPERATIONS)?.iter()? {
                    let record = read(row?.1.value())?;
                    if record.at >= since {
                        records.push(record);
                    }
                }
                records.sort_by_key(|record| (record.at, record.id));
                Ok(records)
            })
            .await
    }
}

impl From<OperationRecord> for Stored {
    fn from(record: OperationRecord) -> Self {
        let OperationRecord { id, run, cluster, call, at, upid, state } = record;
        Self { id, run, cluster, call, at, upid, state }
    }
}

impl From<Stored> for OperationRecord {
    fn from(stored: Stored) -> Self {
        let Stored { id, run, cluster, call, at, upid, state } = stored;
        Self { id, run, cluster, call, at, upid, state }
    }
}

#[async_trait]
impl Journal for JournalStore {
    async fn put(&self, record: &OperationRecord) -> Result<(), StoreError> {
        const DOING: &str = "writing down an operation";
        let text = encode("an operation", &Stored::from(record.clone()))
            .map_err(|cause| cause.while_doing(DOING))?;
        let id = record.id.to_string();
        let ended = matches!(record.state, OperationState::Ended { .. });
        let (kept, now) = (self.kept, self.clock.now());
        self.store
            .change(DOING, Urgency::Now, move |transaction| {
                let mut operations = transaction.open_table(OPERATIONS)?;
                let mut unfinished = transaction.open_table(UNFINISHED)?;
                operations.insert(id.as_str(), text.as_slice())?;
                if ended {
                    unfinished.remove(id.as_str())?;
                } else {
                    unfinished.insert(id.as_str(), ())?;
                }
                drop((operations, unfinished));
                sweep(transaction, kept, now)
            })
            .await
    }

    async fn get(&self, id: OperationId) -> Result<Option<OperationRecord>, StoreError> {
        self.store
            .read("reading an operation", move |transaction| {
                let table = transaction.open_table(OPERATIONS)?;
                let text = table.get(id.to_string().as_str())?;
                text.map(|text| read(text.value())).transpose()
            })
            .await
    }

    async fn unfinished(&self) -> Result<Vec<OperationRecord>, StoreError> {
        self.store
            .read("reading the unfinished operations", |transaction| {
                let operations = transaction.open_table(OPERATIONS)?;
                let mut records = Vec::new();
                for row in transaction.open_table(UNFINISHED)?.iter()? {
                    if let Some(text) = operations.get(row?.0.value())? {
                        records.push(read(text.value())?);
                    }
                }
                records.sort_by_key(|record| (record.at, record.id));
                Ok(records)
            })
            .await
    }

    async fn recent(&self, since: Timestamp) -> Result<Vec<OperationRecord>, StoreError> {
        self.store
            .read("reading the recent operations", move |transaction| {
                let mut recent = Vec::new();
                for row in transaction.open_table(OPERATIONS)?.iter()? {
                    let record = read(row?.1.value())?;
                    recent.extend(ran_at(&record, since).then_some(record));
                }
                Ok(recent)
            })
            .await
    }
}

/// Whether `record` still ran at `since`, as far as the journal knows.
fn ran_at(record: &OperationRecord, since: Timestamp) -> bool {
    !matches!(record.state, OperationState::Ended { at, .. } if at < since)
}

/// Drops the oldest records whose time is over, or that are too many.
fn sweep(transaction: &WriteTransaction, kept: u64, now: Timestamp) -> Result<(), Cause> {
    let mut operations = transaction.open_table(OPERATIONS)?;
    let unfinished = transaction.open_table(UNFINISHED)?;
    let mut surplus = operations.len()?.saturating_sub(kept);
    let mut over = Vec::new();
    let mut looked_at = 0;
    for row in operations.iter()? {
        let (id, text) = row?;
        if unfinished.get(id.value())?.is_some() {
            continue;
        }
        looked_at += 1;
        // A record that cannot be read can only go by number.
        let old = read(text.value()).is_ok_and(|record| is_old(&record, now));
        if looked_at > SWEEP || (surplus == 0 && !old) {
            break;
        }
        surplus = surplus.saturating_sub(1);
        over.push(id.value().to_owned());
    }
    for id in over {
        operations.remove(id.as_str())?;
    }
    Ok(())
}

fn read(text: &[u8]) -> Result<OperationRecord, Cause> {
    decode::<Stored>(text).map(OperationRecord::from)
}

fn is_old(record: &OperationRecord, now: Timestamp) -> bool {
    matches!(record.state, OperationState::Ended { at, .. } if now.since(at) > KEPT_FOR)
}

#[cfg(test)]
mod tests;
