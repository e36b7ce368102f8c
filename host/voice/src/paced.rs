//! A source at the pace at which it was said: a file in place of a microphone
//! for engines that answer whenever they have something to say.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::Clock;

use crate::error::VoiceError;
use crate::frame::{FRAME, Frame};
use crate::port::Source;

/// See the module. Like a microphone it does not wait for whoever takes its
/// frames: those that are late come at once.
pub struct Paced {
    source: Box<dyn Source>,
    clock: Arc<dyn Clock>,
    /// When the next frame has been said; none before the first.
    due: Option<Duration>,
}

impl std::fmt::Debug for Paced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Paced").field("due", &self.due).finish_non_exhaustive()
    }
}

impl Paced {
    /// `source` as if it was said from the first frame on.
    #[must_use]
    pub fn new(source: Box<dyn Source>, clock: Arc<dyn Clock>) -> Self {
        Self { source, clock, due: None }
    }
}

#[async_trait]
impl Source for Paced {
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError> {
        let now = self.clock.running();
        let due = *self.due.get_or_insert(now + FRAME);
        self.clock.sleep(due.saturating_sub(now)).await;
        let frame = self.source.next().await;
        self.due = Some(due + FRAME);
        frame
    }

    fn is_live(&self) -> bool {
        true
    }

    async fn is_still_there(&mut self) -> bool {
        self.source.is_still_there().await
    }

    fn behind(&self) -> Duration {
        let next = self.due.unwrap_or_default();
        (self.clock.running() + FRAME).saturating_sub(next)
    }

    async fn forget(&mut self) {
        while let Some(due) = self.due.filter(|due| *due <= self.clock.running()) {
            self.due = Some(due + FRAME);
            if !matches!(self.source.next().await, Ok(Some(_))) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::{ManualClock, Timestamp};

    use super::*;
    use crate::MemorySource;

    async fn ready(paced: &mut Paced) -> bool {
        tokio::select! {
            biased;
            frame = paced.next() => frame.unwrap().is_some(),
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn a_frame_comes_once_it_was_said_and_none_is_lost() {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let source = Box::new(MemorySource::new(&[0; 256 * 4]));
        let mut paced = Paced::new(source, clock.clone());
        assert!(!ready(&mut paced).await);
        clock.advance(FRAME);
        assert!(ready(&mut paced).await);
        assert!(!ready(&mut paced).await, "the second is being said");
        // Nobody took any for a while.
        clock.advance(FRAME * 3);
        for late in (0..3).rev() {
            assert!(ready(&mut paced).await);
            assert_eq!(paced.behind(), FRAME * late);
        }
        clock.advance(FRAME);
        assert_eq!(paced.next().await.unwrap(), None);
    }
}
