//! A satellite's loudspeaker.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::line::Line;
use crate::error::VoiceError;
use crate::frame::Chunk;
use crate::port::Sink;
use crate::wyoming::message::Sound;
use crate::wyoming::steady::Steady;

/// How far ahead of what is played sound is sent: enough for a network's hiccup,
/// and no more than may be heard after "stop".
const AHEAD: Duration = Duration::from_millis(500);
/// How long after the end that is reckoned the satellite may say that all was
/// played, and how long it takes to play it where it never says so.
const SAYS: Duration = Duration::from_secs(3);
const NEVER_SAYS: Duration = Duration::from_millis(300);
/// Samples of a message, and samples a second, as Home Assistant sends them: many
/// satellites play nothing else.
const SAMPLES: usize = 1024;
const SOUND: Sound = Sound { rate: 22_050, width: 2, channels: 1 };

/// See the module.
#[derive(Debug)]
pub struct FarSink {
    line: Arc<Line>,
    steady: Steady,
}

impl FarSink {
    pub(super) fn new(line: Arc<Line>) -> Self {
        Self { line, steady: Steady::new(SOUND.rate) }
    }

    async fn send(&mut self, samples: &[i16]) -> Result<(), VoiceError> {
        for samples in samples.chunks(SAMPLES) {
            let over = self.line.held().saturating_sub(AHEAD);
            if !over.is_zero() {
                self.line.sleep(over).await;
            }
            self.line.play(SOUND, samples).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Sink for FarSink {
    async fn play(&mut self, chunk: Chunk) -> Result<(), VoiceError> {
        let samples = self.steady.samples(chunk)?;
        self.send(&samples).await
    }

    async fn whole(&mut self) -> Result<(), VoiceError> {
        let rest = self.steady.rest()?;
        self.send(&rest).await
    }

    async fn played(&mut self) -> Result<(), VoiceError> {
        self.whole().await?;
        let mut played = self.line.played();
        let says = *played.borrow_and_update() > 0;
        self.line.stop(false);
        let left = self.line.held() + if says { SAYS } else { NEVER_SAYS };
        tokio::select! {
            biased;
            // The sender lives as long as the line.
            _ = played.changed() => {}
            () = self.line.sleep(left) => {}
        }
        Ok(())
    }

    fn cut(&mut self) {
        self.steady.forget();
        self.line.stop(true);
    }

    fn held(&self) -> Duration {
        self.line.held()
    }
}
