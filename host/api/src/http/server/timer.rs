//! The host's clock as hyper's timer, so that tests move that one too.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use jarvis_domain::{Clock, clock};

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct ClockTimer(pub(crate) Arc<dyn Clock>);

/// A wait. hyper shares it between threads, which a plain one is not made for;
/// nobody ever waits for this lock.
struct Wait(Mutex<clock::Sleep>);

impl Timer for ClockTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(Wait(Mutex::new(self.0.sleep(duration))))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        self.sleep(deadline.saturating_duration_since(Instant::now()))
    }
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let sleep = self.get_mut().0.get_mut().unwrap_or_else(PoisonError::into_inner);
        sleep.as_mut().poll(context)
    }
}

impl Sleep for Wait {}
