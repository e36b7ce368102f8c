//! Delivers events to the skills that want them: for each skill in order, at
//! least once, and each skill by itself, so that one that stalls or fails
//! delays no other.
//!
//! The queue is another room's, and on disk; what is in it survives the host.
//! An event that a skill does not take is tried again, [`TRIES`] times in all
//! with growing pauses, and then given up, which is written to the audit log.
//! A skill that gives up [`GIVEN_UP`] events in a row gets no more, until
//! another revision of it comes into service or somebody resumes it; meanwhile
//! its events wait.

mod supervisor;
mod worker;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::event::EventQueue;
use jarvis_domain::kv::StoreError;
use jarvis_domain::{SkillId, Topic};
use tokio::task::JoinHandle;

use crate::catalog::{Catalog, Skill};
use crate::invoke::SkillHost;

/// How often an event is tried (`wit/events.wit`).
pub const TRIES: u32 = 5;
/// How many events given up in a row pause a skill. Three are a quarter of an
/// hour of failures at least, and more than one bad event.
pub const GIVEN_UP: u32 = 3;
/// The pause after each failed try but the last. What fails for a reason
/// outside the skill mostly works again within some minutes.
const PAUSES: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(240),
];
/// The pause after the queue itself failed.
const STORE_PAUSE: Duration = Duration::from_secs(30);

/// The deliveries of one host, which end when this is dropped. An event that is
/// just being taken then stays in its queue.
#[derive(Debug)]
pub struct Deliveries {
    _supervisor: Running,
}

/// A task that ends with its handle.
#[derive(Debug)]
struct Running(JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl SkillHost {
    /// Tells `queue` which skill in service wants what, so that events wait
    /// for them. For a host that lives for one command and delivers nothing;
    /// [`Self::deliver`] does it by itself.
    pub async fn subscribe(&self, queue: &dyn EventQueue) -> Result<(), StoreError> {
        subscribe(&self.catalog(), queue).await
    }

    /// Delivers what is and comes into `queue` from now on. To be called within
    /// a tokio runtime, once.
    #[must_use]
    pub fn deliver(&self, queue: Arc<dyn EventQueue>) -> Deliveries {
        let sites = Arc::clone(&self.sites);
        let supervisor = tokio::spawn(supervisor::run(sites, queue));
        Deliveries { _supervisor: Running(supervisor) }
    }
}

/// A skill that is broken for the moment keeps its events; one whose folder is
/// gone does not.
async fn subscribe(catalog: &Catalog, queue: &dyn EventQueue) -> Result<(), StoreError> {
    let kept = catalog.broken().iter().filter_map(|broken| broken.id.clone()).collect();
    queue.subscribe(wanted(catalog), kept).await
}

/// The skills in service that want events, and which.
fn wanted(catalog: &Catalog) -> BTreeMap<SkillId, BTreeSet<Topic>> {
    let wanting = catalog.skills().filter(|skill| !skill.manifest.events.is_empty());
    wanting.map(|skill| (skill.id().clone(), topics(skill))).collect()
}

fn topics(skill: &Skill) -> BTreeSet<Topic> {
    skill.manifest.events.iter().map(|wanted| wanted.topic).collect()
}

#[cfg(test)]
mod tests;
