//! The audit log: lines of JSON, each holding the digest of the line before.
//!
//! This file is the port; `writer` owns the files, `tail` finds where the log
//! ends when it is opened, [`read()`] and [`verify()`] work beside a running host.
//! Nothing in here changes a line that was acknowledged.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use jarvis_domain::audit::{AuditEntry, AuditLine, AuditLog};
use jarvis_domain::kv::StoreError;
use jarvis_domain::records::Part;
use jarvis_domain::{Clock, RunId};
use tokio::sync::{mpsc, oneshot};

use crate::StateError;
use crate::error::Cause;
use crate::folder::Lock;
use crate::head::{self, Head};
use crate::store::Store;

mod files;
mod line;
mod read;
mod tail;
mod unanswered;
mod verify;
mod writer;

pub use files::ROTATE_AT;
pub use line::{MAX_LINE, first_previous};
pub use read::{Filter, Page, read};
pub use unanswered::Unanswered;
pub(crate) use verify::verify_with;
pub use verify::{check, verify};

/// Entries that wait at most before callers wait to hand in more.
const QUEUE: usize = 1024;
const DOING: &str = "writing the audit log";

/// One entry on its way to the disk.
#[derive(Debug)]
struct Request {
    entry: AuditEntry,
    reply: oneshot::Sender<Result<u64, Cause>>,
}

/// The log and its writing thread, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Log {
    folder: PathBuf,
    requests: Option<mpsc::Sender<Request>>,
    writer: Option<JoinHandle<()>>,
    _lock: Arc<Lock>,
}

/// Where the audit files of the state folder `state` are.
pub(crate) fn folder(state: &Path) -> PathBuf {
    state.join("audit")
}

impl Log {
    /// Opens the log below the state folder `state`, whose lock is `lock`.
    pub(crate) fn open(
        state: &Path,
        clock: Arc<dyn Clock>,
        store: &Arc<Store>,
        lock: Arc<Lock>,
    ) -> Result<Self, StateError> {
        let folder = folder(state);
        let kept = store.read_now(head::kept).unwrap_or_else(|cause| {
            tracing::warn!(%cause, "the audit log's head in the database cannot be read");
            None
        });
        let mut writer = writer::Writer::open(&folder, clock, kept)?;
        writer.on_commit({
            let store = Arc::clone(store);
            move |head: Head| head::keep(&store, head)
        });
        let (requests, queue) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("jarvis-audit".to_owned())
            .spawn(move || writer::work(writer, queue))
            .map_err(StateError::folder("start the thread that writes", &folder))?;
        Ok(Self { folder, requests: Some(requests), writer: Some(thread), _lock: lock })
    }

    /// Calls after number `settled` that were let through and have no outcome.
    pub(crate) async fn unanswered(&self, settled: u64) -> Result<Unanswered, StoreError> {
        const DOING: &str = "looking for calls without an outcome";
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || unanswered::find(&folder, settled))
            .await
            .map_err(|_| Cause::Closed.while_doing(DOING))?
            .map_err(|source| Cause::file("a file of the audit log")(source).while_doing(DOING))
    }

    /// Lines of `run`, or of all; oldest first.
    pub(crate) async fn part(
        &self,
        run: Option<RunId>,
        part: Part<u64>,
    ) -> Result<Vec<AuditLine>, StoreError> {
        const DOING: &str = "reading the audit log";
        let folder = self.folder.clone();
        let Part { before, limit, bytes } = part;
        let filter = Filter { run, before, bytes, ..Filter::newest(limit) };
        tokio::task::spawn_blocking(move || read::select(&folder, &filter))
            .await
            .map_err(|_| Cause::Closed.while_doing(DOING))?
            .map(|page| page.lines)
            .map_err(|source| Cause::file("a file of the audit log")(source).while_doing(DOING))
    }
}

#[async_trait]
impl AuditLog for Log {
    async fn record(&self, entry: AuditEntry) -> Result<u64, StoreError> {
        let closed = || Cause::Closed.while_doing(DOING);
        let (reply, answer) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or_else(closed)?;
        requests.send(Request { entry, reply }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?.map_err(|cause| cause.while_doing(DOING))
    }

    async fn recent(&self, run: Option<RunId>, limit: usize) -> Result<Vec<AuditLine>, StoreError> {
        self.part(run, Part { before: None, limit, bytes: usize::MAX }).await
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        // The thread ends once what was handed in is on disk.
        self.requests.take();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
