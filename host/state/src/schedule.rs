//! What waits for its time: one record for each timer and each command for
//! later.

use std::sync::Arc;

use async_trait::async_trait;
use jarvis_domain::TimerId;
use jarvis_domain::kv::StoreError;
use jarvis_domain::schedule::{Schedule, Scheduled};
use redb::{ReadableTable, TableDefinition, WriteTransaction};

use crate::error::Cause;
use crate::store::{Store, Urgency};
use crate::tables::{decode, encode};

/// By id, whose text sorts by the time at which it was set.
const SCHEDULE: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("schedule");

#[derive(Debug)]
pub(crate) struct ScheduleStore(Arc<Store>);

pub(crate) fn set_up(transaction: &WriteTransaction) -> Result<(), Cause> {
    transaction.open_table(SCHEDULE)?;
    Ok(())
}

impl ScheduleStore {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self(store)
    }
}

#[async_trait]
impl Schedule for ScheduleStore {
    async fn all(&self) -> Result<Vec<Scheduled>, StoreError> {
        self.0
            .read("reading what waits for its time", |transaction| {
                let table = transaction.open_table(SCHEDULE)?;
                let mut all = Vec::new();
                for row in table.iter()? {
                    let (id, record) = row?;
                    // What cannot be read is not run, and hinders nothing else.
                    match decode(record.value()) {
                        Ok(scheduled) => all.push(scheduled),
                        Err(cause) => {
                            tracing::error!(id = id.value(), %cause, "a timer is unreadable");
                        }
                    }
                }
                Ok(all)
            })
            .await
    }

    async fn put(&self, scheduled: &Scheduled) -> Result<(), StoreError> {
        const DOING: &str = "writing down what waits for its time";
        let id = scheduled.id.to_string();
        let record = encode("a timer", scheduled).map_err(|cause| cause.while_doing(DOING))?;
        self.0
            .change(DOING, Urgency::Now, move |transaction| {
                transaction.open_table(SCHEDULE)?.insert(id.as_str(), record.as_slice())?;
                Ok(())
            })
            .await
    }

    async fn remove(&self, id: TimerId) -> Result<bool, StoreError> {
        let id = id.to_string();
        self.0
            .change("forgetting what waited for its time", Urgency::Now, move |transaction| {
                let gone = transaction.open_table(SCHEDULE)?.remove(id.as_str())?.is_some();
                Ok(gone)
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::schedule::{Errand, Later, Owner, Promise};
    use jarvis_domain::{
        Caller, Digest, Door, Invocation, Language, Origin, Principal, RequestId, Risk, Role,
        RunId, SystemClock, Timestamp,
    };

    use super::*;
    use crate::State;

    fn timer(errand: Errand) -> Scheduled {
        let caller = Caller {
            principal: Principal("user:alice@pam".to_owned()),
            door: Door::Api,
            role: Some(Role::Operator),
        };
        Scheduled {
            id: TimerId::new(),
            owner: Owner {
                caller,
                shown: Some(jarvis_domain::identity::Shown::Token("a".to_owned())),
            },
            set: Timestamp(1),
            due: Timestamp(2),
            place: Some("kitchen".to_owned()),
            errand,
            language: Language::German,
            begun: None,
        }
    }

    fn command() -> Errand {
        Errand::Command(Box::new(Later {
            run: RunId::new(),
            invocation: Invocation {
                request: RequestId::new(),
                cluster: "home".parse().unwrap(),
                command: "vm-lifecycle.shut-down".parse().unwrap(),
                arguments: [("guest".to_owned(), 101.into())].into_iter().collect(),
                origin: Origin::Template,
                locale: "en".to_owned(),
                words: Some("in ten minutes, shut down the media server".to_owned()),
                confirmed: false,
                chosen: None,
            },
            revision: Digest::of(b"1"),
            risk: Risk::Destructive,
            what: "shut down VM 101 mediaserver on home".to_owned(),
            promise: Some(Promise { plan: Digest::of(b"2"), steps: Vec::new(), by: None }),
        }))
    }

    #[tokio::test]
    async fn what_waits_outlives_a_restart_and_what_is_done_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let pizza = timer(Errand::Timer { name: Some("pizza".to_owned()) });
        let mut shut_down = timer(command());
        {
            let state = State::open(&path, Arc::new(SystemClock)).unwrap();
            let schedule = state.schedule();
            assert_eq!(schedule.all().await.unwrap(), []);
            for one in [&pizza, &shut_down] {
                schedule.put(one).await.unwrap();
            }
            shut_down.begun = Some(Timestamp(2));
            schedule.put(&shut_down).await.unwrap();
        }
        let state = State::open(&path, Arc::new(SystemClock)).unwrap();
        let schedule = state.schedule();
        assert_eq!(schedule.all().await.unwrap(), [pizza.clone(), shut_down]);
        assert!(schedule.remove(pizza.id).await.unwrap());
        assert!(!schedule.remove(pizza.id).await.unwrap());
        assert_eq!(schedule.all().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn an_unreadable_record_hinders_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        let pizza = timer(Errand::Timer { name: None });
        drop(State::open(folder.path(), Arc::new(SystemClock)).unwrap());
        {
            let database = redb::Database::create(&path).unwrap();
            let transaction = database.begin_write().unwrap();
            let mut table = transaction.open_table(SCHEDULE).unwrap();
            table.insert("0", b"{\"id\":".as_slice()).unwrap();
            drop(table);
            transaction.commit().unwrap();
        }
        let state = State::open(folder.path(), Arc::new(SystemClock)).unwrap();
        let schedule = state.schedule();
        schedule.put(&pizza).await.unwrap();
        assert_eq!(schedule.all().await.unwrap(), [pizza]);
    }
}
