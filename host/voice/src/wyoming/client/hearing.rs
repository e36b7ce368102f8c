//! Sound into words.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::super::connection::{Connection, Service};
use super::super::message::{Message, Sound};
use crate::error::VoiceError;
use crate::frame::{FRAME, Frame};

/// How long after the last frame the words may be missing.
const LIMIT: Duration = Duration::from_secs(30);
/// The most characters of a transcript; 15 s of speech have some hundred.
const LONGEST: usize = 2000;

/// What a recogniser is told beforehand.
#[derive(Serialize)]
struct Hint<'a> {
    /// Names that may be said.
    #[serde(rename = "transcript_names", skip_serializing_if = "<[_]>::is_empty")]
    names: &'a [String],
}

/// One utterance that is being recognised. Dropping it breaks that off.
#[derive(Debug)]
pub struct Hearing {
    connection: Connection,
    heard: Duration,
    /// The words so far, of an engine that tells them.
    partial: String,
    /// The whole words, of one that needs no more sound.
    whole: Option<String>,
}

impl Hearing {
    /// Begins one, with the names that may be said.
    ///
    /// # Errors
    /// The engine cannot be reached or started.
    pub async fn begin(service: &dyn Service, names: &[String]) -> Result<Self, VoiceError> {
        let mut connection = service.open().await?;
        connection.send(&Message::new("transcribe", Hint { names })).await?;
        connection.send(&Message::new("audio-start", Sound::FRAMES)).await?;
        Ok(Self { connection, heard: Duration::ZERO, partial: String::new(), whole: None })
    }

    /// Hands on a frame; the words so far where they have changed.
    ///
    /// # Errors
    /// The engine is gone, or takes nothing more.
    pub async fn frame(&mut self, frame: &Frame) -> Result<Option<&str>, VoiceError> {
        let millis = u64::try_from(self.heard.as_millis()).unwrap_or(u64::MAX);
        self.heard = self.heard.saturating_add(FRAME);
        if self.whole.is_none() {
            self.connection.send(&Message::frame(frame, millis)).await?;
        }
        let mut changed = false;
        while self.whole.is_none()
            && let Some(message) = self.connection.arrived().await?
        {
            changed |= self.take(&message)?;
        }
        Ok(changed.then_some(self.partial.as_str()))
    }

    /// The words, which may be none.
    ///
    /// # Errors
    /// The engine is gone, failed, or has not answered within 30 s.
    pub async fn finish(mut self) -> Result<String, VoiceError> {
        if self.whole.is_none() {
            let millis = u64::try_from(self.heard.as_millis()).unwrap_or(u64::MAX);
            let stop = Message::new("audio-stop", json!({"timestamp": millis}));
            self.connection.send(&stop).await?;
        }
        let mut wait = self.connection.within(LIMIT);
        loop {
            if let Some(words) = self.whole.take() {
                self.connection.done();
                return Ok(words);
            }
            let message = self.connection.receive(&mut wait).await?;
            self.take(&message)?;
        }
    }

    /// Whether the words so far have changed.
    fn take(&mut self, message: &Message) -> Result<bool, VoiceError> {
        let text = message.text("text").unwrap_or_default();
        match message.kind.as_str() {
            "transcript" => {
                let clean = jarvis_domain::text::line(text, LONGEST);
                self.partial.clone_from(&clean);
                self.whole = Some(clean);
                Ok(true)
            }
            "transcript-start" => Ok(!std::mem::take(&mut self.partial).is_empty()),
            "transcript-chunk" => {
                let room = LONGEST.saturating_sub(self.partial.chars().count());
                self.partial.push_str(&jarvis_domain::text::cut(text, room));
                Ok(!text.is_empty())
            }
            _ => self.connection.stray(message).map(|()| false),
        }
    }
}
