//! What can go wrong with Porcupine.

use std::path::PathBuf;

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

fn said(details: &[String]) -> String {
    if details.is_empty() { String::new() } else { format!(" ({})", details.join("; ")) }
}
