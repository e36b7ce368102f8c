//! whisper.cpp as an engine that speaks Wyoming.
//!
//! It decodes at each pause while the person speaks; where nothing but silence
//! follows, that already was the answer.

use std::path::PathBuf;

use async_trait::async_trait;
use earshot::Detector;
use serde::{Deserialize, Serialize};
use serde_json::json;
use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState,
};

use super::model::{Model, ModelError};
use crate::error::VoiceError;
use crate::frame::{Frame, Framer};
use crate::wyoming::{Artifact, Engine, Info, Message, Program, Replies};

/// The most samples of one utterance: what the model takes, 30 s.
const MOST: usize = 30 * 16_000;
/// From this score on a frame is speech; the conversation's own.
const SPEECH: f32 = 0.6;
/// So many frames of silence are a pause: 0.2 s.
const PAUSE: usize = 12;
/// The most characters of names that a recogniser is told.
const PROMPT: usize = 600;
/// Steps that the model is given beyond the sound itself: with fewer it
/// repeats itself (issues 1855 and 1117 of whisper.cpp).
const SPARE: usize = 128;

/// What it recognises with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WhisperSettings {
    /// The model, by absolute path.
    pub model: PathBuf,
    /// `en`; a model for English takes no other.
    pub language: String,
    /// Threads.
    pub threads: u16,
    /// Whether to compute on a GPU, where this was built with one.
    pub gpu: bool,
}

/// See the module. It recognises once it was told its settings.
#[derive(Default)]
pub struct Whisper {
    loaded: Option<Loaded>,
    prompt: String,
    heard: Vec<f32>,
    framer: Framer,
    pauses: Pauses,
}

struct Loaded {
    settings: WhisperSettings,
    model: Model,
    state: WhisperState,
}

/// Finds the pauses in what is said, and remembers what was understood up to
/// the last one.
#[derive(Default)]
struct Pauses {
    detector: Option<Box<Detector>>,
    silence: usize,
    /// Speech that is not in `words` yet.
    fresh: bool,
    words: Option<String>,
}

impl std::fmt::Debug for Whisper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Whisper").field("heard", &self.heard.len()).finish_non_exhaustive()
    }
}

impl WhisperSettings {
    /// As the child is told them.
    #[must_use]
    pub fn message(&self) -> Message {
        Message::new("settings", self)
    }
}

impl Loaded {
    fn load(settings: WhisperSettings) -> Result<Self, ModelError> {
        let model = Model::check(&settings.model)?;
        whisper_rs::install_logging_hooks();
        let failed = |error: whisper_rs::WhisperError| ModelError::Failed {
            path: settings.model.clone(),
            why: error.to_string(),
        };
        let mut parameters = WhisperContextParameters::default();
        parameters.use_gpu(settings.gpu);
        let context =
            WhisperContext::new_with_params(&settings.model, parameters).map_err(failed)?;
        let state = context.create_state().map_err(failed)?;
        let mut loaded = Self { settings, model, state };
        // The first run is slower than the others.
        loaded.decode(&[0.0; 16_000], "")?;
        Ok(loaded)
    }

    fn decode(&mut self, sound: &[f32], prompt: &str) -> Result<String, ModelError> {
        let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        parameters.set_n_threads(i32::from(self.settings.threads.clamp(1, 64)));
        parameters.set_language(Some(&self.settings.language));
        parameters.set_initial_prompt(prompt);
        parameters.set_no_context(true);
        parameters.set_single_segment(true);
        parameters.set_suppress_nst(true);
        parameters.set_print_progress(false);
        parameters.set_print_realtime(false);
        parameters.set_print_timestamps(false);
        parameters.set_print_special(false);
        // A step is 20 ms. The model is for 30 s, and takes as long for less
        // unless it is told.
        let steps = sound.len() / 320 + SPARE;
        let steps = steps.min(self.model.sound as usize);
        parameters.set_audio_ctx(i32::try_from(steps).unwrap_or(0));
        self.state.full(parameters, sound).map_err(|error| ModelError::Failed {
            path: self.settings.model.clone(),
            why: error.to_string(),
        })?;
        let mut words = String::new();
        for segment in self.state.as_iter() {
            words.push_str(&segment.to_str_lossy().unwrap_or_default());
        }
        Ok(words.trim().to_owned())
    }
}

