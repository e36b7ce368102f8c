//! Speech to text by whisper.cpp, in a child, behind the feature `whisper`.
//!
//! Whether a file is a model is checked in every build, and before the library
//! sees it: the library loads one that was cut off in its header, and ends the
//! process for others.

#[cfg(feature = "whisper")]
mod clip;
mod device;
#[cfg(feature = "whisper")]
mod engine;
#[cfg(feature = "whisper")]
mod ffi;
#[cfg(feature = "whisper")]
mod loaded;
mod model;
#[cfg(feature = "whisper")]
mod place;

pub use device::Device;
#[cfg(feature = "whisper")]
pub(crate) use engine::Whisper;
#[cfg(feature = "whisper")]
pub use loaded::WhisperSettings;
pub(crate) use model::SPEECH_MODEL_ROWS;
pub use model::{Model, ModelError};

#[cfg(test)]
mod tests;
