//! Run records, the newest [`KEPT`] of them.
//!
//! A record is in the database when `put` returns, and on disk as soon as
//! nothing else waits: what a power cut can take are the last moments. What a
//! run did to the cluster is in the audit log and the journal, which are
//! stricter. Words and arguments are kept as far as a person reads them, and
//! cut beyond that.

use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use jarvis_domain::kv::StoreError;
use jarvis_domain::records::Part;
use jarvis_domain::run::{MOMENTS, Moment, RunEnd, RunRecord, Runs};
use jarvis_domain::{Fault, RunId};
use redb::{ReadableTable, ReadableTableMetadata, TableDefinition, WriteTransaction};

use crate::error::{Cause, RUN_CUT_OFF};
use crate::store::{Store, Urgency};
use crate::tables::{decode, encode};

mod shorten;

/// Records kept; beyond that, the oldest go.
pub(crate) const KEPT: u64 = 10_000;

/// By run id, whose text sorts by time.
const RUNS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("runs");
/// The ids of [`RUNS`] that have not ended.
const UNFINISHED: TableDefinition<'_, &str, ()> = TableDefinition::new("runs-unfinished");
/// What was heard around those of [`RUNS`] that were spoken. Apart from them,
/// since whoever runs something writes its record anew and knows nothing of it.
const HEARD: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("runs-heard");

#[derive(Debug)]
pub(crate) struct RunStore {
    store: Arc<Store>,
    kept: u64,
}

pub(crate) fn set_up(transaction: &WriteTransaction) -> Result<(), Cause> {
    transaction.open_table(RUNS)?;
    transaction.open_table(UNFINISHED)?;
    transaction.open_table(HEARD)?;
    Ok(())
}

impl RunStore {
    pub(crate) fn new(store: Arc<Store>, kept: u64) -> Self {
        Self { store, kept }
    }

    /// Ends every record that has no end: whoever wrote it is gone. How many
    /// there were.
    pub(crate) async fn end_all(&self) -> Result<usize, StoreError> {
        self.store
            .change("ending the runs of an earlier host", Urgency::Soon, |transaction| {
                let mut table = transaction.open_table(RUNS)?;
                let mut unfinished = transaction.open_table(UNFINISHED)?;
                let mut ended = 0;
                while let Some(id) = unfinished.pop_first()?.map(|(id, _)| id.value().to_owned()) {
                    let text = table.get(id.as_str())?.map(|text| text.value().to_vec());
                    // A record that cannot be read stays as it is.
                    let Some(mut record) = text.and_then(|text| decode::<RunRecord>(&text).ok())
                    else {
                        continue;
                    };
                    record.end = Some(RunEnd::Failed(cut_off(record.id)));
                    table.insert(id.as_str(), encode("a run record", &record)?.as_slice())?;
                    ended += 1;
                }
                Ok(ended)
            })
            .await
    }

    /// Records, newest first.
    pub(crate) async fn part(&self, part: Part<RunId>) -> Result<Vec<RunRecord>, StoreError> {
        self.store
            .read("reading the runs", move |transaction| {
                let table = transaction.open_table(RUNS)?;
                let heard = transaction.open_table(HEARD)?;
                let before = part.before.map(|id| id.to_string());
                let end = before.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
                let mut records = Vec::new();
                let mut size: usize = 0;
                for row in table.range::<&str>((Bound::Unbounded, end))?.rev().take(part.limit) {
                    let (id, text) = row?;
                    let around = heard.get(id.value())?;
                    let around = around.as_ref().map(|around| around.value());
                    let length = text.value().len() + around.map_or(0, <[u8]>::len);
                    size = size.saturating_add(length);
                    if size > part.bytes && !records.is_empty() {
                        break;
                    }
                    records.push(whole(text.value(), around)?);
                }
                Ok(records)
            })
            .await
    }

