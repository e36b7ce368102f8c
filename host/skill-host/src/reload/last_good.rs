//! The files of each skill as they last served, so that a restart need not
//! wait until a broken update is mended.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use jarvis_domain::SkillId;

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

    /// Keeps these files in place of those before, whole or not at all.
    pub(super) fn keep(&self, folder: &SkillFolder) -> io::Result<()> {
        let id = &folder.manifest.id;
        let kept = self.path(id);
        let is_kept =
            || SkillFolder::read(&kept).is_ok_and(|kept| kept.revision == folder.revision);
        if kept == folder.path || is_kept() {
            return Ok(());
        }
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
