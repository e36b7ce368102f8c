//! The thread that a stream stands on.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use jarvis_domain::Clock;
use tokio::sync::oneshot;

use super::driver::Running;
use super::{DeviceChoice, DeviceError, DeviceKind};

/// How long a device may take to open. PulseAudio's own limit is 2 s.
const OPENS: Duration = Duration::from_secs(5);
/// Threads at a time, of which all but one have been left to themselves.
pub(super) const MOST: usize = 8;

/// The threads of one device, those that were left to themselves too.
#[derive(Debug, Default, Clone)]
pub(super) struct Threads(Arc<AtomicUsize>);

/// Something that a thread is about to hand over. Where that takes too long, the
/// thread is left to itself.
#[derive(Debug)]
pub(super) struct Pending<T> {
    kind: DeviceKind,
    name: String,
    clock: Arc<dyn Clock>,
    until: Duration,
    handed: oneshot::Receiver<Result<T, DeviceError>>,
}

/// A stream on its thread, which lets go of it when this is dropped.
#[derive(Debug)]
pub(super) struct Stream {
    /// The device's name.
    pub(super) name: String,
    /// Samples a second.
    pub(super) rate: u32,
    orders: Arc<Orders>,
}

/// What the thread of a stream is told.
#[derive(Debug, Default)]
pub(super) struct Orders {
    next: Mutex<Option<Order>>,
    told: Condvar,
    /// Who waits for the next look; dropped once it is over.
    waiting: Mutex<Vec<oneshot::Sender<()>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// To look whether the device is still there.
    Look,
    /// To let go of the stream.
    End,
}

/// One of the threads; dropped when it ends.
struct Place(Arc<AtomicUsize>);

impl Threads {
    /// Has `open` open a stream on a thread of its own, which lets go of it once
    /// `orders` says so.
    pub(super) fn open(
        &self,
        kind: DeviceKind,
        choice: &DeviceChoice,
        clock: Arc<dyn Clock>,
        orders: Arc<Orders>,
        open: impl FnOnce() -> Result<Running, DeviceError> + Send + 'static,
    ) -> Result<Pending<Stream>, DeviceError> {
        let work = move |ready: oneshot::Sender<_>| {
            let mut running = match open() {
                Ok(running) => running,
                Err(error) => return drop(ready.send(Err(error))),
            };
            let (name, rate) = (running.name, running.rate);
            // Where nobody waits any more, it is dropped, and with it all ends.
            let _ = ready.send(Ok(Stream { name, rate, orders: Arc::clone(&orders) }));
            while orders.wait() == Order::Look {
                let waiting = orders.take_waiting();
                (running.look)();
                drop(waiting);
            }
            drop(running.stream);
        };
        self.start(kind, choice.to_string(), clock, work)
    }

    /// Runs `work` on a thread of its own, which is to hand something over.
    pub(super) fn start<T: Send + 'static>(
        &self,
        kind: DeviceKind,
        name: String,
        clock: Arc<dyn Clock>,
        work: impl FnOnce(oneshot::Sender<Result<T, DeviceError>>) + Send + 'static,
    ) -> Result<Pending<T>, DeviceError> {
        let (ready, handed) = oneshot::channel();
        let place = self.place()?;
        let thread = std::thread::Builder::new().name(format!("jarvis-{kind}"));
        let started = thread.spawn(move || {
            let _place = place;
            work(ready);
        });
        if let Err(error) = started {
            return Err(DeviceError::Failed { kind, name, why: error.to_string() });
        }
        let until = clock.running().saturating_add(OPENS);
        Ok(Pending { kind, name, clock, until, handed })
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn place(&self) -> Result<Place, DeviceError> {
        let place = Place(Arc::clone(&self.0));
        if self.0.fetch_add(1, Ordering::SeqCst) >= MOST {
            return Err(DeviceError::Stuck { times: MOST });
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl<T> Pending<T> {
    /// Waits for it. To drop the future loses nothing.
    pub(super) async fn handed(&mut self) -> Result<T, DeviceError> {
        let (kind, name) = (self.kind, self.name.clone());
        let left = self.until.saturating_sub(self.clock.running());
        tokio::select! {
            biased;
            handed = &mut self.handed => handed.unwrap_or_else(|_| {
                Err(DeviceError::Failed { kind, name, why: "its thread has ended".to_owned() })
            }),
            () = self.clock.sleep(left) => Err(self.late()),
        }
    }

    /// The error where it takes too long.
    pub(super) fn late(&self) -> DeviceError {
        DeviceError::Hangs { kind: self.kind, name: self.name.clone(), waited: OPENS }
    }
}

impl Stream {
    /// Has its thread look whether the device is still there. That it is not comes
    /// as any other failure.
    pub(super) fn look(&self) {
        self.orders.give(Order::Look);
    }

    /// Completes once its thread has looked after this was called.
    pub(super) async fn looked(&self) {
        let (done, looked) = oneshot::channel();
        self.orders.tell_after_look(done);
        self.look();
        // It is dropped, and never sent.
        let _ = looked.await;
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.orders.end();
    }
}

impl Orders {
    /// Lets the thread go on to its end.
    pub(super) fn end(&self) {
        self.give(Order::End);
    }

    /// Drops `done` once the thread has looked after this.
    fn tell_after_look(&self, done: oneshot::Sender<()>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // Of a thread that hangs nobody waits for long.
        waiting.retain(|done| !done.is_closed());
        waiting.push(done);
    }

    /// Whoever waits for the look that begins now.
    fn take_waiting(&self) -> Vec<oneshot::Sender<()>> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn give(&self, order: Order) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if *next != Some(Order::End) {
            *next = Some(order);
        }
        self.told.notify_all();
    }

    fn wait(&self) -> Order {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match next.take() {
                Some(order) => {
                    if order == Order::End {
                        // It stays the last one.
                        *next = Some(order);
                    }
                    return order;
                }
                None => next = self.told.wait(next).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}
