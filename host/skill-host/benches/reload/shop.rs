//! A host with its reloader, put together as `jarvis` does, on a folder of skills
//! that the bench writes. Cluster, audit and runs are in memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::clock::Sleep;
use jarvis_domain::invocation::Answer;
use jarvis_domain::{Clock, SkillId, SystemClock, Timestamp};
use jarvis_skill_host::manifest::Manifest;
use jarvis_skill_host::testing::{FakeDecisions, Fakes, ask, built_skills};
use jarvis_skill_host::{Allowances, Catalog, Reloader, ReloaderParts, SkillEngine, SkillHost};
use tempfile::TempDir;
use tokio::sync::watch;

/// The skill that is updated and called.
pub(crate) const SKILL: &str = "temperatures";
/// Its command.
pub(crate) const COMMAND: &str = "hottest";

/// The host and its reloader.
pub(crate) struct Shop {
    pub(crate) host: Arc<SkillHost>,
    pub(crate) reloader: Arc<Reloader>,
    pub(crate) engine: SkillEngine,
    /// Told whenever the reloader begins to wait, which is after each look.
    pub(crate) looked: watch::Receiver<u64>,
}

/// The machine's clock, which tells that somebody waits.
#[derive(Debug)]
struct Telling(watch::Sender<u64>);

impl Clock for Telling {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.0.send_modify(|waits| *waits += 1);
        SystemClock.sleep(duration)
    }
}

impl Shop {
    /// A shop in `place`: skills, compiled code and last-good files in folders
    /// of their own.
    pub(crate) fn open(place: &Path, allowances: Allowances) -> Self {
        let folder = skills(place);
        let engine = SkillEngine::with_cache(&place.join("compiled")).unwrap();
        let (told, looked) = watch::channel(0);
        let host = Arc::new(Fakes::new().unrecorded(engine.clone(), Catalog::default()));
        let reloader = Arc::new(Reloader::new(ReloaderParts {
            host: Arc::clone(&host),
            folder,
            allowances,
            decisions: Arc::new(FakeDecisions::default()),
            last_good: Some(place.join("last-good")),
            clock: Arc::new(Telling(told)),
        }));
        Self { host, reloader, engine, looked }
    }

    /// Looks, until nothing is left to compile, and is sure that all skills
    /// serve. Whether the first look changed something.
    pub(crate) async fn look(&self) -> bool {
        let looked = self.reloader.look().await.unwrap();
        if looked.compiling {
            self.reloader.look_to_the_end().await.unwrap();
        }
        let catalog = self.host.catalog();
        assert!(catalog.broken().is_empty(), "{:?}", catalog.broken());
        looked.changed
    }

    /// The version of `skill` that serves.
    pub(crate) fn version(&self, skill: &SkillId) -> Option<String> {
        Some(self.host.catalog().skill(skill)?.manifest.version.to_string())
    }

    /// Calls one command as a person at the command line would.
    pub(crate) async fn call(&self, command: &str) {
        let answer = ask(&self.host, command).await.unwrap();
        assert!(matches!(answer, Ok(Answer::Reply(_))), "{command}: {answer:?}");
    }
}

/// What the settings would say: each skill is allowed what it requests.
pub(crate) fn allowances(place: &Path) -> Allowances {
    let grants = fs::read_dir(skills(place)).unwrap().map(|entry| {
        let manifest = fs::read_to_string(entry.unwrap().path().join("skill.yaml")).unwrap();
        let manifest = Manifest::read(&manifest).unwrap();
        (manifest.id, manifest.requests)
    });
    Allowances { trusting: true, ..Allowances::of(grants.collect()) }
}

/// A folder on the disk that holds what is built, where a write costs what it
/// costs.
pub(crate) fn place() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// The skills' folder of a place.
pub(crate) fn skills(place: &Path) -> PathBuf {
    place.join("skills")
}

/// The ids of the shipped skills, in order.
pub(crate) fn shipped() -> Vec<String> {
    let named = |entry: std::io::Result<fs::DirEntry>| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        (!name.starts_with('.')).then_some(name)
    };
    let mut names: Vec<String> = fs::read_dir(built_skills()).unwrap().filter_map(named).collect();
    names.sort();
    names
}

/// Lays a built skill out in `place` under another id.
pub(crate) fn copy(skill: &str, place: &Path, id: &str, component: &[u8]) {
    let (from, to) = (built_skills().join(skill), skills(place).join(id));
    fs::create_dir_all(to.join("sentences")).unwrap();
    let text = fs::read_to_string(from.join("skill.yaml")).unwrap();
    let text = text.replacen(&format!("id: {skill}\n"), &format!("id: {id}\n"), 1);
    fs::write(to.join("skill.yaml"), text).unwrap();
    fs::write(to.join("it.wasm"), component).unwrap();
    for sentences in fs::read_dir(from.join("sentences")).into_iter().flatten() {
        let sentences = sentences.unwrap();
        fs::copy(sentences.path(), to.join("sentences").join(sentences.file_name())).unwrap();
    }
}

/// A built skill's component.
pub(crate) fn component(skill: &str) -> Vec<u8> {
    fs::read(built_skills().join(skill).join(format!("{skill}.wasm"))).unwrap()
}

/// The same component with another digest: a custom section at its end, which
/// no engine looks at.
pub(crate) fn another(component: &[u8], number: u64) -> Vec<u8> {
    const CUSTOM: u8 = 0;
    const NAME: &[u8] = b"bench";
    let mut section = vec![u8::try_from(NAME.len()).unwrap()];
    section.extend(NAME);
    section.extend(number.to_le_bytes());
    let mut changed = component.to_vec();
    changed.extend([CUSTOM, u8::try_from(section.len()).unwrap()]);
    changed.extend(section);
    changed
}
