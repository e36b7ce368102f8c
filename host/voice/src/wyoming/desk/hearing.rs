//! Sound into words, for a peer. Nothing reaches the recogniser before somebody
//! speaks: silence and noise never become words.

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::Clock;
use serde_json::json;

use crate::error::VoiceError;
use crate::frame::Frame;
use crate::speech::{Ear, EndSettings, Heard, frames};
use crate::wyoming::PeerError;
use crate::wyoming::client::Hearing;
use crate::wyoming::connection::Service;
use crate::wyoming::incoming::Incoming;
use crate::wyoming::message::Message;
use crate::wyoming::server::Replies;

/// How long an utterance may be, and how long it may take to come: a recogniser
/// is held for it.
const LONGEST: Duration = Duration::from_secs(60);

/// One that is being said.
#[derive(Debug)]
pub(super) struct Utterance {
    recogniser: Arc<dyn Service>,
    names: Vec<String>,
    clock: Arc<dyn Clock>,
    begun: Duration,
    incoming: Incoming,
    ear: Ear,
    speaks: bool,
    heard: usize,
    /// None before somebody speaks, and while it is used.
    hearing: Option<Hearing>,
    /// The words that were told so far.
    told: Option<String>,
}

impl Utterance {
    pub(super) fn new(
        recogniser: Arc<dyn Service>,
        names: Vec<String>,
        end: EndSettings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let mut ear = Ear::new(end);
        ear.listen();
        let (begun, incoming) = (clock.running(), Incoming::default());
        Self {
            recogniser,
            names,
            clock,
            begun,
            incoming,
            ear,
            speaks: false,
            heard: 0,
            hearing: None,
            told: None,
        }
    }

    pub(super) async fn sound(
        &mut self,
        chunk: &Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        // Also where a piece is too small to be a frame.
        if self.clock.running().saturating_sub(self.begun) > LONGEST {
            return Err(self.too_long());
        }
        for frame in self.incoming.push(chunk)? {
            self.heard += 1;
            if self.heard > frames(LONGEST) {
                return Err(self.too_long());
            }
            self.frame(frame, replies).await?;
        }
        Ok(())
    }

    /// What was heard so far is of no use to anybody.
    fn too_long(&mut self) -> VoiceError {
        self.leave();
        PeerError::TooLong("the utterance").into()
    }

    /// The peer says when it ends, and not the ear.
    async fn frame(&mut self, frame: Frame, replies: &mut Replies<'_>) -> Result<(), VoiceError> {
        if self.speaks {
            return self.hand_on(&[frame], replies).await;
        }
        match self.ear.push(frame) {
            Heard::Began(frames) => {
                self.speaks = true;
                self.hearing = Some(Hearing::begin(&*self.recogniser, &self.names).await?);
                self.hand_on(&frames, replies).await
            }
            Heard::Nothing => {
                self.ear.listen();
                Ok(())
            }
            Heard::Quiet | Heard::Going | Heard::Ended(_) => Ok(()),
        }
    }

    async fn hand_on(
        &mut self,
        frames: &[Frame],
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        // Kept aside while it is used, so that what is cut off is not used again.
        let Some(mut hearing) = self.hearing.take() else { return Ok(()) };
        let mut partial = None;
        for frame in frames {
            partial = hearing.frame(frame).await?.map(str::to_owned).or(partial);
        }
        self.hearing = Some(hearing);
        match partial {
            Some(words) => self.tell(&words, replies).await,
            None => Ok(()),
        }
    }

    /// Tells the words so far. A peer puts the pieces together, and begins anew
    /// with a `transcript-start`.
    async fn tell(&mut self, words: &str, replies: &mut Replies<'_>) -> Result<(), VoiceError> {
        let more = self.told.as_deref().and_then(|told| words.strip_prefix(told));
        let more = match more {
            Some("") => return Ok(()),
            Some(more) => more,
            None => {
                replies.send(&Message::bare("transcript-start")).await?;
                words
            }
        };
        if !more.is_empty() {
            replies.send(&Message::new("transcript-chunk", json!({"text": more}))).await?;
        }
        self.told = Some(words.to_owned());
        Ok(())
    }

    pub(super) async fn finish(mut self, replies: &mut Replies<'_>) -> Result<(), VoiceError> {
        if let Some(frame) = self.incoming.finish() {
            self.frame(frame, replies).await?;
        }
        let words = match self.hearing.take() {
            // To its end, also where the peer goes: a child that is broken off is
            // killed, and others wait for the next one.
            Some(hearing) => match tokio::spawn(hearing.finish()).await {
                Ok(words) => words?,
                Err(_) => String::new(),
            },
            None => String::new(),
        };
        self.tell(&words, replies).await?;
        replies.send(&Message::new("transcript", json!({"text": words}))).await?;
        replies.send(&Message::bare("transcript-stop")).await
    }

    fn leave(&mut self) {
        if let (Some(hearing), Ok(runtime)) =
            (self.hearing.take(), tokio::runtime::Handle::try_current())
        {
            runtime.spawn(hearing.finish());
        }
    }
}

impl Drop for Utterance {
    fn drop(&mut self) {
        self.leave();
    }
}
