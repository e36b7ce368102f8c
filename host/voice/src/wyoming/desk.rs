//! What a peer can have from jarvis: words for sound, sound for words, to be told
//! of a wake word, and an answer to words. One desk for each connection, and one
//! thing at a time there; the engines behind it are shared.

mod handling;
mod hearing;
mod parts;
mod speaking;
mod waking;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;

use super::error::PeerError;
use super::info::Info;
use super::message::Message;
use super::server::{Engine, Held, Replies};
use crate::error::VoiceError;
use hearing::Utterance;
use speaking::Text;
use waking::Listening;

pub use handling::{Handled, Handler};
pub use parts::{DeskParts, WakeWords};

/// See the module.
#[derive(Debug)]
pub struct Desk {
    parts: Arc<DeskParts>,
    handler: Arc<dyn Handler>,
    doing: Doing,
    /// When the last piece of it had been taken, by `Clock::running`.
    used: Duration,
}

/// What comes in pieces.
#[derive(Debug)]
enum Doing {
    Nothing,
    /// An utterance.
    Hears(Box<Utterance>),
    /// Sound that may hold a wake word.
    Watches(Box<Listening>),
    /// Sound that came to nothing: this is told once it ends.
    Drops(Message),
    /// A text.
    Speaks(Text),
}

/// What begins something that costs, by a word.
const BEGINS: &[&str] = &["transcribe", "detect", "synthesize", "synthesize-start", "transcript"];
/// How long the next piece of an utterance may be missing, and the next of a text, which
/// may come from a language model, or the next sound that may hold a wake word.
const PIECE: Duration = Duration::from_secs(5);
const SOUND: Duration = Duration::from_secs(120);

impl Desk {
    /// For one peer, whose words `handler` answers.
    #[must_use]
    pub fn new(parts: Arc<DeskParts>, handler: Arc<dyn Handler>) -> Self {
        let used = parts.clock.running();
        Self { parts, handler, doing: Doing::Nothing, used }
    }

    async fn does(
        &mut self,
        message: &Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        if self.costs(message) {
            // Whoever begins something else holds on to nothing.
            self.doing = Doing::Nothing;
        }
        match message.kind.as_str() {
            "transcribe" => {
                self.doing = Doing::Hears(self.utterance()?);
                Ok(())
            }
            "detect" => {
                let wake = self.parts.wake.as_ref().ok_or(PeerError::Absent("wake word"))?;
                self.doing = Doing::Watches(Box::new(Listening::new(wake, message)?));
                Ok(())
            }
            "audio-chunk" => self.sound(message, replies).await,
            "audio-stop" => self.end_of_sound(replies).await,
            "synthesize" | "synthesize-start" | "synthesize-chunk" | "synthesize-stop" => {
                self.synthesize(message, replies).await
            }
            "transcript" => handling::handle(message, &*self.handler, replies).await,
            _ => Ok(()),
        }
    }

    fn utterance(&self) -> Result<Box<Utterance>, PeerError> {
        let recogniser = self.parts.recogniser.clone();
        let recogniser = recogniser.ok_or(PeerError::Absent("speech to text"))?;
        let names = self.handler.names();
        let (end, clock) = (self.parts.end, Arc::clone(&self.parts.clock));
        Ok(Box::new(Utterance::new(recogniser, names, end, clock)))
    }

    /// Takes a piece of sound. Who sends it without a word wants it transcribed.
    async fn sound(
        &mut self,
        chunk: &Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        if matches!(self.doing, Doing::Nothing | Doing::Speaks(_)) {
            self.doing = Doing::Hears(self.utterance()?);
        }
        match &mut self.doing {
            Doing::Hears(utterance) => utterance.sound(chunk, replies).await,
            Doing::Watches(listening) => listening.sound(chunk, replies).await,
            Doing::Nothing | Doing::Drops(_) | Doing::Speaks(_) => Ok(()),
        }
    }

    async fn end_of_sound(&mut self, replies: &mut Replies<'_>) -> Result<(), VoiceError> {
        match std::mem::replace(&mut self.doing, Doing::Nothing) {
            Doing::Hears(utterance) => utterance.finish(replies).await,
            Doing::Watches(mut listening) => {
                let stopped = listening.stop(replies).await;
                self.doing = Doing::Watches(listening);
                stopped
            }
            Doing::Drops(end) => replies.send(&end).await,
            other => {
                self.doing = other;
                Ok(())
            }
        }
    }

    async fn synthesize(
        &mut self,
        message: &Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        let text = message.text("text").unwrap_or_default();
        let parts = &self.parts;
        match (message.kind.as_str(), &mut self.doing) {
            // Those who send it in pieces send it as a whole too, for others.
            ("synthesize", Doing::Speaks(_)) => Ok(()),
            ("synthesize", _) => speaking::whole(text, &parts.speaker, &parts.clock, replies).await,
            ("synthesize-start", doing) => {
                *doing = Doing::Speaks(Text::new(parts.speaker.clone(), &parts.clock));
                Ok(())
            }
            ("synthesize-chunk", Doing::Speaks(pieces)) => pieces.push(text, replies).await,
            ("synthesize-stop", doing @ Doing::Speaks(_)) => {
                match std::mem::replace(doing, Doing::Nothing) {
                    Doing::Speaks(pieces) => pieces.finish(replies).await,
                    _ => Ok(()),
                }
            }
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
        let is_piece = match message.kind.as_str() {
            "audio-chunk" => !message.payload.is_empty(),
            kind => BEGINS.contains(&kind) || kind == "synthesize-chunk",
        };
        let taken = self.does(&message, replies).await;
        if is_piece {
            self.used = self.parts.clock.running();
        }
        // What watches for a wake word tries again.
        if taken.is_err() && !matches!(self.doing, Doing::Watches(_)) {
            self.refuse(&message);
        }
        taken
    }

    fn costs(&self, message: &Message) -> bool {
        match message.kind.as_str() {
            "audio-chunk" => matches!(self.doing, Doing::Nothing | Doing::Speaks(_)),
            "synthesize" => !matches!(self.doing, Doing::Speaks(_)),
            kind => BEGINS.contains(&kind),
        }
    }

    fn refuse(&mut self, message: &Message) {
        self.doing = match message.kind.as_str() {
            "detect" => Doing::Drops(Message::bare("not-detected")),
            "transcribe" | "audio-chunk" => {
                Doing::Drops(Message::new("transcript", json!({"text": ""})))
            }
            _ => return,
        };
    }

    fn held(&self) -> Option<Held> {
        let limit = match &self.doing {
            Doing::Hears(_) => PIECE,
            // Between two pieces of a text no engine is held.
            Doing::Watches(_) | Doing::Speaks(_) => SOUND,
            Doing::Nothing | Doing::Drops(_) => return None,
        };
        Some(Held { since: self.used, limit })
    }
}
