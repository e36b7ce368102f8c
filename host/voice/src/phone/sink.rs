//! The loudspeaker at the other end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;

use super::{Outgoing, Shared, Waiting};
use crate::error::VoiceError;
use crate::frame::{Chunk, lasting};
use crate::port::Sink;
use crate::wyoming::Steady;

/// How far ahead of what is played sound is sent: enough for a network's hiccup,
/// and no more than may be heard after "stop".
const AHEAD: Duration = Duration::from_millis(500);
/// How long after the end that is reckoned the other end may say that all was
/// played. One that never says it is waited for as long after each answer.
const SAYS: Duration = Duration::from_secs(2);
/// Samples of a piece.
const SAMPLES: usize = 1024;

/// See the module.
#[derive(Debug)]
pub struct PhoneSink {
    shared: Arc<Shared>,
    steady: Steady,
    /// When what was sent has been played, by `Clock::running`.
    until: Duration,
    /// Something was sent of which the end was not told.
    open: bool,
}

impl PhoneSink {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let steady = Steady::new(shared.rate);
        Self { shared, steady, until: Duration::ZERO, open: false }
    }

    async fn all(&mut self, samples: &[i16]) {
        for samples in samples.chunks(SAMPLES) {
            self.send(samples).await;
        }
    }

    async fn send(&mut self, samples: &[i16]) {
        let over = self.held().saturating_sub(AHEAD);
        if !over.is_zero() {
            self.shared.clock.sleep(over).await;
        }
        // Before it is counted as sent: it may be waited for, and dropped.
        let Ok(room) = Arc::clone(&self.shared.room).acquire_owned().await else { return };
        // A chime has no end of its own.
        if !std::mem::replace(&mut self.open, true) || self.held().is_zero() {
            self.shared.tell(Outgoing::Begins);
        }
        let lasts = lasting(samples.len(), self.shared.rate);
        self.until = self.until.max(self.shared.now()) + lasts;
        let generation = self.shared.generation.load(Ordering::SeqCst);
        let piece = Waiting::Sound(generation, samples.to_vec(), room);
        if self.shared.out.try_send(piece).is_err() {
            self.shared.lagging.notify_one();
        }
    }
}

#[async_trait]
impl Sink for PhoneSink {
    async fn play(&mut self, chunk: Chunk) -> Result<(), VoiceError> {
        let samples = self.steady.samples(chunk)?;
        self.all(&samples).await;
        Ok(())
    }

    async fn whole(&mut self) -> Result<(), VoiceError> {
        let rest = self.steady.rest()?;
        self.all(&rest).await;
        Ok(())
    }

    async fn played(&mut self) -> Result<(), VoiceError> {
        self.whole().await?;
        if !std::mem::take(&mut self.open) {
            return Ok(());
        }
        let mut played = self.shared.played.subscribe();
        self.shared.tell(Outgoing::Ends);
        tokio::select! {
            biased;
            // The sender lives as long as this does.
            _ = played.changed() => {}
            () = self.shared.clock.sleep(self.held() + SAYS) => {}
        }
        Ok(())
    }

    fn cut(&mut self) {
        self.steady.forget();
        self.shared.generation.fetch_add(1, Ordering::SeqCst);
        self.until = self.shared.now();
        self.open = false;
    }

    fn held(&self) -> Duration {
        self.until.saturating_sub(self.shared.now())
    }
}
