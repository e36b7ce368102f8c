//! `llm:`, `stt:` and `tts:`: the settings of the replaced assistant, under the
//! defaults it had.

use std::path::PathBuf;
use std::time::Duration;

use jarvis_document::{Cursor, Keys};
use jarvis_domain::Language;
use jarvis_ollama::{BadAddress, KeepAlive, OllamaSettings, Patience};
use jarvis_voice::Device;
use jarvis_voice::wyoming::Address;
use serde::Serialize;
use utoipa::ToSchema;

use super::described;
use super::read::{absolute, millis, millis_if_any, name_or_file};

/// The most tokens of one turn: what is spoken is short, and a model that has
/// come into a circle says the same for ever.
const MOST_MADE: u32 = 2048;
/// The longest that a model is waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// `llm:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsLlm)]
pub(crate) struct Llm {
    /// Ollama's address; `OLLAMA_HOST` overrides it.
    pub(crate) host: String,
    /// The model.
    pub(crate) model: String,
    /// How many messages of a conversation are kept.
    pub(crate) history: i64,
    /// Whether it thinks before it answers; not said where left out.
    #[schema(required)]
    pub(crate) think: Option<bool>,
    /// How long it stays in memory; for ever where left out.
    #[serde(serialize_with = "millis_if_any")]
    #[schema(value_type = Option<described::Time>, required)]
    pub(crate) keep_alive: Option<Duration>,
    /// How many tokens it sees at once.
    pub(crate) context: i64,
    /// How long its first word is waited for.
    #[serde(serialize_with = "millis")]
    #[schema(value_type = described::Time)]
    pub(crate) first_token: Duration,
    /// How long is waited between two words.
    #[serde(serialize_with = "millis")]
    #[schema(value_type = described::Time)]
    pub(crate) idle: Duration,
}

/// `stt:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsStt)]
pub(crate) struct Stt {
    /// A whisper model by name, or a file.
    pub(crate) model: String,
    /// Where it computes.
    #[schema(value_type = described::Processor)]
    pub(crate) device: Device,
    /// What it computes with.
    pub(crate) compute_type: ComputeType,
    /// Threads; half as many as there are processors, eight at most, if left out.
    #[schema(required)]
    pub(crate) threads: Option<i64>,
    /// A recogniser elsewhere that speaks Wyoming, in place of a model.
    #[schema(required)]
    pub(crate) address: Option<String>,
}

/// What a model is made of, by the names that others have for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = SettingsComputeType)]
pub(crate) enum ComputeType {
    /// Floating point numbers, as the model has them.
    Float16,
    /// Whole numbers of eight bits or fewer.
    Int8,
}

/// `tts:`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SettingsTts)]
pub(crate) struct Tts {
    /// A Piper voice by name, or an ONNX file.
    pub(crate) voice: String,
    /// The speaker of a voice that has several.
    pub(crate) speaker: i64,
    /// How fast; 1 is the voice's own.
    pub(crate) speed: f64,
    /// Where ONNX files of own voices are.
    #[schema(value_type = Option<String>, required)]
    pub(crate) voices: Option<PathBuf>,
    /// A voice elsewhere that speaks Wyoming, in place of a file.
    #[schema(required)]
    pub(crate) address: Option<String>,
}

impl Default for Llm {
    fn default() -> Self {
        Self {
            host: "http://localhost:11434".to_owned(),
            model: "mistral:7b-instruct-q4_0".to_owned(),
            history: 20,
            think: None,
            keep_alive: None,
            context: 8192,
            first_token: Duration::from_secs(120),
            idle: Duration::from_secs(30),
        }
    }
}

impl Default for Stt {
    fn default() -> Self {
        Self {
            model: "base.en".to_owned(),
            device: Device::Auto,
            compute_type: ComputeType::Float16,
            threads: None,
            address: None,
        }
    }
}

impl Default for Tts {
    fn default() -> Self {
        Self {
            voice: "en_US-ryan-high".to_owned(),
            speaker: 0,
            speed: 1.0,
            voices: None,
            address: None,
        }
    }
}

