//! whisper.cpp as an engine that speaks Wyoming.
//!
//! It decodes beside the listening: at each pause, and now and then within long
//! speech. Where nothing but silence follows a pause, that already was the
//! answer ([`Clip`]).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::json;
use tokio::task::JoinHandle;

use super::clip::{Clip, Worth};
use super::loaded::{Loaded, WhisperSettings};
use super::model::ModelError;
use crate::error::VoiceError;
use crate::frame::FRAME;
use crate::wyoming::{Artifact, Engine, Info, Message, Program, Replies};

/// How much more speech is worth a look without a pause.
const WHILE: Duration = Duration::from_secs(1);
/// Such looks take no more than one part in so many of the time.
const SHARE: u32 = 4;

/// See the module. It recognises once it was told its settings.
#[derive(Default)]
pub(crate) struct Whisper {
    /// Away while it works.
    loaded: Option<Box<Loaded>>,
    work: Option<Work>,
    /// What was heard is to be decoded once that is done.
    wanted: bool,
    about: Option<Program>,
    prompt: Arc<[i32]>,
    clip: Clip,
    /// How many samples were decoded last, and their words.
    done: Option<(usize, String)>,
    /// What was told of that.
    told: String,
    /// How long the last work took.
    took: Duration,
}

/// Sound that is being decoded.
struct Work {
    /// How many samples of the clip.
    samples: usize,
    stop: Arc<AtomicBool>,
    done: JoinHandle<Done>,
}

struct Done {
    loaded: Box<Loaded>,
    words: Result<Option<String>, ModelError>,
    took: Duration,
}

impl std::fmt::Debug for Whisper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Whisper").field("about", &self.about).finish_non_exhaustive()
    }
}

impl Whisper {
    async fn load(&mut self, settings: WhisperSettings) -> Result<(), VoiceError> {
        self.idle().await?;
        (self.loaded, self.about) = (None, None);
        let loaded = Loaded::load(settings)?;
        let settings = &loaded.settings;
        let model = Artifact {
            name: settings.model.file_stem().unwrap_or_default().to_string_lossy().into(),
            installed: true,
            languages: vec![settings.language.tag().to_owned()],
            ..Artifact::default()
        };
        self.about = Some(Program {
            name: "whisper.cpp".to_owned(),
            installed: true,
            description: Some(loaded.place.to_string()),
            models: vec![model],
            ..Program::default()
        });
        self.took = loaded.took;
        self.loaded = Some(Box::new(loaded));
        Ok(())
    }

    /// Forgets what was heard. What goes on for it is broken off.
    fn begin(&mut self) {
        self.clip = Clip::default();
        (self.done, self.wanted) = (None, false);
        self.told.clear();
        if let Some(work) = &self.work {
            work.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Takes some sound; the words so far where they have changed.
    async fn hear(&mut self, samples: &[i16]) -> Result<Option<String>, VoiceError> {
        let frames = (self.took * SHARE).max(WHILE).div_duration_f32(FRAME);
        let worth = self.clip.push(samples, frames as usize);
        match (worth, &self.work) {
            (Some(Worth::Pause), Some(work)) => {
                // It is for less than what was said meanwhile.
                work.stop.store(true, Ordering::Relaxed);
                self.wanted = true;
            }
            (Some(_), None) => self.wanted = true,
            (Some(Worth::While), Some(_)) | (None, _) => {}
        }
        // Nothing is waited for here: sound goes on to come.
        if self.work.as_ref().is_some_and(|work| work.done.is_finished()) {
            self.idle().await?;
        }
        if self.wanted && self.work.is_none() {
            self.decode(self.clip.counts())?;
        }
        let words = self.done.as_ref().map(|(_, words)| words);
        let new = words.filter(|words| !words.is_empty() && **words != self.told).cloned();
        if let Some(words) = &new {
            self.told.clone_from(words);
        }
        Ok(new)
    }

    /// The words of all that counts.
    async fn finish(&mut self) -> Result<String, VoiceError> {
        let counts = self.clip.counts();
        if self.work.as_ref().is_some_and(|work| work.samples == counts) {
            self.idle().await?;
        } else {
            self.idle_soon().await?;
        }
        if counts > 0 && self.done.as_ref().is_none_or(|(samples, _)| *samples != counts) {
            self.decode(counts)?;
            self.idle().await?;
        }
        Ok(self.done.take().map(|(_, words)| words).unwrap_or_default())
    }

    /// Begins to decode the first `samples`, beside whatever comes.
    fn decode(&mut self, samples: usize) -> Result<(), ModelError> {
        let mut loaded = self.loaded.take().ok_or_else(|| failed("it was told no settings"))?;
        let stop = Arc::new(AtomicBool::new(false));
        let (sound, prompt) = (self.clip.first(samples).to_vec(), Arc::clone(&self.prompt));
        let stopped = Arc::clone(&stop);
        let done = tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            let words = loaded.decode(&sound, &prompt, &stopped);
            Done { loaded, words, took: began.elapsed() }
        });
        self.wanted = false;
        self.work = Some(Work { samples, stop, done });
        Ok(())
    }

