//! `wake:`, which the replaced assistant had too, and `voice:`, which is ours:
//! how somebody is listened to.

use std::path::PathBuf;

use jarvis_api::http::schema;
use jarvis_document::{Cursor, Keys, Value};
use jarvis_domain::Role;
use jarvis_voice::{Chimes, EndSettings, Patience};
use serde::Serialize;
use utoipa::ToSchema;

use super::described;
use super::read::{absolute, name_or_file, role};
use super::rooms::{Spot, Spots};
use super::secret::Secret;
use super::voice::{address, number_in};

/// The most wake words at a time: what Porcupine watches for.
const KEYWORDS: usize = 16;

/// `voice:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsVoice)]
pub(crate) struct Voice {
    /// What whoever speaks may do at most.
    #[schema(value_type = schema::Role)]
    pub(crate) role: Role,
    /// How long a silence ends what is said.
    #[schema(value_type = described::Silence)]
    pub(crate) patience: Patience,
    /// Which sounds are played.
    pub(crate) sounds: Sounds,
    /// A sound answers where a sentence would say nothing new.
    pub(crate) brief: bool,
    /// Digits that confirm in place of a name.
    #[schema(required)]
    pub(crate) pin: Option<Secret>,
    /// Whoever is signed in may speak over a WebSocket.
    pub(crate) websocket: bool,
    /// Places where somebody speaks so, beside those of satellites.
    #[schema(value_type = BTreeMap<String, Spot>)]
    pub(crate) places: Spots,
}

/// `voice: sounds:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsSounds)]
pub(crate) struct Sounds {
    /// Somebody is listened to.
    pub(crate) wake: bool,
    /// They have been heard.
    pub(crate) end: bool,
    /// It is done.
    pub(crate) done: bool,
    /// It is not.
    pub(crate) error: bool,
}

/// `wake:`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = SettingsWake)]
pub(crate) struct Wake {
    /// Porcupine's access key.
    #[schema(required)]
    pub(crate) access_key: Option<Secret>,
    /// Keywords, each by its name or as a `.ppn` file; at least one.
    #[serde(rename = "keyword")]
    pub(crate) keywords: Vec<String>,
    /// 0 to 1.
    pub(crate) sensitivity: f64,
    /// Porcupine's library, in place of the one that was fetched.
    #[schema(value_type = Option<String>, required)]
    pub(crate) library: Option<PathBuf>,
    /// Its model; `porcupine_params.pv` beside the library if left out.
    #[schema(value_type = Option<String>, required)]
    pub(crate) model: Option<PathBuf>,
    /// An engine elsewhere that speaks Wyoming, in place of Porcupine.
    #[schema(required)]
    pub(crate) address: Option<String>,
}

impl Default for Voice {
    fn default() -> Self {
        Self {
            role: Role::Viewer,
            patience: Patience::Normal,
            sounds: Sounds { wake: true, end: true, done: true, error: true },
            brief: true,
            pin: None,
            websocket: true,
            places: Spots::new(),
        }
    }
}

impl Default for Wake {
    fn default() -> Self {
        Self {
            access_key: None,
            keywords: vec!["jarvis".to_owned()],
            sensitivity: 0.5,
            library: None,
            model: None,
            address: None,
        }
    }
}

impl Voice {
    pub(crate) fn read(keys: Keys<'_>, private: bool) -> Self {
        let default = Self::default();
        let patience = |c: Cursor<'_>| {
            c.one_of(&[
                ("short", Patience::Aggressive),
                ("normal", Patience::Normal),
                ("long", Patience::Relaxed),
            ])
        };
        let sounds = keys.optional("sounds").and_then(|c| Sounds::read(&c, default.sounds));
        let places = keys.optional("places").and_then(|c| c.mapping());
        let voice = Self {
            role: keys.optional("role").and_then(|c| role(&c)).unwrap_or(default.role),
            patience: keys.optional("patience").and_then(patience).unwrap_or(default.patience),
            sounds: sounds.unwrap_or(default.sounds),
            brief: flag(&keys, "brief", default.brief),
            pin: keys.optional("pin").and_then(|c| Secret::read(&c, private)),
            websocket: flag(&keys, "websocket", default.websocket),
            places: places.map(|keys| Spot::all(&keys)).unwrap_or_default(),
        };
        keys.finish();
        voice
    }

    /// When what is said begins and ends.
    pub(crate) fn end(&self) -> EndSettings {
        self.patience.settings()
    }

    /// What is played beside what is spoken.
    pub(crate) fn chimes(&self) -> Chimes {
        let Sounds { wake, end, done, error } = self.sounds;
        Chimes { wake, end, done, error, brief: self.brief }
    }
}

impl Sounds {
    /// Each by itself, or `true` or `false` for all.
    fn read(cursor: &Cursor<'_>, default: Self) -> Option<Self> {
        if matches!(cursor.node().value, Value::Scalar(_)) {
            let all = cursor.boolean()?;
            return Some(Self { wake: all, end: all, done: all, error: all });
        }
        let keys = cursor.mapping()?;
        let sounds = Self {
            wake: flag(&keys, "wake", default.wake),
            end: flag(&keys, "end", default.end),
            done: flag(&keys, "done", default.done),
            error: flag(&keys, "error", default.error),
        };
        keys.finish();
        Some(sounds)
    }
}

impl Wake {
    pub(crate) fn read(keys: Keys<'_>, private: bool) -> Self {
        let default = Self::default();
        let sensitivity = keys.optional("sensitivity").and_then(|c| number_in(&c, 0.0, 1.0));
        let wake = Self {
            access_key: keys.optional("access_key").and_then(|c| Secret::read(&c, private)),
            keywords: keys.optional("keyword").and_then(|c| words(&c)).unwrap_or(default.keywords),
            sensitivity: sensitivity.unwrap_or(default.sensitivity),
            library: keys.optional("library").and_then(|c| absolute(&c)),
            model: keys.optional("model").and_then(|c| absolute(&c)),
            address: keys.optional("address").and_then(|c| address(&c)),
        };
        keys.finish();
        wake
    }
}

/// One keyword or a list of some.
fn words(cursor: &Cursor<'_>) -> Option<Vec<String>> {
    let listed = cursor.one_or_more()?;
    let words: Vec<String> = listed.iter().map(name_or_file).collect::<Option<_>>()?;
    let is_word = |word: &str| !word.trim().is_empty() && !word.contains(char::is_control);
    if words.is_empty() || words.len() > KEYWORDS || !words.iter().all(|word| is_word(word)) {
        cursor.problem(format!("one to {KEYWORDS} keywords belong here, by name or as .ppn files"));
        return None;
    }
    Some(words)
}

fn flag(keys: &Keys<'_>, key: &'static str, default: bool) -> bool {
    keys.optional(key).and_then(|c| c.boolean()).unwrap_or(default)
}
