//! Everything that loading a skill would check, without a host to load it
//! into. For authors: `jarvis skill check FOLDER`.

use std::path::Path;

use jarvis_domain::{Fault, Revision};

use crate::catalog;
use crate::engine::SkillEngine;
use crate::folder::SkillFolder;
use crate::manifest::Manifest;

/// A sound skill.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its revision.
    pub revision: Revision,
}

/// Reads, compiles and links the skill in `folder` as if everything that it
/// requests were allowed. All that is wrong comes in one fault.
pub async fn check_folder(folder: &Path) -> Result<Checked, Box<Fault>> {
    let boxed = |fault| Box::new(fault);
    let engine = SkillEngine::new().map_err(|error| boxed(Fault::from(&error)))?;
    let skill = SkillFolder::read(folder).map_err(|error| boxed(Fault::from(&error)))?;
    let (manifest, revision) = (skill.manifest.clone(), skill.revision);
    catalog::check(skill, &engine).await.map_err(|error| boxed(Fault::from(&error)))?;
    Ok(Checked { manifest, revision })
}
