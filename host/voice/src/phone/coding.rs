//! How the sound of the other end is written.

use crate::opus::{BadPacket, Opus};

/// A stream of samples at 16 kHz, mono.
#[derive(Debug)]
pub enum Coding {
    /// Signed 16 bits each, the lower byte first; cut anywhere, so that half of a
    /// sample may wait for the other.
    Pcm(Option<u8>),
    /// A packet at a time.
    Opus(Box<Opus>),
}

impl Coding {
    /// What `bytes` hold.
    ///
    /// # Errors
    /// They are no packet.
    pub fn samples(&mut self, bytes: &[u8]) -> Result<Vec<i16>, BadPacket> {
        match self {
            Self::Pcm(half) => Ok(whole(half, bytes)),
            Self::Opus(opus) => opus.samples(bytes),
        }
    }
}

/// The samples that are complete with `bytes`.
fn whole(half: &mut Option<u8>, bytes: &[u8]) -> Vec<i16> {
    let mut bytes = half.take().into_iter().chain(bytes.iter().copied());
    let mut samples = Vec::with_capacity(bytes.size_hint().0 / 2);
    while let Some(low) = bytes.next() {
        match bytes.next() {
            Some(high) => samples.push(i16::from_le_bytes([low, high])),
            None => *half = Some(low),
        }
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_the_same_however_their_bytes_are_cut() {
        let samples: Vec<i16> = (0..500).map(|n| n * 60 - 15_000).collect();
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        for piece in [1, 2, 3, 7, 640, 1000] {
            let mut coding = Coding::Pcm(None);
            let pieces = bytes.chunks(piece).map(|some| coding.samples(some).unwrap());
            assert_eq!(pieces.flatten().collect::<Vec<_>>(), samples, "in pieces of {piece}");
        }
        let mut coding = Coding::Pcm(Some(1));
        assert!(coding.samples(&[]).unwrap().is_empty());
        assert_eq!(coding.samples(&[0]).unwrap(), [1], "the half was not forgotten");
    }
}
