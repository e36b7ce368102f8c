//! Exchanges by voice that led to no run: the newest [`KEPT`] of them, for [`AGE`]. A
//! noisy room makes many, so that they are a table of their own, whose size has an end.

use std::ops::Bound;
use std::sync::Arc;

use jarvis_domain::kv::StoreError;
use jarvis_domain::records::Part;
use jarvis_domain::run::{Exchange, Moment};
use jarvis_domain::{Caller, Clock, ExchangeId};
use redb::{ReadableTable, ReadableTableMetadata, TableDefinition, WriteTransaction};

use crate::error::Cause;
use crate::runs::canonical;
use crate::store::{Store, Urgency};
use crate::tables::{decode, encode};

/// Exchanges kept; beyond that, the oldest go.
pub(crate) const KEPT: u64 = 1000;
/// How long they are kept, milliseconds: 30 days. Older ones go with the next that comes.
const AGE: u64 = 30 * 24 * 60 * 60 * 1000;
/// The most text of the moments of one, bytes; with what is around them it is below
/// twice that as JSON. What comes behind it is not kept.
const TEXT: usize = 8 * 1024;
/// What the time and the punctuation of a moment are counted for, bytes.
const MOMENT: usize = 80;

/// By exchange id, whose text sorts by time.
const EXCHANGES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("exchanges");

#[derive(Debug)]
pub(crate) struct ExchangeStore {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    kept: u64,
}

pub(crate) fn set_up(transaction: &WriteTransaction) -> Result<(), Cause> {
    transaction.open_table(EXCHANGES)?;
    Ok(())
}

impl ExchangeStore {
    pub(crate) fn new(store: Arc<Store>, clock: Arc<dyn Clock>, kept: u64) -> Self {
        Self { store, clock, kept }
    }

    /// See [`Records::add_exchange`](jarvis_domain::records::Records::add_exchange).
    pub(crate) async fn add(
        &self,
        caller: Caller,
        place: Option<String>,
        heard: Vec<Moment>,
    ) -> Result<ExchangeId, StoreError> {
        const DOING: &str = "writing down what was heard";
        let (id, at) = (ExchangeId::new(), self.clock.now());
        let exchange = Exchange { id, at, caller, place, heard: beginning(heard) };
        let text = encode("an exchange", &exchange).map_err(|cause| cause.while_doing(DOING))?;
        let kept = self.kept;
        let change = move |transaction: &WriteTransaction| {
            let mut table = transaction.open_table(EXCHANGES)?;
            table.insert(id.to_string().as_str(), text.as_slice())?;
            while table.len()? > kept {
                table.pop_first()?;
            }
            loop {
                let oldest = table.first()?.map(|(_, text)| decode::<Exchange>(text.value()));
                match oldest {
                    // One that cannot be read goes too: nobody can show it.
                    Some(Ok(oldest)) if at.0.saturating_sub(oldest.at.0) <= AGE => break,
                    None => break,
                    Some(_) => drop(table.pop_first()?),
                }
            }
            Ok(id)
        };
        self.store.change(DOING, Urgency::Soon, change).await
    }

    /// Exchanges, newest first.
    pub(crate) async fn part(&self, part: Part<ExchangeId>) -> Result<Vec<Exchange>, StoreError> {
        self.store
            .read("reading what was heard", move |transaction| {
                let table = transaction.open_table(EXCHANGES)?;
                let before = part.before.map(|id| id.to_string());
                let end = before.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
                let mut found = Vec::new();
                let mut size: usize = 0;
                for row in table.range::<&str>((Bound::Unbounded, end))?.rev().take(part.limit) {
                    let text = row?.1;
                    size = size.saturating_add(text.value().len());
                    if size > part.bytes && !found.is_empty() {
                        break;
                    }
                    found.extend(readable(text.value()));
                }
                Ok(found)
            })
            .await
    }