impl Whisper {
    fn begin(&mut self) {
        self.heard.clear();
        self.framer = Framer::default();
        self.pauses = Pauses::default();
    }

    /// Takes some sound; the words so far where a pause has come.
    fn hear(&mut self, samples: &[i16]) -> Result<Option<String>, VoiceError> {
        let room = MOST.saturating_sub(self.heard.len());
        let heard = samples.iter().take(room).map(|sample| f32::from(*sample) / 32_768.0);
        self.heard.extend(heard);
        let mut pause = false;
        for frame in self.framer.push(samples) {
            pause |= self.pauses.push(&frame);
        }
        if !pause {
            return Ok(None);
        }
        let words = self.decode()?;
        self.pauses.fresh = false;
        self.pauses.words = Some(words.clone());
        Ok(Some(words))
    }

    fn finish(&mut self) -> Result<String, VoiceError> {
        match self.pauses.words.take() {
            Some(words) if !self.pauses.fresh => Ok(words),
            _ if self.heard.is_empty() => Ok(String::new()),
            _ => self.decode(),
        }
    }

    fn decode(&mut self) -> Result<String, VoiceError> {
        let untold =
            || ModelError::Failed { path: PathBuf::new(), why: "it was told none".to_owned() };
        let loaded = self.loaded.as_mut().ok_or_else(untold)?;
        Ok(loaded.decode(&self.heard, &self.prompt)?)
    }
}

impl Pauses {
    /// Whether a pause after fresh speech is now long enough.
    fn push(&mut self, frame: &Frame) -> bool {
        let detector = self.detector.get_or_insert_with(Detector::default_boxed);
        if detector.predict_i16(frame.samples()) >= SPEECH {
            self.fresh = true;
            self.silence = 0;
            return false;
        }
        self.silence += 1;
        self.fresh && self.silence == PAUSE
    }
}

#[async_trait]
impl Engine for Whisper {
    fn info(&self) -> Info {
        let model = |loaded: &Loaded| Artifact {
            name: loaded.settings.model.file_stem().unwrap_or_default().to_string_lossy().into(),
            installed: true,
            languages: vec![loaded.settings.language.clone()],
            ..Artifact::default()
        };
        let program = Program {
            name: "whisper.cpp".to_owned(),
            installed: self.loaded.is_some(),
            models: self.loaded.iter().map(model).collect(),
            ..Program::default()
        };
        Info { asr: vec![program], ..Info::default() }
    }

    async fn take(
        &mut self,
        message: Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        match message.kind.as_str() {
            "settings" => {
                let none = || ModelError::Failed {
                    path: PathBuf::new(),
                    why: "the settings are none".to_owned(),
                };
                let settings = message.read().ok_or_else(none)?;
                self.loaded = Some(Loaded::load(settings)?);
            }
            "transcribe" => {
                let names: Vec<String> = message
                    .data
                    .get("transcript_names")
                    .and_then(|names| serde_json::from_value(names.clone()).ok())
                    .unwrap_or_default();
                self.prompt = jarvis_domain::text::line(&names.join(", "), PROMPT);
            }
            "audio-start" => self.begin(),
            "audio-chunk" => {
                let bad = || VoiceError::BadSound {
                    engine: "whoever asks".to_owned(),
                    why: "it is not of 16 bits at 16 kHz",
                };
                let (_, samples) =
                    message.samples().filter(|(rate, _)| *rate == crate::RATE).ok_or_else(bad)?;
                if let Some(words) = self.hear(&samples)? {
                    replies.send(&Message::bare("transcript-start")).await?;
                    replies
                        .send(&Message::new("transcript-chunk", json!({ "text": words })))
                        .await?;
                }
            }
            "audio-stop" => {
                let words = self.finish();
                self.begin();
                replies.send(&Message::new("transcript", json!({ "text": words? }))).await?;
            }
            _ => {}
        }
        Ok(())
    }
}
