//! What can go wrong with a Piper voice.

use std::path::PathBuf;

use jarvis_domain::{Explain, Row};

/// Why a voice does not speak.
#[derive(Debug, thiserror::Error)]
pub enum PiperError {
    /// A file of it cannot be read.
    #[error("the voice's file {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        error: std::io::Error,
    },
    /// A file of it is something else.
    #[error("{} is none of a Piper voice: {why}", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// ONNX Runtime cannot be loaded.
    #[error("ONNX Runtime {} cannot be loaded: {why}", path.display())]
    Runtime {
        /// The library.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The voice fails as it speaks.
    #[error("the voice failed: {0}")]
    Failed(String),
    /// A setting is none.
    #[error("the voice cannot speak so: {0}")]
    Setting(String),
}

const UNREADABLE: Row = Row {
    code: "voice-piper-unreadable",
    meaning: "A file of a Piper voice, its ONNX file or the JSON beside it, is not there or cannot be read.",
    hint: "Both belong side by side: en_US-ryan-high.onnx and en_US-ryan-high.onnx.json. espeak-ng speaks meanwhile.",
    exit: 2,
    status: 500,
};
const OTHER: Row = Row {
    code: "voice-piper",
    meaning: "A file of a Piper voice is another one, not whole, or of a kind that is not spoken here.",
    hint: "Fetch the voice again, both files; those with espeak's phonemes can be spoken. espeak-ng speaks meanwhile.",
    exit: 2,
    status: 500,
};
const RUNTIME: Row = Row {
    code: "voice-piper-runtime",
    meaning: "ONNX Runtime, which Piper voices run on, is missing, is no library, or is for another machine.",
    hint: "Name a libonnxruntime.so of version 1.17 or later for this machine by its absolute path. espeak-ng speaks meanwhile.",
    exit: 2,
    status: 500,
};
const FAILED: Row = Row {
    code: "voice-piper-failed",
    meaning: "A Piper voice failed as it spoke.",
    hint: "Often its JSON is that of another voice. Fetch both files again.",
    exit: 1,
    status: 500,
};
const SETTING: Row = Row {
    code: "voice-piper-setting",
    meaning: "The settings of a Piper voice cannot be used: its speaker or its pace.",
    hint: "The sentence says which; a pace is from 0.5 to 2.",
    exit: 2,
    status: 500,
};

/// The rows of [`PiperError`].
pub(crate) const PIPER_ROWS: &[&Row] = &[&UNREADABLE, &OTHER, &RUNTIME, &FAILED, &SETTING];

impl Explain for PiperError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Read { .. } => &UNREADABLE,
            Self::Other { .. } => &OTHER,
            Self::Runtime { .. } => &RUNTIME,
            Self::Failed(_) => &FAILED,
            Self::Setting(_) => &SETTING,
        }
    }
}
