//! What can go wrong with the files of engines.

use std::io;
use std::path::PathBuf;

use jarvis_domain::{Explain, Row};

/// An error with the files of engines.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// There is no entry of that name.
    #[error("there is no model {name} to be had{}", likely(like))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What is called like it.
        like: Vec<String>,
    },
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        error: io::Error,
    },
    /// A file cannot be written or removed.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        error: io::Error,
    },
    /// The server does not give it.
    #[error("{url} cannot be fetched: {why}")]
    Fetch {
        /// What was asked for.
        url: String,
        /// What came of it.
        why: String,
    },
    /// Another program fetches it.
    #[error("{name} is being fetched by another program")]
    Busy {
        /// The entry.
        name: String,
    },
    /// What came, or is there, is something else.
    #[error("{} is not the file of {name} that is expected", path.display())]
    Damaged {
        /// The entry.
        name: String,
        /// The file.
        path: PathBuf,
    },
}

const UNKNOWN: Row = Row {
    code: "models-unknown",
    meaning: "There is no model, voice or library of that name to be had.",
    hint: "jarvis models list --all shows what there is. Own files are named by their path in the settings.",
    exit: 2,
    status: 404,
};
const READ: Row = Row {
    code: "models-unreadable",
    meaning: "A file of a model is missing or cannot be read.",
    hint: "jarvis models pull fetches it.",
    exit: 1,
    status: 500,
};
const WRITE: Row = Row {
    code: "models-unwritable",
    meaning: "A file of a model cannot be written or removed.",
    hint: "Look at the cause: the free space, and whose the folder of the models is.",
    exit: 1,
    status: 500,
};
const FETCH: Row = Row {
    code: "models-fetch",
    meaning: "A model cannot be fetched from its source.",
    hint: "Look at the cause; once it is mended, the same command goes on where this ended. Another source can be set: models: sources.",
    exit: 1,
    status: 502,
};
const BUSY: Row = Row {
    code: "models-busy",
    meaning: "A model is being fetched already.",
    hint: "Wait for the other one to end.",
    exit: 1,
    status: 409,
};
const DAMAGED: Row = Row {
    code: "models-damaged",
    meaning: "A file of a model has not the digest that is expected of it.",
    hint: "Remove it with jarvis models remove, and fetch it again. If it stays so, the source has another file; do not use it.",
    exit: 1,
    status: 502,
};

/// The rows of [`ModelsError`].
pub(crate) const MODEL_ROWS: &[&Row] = &[&UNKNOWN, &READ, &WRITE, &FETCH, &BUSY, &DAMAGED];

impl Explain for ModelsError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Unknown { .. } => &UNKNOWN,
            Self::Read { .. } => &READ,
            Self::Write { .. } => &WRITE,
            Self::Fetch { .. } => &FETCH,
            Self::Busy { .. } => &BUSY,
            Self::Damaged { .. } => &DAMAGED,
        }
    }
}

fn likely(like: &[String]) -> String {
    if like.is_empty() { String::new() } else { format!("; there are {}", like.join(", ")) }
}
