//! Which tables there are, and the format they have.

use redb::{ReadableTable, TableDefinition, WriteTransaction};

use crate::error::Cause;
use crate::{decisions, events, exchanges, head, journal, key_value, registry, runs, schedule};

/// The format of this version. A later one may add tables without changing
/// it; it grows when an older program would misread what is there.
pub(crate) const FORMAT: u64 = 1;

/// The largest record of a run or an operation, bytes of JSON. The rooms that
/// make them have smaller limits; this one guards the store, and the doors,
/// which send a record as a whole.
pub(crate) const MAX_RECORD: usize = 8 * 1024 * 1024;

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// Makes the tables that are missing. A database that a later version wrote is
/// left as it is.
pub(crate) fn set_up(transaction: &WriteTransaction) -> Result<(), Cause> {
    let mut meta = transaction.open_table(META)?;
    let found = meta.get("format")?.map(|format| format.value());
    if found.is_some_and(|found| found > FORMAT) {
        return Ok(());
    }
    meta.insert("format", FORMAT)?;
    decisions::set_up(transaction)?;
    head::set_up(transaction)?;
    runs::set_up(transaction)?;
    exchanges::set_up(transaction)?;
    journal::set_up(transaction)?;
    key_value::set_up(transaction)?;
    registry::set_up(transaction)?;
    schedule::set_up(transaction)?;
    events::set_up(transaction)
}

/// The format of the database.
pub(crate) fn format(transaction: &redb::ReadTransaction) -> Result<u64, Cause> {
    Ok(transaction.open_table(META)?.get("format")?.map_or(FORMAT, |format| format.value()))
}

/// A record as it is stored: JSON, at most [`MAX_RECORD`] bytes.
pub(crate) fn encode(what: &'static str, record: &impl serde::Serialize) -> Result<Vec<u8>, Cause> {
    let text = serde_json::to_vec(record).map_err(|error| Cause::Record(error.into()))?;
    if text.len() > MAX_RECORD {
        return Err(Cause::Large { what, length: text.len(), most: MAX_RECORD });
    }
    Ok(text)
}

/// A stored record.
pub(crate) fn decode<T: serde::de::DeserializeOwned>(text: &[u8]) -> Result<T, Cause> {
    serde_json::from_slice(text).map_err(|error| Cause::Record(error.into()))
}
