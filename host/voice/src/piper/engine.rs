//! A Piper voice as an engine that speaks Wyoming.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jarvis_domain::Clock;
use ort::environment::Environment;
use ort::session::{Session, SessionInputValue};
use ort::value::Tensor;
use serde::{Deserialize, Serialize};

use super::error::PiperError;
use super::phonemes::{clauses, cleaned};
use super::voice::Voice;
use crate::error::VoiceError;
use crate::espeak::{Espeak, EspeakSettings};
use crate::wyoming::{Artifact, Engine, Info, Message, Program, Replies, Sound};

/// The most samples of one text: three minutes.
const MOST: usize = 180 * 48_000;
/// Threads that it computes with; the rest is for the guests of a node.
const THREADS: usize = 2;
/// Samples of one message.
const PIECE: usize = 2048;

/// What it speaks with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PiperSettings {
    /// The voice, an ONNX file by absolute path; beside it, with `.json` added
    /// to its name, is what it needs.
    pub voice: PathBuf,
    /// ONNX Runtime, `libonnxruntime.so` 1.17 or later, by absolute path.
    pub runtime: PathBuf,
    /// The program `espeak-ng`.
    pub espeak: PathBuf,
    /// The speaker, by number from 0, of a voice that has several.
    pub speaker: i64,
    /// How fast, 0.5 to 2; 1 is the voice's own.
    pub pace: f32,
}

/// See the module. It speaks once it was told its settings.
#[derive(Debug)]
pub(crate) struct Piper {
    clock: Arc<dyn Clock>,
    loaded: Option<Loaded>,
}

#[derive(Debug)]
struct Loaded {
    settings: PiperSettings,
    voice: Voice,
    speaker: Option<i64>,
    espeak: Espeak,
    session: Session,
}

impl Piper {
    /// Loads nothing yet.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, loaded: None }
    }
}

impl Loaded {
    fn load(settings: PiperSettings, clock: &Arc<dyn Clock>) -> Result<Self, VoiceError> {
        if !(0.5..=2.0).contains(&settings.pace) {
            let why = format!("the pace {} is not from 0.5 to 2", settings.pace);
            return Err(PiperError::Setting(why).into());
        }
        let runtime = runtime(&settings.runtime)?;
        let mut beside = settings.voice.clone().into_os_string();
        beside.push(".json");
        let voice = Voice::read(Path::new(&beside))?;
        let speaker = voice.speaker(settings.speaker)?;
        let espeak = EspeakSettings {
            program: settings.espeak.clone(),
            voice: voice.espeak.voice.clone(),
            ..EspeakSettings::default()
        };
        let espeak = Espeak::new(espeak, clock.clone())?;
        let session = session(&settings, &runtime)?;
        let inputs: Vec<&str> = session.inputs().iter().map(|input| input.name()).collect();
        let wanted = ["input", "input_lengths", "scales"];
        let missing =
            wanted.into_iter().chain(speaker.map(|_| "sid")).find(|name| !inputs.contains(name));
        if let Some(missing) = missing {
            let why = format!("it takes no {missing:?}");
            return Err(PiperError::Other { path: settings.voice, why }.into());
        }
        Ok(Self { settings, voice, speaker, espeak, session })
    }

    /// `text` as samples.
    async fn speak(&mut self, text: &str) -> Result<Vec<i16>, VoiceError> {
        let mut phonemes = String::new();
        for clause in clauses(text) {
            let written = self.espeak.phonemes(&clause.text).await?;
            phonemes.push_str(&cleaned(&written, clause.mark));
        }
        if phonemes.is_empty() {
            return Ok(Vec::new());
        }
        if !self.voice.can_say(&phonemes) {
            let why = "the voice has none of the phonemes of this text".to_owned();
            return Err(PiperError::Failed(why).into());
        }
        let numbers = self.voice.numbers(&phonemes);
        Ok(self.run(numbers).map_err(|error| PiperError::Failed(error.to_string()))?)
    }

