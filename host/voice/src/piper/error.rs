//! What can go wrong with a Piper voice.

use std::path::PathBuf;

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
