//! Brings one folder into the next catalog: as a skill, or as broken with its
//! reason, while what served before serves on if it still may.

use std::path::Path;
use std::sync::Arc;

use jarvis_domain::decision::Decision;
use jarvis_policy::GrantSet;

use super::next::Next;
use super::{Read, Reloader};
use crate::catalog::{self, Broken, LoadError, Skill};

impl Reloader {
    /// Brings one folder into `next`. `false` when what went wrong may pass by
    /// itself, so that it is to be tried again though nothing changes.
    pub(super) async fn update(&self, path: &Path, read: Read, next: &mut Next) -> bool {
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
                        next.compiling = true;
                        tracing::info!(folder = %path.display(), serving, "a large component is compiled beside")
                    }
                    _ => {
                        tracing::warn!(folder = %path.display(), reason = %broken.reason, hint = ?broken.reason.hint, serving, "a skill cannot be loaded")
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
        let name = path.file_name().and_then(|name| name.to_str());
        // What lies in a folder whose name is no id is no skill, and was not
        // read as one.
        let Some(id) = name.and_then(|name| name.parse().ok()) else {
            return read.map(|_| None);
        };
        let disabled = next.disabled.iter().find(|decision| decision.skill == id);
        if let Some(Decision { skill, by, at, .. }) = disabled {
            next.skills.remove(skill);
            return Err(LoadError::Disabled { skill: skill.clone(), by: by.clone(), at: *at });
        }
        let serving = next.skills.get(&id).cloned();
        let requested = || match (&read, &serving) {
            (Ok(folder), _) => folder.manifest.requests.clone(),
            (Err(_), Some(serving)) => serving.requested().clone(),
            (Err(_), None) => GrantSet::default(),
        };
        let allowed = next.allowances.of_skill(&id, requested);
        // What it was granted once is no reason to serve on, and that it is
        // granted more by now none to stop: its successor may fail yet. Where
        // it gets what it asks for, nor are another revision's wishes.
        let as_it_asks = next.allowances.trusting && !next.allowances.grants.contains_key(&id);
        let replaced = |serving: &Skill| {
            read.as_ref().map_or(true, |folder| folder.revision != serving.revision())
        };
        let serving = serving.filter(|serving| {
            allowed.covers(serving.allowed()) || (as_it_asks && replaced(serving))
        });
        if serving.is_none() {
            next.skills.remove(&id);
        }
        match self.successor(path, read, &allowed, serving.as_deref(), next).await {
            Err(error) if serving.is_none() => Err(self.fall_back(path, id, next, error).await),
            successor => successor,
        }
    }

    /// What comes in the place of `serving`; none when it is the same, with the
    /// same grants.
    async fn successor(
        &self,
        path: &Path,
        read: Read,
        allowed: &GrantSet,
        serving: Option<&Skill>,
        next: &mut Next,
    ) -> Result<Option<Skill>, LoadError> {
        let mut folder = read?;
        let same =
            |serving: &Skill| serving.revision() == folder.revision && serving.allowed() == allowed;
        if serving.is_some_and(same) {
            return Ok(None);
        }
        self.asks_no_more(&folder, allowed, serving).await?;
        let pinned = self.pinned(path, &folder, next).await?;
        let engine = self.host.engine();
        let unkept = self.unkept(&folder).await;
        let component = self.beside.component(engine, &mut folder).await;
        let component = component.ok_or(LoadError::Compiling)??;
        let skill = catalog::skill(folder, &component, &next.allowances, engine)?;
        next.unkept.extend(unkept);
        Ok(Some(Skill { pinned, ..skill }))
    }
}