    fn run(&mut self, numbers: Vec<i64>) -> ort::Result<Vec<i16>> {
        let count = numbers.len();
        let scales = &self.voice.inference;
        let length = scales.length_scale / self.settings.pace;
        let scales = vec![scales.noise_scale, length, scales.noise_w];
        let mut inputs: Vec<(&str, SessionInputValue<'_>)> = vec![
            ("input", Tensor::from_array(([1, count], numbers))?.into()),
            ("input_lengths", Tensor::from_array(([1], vec![count as i64]))?.into()),
            ("scales", Tensor::from_array(([3], scales))?.into()),
        ];
        if let Some(speaker) = self.speaker {
            inputs.push(("sid", Tensor::from_array(([1], vec![speaker]))?.into()));
        }
        let outputs = self.session.run(inputs)?;
        let Some((_, sound)) = outputs.iter().next() else { return Ok(Vec::new()) };
        let (_, samples) = sound.try_extract_tensor::<f32>()?;
        let samples = samples.get(..MOST).unwrap_or(samples);
        // As loud as 16 bits are, whatever the voice.
        let loudest = samples.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        let scale = if loudest < 1e-8 || !loudest.is_finite() { 0.0 } else { 32_767.0 / loudest };
        Ok(samples.iter().map(|sample| (sample * scale) as i16).collect())
    }
}

fn session(settings: &PiperSettings, runtime: &Environment) -> Result<Session, PiperError> {
    let voice = &settings.voice;
    if let Err(error) = std::fs::metadata(voice) {
        return Err(PiperError::Read { path: voice.clone(), error });
    }
    let other = |why: String| PiperError::Other { path: voice.clone(), why };
    let builder = Session::builder(runtime).map_err(|error| other(error.to_string()))?;
    let builder = builder.with_intra_threads(THREADS).map_err(|error| other(error.to_string()));
    builder?.commit_from_file(voice).map_err(|error| other(error.to_string()))
}

/// The runtime at `path`. A process has one, for as long as it lives.
fn runtime(path: &Path) -> Result<Environment, PiperError> {
    static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);
    let unloadable = |why: String| PiperError::Runtime { path: path.to_owned(), why };
    crate::elf::check(path).map_err(unloadable)?;
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    match &*loaded {
        Some((known, runtime)) if known == path => return Ok(runtime.clone()),
        Some(_) => return Err(unloadable("another one is in use".to_owned())),
        None => {}
    }
    let builder = ort::init_from(path).map_err(|error| unloadable(error.to_string()))?;
    let runtime = builder.with_telemetry(false).build();
    let runtime = runtime.map_err(|error| unloadable(error.to_string()))?;
    *loaded = Some((path.to_owned(), runtime.clone()));
    Ok(runtime)
}

#[async_trait]
impl Engine for Piper {
    fn info(&self) -> Info {
        let voice = |loaded: &Loaded| Artifact {
            name: loaded.settings.voice.file_stem().unwrap_or_default().to_string_lossy().into(),
            installed: true,
            languages: vec![loaded.voice.espeak.voice.clone()],
            ..Artifact::default()
        };
        let program = Program {
            name: "piper".to_owned(),
            installed: self.loaded.is_some(),
            voices: self.loaded.iter().map(voice).collect(),
            ..Program::default()
        };
        Info { tts: vec![program], ..Info::default() }
    }

    async fn take(
        &mut self,
        message: Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        match message.kind.as_str() {
            "settings" => {
                let none = || PiperError::Setting("the settings are none".to_owned());
                let settings = message.read().ok_or_else(none)?;
                self.loaded = None;
                self.loaded = Some(Loaded::load(settings, &self.clock)?);
            }
            "synthesize" => {
                let none = || PiperError::Setting("it was told no settings".to_owned());
                let loaded = self.loaded.as_mut().ok_or_else(none)?;
                let samples = loaded.speak(message.text("text").unwrap_or_default()).await?;
                let sound = Sound { rate: loaded.voice.audio.sample_rate, width: 2, channels: 1 };
                replies.send(&Message::new("audio-start", sound)).await?;
                for piece in samples.chunks(PIECE) {
                    replies.send(&Message::sound(sound, piece)).await?;
                }
                replies.send(&Message::bare("audio-stop")).await?;
            }
            _ => {}
        }
        Ok(())
    }
}
