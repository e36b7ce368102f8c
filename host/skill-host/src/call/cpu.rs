//! The processor's time that one call takes. Waiting does not count, nor does
//! the time for which other programs have the processor.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Counts it. The guest's future is polled by one thread at a time, so the
/// thread's own clock, read before and after each poll, is the guest's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cpu(Arc<Counted>);

#[derive(Debug, Default)]
struct Counted {
    /// In polls that are over, nanoseconds.
    spent: AtomicU64,
    /// What the thread's clock showed when the present poll began.
    began: AtomicU64,
}

impl Cpu {
    /// Counts one poll.
    pub(super) fn during<T>(&self, poll: impl FnOnce() -> T) -> T {
        self.0.began.store(thread_time(), Ordering::Relaxed);
        let polled = poll();
        self.0.spent.store(self.now(), Ordering::Relaxed);
        polled
    }

    /// All so far; only from within a poll.
    pub(super) fn so_far(&self) -> Duration {
        Duration::from_nanos(self.now())
    }

    /// All of the polls that are over.
    pub(super) fn spent(&self) -> Duration {
        Duration::from_nanos(self.0.spent.load(Ordering::Relaxed))
    }

    fn now(&self) -> u64 {
        let present = thread_time().saturating_sub(self.0.began.load(Ordering::Relaxed));
        self.0.spent.load(Ordering::Relaxed).saturating_add(present)
    }
}

/// What this thread has had of the processor so far, nanoseconds.
fn thread_time() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let whole = u64::try_from(time.tv_sec).unwrap_or(0).saturating_mul(1_000_000_000);
    whole.saturating_add(u64::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_computed_in_a_poll_counts() {
        let cpu = Cpu::default();
        let busy = |millis: u64| {
            let until = thread_time() + millis * 1_000_000;
            while thread_time() < until {}
        };
        cpu.during(|| busy(5));
        busy(200);
        cpu.during(|| {
            assert!(cpu.so_far() >= Duration::from_millis(5));
            busy(5);
        });
        assert!(cpu.spent() >= Duration::from_millis(10), "{cpu:?}");
        assert!(cpu.spent() < Duration::from_millis(200), "{cpu:?}");
    }
}
