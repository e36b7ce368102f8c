//! The cycle: one look at the cluster after the other for as long as a host
//! serves, quick while there is something to see and slow when all is quiet.
//!
//! What a look costs is taken for as long as it took. `pvesh` works for 0.5 to
//! 2 s each time, so that looks never get a larger share of the time than
//! [`LIVELY`] and [`QUIET`] say; over HTTPS a look takes some tens of
//! milliseconds, and the share never counts. A cluster that does not answer is
//! asked more and more seldom; whoever wants to know asks it all the same.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jarvis_domain::Timestamp;

use super::Contents;

/// How quick looks follow each other, from the beginning of one to that of the
/// next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pace {
    /// No quicker than this.
    least: Duration,
    /// At most one part in as many of the time is spent on looking.
    parts: u32,
}

/// While an operation runs, something has changed, or somebody reads: a `pvesh`
/// of 1 s is started every 5 s.
const LIVELY: Pace = Pace { least: Duration::from_secs(2), parts: 5 };
/// Else: a `pvesh` of 1 s every 10 s.
const QUIET: Pace = Pace { least: Duration::from_secs(10), parts: 10 };
/// A look that takes very long does not stretch the cycle further than this.
const MOST: Duration = Duration::from_secs(60);
/// How long it stays lively after a change or a reader.
const CALMS: Duration = Duration::from_secs(30);
/// The pause after the first failure; each further one doubles it, up to
/// [`MOST`].
const RETRY: Duration = Duration::from_secs(2);

/// What the pace goes by.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    read: Option<Timestamp>,
    changed: Option<Timestamp>,
    /// When the newest look was answered or failed, and how long it took.
    asked: Option<(Timestamp, Duration)>,
    /// Failures in a row.
    failures: u32,
}

/// An operation that is under way, until this is dropped.
#[derive(Debug)]
pub(crate) struct Work(Arc<Contents>);

impl Contents {
    /// Looks at the cluster again and again, for as long as it is polled; at
    /// once when something has changed.
    pub(crate) async fn watch(&self) {
        loop {
            let due = self.due();
            if !due.is_zero() {
                tokio::select! {
                    () = self.woken.notified() => {}
                    () = self.clock.sleep(due) => {}
                }
                continue;
            }
            let mut asking = self.asking.lock().await;
            // A reader's look may have been waited for.
            if !self.due().is_zero() {
                continue;
            }
            if let Err(error) = self.ask(&mut asking, false).await {
                tracing::info!(%error, "the cluster cannot be looked at; its changes are told later");
            }
        }
    }

    /// Says that an operation is under way, so that the cycle keeps up with it.
    pub(crate) fn work(self: &Arc<Self>) -> Work {
        self.working.fetch_add(1, Ordering::SeqCst);
        self.woken.notify_one();
        Work(Arc::clone(self))
    }

    /// Somebody reads; the cycle goes by it.
    pub(super) fn note_reader(&self) {
        let now = self.clock.now();
        let mut pulse = self.pulse();
        let calm = !pulse.is_lively(now);
        pulse.read = Some(now);
        if calm {
            self.woken.notify_one();
        }
    }

    /// Whether looks follow each other quickly, for tests.
    #[cfg(test)]
    pub(crate) fn is_lively(&self) -> bool {
        self.pulse().is_lively(self.clock.now())
    }

    /// How long it is until the next look.
    fn due(&self) -> Duration {
        let stale = match &*self.kept() {
            Some(kept) => kept.request <= self.stale.load(Ordering::SeqCst),
            None => true,
        };
        let working = self.working.load(Ordering::SeqCst) > 0;
        self.pulse().due(self.clock.now(), stale, working)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Pulse {
    /// Notes that the cluster was asked, which took `took` until `now`.
    pub(super) fn asked(&mut self, failed: Option<()>, now: Timestamp, took: Duration) {
        self.asked = Some((now, took));
        self.failures = if failed.is_some() { self.failures.saturating_add(1) } else { 0 };
    }

    /// Notes that something was otherwise than before.
    pub(super) fn changed(&mut self, now: Timestamp) {
        self.changed = Some(now);
    }

    fn is_lively(&self, now: Timestamp) -> bool {
        [self.read, self.changed].into_iter().flatten().any(|at| now.since(at) < CALMS)
    }

    fn due(&self, now: Timestamp, stale: bool, working: bool) -> Duration {
        let Some((at, took)) = self.asked else { return Duration::ZERO };
        if now < at {
            // The clock was set back.
            return Duration::ZERO;
        }
        let pause = if self.failures > 0 {
            let doublings = self.failures.saturating_sub(1).min(8);
            (RETRY * 2_u32.pow(doublings)).min(MOST)
        } else if stale {
            Duration::ZERO
        } else {
            let pace = if working || self.is_lively(now) { LIVELY } else { QUIET };
            pace.period(took).saturating_sub(took)
        };
        pause.saturating_sub(now.since(at))
    }
}

impl Pace {
    fn period(self, took: Duration) -> Duration {
        self.least.max((took * self.parts).min(MOST))
    }
}

#[cfg(test)]
mod tests;
