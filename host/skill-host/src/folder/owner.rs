//! Whether others than root and the user that jarvis runs as may write a
//! skill's folder. Where they may, nothing there is taken for the
//! administrator's.

use std::ffi::OsString;
use std::fs::{Metadata, symlink_metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::SENTENCES_FOLDER;
use super::file::MAX_ENTRIES;

/// May be written by the group or by all (`chmod go+w`).
const WRITE: u32 = 0o022;
/// May be entered by the group or by all; what lies in a folder without it is
/// out of everybody else's reach.
const ENTER: u32 = 0o011;
/// Only its owner may replace what lies in it, as in /tmp.
const STICKY: u32 = 0o1000;

/// The most links that are followed on the way to a folder, as many as Linux
/// does (path_resolution(7)).
const MAX_LINKS: usize = 40;

/// A folder on the way, and whether the others can get into it at all.
#[derive(Debug, Clone)]
struct Stage {
    path: PathBuf,
    out_of_reach: bool,
}

/// Who else may write the skill in `folder`, in words: `/srv/skills belongs to
/// uid 1001`. None where nobody else may. The folders above count too, since
/// who may write one of them may put another in this one's place, and so does
/// each link on the way with the folder that it stands in.
pub(crate) fn exposed(folder: &Path) -> Option<String> {
    let own = rustix::process::geteuid().as_raw();
    look(folder, own).unwrap_or_else(|error| {
        Some(format!("it cannot be seen who may write {}: {error}", folder.display()))
    })
}

fn look(folder: &Path, own: u32) -> io::Result<Option<String>> {
    let skill = match walk(&std::path::absolute(folder)?, own)? {
        Ok(stage) => stage,
        Err(why) => return Ok(Some(why)),
    };
    for path in parts(&skill.path)? {
        let found = symlink_metadata(&path)?;
        // A link, which is not read, has no mode of its own.
        let shared = !skill.out_of_reach && !found.is_symlink();
        if let Some(why) = by_others(&path, &found, own, shared) {
            return Ok(Some(why));
        }
    }
    Ok(None)
}

/// Goes to `folder` like the kernel does, and looks at each folder and each
/// link on the way, but not at `folder` itself. Its inner result is the end of
/// the way, or who else may change the way.
fn walk(folder: &Path, own: u32) -> io::Result<Result<Stage, String>> {
    let mut way: Vec<Stage> = Vec::new();
    let mut left: Vec<OsString> = names(folder);
    let mut links = 0;
    let mut here = Stage { path: PathBuf::from("/"), out_of_reach: false };
    while let Some(name) = left.pop() {
        if name == ".." {
            here = way.pop().unwrap_or(here);
            continue;
        }
        let found = symlink_metadata(&here.path)?;
        let shared = !here.out_of_reach && found.mode() & STICKY == 0;
        if let Some(why) = by_others(&here.path, &found, own, shared) {
            return Ok(Err(why));
        }
        let path = here.path.join(&name);
        let found_next = symlink_metadata(&path)?;
        if !found_next.is_symlink() {
            let out_of_reach = here.out_of_reach || found.mode() & ENTER == 0;
            way.push(std::mem::replace(&mut here, Stage { path, out_of_reach }));
            continue;
        }
        links += 1;
        if links > MAX_LINKS {
            return Err(io::Error::from_raw_os_error(rustix::io::Errno::LOOP.raw_os_error()));
        }
        // A link has no mode; in a folder like /tmp its owner may replace it.
        if let Some(why) = by_others(&path, &found_next, own, false) {
            return Ok(Err(why));
        }
        let target = std::fs::read_link(&path)?;
        if target.is_absolute() {
            way.clear();
            here = Stage { path: PathBuf::from("/"), out_of_reach: false };
        }
        left.extend(names(&target));
    }
    Ok(Ok(here))
}

/// The names in `path`, the last one first.
fn names(path: &Path) -> Vec<OsString> {
    let name = |part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    path.components().rev().filter_map(name).collect()
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
    use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};

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
    fn an_editors_lock_that_is_a_link_is_nobodys_right_to_write() {
        let lock =
            |root: &Path| symlink("me@here.1", root.join("skills/one/.#skill.yaml")).unwrap();
        assert_eq!(after(lock), None);
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

    /// `skills` is a link to `real/skills`, and the link stands in `links`.
    fn linked(change: impl FnOnce(&Path)) -> Option<String> {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("real/skills/one")).unwrap();
        fs::create_dir_all(root.path().join("links")).unwrap();
        symlink("../real/skills", root.path().join("links/skills")).unwrap();
        for path in ["", "real", "real/skills", "real/skills/one", "links"] {
            chmod(&root.path().join(path), 0o755);
        }
        change(root.path());
        exposed(&root.path().join("links/./skills/one"))
            .map(|why| why.replace(&*root.path().to_string_lossy(), ""))
    }

    #[test]
    fn each_link_on_the_way_counts_with_its_folder() {
        assert_eq!(linked(|_| ()), None);
        for path in ["links", "real", "real/skills", "real/skills/one"] {
            let why = linked(|root| chmod(&root.join(path), 0o777)).unwrap_or_default();
            assert_eq!(why, format!("others may write /{path} (mode 0777)"));
        }
        let private = |root: &Path| {
            chmod(&root.join("links"), 0o700);
            chmod(&root.join("real/skills"), 0o777);
        };
        let why = linked(private).unwrap_or_default();
        assert_eq!(why, "others may write /real/skills (mode 0777)", "it has another way in");
        let back = |root: &Path| {
            fs::remove_file(root.join("links/skills")).unwrap();
            symlink("skills", root.join("links/skills")).unwrap();
        };
        assert!(linked(back).unwrap_or_default().contains("cannot be seen"), "a circle");
    }

    #[test]
    fn a_link_of_another_in_a_folder_like_tmp_is_told() {
        if !rustix::process::geteuid().is_root() {
            // Only root can give a link away; see the next test for the check.
            return;
        }
        let why = linked(|root| {
            chmod(&root.join("links"), 0o1777);
            lchown(root.join("links/skills"), Some(1), None).unwrap();
        });
        assert_eq!(why.unwrap_or_default(), "/links/skills belongs to uid 1");
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
        let mine = tempfile::tempdir().unwrap();
        assert!(exposed(&mine.path().join("gone")).unwrap().contains("cannot be seen"));
    }
}
