//! A skill's folder, read from disk once and held in memory from then on:
//! `skill.yaml`, one `*.wasm`, and `sentences/<lang>.yaml`. Nothing is run,
//! compiled or kept open here. Other files are neither read nor part of the
//! revision. Links are not followed, so that nothing outside is read.

mod error;
mod file;
mod owner;
mod stamp;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jarvis_domain::{Digest, Revision};
use jarvis_sentences::SentenceFile;

pub(crate) use owner::exposed;
pub(crate) use stamp::{Stamp, stamps};

pub use error::{FOLDER_ROWS, FolderError, Mistake};
pub use stamp::skill_folders;

use crate::manifest::Manifest;
use file::Folder;

/// The manifest's name in its folder.
pub const MANIFEST_FILE: &str = "skill.yaml";
/// The folder of sentences in a skill's folder.
pub const SENTENCES_FOLDER: &str = "sentences";
/// The longest manifest and the longest file of sentences, bytes.
pub const MAX_YAML: u64 = 1 << 20;
/// The longest component, bytes. A component that carries a Python
/// interpreter has 18 MB.
pub const MAX_COMPONENT: u64 = 64 << 20;
/// The most languages of a skill.
pub const MAX_LANGUAGES: usize = 64;

/// A skill as it stood on disk.
#[derive(Debug, Clone)]
pub struct SkillFolder {
    /// Where it was read.
    pub path: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
    /// The manifest as it was written.
    pub manifest_text: String,
    /// The component's file name.
    pub component_file: String,
    /// The component, not yet looked at.
    pub component: Vec<u8>,
    /// The component's digest.
    pub digest: Digest,
    /// Its sentences by language (BCP 47); they fit the manifest's commands.
    pub sentences: BTreeMap<String, SentenceFile>,
    /// The same as they were written.
    pub sentence_texts: BTreeMap<String, String>,
    /// The digest over all of it.
    pub revision: Revision,
    /// Who else could have written it before it was read, as [`exposed`] says.
    pub(crate) exposed: Option<String>,
}

impl SkillFolder {
    /// Reads the skill in `path`. All mistakes of all its files come at once.
    pub fn read(path: &Path) -> Result<Self, FolderError> {
        let mut mistakes = Vec::new();
        let read = read(path, &mut mistakes);
        match read {
            Some(skill) if mistakes.is_empty() => Ok(skill),
            _ => Err(FolderError { folder: path.to_owned(), mistakes }),
        }
    }
}

fn read(path: &Path, mistakes: &mut Vec<Mistake>) -> Option<SkillFolder> {
    let exposed = exposed(path);
    let mut note =
        |result: Result<_, Mistake>| result.map_err(|mistake| mistakes.push(mistake)).ok();
    let folder = note(Folder::of_skill(path))?;
    let names = match folder.names() {
        Ok(names) => names,
        Err(mistake) => {
            mistakes.push(mistake);
            return None;
        }
    };
    let manifest = manifest(&folder, &names, mistakes);
    let component = component(&folder, &names, mistakes);
    let texts = sentences(&folder, &names, mistakes);
    let commands = manifest.as_ref().map(|(_, manifest)| manifest.for_sentences());
    let sentences = parsed(&texts, commands.as_deref(), mistakes);
    let (manifest_text, manifest) = manifest?;
    if let Some(name) = folder_name(path).filter(|name| name != manifest.id.as_str()) {
        mistakes.push(Mistake::Name { folder: name, id: manifest.id.clone() });
    }
    let (component_file, component) = component?;
    let digest = Digest::of(&component);
    let revision = revision(&manifest_text, digest, &texts);
    Some(SkillFolder {
        path: path.to_owned(),
        manifest,
        manifest_text,
        component_file,
        component,
        digest,
        sentences,
        sentence_texts: texts,
        revision,
        exposed,
    })
}