impl Llm {
    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let default = Self::default();
        let llm = Self {
            host: keys.optional("host").and_then(|c| ollama(&c)).unwrap_or(default.host),
            model: text(&keys, "model", default.model),
            history: keys
                .optional("history")
                .and_then(|c| c.integer_in(0, 1000))
                .unwrap_or(default.history),
            think: keys.optional("think").and_then(|c| c.boolean()),
            keep_alive: keys.optional("keep_alive").and_then(|c| c.duration()),
            context: keys
                .optional("context")
                .and_then(|c| c.integer_in(2048, 1_048_576))
                .unwrap_or(default.context),
            first_token: patience(&keys, "first_token", default.first_token),
            idle: patience(&keys, "idle", default.idle),
        };
        keys.finish();
        llm
    }

    /// As Ollama is asked.
    ///
    /// # Errors
    /// `OLLAMA_HOST` is no address; what stands in the file was looked at.
    pub(crate) fn ollama(&self) -> Result<OllamaSettings, BadAddress> {
        Ok(OllamaSettings {
            address: self.host.parse()?,
            model: self.model.clone(),
            think: self.think,
            keep_alive: self.keep_alive.map_or(KeepAlive::ForEver, KeepAlive::For),
            context: u32::try_from(self.context).unwrap_or(8192),
            most_made: Some(MOST_MADE),
            patience: Patience { first: self.first_token, idle: self.idle, ..Patience::default() },
        })
    }
}

impl Stt {
    /// The defaults where this is spoken: models for English alone hear it best.
    pub(super) fn of(language: Language) -> Self {
        match language {
            Language::English => Self::default(),
            Language::German => Self { model: "base".to_owned(), ..Self::default() },
        }
    }

    pub(crate) fn read(keys: Keys<'_>, language: Language) -> Self {
        let default = Self::of(language);
        let device = |c: Cursor<'_>| {
            c.one_of(&[("auto", Device::Auto), ("cpu", Device::Cpu), ("cuda", Device::Cuda)])
        };
        let compute_type = |c: Cursor<'_>| {
            c.one_of(&[("float16", ComputeType::Float16), ("int8", ComputeType::Int8)])
        };
        let stt = Self {
            model: keys.optional("model").and_then(|c| name_or_file(&c)).unwrap_or(default.model),
            device: keys.optional("device").and_then(device).unwrap_or(default.device),
            compute_type: keys
                .optional("compute_type")
                .and_then(compute_type)
                .unwrap_or(default.compute_type),
            threads: keys.optional("threads").and_then(|c| c.integer_in(1, 64)),
            address: keys.optional("address").and_then(|c| address(&c)),
        };
        keys.finish();
        stt
    }
}

impl Tts {
    /// The defaults where this is spoken.
    pub(super) fn of(language: Language) -> Self {
        match language {
            Language::English => Self::default(),
            Language::German => Self { voice: "de_DE-thorsten-high".to_owned(), ..Self::default() },
        }
    }

    pub(crate) fn read(keys: Keys<'_>, language: Language) -> Self {
        let default = Self::of(language);
        let tts = Self {
            voice: keys.optional("voice").and_then(|c| name_or_file(&c)).unwrap_or(default.voice),
            speaker: keys
                .optional("speaker")
                .and_then(|c| c.integer_in(0, 10_000))
                .unwrap_or(default.speaker),
            speed: keys
                .optional("speed")
                .and_then(|c| number_in(&c, 0.5, 2.0))
                .unwrap_or(default.speed),
            voices: keys.optional("voices").and_then(|c| absolute(&c)),
            address: keys.optional("address").and_then(|c| address(&c)),
        };
        keys.finish();
        tts
    }
}

/// An address of Ollama.
fn ollama(cursor: &Cursor<'_>) -> Option<String> {
    let text = cursor.text()?;
    match text.parse::<jarvis_ollama::Address>() {
        Ok(_) => Some(text.to_owned()),
        Err(error) => {
            cursor.problem(error.to_string());
            None
        }
    }
}

/// How long something is waited for.
fn patience(keys: &Keys<'_>, key: &'static str, default: Duration) -> Duration {
    let Some(cursor) = keys.optional(key) else { return default };
    let Some(time) = cursor.duration() else { return default };
    if !(Duration::from_secs(1)..=LONGEST_WAIT).contains(&time) {
        cursor.problem("a time from 1s to 10m belongs here");
    }
    time
}

/// `tcp://host:port` or `unix:///path`.
pub(super) fn address(cursor: &Cursor<'_>) -> Option<String> {
    let text = cursor.text()?;
    match text.parse::<Address>() {
        Ok(_) => Some(text.to_owned()),
        Err(error) => {
            cursor.problem(error.to_string());
            None
        }
    }
}

pub(super) fn number_in(cursor: &Cursor<'_>, least: f64, most: f64) -> Option<f64> {
    let number = cursor.number()?;
    if !(least..=most).contains(&number) {
        cursor.problem(format!("{number} is not from {least} to {most}"));
        return None;
    }
    Some(number)
}

fn text(keys: &Keys<'_>, key: &'static str, default: String) -> String {
    keys.optional(key).and_then(|c| c.text()).map_or(default, str::to_owned)
}
