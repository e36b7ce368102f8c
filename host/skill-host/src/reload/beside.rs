//! Large components are compiled beside the looks at the folder, so that no
//! other skill's update waits for them, nor a host that begins to serve. One
//! at a time, in the order in which they were saved; of what is saved again
//! meanwhile, only the last is compiled.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jarvis_domain::Digest;
use tokio::sync::Notify;
use wasmtime::component::Component;

use super::read;
use crate::engine::SkillEngine;
use crate::error::EngineError;
use crate::folder::SkillFolder;

/// The shortest component that is compiled beside, bytes: some two seconds.
pub(super) const LARGE: usize = 4 << 20;

/// What is compiled beside the looks.
#[derive(Debug, Default)]
pub(super) struct Beside {
    work: Mutex<Work>,
    /// Told when a look is due.
    pub(super) told: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Work {
    /// Somebody compiles.
    busy: bool,
    /// What is still to be compiled, or just is. Of each folder its path and
    /// the digest that is wanted: its bytes are read again when it is its turn.
    wanted: VecDeque<(PathBuf, Digest)>,
    /// What came of it, until it is fetched.
    done: BTreeMap<PathBuf, (Digest, Compiled)>,
}

type Compiled = Result<Component, EngineError>;

impl Beside {
    /// The compiled component of `folder`, whose bytes are taken from it. None
    /// while a large one is on its way; that it is there is told.
    pub(super) async fn component(
        self: &Arc<Self>,
        engine: &SkillEngine,
        folder: &mut SkillFolder,
    ) -> Option<Compiled> {
        let digest = folder.digest;
        // What came of an earlier save is wanted no more, also by a small one.
        let done = self.fetch(&folder.path, digest);
        if folder.component.len() < LARGE {
            return Some(engine.component(std::mem::take(&mut folder.component), digest).await);
        }
        if done.is_some() {
            return done;
        }
        if let Some(component) = engine.cached(digest).await {
            return Some(Ok(component));
        }
        if self.want(&folder.path, digest) {
            tokio::spawn(Arc::clone(self).work_off(engine.clone()));
        }
        None
    }

    /// Forgets what came of folders from which nobody will fetch it.
    pub(super) fn retain(&self, is_wanted: impl Fn(&Path) -> bool) {
        self.work().done.retain(|path, _| is_wanted(path));
    }

    /// How many components wait to be fetched.
    #[cfg(test)]
    pub(super) fn unfetched(&self) -> usize {
        self.work().done.len()
    }

    fn fetch(&self, path: &Path, digest: Digest) -> Option<Compiled> {
        let (done, compiled) = self.work().done.remove(path)?;
        (done == digest).then_some(compiled)
    }

    /// Whether somebody has to begin.
    fn want(&self, path: &Path, digest: Digest) -> bool {
        let mut work = self.work();
        match work.wanted.iter_mut().find(|(wanted, _)| wanted == path) {
            Some((_, wanted)) => *wanted = digest,
            None => work.wanted.push_back((path.to_owned(), digest)),
        }
        !std::mem::replace(&mut work.busy, true)
    }

    /// Compiles until nothing is wanted.
    async fn work_off(self: Arc<Self>, engine: SkillEngine) {
        while let Some((path, digest)) = self.next() {
            let folder = read(path.clone()).await;
            // What has changed since is none that was wanted: a look is due,
            // which finds out what is.
            let compiled = match folder {
                Ok(folder) if folder.digest == digest => {
                    Some(engine.compile_aside(folder.component, digest).await)
                }
                _ => None,
            };
            self.finish(path, digest, compiled);
            self.told.notify_one();
        }
    }

    /// The first that is wanted. It stays in the line until it is finished, so
    /// that it is not wanted twice.
    fn next(&self) -> Option<(PathBuf, Digest)> {
        let mut work = self.work();
        let first = work.wanted.front().cloned();
        work.busy = first.is_some();
        first
    }

    fn finish(&self, path: PathBuf, digest: Digest, compiled: Option<Compiled>) {
        let mut work = self.work();
        let Some(at) = work.wanted.iter().position(|(wanted, _)| *wanted == path) else { return };
        let first = work.wanted.remove(at);
        // Another save came meanwhile: it is the last in the line now.
        if let Some((path, newer)) = first.filter(|(_, wanted)| *wanted != digest) {
            work.wanted.push_back((path, newer));
            return;
        }
        if let Some(compiled) = compiled {
            work.done.insert(path, (digest, compiled));
        }
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_again_is_compiled_once_and_in_turn() {
        let beside = Beside::default();
        let digest = |text: &str| Digest::of(text.as_bytes());
        let (a, b) = (Path::new("a"), Path::new("b"));
        assert!(beside.want(b, digest("1")), "somebody has to begin");
        assert!(!beside.want(a, digest("1")));
        assert!(!beside.want(b, digest("2")));
        let first = beside.next().unwrap();
        assert_eq!(first, (b.to_owned(), digest("2")));
        // It is saved while it is compiled.
        beside.want(b, digest("3"));
        let missed = || Err(EngineError::setting_up(std::io::Error::other("none")));
        beside.finish(first.0, first.1, Some(missed()));
        assert!(beside.fetch(b, digest("2")).is_none(), "nobody wants it any more");
        let second = beside.next().unwrap();
        assert_eq!(second, (a.to_owned(), digest("1")), "in turn");
        beside.finish(second.0, second.1, Some(missed()));
        assert!(beside.fetch(a, digest("1")).is_some());
        assert_eq!(beside.next(), Some((b.to_owned(), digest("3"))));
        beside.finish(b.to_owned(), digest("3"), None);
        assert_eq!(beside.next(), None);
        assert!(beside.want(a, digest("1")), "somebody has to begin again");
    }
}
