//! The database: one thread writes, anybody reads.
//!
//! Changes that wait at the same time share one transaction and one fsync.
//! This module knows no table; each concern has a file of its own.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;

use jarvis_domain::Trouble;
use jarvis_domain::kv::StoreError;
use redb::{
    Database, DatabaseError, Durability, ReadTransaction, ReadableDatabase, WriteTransaction,
};
use tokio::sync::{mpsc, oneshot};

use crate::StateError;
use crate::error::Cause;
use crate::folder::Lock;

/// Changes that share a transaction at most.
const BATCH: usize = 128;
/// Changes that wait at most before callers wait to hand in more.
const QUEUE: usize = 1024;
/// Pages kept in memory, bytes. redb's own default is 1 GiB.
const CACHE: usize = 16 * 1024 * 1024;

/// When a change has to be on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// With the next change that is more urgent, and when the store is closed.
    Later,
    /// As soon as nothing else is waiting. The caller does not wait for it.
    Soon,
    /// Before the caller is answered.
    Now,
}

/// The database and its writing thread, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Store {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

type Opener = Box<dyn Fn() -> Result<Database, DatabaseError> + Send + Sync>;

/// redb refuses everything after an I/O error until it is opened anew, so the
/// database can be taken out and put back.
struct Shared {
    database: RwLock<Option<Database>>,
    open: Opener,
    /// Nobody else may write as long as this database is open.
    _lock: Arc<Lock>,
}

/// A change on its way: first applied, then, after the commit, answered.
trait Job: Send {
    fn urgency(&self) -> Urgency;
    fn apply(&mut self, transaction: &WriteTransaction) -> Result<(), Cause>;
    fn answer(self: Box<Self>, committed: Result<(), Cause>);
}

struct Change<F, T> {
    urgency: Urgency,
    apply: Option<F>,
    value: Option<T>,
    reply: oneshot::Sender<Result<T, Cause>>,
}

impl Store {
    /// Opens the database at `path`, or makes it; `set_up` makes its tables.
    pub(crate) fn open(
        path: &Path,
        lock: Arc<Lock>,
        set_up: fn(&WriteTransaction) -> Result<(), Cause>,
    ) -> Result<Self, StateError> {
        let file = path.to_owned();
        let open = move || {
            Database::builder()
                .set_cache_size(CACHE)
                // A damaged page found later would be a panic in redb.
                .set_check_integrity_on_open(true)
                .create(&file)
        };
        Self::with(Box::new(open), lock, set_up).map_err(|cause| cause.opening(path))
    }

