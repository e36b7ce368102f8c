//! What slows down who guesses, and goes on over a restart.
//!
//! Wrong passwords are counted by account and by address, and each makes the
//! next attempt wait longer. Nobody can lock the owner of an account out with
//! that: from an address where that account has signed in of late, only the
//! wrong passwords given there count, and every wait has an end.
//!
//! An account is counted in whatever case it is written: realms that take no
//! notice of it would let a guesser begin anew with each spelling.
//!
//! An attempt counts as failed before the password is looked at, so that many
//! at once are no way around it.

mod counts;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jarvis_domain::Timestamp;
use jarvis_domain::identity::Account;
use jarvis_domain::kv::StoreError;
use jarvis_domain::registry::{Kind, Record, Registry};

use counts::{Counts, Key};

/// See the module.
#[derive(Debug)]
pub(crate) struct Throttle {
    counts: Mutex<Counts>,
    registry: Arc<dyn Registry>,
    /// Held while writing, so that what is written last is the newest.
    writing: tokio::sync::Mutex<()>,
}

/// An attempt that is not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slowed {
    /// How long until the next one is.
    pub(crate) wait: Duration,
    /// How many have been turned away so since the last that was looked at.
    pub(crate) unread: u64,
}

impl Throttle {
    /// What an earlier life of this host has counted.
    pub(crate) async fn open(
        registry: Arc<dyn Registry>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let records = registry.all(Kind::Failures).await?;
        let mut counts = Counts::default();
        let strays = counts.load(&records, now);
        let throttle = Self { counts: Mutex::new(counts), registry, writing: Default::default() };
        throttle.write(strays).await?;
        Ok(throttle)
    }

    /// Counts an attempt as failed, on disk, unless it comes too soon.
    pub(crate) async fn begin(
        &self,
        account: &Account,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Result<(), Slowed>, StoreError> {
        let begun = self.lock().begin(&account.folded(), address, now);
        match begun {
            Ok(changed) => self.write(changed).await.map(Ok),
            Err(slowed) => Ok(Err(slowed)),
        }
    }

    /// Takes an attempt back that was no wrong password.
    pub(crate) async fn forgive(
        &self,
        account: &Account,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = self.lock().forgive(&account.folded(), address, now);
        self.write(changed).await
    }

    /// The same for one that has signed in: that address is the account's from
    /// now on.
    pub(crate) async fn succeed(
        &self,
        account: &Account,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = self.lock().succeed(&account.folded(), address, now);
        self.write(changed).await
    }

    /// Forgets what is too old to count. The registry does so by itself.
    pub(crate) fn prune(&self, now: Timestamp) {
        self.lock().prune(now);
    }

    async fn write(&self, changed: Vec<Key>) -> Result<(), StoreError> {
        let _writing = self.writing.lock().await;
        for key in changed {
            let (id, record) = (key.to_string(), self.lock().record(&key));
            match record {
                Some((value, expires)) => {
                    let record = Record { id, value, expires: Some(expires) };
                    self.registry.put(Kind::Failures, record).await?;
                }
                None => drop(self.registry.delete(Kind::Failures, &id).await?),
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
