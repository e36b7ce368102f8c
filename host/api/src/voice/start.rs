//! What a client wants of a conversation; its first frame.

use serde::Deserialize;

/// Samples a second that are sent where a client says nothing: what it sends.
const RATE: u32 = 16_000;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Start {
    /// How its sound is written.
    #[serde(default)]
    pub format: SoundFormat,
    /// What begins an exchange.
    pub mode: Mode,
    /// The language; the host's own where it is empty.
    #[serde(default)]
    pub locale: String,
    /// How it is answered.
    #[serde(default)]
    pub answer: AnswerAs,
    /// Samples a second of the sound that it plays.
    #[serde(default = "rate")]
    pub rate: u32,
    /// The place where it stands, by its name in the settings.
    pub place: Option<String>,
}

/// How sound is written that a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SoundFormat {
    /// 16 kHz, mono, signed 16 bits, the lower byte first.
    #[default]
    Pcm16,
    /// A packet of Opus in each frame.
    Opus,
}

/// What begins an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A button.
    PushToTalk,
    /// The wake word; a button too.
    Wake,
}

/// How somebody is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerAs {
    /// With sound, and as text.
    #[default]
    Audio,
    /// As text.
    Text,
}

fn rate() -> u32 {
    RATE
}
