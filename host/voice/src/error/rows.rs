//! The rows of this room.

use jarvis_domain::Row;

use crate::device::DEVICE_ROWS;
use crate::espeak::BAD_VOICE;
use crate::models::MODEL_ROWS;
use crate::opus::BAD_PACKET;
use crate::piper::PIPER_ROWS;
use crate::porcupine::PORCUPINE_ROWS;
use crate::resample::RATE_ROW;
use crate::wav::WAV_ROWS;
use crate::whisper::SPEECH_MODEL_ROWS;
use crate::wyoming::PEER_ROWS;

pub(super) const WRITE: Row = Row {
    code: "voice-wav-unwritable",
    meaning: "The answer cannot be written into a sound file.",
    hint: "Check the folder, who may write to it, and its free space.",
    exit: 2,
    status: 500,
};

pub(super) const NO_ENGINE: Row = Row {
    code: "voice-engine-unknown",
    meaning: "An engine was named that this program has not, or was built without.",
    hint: "Take another one, or a remote engine by tcp://; whisper needs a build with --features whisper.",
    exit: 2,
    status: 501,
};
pub(super) const UNREACHABLE: Row = Row {
    code: "voice-engine-unreachable",
    meaning: "Nobody listens at the address of a remote speech engine.",
    hint: "Check the address in the settings, and that the engine runs there. Typed words and the API work without it.",
    exit: 1,
    status: 502,
};
pub(super) const DOWN: Row = Row {
    code: "voice-engine-down",
    meaning: "A speech engine of this machine does not start, or has crashed and is started again after a while.",
    hint: "The sentence says why. jarvis doctor looks at the models and libraries that the engines need.",
    exit: 1,
    status: 503,
};
pub(super) const GONE: Row = Row {
    code: "voice-engine-gone",
    meaning: "A speech engine has ended, or has closed the connection, in the middle of its work.",
    hint: "Say it again; an engine of this machine is started again by itself.",
    exit: 1,
    status: 502,
};
pub(super) const SILENT: Row = Row {
    code: "voice-engine-silent",
    meaning: "A speech engine takes too long, or never answers.",
    hint: "Take a smaller model or a faster machine, and look whether the engine hangs.",
    exit: 1,
    status: 504,
};
pub(super) const WIRE: Row = Row {
    code: "voice-engine-protocol",
    meaning: "What answers as a speech engine does not speak the Wyoming protocol.",
    hint: "Check that the address and port are those of a Wyoming server, as faster-whisper (10300), Piper (10200) and openWakeWord (10400) are.",
    exit: 1,
    status: 502,
};
pub(super) const FAILED: Row = Row {
    code: "voice-engine-failed",
    meaning: "A speech engine answered with an error of its own.",
    hint: "The sentence holds what it said; often a model or a voice that it does not have.",
    exit: 1,
    status: 502,
};
pub(super) const BAD_SOUND: Row = Row {
    code: "voice-engine-sound",
    meaning: "A speech engine sent no sound for a text, or sound that is not of 16 bits, is of a rate that nothing has, or has no end.",
    hint: "Set the engine to 16 bits at a usual rate; where it sent none, it cannot say the text.",
    exit: 1,
    status: 502,
};
pub(super) const ESPEAK: Row = Row {
    code: "voice-espeak",
    meaning: "The program espeak-ng, which speaks where no better voice is set, is missing or fails.",
    hint: "Install it: apt install espeak-ng. Answers are still shown.",
    exit: 1,
    status: 503,
};

/// All rows of this room.
#[must_use]
pub fn rows() -> Vec<&'static Row> {
    let parts = [
        OWN,
        WAV_ROWS,
        SPEECH_MODEL_ROWS,
        PIPER_ROWS,
        PORCUPINE_ROWS,
        DEVICE_ROWS,
        MODEL_ROWS,
        PEER_ROWS,
        &[&BAD_VOICE, &RATE_ROW, &BAD_PACKET],
    ];
    parts.concat()
}

/// Those of [`super::VoiceError`] itself.
const OWN: &[&Row] =
    &[&WRITE, &NO_ENGINE, &UNREACHABLE, &DOWN, &GONE, &SILENT, &WIRE, &FAILED, &BAD_SOUND, &ESPEAK];
