//! Audit log, run records, key-value and the skills' logs in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::audit::{AuditEntry, AuditEvent, AuditLine, AuditLog};
use jarvis_domain::kv::{Amount, Entry, KeyValue, StoreError, Write, Written};
use jarvis_domain::run::{RunRecord, Runs};
use jarvis_domain::skill_log::{SkillLine, SkillLogPage, SkillLogs};
use jarvis_domain::{Clock, Digest, ManualClock, RunId, SkillId, Timestamp};

/// A state folder in memory.
#[derive(Debug)]
pub struct FakeStore {
    clock: Arc<ManualClock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    audit: Vec<AuditLine>,
    runs: BTreeMap<RunId, RunRecord>,
    values: BTreeMap<(SkillId, String), (Entry, Option<Timestamp>)>,
    audit_fails: bool,
    runs_fail: bool,
    logged: Vec<SkillLine>,
}

/// The most lines of skills' logs that are kept.
const MOST_LINES: usize = 1000;

impl FakeStore {
    /// An empty store.
    #[must_use]
    pub fn new(clock: Arc<ManualClock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was audited, in order.
    #[must_use]
    pub fn events(&self) -> Vec<AuditEvent> {
        self.state().audit.iter().map(|line| line.entry.event.clone()).collect()
    }

    /// Whether the audit log cannot be written from now on.
    pub fn audit_fails(&self, fails: bool) {
        self.state().audit_fails = fails;
    }

    /// Whether run records cannot be written from now on.
    pub fn runs_fail(&self, fails: bool) {
        self.state().runs_fail = fails;
    }

    /// Every run record, oldest first.
    #[must_use]
    pub fn all_runs(&self) -> Vec<RunRecord> {
        self.state().runs.values().cloned().collect()
    }

    /// The lines that skills wrote.
    #[must_use]
    pub fn logged(&self) -> Vec<SkillLine> {
        self.state().logged.clone()
    }

    fn check(fails: bool) -> Result<(), StoreError> {
        if fails {
            let source = std::io::Error::other("no space left on device").into();
            return Err(StoreError { doing: "writing".to_owned(), source });
        }
        Ok(())
    }
}

#[async_trait]
impl AuditLog for FakeStore {
    async fn record(&self, entry: AuditEntry) -> Result<u64, StoreError> {
        let at = self.clock.now();
        let mut state = self.state();
        Self::check(state.audit_fails)?;
        let seq = state.audit.len() as u64 + 1;
        state.audit.push(AuditLine { seq, at, entry, previous: Digest::of(b"") });
        Ok(seq)
    }

    async fn recent(&self, run: Option<RunId>, limit: usize) -> Result<Vec<AuditLine>, StoreError> {
        let state = self.state();
        let of_run = |line: &&AuditLine| run.is_none_or(|run| line.entry.run == Some(run));
        let mut lines: Vec<AuditLine> =
            state.audit.iter().rev().filter(of_run).take(limit).cloned().collect();
        lines.reverse();
        Ok(lines)
    }
}

#[async_trait]
impl Runs for FakeStore {
    async fn put(&self, record: &RunRecord) -> Result<(), StoreError> {
        let mut state = self.state();
        Self::check(state.runs_fail)?;
        state.runs.insert(record.id, record.clone());
        Ok(())
    }

    async fn get(&self, id: RunId) -> Result<Option<RunRecord>, StoreError> {
        Ok(self.state().runs.get(&id).cloned())
    }

    async fn recent(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        Ok(self.state().runs.values().rev().take(limit).cloned().collect())
    }
}

impl State {
    /// The live entries of `skill`.
    fn live(&self, skill: &SkillId, now: Timestamp) -> impl Iterator<Item = (&str, &Entry)> {
        let own = self.values.iter().filter(move |((owner, _), _)| owner == skill);
        let live = own.filter(move |(_, (_, end))| end.is_none_or(|end| now < end));
        live.map(|((_, key), (entry, _))| (key.as_str(), entry))
    }

    fn amount(&self, skill: &SkillId, now: Timestamp) -> Amount {
        let each = self.live(skill, now).map(|(key, entry)| Amount::of(key, &entry.value));
        each.fold(Amount::default(), |sum, one| sum + one)
    }
}

#[async_trait]
impl SkillLogs for FakeStore {
    fn write(&self, _: &SkillId, line: SkillLine) {
        let mut state = self.state();
        if state.logged.len() < MOST_LINES {
            state.logged.push(line);
        }
    }

    async fn recent(&self, _: &SkillId, _: usize) -> Result<SkillLogPage, StoreError> {
        Ok(SkillLogPage { lines: self.logged(), next: 0 })
    }

    async fn after(&self, _: &SkillId, _: u64, _: Duration) -> Result<SkillLogPage, StoreError> {
        Ok(SkillLogPage::default())
    }
}

#[async_trait]
impl KeyValue for FakeStore {
    async fn get(&self, skill: &SkillId, key: &str) -> Result<Option<Entry>, StoreError> {
        let state = self.state();
        let found = state.live(skill, self.clock.now()).find(|(own, _)| *own == key);
        Ok(found.map(|(_, entry)| entry.clone()))
    }

    async fn set(&self, skill: &SkillId, key: &str, write: Write) -> Result<Written, StoreError> {
        let now = self.clock.now();
        let mut state = self.state();
        let there = state.live(skill, now).find(|(own, _)| *own == key);
        let version = there.map_or(0, |(_, entry)| entry.version);
        let own = there.map_or_else(Amount::default, |(_, entry)| Amount::of(key, &entry.value));
        if write.expected.is_some_and(|expected| expected != version) {
            return Ok(Written::Conflict(version));
        }
        let before = state.amount(skill, now);
        let after = before - own + Amount::of(key, &write.value);
        if write.at_most.is_some_and(|most| !after.fits(before, most)) {
            return Ok(Written::Full);
        }
        let entry = Entry { value: write.value, version: version + 1 };
        state.values.insert((skill.clone(), key.to_owned()), (entry, write.expires));
        Ok(Written::Version(version + 1))
    }

    async fn delete(&self, skill: &SkillId, key: &str) -> Result<bool, StoreError> {
        Ok(self.state().values.remove(&(skill.clone(), key.to_owned())).is_some())
    }

    async fn scan(
        &self,
        skill: &SkillId,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let state = self.state();
        let keys = state.live(skill, self.clock.now()).map(|(key, _)| key);
        let wanted =
            keys.filter(|key| key.starts_with(prefix) && after.is_none_or(|after| *key > after));
        Ok(wanted.take(limit).map(str::to_owned).collect())
    }

    async fn amount(&self, skill: &SkillId) -> Result<Amount, StoreError> {
        Ok(self.state().amount(skill, self.clock.now()))
    }
}
