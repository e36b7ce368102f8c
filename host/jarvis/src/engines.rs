//! The engines that the settings describe: what hears and what speaks, the
//! real thing where its files are there, else what is always there.

pub(crate) mod parts;
mod user;
pub(crate) mod wake;

use std::path::PathBuf;
use std::sync::Arc;

use jarvis_domain::{Clock, Explain, Fault, Row};
use jarvis_voice::wyoming::{Address, Remote, Service, describe};
use jarvis_voice::{EngineSettings, EspeakSettings, PiperSettings, Speaker, Supervisor};

use self::parts::{Need, Part, Stands};
use crate::settings::Settings;
use crate::wiring::own_binary;

/// What speaks, and how that stands.
pub(crate) struct Speaking {
    pub(crate) speaker: Speaker,
    pub(crate) stands: Stands,
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnginesError {
    /// Nothing hears.
    #[cfg(feature = "whisper")]
    #[error("there is nothing that turns sound into words: the model {0} is not here")]
    NoRecogniser(Need),
    /// Nothing hears, and the settings ask for what cannot be fetched.
    #[cfg(feature = "whisper")]
    #[error("there is nothing that turns sound into words: stt.model: {0}")]
    UnknownModel(jarvis_voice::ModelsError),
    /// Nothing hears, whatever is fetched.
    #[cfg(not(feature = "whisper"))]
    #[error("there is nothing that turns sound into words: this program was built without whisper")]
    NoWhisper,
    /// A file has gone since it was looked for.
    #[error("{0} is not here any more")]
    Vanished(Need),
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
const UNKNOWN_MODEL: Row = Row {
    code: "voice-model-unknown",
    meaning: "The settings name a model of whisper that is not in the catalogue.",
    hint: "Correct stt.model: jarvis models list --all shows the names; an absolute path names a file of your own.",
    exit: 2,
    status: 503,
};
const NO_WHISPER: Row = Row {
    code: "voice-no-whisper",
    meaning: "This program was built without whisper, and no other recogniser is named.",
    hint: "Name a recogniser that speaks Wyoming, by --stt or stt: address (examples/wyoming-pocketsphinx is one), or build with --features whisper. Typed words need none.",
    exit: 2,
    status: 503,
};
const VANISHED: Row = Row {
    code: "voice-file-vanished",
    meaning: "A file that an engine needs was removed while the engine was started.",
    hint: "Fetch it again: jarvis models pull.",
    exit: 1,
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
pub(crate) const ROWS: &[&Row] =
    &[&NO_RECOGNISER, &UNKNOWN_MODEL, &NO_WHISPER, &VANISHED, &ADDRESS];

impl Explain for EnginesError {
    fn row(&self) -> &'static Row {
        match self {
            #[cfg(feature = "whisper")]
            Self::NoRecogniser(_) => &NO_RECOGNISER,
            #[cfg(feature = "whisper")]
            Self::UnknownModel(_) => &UNKNOWN_MODEL,
            #[cfg(not(feature = "whisper"))]
            Self::NoWhisper => &NO_WHISPER,
            Self::Vanished(_) => &VANISHED,
            Self::Address(_) => &ADDRESS,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            #[cfg(feature = "whisper")]
            Self::NoRecogniser(Need::Named(name)) => {
                Some(NO_RECOGNISER.hint.replace("base.en", name))
            }
            _ => None,
        }
    }
}

/// Where the files of engines are: if the settings do not say, beside the state
/// folder, and not in it, where nobody else may enter. Engines read them as a
/// user of their own.
pub(crate) fn folder(settings: &Settings) -> PathBuf {
    settings.models.folder.clone().unwrap_or_else(|| {
        let mut beside = settings.state.folder.components().as_path().to_owned().into_os_string();
        beside.push("-models");
        beside.into()
    })
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
    whisper(settings, clock)
}

#[cfg(feature = "whisper")]
fn whisper(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Arc<dyn Service>, Box<Fault>> {
    use jarvis_voice::WhisperSettings;
    let model = Need::model(settings);
    model.known().map_err(|error| EnginesError::UnknownModel(error).fault())?;
    let file = model.file(settings)?;
    let model = file.ok_or_else(|| EnginesError::NoRecogniser(model).fault())?;
    let threads = settings.stt.threads.and_then(|threads| u16::try_from(threads).ok());
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let settings = WhisperSettings {
        model,
        threads: threads.unwrap_or_else(|| WhisperSettings::threads(processors)),
        device: settings.stt.device,
        language: settings.language,
    };
    Ok(child(own("whisper")?.telling(&settings), clock))
}

#[cfg(not(feature = "whisper"))]
fn whisper(_: &Settings, _: &Arc<dyn Clock>) -> Result<Arc<dyn Service>, Box<Fault>> {
    Err(EnginesError::NoWhisper.fault())
}

/// What speaks as the settings want it, or what is always there in its place. It is
/// asked or loaded first: that it does not speak is told now, and not at the first
/// sentence.
///
/// # Errors
/// The settings name an address that is none.
pub(crate) async fn speaker(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
) -> Result<Speaking, Box<Fault>> {
    let language = settings.language;
    let plain = EspeakSettings::of(language).paced(settings.tts.speed);
    let plain = child(own("espeak")?.telling(&plain), clock);
    let [_, Part { stands, .. }, _] = parts::look(settings);
    if !matches!(stands, Stands::Ready(_)) {
        return Ok(Speaking { speaker: Speaker::new(plain).in_language(language), stands });
    }
    let (good, name): (Result<Arc<dyn Service>, _>, _) = match &settings.tts.address {
        Some(address) => (answering(remote(address, clock)?).await, address),
        None => (piper(settings, clock).await, &settings.tts.voice),
    };
    Ok(match good {
        Ok(good) => {
            Speaking { speaker: Speaker::new(good).or(plain).in_language(language), stands }
        }
        Err(fault) => {
            let speaker = Speaker::new(plain).in_language(language);
            Speaking { speaker, stands: parts::silent(name, &fault) }
        }
    })
}

/// An engine elsewhere, once it has said what it is.
async fn answering(there: Arc<dyn Service>) -> Result<Arc<dyn Service>, Box<Fault>> {
    describe(&*there).await.map_err(|error| error.fault())?;
    Ok(there)
}

/// The voice of the settings, loaded.
async fn piper(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<dyn Service>, Box<Fault>> {
    let [voice, runtime] = Need::voice(settings);
    let there = |file: Option<PathBuf>, need: Need| {
        file.ok_or_else(|| EnginesError::Vanished(need).fault())
    };
    let speaking = PiperSettings {
        voice: there(voice.file(settings)?, voice)?,
        runtime: there(runtime.file(settings)?, runtime)?,
        espeak: EspeakSettings::default().program,
        speaker: settings.tts.speaker,
        pace: settings.tts.speed as f32,
    };
    let engine = Supervisor::start(own("piper")?.telling(&speaking), Arc::clone(clock));
    engine.warm().await.map_err(|error| error.fault())?;
    Ok(Arc::new(engine))
}

fn remote(address: &str, clock: &Arc<dyn Clock>) -> Result<Arc<dyn Service>, Box<Fault>> {
    let address: Address = address.parse().map_err(|error| EnginesError::from(error).fault())?;
    Ok(Arc::new(Remote::new(address, Arc::clone(clock))))
}

/// An engine of ours, as a user of its own.
fn own(name: &str) -> Result<EngineSettings, Box<Fault>> {
    let user = user::of_engines();
    // Another user may have no way to where this program is.
    let program = if user.is_some() { PathBuf::from("/proc/self/exe") } else { own_binary()? };
    Ok(EngineSettings { user, ..EngineSettings::standard(name, program) })
}

fn child(settings: EngineSettings, clock: &Arc<dyn Clock>) -> Arc<dyn Service> {
    Arc::new(Supervisor::start(settings, Arc::clone(clock)))
}
