//! The files of engines: models, voices and libraries, where they are kept and
//! how they come there. Nothing is fetched unless somebody asks for it by name.
//!
//! What can be had, and the digests of it, is part of the program
//! ([`Catalogue`]); where it comes from is a setting ([`Sources`]). A file has
//! its name only once all of it is there and its digest is right.

mod archive;
mod catalogue;
mod checked;
mod digest;
mod error;
mod fetch;
mod pull;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use serde::Serialize;

pub use catalogue::{Catalogue, Entry, EntryKind, ONNX_RUNTIME, PORCUPINE, Sources};
pub(crate) use error::MODEL_ROWS;
pub use error::ModelsError;
pub use pull::Progress;

use catalogue::Place;

/// The folder that the files of engines are kept in.
#[derive(Debug, Clone)]
pub struct ModelFolder {
    folder: PathBuf,
}

/// Whether an entry is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// None of it.
    Missing,
    /// Some of it, from a fetch that was broken off or goes on.
    Partly,
    /// All its files.
    There,
}

/// An entry, and whether it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// What it is for.
    pub kind: EntryKind,
    /// Its name, as it is asked for.
    pub name: String,
    /// Whether it is there.
    pub held: Held,
    /// How much of it is there, bytes.
    pub bytes: u64,
    /// Its files, whether they are there or not; the first is the one that an
    /// engine is told of.
    pub files: Vec<PathBuf>,
}

impl ModelFolder {
    /// Files below `folder`, which is made when the first one comes.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// How `entry` stands here.
    #[must_use]
    pub fn look(&self, entry: &Entry) -> Listed {
        let places: Vec<&Place> = entry.places().collect();
        let files: Vec<PathBuf> = places.iter().map(|place| self.file(entry, place)).collect();
        let size = |path: &PathBuf| std::fs::metadata(path).ok().map(|found| found.len());
        let sizes: Vec<u64> = files.iter().filter_map(size).collect();
        let part = pull::part(&self.of_kind(entry.kind), entry);
        let half = size(&part).unwrap_or_default();
        let held = if sizes.len() == files.len() {
            Held::There
        } else if sizes.is_empty() && half == 0 {
            Held::Missing
        } else {
            Held::Partly
        };
        let bytes = sizes.iter().sum::<u64>() + half;
        Listed { kind: entry.kind, name: entry.name.clone(), held, bytes, files }
    }

    /// Reads all files of `entry` and compares their digests.
    ///
    /// # Errors
    /// One is missing, cannot be read, or is another.
    pub fn verify(&self, entry: &Entry) -> Result<(), ModelsError> {
        for place in entry.places() {
            let path = self.file(entry, place);
            let found = digest::of_file(&place.digest, &path)
                .map_err(|error| ModelsError::Read { path: path.clone(), error })?;
            if !found {
                return Err(ModelsError::Damaged { name: entry.name.clone(), path });
            }
        }
        Ok(())
    }

    /// Removes the files of `entry`, also those of a fetch or an unpacking that was
    /// broken off; whether there were any.
    ///
    /// # Errors
    /// It is being fetched, or one cannot be removed.
    pub fn remove(&self, entry: &Entry) -> Result<bool, ModelsError> {
        let folder = self.of_kind(entry.kind);
        // Else whoever fetches it would write what is removed, to the end and for nothing.
        let _lock = if folder.is_dir() { Some(pull::lock(&folder, entry)?) } else { None };
        let part = pull::part(&folder, entry);
        let files = entry.places().map(|place| self.file(entry, place));
        let new = entry.places().map(|place| pull::unpacking(&self.file(entry, place), place));
        let mut any = false;
        for path in files.chain(new).chain([part, self.note(entry)]) {
            match std::fs::remove_file(&path) {
                Ok(()) => any = true,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(ModelsError::Write { path, error }),
            }
        }
        Ok(any)
    }

    fn of_kind(&self, kind: EntryKind) -> PathBuf {
        self.folder.join(kind.folder())
    }

    fn file(&self, entry: &Entry, place: &Place) -> PathBuf {
        self.of_kind(entry.kind).join(&place.name)
    }
}
