//! The files of each skill as they last served, so that a restart need not
//! wait until a broken update is mended.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jarvis_domain::SkillId;

use super::{Next, Shelf, blocking, crashed, read};
use crate::catalog::{self, LoadError, Skill};
use crate::folder::{MANIFEST_FILE, SENTENCES_FOLDER, SkillFolder, Stamp};

/// A folder with a folder for each skill.
#[derive(Debug, Clone)]
pub(super) struct LastGood(PathBuf);

impl LastGood {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Where the files of `id` are, if there are any.
    pub(super) fn path(&self, id: &SkillId) -> PathBuf {
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
    pub(super) fn retain(&self, names: &BTreeMap<String, Stamp>) {
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

    /// Whether these very files are kept already.
    pub(super) fn has(&self, folder: &SkillFolder) -> bool {
        let kept = self.path(&folder.manifest.id);
        let same = |path: PathBuf, text: &[u8]| fs::read(path).is_ok_and(|found| found == text);
        let sentences = kept.join(SENTENCES_FOLDER);
        let languages = fs::read_dir(&sentences).map_or(0, Iterator::count);
        kept == folder.path
            || (same(kept.join(MANIFEST_FILE), folder.manifest_text.as_bytes())
                && same(kept.join(&folder.component_file), &folder.component)
                && languages == folder.sentence_texts.len()
                && folder.sentence_texts.iter().all(|(language, text)| {
                    same(sentences.join(format!("{language}.yaml")), text.as_bytes())
                }))
    }

    /// Keeps these files in place of those before, whole or not at all.
    pub(super) fn keep(&self, folder: &SkillFolder) -> io::Result<()> {
        let id = &folder.manifest.id;
        let kept = self.path(id);
        private().recursive(true).create(&self.0)?;
        let unfinished = self.0.join(format!(".{id}.new"));
        let old = self.old(id);
        remove(&unfinished)?;
        remove(&old)?;
        private().create(&unfinished)?;
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
    pub(super) fn forget(&self, id: &SkillId) {
        if let Err(error) = remove(&self.old(id)).and_then(|()| remove(&self.path(id))) {
            tracing::warn!(skill = %id, %error, "the last good files cannot be removed");
        }
    }
}

impl Shelf {
    /// Puts the last-good revision into service if nothing serves.
    pub(super) async fn fall_back(
        &self,
        path: &Path,
        id: Option<SkillId>,
        serving: Option<Arc<Skill>>,
        next: &mut Next,
        error: LoadError,
    ) -> LoadError {
        if serving.is_some() {
            return error;
        }
        let Some(id) = id else { return error };
        let Some(folder) = self.last_good(&id).await else { return error };
        let pinned = match self.pinned(path, &folder, next).await {
            Ok(pinned) => pinned,
            Err(reason) => {
                tracing::warn!(skill = %id, %reason, "the last good revision may not serve");
                return error;
            }
        };
        match catalog::skill(folder, &next.allowances, self.host.engine()).await {
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

    pub(super) async fn last_good(&self, id: &SkillId) -> Option<SkillFolder> {
        let path = self.last_good.as_ref()?.path(id);
        read(path).await.ok()
    }

    /// The folder, and once more if its files are not kept yet.
    pub(super) async fn unkept(
        &self,
        folder: SkillFolder,
    ) -> Result<(SkillFolder, Option<SkillFolder>), LoadError> {
        let Some(last_good) = self.last_good.clone() else { return Ok((folder, None)) };
        let copied = blocking(move || {
            let unkept = (!last_good.has(&folder)).then(|| folder.clone());
            (folder, unkept)
        });
        copied.await.map_err(crashed)
    }

    pub(super) async fn keep(&self, folder: SkillFolder) {
        let Some(last_good) = self.last_good.clone() else { return };
        let id = folder.manifest.id.clone();
        match blocking(move || last_good.keep(&folder)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(skill = %id, %error, "the last good files cannot be kept")
            }
            Err(error) => tracing::warn!(skill = %id, %error, "the last good files cannot be kept"),
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
