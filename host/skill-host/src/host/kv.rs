//! `kv`: the skill's own small store. A dry run keeps its writes to itself.

use std::time::Duration;

use jarvis_domain::kv::{Amount, Entry, Write, Written};

use super::{Refusal, page};
use crate::bindings::{kv, types};
use crate::guest::Guest;
use crate::manifest::Limits;
use crate::record::Rated;
use crate::session::{DryRun, Mode, Session};

/// The longest key, bytes.
const MAX_KEY: usize = 256;

impl Session {
    async fn load(&self, key: &str) -> Result<Option<Entry>, Refusal> {
        check_key(key)?;
        if let Mode::Dry(DryRun { store, .. }) = &self.mode
            && let Some(own) = store.get(key)
        {
            return Ok(own.clone());
        }
        Ok(self.scope.ports.kv.get(&self.scope.rights.skill, key).await?)
    }

    async fn store(
        &mut self,
        key: &str,
        value: Vec<u8>,
        ttl: Option<Duration>,
        expected: Option<u64>,
    ) -> Result<u64, Refusal> {
        check_key(key)?;
        let (most, long) = (self.scope.limits.value, value.len());
        if u64::try_from(long).unwrap_or(u64::MAX) > most {
            return Err(Refusal::Invalid(format!("value: {long} bytes; at most {most}")));
        }
        if self.is_dry() {
            return self.store_dry(key, value, expected).await;
        }
        self.may_begin()?;
        let expires = ttl.map(|ttl| self.scope.ports.clock.now().plus(ttl));
        let write = Write { value, expires, expected, at_most: Some(self.quota()) };
        match self.scope.ports.kv.set(&self.scope.rights.skill, key, write).await? {
            Written::Version(version) => {
                self.scope.record.stored();
                Ok(version)
            }
            Written::Conflict(version) => Err(conflict(version)),
            Written::Full => Err(self.full()),
        }
    }

    async fn store_dry(
        &mut self,
        key: &str,
        value: Vec<u8>,
        expected: Option<u64>,
    ) -> Result<u64, Refusal> {
        let there = self.load(key).await?;
        let version = there.as_ref().map_or(0, |entry| entry.version);
        if expected.is_some_and(|expected| expected != version) {
            return Err(conflict(version));
        }
        let before = self.amount().await?;
        let own = there.map_or_else(Amount::default, |entry| Amount::of(key, &entry.value));
        let after = before - own + Amount::of(key, &value);
        if !after.fits(before, self.quota()) {
            return Err(self.full());
        }
        if let Mode::Dry(DryRun { store, .. }) = &mut self.mode {
            store.insert(key.to_owned(), Some(Entry { value, version: version + 1 }));
        }
        Ok(version + 1)
    }

    fn quota(&self) -> Amount {
        let Limits { keys, store, .. } = self.scope.limits;
        Amount { keys: keys.into(), bytes: store }
    }

    fn full(&self) -> Refusal {
        let Amount { keys, bytes } = self.quota();
        Refusal::Invalid(format!(
            "value: the store may hold {keys} keys and {} in all; remove some first",
            size(bytes)
        ))
    }

    /// What the store holds, a dry run's own writes put over it.
    async fn amount(&self) -> Result<Amount, Refusal> {
        let (kv, skill) = (&self.scope.ports.kv, &self.scope.rights.skill);
        let mut amount = kv.amount(skill).await?;
        if let Mode::Dry(DryRun { store, .. }) = &self.mode {
            for (key, own) in store {
                if let Some(hidden) = kv.get(skill, key).await? {
                    amount = amount - Amount::of(key, &hidden.value);
                }
                if let Some(own) = own {
                    amount = amount + Amount::of(key, &own.value);
                }
            }
        }
        Ok(amount)
    }

    async fn remove(&mut self, key: &str) -> Result<(), Refusal> {
        check_key(key)?;
        if let Mode::Dry(DryRun { store, .. }) = &mut self.mode {
            store.insert(key.to_owned(), None);
            return Ok(());
        }
        self.may_begin()?;
        if self.scope.ports.kv.delete(&self.scope.rights.skill, key).await? {
            self.scope.record.stored();
        }
        Ok(())
    }

