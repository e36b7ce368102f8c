//! What is heard over a connection: a satellite's microphone, or that of a browser.
//! Frames come as the network lets them, and wait for whoever listens.

mod late;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::Clock;
use tokio::sync::{mpsc, watch};

use crate::error::VoiceError;
use crate::frame::{FRAME, Frame};
use crate::port::{CLIPPED, Source};
use crate::switch::{Phase, Switch};
use late::Late;

/// Frames that wait for whoever listens, who may wait for a recogniser: as many as the
/// longest utterance has.
pub(crate) const FRAMES: usize = 1000;
/// How long no sound may come, in an exchange, until that is heard as silence:
/// else whoever stops streaming would be waited for without an end.
const GAP: Duration = Duration::from_millis(300);
/// What is as low as this is nobody's beginning: -40 dB.
const QUIET: u16 = 328;

/// Where a connection puts what it brings.
#[derive(Debug)]
pub(crate) struct Inlet {
    frames: mpsc::Sender<Arrived>,
    /// Frames were lost since the last one.
    torn: AtomicBool,
    stopped: Arc<AtomicBool>,
    clock: Arc<dyn Clock>,
}

/// What has come and waits for whoever will listen.
#[derive(Debug)]
pub(crate) struct Waiting {
    frames: mpsc::Receiver<Arrived>,
    stopped: Arc<AtomicBool>,
    clock: Arc<dyn Clock>,
}

/// A frame that has come.
#[derive(Debug)]
struct Arrived {
    frame: Frame,
    /// Frames before it were lost.
    torn: bool,
    /// When, by [`Clock::running`].
    at: Duration,
}

/// A microphone at the other end of a connection. It ends with that.
pub struct FarSource {
    frames: mpsc::Receiver<Arrived>,
    phase: watch::Receiver<Phase>,
    switch: Switch,
    clock: Arc<dyn Clock>,
    /// Whether whoever speaks has said that this was all.
    released: Box<dyn Fn() -> bool + Send + Sync>,
    /// Whoever streams has said that there is no more for now.
    stopped: Arc<AtomicBool>,
    /// No sound comes, and nobody has said that this was all.
    stalled: bool,
    torn: bool,
    late: Late,
    /// Of so many frames more, the beginning may be in what was passed over.
    clipped: u32,
    /// How long the last frame had waited.
    behind: Duration,
    /// When the next frame is overdue, by [`Clock::running`].
    overdue: Duration,
}

impl std::fmt::Debug for FarSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FarSource").field("torn", &self.torn).finish_non_exhaustive()
    }
}

impl Inlet {
    /// Both ends.
    pub(crate) fn new(clock: &Arc<dyn Clock>) -> (Self, Waiting) {
        let (into, frames) = mpsc::channel(FRAMES);
        let (torn, stopped) = (AtomicBool::new(false), Arc::<AtomicBool>::default());
        let waiting = Waiting { frames, stopped: Arc::clone(&stopped), clock: Arc::clone(clock) };
        (Self { frames: into, torn, stopped, clock: Arc::clone(clock) }, waiting)
    }

    /// `frame` has come. False where nobody took those before it in time: it is lost.
    pub(crate) fn take(&self, frame: Frame) -> bool {
        self.stopped.store(false, Ordering::SeqCst);
        let torn = self.torn.swap(false, Ordering::SeqCst);
        let at = self.clock.running();
        let taken = self.frames.try_send(Arrived { frame, torn, at }).is_ok();
        if !taken {
            self.torn.store(true, Ordering::SeqCst);
        }
        taken
    }

    /// There is no more for now, by the word of whoever streams.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }
}

impl Waiting {
    /// For a conversation that `switch` steers.
    pub(crate) fn source(self, switch: &Switch) -> FarSource {
        let Self { frames, stopped, clock } = self;
        FarSource {
            frames,
            stopped,
            stalled: false,
            phase: switch.phase(),
            switch: switch.clone(),
            behind: Duration::ZERO,
            overdue: clock.running() + GAP,
            clock,
            released: Box::new(|| false),
            torn: false,
            late: Late::default(),
            clipped: 0,
        }
    }
}

impl FarSource {
    /// The same for somebody who says when that was all, as by a button: what is left
    /// of the time that ends an utterance need not be waited for then.
    pub(crate) fn released_by(self, released: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { released: Box::new(released), ..self }
    }
}

#[async_trait]
impl Source for FarSource {
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError> {
        let phase = *self.phase.borrow_and_update();
        let now = self.clock.running();
        let over = phase == Phase::Listening && (self.released)();
        let left = if over { Duration::ZERO } else { self.overdue.saturating_sub(now) };
        let silence = self.clock.sleep(left);
        let was_all = over || self.stopped.load(Ordering::SeqCst);
        tokio::select! {
            biased;
            arrived = self.frames.recv() => {
                self.overdue = self.clock.running() + GAP;
                self.stalled = arrived.is_none() && !was_all;
                let Some(Arrived { frame, torn, at }) = arrived else { return Ok(None) };
                self.behind = self.clock.running().saturating_sub(at);
                if self.late.is_late(at, self.switch.unmuted()) {
                    if frame.peak() > QUIET {
                        self.clipped = CLIPPED;
                    }
                    self.torn = torn;
                    return Ok(Some(Frame::SILENCE));
                }
                self.torn = torn || self.clipped > 0;
                self.clipped = self.clipped.saturating_sub(1);
                Ok(Some(frame))
            }
            () = silence, if phase != Phase::Asleep => {
                (self.torn, self.behind) = (false, Duration::ZERO);
                self.stalled = !was_all;
                // As fast as it would have come.
                self.overdue = self.overdue.max(now.saturating_sub(GAP)) + FRAME;
                Ok(Some(Frame::SILENCE))
            }
        }
    }

    fn is_live(&self) -> bool {
        true
    }

    async fn forget(&mut self) {
        while self.frames.try_recv().is_ok() {}
    }

    fn behind(&self) -> Duration {
        self.behind
    }

    fn is_torn(&self) -> bool {
        self.torn
    }

    async fn is_still_there(&mut self) -> bool {
        // What a network keeps comes in the end, and is no part of what has ended by then.
        !self.stalled
    }
}

#[cfg(test)]
mod tests;
