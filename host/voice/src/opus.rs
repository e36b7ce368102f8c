//! Opus packets (RFC 6716) into samples: what small devices send to spare
//! their network. Decoded in the host, by Rust code that was held against
//! libopus: see `opus/tests.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jarvis_domain::{Explain, Row};
use ruopus::OpusDecoder;

use crate::frame::RATE;

/// The longest packet, bytes: what 120 ms take at the highest rate, by RFC 6716, 3.2.1
/// a little less.
pub const LONGEST_PACKET: usize = 7662;

/// A stream of packets.
pub struct Opus(OpusDecoder);

/// A packet that is none.
#[derive(Debug, thiserror::Error)]
#[error("{length} bytes are no Opus packet: {why}")]
pub struct BadPacket {
    length: usize,
    why: String,
}

/// The row of [`BadPacket`].
pub(crate) const BAD_PACKET: Row = Row {
    code: "voice-opus",
    meaning: "What came as an Opus packet is none.",
    hint: "Send each packet of the encoder by itself, without Ogg around it.",
    exit: 2,
    status: 400,
};

impl std::fmt::Debug for Opus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opus").finish_non_exhaustive()
    }
}

impl Default for Opus {
    fn default() -> Self {
        Self(OpusDecoder::with_rate(RATE, 1))
    }
}

impl Opus {
    /// The samples of `packet`, mono at 16 kHz, of which there are 120 ms at
    /// most. After one that is none the stream goes on.
    ///
    /// # Errors
    /// It is no packet.
    pub fn samples(&mut self, packet: &[u8]) -> Result<Vec<i16>, BadPacket> {
        let bad = |why: String| BadPacket { length: packet.len(), why };
        // The decoder takes none at all for one that was lost.
        if packet.is_empty() || packet.len() > LONGEST_PACKET {
            return Err(bad("that is no length of one".to_owned()));
        }
        // What comes from outside must not end us by a fault of the decoder's.
        let decoded = catch_unwind(AssertUnwindSafe(|| self.0.decode_packet_i16(packet)));
        match decoded {
            Ok(samples) => samples.map_err(|error| bad(error.to_string())),
            Err(_) => {
                *self = Self::default();
                Err(bad("the decoder has failed at it".to_owned()))
            }
        }
    }
}

impl Explain for BadPacket {
    fn row(&self) -> &'static Row {
        &BAD_PACKET
    }
}

#[cfg(test)]
mod tests;
