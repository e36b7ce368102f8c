//! One task that follows the catalog: it says who wants what, tells of skills
//! that came into service, and keeps one worker for each skill.

use std::collections::BTreeMap;
use std::sync::Arc;

use jarvis_domain::event::{EventQueue, EventSink};
use jarvis_domain::{ClusterId, Event, EventId, Revision, SkillId, Timestamp, Topic};
use serde_json::{Value, json};

use super::worker::Worker;
use super::{Running, STORE_PAUSE, subscribe, wanted};
use crate::catalog::Skill;
use crate::invoke::Sites;

/// Follows the catalog until it is dropped, and the workers with it.
pub(super) async fn run(sites: Arc<Sites>, queue: Arc<dyn EventQueue>) {
    let inner = &sites.main;
    let mut published = inner.shared.published.subscribe();
    let mut workers: BTreeMap<SkillId, Running> = BTreeMap::new();
    let mut known: BTreeMap<SkillId, Revision> = BTreeMap::new();
    loop {
        published.mark_unchanged();
        let catalog = inner.shared.catalog.load_full();
        if let Err(error) = subscribe(&catalog, queue.as_ref()).await {
            tracing::error!(%error, "who wants events cannot be written down; trying again");
            inner.ports.clock.sleep(STORE_PAUSE).await;
            continue;
        }
        let now = catalog.skills().map(|skill| (skill.id().clone(), skill.revision())).collect();
        for skill in catalog.skills() {
            if known.get(skill.id()) != Some(&skill.revision()) {
                let loaded = loaded(skill, &inner.cluster, inner.ports.clock.now());
                if let Err(error) = EventSink::publish(queue.as_ref(), loaded).await {
                    tracing::error!(%error, skill = %skill.id(), "that it was loaded is not told");
                }
            }
        }
        known = now;
        let wanted = wanted(&catalog);
        workers.retain(|skill, _| wanted.contains_key(skill));
        for skill in wanted.into_keys() {
            workers.entry(skill).or_insert_with_key(|skill| {
                let worker = Worker::new(skill.clone(), Arc::clone(&sites), Arc::clone(&queue));
                Running(tokio::spawn(worker.run()))
            });
        }
        if published.changed().await.is_err() {
            return;
        }
    }
}

/// See `skill.loaded` in `wit/events.wit`.
fn loaded(skill: &Skill, cluster: &ClusterId, at: Timestamp) -> Event {
    let data = json!({
        "skill": skill.id().as_str(),
        "version": skill.manifest.version.as_str(),
        "revision": skill.revision().to_string(),
    });
    let data = match data {
        Value::Object(data) => data,
        _ => serde_json::Map::new(),
    };
    Event {
        id: EventId::new(),
        topic: Topic::SkillLoaded,
        at,
        subject: format!("{cluster}/skill/{}", skill.id()),
        data,
    }
}
