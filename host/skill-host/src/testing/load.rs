//! A catalog at once, without a reloader that keeps it like a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::catalog::{Allowances, Broken, Catalog, LoadError, Skill, skill};
use crate::engine::SkillEngine;
use crate::folder::{FolderError, SkillFolder, stamps};

/// Each folder with its skill, or with what is wrong.
pub type Scan = Vec<(PathBuf, Result<SkillFolder, FolderError>)>;

/// Reads every skill in `folder`, by name.
pub fn scan(folder: &Path) -> Result<Scan, FolderError> {
    let paths = stamps(folder)?.into_keys().map(|name| folder.join(name));
    Ok(paths.map(|path| (path.clone(), SkillFolder::read(&path))).collect())
}

/// Compiles and links what was read. What cannot be loaded is listed.
pub async fn load(scan: Scan, allowances: &Allowances, engine: &SkillEngine) -> Catalog {
    let (mut skills, mut broken) = (BTreeMap::new(), Vec::new());
    for (path, read) in scan {
        let loaded = match read {
            Ok(folder) => one(folder, allowances, engine).await,
            Err(error) => Err(LoadError::from(error)),
        };
        match loaded {
            Ok(skill) => drop(skills.insert(skill.id().clone(), Arc::new(skill))),
            Err(error) => broken.push(Broken::new(path, &error)),
        }
    }
    Catalog::of(skills, broken)
}

async fn one(
    folder: SkillFolder,
    allowances: &Allowances,
    engine: &SkillEngine,
) -> Result<Skill, LoadError> {
    let component = engine.component(folder.component.clone(), folder.digest).await?;
    skill(folder, &component, allowances, engine)
}
