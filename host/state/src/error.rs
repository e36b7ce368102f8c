//! Why the state folder could not be opened or read, with the rows a person
//! sees. What goes wrong later, in the ports, is [`StoreError`].

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jarvis_domain::kv::{STORE_FAILED, StoreError};
use jarvis_domain::verification::Break;
use jarvis_domain::{Explain, Row};

/// The state folder could not be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another process holds the lock.
    #[error("{} uses the state folder {}", holder(*.pid), .folder.display())]
    Locked {
        /// The folder.
        folder: PathBuf,
        /// The process, where it has written down its id.
        pid: Option<u32>,
    },
    /// The folder, or a file of it, cannot be made, opened or read.
    #[error("jarvis cannot {doing} {}", .path.display())]
    Folder {
        /// What was tried: "open", "make the folder".
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Other users may look into the folder.
    #[error("other users can reach the state folder {} (mode {mode:03o})", .folder.display())]
    Exposed {
        /// The folder.
        folder: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The folder belongs to somebody else.
    #[error(
        "the state folder {} belongs to uid {owner}, and jarvis runs as uid {us}",
        .folder.display()
    )]
    Owner {
        /// The folder.
        folder: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who we are.
        us: u32,
    },
    /// The database is damaged or cannot be opened.
    #[error("the database {} cannot be used", .path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Box<redb::Error>,
    },
    /// The database was written by a later version.
    #[error(
        "the database {} has format {found}; this jarvis knows formats up to {known}",
        .path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format it has.
        found: u64,
        /// The newest format this program knows.
        known: u64,
    },
    /// The audit log is not as it was written.
    #[error("the audit log is not as it was written: {0}")]
    AuditBroken(Break),
}

/// The row of [`StateError::Locked`].
pub(crate) const LOCKED: Row = Row {
    code: "state-locked",
    meaning: "Another jarvis uses this state folder.",
    hint: "Only one process may write there. Talk to the running one through its control socket (leave out --config), or give this one a folder of its own.",
    exit: 1,
    status: 503,
};

/// The row of [`StateError::Folder`].
pub(crate) const FOLDER: Row = Row {
    code: "state-folder",
    meaning: "The state folder or one of its files cannot be made, opened or read.",
    hint: "Look at the cause: whether the path is right, who owns it, and whether the disk has room.",
    exit: 1,
    status: 503,
};

/// The row of [`StateError::Exposed`].
pub(crate) const EXPOSED: Row = Row {
    code: "state-folder-exposed",
    meaning: "Other users can reach the state folder, which holds the audit log.",
    hint: "Close it: chmod 700 <the folder>.",
    exit: 2,
    status: 503,
};

/// The row of [`StateError::Owner`].
pub(crate) const OWNER: Row = Row {
    code: "state-folder-owner",
    meaning: "The state folder belongs to another user than the one jarvis runs as.",
    hint: "Run jarvis as the folder's owner, or give it another folder.",
    exit: 2,
    status: 503,
};

/// The row of [`StateError::Database`].
pub(crate) const DATABASE: Row = Row {
    code: "state-database",
    meaning: "The database with runs, operations and the skills' data is damaged or cannot be opened.",
    hint: "If the cause says that it is corrupted, restore state.redb from a backup, or move it away and start again: runs, the journal and the skills' data begin anew, the audit log goes on.",
    exit: 1,
    status: 503,
};

/// The row of [`StateError::Newer`].
pub(crate) const NEWER: Row = Row {
    code: "state-newer",
    meaning: "The state folder was written by a later version of jarvis.",
    hint: "Install that version again, or give this one another state folder.",
    exit: 1,
    status: 503,
};

/// The row of [`StateError::AuditBroken`].
pub(crate) const AUDIT_BROKEN: Row = Row {
    code: "state-audit-broken",
    meaning: "Lines of the audit log were changed, removed or damaged after they were written.",
    hint: "Compare the named file with a backup. The log goes on after the break, and the break stays visible to `jarvis audit verify`.",
    exit: 1,
    status: 500,
};

/// How a run ended whose host ended before it.
pub(crate) const RUN_CUT_OFF: Row = Row {
    code: "state-run-cut-off",
    meaning: "The host ended, or was killed, before the run did.",
    hint: "jarvis audit show --run ID tells what it had begun and what came of it.",
    exit: 1,
    status: 500,
};

/// Every error of this room.
pub const ROWS: &[&Row] = &[
    &STORE_FAILED,
    &LOCKED,
    &FOLDER,
    &EXPOSED,
    &OWNER,
    &DATABASE,
    &NEWER,
    &AUDIT_BROKEN,
    &RUN_CUT_OFF,
];

/// A cause that several waiting callers are told.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Cause {
    /// A file.
    #[error("{doing}")]
    File {
        /// What was done to it.
        doing: &'static str,
        /// The cause.
        #[source]
        source: Arc<io::Error>,
    },
    /// The database.
    #[error("{0}")]
    Database(Arc<redb::Error>),
    /// A record of the database does not have its form.
    #[error("a stored record is damaged")]
    Record(#[source] Arc<serde_json::Error>),
    /// Larger than this room takes.
    #[error("{what} has {length} bytes; at most {most} are kept")]
    Large {
        /// What is too large.
        what: &'static str,
        /// Its length in bytes.
        length: usize,
        /// The limit in bytes.
        most: usize,
    },
    /// The thread that does the work is gone: the store is being closed, or
    /// the thread died.
    #[error("the store is closed")]
    Closed,
}

impl StateError {
    /// What failed on `path`.
    pub(crate) fn folder(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Folder { doing, path, source }
    }
}

impl Cause {
    pub(crate) fn file(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::File { doing, source: Arc::new(source) }
    }

    /// This cause, met while opening the database at `path`.
    pub(crate) fn opening(self, path: &Path) -> StateError {
        let path = path.to_owned();
        let source = match self {
            Self::Database(source) => Arc::try_unwrap(source)
                .unwrap_or_else(|kept| redb::Error::Corrupted(kept.to_string())),
            other => redb::Error::Io(io::Error::other(other)),
        };
        StateError::Database { path, source: Box::new(source) }
    }

    /// This cause, as the ports report it.
    pub(crate) fn while_doing(self, doing: impl Into<String>) -> StoreError {
        StoreError { doing: doing.into(), source: Box::new(self) }
    }
}

impl<E: Into<redb::Error>> From<E> for Cause {
    fn from(error: E) -> Self {
        Self::Database(Arc::new(error.into()))
    }
}

impl Explain for StateError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Locked { .. } => &LOCKED,
            Self::Folder { .. } => &FOLDER,
            Self::Exposed { .. } => &EXPOSED,
            Self::Owner { .. } => &OWNER,
            Self::Database { .. } => &DATABASE,
            Self::Newer { .. } => &NEWER,
            Self::AuditBroken(_) => &AUDIT_BROKEN,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Exposed { folder, .. } => Some(format!(
                "Close it: chmod 700 {}. If others need that folder, give jarvis one of its own.",
                folder.display()
            )),
            Self::Owner { folder, us, .. } => Some(format!(
                "Run jarvis as the folder's owner, give it another folder, or hand this one over: chown -R {us} {}.",
                folder.display()
            )),
            _ => None,
        }
    }
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another jarvis".to_owned(), |pid| format!("another jarvis (pid {pid})"))
}
