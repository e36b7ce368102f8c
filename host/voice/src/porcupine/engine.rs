//! Porcupine as an engine that speaks Wyoming.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::error::{PorcupineError, Refusal};
use super::ffi::{Handle, LENGTH, Loaded, Status, Watch};
use crate::error::VoiceError;
use crate::wyoming::{Artifact, Engine, Info, Message, Program, Replies};

/// The most keywords at a time.
const MOST: usize = 16;

/// What to watch for, and with what.
#[derive(Clone, Serialize, Deserialize)]
pub struct PorcupineSettings {
    /// The library, `libpv_porcupine.so`, by absolute path.
    pub library: PathBuf,
    /// Its model, `porcupine_params.pv`, of the same version.
    pub model: PathBuf,
    /// The keywords.
    pub keywords: Vec<Keyword>,
    /// Picovoice's access key, which versions from 2 on need.
    pub access_key: Option<String>,
}

/// A wake word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Keyword {
    /// How it is called: `jarvis`.
    pub name: String,
    /// Its `.ppn` file, for this version and machine.
    pub path: PathBuf,
    /// How easily it is found, 0 to 1. More misses less, and finds more that
    /// was not said.
    pub sensitivity: f32,
}

/// See the module. It watches once it was told its settings.
#[derive(Debug, Default)]
pub(crate) struct Porcupine {
    watching: Option<Watching>,
    /// Fewer samples than it takes at a time.
    waiting: Vec<i16>,
    /// Samples since the watch began.
    heard: u64,
}

#[derive(Debug)]
struct Watching {
    names: Vec<String>,
    /// Those that were asked for; none: all.
    wanted: Option<Vec<String>>,
    version: String,
    handle: Handle,
}

impl std::fmt::Debug for PorcupineSettings {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PorcupineSettings")
            .field("library", &self.library)
            .field("model", &self.model)
            .field("keywords", &self.keywords)
            .finish_non_exhaustive()
    }
}

impl Porcupine {
    /// Loads the library and begins to watch.
    ///
    /// # Errors
    /// One clear one for each way in which that can fail.
    pub(super) fn load(&mut self, settings: &PorcupineSettings) -> Result<(), VoiceError> {
        self.watching = None;
        self.watching = Some(Watching::begin(settings)?);
        Ok(())
    }

    /// Which wanted keywords end within `samples`, and after how many
    /// milliseconds.
    fn hear(&mut self, samples: &[i16]) -> Result<Vec<(String, u64)>, VoiceError> {
        let idle = || PorcupineError::Setting("it was told no settings".to_owned());
        let watching = self.watching.as_mut().ok_or_else(idle)?;
        let mut found = Vec::new();
        let mut all = std::mem::take(&mut self.waiting);
        all.extend_from_slice(samples);
        let (whole, rest) = all.as_chunks::<LENGTH>();
        // First, so that nothing is heard twice where the library fails.
        self.waiting = rest.to_vec();
        for some in whole {
            self.heard = self.heard.saturating_add(LENGTH as u64);
            let index = watching.handle.process(some).map_err(|status| watching.failed(status))?;
            let name = index.and_then(|index| watching.names.get(index));
            let wanted =
                |name: &&String| watching.wanted.as_ref().is_none_or(|all| all.contains(name));
            found.extend(name.filter(wanted).map(|name| (name.clone(), self.heard / 16)));
        }
        Ok(found)
    }
}

