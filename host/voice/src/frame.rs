//! What all stages pass on: frames of 16 ms, 16 kHz, mono, signed 16 bits.
//!
//! The length is the one that the detector of speech takes; Porcupine takes
//! two at a time.

use std::time::Duration;

/// Samples a second of a frame.
pub const RATE: u32 = 16_000;
/// Samples of a frame.
pub const SAMPLES: usize = 256;
/// How long a frame lasts.
pub const FRAME: Duration = Duration::from_millis(16);

/// 16 ms of sound.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame([i16; SAMPLES]);

/// Some sound of any rate, mono; what engines that speak hand over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Samples a second.
    pub rate: u32,
    /// The samples.
    pub samples: Vec<i16>,
}

/// Cuts a stream of samples into frames.
#[derive(Debug, Default)]
pub struct Framer {
    /// Fewer than make a frame.
    rest: Vec<i16>,
}

impl Frame {
    /// Silence.
    pub const SILENCE: Self = Self([0; SAMPLES]);

    /// Its samples.
    #[must_use]
    pub fn samples(&self) -> &[i16; SAMPLES] {
        &self.0
    }

    /// The loudest sample, 0 to 32768: a level to look at.
    #[must_use]
    pub fn peak(&self) -> u16 {
        self.0.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0)
    }
}

impl From<[i16; SAMPLES]> for Frame {
    fn from(samples: [i16; SAMPLES]) -> Self {
        Self(samples)
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame(peak {})", self.peak())
    }
}

impl Chunk {
    /// How long it lasts.
    #[must_use]
    pub fn duration(&self) -> Duration {
        lasting(self.samples.len(), self.rate)
    }
}

impl Framer {
    /// The frames that are complete with `samples`.
    pub fn push(&mut self, samples: &[i16]) -> Vec<Frame> {
        self.rest.extend_from_slice(samples);
        let (whole, rest) = self.rest.as_chunks::<SAMPLES>();
        let frames = whole.iter().map(|samples| Frame(*samples)).collect();
        self.rest = rest.to_vec();
        frames
    }

    /// What is left, filled up with silence; none where nothing is.
    pub fn finish(&mut self) -> Option<Frame> {
        if self.rest.is_empty() {
            return None;
        }
        let mut frame = Frame::SILENCE;
        for (to, from) in frame.0.iter_mut().zip(self.rest.drain(..)) {
            *to = from;
        }
        Some(frame)
    }
}

/// How long `samples` last at `rate`.
pub(crate) fn lasting(samples: usize, rate: u32) -> Duration {
    let nanos = (samples as u128).saturating_mul(1_000_000_000) / u128::from(rate.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_cut_into_frames_whatever_its_pieces() {
        let samples: Vec<i16> = (0..1000).collect();
        for piece in [1, 7, 255, 256, 257, 1000] {
            let mut framer = Framer::default();
            let mut frames: Vec<Frame> =
                samples.chunks(piece).flat_map(|some| framer.push(some)).collect();
            frames.extend(framer.finish());
            let cut: Vec<i16> = frames.iter().flat_map(|frame| *frame.samples()).collect();
            assert_eq!(frames.len(), 4, "in pieces of {piece}");
            assert_eq!(cut[..1000], samples);
            assert!(cut[1000..].iter().all(|sample| *sample == 0));
            assert_eq!(framer.finish(), None);
        }
    }

    #[test]
    fn how_long_and_how_loud() {
        assert_eq!(lasting(SAMPLES, RATE), FRAME);
        assert_eq!(Chunk { rate: 22_050, samples: vec![0; 22_050] }.duration().as_secs(), 1);
        assert_eq!(Frame::from([i16::MIN; SAMPLES]).peak(), 32_768);
        assert_eq!(Frame::SILENCE.peak(), 0);
    }
}
