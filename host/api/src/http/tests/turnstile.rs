//! A place where what a caller has begun waits until a test lets it on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use jarvis_domain::decision::{Decision, Decisions};
use jarvis_domain::kv::StoreError;
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
