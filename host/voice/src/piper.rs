//! Speech by Piper's voices, in a child: ONNX Runtime, which is loaded and
//! never linked, and phonemes by the `espeak-ng` program. No GPL code is
//! linked.

mod engine;
mod error;
mod phonemes;
mod voice;

pub(crate) use engine::Piper;
pub use engine::PiperSettings;
pub(crate) use error::PIPER_ROWS;
pub use error::PiperError;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tones;
