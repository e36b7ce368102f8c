//! The rooms' ports in memory, for the tests of this room and of others.
//! Nothing here is part of a served host.

mod cluster;
mod decisions;
mod load;
mod store;
mod timers;
mod unrecorded;

#[cfg(test)]
mod rig;
#[cfg(test)]
mod rogue;
mod skills;
#[cfg(test)]
pub(crate) mod stage;

use std::collections::BTreeMap;
use std::sync::Arc;

use jarvis_domain::invocation::{Notice, Watcher};
use jarvis_domain::{Clock, ManualClock, Timestamp};
use jarvis_policy::Lowering;
use jarvis_sentences::Aliases;

use crate::catalog::{Allowances, Catalog};
use crate::engine::SkillEngine;
use crate::invoke::{HostParts, Site, SkillHost};
use crate::ports::Ports;
use crate::schedule::Timers;

pub use cluster::FakeCluster;
pub use decisions::FakeDecisions;
pub use load::{Scan, load, scan};
#[cfg(test)]
pub(crate) use rig::Rig;
#[cfg(test)]
pub(crate) use rogue::{REFUSE, Rogue, TAKE, rogue};
pub use skills::built_skills;
pub use store::FakeStore;
pub use timers::{FakeHerald, FakeSchedule, FakeStanding};
pub use unrecorded::ask;

/// Everything behind a skill host, in memory.
#[derive(Debug, Clone)]
pub struct Fakes {
    /// The cluster.
    pub cluster: Arc<FakeCluster>,
    /// Audit, runs and key-value.
    pub store: Arc<FakeStore>,
    /// A clock that stands still.
    pub clock: Arc<ManualClock>,
}

/// A watcher that remembers.
#[derive(Debug, Default)]
pub struct Seen {
    notices: std::sync::Mutex<Vec<Notice>>,
    /// Told of each notice.
    pub news: tokio::sync::Notify,
    unwanted: std::sync::atomic::AtomicBool,
}

impl Fakes {
    /// A cluster of two nodes and three guests at one moment.
    #[must_use]
    pub fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(1_800_000_000_000)));
        Self {
            cluster: Arc::new(FakeCluster::new(Arc::clone(&clock))),
            store: Arc::new(FakeStore::new(Arc::clone(&clock))),
            clock,
        }
    }

    /// The ports that reach it.
    #[must_use]
    pub fn ports(&self) -> Ports {
        Ports {
            reader: self.cluster.clone(),
            inventory: self.cluster.clone(),
            sensors: self.cluster.clone(),
            actuator: self.cluster.clone(),
            shell: self.cluster.clone(),
            operations: self.cluster.clone(),
            audit: self.store.clone(),
            runs: self.store.clone(),
            kv: self.store.clone(),
            logs: self.store.clone(),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
        }
    }

    /// A host of this one cluster, with nothing else.
    #[must_use]
    pub fn host(&self, engine: SkillEngine, catalog: Catalog) -> SkillHost {
        self.host_with(engine, catalog, self.ports(), None)
    }

    /// The same, which keeps timers.
    ///
    /// # Panics
    /// The timers' store in memory failed.
    #[allow(clippy::unwrap_used, reason = "for tests alone")]
    pub async fn host_in_time(&self, engine: SkillEngine, catalog: Catalog) -> SkillHost {
        let (store, herald) = (Arc::<FakeSchedule>::default(), Arc::<FakeHerald>::default());
        let timers = Timers::open(self.timers(store, herald)).await.unwrap();
        self.host_with(engine, catalog, self.ports(), Some(timers))
    }

    fn host_with(
        &self,
        engine: SkillEngine,
        catalog: Catalog,
        ports: Ports,
        timers: Option<Arc<Timers>>,
    ) -> SkillHost {
        SkillHost::new(HostParts {
            engine,
            catalog,
            main: Site {
                cluster: self.cluster.names().cluster.clone(),
                names: Vec::new(),
                aliases: Aliases::new(),
                ports,
            },
            others: Vec::new(),
            skill_config: BTreeMap::new(),
            pin: "4271".parse().ok(),
            lowered: Lowering::default(),
            timers,
        })
    }
}

/// The built skills, in service with all that they ask for.
///
/// # Panics
/// As [`built_skills`].
pub async fn all_skills(engine: &SkillEngine) -> Catalog {
    let found = scan(&built_skills()).unwrap_or_default();
    let sound = found.iter().filter_map(|(_, skill)| skill.as_ref().ok());
    let grants = sound.map(|one| (one.manifest.id.clone(), one.manifest.requests.clone()));
    let allowances = Allowances::of(grants.collect());
    load(found, &allowances, engine).await
}

impl Default for Fakes {
    fn default() -> Self {
        Self::new()
    }
}

impl Seen {
    /// What was noticed so far.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        self.notices.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Breaks off what it watches.
    pub fn break_off(&self) {
        self.unwanted.store(true, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Watcher for Seen {
    fn notice(&self, notice: Notice) {
        self.notices.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(notice);
        self.news.notify_one();
    }

    fn is_wanted(&self) -> bool {
        !self.unwanted.load(std::sync::atomic::Ordering::SeqCst)
    }
}
