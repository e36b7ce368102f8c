//! The skills' small stores.
//!
//! A version is never given twice to a key, also not when the key was deleted
//! or ran out in between: otherwise a compare-and-set that was prepared for
//! the old value would overwrite the new one. To that end a key that goes
//! leaves its last version behind for [`REMEMBERED`]; after that, one number
//! for each skill stands for all of them, and new keys begin above it. So the
//! first version of a key is 1, save in a skill that has removed keys long ago.
//!
//! How much a skill may keep is the skill host's to say with each write; it is
//! checked here, in the transaction of the write itself, so that two that race
//! cannot both take the last room. What has run out counts for nothing, swept
//! away or not. The limits of this module only guard the store.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::kv::{Amount, Entry, KeyValue, StoreError, Write, Written};
use jarvis_domain::{Clock, SkillId};
use redb::{TableDefinition, WriteTransaction};

use crate::error::Cause;
use crate::store::{Store, Urgency};

mod table;

/// The longest key, bytes.
pub(crate) const MAX_KEY: usize = 4 * 1024;
/// The longest value, bytes.
pub(crate) const MAX_VALUE: usize = 16 * 1024 * 1024;
/// How long the version of a removed key is remembered by itself.
pub(crate) const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Version, the moment it runs out, value.
type Stored<'a> = (u64, Option<u64>, &'a [u8]);

/// By skill and key.
const ENTRIES: TableDefinition<'_, (&str, &str), Stored<'_>> = TableDefinition::new("kv");

#[derive(Debug)]
pub(crate) struct KeyValueStore {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
}

pub(crate) fn set_up(transaction: &WriteTransaction) -> Result<(), Cause> {
    table::set_up(transaction)
}

impl KeyValueStore {
    pub(crate) fn new(store: Arc<Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }
}

#[async_trait]
impl KeyValue for KeyValueStore {
    async fn get(&self, skill: &SkillId, key: &str) -> Result<Option<Entry>, StoreError> {
        let (skill, key, now) = (skill.clone(), key.to_owned(), self.clock.now());
        self.store
            .read("reading a skill's data", move |transaction| {
                let table = transaction.open_table(ENTRIES)?;
                let found = table.get((skill.as_str(), key.as_str()))?;
                Ok(found.and_then(|found| {
                    let (version, expires, value) = found.value();
                    table::lives(expires, now).then(|| Entry { value: value.to_vec(), version })
                }))
            })
            .await
    }

    async fn set(&self, skill: &SkillId, key: &str, write: Write) -> Result<Written, StoreError> {
        const DOING: &str = "writing a skill's data";
        check("a key", key.len(), MAX_KEY).map_err(|cause| cause.while_doing(DOING))?;
        check("a value", write.value.len(), MAX_VALUE).map_err(|cause| cause.while_doing(DOING))?;
        let (skill, key, now) = (skill.clone(), key.to_owned(), self.clock.now());
        self.store
            .change(DOING, Urgency::Now, move |transaction| {
                table::sweep(transaction, now)?;
                table::set(transaction, (skill.as_str(), &key), &write, now)
            })
            .await
    }

    async fn delete(&self, skill: &SkillId, key: &str) -> Result<bool, StoreError> {
        let (skill, key, now) = (skill.clone(), key.to_owned(), self.clock.now());
        self.store
            .change("removing a skill's data", Urgency::Now, move |transaction| {
                table::sweep(transaction, now)?;
                table::remove(transaction, (skill.as_str(), &key), now)
            })
            .await
    }

    async fn scan(
        &self,
        skill: &SkillId,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let (skill, prefix, now) = (skill.clone(), prefix.to_owned(), self.clock.now());
        let after = after.map(str::to_owned);
        self.store
            .read("listing a skill's data", move |transaction| {
                let table = transaction.open_table(ENTRIES)?;
                let skill = skill.as_str();
                let from = after.as_deref().map_or(prefix.as_str(), |after| after.max(&prefix));
                let mut keys = Vec::new();
                for row in table.range((skill, from)..)? {
                    let (at, entry) = row?;
                    let (owner, key) = at.value();
                    if keys.len() >= limit || owner != skill || !key.starts_with(&prefix) {
                        break;
                    }
                    let passed = after.as_deref().is_some_and(|after| key <= after);
                    if !passed && table::lives(entry.value().1, now) {
                        keys.push(key.to_owned());
                    }
                }
                Ok(keys)
            })
            .await
    }

    async fn amount(&self, skill: &SkillId) -> Result<Amount, StoreError> {
        let (skill, now) = (skill.clone(), self.clock.now());
        self.store
            .read("measuring a skill's data", move |transaction| {
                table::amount(&transaction.open_table(ENTRIES)?, skill.as_str(), now)
            })
            .await
    }
}

fn check(what: &'static str, length: usize, most: usize) -> Result<(), Cause> {
    if length > most { Err(Cause::Large { what, length, most }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
