//! Checks the chain, without the lock: for `jarvis audit verify`.
//!
//! The chain shows that a line was changed, removed or put in. It cannot show
//! that the last lines were removed, nor that the last line was changed; to
//! that end the head is kept a second time, in the database. Somebody who may
//! write to both, and knows how, can still rewrite everything: against that
//! only a copy elsewhere helps.

use std::path::{Path, PathBuf};

use jarvis_domain::Digest;
use jarvis_domain::verification::{Break, BreakKind, HeadCheck, Mark, Verification};
use redb::{ReadOnlyDatabase, ReadableDatabase};

use super::files::{self, Lines};
use super::line::{self, first_previous};
use crate::head::{self, Head};
use crate::{StateError, folder};

/// Verifies the log of the state folder `state`.
///
/// The head in the database is compared when no host is running; for that
/// moment the database is locked against a host that starts.
///
/// # Errors
/// The folder or a file of it cannot be read. A broken log is no error here,
/// see [`check`].
pub fn verify(state: &Path) -> Result<Verification, StateError> {
    let path = state.join(crate::DATABASE_FILE);
    // Read first: the log may grow meanwhile, but not shrink.
    let kept = if path.exists() { read_kept(&path) } else { Ok(None) };
    verify_with(state, &kept.map_err(|error| error.to_string()))
}

/// What is wrong with the log, as an error.
///
/// # Errors
/// [`StateError::AuditBroken`] when the log is not as it was written.
pub fn check(found: &Verification) -> Result<(), StateError> {
    found.broken.clone().map_or(Ok(()), |broken| Err(StateError::AuditBroken(broken)))
}

/// The same as [`verify`], with the head that a running host knows.
pub(crate) fn verify_with(
    state: &Path,
    kept: &Result<Option<Head>, String>,
) -> Result<Verification, StateError> {
    let folder = super::folder(state);
    let failed = |doing| StateError::folder(doing, &folder);
    let mut check = Check::new(&folder, kept.as_ref().ok().copied().flatten());
    let numbers = if folder.is_dir() { files::numbers(&folder) } else { Ok(Vec::new()) }
        .map_err(failed("read the folder"))?;
    let last = numbers.last().copied();
    for number in numbers {
        check.file(state, &files::path(&folder, number), number == 1, Some(number) == last)?;
    }
    Ok(check.finish(kept))
}

fn read_kept(path: &Path) -> Result<Option<Head>, crate::error::Cause> {
    let database = ReadOnlyDatabase::open(path)?;
    head::kept(&database.begin_read()?)
}

/// The walk along the chain.
struct Check {
    found: Verification,
    kept: Option<Head>,
    agrees: bool,
    /// The number that the next line should have.
    expected: Option<u64>,
    /// The file being read; before the first, the folder.
    file: PathBuf,
    /// Where the line before stands.
    before: Option<(PathBuf, u64)>,
    /// Where the last break is.
    wrong_at: Option<(PathBuf, u64)>,
}

impl Check {
    fn new(folder: &Path, kept: Option<Head>) -> Self {
        let found = Verification {
            files: 0,
            lines: 0,
            first: None,
            last: None,
            head: first_previous(),
            kept: HeadCheck::Absent,
            broken: None,
            breaks: 0,
        };
        Self {
            found,
            kept,
            agrees: false,
            expected: None,
            file: folder.to_owned(),
            before: None,
            wrong_at: None,
        }
    }

    fn file(
        &mut self,
        state: &Path,
        path: &Path,
        first: bool,
        last: bool,
    ) -> Result<(), StateError> {
        let failed = || StateError::folder("read", path);
        let mut lines = Lines::open(path).map_err(failed())?;
        self.found.files += 1;
        path.clone_into(&mut self.file);
        if first {
            self.expected = Some(1);
        }
        let mut text = Vec::new();
        let mut place = 0;
        while lines.next(&mut text).map_err(failed())? {
            place += 1;
            let whole = text.ends_with(b"\n");
            if !whole && last {
                // A running host may be in the middle of writing it.
                if !folder::in_use(state) {
                    let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
                    self.wrong(path, place, BreakKind::Torn { bytes });
                }
                break;
            }
            self.line(path, place, &text);
        }
        Ok(())
    }

    fn line(&mut self, path: &Path, place: u64, text: &[u8]) {
        self.found.lines += 1;
        let digest = Digest::of(text);
        match line::parse(text) {
            Ok(line) => {
                let mark = Mark { seq: line.seq, at: line.at };
                self.link(path, place, line.seq, line.previous);
                self.found.first.get_or_insert(mark);
                self.found.last = Some(mark);
                self.expected = Some(line.seq + 1);
                if let Some(kept) = self.kept.filter(|kept| kept.seq == line.seq) {
                    self.agrees = kept.digest == digest;
                    if !self.agrees {
                        self.wrong(path, place, BreakKind::Changed { seq: line.seq });
                    }
                }
            }
            Err(error) => {
                self.wrong(path, place, BreakKind::Unreadable { why: error.to_string() });
                self.expected = self.expected.map(|expected| expected + 1);
            }
        }
        self.found.head = digest;
        self.before = Some((path.to_owned(), place));
    }

    /// Compares a line with the one before.
    fn link(&mut self, path: &Path, place: u64, seq: u64, previous: Digest) {
        // The first line of a log whose older files were moved away.
        let Some(expected) = self.expected else { return };
        let kind = if seq > expected {
            BreakKind::Missing { from: expected, to: seq - 1 }
        } else if seq < expected {
            BreakKind::Order { seq, expected }
        } else if previous != self.found.head {
            match self.before.clone() {
                Some((file, line)) => {
                    return self.wrong(&file, line, BreakKind::Changed { seq: expected - 1 });
                }
                None => BreakKind::Changed { seq },
            }
        } else {
            return;
        };
        self.wrong(path, place, kind);
    }

    fn wrong(&mut self, file: &Path, line: u64, kind: BreakKind) {
        let place = (file.to_owned(), line);
        // What is wrong with a line also shows in the next one.
        if self.wrong_at.as_ref() == Some(&place) {
            return;
        }
        self.wrong_at = Some(place);
        self.found.breaks += 1;
        self.found.broken.get_or_insert_with(|| Break { file: file.to_owned(), line, kind });
    }

    fn finish(mut self, kept: &Result<Option<Head>, String>) -> Verification {
        let last = self.found.last.map_or(0, |last| last.seq);
        match kept {
            Err(why) => self.found.kept = HeadCheck::Unread { why: why.clone() },
            Ok(None) => self.found.kept = HeadCheck::Absent,
            Ok(Some(kept)) if self.agrees => {
                self.found.kept = HeadCheck::Agrees { seq: kept.seq };
            }
            Ok(Some(kept)) => {
                self.found.kept = HeadCheck::Differs;
                if kept.seq > last {
                    let (file, line) = self.before.clone().unwrap_or((self.file.clone(), 0));
                    self.wrong(&file, line, BreakKind::Shortened { kept: kept.seq });
                }
            }
        }
        self.found
    }
}

#[cfg(test)]
mod tests;
