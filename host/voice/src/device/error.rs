//! What can be wrong with a device.

use std::time::Duration;

use jarvis_domain::{Explain, Row};

use super::DeviceKind;

/// Why there is no sound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// No device at all.
    #[error("there is no {kind} here: {why}")]
    None {
        /// What was wanted.
        kind: DeviceKind,
        /// What the system says.
        why: String,
    },
    /// None of that name.
    #[error("there is no {kind} {name:?} here; {}", listed(there))]
    Unknown {
        /// What was wanted.
        kind: DeviceKind,
        /// The name.
        name: String,
        /// Those that are there.
        there: Vec<String>,
    },
    /// Another program has it.
    #[error("the {kind} {name:?} is in use: {why}")]
    Busy {
        /// What was wanted.
        kind: DeviceKind,
        /// Its name.
        name: String,
        /// What the system says.
        why: String,
    },
    /// It may not be used.
    #[error("the {kind} {name:?} may not be used: {why}")]
    Denied {
        /// What was wanted.
        kind: DeviceKind,
        /// Its name.
        name: String,
        /// What the system says.
        why: String,
    },
    /// It has no format that is known here.
    #[error("the {kind} {name:?} has no format that can be used: {why}")]
    Format {
        /// What was wanted.
        kind: DeviceKind,
        /// Its name.
        name: String,
        /// What the system says.
        why: String,
    },
    /// It went away, or stands still.
    #[error("the {kind} {name:?} has gone: {why}")]
    Lost {
        /// What it is.
        kind: DeviceKind,
        /// Its name.
        name: String,
        /// What was seen of it.
        why: String,
    },
    /// The system does not answer.
    #[error("the {kind} {name:?} does not open within {} s", waited.as_secs())]
    Hangs {
        /// What was wanted.
        kind: DeviceKind,
        /// Its name.
        name: String,
        /// How long was waited.
        waited: Duration,
    },
    /// Too many threads are in a library that does not return.
    #[error("the sound library of this machine has hung {times} times, and is not called again")]
    Stuck {
        /// How often.
        times: usize,
    },
    /// Anything else.
    #[error("the {kind} {name:?} cannot be used: {why}")]
    Failed {
        /// What was wanted.
        kind: DeviceKind,
        /// Its name.
        name: String,
        /// What the system says.
        why: String,
    },
    /// This program was built without.
    #[error("this program was built without microphones and loudspeakers")]
    NotBuilt,
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "there is none".to_owned();
    }
    format!("there are: {}", names.join(", "))
}

const NONE: Row = Row {
    code: "voice-device-none",
    meaning: "This machine has no microphone, or no loudspeaker.",
    hint: "Connect one, or start the sound server; jarvis devices shows what is there. Typed words, sound files and the API need none.",
    exit: 2,
    status: 503,
};
const UNKNOWN: Row = Row {
    code: "voice-device-unknown",
    meaning: "The settings name a microphone or a loudspeaker that is not there.",
    hint: "jarvis devices shows the names; write one under audio: in the settings, or default. It is taken once it is connected again.",
    exit: 2,
    status: 503,
};
const BUSY: Row = Row {
    code: "voice-device-busy",
    meaning: "Another program holds the sound device for itself.",
    hint: "Close that program, or let both go through a sound server: PulseAudio or PipeWire.",
    exit: 1,
    status: 503,
};
const DENIED: Row = Row {
    code: "voice-device-denied",
    meaning: "The user that jarvis runs as may not use the sound device.",
    hint: "Put the user into the group audio, and sign in again: usermod -aG audio USER",
    exit: 2,
    status: 503,
};
const FORMAT: Row = Row {
    code: "voice-device-format",
    meaning: "The sound device takes or gives no format that is known here.",
    hint: "Take it by its name with plughw: in place of hw:, or through a sound server; both convert.",
    exit: 2,
    status: 503,
};
const LOST: Row = Row {
    code: "voice-device-lost",
    meaning: "A microphone or a loudspeaker was unplugged, its sound server has ended, or it stands still.",
    hint: "It is looked for, and used again by itself when it is back. Typed words and the API go on.",
    exit: 1,
    status: 503,
};
const STUCK: Row = Row {
    code: "voice-device-stuck",
    meaning: "The sound library of this machine does not return when it is called.",
    hint: "Start the sound server again, then jarvis. Typed words and the API go on.",
    exit: 1,
    status: 503,
};
const FAILED: Row = Row {
    code: "voice-device-failed",
    meaning: "A sound device fails in a way of its own.",
    hint: "The sentence says what the system says to it; try another device: jarvis devices",
    exit: 1,
    status: 503,
};
const NOT_BUILT: Row = Row {
    code: "voice-device-not-built",
    meaning: "This program was built without sound devices.",
    hint: "Build it with --features sound. Sound files and the API need none.",
    exit: 2,
    status: 501,
};

/// The rows of devices.
pub(crate) const DEVICE_ROWS: &[&Row] =
    &[&NONE, &UNKNOWN, &BUSY, &DENIED, &FORMAT, &LOST, &STUCK, &FAILED, &NOT_BUILT];

impl Explain for DeviceError {
    fn row(&self) -> &'static Row {
        match self {
            Self::None { .. } => &NONE,
            Self::Unknown { .. } => &UNKNOWN,
            Self::Busy { .. } => &BUSY,
            Self::Denied { .. } => &DENIED,
            Self::Format { .. } => &FORMAT,
            Self::Lost { .. } => &LOST,
            Self::Hangs { .. } | Self::Stuck { .. } => &STUCK,
            Self::Failed { .. } => &FAILED,
            Self::NotBuilt => &NOT_BUILT,
        }
    }
}
