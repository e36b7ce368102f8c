//! What a check of the audit log found, for people and programs. How it is
//! checked is not told here.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Digest, Timestamp};

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// Files read.
    pub files: usize,
    /// Lines read, damaged ones included.
    pub lines: u64,
    /// The first line. Over 1 when older files were moved away.
    pub first: Option<Mark>,
    /// The last line.
    pub last: Option<Mark>,
    /// The digest of the last line: what the next will hold.
    pub head: Digest,
    /// What the comparison with the head in the database gave.
    pub kept: HeadCheck,
    /// The first place where the log is not as it was written.
    pub broken: Option<Break>,
    /// How many such places there are.
    pub breaks: u64,
}

/// A line, by number and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Its sequence number.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
}

/// What the comparison with the head in the database gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "compared")]
pub enum HeadCheck {
    /// The line is there, with the same digest. Lines after it are normal:
    /// the database may be a little behind.
    Agrees {
        /// The number of the kept head.
        seq: u64,
    },
    /// It was compared, and differs; [`Verification::broken`] says how.
    Differs,
    /// Nothing to compare with: no head was kept yet.
    Absent,
    /// The database could not be read, mostly because a host is running: ask
    /// that one. Whether lines are missing at the end is not known.
    Unread {
        /// Why not.
        why: String,
    },
}

/// A place where the log is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}, line {line}: {kind}", .file.display())]
pub struct Break {
    /// The file.
    pub file: PathBuf,
    /// The line in that file, from 1.
    pub line: u64,
    /// What is wrong there.
    pub kind: BreakKind,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "wrong")]
pub enum BreakKind {
    /// Its digest is not the one that the next line, or the kept head, holds.
    #[error("entry {seq} was changed after it was written")]
    Changed {
        /// Its sequence number.
        seq: u64,
    },
    /// Numbers are left out before it.
    #[error("entries {from} to {to} are missing before it")]
    Missing {
        /// The first that is missing.
        from: u64,
        /// The last that is missing.
        to: u64,
    },
    /// A number that was there already.
    #[error("entry {seq} stands where {expected} belongs")]
    Order {
        /// The number there.
        seq: u64,
        /// The number that belongs there.
        expected: u64,
    },
    /// It is no line of the log.
    #[error("it cannot be read: {why}")]
    Unreadable {
        /// Why not.
        why: String,
    },
    /// The end of the file was not written as a whole. A start of jarvis
    /// repairs this.
    #[error("it was never finished ({bytes} bytes without an end of line)")]
    Torn {
        /// Its length in bytes.
        bytes: u64,
    },
    /// The log ends before the kept head.
    #[error("the log ends here, but it once went on to entry {kept}")]
    Shortened {
        /// The number of the kept head.
        kept: u64,
    },
}