    /// Those whose id begins with `prefix`, newest first, at most `limit`.
    pub(crate) async fn find(
        &self,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<Exchange>, StoreError> {
        let Some(prefix) = canonical(prefix) else { return Ok(Vec::new()) };
        self.store
            .read("looking for what was heard", move |transaction| {
                let table = transaction.open_table(EXCHANGES)?;
                // '~' sorts after every digit and letter of an id.
                let after = format!("{prefix}~");
                let rows = table.range(prefix.as_str()..after.as_str())?.rev().take(limit);
                let mut found = Vec::new();
                for row in rows {
                    found.extend(readable(row?.1.value()));
                }
                Ok(found)
            })
            .await
    }
}

/// One that cannot be read hides no other.
fn readable(text: &[u8]) -> Option<Exchange> {
    let read = decode(text);
    read.inspect_err(|error| tracing::warn!(%error, "an exchange by voice is unreadable")).ok()
}

/// As many of `moments` as there is room for.
fn beginning(mut moments: Vec<Moment>) -> Vec<Moment> {
    let mut left = TEXT;
    let fit = moments.iter().take_while(|moment| {
        let text = moment.text.as_ref().map_or(0, String::len);
        let room = left.checked_sub(MOMENT + moment.what.len() + text);
        left = room.unwrap_or(0);
        room.is_some()
    });
    moments.truncate(fit.count());
    moments
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jarvis_domain::{Door, ManualClock, Principal, Timestamp};

    use super::*;
    use crate::tables::set_up;

    fn open(root: &std::path::Path, clock: &Arc<ManualClock>) -> ExchangeStore {
        let lock = Arc::new(crate::folder::lock(root).unwrap());
        let store = Store::open(&root.join("db"), lock, set_up).unwrap();
        ExchangeStore::new(Arc::new(store), Arc::clone(clock) as _, 3)
    }

    fn moment(what: &str, text: Option<String>) -> Moment {
        Moment { at: Timestamp(5), after_us: 7, what: what.to_owned(), text }
    }

    async fn add(store: &ExchangeStore, heard: Vec<Moment>) -> ExchangeId {
        let caller =
            Caller { principal: Principal("uid:0".to_owned()), door: Door::Voice, role: None };
        store.add(caller, Some("kitchen".to_owned()), heard).await.unwrap()
    }

    async fn all(store: &ExchangeStore) -> Vec<ExchangeId> {
        let part = Part { before: None, limit: 10, bytes: usize::MAX };
        store.part(part).await.unwrap().into_iter().map(|exchange| exchange.id).collect()
    }

    #[tokio::test]
    async fn the_oldest_go_by_number_and_by_age() {
        let root = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp(1000)));
        let store = open(root.path(), &clock);
        let mut ids = Vec::new();
        for _ in 0..4 {
            ids.insert(0, add(&store, vec![moment("woke", None)]).await);
        }
        assert_eq!(all(&store).await, ids[..3]);
        let older = Part { before: Some(ids[0]), limit: 1, bytes: usize::MAX };
        assert_eq!(store.part(older).await.unwrap()[0].id, ids[1]);
        let one = store.find(&ids[1].to_string(), 5).await.unwrap();
        assert_eq!((one.len(), one[0].id, one[0].at), (1, ids[1], Timestamp(1000)));
        assert_eq!(one[0].place.as_deref(), Some("kitchen"));
        assert!(store.find("no id", 5).await.unwrap().is_empty());
        clock.advance(Duration::from_secs(30 * 24 * 60 * 60 + 1));
        let newest = add(&store, Vec::new()).await;
        assert_eq!(all(&store).await, [newest]);
    }

    #[tokio::test]
    async fn one_that_never_ends_has_its_beginning_kept() {
        let root = tempfile::tempdir().unwrap();
        let store = open(root.path(), &Arc::new(ManualClock::at(Timestamp(1))));
        let long = moment("partial", Some("\"".repeat(2000)));
        let id = add(&store, [vec![moment("woke", None)], vec![long; 1000]].concat()).await;
        let kept = store.find(&id.to_string(), 1).await.unwrap().remove(0);
        assert_eq!(kept.heard.len(), 4, "{kept:?}");
        assert_eq!(kept.heard[0].what, "woke");
        assert!(encode("it", &kept).unwrap().len() < 2 * TEXT + 500);
    }
}
