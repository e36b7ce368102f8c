//! What can go wrong with Porcupine.

use std::path::PathBuf;

use jarvis_domain::{Explain, Row};

/// Why there is no wake word.
#[derive(Debug, thiserror::Error)]
pub enum PorcupineError {
    /// The library cannot be loaded.
    #[error("Porcupine's library {} cannot be loaded: {why}", path.display())]
    Library {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// It is none that is known here.
    #[error("{} is no Porcupine of a known version: {why}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// What it says of itself.
        why: String,
    },
    /// A model or keyword cannot be used.
    #[error("{} cannot be used: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// From version 2 on it wants a key.
    #[error("Porcupine {version} needs an access key, and none is set")]
    KeyMissing {
        /// The library's version.
        version: String,
    },
    /// It does not take the key.
    #[error("Porcupine {version} refuses the access key: {}{}", refusal, said(details))]
    Key {
        /// The library's version.
        version: String,
        /// Why.
        refusal: Refusal,
        /// What the library says.
        details: Vec<String>,
    },
    /// It fails in another way.
    #[error("Porcupine {version} failed: {status}{}", said(details))]
    Failed {
        /// The library's version.
        version: String,
        /// The status that it gave.
        status: String,
        /// What the library says.
        details: Vec<String>,
    },
    /// A setting is none.
    #[error("wake words cannot be watched for: {0}")]
    Setting(String),
}

/// Why a key is not taken: the statuses of Porcupine that are about one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// KEY_ERROR, or a key that is none.
    #[error("it is no key")]
    NoKey,
    /// ACTIVATION_ERROR.
    #[error("it could not be activated; the first time that needs the internet")]
    Activation,
    /// ACTIVATION_LIMIT_REACHED.
    #[error(
        "it is in use on as many devices as its plan allows; a moved container or a new network card counts as another"
    )]
    Limit,
    /// ACTIVATION_THROTTLED.
    #[error("it was activated too often of late")]
    Throttled,
    /// ACTIVATION_REFUSED.
    #[error("Picovoice refuses it")]
    Refused,
}

const LIBRARY: Row = Row {
    code: "voice-wake-library",
    meaning: "Porcupine's library is missing, is no library, or is for another machine.",
    hint: "Name the libpv_porcupine.so for this machine's architecture by its absolute path. Without it there are push-to-talk, files and the API.",
    exit: 2,
    status: 500,
};
const VERSION: Row = Row {
    code: "voice-wake-version",
    meaning: "What should be Porcupine's library is of a version that is not known here, or none at all.",
    hint: "Versions 1 to 4 are known; 1.9.5 needs no key. Without it there are push-to-talk, files and the API.",
    exit: 2,
    status: 500,
};
const FILE: Row = Row {
    code: "voice-wake-file",
    meaning: "Porcupine's model (.pv) or a keyword (.ppn) is missing or cannot be used.",
    hint: "Both are for one version of the library, one kind of machine and one language; take all three from one place.",
    exit: 2,
    status: 500,
};
const KEY: Row = Row {
    code: "voice-wake-key",
    meaning: "Porcupine from version 2 on needs an access key of Picovoice's, and has none or does not take it.",
    hint: "Look at the key and its devices at console.picovoice.ai. Version 1.9.5 (jarvis models pull porcupine-1.9.5) and openWakeWord (wake: address:) need none; push-to-talk, files and the API go on.",
    exit: 2,
    status: 503,
};
const FAILED: Row = Row {
    code: "voice-wake-failed",
    meaning: "Porcupine's library answered with an error of its own.",
    hint: "Often the model or a keyword is of another version, language or machine than the library; take all from one place.",
    exit: 1,
    status: 500,
};
const SETTING: Row = Row {
    code: "voice-wake-setting",
    meaning: "The settings of the wake words cannot be used.",
    hint: "One to sixteen keywords, each with a sensitivity from 0 to 1.",
    exit: 2,
    status: 500,
};

/// The rows of [`PorcupineError`].
pub(crate) const PORCUPINE_ROWS: &[&Row] = &[&LIBRARY, &VERSION, &FILE, &KEY, &FAILED, &SETTING];

impl Explain for PorcupineError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Library { .. } => &LIBRARY,
            Self::Version { .. } => &VERSION,
            Self::File { .. } => &FILE,
            Self::KeyMissing { .. } | Self::Key { .. } => &KEY,
            Self::Failed { .. } => &FAILED,
            Self::Setting(_) => &SETTING,
        }
    }
}

fn said(details: &[String]) -> String {
    if details.is_empty() { String::new() } else { format!(" ({})", details.join("; ")) }
}