    /// Until nothing is decoded any more, and what was is kept.
    async fn idle(&mut self) -> Result<(), VoiceError> {
        let Some(work) = self.work.take() else { return Ok(()) };
        let done = work.done.await.map_err(|_| failed("it broke off"))?;
        self.loaded = Some(done.loaded);
        if let Some(words) = done.words? {
            self.took = done.took;
            // Of another utterance where it was stopped, also too late.
            if !work.stop.load(Ordering::Relaxed) {
                self.done = Some((work.samples, words));
            }
        }
        Ok(())
    }

    /// The same, of work that nobody needs.
    async fn idle_soon(&mut self) -> Result<(), VoiceError> {
        if let Some(work) = &self.work {
            work.stop.store(true, Ordering::Relaxed);
        }
        self.idle().await
    }
}

#[cfg(test)]
impl Whisper {
    /// Until it has decoded what it has begun.
    pub(super) async fn settle(&mut self) {
        if let Some(work) = &mut self.work {
            while !work.done.is_finished() {
                tokio::task::yield_now().await;
            }
        }
    }
}

fn failed(why: &str) -> ModelError {
    ModelError::Failed { path: std::path::PathBuf::new(), why: why.to_owned() }
}

#[async_trait]
impl Engine for Whisper {
    fn info(&self) -> Info {
        let none = || Program { name: "whisper.cpp".to_owned(), ..Program::default() };
        Info { asr: vec![self.about.clone().unwrap_or_else(none)], ..Info::default() }
    }

    async fn take(
        &mut self,
        message: Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        match message.kind.as_str() {
            "settings" => {
                let settings = message.read().ok_or_else(|| failed("the settings are none"))?;
                self.load(settings).await?;
            }
            "transcribe" => {
                let names: Vec<String> = message
                    .data
                    .get("transcript_names")
                    .and_then(|names| serde_json::from_value(names.clone()).ok())
                    .unwrap_or_default();
                self.idle_soon().await?;
                let prompt = self.loaded.as_ref().map(|loaded| loaded.prompt(&names));
                self.prompt = prompt.unwrap_or_default().into();
            }
            "audio-start" => self.begin(),
            "audio-chunk" => {
                let bad = || VoiceError::BadSound {
                    engine: "whoever asks".to_owned(),
                    why: "it is not of 16 bits at 16 kHz",
                };
                let (_, samples) =
                    message.samples().filter(|(rate, _)| *rate == crate::RATE).ok_or_else(bad)?;
                if let Some(words) = self.hear(&samples).await? {
                    replies.send(&Message::bare("transcript-start")).await?;
                    replies
                        .send(&Message::new("transcript-chunk", json!({ "text": words })))
                        .await?;
                }
            }
            "audio-stop" => {
                let words = self.finish().await;
                self.begin();
                replies.send(&Message::new("transcript", json!({ "text": words? }))).await?;
            }
            _ => {}
        }
        Ok(())
    }
}
