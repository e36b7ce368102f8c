//! Which devices there are.

use std::sync::Arc;

use jarvis_domain::Clock;
use serde::Serialize;

use super::driver::{self, Driver};
use super::thread::Threads;
use super::{DeviceError, DeviceKind};

/// A device that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceInfo {
    /// What it is for.
    pub kind: DeviceKind,
    /// Its name, as it is written into the settings.
    pub name: String,
    /// What a person calls it.
    pub description: String,
    /// What it is reached by.
    pub by: &'static str,
    /// Whether it is the one that the system takes.
    pub default: bool,
    /// How it is used, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<DeviceFormat>,
}

/// How a device's sound is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceFormat {
    /// Samples a second.
    pub rate: u32,
    /// How many.
    pub channels: u16,
    /// Of a sample: `i16`, `f32` …
    pub sample: String,
}

/// The microphones and loudspeakers of this machine.
///
/// # Errors
/// The system does not tell.
pub async fn devices(clock: Arc<dyn Clock>) -> Result<Vec<DeviceInfo>, DeviceError> {
    of(driver::real(), clock).await
}

pub(super) async fn of(
    driver: Arc<dyn Driver>,
    clock: Arc<dyn Clock>,
) -> Result<Vec<DeviceInfo>, DeviceError> {
    let work = move |ready: tokio::sync::oneshot::Sender<_>| drop(ready.send(driver.list()));
    let any = "any".to_owned();
    Threads::default().start(DeviceKind::Microphone, any, clock, work)?.handed().await
}
