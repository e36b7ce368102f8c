//! A source as far as a switch lets it be heard.

use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use super::Switch;
use crate::error::VoiceError;
use crate::frame::Frame;
use crate::port::Source;

/// A level falls by one part in so many with each frame: by half in 90 ms.
const FALL: u16 = 8;
/// How many frames a live source is behind, beside what it holds: 0.13 s.
const LATE: usize = 8;

/// Tells the frames that a switch lets pass from those of the time in which it was
/// muted, however late they are taken.
#[derive(Debug)]
pub struct Gate {
    muted: watch::Receiver<bool>,
    /// Frames that are still of the time in which it was muted.
    late: usize,
    /// Sound was thrown away before the last frame.
    forgot: bool,
}

/// See the module.
pub(crate) struct Switched {
    source: Box<dyn Source>,
    switch: Switch,
    gate: Gate,
    level: u16,
}

impl Gate {
    /// One that `switch` opens and shuts.
    #[must_use]
    pub fn new(switch: &Switch) -> Self {
        Self { muted: switch.muted(), late: 0, forgot: false }
    }

    /// Whether the frame that `source` has just given may be heard. Where the switch
    /// was muted since the one before, what `source` holds is of no certain time, and
    /// is forgotten.
    pub async fn lets(&mut self, source: &mut dyn Source) -> bool {
        let late = if source.is_live() { LATE } else { 0 };
        // The switch holds the sender, and whoever has a gate holds the switch.
        let changed = self.muted.has_changed().unwrap_or_default();
        self.forgot = changed && source.is_live();
        if changed {
            source.forget().await;
            self.late = late;
        }
        if *self.muted.borrow_and_update() {
            self.late = late;
            return false;
        }
        let is_late = self.late > 0;
        self.late = self.late.saturating_sub(1);
        !is_late
    }
}

impl Switched {
    pub(super) fn new(source: Box<dyn Source>, switch: Switch) -> Self {
        let gate = Gate::new(&switch);
        Self { source, switch, gate, level: 0 }
    }
}

#[async_trait]
impl Source for Switched {
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError> {
        let Some(frame) = self.source.next().await? else { return Ok(None) };
        if !self.gate.lets(&mut *self.source).await {
            self.level = 0;
            return Ok(Some(Frame::SILENCE));
        }
        self.level = frame.peak().max(self.level - self.level / FALL);
        self.switch.show(self.level);
        Ok(Some(frame))
    }

    fn is_live(&self) -> bool {
        self.source.is_live()
    }

    async fn forget(&mut self) {
        self.source.forget().await;
    }

    fn behind(&self) -> Duration {
        self.source.behind()
    }

    fn is_torn(&self) -> bool {
        self.gate.forgot || self.source.is_torn()
    }

    async fn is_still_there(&mut self) -> bool {
        self.source.is_still_there().await
    }
}
