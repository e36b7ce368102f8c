//! Devices that are played, on a clock that stands still until it is moved.

mod fake;
mod loudspeaker;
mod microphone;

use std::sync::Arc;

use jarvis_domain::{ManualClock, Timestamp};

use crate::event::{Event, Log};

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp(1_795_468_823_000)))
}

/// Waits for what another thread does; no time passes meanwhile.
async fn until(mut done: impl FnMut() -> bool) {
    while !done() {
        tokio::task::yield_now().await;
    }
}

fn told(log: &Log) -> Vec<Event> {
    log.take().into_iter().map(|moment| moment.event).collect()
}
