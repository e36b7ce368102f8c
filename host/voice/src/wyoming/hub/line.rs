//! What goes to a satellite, and what is known of what it plays.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jarvis_domain::Clock;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, watch};

use crate::error::VoiceError;
use crate::wyoming::message::{Message, Sound};

/// Messages that wait to be taken.
const WAITING: usize = 256;
/// How long the satellite may take to take one.
const TAKEN: Duration = Duration::from_secs(5);

/// Shared by all that speak to one satellite.
#[derive(Debug)]
pub(super) struct Line {
    name: String,
    out: mpsc::Sender<Message>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// How often it said that all was played.
    played: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    /// The sound that has begun and not ended.
    open: Option<Sound>,
    /// When what it was given has been played, by [`Clock::running`].
    until: Duration,
    /// It streams until it is sent a transcript.
    expects: bool,
}

/// Writes what waits.
#[derive(Debug)]
pub(super) struct Writing<W> {
    name: String,
    writer: W,
    waiting: mpsc::Receiver<Message>,
    clock: Arc<dyn Clock>,
}

impl Line {
    pub(super) fn new<W>(name: &str, writer: W, clock: Arc<dyn Clock>) -> (Arc<Self>, Writing<W>) {
        let (out, waiting) = mpsc::channel(WAITING);
        let name = name.to_owned();
        let writing = Writing { name: name.clone(), writer, waiting, clock: Arc::clone(&clock) };
        let (state, played) = Default::default();
        (Arc::new(Self { name, out, clock, state, played }), writing)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Now, by [`Clock::running`].
    pub(super) fn now(&self) -> Duration {
        self.clock.running()
    }

    pub(super) async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }

    /// Sends `message` without waiting. One that takes nothing is soon cut off.
    pub(super) fn tell(&self, message: Message) {
        if self.out.try_send(message).is_err() {
            tracing::debug!(satellite = self.name, "a satellite takes no messages");
        }
    }

    /// Sends some sound, and begins it first where none has begun.
    ///
    /// # Errors
    /// The satellite has gone.
    pub(super) async fn play(&self, sound: Sound, samples: &[i16]) -> Result<(), VoiceError> {
        let before = self.state().open.replace(sound);
        if before.is_some_and(|before| before != sound) {
            self.send(Message::bare("audio-stop")).await?;
        }
        if before != Some(sound) {
            self.send(Message::new("audio-start", sound)).await?;
        }
        self.send(Message::sound(sound, samples)).await?;
        let length = crate::frame::lasting(samples.len(), sound.rate);
        let now = self.now();
        let mut state = self.state();
        state.until = state.until.max(now).saturating_add(length);
        Ok(())
    }

    /// How long it still plays.
    pub(super) fn held(&self) -> Duration {
        self.state().until.saturating_sub(self.now())
    }

    /// Ends the sound that has begun; `cut`: what was sent of it is of no use.
    pub(super) fn stop(&self, cut: bool) {
        let now = self.now();
        let mut state = self.state();
        if cut {
            state.until = now;
        }
        let open = state.open.take().is_some();
        drop(state);
        if open {
            self.tell(Message::bare("audio-stop"));
        }
    }

    pub(super) fn was_played(&self) {
        self.played.send_modify(|times| *times += 1);
    }

    pub(super) fn played(&self) -> watch::Receiver<u64> {
        self.played.subscribe()
    }

    /// It streams until it is sent a transcript, or does so no more; whether it
    /// did until now.
    pub(super) fn expects(&self, expects: bool) -> bool {
        std::mem::replace(&mut self.state().expects, expects)
    }

    async fn send(&self, message: Message) -> Result<(), VoiceError> {
        let gone = |_| VoiceError::Gone { engine: self.name.clone(), last: None, error: None };
        self.out.send(message).await.map_err(gone)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: AsyncWrite + Unpin> Writing<W> {
    /// Until the line is dropped.
    ///
    /// # Errors
    /// The satellite has gone, or takes nothing.
    pub(super) async fn run(mut self) -> Result<(), VoiceError> {
        while let Some(message) = self.waiting.recv().await {
            self.send(&message).await?;
        }
        Ok(())
    }

    pub(super) async fn send(&mut self, message: &Message) -> Result<(), VoiceError> {
        let wire = message.encode();
        let gone =
            |error| VoiceError::Gone { engine: self.name.clone(), last: None, error: Some(error) };
        tokio::select! {
            biased;
            sent = self.writer.write_all(&wire) => sent.map_err(gone),
            () = self.clock.sleep(TAKEN) => {
                Err(VoiceError::Silent { engine: self.name.clone(), waited: TAKEN })
            }
        }
    }
}
