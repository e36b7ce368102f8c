//! Microphones and loudspeakers: [`Microphone`] is a source, [`Loudspeaker`] a
//! sink, [`devices`] the list of them.
//!
//! The stream of a device stands on a thread of its own (`thread`), which is
//! left to itself where the library behind it hangs: ALSA's never returns from
//! closing a stream whose sound server has died. Between that thread and the
//! rest is sound with a limit (`captured`, `playing`), so that neither waits for
//! the other. What touches a library is behind `Driver`, without which
//! everything else is tested.

#[cfg_attr(not(feature = "sound"), allow(dead_code, reason = "what uses it is not built"))]
mod captured;
mod choice;
#[cfg(feature = "sound")]
mod cpal;
mod driver;
mod error;
mod list;
mod loudspeaker;
mod microphone;
#[cfg_attr(not(feature = "sound"), allow(dead_code, reason = "what uses it is not built"))]
mod playing;
#[cfg(feature = "sound")]
mod quiet;
mod thread;
mod way;

#[cfg(test)]
mod tests;

pub use choice::{DeviceChoice, DeviceKind};
pub(crate) use error::DEVICE_ROWS;
pub use error::DeviceError;
pub use list::{DeviceFormat, DeviceInfo, devices};
pub use loudspeaker::Loudspeaker;
pub use microphone::Microphone;