fn manifest(
    folder: &Folder,
    names: &[String],
    mistakes: &mut Vec<Mistake>,
) -> Option<(String, Manifest)> {
    if !names.iter().any(|name| name == MANIFEST_FILE) {
        let like = names.iter().find(|name| name.starts_with("skill.") || name.ends_with(".yml"));
        mistakes.push(Mistake::NoManifest { like: like.cloned() });
        return None;
    }
    let read = folder.text(MANIFEST_FILE, MAX_YAML).and_then(|text| {
        let manifest = Manifest::read(&text).map_err(Mistake::Manifest)?;
        Ok((text, manifest))
    });
    read.map_err(|mistake| mistakes.push(mistake)).ok()
}

fn component(
    folder: &Folder,
    names: &[String],
    mistakes: &mut Vec<Mistake>,
) -> Option<(String, Vec<u8>)> {
    let found: Vec<&String> = names.iter().filter(|name| name.ends_with(".wasm")).collect();
    let [name] = found.as_slice() else {
        let found = found.into_iter().cloned().collect();
        mistakes.push(Mistake::Components { found });
        return None;
    };
    let read = folder.bytes(name, MAX_COMPONENT).map(|bytes| ((*name).clone(), bytes));
    read.map_err(|mistake| mistakes.push(mistake)).ok()
}

fn sentences(
    folder: &Folder,
    names: &[String],
    mistakes: &mut Vec<Mistake>,
) -> BTreeMap<String, String> {
    let mut sentences = BTreeMap::new();
    // A skill without sentences is reached by its commands' names alone.
    if !names.iter().any(|name| name == SENTENCES_FOLDER) {
        return sentences;
    }
    let opened = folder.folder(SENTENCES_FOLDER).and_then(|open| Ok((open.names()?, open)));
    let (files, open) = match opened {
        Ok(opened) => opened,
        Err(mistake) => {
            mistakes.push(mistake);
            return sentences;
        }
    };
    if files.len() > MAX_LANGUAGES {
        mistakes.push(Mistake::Languages { found: files.len() });
        return sentences;
    }
    for file in files {
        let Some(language) = file.strip_suffix(".yaml").filter(|name| is_language(name)) else {
            mistakes.push(Mistake::NotALanguage { file: format!("{SENTENCES_FOLDER}/{file}") });
            continue;
        };
        match open.text(&file, MAX_YAML) {
            Ok(text) => {
                sentences.insert(language.to_owned(), text);
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }
    sentences
}

/// The files of sentences, read, and checked against the commands where the
/// manifest could be read.
fn parsed(
    texts: &BTreeMap<String, String>,
    commands: Option<&[jarvis_sentences::CommandSpec]>,
    mistakes: &mut Vec<Mistake>,
) -> BTreeMap<String, SentenceFile> {
    let mut sentences = BTreeMap::new();
    for (language, text) in texts {
        let file = SentenceFile::read(text).and_then(|file| match commands {
            Some(commands) => file.check(commands).map(|()| file),
            None => Ok(file),
        });
        let name = format!("{SENTENCES_FOLDER}/{language}.yaml");
        match file {
            Ok(file) if &file.language != language => {
                mistakes.push(Mistake::Language { file: name, language: file.language });
            }
            Ok(file) => {
                sentences.insert(language.clone(), file);
            }
            Err(problems) => mistakes.push(Mistake::Sentences { file: name, problems }),
        }
    }
    sentences
}

/// Where each part ends, and which language is which, is part of the digest.
fn revision(manifest: &str, component: Digest, sentences: &BTreeMap<String, String>) -> Revision {
    let component = component.to_string();
    let head = [manifest.as_bytes(), component.as_bytes()];
    let tail = sentences.iter().flat_map(|(lang, text)| [lang.as_bytes(), text.as_bytes()]);
    Revision::of_parts(head.into_iter().chain(tail))
}

/// The folder's own name, also where the path ends in `.` or `..`.
fn folder_name(path: &Path) -> Option<String> {
    let whole = path.canonicalize().ok()?;
    Some(whole.file_name()?.to_string_lossy().into_owned())
}

/// Whether `name` looks like a BCP 47 language tag: `en`, `de`, `pt-BR`.
fn is_language(name: &str) -> bool {
    let mut parts = name.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_lowercase())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests;
