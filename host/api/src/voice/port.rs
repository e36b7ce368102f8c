//! Whoever holds a conversation by voice.

use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::Fault;
use jarvis_domain::identity::Person;

use super::start::Start;
use super::wire::VoiceMoment;

/// Who begins conversations.
#[async_trait]
pub trait Voices: Send + Sync + std::fmt::Debug {
    /// One with `person`, at the door of voices, with their role.
    ///
    /// # Errors
    /// A part that it needs is not there, or the beginning makes no sense.
    async fn begin(&self, person: &Person, start: &Start) -> Result<Begun, Box<Fault>>;
}

/// A conversation that has begun.
pub struct Begun {
    /// What it wakes on; nothing where only a button begins.
    pub wake_words: Vec<String>,
    /// Samples a second of the sound that it sends.
    pub rate: u32,
    /// Where what the other side does goes.
    pub ears: Box<dyn Ears>,
    /// What the other side is told.
    pub line: Box<dyn Line>,
    /// The conversation. Goes on as long as this is polled; whoever drops it
    /// hangs up, and what may be broken off is.
    pub life: Pin<Box<dyn Future<Output = Result<(), Box<Fault>>> + Send>>,
}

/// What the other side does. Nothing here waits.
pub trait Ears: Send {
    /// It has picked up sound, in the format that it began with.
    ///
    /// # Errors
    /// That is none.
    fn hear(&mut self, bytes: &[u8]) -> Result<Heard, Box<Fault>>;
    /// A button is pressed, to speak.
    fn press(&self);
    /// It is released.
    fn release(&self);
    /// No more of the answer, nor of the work behind it where that may be.
    fn stop(&self);
    /// Nothing is to be heard, or again.
    fn mute(&self, muted: bool);
    /// All sound that was sent was played.
    fn played(&self);
}

/// What came of some sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// How long it is.
    pub lasts: Duration,
    /// Not all of it was taken: whoever listens does not keep up.
    pub lost: bool,
}

/// What the other side is told, in this order.
#[async_trait]
pub trait Line: Send {
    /// The next of it; none when there will be no more. Dropping the future
    /// loses nothing.
    async fn next(&mut self) -> Option<Outgoing>;
}

/// One thing that the other side is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Outgoing {
    /// Something happened.
    Moment(VoiceMoment),
    /// Sound begins.
    Begins,
    /// Some of it.
    Sound(Vec<i16>),
    /// It is complete.
    Ends,
    /// More has happened than was taken.
    Lagging,
}

impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begun").field("wake_words", &self.wake_words).finish_non_exhaustive()
    }
}
