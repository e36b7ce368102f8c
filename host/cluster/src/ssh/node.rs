//! One node: its connection, opened when it is wanted and again when it is
//! dead, and the places on it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jarvis_domain::Clock;
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

use super::SshError;
use super::channel;
use super::master::Master;
use super::options::Target;
use super::settings::SshSettings;
use crate::ClusterError;
use crate::launch::{Captured, Overflow};

/// Programs at once. An sshd takes ten sessions over a connection unless it
/// is told otherwise (MaxSessions in sshd_config(5)).
pub(super) const CHANNELS: usize = 8;

/// A node.
#[derive(Debug)]
pub(super) struct Node {
    settings: SshSettings,
    target: Target,
    control: PathBuf,
    clock: Arc<dyn Clock>,
    channels: Semaphore,
    /// How often a connection was tried.
    tries: AtomicU64,
    /// Held while one is tried: that is what coalesces.
    kept: Mutex<Kept>,
}

/// What became of the last try.
#[derive(Debug, Default)]
struct Kept {
    master: Option<Arc<Master>>,
    failed: Option<SshError>,
}

impl Node {
    pub(super) fn new(
        settings: SshSettings,
        target: Target,
        control: PathBuf,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            settings,
            target,
            control,
            clock,
            channels: Semaphore::new(CHANNELS),
            tries: AtomicU64::new(0),
            kept: Mutex::default(),
        }
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// A place for a program, given back when dropped. The semaphore is never
    /// closed.
    pub(super) async fn channel(&self) -> Option<SemaphorePermit<'_>> {
        self.channels.acquire().await.ok()
    }

    /// How many places are free.
    #[cfg(test)]
    pub(super) fn free(&self) -> usize {
        self.channels.available_permits()
    }

    /// The connection. Those who ask while one is tried share what comes of
    /// it, the failure too: a silent node costs them the time of one try.
    pub(super) async fn session(&self) -> Result<Arc<Master>, SshError> {
        let before = self.tries.load(Ordering::SeqCst);
        let mut kept = self.kept.lock().await;
        if let Some(master) = &kept.master {
            if master.is_alive().await {
                return Ok(Arc::clone(master));
            }
            tracing::debug!(node = %self.target.node, "the SSH connection is dead");
        }
        if let Some(failed) = &kept.failed
            && self.tries.load(Ordering::SeqCst) > before
        {
            return Err(failed.clone());
        }
        // The old one goes first; both would have the same socket.
        *kept = Kept::default();
        let opened = Master::open(&self.settings, &self.target, &self.control, &*self.clock).await;
        self.tries.fetch_add(1, Ordering::SeqCst);
        match opened {
            Ok(master) => {
                let master = Arc::new(master);
                kept.master = Some(Arc::clone(&master));
                Ok(master)
            }
            Err(error) => {
                kept.failed = Some(error.clone());
                Err(error)
            }
        }
    }

    /// Runs `command` to its end, over the connection that is kept. `what` is
    /// what a person calls it.
    pub(super) async fn run(
        &self,
        command: &str,
        what: &str,
        limit: usize,
        overflow: Overflow,
    ) -> Result<Captured, ClusterError> {
        let master = self.session().await?;
        channel::run(&master, &self.target.node, command, what, limit, overflow).await
    }
}
