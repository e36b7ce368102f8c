//! What a change of a key does to the tables. No waiting, no threads.

use jarvis_domain::Timestamp;
use jarvis_domain::kv::{Amount, Write, Written};
use redb::{ReadableTable, ReadableTableMetadata, TableDefinition, WriteTransaction};

use super::{ENTRIES, REMEMBERED, Stored};
use crate::error::Cause;

/// Rows swept for each change: its work is bounded, and still more can go
/// than come.
const SWEEP: usize = 64;
/// Versions of removed keys remembered at most, over all skills.
const MEMORIES: u64 = 100_000;

/// When a key runs out → its skill and the key.
const EXPIRING: TableDefinition<'_, (u64, &str, &str), ()> = TableDefinition::new("kv-expiring");
/// Skill and key → the last version of a key that is gone, and since when.
const GONE: TableDefinition<'_, (&str, &str), (u64, u64)> = TableDefinition::new("kv-gone");
/// [`GONE`], by the moment it went.
const GONE_AT: TableDefinition<'_, (u64, &str, &str), ()> = TableDefinition::new("kv-gone-at");
/// Skill → the highest version of all its forgotten keys.
const FORGOTTEN: TableDefinition<'_, &str, u64> = TableDefinition::new("kv-forgotten");

type Key<'a> = (&'a str, &'a str);

pub(super) fn set_up(transaction: &WriteTransaction) -> Result<(), Cause> {
    transaction.open_table(ENTRIES)?;
    transaction.open_table(EXPIRING)?;
    transaction.open_table(GONE)?;
    transaction.open_table(GONE_AT)?;
    transaction.open_table(FORGOTTEN)?;
    Ok(())
}

/// Whether a value that runs out at `expires` is there at `now`.
pub(super) fn lives(expires: Option<u64>, now: Timestamp) -> bool {
    expires.is_none_or(|expires| now.0 < expires)
}

/// What the live keys of `skill` take. Counted each time rather than kept: a
/// skill has few keys, and a count cannot drift.
pub(super) fn amount(
    entries: &impl ReadableTable<Key<'static>, Stored<'static>>,
    skill: &str,
    now: Timestamp,
) -> Result<Amount, Cause> {
    let mut amount = Amount::default();
    for row in entries.range((skill, "")..)? {
        let (at, entry) = row?;
        let (owner, key) = at.value();
        if owner != skill {
            break;
        }
        let (_, expires, value) = entry.value();
        if lives(expires, now) {
            amount = amount + Amount::of(key, value);
        }
    }
    Ok(amount)
}

/// Writes `key` if it has the version that `write` expects, and there is room.
pub(super) fn set(
    transaction: &WriteTransaction,
    key: Key<'_>,
    write: &Write,
    now: Timestamp,
) -> Result<Written, Cause> {
    let there = look(transaction, key)?;
    let version = match there {
        Some((version, expires)) if lives(expires, now) => version,
        _ => 0,
    };
    if write.expected.is_some_and(|expected| expected != version) {
        return Ok(Written::Conflict(version));
    }
    if let Some(most) = write.at_most
        && !fits(transaction, key, write, most, now)?
    {
        return Ok(Written::Full);
    }
    let next = match there {
        Some((version, _)) => version,
        None => recall(transaction, key)?,
    } + 1;
    forget_expiry(transaction, key, there)?;
    let expires = write.expires.map(|expires| expires.0);
    transaction.open_table(ENTRIES)?.insert(key, (next, expires, write.value.as_slice()))?;
    if let Some(expires) = expires {
        transaction.open_table(EXPIRING)?.insert((expires, key.0, key.1), ())?;
    }
    Ok(Written::Version(next))
}

