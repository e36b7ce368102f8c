//! How long a connection may wait for a request's head.
//!
//! hyper begins a wait at each head and drops it with it. A timer of the runtime
//! for each would cost more than it takes to find the handler; here a wait is a
//! number, and the connection looks now and then whether one of them lasts.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use jarvis_domain::Clock;

/// How long a request's head may take at most, and with it how long a connection
/// may be idle between two. Half of it is always granted.
pub(crate) const HEAD_TIME: Duration = Duration::from_secs(30);

/// The waits of one connection.
#[derive(Debug, Clone)]
pub(crate) struct HeadTimer(Arc<Waits>);

#[derive(Debug)]
struct Waits {
    /// Which one waits; 0 where none does.
    waiting: AtomicU64,
    begun: AtomicU64,
    /// Which one has taken too long; 0 where none has.
    late: AtomicU64,
    since: Instant,
}

/// A wait for one head.
struct Wait {
    waits: Arc<Waits>,
    number: u64,
}

impl HeadTimer {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Waits {
            waiting: AtomicU64::new(0),
            begun: AtomicU64::new(0),
            late: AtomicU64::new(0),
            since: Instant::now(),
        }))
    }

    /// Completes when a head has taken too long: the connection is then to be
    /// polled, and ends.
    pub(crate) async fn late(&self, clock: &dyn Clock) {
        let mut before = 0;
        loop {
            clock.sleep(HEAD_TIME / 2).await;
            let waiting = self.0.waiting.load(Ordering::Relaxed);
            if waiting != 0 && waiting == before {
                self.0.late.store(waiting, Ordering::Relaxed);
                return;
            }
            before = waiting;
        }
    }
}

/// Nothing but heads is waited for with it (`http1::Builder::header_read_timeout`),
/// so how long is [`HEAD_TIME`], whatever hyper asks for.
impl Timer for HeadTimer {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Sleep>> {
        let number = self.0.begun.fetch_add(1, Ordering::Relaxed) + 1;
        self.0.waiting.store(number, Ordering::Relaxed);
        Box::pin(Wait { waits: Arc::clone(&self.0), number })
    }

    fn sleep_until(&self, _: Instant) -> Pin<Box<dyn Sleep>> {
        self.sleep(HEAD_TIME)
    }

    /// Only what deadlines are reckoned from, and nobody looks at those.
    fn now(&self) -> Instant {
        self.0.since
    }
}

impl Future for Wait {
    type Output = ();

    /// Wakes nobody: who polls a connection polls [`HeadTimer::late`] beside it.
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let late = self.waits.late.load(Ordering::Relaxed);
        if late == self.number { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Sleep for Wait {}

impl Drop for Wait {
    fn drop(&mut self) {
        // The next one may have begun already.
        let (own, none) = (self.number, 0);
        let order = Ordering::Relaxed;
        let _ = self.waits.waiting.compare_exchange(own, none, order, order);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use jarvis_domain::{ManualClock, Timestamp};

    use super::*;

    fn is_over(sleep: &mut Pin<Box<dyn Sleep>>) -> bool {
        sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[tokio::test]
    async fn a_head_that_lasts_is_late_and_one_after_the_other_never() {
        let clock = ManualClock::at(Timestamp(0));
        let timer = HeadTimer::new();
        let mut late = Box::pin(timer.late(&clock));
        let passes = |late: &mut Pin<Box<_>>| {
            let polled = Future::poll(Pin::as_mut(late), &mut Context::from_waker(Waker::noop()));
            clock.advance(HEAD_TIME / 2);
            polled.is_ready()
        };
        for _ in 0..10 {
            let wait = timer.sleep(HEAD_TIME);
            assert!(!passes(&mut late));
            drop(wait);
        }
        let mut wait = timer.sleep(HEAD_TIME);
        assert!(!passes(&mut late), "it has only just begun");
        assert!(!is_over(&mut wait));
        assert!(passes(&mut late));
        assert!(is_over(&mut wait));
        drop(wait);
        assert!(!is_over(&mut timer.sleep(HEAD_TIME)), "the next one has its own time");
    }

    #[tokio::test]
    async fn the_end_of_one_wait_is_not_the_end_of_the_next() {
        let clock = ManualClock::at(Timestamp(0));
        let timer = HeadTimer::new();
        let first = timer.sleep(HEAD_TIME);
        let mut second = timer.sleep(HEAD_TIME);
        drop(first);
        let mut late = Box::pin(timer.late(&clock));
        let mut context = Context::from_waker(Waker::noop());
        for is_late in [false, false, true] {
            assert_eq!(late.as_mut().poll(&mut context).is_ready(), is_late);
            clock.advance(HEAD_TIME / 2);
        }
        assert!(is_over(&mut second));
    }

    #[tokio::test]
    async fn who_waits_for_no_head_is_never_late() {
        let clock = ManualClock::at(Timestamp(0));
        let timer = HeadTimer::new();
        drop(timer.sleep(HEAD_TIME));
        let mut late = Box::pin(timer.late(&clock));
        for _ in 0..10 {
            let polled = late.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
            clock.advance(HEAD_TIME);
        }
    }
}
