//! Where the log ends, found when it is opened; and what a crash left behind
//! the end, cut off and kept.
//!
//! A process that was killed leaves at most the beginning of its last lines. A
//! power cut can also leave blocks of NUL bytes where the file had already
//! grown (ext4, XFS). Neither was ever acknowledged. Both are moved to
//! `<number>-<offset>.torn` and noted in the log by a line of its own; nothing
//! else is ever taken out of it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jarvis_domain::{ClusterId, Digest};

use super::line::{self, MAX_LINE, first_previous};
use super::{files, writer};
use crate::folder;
use crate::head::Head;

/// How far before the end a power cut can have left NUL bytes: as far as what
/// one fsync covers.
const REACH: usize = writer::GROUP + MAX_LINE;
/// Side files whose note may not be on disk yet.
const UNNOTED: &str = "torn-new";

/// The end of the log.
#[derive(Debug)]
pub(super) struct End {
    /// The last file; none in a log that was never written.
    pub(super) number: Option<u32>,
    /// Its length in bytes.
    pub(super) length: u64,
    /// The last line.
    pub(super) head: Head,
    /// The cluster that the last lines are about, for the log's own notes.
    pub(super) cluster: Option<ClusterId>,
}

/// Finds the end of the log in `folder`, cutting off what a crash left.
pub(super) fn find(folder: &Path) -> io::Result<End> {
    let numbers = files::numbers(folder)?;
    let mut end = End {
        number: numbers.last().copied(),
        length: 0,
        head: Head { seq: 0, digest: first_previous() },
        cluster: None,
    };
    // Normally only the last file is looked at. It is not the only one when it
    // was just begun, or when no line of it can be read.
    let mut digest = None;
    let mut unread = 0;
    for number in numbers.into_iter().rev() {
        let path = files::path(folder, number);
        let mut bytes = fs::read(&path)?;
        if Some(number) == end.number {
            let whole = whole(&bytes);
            if whole < bytes.len() {
                cut(&path, number, &bytes, whole)?;
                bytes.truncate(whole);
            }
            end.length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        }
        for text in bytes.split_inclusive(|byte| *byte == b'\n').rev() {
            digest.get_or_insert_with(|| Digest::of(text));
            if let Ok(line) = line::parse(text) {
                // A line that cannot be read still was a line: numbers are
                // never given twice.
                end.head.seq = line.seq + unread;
                end.head.digest = digest.unwrap_or(end.head.digest);
                end.cluster = Some(line.entry.cluster);
                return Ok(end);
            }
            unread += 1;
        }
    }
    end.head.seq = unread;
    end.head.digest = digest.unwrap_or(end.head.digest);
    Ok(end)
}

/// The length of the part of `bytes` that was written as a whole.
fn whole(bytes: &[u8]) -> usize {
    let reach = bytes.len().saturating_sub(REACH);
    let near = bytes.get(reach..).unwrap_or_default();
    let sound = near.iter().position(|byte| *byte == 0).map_or(bytes.len(), |at| reach + at);
    let before = bytes.get(..sound).unwrap_or_default();
    before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1)
}

/// Moves the bytes from `whole` on out of the file at `path`.
fn cut(path: &Path, number: u32, bytes: &[u8], whole: usize) -> io::Result<()> {
    let torn = bytes.get(whole..).unwrap_or_default();
    let mut copy = 0;
    let side = loop {
        let mut name = format!("{number:06}-{whole:016}");
        if copy > 0 {
            name = format!("{name}-{copy}");
        }
        let side = path.with_file_name(format!("{name}.{UNNOTED}"));
        // An earlier tear at the same place keeps its own file, unless that is
        // the beginning of this one: then this function was cut short itself.
        let begun = match fs::read(&side) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            read => Some(read?),
        };
        match begun {
            None if side.with_extension("torn").exists() => {}
            None => break side,
            Some(begun) if torn.starts_with(&begun) => {
                fs::remove_file(&side)?;
                break side;
            }
            Some(_) => {}
        }
        copy += 1;
    };
    let mut file = folder::create(&side)?;
    file.write_all(torn)?;
    file.sync_all()?;
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(u64::try_from(whole).unwrap_or(u64::MAX))?;
    file.sync_all()
}

/// The side files that the log does not mention yet.
pub(super) fn unnoted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut sides = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == UNNOTED) {
            sides.push(path);
        }
    }
    sides.sort();
    Ok(sides)
}

/// What the log says about a side file.
pub(super) fn note(side: &Path) -> io::Result<String> {
    let name = side.with_extension("torn");
    let name = name.file_name().unwrap_or_default().to_string_lossy();
    let length = side.metadata()?.len();
    Ok(format!(
        "the audit log ended in {length} bytes that were never acknowledged; moved to {name}"
    ))
}

/// The log mentions `side` now.
pub(super) fn noted(side: &Path) -> io::Result<()> {
    fs::rename(side, side.with_extension("torn"))?;
    folder::sync_parent(side)
}

#[cfg(test)]
mod tests;
