//! What an administrator decides about a skill by hand: what it is granted,
//! and whether it serves. A decision is audited and on disk before it counts,
//! and counts in place of the settings. No skill, model, voice or key gets
//! here: whoever calls this vouches for an administrator.

use std::collections::BTreeMap;

use jarvis_domain::audit::{AuditEntry, AuditEvent};
use jarvis_domain::decision::Decision;
use jarvis_domain::kv::StoreError;
use jarvis_domain::{Caller, Digest, Explain, Row, SkillId};
use jarvis_policy::{Form, GrantSet};

use super::{Seen, Shelf, read};
use crate::catalog::{Allowances, LoadError};
use crate::folder::FolderError;

/// What a skill asks for and what it is granted.
#[derive(Debug, Clone, PartialEq)]
pub struct Grants {
    /// What the files in its folder ask for, with reasons.
    pub requested: GrantSet,
    /// What it is granted; what it does not ask for has no effect.
    pub allowed: GrantSet,
    /// The decision that counts in place of the settings.
    pub decision: Option<Decision>,
}

/// Why a shelf cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The folder of skills cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The skill's own folder cannot be read.
    #[error(transparent)]
    Skill(Box<LoadError>),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What it asks for is not what was looked at.
    #[error("{skill} asks for something else now than when it was looked at")]
    Changed {
        /// The skill.
        skill: SkillId,
    },
    /// A decision in the store cannot be read.
    #[error("the grants that {skill} was given by hand cannot be read")]
    Unreadable {
        /// The skill.
        skill: SkillId,
        /// Why not.
        #[source]
        source: jarvis_document::Problems,
    },
}

const CHANGED: Row = Row {
    code: "skill-asks-changed",
    meaning: "A skill was updated between looking at what it asks for and approving it.",
    hint: "Look again: jarvis skill grants.",
    exit: 1,
    status: 409,
};
const UNREADABLE: Row = Row {
    code: "skill-grants-unreadable",
    meaning: "Grants that were given by hand cannot be read; an older jarvis may be running on a newer one's state.",
    hint: "Update jarvis. Until then nothing is granted by guessing.",
    exit: 1,
    status: 500,
};

/// The rows of this module.
pub const SHELF_ROWS: &[&Row] = &[&CHANGED, &UNREADABLE];

impl Shelf {
    /// What the skill `id` asks for and is granted.
    ///
    /// # Errors
    /// Its folder or the store cannot be read.
    pub async fn grants(&self, id: &SkillId) -> Result<Grants, ShelfError> {
        let mut seen = self.seen.lock().await;
        self.grants_of(id, &mut seen).await
    }

    async fn grants_of(&self, id: &SkillId, seen: &mut Seen) -> Result<Grants, ShelfError> {
        let folder = read(self.folder.join(id.as_str())).await;
        let folder = folder.map_err(|error| ShelfError::Skill(Box::new(error)))?;
        let decision = self.decided(seen).await?.get(id).cloned();
        let decided: BTreeMap<SkillId, Decision> =
            decision.iter().map(|decision| (id.clone(), decision.clone())).collect();
        let allowed = self.allowances(&decided)?.grants.remove(id).unwrap_or_default();
        Ok(Grants { requested: folder.manifest.requests, allowed, decision })
    }

    /// Grants the skill `id` all that it asks for, which must be what `seen`
    /// is the digest of.
    ///
    /// # Errors
    /// It asks for something else by now; its folder or the store cannot be
    /// used.
    pub async fn approve(
        &self,
        id: &SkillId,
        looked_at: Digest,
        by: &Caller,
    ) -> Result<(), ShelfError> {
        let mut seen = self.seen.lock().await;
        let grants = self.grants_of(id, &mut seen).await?;
        if grants.requested.digest() != looked_at {
            return Err(ShelfError::Changed { skill: id.clone() });
        }
        let yaml = grants.requested.to_yaml(0);
        let what = format!("approved {id} with {}", yaml.trim());
        let enabled = grants.decision.is_none_or(|decision| decision.enabled);
        self.decide(&mut seen, id, Some(yaml), enabled, what, by).await
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
    ) -> Result<(), ShelfError> {
        let mut seen = self.seen.lock().await;
        let enabled = self.decided(&mut seen).await?.get(id).is_none_or(|one| one.enabled);
        let (grants, what) = match to_settings {
            true => (None, format!("the settings count for {id}")),
            false => (Some(GrantSet::default().to_yaml(0)), format!("revoked all of {id}")),
        };
        self.decide(&mut seen, id, grants, enabled, what, by).await
    }

    /// Puts the skill `id` into service, or takes it out.
    ///
    /// # Errors
    /// The store cannot be used.
    pub async fn enable(&self, id: &SkillId, enabled: bool, by: &Caller) -> Result<(), ShelfError> {
        let mut seen = self.seen.lock().await;
        let grants = self.decided(&mut seen).await?.get(id).and_then(|one| one.grants.clone());
        let what = format!("{} {id}", if enabled { "enabled" } else { "disabled" });
        self.decide(&mut seen, id, grants, enabled, what, by).await
    }

    async fn decide(
        &self,
        seen: &mut Seen,
        id: &SkillId,
        grants: Option<String>,
        enabled: bool,
        what: String,
        by: &Caller,
    ) -> Result<(), ShelfError> {
        let entry = AuditEntry {
            run: None,
            cluster: self.host.cluster().clone(),
            caller: Some(by.clone()),
            skill: None,
            event: AuditEvent::Decided { what, by: by.clone() },
        };
        self.host.audit_log().record(entry).await?;
        let at = self.clock.now();
        let decision = Decision { skill: id.clone(), grants, enabled, by: by.clone(), at };
        self.decisions.put(&decision).await?;
        self.decided(seen).await?.insert(id.clone(), decision);
        seen.stamps.remove(id.as_str());
        self.look_at(seen).await.map(drop)
    }

    pub(super) async fn decided<'a>(
        &self,
        seen: &'a mut Seen,
    ) -> Result<&'a mut BTreeMap<SkillId, Decision>, ShelfError> {
        let decided = match seen.decided.take() {
            Some(decided) => decided,
            None => {
                let all = self.decisions.all().await?;
                all.into_iter().map(|one| (one.skill.clone(), one)).collect()
            }
        };
        Ok(seen.decided.insert(decided))
    }

    /// The settings, with what was decided in their place.
    pub(super) fn allowances(
        &self,
        decided: &BTreeMap<SkillId, Decision>,
    ) -> Result<Allowances, ShelfError> {
        let mut allowances = self.settings.clone();
        for decision in decided.values() {
            let Some(yaml) = &decision.grants else { continue };
            let grants = GrantSet::parse(yaml, Form::Allowance).map_err(|source| {
                ShelfError::Unreadable { skill: decision.skill.clone(), source }
            })?;
            allowances.grants.insert(decision.skill.clone(), grants);
        }
        Ok(allowances)
    }
}

impl Explain for ShelfError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Folder(error) => error.row(),
            Self::Skill(error) => error.row(),
            Self::Store(error) => error.row(),
            Self::Changed { .. } => &CHANGED,
            Self::Unreadable { .. } => &UNREADABLE,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Folder(error) => error.hint(),
            Self::Skill(error) => error.hint(),
            Self::Changed { skill } => Some(format!("Look again: jarvis skill grants {skill}")),
            Self::Store(_) | Self::Unreadable { .. } => None,
        }
    }
}
