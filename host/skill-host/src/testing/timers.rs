//! What waits for its time, kept in memory, who hears of it, and who may what.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jarvis_domain::announce::{Announcement, Herald};
use jarvis_domain::kv::StoreError;
use jarvis_domain::schedule::{Owner, Schedule, Scheduled, Standing};
use jarvis_domain::{Fault, Role, TimerId};
use jiff::tz::TimeZone;
use tokio::sync::Notify;

use super::Fakes;
use crate::schedule::TimerParts;

/// Timers in memory.
#[derive(Debug, Default)]
pub struct FakeSchedule(Mutex<Kept>);

/// What is kept, and whether nothing can be.
type Kept = (BTreeMap<TimerId, Scheduled>, bool);

/// Remembers what is announced.
#[derive(Debug, Default)]
pub struct FakeHerald {
    said: Mutex<Vec<Announcement>>,
    /// Told of each.
    pub news: Notify,
}

/// Everybody has this role, or none.
#[derive(Debug)]
pub struct FakeStanding(Mutex<Option<Role>>);

impl FakeSchedule {
    /// Whether nothing can be kept from now on.
    pub fn fails(&self, fails: bool) {
        self.state().1 = fails;
    }

    fn changed(&self) -> Result<MutexGuard<'_, Kept>, StoreError> {
        let state = self.state();
        match state.1 {
            false => Ok(state),
            true => {
                let source = std::io::Error::other("no space left on device").into();
                Err(StoreError { doing: "writing".to_owned(), source })
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Schedule for FakeSchedule {
    async fn all(&self) -> Result<Vec<Scheduled>, StoreError> {
        Ok(self.state().0.values().cloned().collect())
    }

    async fn put(&self, scheduled: &Scheduled) -> Result<(), StoreError> {
        self.changed()?.0.insert(scheduled.id, scheduled.clone());
        Ok(())
    }

    async fn remove(&self, id: TimerId) -> Result<bool, StoreError> {
        Ok(self.changed()?.0.remove(&id).is_some())
    }
}

impl FakeHerald {
    /// The texts so far.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().map(|one| one.text.clone()).collect()
    }
}

impl Herald for FakeHerald {
    fn announce(&self, announcement: Announcement) {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).push(announcement);
        self.news.notify_one();
    }
}

impl FakeStanding {
    /// Everybody is of `role`.
    #[must_use]
    pub fn of(role: Option<Role>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(role)))
    }

    /// Everybody is of `role` from now on.
    pub fn set(&self, role: Option<Role>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = role;
    }
}

#[async_trait]
impl Standing for FakeStanding {
    async fn role_of(&self, _: &Owner) -> Result<Option<Role>, Box<Fault>> {
        Ok(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Fakes {
    /// What timers on these fakes are made of, kept in `store` and told to `herald`.
    #[must_use]
    pub fn timers(&self, store: Arc<dyn Schedule>, herald: Arc<dyn Herald>) -> TimerParts {
        TimerParts {
            store,
            herald,
            audit: self.store.clone(),
            runs: self.store.clone(),
            clock: Arc::clone(&self.clock) as _,
            zone: TimeZone::UTC,
        }
    }
}
