//! A satellite's microphone.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::Clock;
use tokio::sync::{mpsc, watch};

use crate::error::VoiceError;
use crate::frame::{FRAME, Frame};
use crate::port::Source;
use crate::switch::{Phase, Switch};

/// How long no sound may come, in an exchange, until that is heard as silence:
/// else whoever stops to stream would be waited for without an end.
const GAP: Duration = Duration::from_millis(300);

/// See the module. It ends with the connection.
#[derive(Debug)]
pub struct FarSource {
    frames: mpsc::Receiver<Frame>,
    phase: watch::Receiver<Phase>,
    clock: Arc<dyn Clock>,
    /// When the next frame is late, by [`Clock::running`].
    late: Duration,
}

impl FarSource {
    pub(super) fn new(
        frames: mpsc::Receiver<Frame>,
        switch: &Switch,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let late = clock.running() + GAP;
        Self { frames, phase: switch.phase(), clock, late }
    }
}

#[async_trait]
impl Source for FarSource {
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError> {
        let asleep = *self.phase.borrow_and_update() == Phase::Asleep;
        let now = self.clock.running();
        let silence = self.clock.sleep(self.late.saturating_sub(now));
        tokio::select! {
            biased;
            frame = self.frames.recv() => {
                self.late = self.clock.running() + GAP;
                Ok(frame)
            }
            () = silence, if !asleep => {
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
}
