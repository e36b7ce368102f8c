//! The folder itself: who may reach it, who holds its lock, and the two things
//! that make a new file survive a power cut.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::StateError;

/// The one writer's lock. Held until dropped; the kernel drops it with the
/// process, however that ends.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A process that is being started has the file too, and with it the lock, until
        // it runs its own program.
        let _ = self.file.unlock();
    }
}

/// Makes `folder` with mode 0700, or checks that an existing one is ours alone.
///
/// An empty one that others can only read, as `mkdir` makes it, is closed. Any
/// other is refused, not changed: a mistyped path such as `/tmp` or `/etc` would
/// take that folder away from everybody else.
pub(crate) fn prepare(folder: &Path) -> Result<(), StateError> {
    make(folder).map_err(StateError::folder("make the folder", folder))?;
    let about = folder.metadata().map_err(StateError::folder("look at", folder))?;
    let us = rustix::process::geteuid().as_raw();
    let mode = about.mode() & 0o777;
    if about.uid() != us {
        return Err(StateError::Owner { folder: folder.to_owned(), owner: about.uid(), us });
    }
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let is_new = mode & 0o022 == 0
        && folder.read_dir().map_err(StateError::folder("read", folder))?.next().is_none();
    if !is_new {
        return Err(StateError::Exposed { folder: folder.to_owned(), mode });
    }
    std::fs::set_permissions(folder, Permissions::from_mode(0o700))
        .map_err(StateError::folder("close to others", folder))
}

/// Makes `folder` and what is missing above it, each 0700, and writes the new
/// names to disk. A folder that is there is left as it is.
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        made => made.and_then(|()| sync_parent(folder)),
    }
}

/// Takes the lock of `folder`, or says who has it.
pub(crate) fn lock(folder: &Path) -> Result<Lock, StateError> {
    let path = folder.join("lock");
    let failed = |doing| StateError::folder(doing, &path);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(failed("open"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            // Whoever holds the lock may not have written its id yet.
            let _ = file.take(32).read_to_string(&mut text);
            return Err(StateError::Locked {
                folder: folder.to_owned(),
                pid: text.trim().parse().ok(),
            });
        }
        Err(TryLockError::Error(error)) => return Err(failed("lock")(error)),
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(failed("write"))?;
    Ok(Lock { file })
}

/// Whether a running host holds the lock of `folder`. A host that starts in
/// this very moment could find it taken; so ask only where it matters.
pub(crate) fn in_use(folder: &Path) -> bool {
    File::open(folder.join("lock"))
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Makes a new file that only its owner may read, with its name on disk. Fails
/// where there is one.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)?;
    file.sync_all()?;
    sync_parent(path)?;
    Ok(file)
}

/// Writes the names in the folder that holds `path` to disk: a file's own
/// fsync does not (fsync(2), "Notes").
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_new_folder_is_ours_alone_all_the_way_up() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("var/lib/jarvis");
        prepare(&folder).unwrap();
        for path in [&folder, &root.path().join("var/lib")] {
            assert_eq!(fs::metadata(path).unwrap().mode() & 0o777, 0o700);
        }
        prepare(&folder).unwrap();
    }

    #[test]
    fn a_folder_that_others_can_reach_is_refused_and_left_alone() {
        let root = tempfile::tempdir().unwrap();
        for (mode, used) in [(0o777, false), (0o1777, false), (0o755, true), (0o701, true)] {
            fs::set_permissions(root.path(), Permissions::from_mode(mode)).unwrap();
            if used {
                fs::write(root.path().join("something"), "").unwrap();
            }
            let mode = mode & 0o777;
            let error = prepare(root.path()).unwrap_err();
            assert!(
                matches!(error, StateError::Exposed { mode: found, .. } if found == mode),
                "{error}"
            );
            assert_eq!(fs::metadata(root.path()).unwrap().mode() & 0o777, mode);
        }
    }

    #[test]
    fn an_empty_folder_made_by_hand_is_closed() {
        let root = tempfile::tempdir().unwrap();
        fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
        prepare(root.path()).unwrap();
        assert_eq!(fs::metadata(root.path()).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_file_in_the_folders_place_is_an_error_with_its_cause() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("state");
        fs::write(&path, "").unwrap();
        assert!(matches!(prepare(&path), Err(StateError::Folder { .. })));
        assert!(matches!(prepare(&path.join("below")), Err(StateError::Folder { .. })));
    }

    #[test]
    fn the_second_one_is_told_who_was_first() {
        let root = tempfile::tempdir().unwrap();
        let held = lock(root.path()).unwrap();
        let error = lock(root.path()).unwrap_err();
        let pid = std::process::id();
        assert!(error.to_string().contains(&format!("another jarvis (pid {pid})")), "{error}");
        // As a child has it that does not run its own program yet.
        let child = held.file.try_clone().unwrap();
        drop(held);
        lock(root.path()).unwrap();
        drop(child);
    }

    #[test]
    fn a_lock_file_with_rubbish_in_it_still_locks() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("lock"), [0xff; 64]).unwrap();
        let holder = File::open(root.path().join("lock")).unwrap();
        holder.lock().unwrap();
        assert!(matches!(lock(root.path()), Err(StateError::Locked { pid: None, .. })));
        drop(holder);
        lock(root.path()).unwrap();
        assert_eq!(
            fs::read_to_string(root.path().join("lock")).unwrap(),
            format!("{}\n", std::process::id())
        );
    }
}
