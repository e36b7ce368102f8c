//! The skills' queues of events: each event is on disk, once for every skill
//! that wants it, before anybody is told of it, and is removed once the skill
//! has taken it.
//!
//! A queue holds at most [`MOST_WAITING`] events. When one more comes, the
//! oldest goes and is counted: what a skill most needs after a long time is how
//! things stand now, and those who hand events in never wait for a skill.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use jarvis_domain::event::{EventQueue, EventSink, Paused, Settled, Standing, Waiting};
use jarvis_domain::kv::StoreError;
use jarvis_domain::{Event, SkillId, Topic};
use redb::WriteTransaction;
use tokio::sync::watch;

use crate::error::Cause;
use crate::store::{Store, Urgency};
use crate::tables::encode;

mod table;

/// The most events that wait for one skill.
pub const MOST_WAITING: u64 = 1000;
/// The largest event, bytes of JSON; those that rooms make have some hundreds.
pub const MAX_EVENT: usize = 64 * 1024;

#[derive(Debug)]
pub(crate) struct EventStore {
    store: Arc<Store>,
    /// What any skill wants; the tables say which.
    wanted: RwLock<BTreeSet<Topic>>,
    /// How many events wait for one skill at most.
    most: u64,
    news: watch::Sender<u64>,
}

pub(crate) fn set_up(transaction: &WriteTransaction) -> Result<(), Cause> {
    table::set_up(transaction)
}

impl EventStore {
    /// Reads, on this thread, which topics are wanted: what happens before the
    /// skills are loaded is kept for those that wanted it.
    pub(crate) fn open(store: Arc<Store>, most: u64) -> Result<Self, Cause> {
        let wanted = store.read_now(table::wanted)?;
        Ok(Self { store, wanted: RwLock::new(wanted), most, news: watch::Sender::new(0) })
    }

    fn tell(&self) {
        self.news.send_modify(|count| *count += 1);
    }
}

#[async_trait]
impl EventSink for EventStore {
    fn wants(&self, topic: Topic) -> bool {
        self.wanted.read().unwrap_or_else(PoisonError::into_inner).contains(&topic)
    }

    async fn publish(&self, event: Event) -> Result<(), StoreError> {
        const DOING: &str = "writing down an event";
        if !self.wants(event.topic) {
            return Ok(());
        }
        let text = encode("an event", &event).map_err(|cause| cause.while_doing(DOING))?;
        if text.len() > MAX_EVENT {
            let cause = Cause::Large { what: "an event", length: text.len(), most: MAX_EVENT };
            return Err(cause.while_doing(DOING));
        }
        let (id, topic, most) = (event.id.to_string(), event.topic, self.most);
        let lost = self
            .store
            .change(DOING, Urgency::Now, move |transaction| {
                table::append(transaction, &id, topic, &text, most)
            })
            .await?;
        for skill in lost {
            tracing::warn!(%skill, "its queue of events is full: the oldest one was dropped");
        }
        self.tell();
        Ok(())
    }
}

#[async_trait]
impl EventQueue for EventStore {
    fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    async fn subscribe(
        &self,
        wanted: BTreeMap<SkillId, BTreeSet<Topic>>,
        kept: BTreeSet<SkillId>,
    ) -> Result<(), StoreError> {
        let (wanted, kept) = (Arc::new(wanted), Arc::new(kept));
        let known = {
            let (wanted, kept) = (Arc::clone(&wanted), Arc::clone(&kept));
            self.store.read("reading who wants events", move |transaction| {
                table::is_subscribed(transaction, &wanted, &kept)
            })
        };
        // As most often: most hosts start with the skills that they had.
        if known.await? {
            return Ok(());
        }
        let now_wanted = self
            .store
            .change("writing down who wants events", Urgency::Now, move |transaction| {
                table::subscribe(transaction, &wanted, &kept)
            })
            .await?;
        *self.wanted.write().unwrap_or_else(PoisonError::into_inner) = now_wanted;
        self.tell();
        Ok(())
    }

    async fn take(&self, skill: &SkillId) -> Result<Option<Waiting>, StoreError> {
        let skill = skill.clone();
        let taken = self
            .store
            .change("handing out an event", Urgency::Now, move |transaction| {
                table::take(transaction, skill.as_str())
            })
            .await?;
        if taken.unreadable > 0 {
            tracing::error!(count = taken.unreadable, "events that cannot be read were dropped");
        }
        Ok(taken.event)
    }

    async fn settle(
        &self,
        skill: &SkillId,
        place: u64,
        settled: Settled,
    ) -> Result<Standing, StoreError> {
        let skill = skill.clone();
        self.store
            .change("settling an event", Urgency::Now, move |transaction| {
                table::settle(transaction, skill.as_str(), place, settled)
            })
            .await
    }

    async fn pause(&self, skill: &SkillId, paused: Option<Paused>) -> Result<(), StoreError> {
        let skill = skill.clone();
        self.store
            .change("pausing a skill's events", Urgency::Now, move |transaction| {
                table::pause(transaction, skill.as_str(), paused)
            })
            .await?;
        self.tell();
        Ok(())
    }

    async fn standing(&self, skill: &SkillId) -> Result<Standing, StoreError> {
        let skill = skill.clone();
        self.store
            .read("reading how a skill stands with its events", move |transaction| {
                table::read_standing(transaction, skill.as_str())
            })
            .await
    }
}

#[cfg(test)]
mod tests;
