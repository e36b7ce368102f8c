//! The open state folder, and the ports it offers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use jarvis_domain::audit::{AuditLine, AuditLog};
use jarvis_domain::decision::Decisions;
use jarvis_domain::event::EventQueue;
use jarvis_domain::kv::{KeyValue, StoreError};
use jarvis_domain::operation::{Journal, OperationRecord};
use jarvis_domain::records::{Part, Records};
use jarvis_domain::registry::Registry;
use jarvis_domain::run::{Exchange, Moment, RunRecord, Runs};
use jarvis_domain::schedule::Schedule;
use jarvis_domain::skill_log::SkillLogs;
use jarvis_domain::verification::Verification;
use jarvis_domain::{Caller, Clock, ExchangeId, RunId, Timestamp};

use crate::audit::{self, Log, Unanswered};
use crate::decisions::DecisionStore;
use crate::error::Cause;
use crate::events::EventStore;
use crate::exchanges::{self, ExchangeStore};
use crate::journal::{self, JournalStore};
use crate::key_value::KeyValueStore;
use crate::registry::RegistryStore;
use crate::runs::{self, RunStore};
use crate::schedule::ScheduleStore;
use crate::skill_logs::SkillLogStore;
use crate::store::{Store, Urgency};
use crate::{DATABASE_FILE, StateError, events, folder, head, tables};

/// An open state folder. Its lock is held until this and every port taken
/// from it are dropped; dropping waits for what is being written.
#[derive(Debug)]
pub struct State {
    folder: PathBuf,
    store: Arc<Store>,
    audit: Arc<Log>,
    runs: Arc<RunStore>,
    exchanges: ExchangeStore,
    journal: Arc<JournalStore>,
    kv: Arc<KeyValueStore>,
    decisions: Arc<DecisionStore>,
    registry: Arc<RegistryStore>,
    schedule: Arc<ScheduleStore>,
    events: Arc<EventStore>,
    skill_logs: Arc<SkillLogStore>,
}

impl State {
    /// Opens `folder`, or makes it (mode 0700). Blocks while it reads the end
    /// of the audit log and checks the database.
    ///
    /// What a crash left at the end of the audit log is moved aside and noted
    /// in the log.
    ///
    /// # Errors
    /// Another process has it, it is not ours alone, it cannot be read or
    /// written, its database is damaged, or a later version wrote it.
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, StateError> {
        folder::prepare(folder)?;
        let lock = Arc::new(folder::lock(folder)?);
        let path = folder.join(DATABASE_FILE);
        let store = Store::open(&path, Arc::clone(&lock), tables::set_up)?;
        folder::sync_parent(&path).map_err(StateError::folder("write the folder of", &path))?;
        let found = store.read_now(tables::format).map_err(|cause| cause.opening(&path))?;
        if found > tables::FORMAT {
            return Err(StateError::Newer { path, found, known: tables::FORMAT });
        }
        let store = Arc::new(store);
        let queue = EventStore::open(Arc::clone(&store), events::MOST_WAITING)
            .map_err(|cause| cause.opening(&path))?;
        let audit = Arc::new(Log::open(folder, Arc::clone(&clock), &store, lock)?);
        let logs = folder.join("logs/skills");
        let skill_logs = SkillLogStore::open(&logs, Arc::clone(&clock))
            .map_err(StateError::folder("start the thread that writes to", &logs))?;
        Ok(Self {
            folder: folder.to_owned(),
            runs: Arc::new(RunStore::new(Arc::clone(&store), runs::KEPT)),
            exchanges: ExchangeStore::new(Arc::clone(&store), Arc::clone(&clock), exchanges::KEPT),
            journal: Arc::new(JournalStore::new(
                Arc::clone(&store),
                Arc::clone(&clock),
                journal::KEPT,
            )),
            kv: Arc::new(KeyValueStore::new(Arc::clone(&store), Arc::clone(&clock))),
            registry: Arc::new(RegistryStore::new(Arc::clone(&store), clock)),
            decisions: Arc::new(DecisionStore::new(Arc::clone(&store))),
            schedule: Arc::new(ScheduleStore::new(Arc::clone(&store))),
            events: Arc::new(queue),
            audit,
            skill_logs: Arc::new(skill_logs),
            store,
        })
    }