    /// Every key with `prefix`, sorted; a skill has at most as many as the
    /// contract allows, also where its limit is lower now.
    async fn keys(&self, prefix: &str) -> Result<Vec<String>, Refusal> {
        let skill = &self.scope.rights.skill;
        let mut keys =
            self.scope.ports.kv.scan(skill, prefix, None, Limits::MOST.keys as usize).await?;
        if let Mode::Dry(DryRun { store, .. }) = &self.mode {
            keys.retain(|key| !store.contains_key(key));
            let own =
                store.iter().filter(|(key, entry)| entry.is_some() && key.starts_with(prefix));
            keys.extend(own.map(|(key, _)| key.clone()));
            keys.sort();
        }
        Ok(keys)
    }
}

impl kv::Host for Guest {
    async fn get(&mut self, key: String) -> Result<Option<kv::Entry>, Refusal> {
        let timed = self.session.begin(format!("kv get {key}"))?;
        let found = self.session.load(&key).await;
        let found = self.session.end(timed, Rated::default(), found)?;
        self.session.count_bytes(found.as_ref().map_or(0, |entry| entry.value.len()))?;
        Ok(found.map(|Entry { value, version }| kv::Entry { value, version }))
    }

    async fn set(
        &mut self,
        key: String,
        value: Vec<u8>,
        ttl_ms: Option<u64>,
        expected: Option<u64>,
    ) -> Result<u64, Refusal> {
        let timed = self.session.begin(format!("kv set {key}"))?;
        self.session.count_bytes(value.len())?;
        let ttl = ttl_ms.map(Duration::from_millis);
        let version = self.session.store(&key, value, ttl, expected).await;
        let rated = Rated { dry: self.session.is_dry(), ..Rated::default() };
        self.session.end(timed, rated, version)
    }

    async fn delete(&mut self, key: String) -> Result<(), Refusal> {
        let timed = self.session.begin(format!("kv delete {key}"))?;
        let removed = self.session.remove(&key).await;
        let rated = Rated { dry: self.session.is_dry(), ..Rated::default() };
        self.session.end(timed, rated, removed)
    }

    async fn scan(
        &mut self,
        prefix: Option<String>,
        page: types::Page,
    ) -> Result<kv::Keys, Refusal> {
        let prefix = prefix.unwrap_or_default();
        let timed = self.session.begin(format!("kv scan {prefix}"))?;
        let keys = self.session.keys(&prefix).await.and_then(|keys| page::of(keys, &page));
        let (keys, next) = self.session.end(timed, Rated::default(), keys)?;
        Ok(kv::Keys { keys, next })
    }
}

fn check_key(key: &str) -> Result<(), Refusal> {
    if key.is_empty() || key.len() > MAX_KEY {
        let long = key.len();
        return Err(Refusal::Invalid(format!("key: {long} bytes; it has 1 to {MAX_KEY}")));
    }
    Ok(())
}

/// So many bytes, for people.
fn size(bytes: u64) -> String {
    match bytes {
        whole if whole.is_multiple_of(1 << 20) => format!("{} MiB", whole >> 20),
        whole if whole.is_multiple_of(1 << 10) => format!("{} KiB", whole >> 10),
        odd => format!("{odd} bytes"),
    }
}

