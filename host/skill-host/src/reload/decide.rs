//! What an administrator decides about a skill by hand: what it is granted,
//! and whether it serves. A decision is audited and on disk before it counts,
//! and counts in place of the settings. No skill, model, voice or key gets
//! here: whoever calls this vouches for an administrator.

use std::sync::{Arc, Weak};

use jarvis_domain::audit::{AuditEntry, AuditEvent};
use jarvis_domain::decision::Decision;
use jarvis_domain::kv::StoreError;
use jarvis_domain::{Caller, Explain, Revision, Row, SkillId};
use jarvis_policy::{Form, GrantSet};

use tokio::sync::{MappedMutexGuard, MutexGuard};

use super::{Decided, Reloader, read};
use crate::catalog::{Allowances, Catalog, LoadError, Skill};
use crate::folder::FolderError;

/// What a skill asks for and what it is granted.
#[derive(Debug, Clone, PartialEq)]
pub struct Grants {
    /// What the files in its folder ask for, with reasons.
    pub requested: GrantSet,
    /// What it is granted; what it does not ask for has no effect.
    pub allowed: GrantSet,
    /// The revision that asks for it; an approval names it.
    pub revision: Revision,
    /// The decision that counts in place of the settings.
    pub decision: Option<Decision>,
}

/// Why a reloader cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The folder of skills cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The skill's own folder cannot be read.
    #[error(transparent)]
    Skill(Box<LoadError>),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is not the revision that was looked at.
    #[error("{skill} was changed since it was looked at")]
    Changed {
        /// The skill.
        skill: SkillId,
    },
}

const CHANGED: Row = Row {
    code: "skill-changed",
    meaning: "A skill was changed between looking at it and approving it.",
    hint: "Look again: jarvis skill grants.",
    exit: 1,
    status: 409,
};
/// The rows of this module.
pub const RELOAD_ROWS: &[&Row] = &[&CHANGED];

