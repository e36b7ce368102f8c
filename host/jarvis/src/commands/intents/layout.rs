//! How Home Assistant's sentences lie in that project's folders: all of a language in
//! one folder, each file with what it needs (until 2026); or a folder an intent with a
//! file for each combination of its slots, and lists, rules and `intents.yaml` beside
//! `sentences`. A language may have some of both.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jarvis_sentences::{Combination, Combinations, FolderFile, Holds};

use super::home::{HomeError, file, unreadable};

/// The folder of the project that those of the languages stand in.
const SENTENCES: &str = "sentences";

/// The files of a language in a project.
pub(super) struct Language {
    /// Its sentences, and what they name.
    pub(super) files: Vec<FolderFile>,
    /// What the newer layout knows of its combinations.
    combinations: Combinations,
}

impl Language {
    /// Those of `folder`, which is `sentences/<lang>` where the project has the newer
    /// layout.
    pub(super) fn read(folder: &Path) -> Result<Self, HomeError> {
        let mut files: Vec<FolderFile> = Vec::new();
        let take = |files: &mut Vec<FolderFile>, from: &Path, holds: Holds| {
            let texts = texts(from)?;
            files.extend(texts.into_iter().map(|(name, text)| FolderFile {
                name,
                text,
                holds: holds.clone(),
            }));
            Ok::<(), HomeError>(())
        };
        take(&mut files, folder, Holds::Sentences)?;
        let folders = folders(folder)?;
        let mut combinations = Combinations::default();
        if let Some(project) = project(folder).filter(|_| !folders.is_empty()) {
            combinations = file(&project.join("intents.yaml"), Combinations::read)?;
            let language = folder.file_name().unwrap_or_default();
            for shared in [
                project.join("lists"),
                project.join("lists").join(language),
                project.join("rules").join(language),
            ] {
                if shared.is_dir() {
                    take(&mut files, &shared, Holds::Shared)?;
                }
            }
        }
        let mut language = Self { files, combinations };
        for (intent, folder) in folders {
            for (name, text) in texts(&folder)? {
                // As that project has it: what is not in its list is nothing.
                if let Some(of) = language.combination(&intent, &name) {
                    let (name, holds) =
                        (format!("{intent}/{name}"), Holds::Combination(of.clone()));
                    language.files.push(FolderFile { name, text, holds });
                }
            }
        }
        if language.files.is_empty() {
            return Err(HomeError::Empty { path: folder.display().to_string() });
        }
        Ok(language)
    }

    /// The combination that the file of this name, in the folder of `intent`, is of.
    pub(super) fn combination(&self, intent: &str, file: &str) -> Option<&Combination> {
        let name = file.rsplit_once('.').map_or(file, |(name, _)| name);
        self.combinations.get(intent, name)
    }
}

/// The project that `folder` is the `sentences/<lang>` of.
fn project(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let sentences = folder.parent().filter(|above| above.ends_with(SENTENCES))?;
    sentences.parent().map(Path::to_owned)
}

/// The texts of a folder's `.yaml` files by name.
pub(super) fn texts(folder: &Path) -> Result<BTreeMap<String, String>, HomeError> {
    let mut files = BTreeMap::new();
    for path in entries(folder)? {
        let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if let Some(name) = path.file_name().filter(|_| is_yaml && path.is_file()) {
            let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
            files.insert(name.to_string_lossy().into_owned(), text);
        }
    }
    Ok(files)
}

/// The folders of a folder by name.
pub(super) fn folders(folder: &Path) -> Result<BTreeMap<String, PathBuf>, HomeError> {
    let named = |path: PathBuf| Some((path.file_name()?.to_string_lossy().into_owned(), path));
    Ok(entries(folder)?.into_iter().filter(|path| path.is_dir()).filter_map(named).collect())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, HomeError> {
    let entries = std::fs::read_dir(folder).map_err(unreadable(folder))?;
    entries.map(|entry| Ok(entry.map_err(unreadable(folder))?.path())).collect()
}
