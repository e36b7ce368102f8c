//! What tells that a skill's folder may have changed, without reading its
//! files: sizes, times and inode numbers.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::file::{Folder, MAX_ENTRIES};
use super::{FolderError, SENTENCES_FOLDER};

/// The state of one folder. Equal ones have the same content, unless somebody
/// set the times back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp(Vec<(String, [u64; 6])>);

/// What a host takes for skills in the folder `skills`, sorted by name: folders, and
/// links, which it refuses aloud. Hidden ones and editors' backups are none.
///
/// # Errors
/// `skills` cannot be read, or has too many entries.
pub fn skill_folders(skills: &Path) -> Result<Vec<PathBuf>, FolderError> {
    Ok(names(skills)?.into_iter().map(|name| skills.join(name)).collect())
}

/// The stamp of each skill's folder in `skills`, by name.
pub(crate) fn stamps(skills: &Path) -> Result<BTreeMap<String, Stamp>, FolderError> {
    let stamped = |name: String| (name.clone(), Stamp::of(&skills.join(name)));
    Ok(names(skills)?.into_iter().map(stamped).collect())
}

impl Stamp {
    fn of(folder: &Path) -> Self {
        let mut found = Vec::new();
        // A link in the folder's place is another thing.
        if let Ok(itself) = std::fs::symlink_metadata(folder) {
            found.push((String::new(), marks(&itself)));
        }
        // What cannot be looked at is told when it is read.
        let _ = look(folder, "", &mut found);
        let _ = look(&folder.join(SENTENCES_FOLDER), SENTENCES_FOLDER, &mut found);
        found.sort();
        Self(found)
    }
}

fn names(skills: &Path) -> Result<Vec<String>, FolderError> {
    let failed = |mistake| FolderError { folder: skills.to_owned(), mistakes: vec![mistake] };
    Folder::of_skills(skills).and_then(|open| open.folders()).map_err(failed)
}

fn look(folder: &Path, prefix: &str, found: &mut Vec<(String, [u64; 6])>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)?.take(MAX_ENTRIES) {
        let entry = entry?;
        let name = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        found.push((name, marks(&entry.metadata()?)));
    }
    Ok(())
}

fn marks(found: &Metadata) -> [u64; 6] {
    let unsigned = |time: i64| time.cast_unsigned();
    [
        found.ino(),
        found.size(),
        unsigned(found.mtime()),
        unsigned(found.mtime_nsec()),
        unsigned(found.ctime()),
        unsigned(found.ctime_nsec()),
    ]
}
