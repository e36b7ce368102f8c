//! The wake word that the settings describe: Porcupine in a child, or an
//! engine elsewhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jarvis_domain::{Clock, Explain, Fault, Row};
use jarvis_voice::wyoming::{Info, Service, Waking, describe};
use jarvis_voice::{
    EngineSettings, Keyword, PORCUPINE, PorcupineSettings, SharedEngine, Supervisor,
};

use super::parts::Need;
use super::{own, remote};
use crate::reach::env;
use crate::settings::{self, Settings};

/// The end of a keyword's file that is called by its name alone.
const KEYWORD: &str = "_linux.ppn";

/// The most words of an engine that an error names.
const SHOWN: usize = 12;

/// A watch, and the words that it watches for.
pub(crate) struct WakeWord {
    pub(crate) waking: Waking,
    /// As they are said.
    pub(crate) words: Vec<String>,
}

/// What makes watches.
pub(crate) struct Wakes {
    how: How,
    /// As they are said.
    pub(crate) words: Vec<String>,
}

enum How {
    /// By children of our own, each for some of them.
    Own(Box<EngineSettings>, Arc<SharedEngine>),
    /// Each by a connection of its own, for words of these names.
    Elsewhere(Arc<dyn Service>, Vec<String>),
}

impl Wakes {
    /// The words by the names that their engine has for them, where it has others.
    pub(crate) fn names(&self) -> BTreeMap<String, String> {
        match &self.how {
            How::Own(..) => BTreeMap::new(),
            How::Elsewhere(_, names) => names.iter().cloned().zip(self.words.clone()).collect(),
        }
    }

    /// Another watch. Its engine is started with the first sound, where none has room for
    /// it. `live`: that comes as fast as it is made, and not faster.
    pub(crate) fn watch(&self, live: bool) -> Waking {
        match &self.how {
            How::Own(_, engine) => Self::by(Arc::clone(engine) as _, live),
            How::Elsewhere(engine, names) => Waking::new(Arc::clone(engine), names.clone()),
        }
    }

    fn by(engine: Arc<dyn Service>, live: bool) -> Waking {
        let waking = Waking::new(engine, Vec::new());
        if live { waking } else { waking.in_step() }
    }
}

/// Why there is no wake word.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WakeError {
    /// Nothing begins an exchange.
    #[error("nothing would wake jarvis: there is no wake word, and no keyboard to press Enter on")]
    Nothing,
    /// An engine elsewhere has other words.
    #[error("{address} knows no wake word like {wanted}; {known}")]
    Unknown {
        /// Where it is.
        address: String,
        /// What the settings want.
        wanted: String,
        /// What it has.
        known: String,
    },
}

const NOTHING: Row = Row {
    code: "wake-nothing",
    meaning: "There is no wake word, and no other way to begin.",
    hint: "Fetch the one that needs no key: jarvis models pull porcupine-1.9.5. Or name an openWakeWord (wake: address:). jarvis listen --push-to-talk on a terminal and jarvis hear FILE need none.",
    exit: 2,
    status: 503,
};
const UNKNOWN: Row = Row {
    code: "wake-unknown",
    meaning: "The engine at wake: address: does not know the wake word of the settings.",
    hint: "Set wake: keyword: to one that it has.",
    exit: 2,
    status: 500,
};

/// The rows of this module.
pub(crate) const ROWS: &[&Row] = &[&NOTHING, &UNKNOWN];

impl Explain for WakeError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Nothing => &NOTHING,
            Self::Unknown { .. } => &UNKNOWN,
        }
    }
}

/// What watches for the wake word; none where nothing is set and nothing was
/// fetched. `live`: sound comes as fast as it is made, and not faster.
pub(crate) async fn of_settings(
    settings: &Settings,
    live: bool,
    clock: &Arc<dyn Clock>,
) -> Result<Option<WakeWord>, Box<Fault>> {
    let Some(wakes) = each(settings, clock).await? else { return Ok(None) };
    let waking = match &wakes.how {
        How::Own(engine, _) => {
            let engine = Supervisor::start(EngineSettings::clone(engine), Arc::clone(clock));
            // What is wrong with a key or a file shows now, and not at the first frame.
            engine.warm().await.map_err(|error| error.fault())?;
            Wakes::by(Arc::new(engine), live)
        }
        How::Elsewhere(..) => wakes.watch(live),
    };
    Ok(Some(WakeWord { waking, words: wakes.words }))
}

