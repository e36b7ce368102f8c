//! Hands every event to the skills' queues as before, and tells it to those
//! who listen and to whoever announces.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use jarvis_domain::announce::Onlooker;
use jarvis_domain::event::{EventQueue, EventSink, Paused, Settled, Standing, Waiting};
use jarvis_domain::kv::StoreError;
use jarvis_domain::{Event, SkillId, Topic};
use tokio::sync::watch;

use super::Hub;

/// The queues, and the hub beside them.
#[derive(Debug)]
pub struct Tap {
    queues: Arc<dyn EventQueue>,
    hub: Arc<Hub>,
    onlooker: Arc<dyn Onlooker>,
}

impl Tap {
    /// A tap before `queues`, for those who listen at `hub` and for `onlooker`.
    #[must_use]
    pub fn new(queues: Arc<dyn EventQueue>, hub: Arc<Hub>, onlooker: Arc<dyn Onlooker>) -> Self {
        Self { queues, hub, onlooker }
    }
}

#[async_trait]
impl EventSink for Tap {
    fn wants(&self, topic: Topic) -> bool {
        self.hub.is_heard() || self.onlooker.cares(topic) || self.queues.wants(topic)
    }

    async fn publish(&self, event: Event) -> Result<(), StoreError> {
        self.hub.tell(&event);
        self.onlooker.saw(&event);
        self.queues.publish(event).await
    }
}

#[async_trait]
impl EventQueue for Tap {
    fn news(&self) -> watch::Receiver<u64> {
        self.queues.news()
    }

    async fn subscribe(
        &self,
        wanted: BTreeMap<SkillId, BTreeSet<Topic>>,
        kept: BTreeSet<SkillId>,
    ) -> Result<(), StoreError> {
        self.queues.subscribe(wanted, kept).await
    }

    async fn take(&self, skill: &SkillId) -> Result<Option<Waiting>, StoreError> {
        self.queues.take(skill).await
    }

    async fn settle(
        &self,
        skill: &SkillId,
        place: u64,
        settled: Settled,
    ) -> Result<Standing, StoreError> {
        self.queues.settle(skill, place, settled).await
    }

    async fn pause(&self, skill: &SkillId, paused: Option<Paused>) -> Result<(), StoreError> {
        self.queues.pause(skill, paused).await
    }

    async fn standing(&self, skill: &SkillId) -> Result<Standing, StoreError> {
        self.queues.standing(skill).await
    }
}
