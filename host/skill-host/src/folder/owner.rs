//! Whether others than root and the user that jarvis runs as may write a
//! skill's folder. Where they may, nothing there is taken for the
//! administrator's.

use std::fs::{Metadata, symlink_metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::SENTENCES_FOLDER;
use super::file::MAX_ENTRIES;

/// May be written by the group or by all (`chmod go+w`).
const WRITE: u32 = 0o022;
/// May be entered by the group or by all; what lies in a folder without it is
/// out of everybody else's reach.
const ENTER: u32 = 0o011;
/// Only its owner may replace what lies in it, as in /tmp.
const STICKY: u32 = 0o1000;

/// Who else may write the skill in `folder`, in words: `/srv/skills belongs to
/// uid 1001`. None where nobody else may. The folders above count too, since
/// who may write one of them may put another in this one's place.
pub(crate) fn exposed(folder: &Path) -> Option<String> {
    let own = rustix::process::geteuid().as_raw();
    look(folder, own).unwrap_or_else(|error| {
        Some(format!("it cannot be seen who may write {}: {error}", folder.display()))
    })
}

fn look(folder: &Path, own: u32) -> io::Result<Option<String>> {
    let folder = folder.canonicalize()?;
    let mut above: Vec<&Path> = folder.ancestors().skip(1).collect();
    above.reverse();
    let mut out_of_reach = false;
    for path in above {
        let found = symlink_metadata(path)?;
        let shared = !out_of_reach && found.mode() & STICKY == 0;
        if let Some(why) = by_others(path, &found, own, shared) {
            return Ok(Some(why));
        }
        out_of_reach |= found.mode() & ENTER == 0;
    }
    for path in parts(&folder)? {
        if let Some(why) = by_others(&path, &symlink_metadata(&path)?, own, !out_of_reach) {
            return Ok(Some(why));
        }
    }
    Ok(None)
}

/// The folder itself and all that a skill is read from.
fn parts(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut parts = vec![folder.to_owned()];
    let sentences = folder.join(SENTENCES_FOLDER);
    for within in [folder, &sentences] {
        if !within.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(within)?.take(MAX_ENTRIES) {
            parts.push(entry?.path());
        }
    }
    Ok(parts)
}

/// Who else may write what stands at `path`; its mode counts if it is `shared`.
fn by_others(path: &Path, found: &Metadata, own: u32, shared: bool) -> Option<String> {
    if ![0, own].contains(&found.uid()) {
        return Some(format!("{} belongs to uid {}", path.display(), found.uid()));
    }
    let mode = found.mode() & 0o7777;
    (shared && mode & WRITE != 0)
        .then(|| format!("others may write {} (mode {mode:04o})", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown};

    use super::*;

    /// What is said of a skill after `change`, in a folder that others may
    /// enter.
    fn after(change: impl FnOnce(&Path)) -> Option<String> {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("skills/one/sentences")).unwrap();
        for file in ["skill.yaml", "sentences/en.yaml"] {
            fs::write(root.path().join("skills/one").join(file), "").unwrap();
        }
        for path in [
            "",
            "skills",
            "skills/one",
            "skills/one/sentences",
            "skills/one/skill.yaml",
            "skills/one/sentences/en.yaml",
        ] {
            chmod(&root.path().join(path), 0o755);
        }
        change(root.path());
        exposed(&root.path().join("skills/one"))
            .map(|why| why.replace(&*root.path().canonicalize().unwrap().to_string_lossy(), ""))
    }

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_only_the_owner_may_write_is_the_owners() {
        assert_eq!(after(|_| ()), None);
        assert_eq!(after(|root| chmod(&root.join("skills"), 0o1777)), None, "like /tmp");
        let private = |root: &Path| {
            chmod(&root.join("skills/one/skill.yaml"), 0o666);
            chmod(root, 0o700);
        };
        assert_eq!(after(private), None, "nobody else gets there");
    }

    #[test]
    fn whatever_others_may_write_is_named() {
        for (path, mode) in [
            ("skills", 0o775),
            ("skills/one", 0o757),
            ("skills/one", 0o1777),
            ("skills/one/skill.yaml", 0o664),
            ("skills/one/sentences", 0o777),
            ("skills/one/sentences/en.yaml", 0o646),
        ] {
            let why = after(|root| chmod(&root.join(path), mode)).unwrap_or_default();
            assert_eq!(why, format!("others may write /{path} (mode {mode:04o})"));
        }
    }

    #[test]
    fn another_owner_and_a_missing_folder_are_told() {
        let home = tempfile::tempdir().unwrap();
        if rustix::process::geteuid().is_root() {
            chown(home.path(), Some(1), None).unwrap();
        }
        let found = symlink_metadata(home.path()).unwrap();
        let owner = found.uid();
        assert_eq!(by_others(home.path(), &found, owner, true), None);
        let why = by_others(Path::new("/x"), &found, owner + 1, false);
        assert_eq!(why, Some(format!("/x belongs to uid {owner}")));
        assert!(exposed(&home.path().join("gone")).unwrap().contains("cannot be seen"));
    }
}