/// Removes `key`; whether it was there.
pub(super) fn remove(
    transaction: &WriteTransaction,
    key: Key<'_>,
    now: Timestamp,
) -> Result<bool, Cause> {
    let Some((version, expires)) = look(transaction, key)? else { return Ok(false) };
    forget_expiry(transaction, key, Some((version, expires)))?;
    transaction.open_table(ENTRIES)?.remove(key)?;
    transaction.open_table(GONE)?.insert(key, (version, now.0))?;
    transaction.open_table(GONE_AT)?.insert((now.0, key.0, key.1), ())?;
    Ok(lives(expires, now))
}

/// Removes what has run out, and forgets the versions of keys long gone.
pub(super) fn sweep(transaction: &WriteTransaction, now: Timestamp) -> Result<(), Cause> {
    for (_, skill, key) in due(transaction, EXPIRING, |at| at <= now.0)? {
        remove(transaction, (&skill, &key), now)?;
    }
    let many = transaction.open_table(GONE)?.len()? > MEMORIES;
    let old = |at: u64| many || now.since(Timestamp(at)) > REMEMBERED;
    for (at, skill, key) in due(transaction, GONE_AT, old)? {
        transaction.open_table(GONE_AT)?.remove((at, skill.as_str(), key.as_str()))?;
        let gone = transaction
            .open_table(GONE)?
            .remove((skill.as_str(), key.as_str()))?
            .map(|gone| gone.value().0);
        if let Some(version) = gone {
            raise(transaction, &skill, version)?;
        }
    }
    Ok(())
}

fn fits(
    transaction: &WriteTransaction,
    key: Key<'_>,
    write: &Write,
    most: Amount,
    now: Timestamp,
) -> Result<bool, Cause> {
    let entries = transaction.open_table(ENTRIES)?;
    let before = amount(&entries, key.0, now)?;
    let own = entries.get(key)?.map_or_else(Amount::default, |entry| {
        let (_, expires, value) = entry.value();
        if lives(expires, now) { Amount::of(key.1, value) } else { Amount::default() }
    });
    let after = before - own + Amount::of(key.1, &write.value);
    Ok(after.fits(before, most))
}

fn look(transaction: &WriteTransaction, key: Key<'_>) -> Result<Option<(u64, Option<u64>)>, Cause> {
    let table = transaction.open_table(ENTRIES)?;
    let found = table.get(key)?;
    Ok(found.map(|found| (found.value().0, found.value().1)))
}

/// The version that a key which is not there counts on from.
fn recall(transaction: &WriteTransaction, key: Key<'_>) -> Result<u64, Cause> {
    let gone = transaction.open_table(GONE)?.remove(key)?.map(|gone| gone.value());
    if let Some((version, at)) = gone {
        transaction.open_table(GONE_AT)?.remove((at, key.0, key.1))?;
        return Ok(version);
    }
    Ok(transaction.open_table(FORGOTTEN)?.get(key.0)?.map_or(0, |version| version.value()))
}

fn raise(transaction: &WriteTransaction, skill: &str, version: u64) -> Result<(), Cause> {
    let mut table = transaction.open_table(FORGOTTEN)?;
    let highest = table.get(skill)?.map_or(0, |highest| highest.value());
    table.insert(skill, highest.max(version))?;
    Ok(())
}

fn forget_expiry(
    transaction: &WriteTransaction,
    key: Key<'_>,
    entry: Option<(u64, Option<u64>)>,
) -> Result<(), Cause> {
    if let Some((_, Some(expires))) = entry {
        transaction.open_table(EXPIRING)?.remove((expires, key.0, key.1))?;
    }
    Ok(())
}

/// The first rows of `table` whose moment is `over`.
fn due(
    transaction: &WriteTransaction,
    table: TableDefinition<'_, (u64, &'static str, &'static str), ()>,
    over: impl Fn(u64) -> bool,
) -> Result<Vec<(u64, String, String)>, Cause> {
    let mut rows = Vec::new();
    for row in transaction.open_table(table)?.iter()?.take(SWEEP) {
        let row = row?.0;
        let (at, skill, key) = row.value();
        if !over(at) {
            break;
        }
        rows.push((at, skill.to_owned(), key.to_owned()));
    }
    Ok(rows)
}