    /// See [`Records::add_heard`](jarvis_domain::records::Records::add_heard).
    pub(crate) async fn add_heard(
        &self,
        run: RunId,
        moments: Vec<Moment>,
    ) -> Result<bool, StoreError> {
        let id = run.to_string();
        self.store
            .change("writing down what was heard", Urgency::Soon, move |transaction| {
                if transaction.open_table(RUNS)?.get(id.as_str())?.is_none() {
                    return Ok(false);
                }
                let mut table = transaction.open_table(HEARD)?;
                let before = table.get(id.as_str())?.map(|text| text.value().to_vec());
                let before = before.map(|text| decode::<Vec<Moment>>(&text)).transpose()?;
                let mut all = before.unwrap_or_default();
                all.extend(moments);
                all.truncate(MOMENTS);
                table.insert(id.as_str(), encode("what was heard", &all)?.as_slice())?;
                Ok(true)
            })
            .await
    }

    /// The ids that begin with `prefix`, newest first, at most `limit`.
    pub(crate) async fn find(&self, prefix: &str, limit: usize) -> Result<Vec<RunId>, StoreError> {
        let Some(prefix) = canonical(prefix) else { return Ok(Vec::new()) };
        self.store
            .read("looking for a run", move |transaction| {
                let table = transaction.open_table(RUNS)?;
                let mut found = Vec::new();
                // '~' sorts after every digit and letter of an id.
                let after = format!("{prefix}~");
                for row in table.range(prefix.as_str()..after.as_str())?.rev().take(limit) {
                    found.extend(row?.0.value().parse::<RunId>().ok());
                }
                Ok(found)
            })
            .await
    }
}

#[async_trait]
impl Runs for RunStore {
    async fn put(&self, record: &RunRecord) -> Result<(), StoreError> {
        const DOING: &str = "writing down a run";
        let text = encode("a run record", &*shorten::shortened(record))
            .map_err(|cause| cause.while_doing(DOING))?;
        let id = record.id.to_string();
        let (kept, ended) = (self.kept, record.end.is_some());
        self.store
            .change(DOING, Urgency::Soon, move |transaction| {
                let mut table = transaction.open_table(RUNS)?;
                let mut unfinished = transaction.open_table(UNFINISHED)?;
                let mut heard = transaction.open_table(HEARD)?;
                table.insert(id.as_str(), text.as_slice())?;
                if ended {
                    unfinished.remove(id.as_str())?;
                } else {
                    unfinished.insert(id.as_str(), ())?;
                }
                while table.len()? > kept {
                    if let Some((oldest, _)) = table.pop_first()? {
                        unfinished.remove(oldest.value())?;
                        heard.remove(oldest.value())?;
                    }
                }
                Ok(())
            })
            .await
    }

    async fn get(&self, id: RunId) -> Result<Option<RunRecord>, StoreError> {
        self.store
            .read("reading a run", move |transaction| {
                let (id, table) = (id.to_string(), transaction.open_table(RUNS)?);
                let Some(text) = table.get(id.as_str())? else { return Ok(None) };
                let heard = transaction.open_table(HEARD)?.get(id.as_str())?;
                whole(text.value(), heard.as_ref().map(|heard| heard.value())).map(Some)
            })
            .await
    }

    async fn recent(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        self.part(Part { before: None, limit, bytes: usize::MAX }).await
    }
}

/// A record, with what was heard around it.
fn whole(text: &[u8], heard: Option<&[u8]>) -> Result<RunRecord, Cause> {
    let record: RunRecord = decode(text)?;
    let heard = heard.map(decode).transpose()?.unwrap_or_default();
    Ok(RunRecord { heard, ..record })
}

/// How a run ended whose host did not live to see it.
fn cut_off(run: RunId) -> Fault {
    let mut fault = Fault::new(&RUN_CUT_OFF, "the host ended while this run went on");
    fault.hint =
        format!("jarvis audit show --run {run} tells what it had begun and what came of it.");
    fault
}

/// `prefix` as ids are written: lower case, hyphens where a UUID has them
/// (RFC 9562, 4), typed or not. `None` for what no id begins with.
pub(crate) fn canonical(prefix: &str) -> Option<String> {
    let mut text = String::with_capacity(36);
    for (place, digit) in prefix.trim().chars().filter(|c| *c != '-').enumerate() {
        if !digit.is_ascii_hexdigit() || place >= 32 {
            return None;
        }
        if matches!(place, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit.to_ascii_lowercase());
    }
    Some(text)
}

#[cfg(test)]
mod tests;
