//! The audit log's head, kept a second time beside the log: without it, a log
//! whose last lines were deleted would look whole.

use jarvis_domain::Digest;
use redb::{ReadTransaction, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::error::Cause;
use crate::store::Store;

const HEAD: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("audit-head");

/// The newest line that is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its sequence number.
    pub seq: u64,
    /// Its digest: what the line after it holds as `previous`.
    pub digest: Digest,
}

pub(crate) fn set_up(transaction: &WriteTransaction) -> Result<(), Cause> {
    transaction.open_table(HEAD)?;
    Ok(())
}

/// Keeps `head`, with the next change that goes to disk.
pub(crate) fn keep(store: &Store, head: Head) {
    store.hint(move |transaction| {
        if let Ok(text) = serde_json::to_vec(&head) {
            transaction.open_table(HEAD)?.insert("head", text.as_slice())?;
        }
        Ok(())
    });
}

/// Remembers that every call up to line `seq` has its outcome.
pub(crate) fn settle(transaction: &WriteTransaction, seq: u64) -> Result<(), Cause> {
    transaction.open_table(HEAD)?.insert("settled", seq.to_be_bytes().as_slice())?;
    Ok(())
}

/// The line up to which every call has its outcome; 0 where that is not known.
pub(crate) fn settled(transaction: &ReadTransaction) -> Result<u64, Cause> {
    let table = transaction.open_table(HEAD)?;
    let kept = redb::ReadableTable::get(&table, "settled")?;
    let kept = kept.and_then(|kept| <[u8; 8]>::try_from(kept.value()).ok());
    Ok(kept.map_or(0, u64::from_be_bytes))
}

/// The head that was kept last.
pub(crate) fn kept(transaction: &ReadTransaction) -> Result<Option<Head>, Cause> {
    let table = transaction.open_table(HEAD)?;
    let text = redb::ReadableTable::get(&table, "head")?;
    text.map(|text| crate::tables::decode(text.value())).transpose()
}
