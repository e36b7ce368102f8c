//! The rounds: every node's temperature again and again while a host serves,
//! for the history and for whoever wants to be told when one is too hot.
//!
//! One remote call a node and round. A node that has no sensors or does not
//! answer is asked more and more seldom, and one that is offline not at all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jarvis_domain::event::EventSink;
use jarvis_domain::inventory::{Node, Snapshot};
use jarvis_domain::sensors::{Readings, Sample};
use jarvis_domain::{Clock, ClusterId, Event, EventId, NodeName, Timestamp, Topic};
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use super::Thermometer;
use super::history::History;
use super::level::Level;
use super::telling::telling;
use crate::inventory::Contents;
use crate::settings::Thermals;

/// The longest pause after failures.
const LONGEST: Duration = Duration::from_secs(900);

/// Goes round the nodes.
#[derive(Debug)]
pub(crate) struct Rounds {
    pub(crate) cluster: ClusterId,
    pub(crate) thermometer: Arc<Thermometer>,
    pub(crate) contents: Arc<Contents>,
    pub(crate) events: Arc<dyn EventSink>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) thermals: Thermals,
    pub(crate) known: Known,
}

/// What the rounds have seen.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<BTreeMap<NodeName, Watched>>);

#[derive(Debug, Default)]
struct Watched {
    history: History,
    level: Level,
    /// Failures in a row.
    failures: u32,
    /// Not asked before this.
    next: Timestamp,
}

impl Rounds {
    /// Goes round for as long as it is polled.
    pub(crate) async fn watch(self: &Arc<Self>) {
        loop {
            // However old it is: the cycle sees to that.
            if (self.thermals.history || self.events.wants(Topic::TemperatureCrossed))
                && let Ok(snapshot) = self.contents.obtain(Duration::MAX).await
            {
                self.round(&snapshot).await;
            }
            self.clock.sleep(self.thermals.every).await;
        }
    }

    /// The samples of `node` from `since` on.
    pub(crate) fn history(&self, node: &NodeName, since: Timestamp) -> Vec<Sample> {
        self.known.all().get(node).map(|watched| watched.history.since(since)).unwrap_or_default()
    }

    async fn round(self: &Arc<Self>, snapshot: &Snapshot) {
        let due = self.known.due(snapshot, self.clock.now());
        // They end with this, and each waits for a free place.
        let mut asked = JoinSet::new();
        for node in due {
            let this = Arc::clone(self);
            asked.spawn(async move { this.ask(node).await });
        }
        while asked.join_next().await.is_some() {}
    }

    async fn ask(&self, node: NodeName) {
        match self.thermometer.temperatures(&node).await {
            Ok(readings) => self.take(&node, &readings).await,
            Err(error) => {
                tracing::debug!(%node, %error, "no temperature of the node");
                let now = self.clock.now();
                let mut known = self.known.all();
                let watched = known.entry(node).or_default();
                watched.failures = watched.failures.saturating_add(1);
                let doublings = watched.failures.min(10);
                watched.next = now.plus((self.thermals.every * 2_u32.pow(doublings)).min(LONGEST));
            }
        }
    }

    async fn take(&self, node: &NodeName, readings: &Readings) {
        let Some(reading) = telling(&readings.readings) else { return };
        let (before, after) = {
            let mut known = self.known.all();
            let watched = known.entry(node.clone()).or_default();
            watched.failures = 0;
            watched.history.add(Sample { at: readings.as_of, celsius: reading.celsius });
            (watched.level, watched.level.at(reading.celsius, &self.thermals))
        };
        if before == after {
            return;
        }
        let data = json!({
            "node": node.as_str(),
            "chip": reading.chip,
            "sensor": reading.label,
            "celsius": reading.celsius,
            "before": before,
            "after": after,
        });
        if self.tell(node, readings.as_of, data).await {
            self.known.all().entry(node.clone()).or_default().level = after;
        }
    }

    /// False when it could not be handed in: the next round tells it.
    async fn tell(&self, node: &NodeName, at: Timestamp, data: Value) -> bool {
        let topic = Topic::TemperatureCrossed;
        if !self.events.wants(topic) {
            return true;
        }
        let subject = format!("{}/node/{node}", self.cluster);
        let data = match data {
            Value::Object(data) => data,
            _ => Map::new(),
        };
        let told =
            self.events.publish(Event { id: EventId::new(), topic, at, subject, data }).await;
        told.inspect_err(|error| tracing::error!(%error, "a temperature cannot be told yet"))
            .is_ok()
    }
}

impl Known {
    /// The nodes of `snapshot` to be asked now. What is no longer there is
    /// forgotten, and a node that is away starts anew when it is back.
    fn due(&self, snapshot: &Snapshot, now: Timestamp) -> Vec<NodeName> {
        let mut known = self.all();
        known.retain(|name, _| snapshot.node(name).is_some());
        for node in snapshot.nodes.iter().filter(|node| !node.is_online()) {
            if let Some(watched) = known.get_mut(&node.name) {
                (watched.failures, watched.next) = (0, now);
            }
        }
        let is_due = |node: &&Node| {
            node.is_online() && known.get(&node.name).is_none_or(|watched| watched.next <= now)
        };
        snapshot.nodes.iter().filter(is_due).map(|node| node.name.clone()).collect()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<NodeName, Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