fn conflict(version: u64) -> Refusal {
    let message = format!("another version is there: {version}");
    Refusal::Failed { status: 409, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rig;

    #[tokio::test]
    async fn a_dry_run_sees_its_own_writes_and_leaves_none() {
        let rig = Rig::new();
        let mut real = rig.session();
        assert_eq!(real.store("kept", b"1".to_vec(), None, Some(0)).await.unwrap(), 1);

        let mut dry = rig.dry_session();
        assert_eq!(dry.store("kept", b"2".to_vec(), None, Some(1)).await.unwrap(), 2);
        assert_eq!(dry.store("new", b"3".to_vec(), None, None).await.unwrap(), 1);
        assert_eq!(dry.load("kept").await.unwrap().unwrap().value, b"2");
        assert_eq!(dry.keys("").await.unwrap(), ["kept", "new"]);
        dry.remove("kept").await.unwrap();
        assert_eq!(dry.load("kept").await.unwrap(), None);
        assert_eq!(dry.keys("").await.unwrap(), ["new"]);
        assert!(!dry.scope.record.has_stored());

        assert_eq!(real.load("kept").await.unwrap().unwrap().value, b"1");
        assert_eq!(real.keys("").await.unwrap(), ["kept"]);
    }

    #[tokio::test]
    async fn a_version_that_differs_is_a_conflict() {
        let rig = Rig::new();
        for mut session in [rig.session(), rig.dry_session()] {
            session.store("key", Vec::new(), None, Some(0)).await.unwrap();
            let refused = session.store("key", Vec::new(), None, Some(0)).await.unwrap_err();
            assert!(matches!(refused, Refusal::Failed { status: 409, .. }), "{refused:?}");
            session.remove("key").await.unwrap();
        }
    }

    #[tokio::test]
    async fn what_is_too_long_is_invalid() {
        let mut session = Rig::new().session();
        for (key, value) in [
            (String::new(), Vec::new()),
            ("k".repeat(MAX_KEY + 1), Vec::new()),
            ("k".to_owned(), vec![0; (64 << 10) + 1]),
        ] {
            let refused = session.store(&key, value, None, None).await.unwrap_err();
            assert!(matches!(refused, Refusal::Invalid(_)), "{refused:?}");
        }
    }

    #[tokio::test]
    async fn the_thousand_and_first_key_is_refused() {
        let rig = Rig::new();
        let mut real = rig.session();
        for n in 0..Limits::DEFAULT.keys {
            real.store(&format!("k{n}"), Vec::new(), None, None).await.unwrap();
        }
        for mut session in [real, rig.dry_session()] {
            let refused = session.store("one-more", Vec::new(), None, None).await.unwrap_err();
            assert!(matches!(refused, Refusal::Invalid(_)), "{refused:?}");
            assert!(session.store("k7", b"again".to_vec(), None, None).await.is_ok());
            session.remove("k7").await.unwrap();
            assert!(session.store("one-more", Vec::new(), None, None).await.is_ok());
            session.remove("one-more").await.unwrap();
            session.store("k7", Vec::new(), None, None).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_store_that_is_full_takes_what_makes_it_smaller() {
        let rig = Rig::new();
        let mut real = rig.session();
        let whole = vec![0; 64 << 10];
        for n in 0..63 {
            real.store(&format!("k{n}"), whole.clone(), None, None).await.unwrap();
        }
        for mut session in [real, rig.dry_session()] {
            let refused = session.store("one-more", whole.clone(), None, None).await.unwrap_err();
            assert!(refused.told().contains("4 MiB"), "{refused:?}");
            assert!(session.store("k7", vec![0; 9], None, None).await.is_ok());
            session.store("k7", whole.clone(), None, None).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_store_holds_no_more_than_its_skill_may() {
        let mut rig = Rig::new();
        rig.limits.store = 3 << 10;
        let mut real = rig.session();
        real.store("k", vec![0; 2 << 10], None, None).await.unwrap();
        for mut session in [real, rig.dry_session()] {
            let refused = session.store("l", vec![0; 1 << 10], None, None).await.unwrap_err();
            assert!(refused.told().contains("3 KiB in all"), "{refused:?}");
            session.store("l", vec![0; 1000], None, None).await.unwrap();
        }
    }

    #[test]
    fn a_size_is_told_in_the_largest_unit_that_fits() {
        let told = [4 << 20, 3 << 10, 1025].map(size);
        assert_eq!(told, ["4 MiB", "3 KiB", "1025 bytes"]);
    }

    #[tokio::test]
    async fn what_was_given_a_time_is_gone_after_it() {
        let rig = Rig::new();
        let mut session = rig.session();
        let minute = Duration::from_secs(60);
        session.store("brief", b"1".to_vec(), Some(minute), None).await.unwrap();
        rig.fakes.clock.advance(minute - Duration::from_millis(1));
        assert!(session.load("brief").await.unwrap().is_some());
        rig.fakes.clock.advance(Duration::from_millis(1));
        assert_eq!(session.load("brief").await.unwrap(), None);
        assert!(session.keys("").await.unwrap().is_empty());
        assert_eq!(session.amount().await.unwrap(), Amount::default());
    }
}
