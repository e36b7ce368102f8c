//! A place where what a caller has begun waits until a test lets it on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use jarvis_domain::decision::{Decision, Decisions};
use jarvis_domain::kv::StoreError;
use jarvis_domain::registry::{Kind, Record, Registry};
use tokio::sync::Notify;

/// See the module. Open, until it is shut for the next one.
#[derive(Debug, Default)]
pub(super) struct Turnstile {
    shut: AtomicBool,
    came: Notify,
    open: Notify,
}

/// Decisions that are kept behind a turnstile.
#[derive(Debug)]
pub(super) struct SlowDecisions(pub(super) Arc<dyn Decisions>, pub(super) Arc<Turnstile>);

/// A registry whose claims are answered behind a turnstile, and that changes nothing
/// but by a claim while it is full.
#[derive(Debug)]
pub(super) struct SlowRegistry {
    pub(super) registry: Arc<dyn Registry>,
    pub(super) claiming: Arc<Turnstile>,
    pub(super) full: Arc<AtomicBool>,
}

impl Turnstile {
    pub(super) fn shut(&self) {
        self.shut.store(true, Ordering::SeqCst);
    }

    /// Somebody waits.
    pub(super) async fn came(&self) {
        self.came.notified().await;
    }

    pub(super) fn open(&self) {
        self.open.notify_one();
    }

    pub(super) async fn pass(&self) {
        if self.shut.swap(false, Ordering::SeqCst) {
            self.came.notify_one();
            self.open.notified().await;
        }
    }
}

#[async_trait]
impl Decisions for SlowDecisions {
    async fn all(&self) -> Result<Vec<Decision>, StoreError> {
        self.0.all().await
    }

    async fn put(&self, decision: &Decision) -> Result<(), StoreError> {
        self.1.pass().await;
        self.0.put(decision).await
    }
}

impl SlowRegistry {
    fn has_room(&self) -> Result<(), StoreError> {
        if self.full.load(Ordering::SeqCst) {
            let source = Box::new(std::io::Error::other("no space left"));
            return Err(StoreError { doing: "writing".to_owned(), source });
        }
        Ok(())
    }
}

#[async_trait]
impl Registry for SlowRegistry {
    async fn all(&self, kind: Kind) -> Result<Vec<Record>, StoreError> {
        self.registry.all(kind).await
    }

    async fn get(&self, kind: Kind, id: &str) -> Result<Option<Record>, StoreError> {
        self.registry.get(kind, id).await
    }

    async fn put(&self, kind: Kind, record: Record) -> Result<(), StoreError> {
        self.has_room()?;
        self.registry.put(kind, record).await
    }

    async fn claim(&self, kind: Kind, record: Record) -> Result<bool, StoreError> {
        let claimed = self.registry.claim(kind, record).await;
        // It is on disk by now.
        self.claiming.pass().await;
        claimed
    }

    async fn delete(&self, kind: Kind, id: &str) -> Result<bool, StoreError> {
        self.has_room()?;
        self.registry.delete(kind, id).await
    }
}
