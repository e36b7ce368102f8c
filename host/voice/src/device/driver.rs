//! What opens devices: the real thing, or one of a test.

use std::any::Any;
use std::sync::Arc;

use super::captured::Captured;
use super::list::DeviceInfo;
use super::playing::Playing;
use super::{DeviceChoice, DeviceError};

/// Opens devices. Its calls may block, and may never return: only a thread that
/// can be left to itself calls them.
pub(super) trait Driver: Send + Sync + std::fmt::Debug {
    /// Has what a microphone hears put into `into`.
    fn capture(&self, choice: &DeviceChoice, into: Arc<Captured>) -> Result<Running, DeviceError>;
    /// Has a loudspeaker play what is in `from`.
    fn play(&self, choice: &DeviceChoice, from: Arc<Playing>) -> Result<Running, DeviceError>;
    /// What is there.
    fn list(&self) -> Result<Vec<DeviceInfo>, DeviceError>;
}

/// A stream that runs until it is dropped, on the thread that has opened it.
pub(super) struct Running {
    /// The device's name.
    pub(super) name: String,
    /// Samples a second.
    pub(super) rate: u32,
    /// What is to be dropped.
    pub(super) stream: Box<dyn Any>,
    /// Looks whether the device is still there, where the stream would not tell:
    /// a sound server gives one whose device has gone another device.
    pub(super) look: Box<dyn FnMut()>,
}

/// The driver of this build.
#[cfg(feature = "sound")]
pub(super) fn real() -> Arc<dyn Driver> {
    Arc::new(super::cpal::Cpal::default())
}

/// The driver of this build: none.
#[cfg(not(feature = "sound"))]
pub(super) fn real() -> Arc<dyn Driver> {
    #[derive(Debug)]
    struct NotBuilt;
    impl Driver for NotBuilt {
        fn capture(&self, _: &DeviceChoice, _: Arc<Captured>) -> Result<Running, DeviceError> {
            Err(DeviceError::NotBuilt)
        }
        fn play(&self, _: &DeviceChoice, _: Arc<Playing>) -> Result<Running, DeviceError> {
            Err(DeviceError::NotBuilt)
        }
        fn list(&self) -> Result<Vec<DeviceInfo>, DeviceError> {
            Err(DeviceError::NotBuilt)
        }
    }
    Arc::new(NotBuilt)
}
