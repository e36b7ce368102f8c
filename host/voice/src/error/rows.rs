//! The rows of this room.

use jarvis_domain::Row;

pub(super) const UNREADABLE: Row = Row {
    code: "voice-wav-unreadable",
    meaning: "A sound file is not there or cannot be read.",
    hint: "Check the path and who may read it.",
    exit: 2,
    status: 400,
};
pub(super) const NOT_WAV: Row = Row {
    code: "voice-wav-other",
    meaning: "What should be a WAV file is something else.",
    hint: "Convert it: ffmpeg -i FILE -ar 16000 -ac 1 command.wav",
    exit: 2,
    status: 400,
};
pub(super) const BROKEN_WAV: Row = Row {
    code: "voice-wav-broken",
    meaning: "The header of a WAV file contradicts itself.",
    hint: "Record or convert it again: ffmpeg -i FILE -ar 16000 -ac 1 command.wav",
    exit: 2,
    status: 400,
};
pub(super) const WAV_KIND: Row = Row {
    code: "voice-wav-kind",
    meaning: "A WAV file holds samples of a kind that is not read: compressed, of an odd width, or of a rate that nothing has.",
    hint: "Convert it: ffmpeg -i FILE -ar 16000 -ac 1 -c:a pcm_s16le command.wav",
    exit: 2,
    status: 415,
};
pub(super) const CUT_OFF: Row = Row {
    code: "voice-wav-cut-off",
    meaning: "A WAV file ends before its header says so; half a command is not acted on.",
    hint: "Copy or record it again.",
    exit: 2,
    status: 400,
};
pub(super) const EMPTY: Row = Row {
    code: "voice-wav-empty",
    meaning: "A WAV file holds no sound.",
    hint: "Record it again, and check that the microphone is not muted.",
    exit: 2,
    status: 400,
};
pub(super) const WRITE: Row = Row {
    code: "voice-wav-unwritable",
    meaning: "The answer cannot be written into a sound file.",
    hint: "Check the folder, who may write to it, and its free space.",
    exit: 2,
    status: 500,
};
pub(super) const RATE: Row = Row {
    code: "voice-rate",
    meaning: "Sound came at a rate that nothing has, from 4 to 768 kHz.",
    hint: "Look at the rate that the device or engine is set to; 16000 is always right.",
    exit: 1,
    status: 400,
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
    meaning: "A speech engine sent sound that is not of 16 bits, of a rate that nothing has, or without end.",
    hint: "Set the engine to 16 bits at a usual rate.",
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
pub(super) const ESPEAK_VOICE: Row = Row {
    code: "voice-espeak-voice",
    meaning: "The name of an espeak-ng voice has other characters than one may have.",
    hint: "espeak-ng --voices=en lists them; a variant is added as in en-us+f3.",
    exit: 2,
    status: 400,
};
pub(super) const WAKE_LIBRARY: Row = Row {
    code: "voice-wake-library",
    meaning: "Porcupine's library is missing, is no library, or is for another machine.",
    hint: "Name the libpv_porcupine.so for this machine's architecture by its absolute path. Without it there are push-to-talk, files and the API.",
    exit: 2,
    status: 500,
};
pub(super) const WAKE_VERSION: Row = Row {
    code: "voice-wake-version",
    meaning: "What should be Porcupine's library is of a version that is not known here, or none at all.",
    hint: "Versions 1 to 4 are known; 1.9.5 needs no key. Without it there are push-to-talk, files and the API.",
    exit: 2,
    status: 500,
};
pub(super) const WAKE_FILE: Row = Row {
    code: "voice-wake-file",
    meaning: "Porcupine's model (.pv) or a keyword (.ppn) is missing or cannot be used.",
    hint: "Both are for one version of the library, one kind of machine and one language; take all three from one place.",
    exit: 2,
    status: 500,
};
pub(super) const WAKE_KEY: Row = Row {
    code: "voice-wake-key",
    meaning: "Porcupine from version 2 on needs an access key of Picovoice's, and has none or does not take it.",
    hint: "Look at the key and its devices at console.picovoice.ai. Version 1.9.5 (jarvis models pull porcupine-1.9.5) and openWakeWord (wake: address:) need none; push-to-talk, files and the API go on.",
    exit: 2,
    status: 503,
};
pub(super) const WAKE_FAILED: Row = Row {
    code: "voice-wake-failed",
    meaning: "Porcupine's library answered with an error of its own.",
    hint: "Often the model or a keyword is of another version, language or machine than the library; take all from one place.",
    exit: 1,
    status: 500,
};
pub(super) const WAKE_SETTING: Row = Row {
    code: "voice-wake-setting",
    meaning: "The settings of the wake words cannot be used.",
    hint: "One to sixteen keywords, each with a sensitivity from 0 to 1.",
    exit: 2,
    status: 500,
};
pub(super) const MODEL_UNREADABLE: Row = Row {
    code: "voice-model-unreadable",
    meaning: "The file of a speech model is not there or cannot be read.",
    hint: "Check the path in the settings, and that engines may read it: where jarvis runs as root they run as jarvis-engine, or else as nobody.",
    exit: 2,
    status: 500,
};
pub(super) const MODEL: Row = Row {
    code: "voice-model",
    meaning: "The file of a speech model is another one, or not all of it is there.",
    hint: "Fetch it again; for whisper it is a ggml file, like ggml-base.en.bin.",
    exit: 2,
    status: 500,
};
pub(super) const MODEL_FAILED: Row = Row {
    code: "voice-model-failed",
    meaning: "The library of a speech model fails with it.",
    hint: "Fetch the model again, or take another one; too little memory is another reason.",
    exit: 1,
    status: 500,
};
pub(super) const NO_GPU: Row = Row {
    code: "voice-whisper-cuda",
    meaning: "The settings want whisper to compute by CUDA, and this build or this machine cannot.",
    hint: "Set stt: device: auto, or cpu. CUDA needs a build with --features cuda and NVIDIA's driver.",
    exit: 2,
    status: 501,
};
pub(super) const PIPER_UNREADABLE: Row = Row {
    code: "voice-piper-unreadable",
    meaning: "A file of a Piper voice, its ONNX file or the JSON beside it, is not there or cannot be read.",
    hint: "Both belong side by side: en_US-ryan-high.onnx and en_US-ryan-high.onnx.json. espeak-ng speaks meanwhile.",
    exit: 2,
    status: 500,
};
pub(super) const PIPER: Row = Row {
    code: "voice-piper",
    meaning: "A file of a Piper voice is another one, not whole, or of a kind that is not spoken here.",
    hint: "Fetch the voice again, both files; those with espeak's phonemes can be spoken. espeak-ng speaks meanwhile.",
    exit: 2,
    status: 500,
};
pub(super) const PIPER_RUNTIME: Row = Row {
    code: "voice-piper-runtime",
    meaning: "ONNX Runtime, which Piper voices run on, is missing, is no library, or is for another machine.",
    hint: "Name a libonnxruntime.so of version 1.17 or later for this machine by its absolute path. espeak-ng speaks meanwhile.",
    exit: 2,
    status: 500,
};
pub(super) const PIPER_FAILED: Row = Row {
    code: "voice-piper-failed",
    meaning: "A Piper voice failed as it spoke.",
    hint: "Often its JSON is that of another voice. Fetch both files again.",
    exit: 1,
    status: 500,
};
pub(super) const PIPER_SETTING: Row = Row {
    code: "voice-piper-setting",
    meaning: "The settings of a Piper voice cannot be used: its speaker or its pace.",
    hint: "The sentence says which; a pace is from 0.5 to 2.",
    exit: 2,
    status: 500,
};

/// The rows of this room.
pub const ROWS: &[&Row] = &[
    &UNREADABLE,
    &NOT_WAV,
    &BROKEN_WAV,
    &WAV_KIND,
    &CUT_OFF,
    &EMPTY,
    &WRITE,
    &RATE,
    &NO_ENGINE,
    &UNREACHABLE,
    &DOWN,
    &GONE,
    &SILENT,
    &WIRE,
    &FAILED,
    &BAD_SOUND,
    &ESPEAK,
    &ESPEAK_VOICE,
    &MODEL_UNREADABLE,
    &MODEL,
    &MODEL_FAILED,
    &NO_GPU,
    &PIPER_UNREADABLE,
    &PIPER,
    &PIPER_RUNTIME,
    &PIPER_FAILED,
    &PIPER_SETTING,
    &WAKE_LIBRARY,
    &WAKE_VERSION,
    &WAKE_FILE,
    &WAKE_KEY,
    &WAKE_FAILED,
    &WAKE_SETTING,
];
