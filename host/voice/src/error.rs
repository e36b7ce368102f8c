//! What can go wrong between sound and words.

mod rows;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use jarvis_domain::{Explain, Row};

use crate::device::DeviceError;
use crate::espeak::BadVoice;
use crate::piper::PiperError;
use crate::porcupine::PorcupineError;
use crate::resample::RateError;
use crate::wav::{CUT_OFF, WavFault};
use crate::whisper::ModelError;
use crate::wyoming::{PeerError, WireError};

pub use rows::rows;

/// An error of this room.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// A WAV file that cannot be used.
    #[error("{name} cannot be heard")]
    Wav {
        /// The file.
        name: String,
        /// What is wrong with it.
        #[source]
        fault: WavFault,
    },
    /// A WAV file whose end is missing.
    #[error("{name} is heard as far as it goes, since it is cut off: {why}")]
    CutOff {
        /// The file.
        name: String,
        /// How much of it is there.
        why: String,
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
    /// There is no engine of that name here.
    #[error("there is no engine {name:?}: {why}")]
    NoEngine {
        /// The name.
        name: String,
        /// What else there is.
        why: &'static str,
    },
    /// A remote engine cannot be reached.
    #[error("{engine} cannot be reached")]
    Unreachable {
        /// The engine.
        engine: String,
        /// Why not.
        #[source]
        error: io::Error,
    },
    /// An engine of ours does not run.
    #[error("{engine} does not run: {why}")]
    Down {
        /// The engine.
        engine: String,
        /// Why not.
        why: String,
        /// The code of its own error, where it told one.
        code: Option<String>,
    },
    /// An engine went away in the middle of something.
    #[error("{engine} has ended in the middle of its work{}", said(last.as_deref()))]
    Gone {
        /// The engine.
        engine: String,
        /// What it said last.
        last: Option<String>,
        /// What became of the stream; none where it was closed.
        #[source]
        error: Option<io::Error>,
    },
    /// An engine does not answer.
    #[error("{engine} has not answered within {} s", waited.as_secs_f32())]
    Silent {
        /// The engine.
        engine: String,
        /// How long was waited.
        waited: Duration,
    },
    /// An engine does not speak the protocol.
    #[error("{engine} does not speak Wyoming: {error}")]
    Wire {
        /// The engine.
        engine: String,
        /// What is wrong.
        #[source]
        error: WireError,
    },
    /// An engine speaks the protocol, and not to the point.
    #[error("{engine} answers with much that nobody asked for")]
    Babbles {
        /// The engine.
        engine: String,
    },
    /// An engine says that it failed.
    #[error("{engine} failed: {said}{}", code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Failed {
        /// The engine.
        engine: String,
        /// What it says.
        said: String,
        /// Its own code for that.
        code: Option<String>,
    },
    /// An engine sends sound that is none.
    #[error("{engine} sends sound that cannot be played: {why}")]
    BadSound {
        /// The engine.
        engine: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The espeak-ng program does not speak.
    #[error("{} does not speak: {why}", program.display())]
    Espeak {
        /// The program.
        program: PathBuf,
        /// Why not.
        why: String,
        /// What the system says to it.
        #[source]
        error: Option<io::Error>,
    },
    /// A voice that is no name of one.
    #[error(transparent)]
    EspeakVoice(#[from] BadVoice),
    /// A model of speech cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A Piper voice does not speak.
    #[error(transparent)]
    Piper(#[from] PiperError),
    /// There is no wake word.
    #[error(transparent)]
    Wake(#[from] PorcupineError),
    /// A microphone or a loudspeaker cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Somebody who connects by Wyoming is not served.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// Sound of a rate that nothing has.
    #[error("the rate of the sound cannot be changed: {0}")]
    Rate(#[from] RateError),
}

impl Explain for VoiceError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Wav { fault, .. } => fault.row(),
            Self::CutOff { .. } => &CUT_OFF,
            Self::Write { .. } => &rows::WRITE,
            Self::NoEngine { .. } => &rows::NO_ENGINE,
            Self::Unreachable { .. } => &rows::UNREACHABLE,
            Self::Down { .. } => &rows::DOWN,
            Self::Gone { .. } => &rows::GONE,
            Self::Silent { .. } => &rows::SILENT,
            Self::Wire { .. } | Self::Babbles { .. } => &rows::WIRE,
            Self::Failed { .. } => &rows::FAILED,
            Self::BadSound { .. } => &rows::BAD_SOUND,
            Self::Espeak { .. } => &rows::ESPEAK,
            Self::EspeakVoice(error) => error.row(),
            Self::Model(error) => error.row(),
            Self::Piper(error) => error.row(),
            Self::Wake(error) => error.row(),
            Self::Device(error) => error.row(),
            Self::Peer(error) => error.row(),
            Self::Rate(error) => error.row(),
        }
    }

    /// An engine of ours fails by errors of this room, whose hints say more.
    fn hint(&self) -> Option<String> {
        let (Self::Down { code, .. } | Self::Failed { code, .. }) = self else { return None };
        let code = code.as_deref()?;
        rows().iter().find(|row| row.code == code).map(|row| row.hint.to_owned())
    }
}

fn said(last: Option<&str>) -> String {
    last.map(|line| format!(": {line}")).unwrap_or_default()
}