    /// The folder, as it was given.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> Arc<dyn AuditLog> {
        Arc::clone(&self.audit) as _
    }

    /// The run records.
    #[must_use]
    pub fn runs(&self) -> Arc<dyn Runs> {
        Arc::clone(&self.runs) as _
    }

    /// What administrators decided about skills.
    #[must_use]
    pub fn decisions(&self) -> Arc<dyn Decisions> {
        Arc::clone(&self.decisions) as _
    }

    /// The journal of operations.
    #[must_use]
    pub fn journal(&self) -> Arc<dyn Journal> {
        Arc::clone(&self.journal) as _
    }

    /// Ends the run records that an earlier host left without an end, and says
    /// how many there were. For the start of a host, before anything runs.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn end_runs(&self) -> Result<usize, StoreError> {
        self.runs.end_all().await
    }

    /// The calls that were let through and whose outcome nobody wrote down,
    /// beyond what is [`settled`](Self::settled). For the start of a host.
    ///
    /// # Errors
    /// The audit log or the database cannot be read.
    pub async fn unanswered(&self) -> Result<Unanswered, StoreError> {
        let settled = self.store.read("reading how far calls are settled", head::settled).await?;
        self.audit.unanswered(settled).await
    }

    /// Remembers that every call up to line `seq` of the audit log has its
    /// outcome, so that later starts need not look there.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn settled(&self, seq: u64) -> Result<(), StoreError> {
        const DOING: &str = "writing how far calls are settled";
        let change = move |transaction: &_| head::settle(transaction, seq);
        self.store.change(DOING, Urgency::Later, change).await
    }

    /// The operations that were journaled at `since` or later, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn operations(&self, since: Timestamp) -> Result<Vec<OperationRecord>, StoreError> {
        self.journal.since(since).await
    }

    /// The skills' small stores.
    #[must_use]
    pub fn kv(&self) -> Arc<dyn KeyValue> {
        Arc::clone(&self.kv) as _
    }

    /// What other rooms of the host remember.
    #[must_use]
    pub fn registry(&self) -> Arc<dyn Registry> {
        Arc::clone(&self.registry) as _
    }

    /// What waits for its time.
    #[must_use]
    pub fn schedule(&self) -> Arc<dyn Schedule> {
        Arc::clone(&self.schedule) as _
    }

    /// The skills' queues of events.
    #[must_use]
    pub fn events(&self) -> Arc<dyn EventQueue> {
        Arc::clone(&self.events) as _
    }

    /// What skills write and print.
    #[must_use]
    pub fn skill_logs(&self) -> Arc<dyn SkillLogs> {
        Arc::clone(&self.skill_logs) as _
    }
}

#[async_trait]
impl Records for State {
    async fn runs(&self, part: Part<RunId>) -> Result<Vec<RunRecord>, StoreError> {
        self.runs.part(part).await
    }

    async fn run(&self, id: RunId) -> Result<Option<RunRecord>, StoreError> {
        self.runs.get(id).await
    }

    async fn find_runs(&self, prefix: &str, limit: usize) -> Result<Vec<RunId>, StoreError> {
        self.runs.find(prefix, limit).await
    }

    async fn add_heard(&self, run: RunId, heard: Vec<Moment>) -> Result<bool, StoreError> {
        self.runs.add_heard(run, heard).await
    }

    async fn add_exchange(
        &self,
        caller: Caller,
        place: Option<String>,
        heard: Vec<Moment>,
    ) -> Result<ExchangeId, StoreError> {
        self.exchanges.add(caller, place, heard).await
    }

    async fn exchanges(&self, part: Part<ExchangeId>) -> Result<Vec<Exchange>, StoreError> {
        self.exchanges.part(part).await
    }

    async fn find_exchanges(
        &self,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<Exchange>, StoreError> {
        self.exchanges.find(prefix, limit).await
    }

    async fn audit(
        &self,
        run: Option<RunId>,
        part: Part<u64>,
    ) -> Result<Vec<AuditLine>, StoreError> {
        self.audit.part(run, part).await
    }

    async fn verify_audit(&self) -> Result<Verification, StoreError> {
        const DOING: &str = "verifying the audit log";
        let kept = self.store.read(DOING, head::kept).await?;
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || audit::verify_with(&folder, &Ok(kept)))
            .await
            .map_err(|_| Cause::Closed.while_doing(DOING))?
            .map_err(|source| StoreError { doing: DOING.to_owned(), source: Box::new(source) })
    }
}

#[cfg(test)]
mod tests;
