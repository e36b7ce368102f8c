//! Keeps a host's catalog like the skills' folder. Each look is a transaction:
//! what changed is read, loaded and linked beside the serving path, and the
//! whole catalog is published in one swap. Whatever goes wrong leaves the old
//! revision serving and is listed with its whole reason. It does not decide
//! when to look: see [`watch`].

mod admit;
mod beside;
mod decide;
mod last_good;
mod load;
mod next;
mod publish;
pub mod watch;

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use jarvis_domain::decision::{Decision, Decisions};
use jarvis_domain::{Clock, SkillId, Timestamp};
use tokio::sync::Mutex;

use self::beside::Beside;
pub use self::decide::{Grants, RELOAD_ROWS, ReloadError};
use self::last_good::LastGood;
use self::next::Next;
pub use self::publish::DRAIN;
use crate::catalog::{Allowances, LoadError, Skill};
use crate::error::EngineError;
use crate::folder::{SkillFolder, Stamp, stamps};
use crate::invoke::SkillHost;

/// How long a folder may be missing before its skill goes out of service: an
/// update removes and creates.
pub const GRACE: Duration = Duration::from_secs(2);
/// A folder that looks the same twice, this long apart, is taken for written.
pub const QUIET: Duration = Duration::from_millis(40);
/// How often a folder that keeps changing is looked at before it is read as it
/// is; a later look corrects it.
const RESTLESS: u32 = 50;
/// How many folders are read at the same time. Most of a start is reading, and
/// what was read and is not yet loaded is in memory.
const READ_AHEAD: usize = 4;

/// What a reloader is made of.
#[derive(Debug)]
pub struct ReloaderParts {
    /// Whose catalog is kept.
    pub host: Arc<SkillHost>,
    /// The folder of skills.
    pub folder: PathBuf,
    /// What the settings allow.
    pub allowances: Allowances,
    /// What administrators decided by hand.
    pub decisions: Arc<dyn Decisions>,
    /// Where last-good files are kept, which must be this user's alone; none
    /// to keep none.
    pub last_good: Option<PathBuf>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The skills' folder, as it was last looked at.
#[derive(Debug)]
pub struct Reloader {
    host: Arc<SkillHost>,
    folder: PathBuf,
    settings: Allowances,
    decisions: Arc<dyn Decisions>,
    last_good: Option<LastGood>,
    clock: Arc<dyn Clock>,
    /// Read at the first look, and kept like the store from then on. A catalog
    /// is published while this is held, so that none ignores a decision.
    decided: Mutex<Option<Decided>>,
    beside: Arc<Beside>,
    /// Replaced revisions whose calls go on.
    draining: std::sync::Mutex<Vec<Weak<Skill>>>,
    seen: Mutex<Seen>,
}

/// The newest decision about each skill.
type Decided = BTreeMap<SkillId, Decision>;

/// What was seen so far. Holding it is what makes reloads one at a time.
#[derive(Debug, Default)]
struct Seen {
    stamps: BTreeMap<String, Stamp>,
    /// Whether anything was seen at all.
    looked: bool,
    /// Since when a folder is missing whose skill serves, is disabled or broken.
    missing: BTreeMap<SkillId, Timestamp>,
}

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looked {
    /// The catalog is another one now.
    pub changed: bool,
    /// Another look is due after this long, though nothing changes.
    pub again: Option<Duration>,
    /// A large component is being compiled, and serves after a later look.
    pub compiling: bool,
}

impl Reloader {
    /// A reloader; nothing is read before the first look.
    #[must_use]
    pub fn new(parts: ReloaderParts) -> Self {
        let ReloaderParts { host, folder, allowances: settings, decisions, last_good, clock } =
            parts;
        let last_good = last_good.map(LastGood::new);
        Self {
            host,
            folder,
            settings,
            decisions,
            last_good,
            clock,
            decided: Mutex::default(),
            beside: Arc::default(),
            draining: std::sync::Mutex::default(),
            seen: Mutex::default(),
        }
    }

    /// Looks once, and publishes what changed.
    ///
    /// # Errors
    /// The folder of skills cannot be read; the catalog stays as it is.
    pub async fn look(&self) -> Result<Looked, ReloadError> {
        let mut seen = self.seen.lock().await;
        self.look_at(&mut seen).await
    }

