//! Where sound comes from and where it goes.

use std::time::Duration;

use async_trait::async_trait;

use crate::error::VoiceError;
use crate::frame::{Chunk, Frame};

/// For so many frames behind sound that nobody heard, whoever begins to speak may have begun
/// in it: as long as it takes to know that somebody speaks.
pub(crate) const CLIPPED: u32 = 20;

/// Sound that is heard: a microphone, a file, a satellite.
#[async_trait]
pub trait Source: Send {
    /// The next frame; none when there will be no more. Dropping the future
    /// loses no frame.
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError>;
    /// Whether it goes on while nobody takes its frames, as a microphone does
    /// and a file does not.
    fn is_live(&self) -> bool;
    /// Throws away what was heard by now and nobody has taken, where it goes on
    /// by itself.
    async fn forget(&mut self);
    /// Whether something of what is said may be missing before the last frame or in it.
    fn is_torn(&self) -> bool {
        false
    }
    /// How long ago the last frame was heard: what is not taken at once waits.
    fn behind(&self) -> Duration {
        Duration::ZERO
    }
    /// Whether it is still there, and the same: no other device was put in its place, and its
    /// stream did not stop in the middle. Waits for the answer no longer than a moment.
    async fn is_still_there(&mut self) -> bool {
        true
    }
}

/// Where sound is played.
#[async_trait]
pub trait Sink: Send {
    /// Something is about to be played: what takes time before that may begin.
    fn ready(&mut self) {}
    /// Plays `chunk` after what it was given before; waits while it holds
    /// enough already.
    async fn play(&mut self, chunk: Chunk) -> Result<(), VoiceError>;
    /// What it was given is whole: nothing of it waits for what may follow.
    async fn whole(&mut self) -> Result<(), VoiceError> {
        Ok(())
    }
    /// Completes when all was really played, not only handed over: only then
    /// may a microphone be opened for an answer.
    async fn played(&mut self) -> Result<(), VoiceError>;
    /// Silence now: what was not played yet never is.
    fn cut(&mut self);
    /// How long it still plays what it was given.
    fn held(&self) -> Duration {
        Duration::ZERO
    }
}
