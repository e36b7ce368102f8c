//! The parts of the voice and how each stands: the real thing, something in its
//! place, or nothing; and the one command that brings the real thing. A look at them
//! is at the names of files, and reads none; a try of them ([`tried`]) asks engines
//! elsewhere, reads files and loads the voice.

mod need;
mod trying;

use std::path::Path;

use jarvis_domain::{Fault, Language};
use jarvis_voice::{Device, EspeakSettings, PORCUPINE};

use crate::settings::Settings;
pub(crate) use need::Need;
pub(crate) use trying::{notes, tried};

/// How one part stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// `hears`, `speaks` or `wakes`.
    pub(crate) does: &'static str,
    /// How.
    pub(crate) stands: Stands,
}

/// One sentence, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stands {
    /// As the settings want it.
    Ready(String),
    /// Something else does it, or nothing; with the command that changes that.
    FallBack(String, String),
    /// The settings name what cannot be; with a hint.
    Wrong(String, String),
}

/// All parts, as the settings want them.
pub(crate) fn look(settings: &Settings) -> [Part; 3] {
    [
        Part { does: "hears", stands: hearing(settings) },
        Part { does: "speaks", stands: speaking(settings, &EspeakSettings::default().program) },
        Part { does: "wakes", stands: waking(settings) },
    ]
}

/// How it stands where what should speak, by this name, does not.
pub(super) fn silent(name: &str, fault: &Fault) -> Stands {
    let plain = &EspeakSettings::default().program;
    let instead = if plain.is_file() { "espeak-ng" } else { "nothing" };
    let says = format!("{instead} speaks in place of {name}: {fault}");
    Stands::FallBack(says, fault.hint.clone())
}

impl Stands {
    /// How it stands, whatever that is: of what hears it is said where it computes.
    pub(crate) fn told(self) -> Option<String> {
        match self {
            Self::Ready(says) => Some(format!("{says}.")),
            other => other.note(),
        }
    }

    /// What is wrong with it or stands in its place, and what to do; none where it is ready.
    pub(crate) fn note(self) -> Option<String> {
        match self {
            Self::Ready(_) => None,
            Self::FallBack(says, to_do) | Self::Wrong(says, to_do) => {
                Some(format!("{says}. For more: {to_do}"))
            }
        }
    }
}

fn pull(names: &[String]) -> String {
    format!("jarvis models pull {}", names.join(" "))
}

fn hearing(settings: &Settings) -> Stands {
    if let Some(address) = &settings.stt.address {
        return Stands::Ready(format!("the recogniser at {address} hears"));
    }
    if !cfg!(feature = "whisper") {
        let hint = "a build with --features whisper, or a recogniser elsewhere: stt: address";
        return Stands::Wrong("this program was built without whisper".to_owned(), hint.to_owned());
    }
    let model = Need::model(settings);
    if let Some(wrong) = model.wrong("stt.model") {
        return wrong;
    }
    if settings.stt.device == Device::Cuda && !cfg!(feature = "cuda") {
        let hint = "stt: {device: auto}, or a build with --features cuda";
        let says = "stt.device: this program was built without CUDA";
        return Stands::Wrong(says.to_owned(), hint.to_owned());
    }
    let name = model.to_string();
    // Of a file of one's own the engine itself looks at what it is for.
    let english = name.contains(".en") && !name.contains('/');
    if settings.language != Language::English && english {
        let (language, other) = (settings.language, name.replacen(".en", "", 1));
        let says = format!("stt.model: {name} hears English alone, and language is {language}");
        let model = settings.stt.model.replacen(".en", "", 1);
        let hint = format!("stt: {{model: {model}}}, then {}", pull(std::slice::from_ref(&other)));
        return Stands::Wrong(says, hint);
    }
    if model.is_there(settings) {
        let place = match settings.stt.device {
            Device::Cpu => "on the processor",
            _ if cfg!(feature = "cuda") => "on a GPU where there is one",
            _ => "on the processor: this program was built without CUDA",
        };
        return Stands::Ready(format!("whisper hears, with {model}, {place}"));
    }
    let says = format!("nothing turns sound into words: the model {model} is not here");
    Stands::FallBack(says, pull(&[model.to_string()]))
}

fn speaking(settings: &Settings, espeak: &Path) -> Stands {
    if let Some(address) = &settings.tts.address {
        return Stands::Ready(format!("the voice at {address} speaks"));
    }
    if !espeak.is_file() {
        // Piper's phonemes are its, too.
        let says = format!("nothing speaks: {} is not there", espeak.display());
        return Stands::FallBack(says, "apt install espeak-ng".to_owned());
    }
    let needs = Need::voice(settings);
    if let Some(wrong) = needs.iter().find_map(|need| need.wrong("tts.voice")) {
        return wrong;
    }
    if let [Need::Named(voice), _] = &needs
        && let Some(other) = other_language(voice, settings.language)
    {
        let language = settings.language;
        let says = format!("tts.voice: {voice} speaks {other}, and language is {language}");
        let hint = "tts: voice: one that jarvis models list --all shows with that language";
        return Stands::Wrong(says, hint.to_owned());
    }
    let missing = needs.iter().filter(|need| !need.is_there(settings));
    let missing: Vec<String> = missing.map(Need::to_string).collect();
    if missing.is_empty() {
        return Stands::Ready(format!("the voice {} speaks", settings.tts.voice));
    }
    let says = format!("espeak-ng speaks in place of {}", settings.tts.voice);
    Stands::FallBack(says, pull(&missing))
}

/// The language that a voice of the catalogue has by its name, `en_US-ryan-high`, where
/// that is another than `language`; a file of one's own may be called anything.
fn other_language(voice: &str, language: Language) -> Option<&str> {
    let (tag, _) = voice.split_once('_')?;
    (Language::known(tag) != Some(language)).then_some(tag)
}

fn waking(settings: &Settings) -> Stands {
    let wake = &settings.wake;
    if let Some(address) = &wake.address {
        return Stands::Ready(format!("the engine at {address} wakes"));
    }
    let named =
        wake.keywords.iter().filter(|word| word.contains('/')).map(|word| ("keyword", word.into()));
    let library = wake.library.clone().map(|file| ("library", file));
    let model = wake.model.clone().map(|file| ("model", file));
    for (key, file) in named.chain(library).chain(model) {
        if let Some(wrong) = Need::Own(file).wrong(&format!("wake.{key}")) {
            return wrong;
        }
    }
    let words = wake.keywords.join(", ");
    if wake.library.is_some() {
        return Stands::Ready(format!("Porcupine wakes on {words}"));
    }
    let library = Need::Named(PORCUPINE.to_owned());
    if library.is_there(settings) {
        return Stands::Ready(format!("Porcupine wakes on {words}"));
    }
    // There is none for this architecture.
    if library.wrong("wake").is_some() {
        let says = "there is no wake word: Porcupine cannot be fetched for this machine";
        return Stands::Wrong(says.to_owned(), "a key or a file starts an exchange".to_owned());
    }
    let says = "there is no wake word: a key or a file starts an exchange";
    Stands::FallBack(says.to_owned(), pull(&[PORCUPINE.to_owned()]))
}

#[cfg(test)]
mod tests;
