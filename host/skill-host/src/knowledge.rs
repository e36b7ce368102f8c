//! What the cluster's things are called, indexed once for each snapshot.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jarvis_domain::inventory::{Inventory, Snapshot};
use jarvis_domain::{CallError, Language};
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

/// A snapshot, and its names by the languages in which somebody has asked.
#[derive(Debug)]
struct Newest {
    snapshot: Arc<Snapshot>,
    names: BTreeMap<Language, Arc<Names>>,
}

/// The names of the newest snapshot.
#[derive(Debug)]
pub(crate) struct Knowledge {
    inventory: Arc<dyn Inventory>,
    aliases: Aliases,
    newest: Mutex<Option<Newest>>,
}

impl Knowledge {
    pub(crate) fn new(inventory: Arc<dyn Inventory>, aliases: Aliases) -> Self {
        Self { inventory, aliases, newest: Mutex::default() }
    }

    /// A snapshot some seconds old at most, and its names as they are said in `language`.
    pub(crate) async fn now(
        &self,
        language: Language,
    ) -> Result<(Arc<Snapshot>, Arc<Names>), CallError> {
        self.aged(MAX_AGE, language).await
    }

    /// Looks at the cluster again, for whoever must not rest on what was true
    /// some seconds ago.
    pub(crate) async fn look_again(&self) -> Result<(), CallError> {
        self.inventory.snapshot(Duration::ZERO).await.map(drop)
    }

    async fn aged(
        &self,
        most: Duration,
        language: Language,
    ) -> Result<(Arc<Snapshot>, Arc<Names>), CallError> {
        let snapshot = self.inventory.snapshot(most).await?;
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let known = newest.take().filter(|known| Arc::ptr_eq(&known.snapshot, &snapshot));
        let known =
            newest.insert(known.unwrap_or_else(|| Newest {
                snapshot: Arc::clone(&snapshot),
                names: BTreeMap::new(),
            }));
        let names = known
            .names
            .entry(language)
            .or_insert_with(|| Arc::new(Names::said_in(language, &snapshot, &self.aliases)));
        Ok((snapshot, Arc::clone(names)))
    }
}
