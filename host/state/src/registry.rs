//! What rooms of the host remember over restarts: one table, by kind and id.
//! A record that has run out is not handed out, and goes with a later change.

use std::sync::Arc;

use async_trait::async_trait;
use jarvis_domain::kv::StoreError;
use jarvis_domain::registry::{Kind, Record, Registry};
use jarvis_domain::{Clock, Timestamp};
use redb::{ReadableTable, TableDefinition, WriteTransaction};

use crate::error::Cause;
use crate::store::{Store, Urgency};
use crate::tables::MAX_RECORD;

/// When it runs out (none: never), and its value.
type Kept<'a> = (Option<u64>, &'a [u8]);

/// By kind and id.
const RECORDS: TableDefinition<'_, (&str, &str), Kept<'_>> = TableDefinition::new("registry");
/// When it runs out → kind and id.
const EXPIRING: TableDefinition<'_, (u64, &str, &str), ()> =
    TableDefinition::new("registry-expiring");

/// Records swept for each change: its work is bounded, and more go than come.
const SWEEP: usize = 64;

#[derive(Debug)]
pub(crate) struct RegistryStore {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
}

pub(crate) fn set_up(transaction: &WriteTransaction) -> Result<(), Cause> {
    transaction.open_table(RECORDS)?;
    transaction.open_table(EXPIRING)?;
    Ok(())
}

impl RegistryStore {
    pub(crate) fn new(store: Arc<Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }
}

#[async_trait]
impl Registry for RegistryStore {
    async fn all(&self, kind: Kind) -> Result<Vec<Record>, StoreError> {
        let now = self.clock.now();
        self.store
            .read("reading what the host remembers", move |transaction| {
                let table = transaction.open_table(RECORDS)?;
                let mut found = Vec::new();
                for row in table.range((kind.as_str(), "")..)? {
                    let (at, value) = row?;
                    let (its, id) = at.value();
                    if its != kind.as_str() {
                        break;
                    }
                    found.extend(record(id, value.value(), now));
                }
                Ok(found)
            })
            .await
    }

    async fn get(&self, kind: Kind, id: &str) -> Result<Option<Record>, StoreError> {
        let (now, id) = (self.clock.now(), id.to_owned());
        self.store
            .read("reading what the host remembers", move |transaction| {
                let table = transaction.open_table(RECORDS)?;
                let found = table.get((kind.as_str(), id.as_str()))?;
                Ok(found.and_then(|value| record(&id, value.value(), now)))
            })
            .await
    }

    async fn put(&self, kind: Kind, record: Record) -> Result<(), StoreError> {
        const DOING: &str = "writing down what the host remembers";
        check(&record).map_err(|cause| cause.while_doing(DOING))?;
        let now = self.clock.now();
        self.store
            .change(DOING, Urgency::Now, move |transaction| {
                sweep(transaction, now)?;
                insert(transaction, kind, &record)
            })
            .await
    }

    async fn claim(&self, kind: Kind, record: Record) -> Result<bool, StoreError> {
        const DOING: &str = "writing down what the host remembers";
        check(&record).map_err(|cause| cause.while_doing(DOING))?;
        let now = self.clock.now();
        self.store
            .change(DOING, Urgency::Now, move |transaction| {
                sweep(transaction, now)?;
                let there = {
                    let table = transaction.open_table(RECORDS)?;
                    let found = table.get((kind.as_str(), record.id.as_str()))?;
                    found.is_some_and(|value| lives(value.value().0, now))
                };
                if !there {
                    insert(transaction, kind, &record)?;
                }
                Ok(!there)
            })
            .await
    }

    async fn delete(&self, kind: Kind, id: &str) -> Result<bool, StoreError> {
        let (now, id) = (self.clock.now(), id.to_owned());
        self.store
            .change("forgetting what the host remembered", Urgency::Now, move |transaction| {
                sweep(transaction, now)?;
                remove(transaction, kind.as_str(), &id)
            })
            .await
    }
}

fn check(record: &Record) -> Result<(), Cause> {
    let length = record.value.len();
    if length > MAX_RECORD {
        return Err(Cause::Large { what: "a record", length, most: MAX_RECORD });
    }
    Ok(())
}

