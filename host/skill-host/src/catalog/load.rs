//! From folders to a catalog. All components are compiled at the same time,
//! off the threads that serve.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jarvis_domain::{Fault, SkillId};
use jarvis_sentences::Source;

use super::error::LoadError;
use super::link::link;
use super::{Allowances, Broken, Catalog, Life, Skill, imports};
use crate::engine::SkillEngine;
use crate::folder::{Scan, SkillFolder};
use crate::manifest::Limits;
use crate::session::Rights;

pub(super) async fn catalog(scan: Scan, allowances: &Allowances, engine: &SkillEngine) -> Catalog {
    let mut broken = Vec::new();
    let mut loading = Vec::new();
    let mut taken: BTreeMap<SkillId, PathBuf> = BTreeMap::new();
    for (path, folder) in scan {
        let folder = folder.map_err(LoadError::from).and_then(|folder| {
            let id = folder.manifest.id.clone();
            match taken.get(&id) {
                Some(other) => Err(LoadError::Twice { id, other: other.display().to_string() }),
                None => {
                    taken.insert(id, path.clone());
                    Ok(folder)
                }
            }
        });
        match folder {
            Ok(folder) => loading.push(begin(folder, allowances, engine)),
            Err(error) => broken.push(Broken::new(path, &error)),
        }
    }
    let mut skills = BTreeMap::new();
    for (path, task) in loading {
        match task.await.unwrap_or_else(|panic| Err(crashed(panic))) {
            Ok(skill) => {
                skills.insert(skill.id().clone(), Arc::new(skill));
            }
            Err(error) => broken.push(Broken::new(path, &error)),
        }
    }
    Catalog::of(skills, broken)
}

/// Loads one skill with all that it requests, and lets it go.
pub(crate) async fn check(folder: SkillFolder, engine: &SkillEngine) -> Result<(), LoadError> {
    let requested = folder.manifest.requests.clone();
    let rights = Rights {
        skill: folder.manifest.id.clone(),
        revision: folder.revision,
        allowed: requested.clone(),
        requested,
    };
    let limits = folder.manifest.limits.within(&Limits::CEILING);
    load(folder, rights, limits, engine.clone()).await.map(drop)
}

/// Loads one skill with what it is allowed.
pub(crate) async fn skill(
    folder: SkillFolder,
    allowances: &Allowances,
    engine: &SkillEngine,
) -> Loaded {
    let (rights, limits) = terms(&folder, allowances);
    load(folder, rights, limits, engine.clone()).await
}

type Loaded = Result<Skill, LoadError>;

fn begin(
    folder: SkillFolder,
    allowances: &Allowances,
    engine: &SkillEngine,
) -> (PathBuf, tokio::task::JoinHandle<Loaded>) {
    let (rights, limits) = terms(&folder, allowances);
    (folder.path.clone(), tokio::spawn(load(folder, rights, limits, engine.clone())))
}

/// What a skill may do, and what it gets of the machine.
fn terms(folder: &SkillFolder, allowances: &Allowances) -> (Rights, Limits) {
    let id = &folder.manifest.id;
    let rights = Rights {
        skill: id.clone(),
        revision: folder.revision,
        requested: folder.manifest.requests.clone(),
        allowed: allowances.grants.get(id).cloned().unwrap_or_default(),
    };
    let ceiling = allowances.ceilings.get(id).unwrap_or(&allowances.ceiling);
    (rights, folder.manifest.limits.within(ceiling).within(&Limits::MOST))
}

async fn load(folder: SkillFolder, rights: Rights, limits: Limits, engine: SkillEngine) -> Loaded {
    let id = &folder.manifest.id;
    let source = |file| Source { skill: id.clone(), file };
    let sources = folder.sentences.into_values().map(source).collect();
    let component = engine.component(folder.component, folder.digest).await?;
    let linked = link(&engine, &component, &rights, &limits)?;
    let wanted = &folder.manifest.events;
    let takes = linked.events.is_some();
    imports::check_events(takes, wanted, &rights.skill, &rights.requested, &rights.allowed)?;
    Ok(Skill {
        manifest: folder.manifest,
        path: folder.path,
        limits,
        rights: Arc::new(rights),
        linked,
        sources,
        pinned: false,
        life: Life::new(),
    })
}

fn crashed(panic: tokio::task::JoinError) -> LoadError {
    LoadError::Engine(crate::error::EngineError::setting_up(panic))
}

impl Broken {
    pub(crate) fn new(path: PathBuf, error: &LoadError) -> Self {
        let id = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        Self { path, id, reason: Fault::from(error) }
    }
}
