//! What the desks of all peers share, and what it is to those who ask.

use std::collections::BTreeMap;
use std::sync::Arc;

use jarvis_domain::Clock;

use crate::speaker::Speaker;
use crate::speech::EndSettings;
use crate::wyoming::client::Waking;
use crate::wyoming::connection::Service;
use crate::wyoming::info::{Artifact, Attribution, Info, Program};

/// What all desks share.
#[derive(Debug, Clone)]
pub struct DeskParts {
    /// Sound into words; none where nothing hears.
    pub recogniser: Option<Arc<dyn Service>>,
    /// Words into sound.
    pub speaker: Speaker,
    /// The wake words; none where there are none.
    pub wake: Option<WakeWords>,
    /// When somebody begins to speak.
    pub end: EndSettings,
    /// What the model that hears is called, and the voice that speaks.
    pub names: [String; 2],
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Wake words, and what watches for them.
#[derive(Clone)]
pub struct WakeWords {
    /// As they are said.
    pub words: Vec<String>,
    /// What they are by the names that their engine has for them, where it has others.
    pub names: BTreeMap<String, String>,
    /// Makes a watch of one's own.
    pub watch: Arc<dyn Fn() -> Waking + Send + Sync>,
}

impl std::fmt::Debug for WakeWords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WakeWords").field("words", &self.words).finish_non_exhaustive()
    }
}

impl DeskParts {
    /// As `describe` is answered.
    pub(super) fn info(&self) -> Info {
        let own = Attribution { name: "jarvis".to_owned(), url: String::new() };
        let model = |name: &str, phrase: Option<String>| Artifact {
            name: name.to_owned(),
            attribution: own.clone(),
            installed: true,
            languages: vec!["en".to_owned()],
            phrase,
            ..Artifact::default()
        };
        let program = |what: &str| Program {
            name: "jarvis".to_owned(),
            attribution: own.clone(),
            installed: true,
            description: Some(what.to_owned()),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            ..Program::default()
        };
        let [hears, speaks] = &self.names;
        let asr = self.recogniser.is_some().then(|| Program {
            models: vec![model(hears, None)],
            supports_transcript_streaming: Some(true),
            ..program("speech to text")
        });
        let wake = self.wake.as_ref().map(|wake| Program {
            models: wake.words.iter().map(|word| model(word, Some(word.clone()))).collect(),
            ..program("wake words")
        });
        Info {
            asr: asr.into_iter().collect(),
            tts: vec![Program {
                voices: vec![model(speaks, None)],
                supports_synthesize_streaming: Some(true),
                ..program("text to speech")
            }],
            wake: wake.into_iter().collect(),
            handle: vec![Program {
                models: vec![model("jarvis", None)],
                supports_handled_streaming: Some(true),
                supports_home_control: Some(true),
                ..program("answers about the Proxmox cluster, and acts on it")
            }],
            ..Info::default()
        }
    }
}