fn lives(expires: Option<u64>, now: Timestamp) -> bool {
    expires.is_none_or(|expires| now.0 < expires)
}

fn record(id: &str, (expires, value): (Option<u64>, &[u8]), now: Timestamp) -> Option<Record> {
    lives(expires, now).then(|| Record {
        id: id.to_owned(),
        value: value.to_owned(),
        expires: expires.map(Timestamp),
    })
}

fn insert(transaction: &WriteTransaction, kind: Kind, record: &Record) -> Result<(), Cause> {
    let key = (kind.as_str(), record.id.as_str());
    remove(transaction, key.0, key.1)?;
    let expires = record.expires.map(|expires| expires.0);
    transaction.open_table(RECORDS)?.insert(key, (expires, record.value.as_slice()))?;
    if let Some(expires) = expires {
        transaction.open_table(EXPIRING)?.insert((expires, key.0, key.1), ())?;
    }
    Ok(())
}

/// Removes a record with its place among those that run out.
fn remove(transaction: &WriteTransaction, kind: &str, id: &str) -> Result<bool, Cause> {
    let gone = {
        let mut table = transaction.open_table(RECORDS)?;
        let gone = table.remove((kind, id))?;
        gone.map(|value| value.value().0)
    };
    if let Some(Some(expires)) = gone {
        transaction.open_table(EXPIRING)?.remove((expires, kind, id))?;
    }
    Ok(gone.is_some())
}

fn sweep(transaction: &WriteTransaction, now: Timestamp) -> Result<(), Cause> {
    let old: Vec<(String, String)> = {
        let table = transaction.open_table(EXPIRING)?;
        let mut old = Vec::new();
        for row in table.range(..=(now.0, "", ""))?.take(SWEEP) {
            let (at, _) = row?;
            let (_, kind, id) = at.value();
            old.push((kind.to_owned(), id.to_owned()));
        }
        old
    };
    for (kind, id) in old {
        remove(transaction, &kind, &id)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jarvis_domain::ManualClock;

    use super::*;
    use crate::State;

    fn record(id: &str, value: &str, expires: Option<Timestamp>) -> Record {
        Record { id: id.to_owned(), value: value.as_bytes().to_owned(), expires }
    }

    #[tokio::test]
    async fn records_outlive_a_restart_until_they_run_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let clock = Arc::new(ManualClock::at(Timestamp(1_000_000)));
        let soon = clock.now().plus(Duration::from_secs(10));
        {
            let state = State::open(&path, clock.clone()).unwrap();
            let registry = state.registry();
            registry.put(Kind::SignIn, record("a", "1", Some(soon))).await.unwrap();
            registry.put(Kind::SignIn, record("b", "2", None)).await.unwrap();
            registry.put(Kind::ApiKey, record("a", "3", None)).await.unwrap();
        }
        let state = State::open(&path, clock.clone()).unwrap();
        let registry = state.registry();
        let all = registry.all(Kind::SignIn).await.unwrap();
        assert_eq!(all, [record("a", "1", Some(soon)), record("b", "2", None)]);
        clock.advance(Duration::from_secs(10));
        assert_eq!(registry.get(Kind::SignIn, "a").await.unwrap(), None);
        assert_eq!(registry.all(Kind::SignIn).await.unwrap(), [record("b", "2", None)]);
        assert!(registry.delete(Kind::SignIn, "b").await.unwrap());
        assert!(!registry.delete(Kind::SignIn, "b").await.unwrap());
        assert_eq!(registry.all(Kind::ApiKey).await.unwrap(), [record("a", "3", None)]);
    }

    #[tokio::test]
    async fn a_claim_is_one_claimants_until_it_runs_out() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp(1_000_000)));
        let state = State::open(&folder.path().join("state"), clock.clone()).unwrap();
        let registry = state.registry();
        let claim = |value: &'static str| {
            let expires = Some(clock.now().plus(Duration::from_secs(5)));
            registry.claim(Kind::Answer, record("once", value, expires))
        };
        assert!(claim("first").await.unwrap());
        assert!(!claim("second").await.unwrap());
        let kept = registry.get(Kind::Answer, "once").await.unwrap().unwrap();
        assert_eq!(kept.value, b"first");
        clock.advance(Duration::from_secs(5));
        assert!(claim("third").await.unwrap());
    }
}
