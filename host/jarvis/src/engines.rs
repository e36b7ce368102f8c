//! The engines that the settings describe: what hears and what speaks, the
//! real thing where its files are there, else what is always there.

use std::path::PathBuf;
use std::sync::Arc;

use jarvis_domain::{Clock, Explain, Fault, Row};
use jarvis_voice::wyoming::{Address, Remote, Service};
use jarvis_voice::{
    Catalogue, EngineSettings, EspeakSettings, Held, ModelFolder, PiperSettings, Speaker,
    Supervisor, Told,
};

use crate::settings::Settings;
use crate::wiring::own_binary;

/// The runtime that Piper's voices need, by its name in the catalogue.
const RUNTIME: &str = "onnxruntime-1.32.0";

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnginesError {
    /// Nothing hears.
    #[error("there is nothing that turns sound into words: the model {0} is not here")]
    NoRecogniser(String),
    /// An address that is none.
    #[error("{0}")]
    Address(#[from] jarvis_voice::wyoming::BadAddress),
}

const NO_RECOGNISER: Row = Row {
    code: "voice-no-recogniser",
    meaning: "Neither a model of whisper nor another recogniser is there.",
    hint: "Fetch one: jarvis models pull base.en. Or name one that speaks Wyoming, by --stt or stt: address: examples/wyoming-pocketsphinx is one that needs no model. Typed words need none.",
    exit: 2,
    status: 503,
};
const ADDRESS: Row = Row {
    code: "voice-address",
    meaning: "Text that should be the address of an engine is none.",
    hint: "Write tcp://host:port or unix:///path.",
    exit: 2,
    status: 400,
};

/// The rows of this module.
pub(crate) const ROWS: &[&Row] = &[&NO_RECOGNISER, &ADDRESS];

impl Explain for EnginesError {
    fn row(&self) -> &'static Row {
        match self {
            Self::NoRecogniser(_) => &NO_RECOGNISER,
            Self::Address(_) => &ADDRESS,
        }
    }
}

/// Where the files of engines are.
pub(crate) fn folder(settings: &Settings) -> PathBuf {
    settings.models.folder.clone().unwrap_or_else(|| settings.state.folder.join("models"))
}

/// What turns sound into words. `named` is an address that counts before the
/// settings.
pub(crate) fn recogniser(
    settings: &Settings,
    named: Option<&str>,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn Service>, Box<Fault>> {
    if let Some(address) = named.or(settings.stt.address.as_deref()) {
        return remote(address, clock);
    }
    let model = &settings.stt.model;
    let file = if model.contains('/') {
        Some(PathBuf::from(model)).filter(|file| file.is_file())
    } else {
        file_of(model, settings)
    };
    let file = file.ok_or_else(|| EnginesError::NoRecogniser(model.clone()).fault())?;
    whisper(file, clock)
}

#[cfg(feature = "whisper")]
fn whisper(model: PathBuf, clock: &Arc<dyn Clock>) -> Result<Arc<dyn Service>, Box<Fault>> {
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let settings = jarvis_voice::WhisperSettings {
        model,
        language: "en".to_owned(),
        threads: u16::try_from(threads).unwrap_or(8).min(8),
        gpu: cfg!(feature = "cuda"),
    };
    child("whisper", Some(settings.message()), clock)
}

#[cfg(not(feature = "whisper"))]
fn whisper(model: PathBuf, _: &Arc<dyn Clock>) -> Result<Arc<dyn Service>, Box<Fault>> {
    Err(EnginesError::NoRecogniser(model.display().to_string()).fault())
}

/// What speaks, and what is to be said of it where it is not what the settings
/// name.
pub(crate) fn speaker(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
) -> Result<(Speaker, Option<String>), Box<Fault>> {
    let plain = child("espeak", None, clock)?;
    if let Some(address) = &settings.tts.address {
        let there = remote(address, clock)?;
        return Ok((Speaker::new(there, None).or(plain), None));
    }
    let voice = &settings.tts.voice;
    let own = settings.tts.voices.as_ref().map(|folder| folder.join(format!("{voice}.onnx")));
    let file = match own.filter(|file| file.is_file()) {
        Some(file) => Some(file),
        None if voice.contains('/') => Some(PathBuf::from(voice)),
        None => file_of(voice, settings),
    };
    let runtime = file_of(RUNTIME, settings);
    let (Some(voice_file), Some(runtime)) = (file, runtime) else {
        let note = format!(
            "espeak-ng speaks; for the voice of the settings: jarvis models pull {voice} {RUNTIME}"
        );
        return Ok((Speaker::new(plain, None), Some(note)));
    };
    let speaking = PiperSettings {
        voice: voice_file,
        runtime,
        espeak: EspeakSettings::default().program,
        speaker: Some(settings.tts.speaker.to_string()).filter(|_| settings.tts.speaker > 0),
        pace: 1.0,
        threads: 2,
    };
    let good = child("piper", Some(speaking.message()), clock)?;
    Ok((Speaker::new(good, None).or(plain), None))
}

/// The file of a name that an engine is told of, if all of the name is there.
pub(crate) fn file_of(name: &str, settings: &Settings) -> Option<PathBuf> {
    let catalogue = Catalogue::default();
    let listed = ModelFolder::at(folder(settings)).look(catalogue.find(name).ok()?);
    (listed.held == Held::There).then(|| listed.files.into_iter().next()).flatten()
}

pub(crate) fn remote(
    address: &str,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn Service>, Box<Fault>> {
    let address: Address = address.parse().map_err(|error| EnginesError::from(error).fault())?;
    Ok(Arc::new(Remote::new(address, Arc::clone(clock))))
}

fn child(
    name: &str,
    told: Option<jarvis_voice::wyoming::Message>,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn Service>, Box<Fault>> {
    Ok(Arc::new(supervised(name, told, clock)?))
}

/// A child that is looked at from near.
pub(crate) fn supervised(
    name: &str,
    told: Option<jarvis_voice::wyoming::Message>,
    clock: &Arc<dyn Clock>,
) -> Result<Supervisor, Box<Fault>> {
    let settings =
        EngineSettings { told: told.map(Told), ..EngineSettings::standard(name, own_binary()?) };
    Ok(Supervisor::start(settings, Arc::clone(clock)))
}
