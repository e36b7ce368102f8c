//! What the cluster's things are called, indexed once for each snapshot.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jarvis_domain::CallError;
use jarvis_domain::inventory::{Inventory, Snapshot};
use jarvis_sentences::{Aliases, Names, Sentences};

use crate::host::inventory::MAX_AGE;

/// All that sentences are matched with, of one moment.
#[derive(Debug, Clone)]
pub struct Understanding {
    /// What can be said.
    pub sentences: Arc<Sentences>,
    /// What things are called.
    pub names: Arc<Names>,
    /// The snapshot that the names are of.
    pub snapshot: Arc<Snapshot>,
}

/// The names of the newest snapshot.
#[derive(Debug)]
pub(crate) struct Knowledge {
    inventory: Arc<dyn Inventory>,
    aliases: Aliases,
    newest: Mutex<Option<(Arc<Snapshot>, Arc<Names>)>>,
}

impl Knowledge {
    pub(crate) fn new(inventory: Arc<dyn Inventory>, aliases: Aliases) -> Self {
        Self { inventory, aliases, newest: Mutex::default() }
    }

    /// A snapshot some seconds old at most, and its names.
    pub(crate) async fn now(&self) -> Result<(Arc<Snapshot>, Arc<Names>), CallError> {
        self.aged(MAX_AGE).await
    }

    /// Looks at the cluster again, for whoever must not rest on what was true
    /// some seconds ago.
    pub(crate) async fn look_again(&self) -> Result<(), CallError> {
        self.aged(Duration::ZERO).await.map(drop)
    }

    async fn aged(&self, most: Duration) -> Result<(Arc<Snapshot>, Arc<Names>), CallError> {
        let snapshot = self.inventory.snapshot(most).await?;
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, names)) = newest.as_ref()
            && Arc::ptr_eq(known, &snapshot)
        {
            return Ok((snapshot, Arc::clone(names)));
        }
        let names = Arc::new(Names::with_aliases(&snapshot, &self.aliases));
        *newest = Some((Arc::clone(&snapshot), Arc::clone(&names)));
        Ok((snapshot, names))
    }
}
