//! Keeps a host's catalog like the skills' folder. Each look is a transaction:
//! what changed is read, loaded and linked beside the serving path, and the
//! whole catalog is published in one swap. Whatever goes wrong leaves the old
//! revision serving and is listed with its whole reason. It does not decide
//! when to look: see [`watch`].

mod admit;
mod beside;
mod decide;
mod last_good;
pub mod watch;

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use jarvis_domain::decision::{Decision, Decisions};
use jarvis_domain::{Clock, Revision, SkillId, Timestamp};
use jarvis_policy::GrantSet;
use tokio::sync::Mutex;

use self::beside::Beside;
pub use self::decide::{Grants, SHELF_ROWS, ShelfError};
use self::last_good::LastGood;
use crate::catalog::{self, Allowances, Broken, Catalog, LoadError, Skill};
use crate::error::EngineError;
use crate::folder::{SkillFolder, Stamp, stamps};
use crate::invoke::SkillHost;

/// How long a folder may be missing before its skill goes out of service: an
/// update removes and creates.
pub const GRACE: Duration = Duration::from_secs(2);
/// How long calls of a replaced revision go on.
pub const DRAIN: Duration = Duration::from_secs(30);
/// A folder that looks the same twice, this long apart, is taken for written.
pub const QUIET: Duration = Duration::from_millis(40);
/// How often a folder that keeps changing is looked at before it is read as it
/// is; a later look corrects it.
const RESTLESS: u32 = 50;
/// How many folders are read at the same time. Most of a start is reading, and
/// what was read and is not yet loaded is in memory.
const READ_AHEAD: usize = 4;