    async fn look_at(&self, seen: &mut Seen) -> Result<Looked, ReloadError> {
        let decided = self.decided().await?.clone();
        let mut stamps = self.stamps().await?;
        if !seen.looked {
            self.forget_others(&stamps).await;
        }
        let old = self.host.catalog();
        let mut next = Next::from(&old, self.allowances(&decided));
        let approved = |one: &Decision| Some((one.skill.clone(), one.revision?));
        next.approved = decided.values().filter_map(approved).collect();
        next.disabled = decided.into_values().filter(|decision| !decision.enabled).collect();
        self.beside.retain(|path| self.may_fetch(path, &stamps, &next));
        let mut passing = Vec::new();
        let changed = stamps.iter().filter(|(name, stamp)| seen.stamps.get(*name) != Some(*stamp));
        let mut changed = changed.map(|(name, _)| name);
        let mut reading = VecDeque::new();
        loop {
            for name in changed.by_ref().take(READ_AHEAD - reading.len()) {
                reading.push_back((name, tokio::spawn(read(self.folder.join(name)))));
            }
            let Some((name, read)) = reading.pop_front() else { break };
            let read = read.await.unwrap_or_else(|error| Err(crashed(error)));
            if !self.update(&self.folder.join(name), read, &mut next).await {
                passing.push(name.clone());
            }
        }
        let again = self.remove(&stamps, seen, &mut next).await;
        let changed = next.differs(&old);
        let compiling = next.compiling;
        if changed {
            let unkept = std::mem::take(&mut next.unkept);
            self.publish(&old, next).await?;
            // Only now: nobody who waits for the update waits for the disk.
            for folder in unkept {
                self.keep(folder).await;
            }
        }
        stamps.retain(|name, _| !passing.contains(name));
        seen.stamps = stamps;
        seen.looked = true;
        Ok(Looked { changed, again, compiling })
    }

    /// Whether what is compiled of the files at `path`, the skill's own or the
    /// last good ones, may still be fetched: not once it is gone or disabled,
    /// and the last good ones not once its own are mended.
    fn may_fetch(&self, path: &Path, stamps: &BTreeMap<String, Stamp>, next: &Next) -> bool {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
        let disabled = next.disabled.iter().any(|decision| decision.skill.as_str() == name);
        let own = self.folder.join(name);
        stamps.contains_key(name) && !disabled && (path == own || next.broken.contains_key(&own))
    }

    /// Looks until nothing is left to compile, for a host that is there for one
    /// command and does not [`watch`](Reloader::watch).
    ///
    /// # Errors
    /// As [`Reloader::look`].
    pub async fn look_to_the_end(&self) -> Result<(), ReloadError> {
        while self.look().await?.compiling {
            self.beside.told.notified().await;
        }
        Ok(())
    }

    /// Waits until nobody writes in the folder any more, and looks.
    ///
    /// # Errors
    /// As [`Reloader::look`].
    pub async fn look_when_quiet(&self) -> Result<Looked, ReloadError> {
        let mut before = self.stamps().await?;
        for _ in 0..RESTLESS {
            self.clock.sleep(QUIET).await;
            let now = self.stamps().await?;
            if now == before {
                break;
            }
            before = now;
        }
        self.look().await
    }

    async fn stamps(&self) -> Result<BTreeMap<String, Stamp>, ReloadError> {
        let folder = self.folder.clone();
        let stamps = blocking(move || stamps(&folder)).await;
        Ok(stamps.map_err(|error| ReloadError::Skill(Box::new(crashed(error))))??)
    }

    /// Takes out of service what is missing for good, and forgets the files of
    /// it that are kept.
    async fn remove(
        &self,
        stamps: &BTreeMap<String, Stamp>,
        seen: &mut Seen,
        next: &mut Next,
    ) -> Option<Duration> {
        let now = self.clock.now();
        let is_there = |id: &SkillId| stamps.contains_key(id.as_str());
        seen.missing.retain(|id, _| !is_there(id));
        // One that is disabled or broken serves nothing and has kept files all
        // the same.
        let broken = next.broken.values().filter_map(|broken| broken.id.as_ref());
        for id in next.skills.keys().chain(broken).filter(|id| !is_there(id)) {
            seen.missing.entry(id.clone()).or_insert(now);
        }
        next.broken.retain(|path, _| {
            path.file_name().is_some_and(|name| stamps.contains_key(&*name.to_string_lossy()))
        });
        let left = |since: &Timestamp| GRACE.saturating_sub(now.since(*since));
        let gone = seen.missing.extract_if(.., |_, since| left(since).is_zero());
        for id in gone.map(|(id, _)| id).collect::<Vec<_>>() {
            if next.skills.remove(&id).is_some() {
                tracing::info!(skill = %id, "a skill is out of service, its folder is gone");
            }
            self.forget(id).await;
        }
        seen.missing.values().map(left).min()
    }
}

/// What became of reading a folder.
type Read = Result<SkillFolder, LoadError>;

async fn read(path: PathBuf) -> Read {
    match blocking(move || SkillFolder::read(&path)).await {
        Ok(read) => Ok(read?),
        Err(error) => Err(crashed(error)),
    }
}

fn crashed(error: tokio::task::JoinError) -> LoadError {
    LoadError::Engine(EngineError::setting_up(error))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, tokio::task::JoinError> {
    tokio::task::spawn_blocking(work).await
}

#[cfg(test)]
mod tests;
