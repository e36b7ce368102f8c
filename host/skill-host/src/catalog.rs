//! The skills in service, and those that could not be loaded. A catalog never
//! changes: a reload makes a new one beside the serving path and publishes it
//! whole, so that no call sees half of two.

mod error;
mod exports;
mod imports;
mod life;
mod link;
mod load;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use jarvis_domain::{CommandName, Fault, Language, Revision, SkillId};
use jarvis_policy::GrantSet;
use jarvis_sentences::{Sentences, Source};

use crate::call::Linked;
use crate::manifest::{CommandSpec, Limits, Manifest};
use crate::session::Rights;

pub use error::LoadError;
pub(crate) use error::{LOAD_ROWS, TOO_BIG};
pub(crate) use life::{Held, Life};
pub(crate) use load::{check, skill};

/// What an administrator allows skills.
#[derive(Debug, Clone)]
pub struct Allowances {
    /// The grants of each skill; a skill that is not here has none.
    pub grants: BTreeMap<SkillId, GrantSet>,
    /// What each skill gets at most of the machine.
    pub ceilings: BTreeMap<SkillId, Limits>,
    /// What any other skill gets at most.
    pub ceiling: Limits,
    /// The skills of which each revision needs an approval of its own.
    pub pinned: BTreeSet<SkillId>,
    /// Whether the skills' folder is trusted: a skill that is not in `grants`
    /// gets what it requests, and a changed one keeps its grants also where
    /// others may write it. For a demo, where nothing real is.
    pub trusting: bool,
}

impl Allowances {
    /// These grants, the usual ceilings, and no skill pinned.
    #[must_use]
    pub fn of(grants: BTreeMap<SkillId, GrantSet>) -> Self {
        Self {
            grants,
            ceilings: BTreeMap::new(),
            ceiling: Limits::CEILING,
            pinned: BTreeSet::new(),
            trusting: false,
        }
    }

    /// What the skill `id` is granted, which requests `requested`.
    pub(crate) fn of_skill(&self, id: &SkillId, requested: impl FnOnce() -> GrantSet) -> GrantSet {
        match self.grants.get(id) {
            Some(granted) => granted.clone(),
            None if self.trusting => requested(),
            None => GrantSet::default(),
        }
    }
}

/// The skills of one moment.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    skills: BTreeMap<SkillId, Arc<Skill>>,
    broken: Vec<Broken>,
    sentences: BTreeMap<Language, Arc<Sentences>>,
}

/// A skill in service.
pub struct Skill {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Where it was read.
    pub path: PathBuf,
    /// What it gets of the machine, call by call.
    pub limits: Limits,
    pub(crate) rights: Arc<Rights>,
    pub(crate) linked: Linked,
    pub(crate) sources: Vec<Source>,
    /// Serves since this very revision was approved by hand.
    pub(crate) pinned: bool,
    pub(crate) life: Life,
}

/// A folder that is not in service as it stands. An older revision of it may
/// be.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// Where it was read.
    pub path: PathBuf,
    /// The skill, by its folder's name where that can be one.
    pub id: Option<SkillId>,
    /// The whole reason.
    pub reason: Fault,
}

impl Catalog {
    /// The skills of `skills`, in service together.
    pub(crate) fn of(skills: BTreeMap<SkillId, Arc<Skill>>, broken: Vec<Broken>) -> Self {
        let in_language = |language| {
            let sources = skills.values().flat_map(|skill| skill.said_in(language)).cloned();
            (language, Arc::new(Sentences::compile_in(language, sources.collect())))
        };
        let sentences = Language::ALL.into_iter().map(in_language).collect();
        Self { skills, broken, sentences }
    }

    /// The skills in service, by id.
    pub fn skills(&self) -> impl Iterator<Item = &Arc<Skill>> {
        self.skills.values()
    }

    /// The folders that are not in service.
    #[must_use]
    pub fn broken(&self) -> &[Broken] {
        &self.broken
    }

    /// One skill.
    #[must_use]
    pub fn skill(&self, id: &SkillId) -> Option<&Arc<Skill>> {
        self.skills.get(id)
    }

    /// One command, with its skill.
    #[must_use]
    pub fn command(&self, name: &CommandName) -> Option<(&Arc<Skill>, &Arc<CommandSpec>)> {
        let skill = self.skills.get(&name.skill)?;
        Some((skill, skill.manifest.commands.get(&name.command)?))
    }

    /// Every command in service, by name.
    pub fn commands(&self) -> impl Iterator<Item = (CommandName, &CommandSpec)> {
        self.skills.values().flat_map(|skill| {
            skill.manifest.commands.iter().map(|(command, spec)| {
                (CommandName { skill: skill.id().clone(), command: command.clone() }, spec.as_ref())
            })
        })
    }

    /// What can be said in `language`, of all skills in service.
    #[must_use]
    pub fn sentences(&self, language: Language) -> Arc<Sentences> {
        self.sentences.get(&language).cloned().unwrap_or_default()
    }
}

impl Skill {
    /// Takes over the places of the revision before, so that calls of both
    /// together are no more than the skill may have now. To be called within a
    /// tokio runtime.
    pub(crate) fn take_over(&mut self, before: &Self) {
        let places = Arc::clone(&before.linked.places);
        self.linked.places = Arc::clone(&places);
        let (now, then) = (self.limits.concurrent, before.limits.concurrent);
        if now > then {
            places.add_permits((now - then) as usize);
        } else if now < then {
            // Those that are taken go with their calls.
            tokio::spawn(async move {
                if let Ok(surplus) = places.acquire_many_owned(then - now).await {
                    surplus.forget();
                }
            });
        }
    }

    /// Its sentences in `language`; the English ones where it has none in that.
    fn said_in(&self, language: Language) -> impl Iterator<Item = &Source> {
        let is_in = move |language| {
            move |source: &&Source| Language::known(&source.file.language) == Some(language)
        };
        let there = self.sources.iter().any(|source| is_in(language)(&source));
        self.sources.iter().filter(is_in(if there { language } else { Language::English }))
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &SkillId {
        &self.rights.skill
    }

    /// What is in service.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.rights.revision
    }

    /// What its manifest requests.
    #[must_use]
    pub fn requested(&self) -> &GrantSet {
        &self.rights.requested
    }

    /// What the administrator allows it.
    #[must_use]
    pub fn allowed(&self) -> &GrantSet {
        &self.rights.allowed
    }

    /// What it requests and is not allowed.
    #[must_use]
    pub fn missing(&self) -> GrantSet {
        self.rights.allowed.missing(&self.rights.requested)
    }
}

impl std::fmt::Debug for Skill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Skill").field("rights", &self.rights).finish_non_exhaustive()
    }
}
