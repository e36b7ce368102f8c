//! The catalog that a look makes, until it is published.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use jarvis_domain::decision::Decision;
use jarvis_domain::{Revision, SkillId};

use crate::catalog::{Allowances, Broken, Catalog, Skill};
use crate::folder::SkillFolder;

/// The next catalog, while it is made.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) skills: BTreeMap<SkillId, Arc<Skill>>,
    pub(super) broken: BTreeMap<PathBuf, Broken>,
    pub(super) allowances: Allowances,
    /// The revision of each skill that was approved by hand.
    pub(super) approved: BTreeMap<SkillId, Revision>,
    /// The decisions that take a skill out of service.
    pub(super) disabled: Vec<Decision>,
    /// What was loaded and is not yet among the last-good files.
    pub(super) unkept: Vec<SkillFolder>,
    /// Something is compiled beside.
    pub(super) compiling: bool,
}

impl Next {
    pub(super) fn from(catalog: &Catalog, allowances: Allowances) -> Self {
        let skill = |skill: &Arc<Skill>| (skill.id().clone(), Arc::clone(skill));
        let broken = |broken: &Broken| (broken.path.clone(), broken.clone());
        // One that was ended by a decision serves no more, whatever was decided
        // since: it is loaded anew.
        let lives = |skill: &&Arc<Skill>| !skill.life.is_over();
        Self {
            skills: catalog.skills().filter(lives).map(skill).collect(),
            broken: catalog.broken().iter().map(broken).collect(),
            allowances,
            approved: BTreeMap::new(),
            disabled: Vec::new(),
            unkept: Vec::new(),
            compiling: false,
        }
    }

    pub(super) fn differs(&self, old: &Catalog) -> bool {
        let same_skills = old.skills().count() == self.skills.len()
            && old.skills().zip(self.skills.values()).all(|(one, other)| Arc::ptr_eq(one, other));
        let same_broken = old.broken().len() == self.broken.len()
            && old.broken().iter().zip(self.broken.values()).all(|(one, other)| one == other);
        !same_skills || !same_broken
    }
}
