//! Sound in memory: a source and a sink for tests, and for sound that came
//! over a network whole.

use std::collections::VecDeque;

use async_trait::async_trait;

use crate::error::VoiceError;
use crate::frame::{Chunk, Frame, Framer};
use crate::port::{Sink, Source};

/// Frames that are there already.
#[derive(Debug, Default)]
pub struct MemorySource {
    frames: VecDeque<Frame>,
}

/// Keeps what it is to play.
#[derive(Debug, Default)]
pub struct MemorySink {
    /// What was played.
    pub chunks: Vec<Chunk>,
    /// How often it was cut.
    pub cuts: u32,
}

impl MemorySource {
    /// From samples at 16 kHz.
    #[must_use]
    pub fn new(samples: &[i16]) -> Self {
        let mut framer = Framer::default();
        let mut frames: VecDeque<Frame> = framer.push(samples).into();
        frames.extend(framer.finish());
        Self { frames }
    }
}

#[async_trait]
impl Source for MemorySource {
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError> {
        Ok(self.frames.pop_front())
    }

    fn is_live(&self) -> bool {
        false
    }

    async fn forget(&mut self) {}
}

#[async_trait]
impl Sink for MemorySink {
    async fn play(&mut self, chunk: Chunk) -> Result<(), VoiceError> {
        self.chunks.push(chunk);
        Ok(())
    }

    async fn played(&mut self) -> Result<(), VoiceError> {
        Ok(())
    }

    fn cut(&mut self) {
        self.cuts += 1;
    }
}
