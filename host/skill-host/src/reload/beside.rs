//! Large components are compiled beside the looks at the folder, so that no
//! other skill's update waits for them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jarvis_domain::Digest;
use tokio::sync::Notify;

use crate::engine::SkillEngine;
use crate::folder::SkillFolder;

/// The shortest component that is compiled beside, bytes: some two seconds.
pub(super) const LARGE: usize = 4 << 20;

/// What is compiled beside the looks.
#[derive(Debug, Default)]
pub(super) struct Beside {
    compiling: Mutex<BTreeSet<Digest>>,
    /// Told when a look is due.
    pub(super) told: Arc<Notify>,
}

impl Beside {
    /// Whether the component of `folder` is on its way; that it is there is
    /// told.
    pub(super) fn compiles(self: &Arc<Self>, engine: &SkillEngine, folder: &SkillFolder) -> bool {
        let digest = folder.digest;
        if folder.component.len() < LARGE || engine.has(digest) {
            return false;
        }
        if self.compiling().insert(digest) {
            let (beside, engine) = (Arc::clone(self), engine.clone());
            let wasm = folder.component.clone();
            tokio::spawn(async move {
                engine.prepare(wasm, digest).await;
                beside.compiling().remove(&digest);
                beside.told.notify_one();
            });
        }
        true
    }

    fn compiling(&self) -> MutexGuard<'_, BTreeSet<Digest>> {
        self.compiling.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
