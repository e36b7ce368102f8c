//! How a device is reached: the first time, and each time that it was lost.

use std::sync::Arc;

use jarvis_domain::Clock;

use super::driver::{Driver, Running};
use super::thread::{Orders, Pending, Stream, Threads};
use super::{DeviceChoice, DeviceError, DeviceKind};

/// See the module.
#[derive(Debug)]
pub(super) struct Way {
    driver: Arc<dyn Driver>,
    choice: DeviceChoice,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) threads: Threads,
}

impl Way {
    pub(super) fn new(
        driver: Arc<dyn Driver>,
        choice: DeviceChoice,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { driver, choice, clock, threads: Threads::default() }
    }

    /// Has `open` open the device on a thread of its own, which lets go of it by
    /// `orders`.
    pub(super) fn open(
        &self,
        kind: DeviceKind,
        orders: Arc<Orders>,
        open: impl FnOnce(&dyn Driver, &DeviceChoice) -> Result<Running, DeviceError> + Send + 'static,
    ) -> Result<Pending<Stream>, DeviceError> {
        let (driver, choice) = (Arc::clone(&self.driver), self.choice.clone());
        let open = move || open(&*driver, &choice);
        self.threads.open(kind, &self.choice, Arc::clone(&self.clock), orders, open)
    }
}
