//! A source as far as a switch lets it be heard.

use async_trait::async_trait;

use super::Switch;
use crate::error::VoiceError;
use crate::frame::Frame;
use crate::port::Source;

/// A level falls by one part in so many with each frame: by half in 90 ms.
const FALL: u16 = 8;
/// How many frames a live source is behind: 0.13 s.
const LATE: usize = 8;

/// See the module.
pub(crate) struct Switched {
    source: Box<dyn Source>,
    switch: Switch,
    level: u16,
    /// Frames that are still of the time in which it was muted.
    late: usize,
}

impl Switched {
    pub(super) fn new(source: Box<dyn Source>, switch: Switch) -> Self {
        Self { source, switch, level: 0, late: 0 }
    }
}

#[async_trait]
impl Source for Switched {
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError> {
        let Some(frame) = self.source.next().await? else { return Ok(None) };
        let is_live = self.source.is_live();
        if self.switch.is_muted() {
            self.level = 0;
            self.late = if is_live { LATE } else { 0 };
            return Ok(Some(Frame::SILENCE));
        }
        if self.late > 0 {
            self.late -= 1;
            return Ok(Some(Frame::SILENCE));
        }
        self.level = frame.peak().max(self.level - self.level / FALL);
        self.switch.show(self.level);
        Ok(Some(frame))
    }

    fn is_live(&self) -> bool {
        self.source.is_live()
    }

    fn is_torn(&self) -> bool {
        self.source.is_torn()
    }
}
