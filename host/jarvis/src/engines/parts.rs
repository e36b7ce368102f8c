//! The parts of the voice and how each stands: the real thing, something in its
//! place, or nothing; and the one command that brings the real thing. Names and
//! sizes of files are looked at, no file is read.

use std::path::{Path, PathBuf};

use jarvis_domain::Fault;
use jarvis_voice::{Catalogue, EspeakSettings, Held, ModelFolder};

use super::{RUNTIME, folder};
use crate::settings::Settings;

/// Porcupine as it can be fetched, by its name in the catalogue.
pub(super) const PORCUPINE: &str = "porcupine-1.9.5";

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

/// A file that an engine needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Need {
    /// The administrator's own.
    Own(PathBuf),
    /// Of the catalogue, by name.
    Named(String),
}

/// All parts, as the settings want them.
pub(crate) fn look(settings: &Settings) -> [Part; 3] {
    [
        Part { does: "hears", stands: hearing(settings) },
        Part { does: "speaks", stands: speaking(settings, &EspeakSettings::default().program) },
        Part { does: "wakes", stands: waking(settings) },
    ]
}

/// What a person who starts it should know: a line for each fall-back, with the
/// command that replaces it.
pub(crate) fn notes(settings: &Settings) -> Vec<String> {
    look(settings).into_iter().filter_map(|part| part.stands.note()).collect()
}

impl Stands {
    /// The same of one part.
    pub(crate) fn note(self) -> Option<String> {
        match self {
            Self::Ready(_) => None,
            Self::FallBack(says, to_do) | Self::Wrong(says, to_do) => {
                Some(format!("{says}. For more: {to_do}"))
            }
        }
    }
}

impl Need {
    /// Whisper's model.
    pub(super) fn model(settings: &Settings) -> Self {
        let model = &settings.stt.model;
        if model.contains('/') {
            return Self::Own(model.into());
        }
        // `int8` is what others call whole numbers of eight bits.
        Self::Named(match settings.stt.compute_type {
            "int8" => Catalogue::default().quantised(model),
            _ => model.clone(),
        })
    }

    /// A Piper voice, and what runs it.
    pub(super) fn voice(settings: &Settings) -> [Self; 2] {
        let voice = &settings.tts.voice;
        let own = settings.tts.voices.as_ref().map(|folder| folder.join(format!("{voice}.onnx")));
        let voice = match own.filter(|file| file.is_file()) {
            Some(file) => Self::Own(file),
            None if voice.contains('/') => Self::Own(voice.into()),
            None => Self::Named(voice.clone()),
        };
        [voice, Self::Named(RUNTIME.to_owned())]
    }

    /// Its file, if it is there. The first time it is read, which takes a moment.
    ///
    /// # Errors
    /// It is another than the catalogue's.
    pub(super) fn file(&self, settings: &Settings) -> Result<Option<PathBuf>, Box<Fault>> {
        use jarvis_domain::Explain;
        let name = match self {
            // What is wrong with it is told by the engine that loads it.
            Self::Own(file) => return Ok(Some(file.clone()).filter(|file| file.is_file())),
            Self::Named(name) => name,
        };
        let catalogue = Catalogue::default();
        let Ok(entry) = catalogue.find(name) else { return Ok(None) };
        let folder = ModelFolder::at(folder(settings));
        let listed = folder.look(entry);
        if listed.held != Held::There {
            return Ok(None);
        }
        folder.check(entry).map_err(|error| error.fault())?;
        Ok(listed.files.into_iter().next())
    }

    fn is_there(&self, settings: &Settings) -> bool {
        match self {
            Self::Own(file) => file.is_file(),
            Self::Named(name) => Catalogue::default().find(name).is_ok_and(|entry| {
                ModelFolder::at(folder(settings)).look(entry).held == Held::There
            }),
        }
    }