/// What a shelf is made of.
#[derive(Debug)]
pub struct ShelfParts {
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
pub struct Shelf {
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
    /// Since when a folder is missing whose skill still serves.
    missing: BTreeMap<SkillId, Timestamp>,
}

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looked {
    /// The catalog is another one now.
    pub changed: bool,
    /// Another look is due after this long, though nothing changes.
    pub again: Option<Duration>,
}

impl Shelf {
    /// A shelf; nothing is read before the first look.
    #[must_use]
    pub fn new(parts: ShelfParts) -> Self {
        let ShelfParts { host, folder, allowances: settings, decisions, last_good, clock } = parts;
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
    pub async fn look(&self) -> Result<Looked, ShelfError> {
        let mut seen = self.seen.lock().await;
        self.look_at(&mut seen).await
    }

    async fn look_at(&self, seen: &mut Seen) -> Result<Looked, ShelfError> {
        let decided = self.decided().await?.clone();
        let mut stamps = self.stamps().await?;
        if let (false, Some(last_good)) = (seen.looked, &self.last_good) {
            last_good.retain(&stamps);
        }
        let old = self.host.catalog();
        let mut next = Next::from(&old, self.allowances(&decided));
        // A start waits: there is nobody yet who would.
        next.waits = !seen.looked;
        let approved = |one: &Decision| Some((one.skill.clone(), one.revision?));
        next.approved = decided.values().filter_map(approved).collect();
        next.disabled = decided.into_values().filter(|decision| !decision.enabled).collect();
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
        next.broken.retain(|path, _| {
            path.file_name().is_some_and(|name| stamps.contains_key(&*name.to_string_lossy()))
        });
        let again = self.remove(&stamps, seen, &mut next);
        let changed = next.differs(&old);
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
        Ok(Looked { changed, again })
    }

    /// Waits until nobody writes in the folder any more, and looks.
    ///
    /// # Errors
    /// As [`Shelf::look`].
    pub async fn look_when_quiet(&self) -> Result<Looked, ShelfError> {
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

    /// The replaced revisions that still have calls.
    fn draining(&self) -> MutexGuard<'_, Vec<Weak<Skill>>> {
        let mut draining = self.draining.lock().unwrap_or_else(PoisonError::into_inner);
        draining.retain(|skill| skill.strong_count() > 0);
        draining
    }

    async fn stamps(&self) -> Result<BTreeMap<String, Stamp>, ShelfError> {
        let folder = self.folder.clone();
        let stamps = blocking(move || stamps(&folder)).await;
        Ok(stamps.map_err(|error| ShelfError::Skill(Box::new(crashed(error))))??)
    }

    /// Brings one folder into `next`. `false` when what went wrong may pass by
    /// itself, so that it is to be tried again though nothing changes.
    async fn update(&self, path: &Path, read: Read, next: &mut Next) -> bool {
        let started = std::time::Instant::now();
        let loaded = self.load(path, read, next).await;
        let took_ms = started.elapsed().as_millis();
        match loaded {
            Ok(None) => {
                next.broken.remove(path);
            }
            Ok(Some(skill)) => {
                tracing::info!(skill = %skill.id(), revision = %skill.revision().short(), took_ms, "a skill is in service");
                next.broken.remove(path);
                next.skills.insert(skill.id().clone(), Arc::new(skill));
            }
            Err(error) => {
                let broken = Broken::new(path.to_owned(), &error);
                let serving = broken.id.as_ref().and_then(|id| next.skills.get(id));
                let serving = serving.map(|skill| skill.revision().short());
                match &error {
                    LoadError::Compiling => {
                        tracing::info!(folder = %path.display(), serving, "a large component is compiled beside")
                    }
                    _ => {
                        tracing::warn!(folder = %path.display(), reason = %broken.reason, serving, "a skill cannot be loaded")
                    }
                }
                next.broken.insert(path.to_owned(), broken);
                return !error.may_pass();
            }
        }
        true
    }

    /// The skill in `path`; none when it is what serves already.
    async fn load(
        &self,
        path: &Path,
        read: Read,
        next: &mut Next,
    ) -> Result<Option<Skill>, LoadError> {
        let engine = self.host.engine();
        let name = path.file_name().and_then(|name| name.to_str());
        let id: Option<SkillId> = name.and_then(|name| name.parse().ok());
        let disabled = next.disabled.iter().find(|decision| Some(&decision.skill) == id.as_ref());
        if let Some(Decision { skill, by, at, .. }) = disabled {
            next.skills.remove(skill);
            return Err(LoadError::Disabled { skill: skill.clone(), by: by.clone(), at: *at });
        }
        let serving = id.as_ref().and_then(|id| next.skills.get(id)).cloned();
        let requested = || match (&read, &serving) {
            (Ok(folder), _) => folder.manifest.requests.clone(),
            (Err(_), Some(serving)) => serving.requested().clone(),
            (Err(_), None) => GrantSet::default(),
        };
        let allowed = id.as_ref().map(|id| next.allowances.of_skill(id, requested));
        let allowed = allowed.unwrap_or_default();
        // What it was granted once is no reason to serve on; where it gets what
        // it asks for, another revision's wishes are none to stop.
        let decided = id.as_ref().is_some_and(|id| next.allowances.grants.contains_key(id));
        let replaced = |serving: &Skill| {
            read.as_ref().map_or(true, |folder| folder.revision != serving.revision())
        };
        let as_it_asks = next.allowances.trusting && !decided;
        let serving = serving
            .filter(|serving| serving.allowed() == &allowed || (as_it_asks && replaced(serving)));
        if let (Some(id), None) = (&id, &serving) {
            next.skills.remove(id);
        }
        let folder = match read {
            Ok(folder) => folder,
            Err(error) => return Err(self.fall_back(path, id, serving, next, error).await),
        };
        if serving.as_ref().is_some_and(|serving| serving.revision() == folder.revision) {
            return Ok(None);
        }
        if let Err(error) = self.asks_no_more(&folder, &allowed, serving.as_deref()).await {
            return Err(self.fall_back(path, id, serving, next, error).await);
        }
        let pinned = match self.pinned(path, &folder, next).await {
            Ok(pinned) => pinned,
            Err(error) => return Err(self.fall_back(path, id, serving, next, error).await),
        };
        if !next.waits && self.beside.compiles(engine, &folder) {
            return Err(self.fall_back(path, id, serving, next, LoadError::Compiling).await);
        }
        let unkept = self.unkept(&folder).await;
        match catalog::skill(folder, &next.allowances, engine).await {
            Ok(skill) => {
                next.unkept.extend(unkept);
                Ok(Some(Skill { pinned, ..skill }))
            }
            Err(error) => Err(self.fall_back(path, id, serving, next, error).await),
        }
    }

    /// Takes out of service what is missing for good.
    fn remove(
        &self,
        stamps: &BTreeMap<String, Stamp>,
        seen: &mut Seen,
        next: &mut Next,
    ) -> Option<Duration> {
        let now = self.clock.now();
        seen.missing.retain(|id, _| !stamps.contains_key(id.as_str()));
        let gone: Vec<SkillId> =
            next.skills.keys().filter(|id| !stamps.contains_key(id.as_str())).cloned().collect();
        let mut again = None;
        for id in gone {
            let since = *seen.missing.entry(id.clone()).or_insert(now);
            let left = GRACE.saturating_sub(now.since(since));
            if left.is_zero() {
                tracing::info!(skill = %id, "a skill is out of service, its folder is gone");
                seen.missing.remove(&id);
                next.skills.remove(&id);
                if let Some(last_good) = &self.last_good {
                    last_good.forget(&id);
                }
            } else {
                again = Some(again.map_or(left, |again: Duration| again.min(left)));
            }
        }
        again
    }

    async fn publish(&self, old: &Catalog, mut next: Next) -> Result<(), ShelfError> {
        let decided = self.decided().await?;
        // What was decided since the look began counts too.
        next.skills.retain(|_, skill| self.grants_all(skill, &decided));
        let mut replaced = Vec::new();
        for skill in old.skills() {
            let granted = match next.skills.get(skill.id()) {
                Some(successor) if Arc::ptr_eq(skill, successor) => continue,
                Some(successor) => successor.allowed().covers(skill.allowed()),
                // Gone with its folder, or no longer allowed.
                None => !next.broken.values().any(|one| one.id.as_ref() == Some(skill.id())),
            };
            replaced.push((Arc::clone(skill), granted));
        }
        let made = blocking(move || Catalog::of(next.skills, next.broken.into_values().collect()));
        let made = made.await.map_err(|error| ShelfError::Skill(Box::new(crashed(error))))?;
        self.host.publish(made);
        for (skill, granted) in replaced {
            if granted {
                self.draining().push(Arc::downgrade(&skill));
                drain(skill, &self.clock);
            } else {
                skill.life.end();
            }
        }
        Ok(())
    }
}

/// The next catalog, while it is made.
#[derive(Debug)]
struct Next {
    skills: BTreeMap<SkillId, Arc<Skill>>,
    broken: BTreeMap<PathBuf, Broken>,
    allowances: Allowances,
    /// The revision of each skill that was approved by hand.
    approved: BTreeMap<SkillId, Revision>,
    /// The decisions that take a skill out of service.
    disabled: Vec<Decision>,
    /// What was loaded and is not yet among the last-good files.
    unkept: Vec<SkillFolder>,
    /// Whether long compiling is waited for.
    waits: bool,
}

impl Next {
    fn from(catalog: &Catalog, allowances: Allowances) -> Self {
        let skill = |skill: &Arc<Skill>| (skill.id().clone(), Arc::clone(skill));
        let broken = |broken: &Broken| (broken.path.clone(), broken.clone());
        Self {
            skills: catalog.skills().map(skill).collect(),
            broken: catalog.broken().iter().map(broken).collect(),
            allowances,
            approved: BTreeMap::new(),
            disabled: Vec::new(),
            unkept: Vec::new(),
            waits: false,
        }
    }

    fn differs(&self, old: &Catalog) -> bool {
        let same_skills = old.skills().count() == self.skills.len()
            && old.skills().zip(self.skills.values()).all(|(one, other)| Arc::ptr_eq(one, other));
        let same_broken = old.broken().len() == self.broken.len()
            && old.broken().iter().zip(self.broken.values()).all(|(one, other)| one == other);
        !same_skills || !same_broken
    }
}

/// Lets the calls of a replaced revision end, but not for ever.
fn drain(skill: Arc<Skill>, clock: &Arc<dyn Clock>) {
    if skill.life.calls() == 0 {
        return;
    }
    let late = clock.sleep(DRAIN);
    tokio::spawn(async move {
        tokio::select! {
            () = skill.life.idle() => {}
            () = late => {
                tracing::warn!(skill = %skill.id(), revision = %skill.revision().short(), "calls of a replaced revision took too long and are ended");
                skill.life.end();
            }
        }
    });
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