    fn with(
        open: Opener,
        lock: Arc<Lock>,
        set_up: fn(&WriteTransaction) -> Result<(), Cause>,
    ) -> Result<Self, Cause> {
        let database = open()?;
        let transaction = database.begin_write()?;
        set_up(&transaction)?;
        transaction.commit()?;
        let shared = Arc::new(Shared { database: RwLock::new(Some(database)), open, _lock: lock });
        let (jobs, queue) = mpsc::channel(QUEUE);
        let writer = std::thread::Builder::new()
            .name("jarvis-store".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                move || write(&shared, queue)
            })
            .map_err(Cause::file("start the store's thread"))?;
        Ok(Self { jobs: Some(jobs), shared, writer: Some(writer) })
    }

    /// Applies `change` in a transaction; committed when this returns. Once
    /// handed in, it is carried out also when the caller goes away.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        doing: &'static str,
        urgency: Urgency,
        change: impl FnOnce(&WriteTransaction) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, StoreError> {
        let closed = || Cause::Closed.while_doing(doing);
        let (reply, answer) = oneshot::channel();
        let job = Change { urgency, apply: Some(change), value: None, reply };
        let jobs = self.jobs.as_ref().ok_or_else(closed)?;
        jobs.send(Box::new(job)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?.map_err(|cause| cause.while_doing(doing))
    }

    /// Hands in a change that nobody waits for; dropped when too many wait.
    pub(crate) fn hint(
        &self,
        change: impl FnOnce(&WriteTransaction) -> Result<(), Cause> + Send + 'static,
    ) {
        let (reply, _) = oneshot::channel();
        let job = Change { urgency: Urgency::Later, apply: Some(change), value: None, reply };
        if let Some(jobs) = &self.jobs {
            let _ = jobs.try_send(Box::new(job));
        }
    }

    /// Reads, on tokio's blocking pool.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        doing: &'static str,
        read: impl FnOnce(&ReadTransaction) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || shared.read(read))
            .await
            .unwrap_or(Err(Cause::Closed))
            .map_err(|cause| cause.while_doing(doing))
    }

    /// Reads on this thread.
    pub(crate) fn read_now<T>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, Cause>,
    ) -> Result<T, Cause> {
        self.shared.read(read)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // The thread ends once it has done what waits; then the file is closed.
        self.jobs.take();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl Shared {
    fn read<T>(&self, read: impl FnOnce(&ReadTransaction) -> Result<T, Cause>) -> Result<T, Cause> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        read(&database.as_ref().ok_or(Cause::Closed)?.begin_read()?)
    }

    fn commit(&self, batch: &mut [Box<dyn Job>], durability: Durability) -> Result<(), Cause> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let mut transaction = database.as_ref().ok_or(Cause::Closed)?.begin_write()?;
        transaction.set_durability(durability)?;
        for job in batch {
            job.apply(&transaction)?;
        }
        Ok(transaction.commit()?)
    }

    /// Closes the database and opens it again, unless it is fine.
    fn reopen(&self) -> Result<(), Cause> {
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        drop(database.take());
        *database = Some((self.open)()?);
        Ok(())
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl<F, T> Job for Change<F, T>
where
    F: FnOnce(&WriteTransaction) -> Result<T, Cause> + Send,
    T: Send,
{
    fn urgency(&self) -> Urgency {
        self.urgency
    }

    fn apply(&mut self, transaction: &WriteTransaction) -> Result<(), Cause> {
        if let Some(apply) = self.apply.take() {
            self.value = Some(apply(transaction)?);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, committed: Result<(), Cause>) {
        let Self { value, reply, .. } = *self;
        // The caller may have gone away.
        let _ = reply.send(committed.and_then(|()| value.ok_or(Cause::Closed)));
    }
}

/// The writing thread: until every sender is gone.
fn write(shared: &Shared, mut queue: mpsc::Receiver<Box<dyn Job>>) {
    let (mut healthy, trouble) = (true, Trouble::default());
    let mut unflushed = false;
    loop {
        let first = match queue.try_recv() {
            Ok(job) => job,
            Err(mpsc::error::TryRecvError::Disconnected) => break,
            Err(mpsc::error::TryRecvError::Empty) if unflushed => {
                unflushed = false;
                healthy = flush(shared, &trouble);
                continue;
            }
            Err(mpsc::error::TryRecvError::Empty) => match queue.blocking_recv() {
                Some(job) => job,
                None => break,
            },
        };
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(job) = queue.try_recv()
        {
            batch.push(job);
        }
        let urgency = batch.iter().map(|job| job.urgency()).max().unwrap_or(Urgency::Now);
        let durability =
            if urgency == Urgency::Now { Durability::Immediate } else { Durability::None };
        if !healthy {
            healthy = shared.reopen().is_ok();
        }
        let committed = shared.commit(&mut batch, durability);
        // What is only in memory says nothing of the disk.
        if urgency == Urgency::Now || committed.is_err() {
            tell(&committed, &trouble);
        }
        match &committed {
            Ok(()) => {
                unflushed = (unflushed || urgency == Urgency::Soon) && urgency != Urgency::Now
            }
            Err(_) => healthy = false,
        }
        for job in batch {
            job.answer(committed.clone());
        }
    }
    // What was only committed in memory goes to disk before the file closes.
    flush(shared, &trouble);
    shared.database.write().unwrap_or_else(PoisonError::into_inner).take();
}

/// Makes everything committed so far durable.
fn flush(shared: &Shared, trouble: &Trouble) -> bool {
    let flushed = shared.commit(&mut [], Durability::Immediate);
    tell(&flushed, trouble);
    flushed.is_ok()
}

/// Says that the database cannot be written, and that it can be again.
fn tell(committed: &Result<(), Cause>, trouble: &Trouble) {
    match committed {
        Ok(()) if trouble.ends() => tracing::info!("the database is written again"),
        Err(cause) if trouble.begins() => {
            tracing::error!(%cause, "the database could not be written");
        }
        Ok(()) | Err(_) => {}
    }
}

#[cfg(test)]
mod tests;
