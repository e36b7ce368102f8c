//! Sound of any rate at one: a peer is told its rate once.

use crate::error::VoiceError;
use crate::frame::Chunk;
use crate::resample::Rate;

/// A stream of one rate.
#[derive(Debug)]
pub(crate) struct Steady {
    to: u32,
    /// From which rate, where it is another.
    rate: Option<(u32, Rate)>,
}

impl Steady {
    pub(crate) fn new(to: u32) -> Self {
        Self { to, rate: None }
    }

    /// The samples of `chunk` at that rate.
    ///
    /// # Errors
    /// Nothing has the rate of the chunk.
    pub(crate) fn samples(&mut self, chunk: Chunk) -> Result<Vec<i16>, VoiceError> {
        if chunk.rate == self.to {
            self.rate = None;
            return Ok(chunk.samples);
        }
        if self.rate.as_ref().is_none_or(|(from, _)| *from != chunk.rate) {
            self.rate = Some((chunk.rate, Rate::new(chunk.rate, self.to)?));
        }
        let mut changed = Vec::new();
        if let Some((_, rate)) = &mut self.rate {
            let floats: Vec<f32> = chunk.samples.iter().map(|s| f32::from(*s) / 32_768.0).collect();
            rate.push(&floats, &mut changed)?;
        }
        Ok(changed.into_iter().map(crate::wav::to_i16).collect())
    }
}