/// The same for any number of watches; no engine is started yet.
pub(crate) async fn each(
    settings: &Settings,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Wakes>, Box<Fault>> {
    if let Some(address) = &settings.wake.address {
        return elsewhere(address, settings, clock).await.map(Some);
    }
    let library = match &settings.wake.library {
        Some(library) => Some(library.clone()),
        None => Need::Named(PORCUPINE.to_owned()).file(settings)?,
    };
    let Some(library) = library else { return Ok(None) };
    let keywords = keywords(settings, &library);
    let words = keywords.iter().map(|keyword| keyword.name.clone()).collect();
    let key = settings::reveal(settings.wake.access_key.as_ref(), &env);
    let told = PorcupineSettings {
        model: settings
            .wake
            .model
            .clone()
            .unwrap_or_else(|| beside(&library, "porcupine_params.pv")),
        library,
        keywords,
        access_key: key.map_err(|error| error.fault())?,
    };
    let engine = own("porcupine")?.telling(&told);
    let shared = Arc::new(SharedEngine::new(engine.clone(), Arc::clone(clock)));
    Ok(Some(Wakes { how: How::Own(Box::new(engine), shared), words }))
}

/// Each by its file, or by its name beside the library.
fn keywords(settings: &Settings, library: &Path) -> Vec<Keyword> {
    #[allow(clippy::cast_possible_truncation, reason = "a share, of which few digits count")]
    let sensitivity = settings.wake.sensitivity as f32;
    let keyword = |word: &String| {
        let (name, path) = if word.contains('/') {
            (phrase(Path::new(word)), PathBuf::from(word))
        } else {
            let file = format!("{}{KEYWORD}", word.to_lowercase());
            (word.to_lowercase(), beside(library, &file))
        };
        Keyword { name, path, sensitivity }
    };
    settings.wake.keywords.iter().map(keyword).collect()
}

fn beside(library: &Path, name: &str) -> PathBuf {
    library.with_file_name(name)
}

/// What is said, by the name of a keyword's file: `Hey-House_en_linux_v3_0_0.ppn`.
fn phrase(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let words = stem.split('_').next().unwrap_or_default();
    words.replace('-', " ").to_lowercase()
}

async fn elsewhere(
    address: &str,
    settings: &Settings,
    clock: &Arc<dyn Clock>,
) -> Result<Wakes, Box<Fault>> {
    let engine: Arc<dyn Service> = remote(address, clock)?;
    let info = describe(&*engine).await.map_err(|error| error.fault())?;
    let found = known(&info).into_iter().filter(|(_, said)| {
        let alike = |wanted: &String| said.contains(&wanted.to_lowercase());
        settings.wake.keywords.iter().any(alike)
    });
    let (names, words): (Vec<String>, Vec<String>) = found.unzip();
    if names.is_empty() {
        let names = known(&info).into_iter().map(|(name, _)| name);
        let known: Vec<String> = names.take(SHOWN).collect();
        let known = match known.as_slice() {
            [] => "it has none".to_owned(),
            some => format!("it has {}", some.join(", ")),
        };
        let (address, wanted) = (address.to_owned(), settings.wake.keywords.join(" or "));
        return Err(WakeError::Unknown { address, wanted, known }.fault());
    }
    Ok(Wakes { how: How::Elsewhere(engine, names), words })
}

/// The wake words that an engine has: their names, and what is said.
fn known(info: &Info) -> Vec<(String, String)> {
    let models = info.wake.iter().flat_map(|program| &program.models);
    let known = models.filter(|model| model.installed).map(|model| {
        let said = model.phrase.as_deref().unwrap_or(&model.name).replace('_', " ").to_lowercase();
        let said = without_version(said.trim()).trim();
        (jarvis_domain::text::line(&model.name, 60), jarvis_domain::text::line(said, 60))
    });
    known.collect()
}

/// `hey jarvis` of openWakeWord's `hey jarvis v0.1`: nobody says the version.
fn without_version(said: &str) -> &str {
    let is_version = |version: &str| {
        version.starts_with(|c: char| c.is_ascii_digit())
            && version.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    match said.rsplit_once(" v") {
        Some((words, version)) if is_version(version) => words,
        _ => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_names_beside_the_library_or_files() {
        let mut settings = Settings::default();
        settings.wake.keywords =
            ["Jarvis", "/keys/Hey-House_en_linux_v3_0_0.ppn"].map(str::to_owned).into();
        let found = keywords(&settings, Path::new("/opt/libpv_porcupine.so"));
        let found: Vec<(&str, &str)> =
            found.iter().map(|one| (one.name.as_str(), one.path.to_str().unwrap())).collect();
        assert_eq!(
            found,
            [
                ("jarvis", "/opt/jarvis_linux.ppn"),
                ("hey house", "/keys/Hey-House_en_linux_v3_0_0.ppn"),
            ]
        );
    }

    #[test]
    fn an_engine_elsewhere_tells_what_is_said() {
        let info = serde_json::json!({"wake": [{"name": "openwakeword", "installed": true, "models": [
            {"name": "hey_jarvis_v0.1", "installed": true, "phrase": "hey jarvis"},
            {"name": "ok_nabu_v0.1", "installed": true, "phrase": null},
            {"name": "hey_jarvis_v1.0", "installed": true},
            {"name": "hey_v", "installed": true},
            {"name": "gone", "installed": false},
        ]}]});
        let known = known(&serde_json::from_value(info).unwrap());
        let expected = [
            ("hey_jarvis_v0.1", "hey jarvis"),
            ("ok_nabu_v0.1", "ok nabu"),
            ("hey_jarvis_v1.0", "hey jarvis"),
            ("hey_v", "hey v"),
        ];
        assert_eq!(known, expected.map(|(name, said)| (name.to_owned(), said.to_owned())));
    }
}
