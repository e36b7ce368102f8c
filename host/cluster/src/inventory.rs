//! The cluster's contents, asked for at most once at a time and kept for
//! those who take it with its age.

mod changes;
mod parse;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jarvis_domain::event::EventSink;
use jarvis_domain::inventory::Snapshot;
use jarvis_domain::{Clock, ClusterId, Timestamp};
use tokio::sync::{Mutex, Notify};

use crate::ClusterError;
use crate::access::Access;
use changes::Changes;

/// Between two looks at the cluster for whoever wants to be told of changes.
/// Each costs two starts of `pvesh`, some seconds of a processor.
const LOOK: Duration = Duration::from_secs(30);

/// The newest snapshot, and how to get a newer one.
#[derive(Debug)]
pub(crate) struct Contents {
    cluster: ClusterId,
    access: Arc<Access>,
    clock: Arc<dyn Clock>,
    /// Held while the cluster is asked: that is what coalesces.
    newest: Mutex<Newest>,
    /// How many requests have begun.
    begun: AtomicU64,
    /// What was asked for up to this request is no longer true.
    stale: AtomicU64,
    /// Told when it is.
    invalidated: Notify,
}

#[derive(Debug)]
struct Newest {
    kept: Option<Kept>,
    changes: Changes,
}

#[derive(Debug, Clone)]
struct Kept {
    request: u64,
    snapshot: Arc<Snapshot>,
}

impl Contents {
    pub(crate) fn new(
        cluster: ClusterId,
        access: Arc<Access>,
        clock: Arc<dyn Clock>,
        events: Arc<dyn EventSink>,
    ) -> Self {
        Self {
            cluster,
            access,
            clock,
            newest: Mutex::new(Newest { kept: None, changes: Changes::new(events) }),
            begun: AtomicU64::new(0),
            stale: AtomicU64::new(0),
            invalidated: Notify::new(),
        }
    }

    /// Looks at the cluster again and again while anybody wants to be told of
    /// changes; at once when something has changed. For as long as it is
    /// polled.
    pub(crate) async fn watch(&self) {
        loop {
            let wanted = self.newest.lock().await.changes.are_wanted();
            if wanted && let Err(error) = self.snapshot(LOOK).await {
                tracing::info!(%error, "the cluster is silent; its changes are told later");
            }
            tokio::select! {
                () = self.invalidated.notified() => {}
                () = self.clock.sleep(LOOK) => {}
            }
        }
    }

    /// A snapshot that is at most `max_age` old. Those who ask while a
    /// request is under way wait for it; it serves them only if it is young
    /// enough, and zero wants one that began after they asked.
    pub(crate) async fn snapshot(&self, max_age: Duration) -> Result<Arc<Snapshot>, ClusterError> {
        let before = self.begun.load(Ordering::SeqCst);
        let mut newest = self.newest.lock().await;
        if let Some(kept) = &newest.kept
            && kept.request > self.stale.load(Ordering::SeqCst)
            && (kept.request > before || self.is_young(kept.snapshot.as_of, max_age))
        {
            return Ok(Arc::clone(&kept.snapshot));
        }
        let request = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let snapshot = Arc::new(self.ask().await?);
        newest.kept = Some(Kept { request, snapshot: Arc::clone(&snapshot) });
        // Under the lock, so that changes are told in their order.
        newest.changes.tell(&snapshot).await;
        Ok(snapshot)
    }

    /// Forgets what was asked for so far: something has changed.
    pub(crate) fn invalidate(&self) {
        self.stale.store(self.begun.load(Ordering::SeqCst), Ordering::SeqCst);
        self.invalidated.notify_one();
    }

    fn is_young(&self, as_of: Timestamp, max_age: Duration) -> bool {
        !max_age.is_zero() && self.clock.now().since(as_of) <= max_age
    }

    async fn ask(&self) -> Result<Snapshot, ClusterError> {
        let as_of = self.clock.now();
        let (resources, status) = tokio::try_join!(
            self.access.read("/cluster/resources", &[]),
            self.access.read("/cluster/status", &[])
        )?;
        parse::snapshot(&self.cluster, as_of, &resources, &status)
    }
}

#[cfg(test)]
mod tests;
