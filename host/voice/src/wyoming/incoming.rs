//! Sound that a peer sends, as frames: of whatever rate it is.

use crate::error::VoiceError;
use crate::frame::{Frame, Framer};
use crate::resample::Rate;

use super::message::Message;

/// One stream of `audio-chunk`s.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    framer: Framer,
    /// From which rate, where it is another than ours.
    rate: Option<(u32, Rate)>,
}

impl Incoming {
    /// The frames that are whole with `chunk`.
    ///
    /// # Errors
    /// It is not of 16 bits, or of a rate that nothing has.
    pub(super) fn push(&mut self, chunk: &Message) -> Result<Vec<Frame>, VoiceError> {
        let (from, samples) = chunk.samples().ok_or_else(|| VoiceError::BadSound {
            engine: "whoever asks".to_owned(),
            why: "it is not of 16 bits",
        })?;
        if from == crate::RATE {
            return Ok(self.framer.push(&samples));
        }
        if self.rate.as_ref().is_none_or(|(known, _)| *known != from) {
            self.rate = Some((from, Rate::new(from, crate::RATE)?));
        }
        let mut changed = Vec::new();
        if let Some((_, rate)) = &mut self.rate {
            let floats: Vec<f32> = samples.iter().map(|s| f32::from(*s) / 32_768.0).collect();
            rate.push(&floats, &mut changed)?;
        }
        let samples: Vec<i16> = changed.into_iter().map(crate::wav::to_i16).collect();
        Ok(self.framer.push(&samples))
    }

    /// What is left of it, filled up with silence.
    pub(super) fn finish(&mut self) -> Option<Frame> {
        self.framer.finish()
    }
}
