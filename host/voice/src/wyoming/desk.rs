//! What a peer can have from jarvis: words for sound, sound for words, to be told
//! of a wake word, and an answer to words. One desk for each connection; the
//! engines behind it are shared.

mod handling;
mod hearing;
mod speaking;
mod waking;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::Clock;

use super::client::Waking;
use super::connection::Service;
use super::error::PeerError;
use super::info::{Artifact, Attribution, Info, Program};
use super::message::Message;
use super::server::{Engine, Replies};
use crate::error::VoiceError;
use crate::speaker::Speaker;
use crate::speech::EndSettings;
use hearing::Utterance;
use speaking::Text;
use waking::Listening;

pub use handling::{Handled, Handler};

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

/// See the module.
#[derive(Debug)]
pub struct Desk {
    parts: Arc<DeskParts>,
    handler: Arc<dyn Handler>,
    /// What comes next is an utterance, or is listened to for a wake word.
    utterance: Option<Utterance>,
    listening: Option<Listening>,
    /// A text that comes piece by piece.
    text: Option<Text>,
}

/// How long the next piece of what holds up others may be missing.
const PIECE: Duration = Duration::from_secs(5);

impl Desk {
    /// For one peer, whose words `handler` answers.
    #[must_use]
    pub fn new(parts: Arc<DeskParts>, handler: Arc<dyn Handler>) -> Self {
        Self { parts, handler, utterance: None, listening: None, text: None }
    }

    fn begin_utterance(&mut self) -> Result<&mut Utterance, VoiceError> {
        let recogniser = self.parts.recogniser.clone();
        let recogniser = recogniser.ok_or(PeerError::Absent("speech to text"))?;
        self.listening = None;
        let names = self.handler.names();
        let (end, clock) = (self.parts.end, Arc::clone(&self.parts.clock));
        Ok(self.utterance.insert(Utterance::new(recogniser, names, end, clock)))
    }

    /// Takes a piece of sound. Who sends it without a word wants it transcribed.
    async fn sound(
        &mut self,
        chunk: &Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        if let Some(listening) = &mut self.listening {
            return listening.sound(chunk, replies).await;
        }
        let utterance = match &mut self.utterance {
            Some(utterance) => utterance,
            None => self.begin_utterance()?,
        };
        utterance.sound(chunk, replies).await
    }

    async fn end_of_sound(&mut self, replies: &mut Replies<'_>) -> Result<(), VoiceError> {
        if let Some(listening) = &mut self.listening {
            return listening.stop(replies).await;
        }
        match self.utterance.take() {
            Some(utterance) => utterance.finish(replies).await,
            None => Ok(()),
        }
    }

    async fn synthesize(
        &mut self,
        message: &Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        let text = message.text("text").unwrap_or_default();
        let parts = &self.parts;
        match (message.kind.as_str(), &mut self.text) {
            // Those who send it in pieces send it as a whole too, for others.
            ("synthesize", Some(_)) => Ok(()),
            ("synthesize", None) => {
                speaking::whole(text, &parts.speaker, &parts.clock, replies).await
            }
            ("synthesize-start", pieces) => {
                *pieces = Some(Text::new(parts.speaker.clone(), &parts.clock));
                Ok(())
            }
            ("synthesize-chunk", Some(pieces)) => pieces.push(text, replies).await,
            ("synthesize-stop", pieces @ Some(_)) => match pieces.take() {
                Some(pieces) => pieces.finish(replies).await,
                None => Ok(()),
            },
            _ => Err(PeerError::Unclear {
                kind: "synthesize-chunk",
                why: "no synthesize-start came before",
            }
            .into()),
        }
    }
}

#[async_trait]
impl Engine for Desk {
    fn info(&self) -> Info {
        self.parts.info()
    }

    async fn take(
        &mut self,
        message: Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        match message.kind.as_str() {
            "transcribe" => self.begin_utterance().map(|_| ()),
            "detect" => {
                let wake = self.parts.wake.as_ref().ok_or(PeerError::Absent("wake word"))?;
                self.utterance = None;
                self.listening = Some(Listening::new(wake, &message)?);
                Ok(())
            }
            "audio-chunk" => self.sound(&message, replies).await,
            "audio-stop" => self.end_of_sound(replies).await,
            "synthesize" | "synthesize-start" | "synthesize-chunk" | "synthesize-stop" => {
                self.synthesize(&message, replies).await
            }
            "transcript" => handling::handle(&message, &*self.handler, replies).await,
            _ => Ok(()),
        }
    }

    fn patience(&self) -> Option<Duration> {
        (self.utterance.is_some() || self.text.is_some()).then_some(PIECE)
    }
}

impl DeskParts {
    fn info(&self) -> Info {
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
