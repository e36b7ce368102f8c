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

    /// The samples of `chunk` at that rate, behind what was held back of sound of
    /// another rate before it.
    ///
    /// # Errors
    /// Nothing has the rate of the chunk.
    pub(crate) fn samples(&mut self, chunk: Chunk) -> Result<Vec<i16>, VoiceError> {
        let changes = self.rate.as_ref().is_some_and(|(from, _)| *from != chunk.rate);
        let mut samples = if changes { self.rest()? } else { Vec::new() };
        if chunk.rate == self.to {
            samples.extend(chunk.samples);
            return Ok(samples);
        }
        let (_, rate) = match &mut self.rate {
            Some(rate) => rate,
            none => none.insert((chunk.rate, Rate::new(chunk.rate, self.to)?)),
        };
        let floats: Vec<f32> = chunk.samples.iter().map(|s| f32::from(*s) / 32_768.0).collect();
        let mut changed = Vec::new();
        rate.push(&floats, &mut changed)?;
        samples.extend(changed.into_iter().map(crate::wav::to_i16));
        Ok(samples)
    }

    /// What is held back of the sound so far, which is whole.
    ///
    /// # Errors
    /// The filter fails, which it has no reason to.
    pub(crate) fn rest(&mut self) -> Result<Vec<i16>, VoiceError> {
        let mut changed = Vec::new();
        if let Some((_, mut rate)) = self.rate.take() {
            rate.finish(&mut changed)?;
        }
        Ok(changed.into_iter().map(crate::wav::to_i16).collect())
    }

    /// What is held back of the sound so far is of no use.
    pub(crate) fn forget(&mut self) {
        self.rate = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tenth of a second.
    fn tenth(rate: u32) -> Chunk {
        Chunk { rate, samples: vec![900; rate as usize / 10] }
    }

    #[test]
    fn nothing_is_lost_where_the_rate_changes_or_the_sound_is_whole() {
        let mut steady = Steady::new(16_000);
        let first = steady.samples(tenth(22_050)).unwrap();
        assert!(first.len() < 1600, "some is held back: {}", first.len());
        let second = steady.samples(tenth(16_000)).unwrap();
        assert_eq!(first.len() + second.len(), 3200);
        assert_eq!(steady.rest().unwrap(), [0_i16; 0]);
        let third = steady.samples(tenth(24_000)).unwrap();
        assert_eq!(third.len() + steady.rest().unwrap().len(), 1600);
        steady.samples(tenth(24_000)).unwrap();
        steady.forget();
        assert_eq!(steady.rest().unwrap(), [0_i16; 0]);
    }
}