impl Reloader {
    /// What the skill `id` asks for and is granted. What its folder asks for
    /// where that can be read, else what the revision in service does.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn grants(&self, id: &SkillId) -> Result<Grants, ReloadError> {
        let (requested, revision) = match read(self.folder.join(id.as_str())).await {
            Ok(folder) => (folder.manifest.requests, folder.revision),
            Err(error) => match self.host.catalog().skill(id) {
                Some(serving) => (serving.requested().clone(), serving.revision()),
                None => return Err(ReloadError::Skill(Box::new(error))),
            },
        };
        let decided = self.decided().await?.clone();
        let allowed = self.allowances(&decided).of_skill(id, || requested.clone());
        let decision = decided.get(id).cloned();
        Ok(Grants { requested, allowed, revision, decision })
    }

    /// Grants the skill `id` all that it asks for, which must be the revision
    /// that was looked at.
    ///
    /// # Errors
    /// It is another revision by now; its folder or the store cannot be
    /// used.
    pub async fn approve(
        &self,
        id: &SkillId,
        looked_at: Revision,
        by: &Caller,
    ) -> Result<(), ReloadError> {
        let folder = read(self.folder.join(id.as_str())).await;
        let folder = folder.map_err(|error| ReloadError::Skill(Box::new(error)))?;
        if folder.revision != looked_at {
            return Err(ReloadError::Changed { skill: id.clone() });
        }
        let yaml = folder.manifest.requests.to_yaml(0);
        let what = format!("approved {id} {} with {}", looked_at.short(), yaml.trim());
        let granted = |decision: &mut Decision| {
            decision.grants = Some(yaml);
            decision.revision = Some(looked_at);
        };
        self.decide(id, what, by, granted).await
    }

    /// Takes every grant from the skill `id`; or forgets what was granted by
    /// hand, so that the settings count again.
    ///
    /// # Errors
    /// The store cannot be used.
    pub async fn revoke(
        &self,
        id: &SkillId,
        to_settings: bool,
        by: &Caller,
    ) -> Result<(), ReloadError> {
        let (grants, what) = match to_settings {
            true => (None, format!("the settings count for {id}")),
            false => (Some(GrantSet::default().to_yaml(0)), format!("revoked all of {id}")),
        };
        let taken = |decision: &mut Decision| {
            decision.grants = grants;
            decision.revision = None;
        };
        self.decide(id, what, by, taken).await
    }

    /// Puts the skill `id` into service, or takes it out.
    ///
    /// # Errors
    /// The store cannot be used.
    pub async fn enable(
        &self,
        id: &SkillId,
        enabled: bool,
        by: &Caller,
    ) -> Result<(), ReloadError> {
        let what = format!("{} {id}", if enabled { "enabled" } else { "disabled" });
        self.decide(id, what, by, |decision| decision.enabled = enabled).await
    }

    /// Writes a decision down, and lets it count at once: it waits for no
    /// reload, and none that began before puts back what it takes away.
    async fn decide(
        &self,
        id: &SkillId,
        what: String,
        by: &Caller,
        change: impl FnOnce(&mut Decision),
    ) -> Result<(), ReloadError> {
        let mut decided = self.decided().await?;
        let at = self.clock.now();
        let before = decided.get(id);
        let mut decision = Decision {
            skill: id.clone(),
            grants: before.and_then(|before| before.grants.clone()),
            revision: before.and_then(|before| before.revision),
            enabled: before.is_none_or(|before| before.enabled),
            by: by.clone(),
            at,
        };
        change(&mut decision);
        let entry = AuditEntry {
            run: None,
            cluster: self.host.cluster().clone(),
            caller: Some(by.clone()),
            skill: None,
            event: AuditEvent::Decided { what, by: by.clone() },
        };
        self.host.audit_log().record(entry).await?;
        self.decisions.put(&decision).await?;
        decided.insert(id.clone(), decision);
        self.withdraw(id, &decided);
        drop(decided);
        let mut seen = self.seen.lock().await;
        seen.stamps.remove(id.as_str());
        self.look_at(&mut seen).await.map(drop)
    }

    /// Takes out of service, with its calls, what is no longer granted.
    fn withdraw(&self, id: &SkillId, decided: &Decided) {
        let catalog = self.host.catalog();
        if let Some(skill) = catalog.skill(id).filter(|skill| !self.grants_all(skill, decided)) {
            let skills = catalog.skills().filter(|one| one.id() != id);
            let skills = skills.map(|one| (one.id().clone(), Arc::clone(one))).collect();
            self.host.publish(Catalog::of(skills, catalog.broken().to_vec()));
            skill.life.end();
        }
        for skill in self.draining().iter().filter_map(Weak::upgrade) {
            if skill.id() == id && !self.grants_all(&skill, decided) {
                skill.life.end();
            }
        }
    }

    /// Whether a skill may go on with what it was loaded with.
    pub(super) fn grants_all(&self, skill: &Skill, decided: &Decided) -> bool {
        let decision = decided.get(skill.id());
        let enabled = decision.is_none_or(|decision| decision.enabled);
        // Approving its successor replaces it; nothing approved ends it.
        let approved = !skill.pinned || decision.is_some_and(|one| one.revision.is_some());
        let allowances = self.allowances(decided);
        let allowed = allowances.of_skill(skill.id(), || skill.requested().clone());
        enabled && approved && allowed.covers(skill.allowed())
    }

    /// The decisions, read from the store the first time.
    pub(super) async fn decided(&self) -> Result<MappedMutexGuard<'_, Decided>, ReloadError> {
        let mut decided = self.decided.lock().await;
        if decided.is_none() {
            let all = self.decisions.all().await?;
            *decided = Some(all.into_iter().map(|one| (one.skill.clone(), one)).collect());
        }
        Ok(MutexGuard::map(decided, |decided| decided.get_or_insert_default()))
    }

    /// The settings, with what was granted by hand in their place. Grants that
    /// cannot be read grant nothing: nothing is guessed, and no other skill has
    /// to wait for it.
    pub(super) fn allowances(&self, decided: &Decided) -> Allowances {
        let mut allowances = self.settings.clone();
        for (id, decision) in decided {
            let Some(yaml) = &decision.grants else { continue };
            let granted = GrantSet::parse(yaml, Form::Allowance).unwrap_or_else(|problems| {
                tracing::error!(skill = %id, %problems, "the grants given by hand cannot be read, so that it has none");
                GrantSet::default()
            });
            allowances.grants.insert(id.clone(), granted);
        }
        allowances
    }
}

impl Explain for ReloadError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Folder(error) => error.row(),
            Self::Skill(error) => error.row(),
            Self::Store(error) => error.row(),
            Self::Changed { .. } => &CHANGED,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Folder(error) => error.hint(),
            Self::Skill(error) => error.hint(),
            Self::Changed { skill } => Some(format!("Look again: jarvis skill grants {skill}")),
            Self::Store(_) => None,
        }
    }
}
