//! The thread that a stream stands on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use jarvis_domain::Clock;
use tokio::sync::oneshot;

use super::driver::Running;
use super::{DeviceChoice, DeviceError, DeviceKind};

/// How long a device may take to open. PulseAudio's own limit is 2 s.
const OPENS: Duration = Duration::from_secs(5);
/// Threads at a time, of which all but one have been left to themselves.
const MOST: usize = 8;

/// The threads of one device, those that were left to themselves too.
#[derive(Debug, Default, Clone)]
pub(super) struct Threads(Arc<AtomicUsize>);

/// A stream on its thread, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Stream {
    /// The device's name.
    pub(super) name: String,
    /// Samples a second.
    pub(super) rate: u32,
    /// Dropping it ends the thread's wait.
    _ends: mpsc::Sender<()>,
}

/// One of the threads; dropped when it ends.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Threads {
    /// Has `open` open a stream on a thread of its own. One that takes too long
    /// is left to itself, and lets go of the stream when it comes to.
    pub(super) async fn open(
        &self,
        kind: DeviceKind,
        choice: DeviceChoice,
        clock: Arc<dyn Clock>,
        open: impl FnOnce(&DeviceChoice) -> Result<Running, DeviceError> + Send + 'static,
    ) -> Result<Stream, DeviceError> {
        let name = choice.to_string();
        let work = move |ready: oneshot::Sender<_>| {
            let running = match open(&choice) {
                Ok(running) => running,
                Err(error) => return drop(ready.send(Err(error))),
            };
            let (ends, ended) = mpsc::channel();
            let stream = Stream { name: running.name, rate: running.rate, _ends: ends };
            if ready.send(Ok(stream)).is_ok() {
                // Nothing is ever sent: whoever has the other end drops it.
                let _ = ended.recv();
            }
            drop(running.stream);
        };
        self.run(kind, name, clock, work).await
    }

    /// Runs `work` on a thread of its own, and waits for what it hands over.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        kind: DeviceKind,
        name: String,
        clock: Arc<dyn Clock>,
        work: impl FnOnce(oneshot::Sender<Result<T, DeviceError>>) + Send + 'static,
    ) -> Result<T, DeviceError> {
        let (ready, handed) = oneshot::channel();
        let place = self.place()?;
        let thread = std::thread::Builder::new().name(format!("jarvis-{kind}"));
        let started = thread.spawn(move || {
            let _place = place;
            work(ready);
        });
        let failed = |why: String| DeviceError::Failed { kind, name: name.clone(), why };
        started.map_err(|error| failed(error.to_string()))?;
        tokio::select! {
            biased;
            handed = handed => match handed {
                Ok(handed) => handed,
                Err(_) => Err(failed("its thread has ended".to_owned())),
            },
            () = clock.sleep(OPENS) => Err(DeviceError::Hangs { kind, name, waited: OPENS }),
        }
    }

    fn place(&self) -> Result<Place, DeviceError> {
        if self.0.fetch_add(1, Ordering::SeqCst) >= MOST {
            self.0.fetch_sub(1, Ordering::SeqCst);
            return Err(DeviceError::Stuck { times: MOST });
        }
        Ok(Place(Arc::clone(&self.0)))
    }
}
