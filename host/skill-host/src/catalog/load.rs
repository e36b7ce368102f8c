//! From a folder to a skill, off the threads that serve.

use std::path::PathBuf;
use std::sync::Arc;

use jarvis_domain::Fault;
use jarvis_sentences::Source;
use wasmtime::component::Component;

use super::error::{self, LoadError};
use super::link::link;
use super::{Allowances, Broken, Life, Skill, imports};
use crate::engine::SkillEngine;
use crate::folder::SkillFolder;
use crate::manifest::Limits;
use crate::session::Rights;

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
    let component = engine.component(folder.component.clone(), folder.digest).await?;
    load(folder, &component, rights, limits, engine).map(drop)
}

/// Loads one skill, compiled to `component`, with what it is allowed.
pub(crate) fn skill(
    folder: SkillFolder,
    component: &Component,
    allowances: &Allowances,
    engine: &SkillEngine,
) -> Result<Skill, LoadError> {
    let (rights, limits) = terms(&folder, allowances);
    load(folder, component, rights, limits, engine)
}

/// What a skill may do, and what it gets of the machine.
fn terms(folder: &SkillFolder, allowances: &Allowances) -> (Rights, Limits) {
    let id = &folder.manifest.id;
    let rights = Rights {
        skill: id.clone(),
        revision: folder.revision,
        requested: folder.manifest.requests.clone(),
        allowed: allowances.of_skill(id, || folder.manifest.requests.clone()),
    };
    let ceiling = allowances.ceilings.get(id).unwrap_or(&allowances.ceiling);
    (rights, folder.manifest.limits.within(ceiling).within(&Limits::MOST))
}

fn load(
    folder: SkillFolder,
    component: &Component,
    rights: Rights,
    limits: Limits,
    engine: &SkillEngine,
) -> Result<Skill, LoadError> {
    let id = &folder.manifest.id;
    let source = |file| Source { skill: id.clone(), file };
    let sources = folder.sentences.into_values().map(source).collect();
    let linked = link(engine, component, &rights, &limits)?;
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

impl Broken {
    pub(crate) fn new(path: PathBuf, error: &LoadError) -> Self {
        let id = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        Self { path, id, reason: Fault::from(error) }
    }

    /// Whether it cannot serve as it is: it is neither disabled nor being compiled.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.reason.code != error::DISABLED.code && self.reason.code != error::COMPILING.code
    }

    /// How it stands: `disabled`, `compiling` or `broken`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        match self.reason.code.as_str() {
            code if code == error::DISABLED.code => "disabled",
            code if code == error::COMPILING.code => "compiling",
            _ => "broken",
        }
    }
}