impl Watching {
    fn begin(settings: &PorcupineSettings) -> Result<Self, PorcupineError> {
        let keywords = &settings.keywords;
        if keywords.is_empty() || keywords.len() > MOST {
            return Err(PorcupineError::Setting(format!(
                "{} keywords are not 1 to {MOST}",
                keywords.len()
            )));
        }
        for keyword in keywords {
            if !(0.0..=1.0).contains(&keyword.sensitivity) {
                let why = format!("the sensitivity {} is not from 0 to 1", keyword.sensitivity);
                return Err(PorcupineError::Setting(why));
            }
        }
        let loaded = Arc::new(Loaded::open(&settings.library)?);
        let key = settings.access_key.as_deref().filter(|key| !key.is_empty());
        if loaded.needs_key() && key.is_none() {
            return Err(PorcupineError::KeyMissing { version: loaded.version.clone() });
        }
        let none = |_| PorcupineError::Setting("the access key holds a zero byte".to_owned());
        let watch = Watch {
            key: key.map(CString::new).transpose().map_err(none)?,
            model: file(&settings.model)?,
            keywords: keywords
                .iter()
                .map(|keyword| Ok((file(&keyword.path)?, keyword.sensitivity)))
                .collect::<Result<_, PorcupineError>>()?,
        };
        let version = loaded.version.clone();
        let handle = loaded.watch(&watch).map_err(|status| refused(&version, status))?;
        let names = keywords.iter().map(|keyword| keyword.name.clone()).collect();
        Ok(Self { names, wanted: None, version, handle })
    }

    fn failed(&self, status: Status) -> PorcupineError {
        refused(&self.version, status)
    }
}

/// A file that is there; the library's own words for one that is not are few.
fn file(path: &Path) -> Result<CString, PorcupineError> {
    let unusable = |why: String| PorcupineError::File { path: path.to_owned(), why };
    let found = std::fs::metadata(path).map_err(|error| unusable(error.to_string()))?;
    if !found.is_file() || found.len() == 0 {
        return Err(unusable("it is empty, or no file".to_owned()));
    }
    CString::new(path.as_os_str().as_bytes()).map_err(|error| unusable(error.to_string()))
}

fn refused(version: &str, status: Status) -> PorcupineError {
    let Status { number, name, details } = status;
    let version = version.to_owned();
    let about_key = details.iter().any(|line| line.contains("AccessKey"));
    let refusal = match number {
        3 if about_key => Refusal::NoKey,
        5 => Refusal::NoKey,
        8 => Refusal::Activation,
        9 => Refusal::Limit,
        10 => Refusal::Throttled,
        11 => Refusal::Refused,
        _ => return PorcupineError::Failed { version, status: name, details },
    };
    PorcupineError::Key { version, refusal, details }
}

#[async_trait]
impl Engine for Porcupine {
    fn info(&self) -> Info {
        let word = |name: &String| Artifact {
            name: name.clone(),
            installed: true,
            languages: vec!["en".to_owned()],
            phrase: Some(name.clone()),
            ..Artifact::default()
        };
        let program = Program {
            name: "porcupine".to_owned(),
            installed: self.watching.is_some(),
            version: self.watching.as_ref().map(|watching| watching.version.clone()),
            models: self
                .watching
                .iter()
                .flat_map(|watching| watching.names.iter().map(word))
                .collect(),
            ..Program::default()
        };
        Info { wake: vec![program], ..Info::default() }
    }

    async fn take(
        &mut self,
        message: Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        match message.kind.as_str() {
            "settings" => {
                let none = || PorcupineError::Setting("the settings are none".to_owned());
                let settings: PorcupineSettings = message.read().ok_or_else(none)?;
                self.load(&settings)?;
            }
            "detect" => {
                let wanted = message.data.get("names").cloned().unwrap_or_default();
                if let Some(watching) = &mut self.watching {
                    watching.wanted = serde_json::from_value(wanted).unwrap_or_default();
                }
            }
            "audio-start" => {
                self.waiting.clear();
                self.heard = 0;
            }
            "audio-chunk" => {
                let bad = || VoiceError::BadSound {
                    engine: "whoever asks".to_owned(),
                    why: "it is not of 16 bits",
                };
                let (_, samples) =
                    message.samples().filter(|(rate, _)| *rate == crate::RATE).ok_or_else(bad)?;
                for (name, millis) in self.hear(&samples)? {
                    let found = json!({"name": name, "timestamp": millis});
                    replies.send(&Message::new("detection", found)).await?;
                }
            }
            "audio-stop" => replies.send(&Message::bare("not-detected")).await?,
            _ => {}
        }
        Ok(())
    }
}
