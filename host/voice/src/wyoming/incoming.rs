//! Sound that a peer sends, as frames: of whatever rate it is.

use crate::error::VoiceError;
use crate::frame::{Chunk, Frame, Framer};

use super::message::Message;
use super::steady::Steady;

/// One stream of `audio-chunk`s.
#[derive(Debug)]
pub(super) struct Incoming {
    framer: Framer,
    steady: Steady,
}

impl Default for Incoming {
    fn default() -> Self {
        Self { framer: Framer::default(), steady: Steady::new(crate::RATE) }
    }
}

impl Incoming {
    /// The frames that are whole with `message`.
    ///
    /// # Errors
    /// It is not of 16 bits, or of a rate that nothing has.
    pub(super) fn push(&mut self, message: &Message) -> Result<Vec<Frame>, VoiceError> {
        Ok(self.framer.push(&self.steady.samples(chunk(message)?)?))
    }

    /// What is left of it, filled up with silence.
    pub(super) fn finish(&mut self) -> Option<Frame> {
        self.framer.finish()
    }
}

/// The sound of `audio-chunk`.
///
/// # Errors
/// It is not of 16 bits.
pub(super) fn chunk(message: &Message) -> Result<Chunk, VoiceError> {
    let (rate, samples) = message.samples().ok_or_else(|| VoiceError::BadSound {
        engine: "whoever asks".to_owned(),
        why: "it is not of 16 bits",
    })?;
    Ok(Chunk { rate, samples })
}
