//! What can go wrong between sound and words.

mod rows;

use std::io;

use jarvis_domain::{Explain, Row};

use crate::resample::RateError;
use crate::wav::WavFault;

pub use rows::ROWS;

/// An error of this room.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// A WAV file that cannot be used.
    #[error("{name} cannot be heard: {fault}")]
    Wav {
        /// The file.
        name: String,
        /// What is wrong with it.
        #[source]
        fault: WavFault,
    },
    /// Sound cannot be written down.
    #[error("{name} cannot be written")]
    Write {
        /// The file.
        name: String,
        /// Why not.
        #[source]
        error: io::Error,
    },
    /// Sound of a rate that nothing has.
    #[error("the rate of the sound cannot be changed: {0}")]
    Rate(#[from] RateError),
}

impl Explain for VoiceError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Wav { fault, .. } => match fault {
                WavFault::Read(_) => &rows::UNREADABLE,
                WavFault::Other(_) => &rows::NOT_WAV,
                WavFault::Broken(_) => &rows::BROKEN_WAV,
                WavFault::Kind(_) => &rows::WAV_KIND,
                WavFault::CutOff(_) => &rows::CUT_OFF,
                WavFault::Empty => &rows::EMPTY,
            },
            Self::Write { .. } => &rows::WRITE,
            Self::Rate(_) => &rows::RATE,
        }
    }
}
