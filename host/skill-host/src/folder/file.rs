//! Reading files that someone else may be writing, or may have put there to
//! do harm: no link is followed, no pipe is waited for, no file is read
//! beyond its limit, and one that changes meanwhile is refused.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fstat, openat, statat};
use rustix::io::Errno;

use super::Mistake;

/// The most entries of a folder that are looked at.
pub(super) const MAX_ENTRIES: usize = 10_000;

/// An open folder. What is read in it is found by its name alone, so that the
/// folder cannot be exchanged under the reader.
#[derive(Debug)]
pub(super) struct Folder {
    fd: OwnedFd,
    /// What its files are called in mistakes: nothing, or `sentences/`.
    prefix: String,
}

impl Folder {
    /// A skill's folder; not a link to one.
    pub(super) fn of_skill(path: &Path) -> Result<Self, Mistake> {
        open(path, OFlags::NOFOLLOW)
    }

    /// The folder that holds all skills; it may be a link, since settings
    /// name it.
    pub(super) fn of_skills(path: &Path) -> Result<Self, Mistake> {
        open(path, OFlags::empty())
    }

    /// A folder in this one.
    pub(super) fn folder(&self, name: &str) -> Result<Self, Mistake> {
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = openat(&self.fd, name, flags, Mode::empty())
            .map_err(|errno| mistake(&self.called(name), errno))?;
        Ok(Self { fd, prefix: format!("{}/", self.called(name)) })
    }

    /// The names in it, sorted, without hidden ones and editors' backups.
    pub(super) fn names(&self) -> Result<Vec<String>, Mistake> {
        let failed = |errno| mistake(self.called(".").as_str(), errno);
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            if names.len() == MAX_ENTRIES {
                return Err(Mistake::Entries);
            }
            names.push(name);
        }
        names.sort();
        Ok(names)
    }

    /// The names of what may be folders: links are among them, so that a
    /// linked skill is refused aloud instead of missing in silence.
    pub(super) fn folders(&self) -> Result<Vec<String>, Mistake> {
        let is_folder = |name: &String| {
            let stat = statat(&self.fd, name.as_str(), AtFlags::SYMLINK_NOFOLLOW);
            stat.is_ok_and(|stat| matches!(kind(&stat), FileType::Directory | FileType::Symlink))
        };
        Ok(self.names()?.into_iter().filter(is_folder).collect())
    }

    /// The text of the file `name`, at most `most` bytes.
    pub(super) fn text(&self, name: &str, most: u64) -> Result<String, Mistake> {
        let bytes = self.bytes(name, most)?;
        String::from_utf8(bytes).map_err(|_| Mistake::NotText { file: self.called(name) })
    }

    /// The bytes of the file `name`, at most `most`.
    pub(super) fn bytes(&self, name: &str, most: u64) -> Result<Vec<u8>, Mistake> {
        let file = self.called(name);
        let failed = |errno| mistake(&file, errno);
        // NONBLOCK: opening a pipe that nobody writes to would wait for ever.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = openat(&self.fd, name, flags, Mode::empty()).map_err(failed)?;
        let before = fstat(&fd).map_err(failed)?;
        if kind(&before) != FileType::RegularFile {
            return Err(Mistake::NotAFile { file });
        }
        let mut bytes = Vec::new();
        let mut opened = File::from(fd);
        // One more than the limit tells a file that is too long, whatever its
        // length said when it was opened.
        (&mut opened)
            .take(most + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Mistake::Unreadable { file: file.clone(), why: error.to_string() })?;
        if bytes.len() as u64 > most {
            return Err(Mistake::Large { file, most });
        }
        let after = fstat(&opened).map_err(failed)?;
        if stamp(&before) != stamp(&after) || u64::try_from(after.st_size) != Ok(bytes.len() as u64)
        {
            return Err(Mistake::Changing { file });
        }
        Ok(bytes)
    }

    fn called(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

fn open(path: &Path, flags: OFlags) -> Result<Folder, Mistake> {
    let flags = flags | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let fd = openat(CWD, path, flags, Mode::empty())
        .map_err(|errno| mistake(&path.display().to_string(), errno))?;
    Ok(Folder { fd, prefix: String::new() })
}

fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

fn stamp(stat: &Stat) -> (i64, i64, i64) {
    #[allow(clippy::useless_conversion, reason = "their widths differ between machines")]
    (stat.st_size.into(), stat.st_mtime.into(), i64::try_from(stat.st_mtime_nsec).unwrap_or(0))
}

fn mistake(file: &str, errno: Errno) -> Mistake {
    let file = file.to_owned();
    match errno {
        Errno::LOOP => Mistake::Link { file },
        Errno::NOTDIR => Mistake::NotAFolder { file },
        Errno::NOENT => Mistake::Missing { file },
        // A socket cannot be opened at all.
        Errno::NXIO => Mistake::NotAFile { file },
        other => {
            let why = std::io::Error::from(other).to_string();
            Mistake::Unreadable { file, why }
        }
    }
}
