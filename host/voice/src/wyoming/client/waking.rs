//! Watching for a wake word.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::super::connection::{Connection, Service};
use super::super::judge::Judge;
use super::super::message::{Message, Sound};
use crate::error::VoiceError;
use crate::frame::{FRAME, Frame};

/// A wake word was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detection {
    /// Which one.
    pub name: String,
    /// How much sound was handed on since, by the word of its engine, which may be late.
    /// Zero where it does not say so.
    pub ago: Duration,
}

/// A watch that goes on until it is dropped. Some engines close the connection
/// once they have found a word; the next frame then opens another.
#[derive(Debug)]
pub struct Waking {
    service: Arc<dyn Service>,
    names: Vec<String>,
    connection: Option<Connection>,
    heard: Duration,
    in_step: bool,
    /// A word was found over this connection.
    found: bool,
    /// What the engine has said by now counts no more.
    stale: bool,
    /// Says whether it counts; none where it always does.
    judge: Option<Arc<dyn Judge>>,
}

/// The most messages that are taken with a frame: nobody has to be listened to for
/// ever.
const AT_ONCE: usize = 64;
/// How long an engine may take for a frame, in step.
const LIMIT: Duration = Duration::from_secs(5);

impl Waking {
    /// Watches for the words named; for all that the engine knows where none
    /// is.
    #[must_use]
    pub fn new(service: Arc<dyn Service>, names: Vec<String>) -> Self {
        Self {
            service,
            names,
            connection: None,
            heard: Duration::ZERO,
            in_step: false,
            found: false,
            stale: false,
            judge: None,
        }
    }

    /// The same for one of several that may hear the same word: `judge` says
    /// whether what it finds counts.
    #[must_use]
    pub fn judged(self, judge: Arc<dyn Judge>) -> Self {
        Self { judge: Some(judge), ..self }
    }

    /// The same, waiting for each frame to be looked at: for sound that comes
    /// faster than it was said. Only for engines that answer a `ping`, as ours
    /// do.
    #[must_use]
    pub fn in_step(self) -> Self {
        Self { in_step: true, ..self }
    }

    /// What is found of the frames so far counts no more: somebody else has woken
    /// it, or the same word under another name.
    pub(crate) fn forget(&mut self) {
        self.stale = true;
    }

    /// Who says whether what is found counts. To be asked once it would: whoever is
    /// asked has others wait.
    pub(crate) fn judge(&self) -> Option<Arc<dyn Judge>> {
        self.judge.clone()
    }

    /// Whether the engine is there for the next frame.
    pub(crate) fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// Hands on a frame; what has been found by now.
    ///
    /// # Errors
    /// The engine cannot be reached or started, is gone or failed. The next
    /// frame tries again.
    pub async fn frame(&mut self, frame: &Frame) -> Result<Option<Detection>, VoiceError> {
        let may_close = self.found;
        match self.hand_on(frame).await {
            Err(VoiceError::Gone { .. }) if may_close => self.hand_on(frame).await,
            handed_on => handed_on,
        }
    }

    async fn hand_on(&mut self, frame: &Frame) -> Result<Option<Detection>, VoiceError> {
        // Kept aside while it is used, so that what fails is not used again.
        let stale = std::mem::take(&mut self.stale);
        let mut connection = match self.connection.take() {
            Some(connection) if !stale => connection,
            Some(mut connection) => match self.arrived(&mut connection, &mut None).await {
                Ok(()) => connection,
                // Some close it with the word that they have found.
                Err(_) => self.begin().await?,
            },
            None => self.begin().await?,
        };
        let millis = u64::try_from(self.heard.as_millis()).unwrap_or(u64::MAX);
        self.heard = self.heard.saturating_add(FRAME);
        let mut found = None;
        let listened = match connection.send(&Message::frame(frame, millis)).await {
            Ok(()) => self.listen(&mut connection, &mut found).await,
            Err(error) => {
                // Of two errors the first one counts.
                let _ = self.arrived(&mut connection, &mut found).await;
                Err(error)
            }
        };
        match listened {
            Ok(()) => self.connection = Some(connection),
            // It has said what it had to say.
            Err(VoiceError::Gone { .. }) if found.is_some() => {}
            Err(error) => return Err(error),
        }
        self.found |= found.is_some();
        Ok(found)
    }

    /// What the engine says by now; in step, to the last frame.
    async fn listen(
        &self,
        connection: &mut Connection,
        found: &mut Option<Detection>,
    ) -> Result<(), VoiceError> {
        if self.in_step {
            connection.send(&Message::bare("ping")).await?;
            let mut wait = connection.within(LIMIT);
            loop {
                let message = connection.receive(&mut wait).await?;
                if message.kind == "pong" {
                    break;
                }
                *found = found.take().or(self.take(connection, &message)?);
            }
        }
        self.arrived(connection, found).await
    }

    /// What the engine has said already: one word may be found under several names, and
    /// the first counts.
    async fn arrived(
        &self,
        connection: &mut Connection,
        found: &mut Option<Detection>,
    ) -> Result<(), VoiceError> {
        for _ in 0..AT_ONCE {
            let Some(message) = connection.arrived().await? else { break };
            *found = found.take().or(self.take(connection, &message)?);
        }
        Ok(())
    }

    fn take(
        &self,
        connection: &mut Connection,
        message: &Message,
    ) -> Result<Option<Detection>, VoiceError> {
        match message.kind.as_str() {
            "detection" => {
                let name = message.text("name").unwrap_or_default();
                let at = message.data.get("timestamp").and_then(|millis| millis.as_u64());
                let at = at.map_or(self.heard, Duration::from_millis);
                let ago = self.heard.saturating_sub(at);
                Ok(Some(Detection { name: jarvis_domain::text::line(name, 60), ago }))
            }
            "not-detected" => Ok(None),
            _ => connection.stray(message).map(|()| None),
        }
    }

    /// Ends the watch, and leaves the engine ready for another; the next frame
    /// begins that. What was found of the last frames only now.
    ///
    /// # Errors
    /// The engine is gone, or does not end it.
    pub async fn pause(&mut self) -> Result<Option<Detection>, VoiceError> {
        let Some(mut connection) = self.connection.take() else { return Ok(None) };
        if self.found && !self.in_step {
            // One that is not ours has said all that it says.
            return Ok(None);
        }
        connection.send(&Message::bare("audio-stop")).await?;
        let mut wait = connection.within(LIMIT);
        let mut found = None;
        loop {
            let message = connection.receive(&mut wait).await?;
            found = self.take(&mut connection, &message)?.or(found);
            if message.kind == "not-detected" {
                connection.done();
                return Ok(found);
            }
            if found.is_some() && !self.in_step {
                return Ok(found);
            }
        }
    }

    async fn begin(&mut self) -> Result<Connection, VoiceError> {
        let mut connection = self.service.open().await?;
        let names = if self.names.is_empty() { json!(null) } else { json!(self.names) };
        connection.send(&Message::new("detect", json!({ "names": names }))).await?;
        connection.send(&Message::new("audio-start", Sound::FRAMES)).await?;
        (self.heard, self.found) = (Duration::ZERO, false);
        Ok(connection)
    }
}
