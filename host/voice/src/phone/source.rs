//! The microphone at the other end.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, watch};

use super::{Heard, Shared};
use crate::error::VoiceError;
use crate::frame::{FRAME, Frame};
use crate::port::Source;
use crate::switch::{Phase, Switch};

/// How long no sound may come, in an exchange, until that is heard as silence:
/// else whoever stops to stream would be waited for without an end.
const GAP: Duration = Duration::from_millis(300);

/// See the module.
#[derive(Debug)]
pub struct PhoneSource {
    frames: mpsc::Receiver<Heard>,
    phase: watch::Receiver<Phase>,
    shared: Arc<Shared>,
    torn: bool,
    /// When the next frame is late, by `Clock::running`.
    late: Duration,
}

impl PhoneSource {
    pub(super) fn new(frames: mpsc::Receiver<Heard>, switch: &Switch, shared: Arc<Shared>) -> Self {
        let late = shared.now() + GAP;
        Self { frames, phase: switch.phase(), shared, torn: false, late }
    }
}

#[async_trait]
impl Source for PhoneSource {
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError> {
        let phase = *self.phase.borrow_and_update();
        let now = self.shared.now();
        // Whoever has released the button says nothing more: what is left of the
        // time that ends an utterance need not be waited for.
        let over = phase == Phase::Listening && self.shared.is_released();
        let left = if over { Duration::ZERO } else { self.late.saturating_sub(now) };
        let silence = self.shared.clock.sleep(left);
        tokio::select! {
            biased;
            heard = self.frames.recv() => {
                self.late = self.shared.now() + GAP;
                Ok(heard.map(|(frame, torn)| {
                    self.torn = torn;
                    frame
                }))
            }
            () = silence, if phase != Phase::Asleep => {
                self.torn = false;
                // As fast as it would have come.
                self.late = self.late.max(now.saturating_sub(GAP)) + FRAME;
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

    fn is_torn(&self) -> bool {
        self.torn
    }
}