    /// What is wrong with its name, in the settings under `key`.
    fn wrong(&self, key: &str) -> Option<Stands> {
        let (says, hint) = match self {
            Self::Own(file) if !file.is_file() => (
                format!("{key}: there is no file {}", file.display()),
                format!("Correct {key}, or name a model in its place: jarvis models list --all"),
            ),
            Self::Named(name) => {
                let error = Catalogue::default().find(name).err()?;
                (format!("{key}: {error}"), "jarvis models list --all".to_owned())
            }
            Self::Own(_) => return None,
        };
        Some(Stands::Wrong(says, hint))
    }
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Own(file) => file.display().fmt(f),
            Self::Named(name) => f.write_str(name),
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
    if settings.stt.device == "cuda" && !cfg!(feature = "cuda") {
        let hint = "stt: {device: auto}, or a build with --features cuda";
        let says = "stt.device: this program was built without CUDA";
        return Stands::Wrong(says.to_owned(), hint.to_owned());
    }
    if model.is_there(settings) {
        let place = match settings.stt.device {
            "cpu" => "on the processor",
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
    let missing = needs.iter().filter(|need| !need.is_there(settings));
    let missing: Vec<String> = missing.map(Need::to_string).collect();
    if missing.is_empty() {
        return Stands::Ready(format!("the voice {} speaks", settings.tts.voice));
    }
    let says = format!("espeak-ng speaks in place of {}", settings.tts.voice);
    Stands::FallBack(says, pull(&missing))
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
mod tests {
    use super::*;
    use crate::settings::Settings;

    /// Settings of this text, with models in `folder`.
    fn settings(folder: &Path, text: &str) -> Settings {
        let mut settings = Settings::read(text, false).unwrap();
        settings.models.folder = Some(folder.to_owned());
        settings
    }

    /// Files of such names and no content, as one that was fetched has.
    fn fetch(folder: &Path, files: &[&str]) {
        for file in files {
            let file = folder.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
    }

    fn fall_back(stands: Stands) -> (String, String) {
        match stands {
            Stands::FallBack(says, command) => (says, command),
            other => panic!("{other:?}"),
        }
    }

    #[cfg(feature = "whisper")]
    #[test]
    fn what_hears_is_told_with_the_command_that_brings_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |text: &str| hearing(&settings(folder.path(), text));
        let (says, command) = fall_back(at(""));
        assert!(says.contains("base.en is not here"), "{says}");
        assert_eq!(command, "jarvis models pull base.en");
        let (_, command) = fall_back(at("stt: {model: tiny.en, compute_type: int8}"));
        assert_eq!(command, "jarvis models pull tiny.en-q8_0");
        fetch(folder.path(), &["whisper/ggml-base.en.bin"]);
        assert!(matches!(at(""), Stands::Ready(_)));
        assert!(matches!(at("stt: {address: 'tcp://lan:10300'}"), Stands::Ready(_)));
        for (text, says) in [
            ("stt: {model: /nowhere/x.bin}", "no file /nowhere/x.bin"),
            ("stt: {model: huge.en}", "no model huge.en"),
            #[cfg(not(feature = "cuda"))]
            ("stt: {device: cuda}", "without CUDA"),
        ] {
            let Stands::Wrong(told, _) = at(text) else { panic!("{:?}", at(text)) };
            assert!(told.contains(says), "{told}");
        }
    }

    #[test]
    fn what_speaks_is_told_with_the_command_that_brings_a_better_voice() {
        let folder = tempfile::tempdir().unwrap();
        let espeak = folder.path().join("espeak-ng");
        let at = |text: &str| speaking(&settings(folder.path(), text), &espeak);
        let (says, command) = fall_back(at(""));
        assert!(says.starts_with("nothing speaks"), "{says}");
        assert_eq!(command, "apt install espeak-ng");
        fetch(folder.path(), &["espeak-ng"]);
        let (says, command) = fall_back(at(""));
        assert_eq!(says, "espeak-ng speaks in place of en_US-ryan-high");
        assert_eq!(command, format!("jarvis models pull en_US-ryan-high {RUNTIME}"));
        fetch(folder.path(), &["piper/en_US-ryan-high.onnx", "piper/en_US-ryan-high.onnx.json"]);
        assert_eq!(fall_back(at("")).1, format!("jarvis models pull {RUNTIME}"));
        fetch(folder.path(), &["onnxruntime/libonnxruntime.so", "onnxruntime/LICENSE"]);
        assert!(matches!(at(""), Stands::Ready(_)));
        assert!(matches!(at("tts: {voice: xx_XX-nobody}"), Stands::Wrong(..)));
        assert!(matches!(at("tts: {voice: /nowhere/x.onnx}"), Stands::Wrong(..)));
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn what_wakes_is_told_with_the_command_that_brings_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |text: &str| waking(&settings(folder.path(), text));
        assert_eq!(fall_back(at("")).1, "jarvis models pull porcupine-1.9.5");
        for wrong in ["keyword: [jarvis, /nowhere/x.ppn]", "library: /nowhere/x.so"] {
            assert!(matches!(at(&format!("wake: {{{wrong}}}")), Stands::Wrong(..)), "{wrong}");
        }
        assert!(matches!(at("wake: {address: 'tcp://lan:10400'}"), Stands::Ready(_)));
        let files = ["libpv_porcupine.so", "porcupine_params.pv", "jarvis_linux.ppn", "LICENSE"];
        fetch(
            folder.path(),
            &files.map(|file| format!("porcupine/{file}")).each_ref().map(String::as_str),
        );
        assert_eq!(at(""), Stands::Ready("Porcupine wakes on jarvis".to_owned()));
    }

    #[test]
    fn a_file_that_is_another_is_not_handed_to_an_engine() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path(), "");
        let model = Need::model(&settings);
        assert_eq!(model.file(&settings).unwrap(), None);
        fetch(folder.path(), &["whisper/ggml-base.en.bin"]);
        let fault = model.file(&settings).unwrap_err();
        assert_eq!(fault.code, "models-damaged");
    }
}
