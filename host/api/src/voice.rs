//! Voice over a WebSocket, at `/ws/voice`: sound in, events and sound out, for
//! a browser or a small device. What is said is answered as in any room; this
//! one knows frames, and who may send how many of them.
//!
//! Sound goes as binary frames, all else as JSON in text frames (`wire`).
//! [`Voices`] is whoever holds the conversation, [`Talks`] all there are.
//! The README has the protocol, for whoever writes the other side.

mod error;
mod port;
mod socket;
mod start;
mod talks;
mod wire;

pub(crate) use error::ROWS;
pub use port::{Begun, Ears, Heard, Line, Outgoing, Voices};
pub(crate) use socket::{MAX_FRAME, serve};
pub use start::{AnswerAs, Mode, SoundFormat, Start};
pub use talks::Talks;
pub use wire::{VoiceEvent, VoiceMoment};

#[cfg(test)]
mod tests;
