//! The files of each skill as they last served, so that a restart need not
//! wait until a broken update is mended.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jarvis_domain::{Revision, SkillId};
use jarvis_policy::GrantSet;

use super::next::Next;
use super::{Reloader, blocking, read};
use crate::catalog::{self, LoadError, Skill};
use crate::folder::{MANIFEST_FILE, SENTENCES_FOLDER, SkillFolder, Stamp};
use crate::manifest::Manifest;

/// What the revision is written in, so that big components need not be compared.
/// Hidden, so that it is not part of it.
const REVISION_FILE: &str = ".revision";

/// A folder with a folder for each skill.
#[derive(Debug, Clone)]
pub(super) struct LastGood(PathBuf);

impl LastGood {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Where the files of `id` are, if there are any.
    fn path(&self, id: &SkillId) -> PathBuf {
        let path = self.0.join(id.as_str());
        if !path.exists() {
            // A crash came between the two renames of `keep`, or there is none.
            let _ = fs::rename(self.old(id), &path);
        }
        path
    }

    fn old(&self, id: &SkillId) -> PathBuf {
        self.0.join(format!(".{id}.old"))
    }

    /// Forgets every skill whose folder is not among `names`.
    fn retain(&self, names: &BTreeMap<String, Stamp>) {
        let Ok(entries) = fs::read_dir(&self.0) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Ok(id) = name.parse()
                && !names.contains_key(&name)
            {
                self.forget(&id);
            }
        }
    }

    /// The revision of the files of `id`, if there are any.
    fn revision(&self, id: &SkillId) -> Option<Revision> {
        fs::read_to_string(self.path(id).join(REVISION_FILE)).ok()?.parse().ok()
    }

    /// What the files of `id` request of the host.
    fn requests(&self, id: &SkillId) -> Option<GrantSet> {
        let manifest = fs::read_to_string(self.path(id).join(MANIFEST_FILE)).ok()?;
        Some(Manifest::read(&manifest).ok()?.requests)
    }

    /// Keeps these files in place of those before, whole or not at all.
    fn keep(&self, folder: &SkillFolder) -> io::Result<()> {
        let id = &folder.manifest.id;
        let kept = self.path(id);
        private().recursive(true).create(&self.0)?;
        let unfinished = self.0.join(format!(".{id}.new"));
        let old = self.old(id);
        remove(&unfinished)?;
        remove(&old)?;
        private().create(&unfinished)?;
        write(&unfinished.join(REVISION_FILE), folder.revision.to_string().as_bytes())?;
        write(&unfinished.join(MANIFEST_FILE), folder.manifest_text.as_bytes())?;
        write(&unfinished.join(&folder.component_file), &folder.component)?;
        if !folder.sentence_texts.is_empty() {
            let sentences = unfinished.join(SENTENCES_FOLDER);
            private().create(&sentences)?;
            for (language, text) in &folder.sentence_texts {
                write(&sentences.join(format!("{language}.yaml")), text.as_bytes())?;
            }
        }
        if kept.exists() {
            fs::rename(&kept, &old)?;
        }
        fs::rename(&unfinished, &kept)?;
        File::open(&self.0)?.sync_all()?;
        remove(&old)
    }

    /// Removes the files of a skill that was taken away.
    fn forget(&self, id: &SkillId) {
        if let Err(error) = remove(&self.old(id)).and_then(|()| remove(&self.path(id))) {
            tracing::warn!(skill = %id, %error, "the last good files cannot be removed");
        }
    }
}

impl Reloader {
    /// Puts the last-good revision into service, since nothing serves; `error`
    /// says why.
    pub(super) async fn fall_back(
        &self,
        path: &Path,
        id: SkillId,
        next: &mut Next,
        error: LoadError,
    ) -> LoadError {
        let Some(mut folder) = self.last_good(&id).await else { return error };
        let pinned = match self.pinned(path, &folder, next).await {
            Ok(pinned) => pinned,
            Err(reason) => {
                tracing::warn!(skill = %id, %reason, "the last good revision may not serve");
                return error;
            }
        };
        let engine = self.host.engine();
        let Some(component) = self.beside.component(engine, &mut folder).await else {
            return LoadError::Compiling;
        };
        let skill = |component| catalog::skill(folder, &component, &next.allowances, engine);
        match component.map_err(LoadError::Engine).and_then(skill) {
            Ok(skill) => {
                let skill = Skill { pinned, ..skill };
                tracing::warn!(skill = %id, revision = %skill.revision().short(), "the last good revision serves in its place");
                next.skills.insert(id, Arc::new(skill));
            }
            Err(error) => {
                tracing::warn!(skill = %id, %error, "the last good revision cannot be loaded");
            }
        }
        error
    }

    /// The files of `id` as they last served; none where they are no longer
    /// what was kept.
    async fn last_good(&self, id: &SkillId) -> Option<SkillFolder> {
        let (last_good, id) = (self.last_good.clone()?, id.clone());
        let kept = blocking(move || (last_good.path(&id), last_good.revision(&id))).await;
        let (path, revision) = kept.ok()?;
        let folder = read(path).await.ok()?;
        (revision == Some(folder.revision)).then_some(folder)
    }

    /// Forgets the files of a skill that was taken away.
    pub(super) async fn forget(&self, id: SkillId) {
        if let Some(last_good) = self.last_good.clone() {
            let _ = blocking(move || last_good.forget(&id)).await;
        }
    }

    /// Forgets the files of every skill whose folder is not among `names`.
    pub(super) async fn forget_others(&self, names: &BTreeMap<String, Stamp>) {
        if let Some(last_good) = self.last_good.clone() {
            let names = names.clone();
            let _ = blocking(move || last_good.retain(&names)).await;
        }
    }

    /// What the skill requested when it last served.
    pub(super) async fn requested_last(&self, id: &SkillId) -> Option<GrantSet> {
        let (last_good, id) = (self.last_good.clone()?, id.clone());
        blocking(move || last_good.requests(&id)).await.ok().flatten()
    }

    /// The folder once more, if its files are not kept yet.
    pub(super) async fn unkept(&self, folder: &SkillFolder) -> Option<SkillFolder> {
        let (last_good, id) = (self.last_good.clone()?, folder.manifest.id.clone());
        let kept = blocking(move || last_good.revision(&id)).await.ok().flatten();
        (kept != Some(folder.revision)).then(|| folder.clone())
    }

    pub(super) async fn keep(&self, folder: SkillFolder) {
        let Some(last_good) = self.last_good.clone() else { return };
        let id = folder.manifest.id.clone();
        let kept = blocking(move || last_good.keep(&folder)).await;
        if let Err(error) = kept.map_err(io::Error::other).flatten() {
            tracing::warn!(skill = %id, %error, "the last good files cannot be kept");
        }
    }
}

fn private() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
