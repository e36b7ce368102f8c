//! What is heard, and what it is listened to for.

use crate::error::VoiceError;
use crate::event::{Event, Events};
use crate::frame::Frame;
use crate::port::Source;
use crate::speech::{Ear, EndSettings, Heard, Why};
use crate::wyoming::Waking;

use super::watch::{OwnVoice, Watch};

/// The source, and what looks at each of its frames.
pub(super) struct Ears {
    source: Box<dyn Source>,
    watch: Watch,
    ear: Ear,
    /// No more sound comes.
    over: bool,
}

/// A piece of an utterance.
#[derive(Debug)]
pub(super) enum Utterance {
    Frames(Vec<Frame>),
    Ended(Why),
}

/// What came of something that was done while the ears were open.
#[derive(Debug)]
pub(super) enum Beside<T> {
    Done(T),
    /// The wake word came first.
    Woken,
}

impl std::fmt::Debug for Ears {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ears")
            .field("watch", &self.watch)
            .field("ear", &self.ear)
            .finish_non_exhaustive()
    }
}

impl Ears {
    pub(super) fn new(
        source: Box<dyn Source>,
        waking: Option<Waking>,
        end: EndSettings,
        own: OwnVoice,
    ) -> Self {
        Self { source, watch: Watch::new(waking, own), ear: Ear::new(end), over: false }
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Told of what was said so far: see [`Ear::complete`].
    pub(super) fn complete(&mut self, complete: bool) {
        self.ear.complete(complete);
    }

    /// Until the wake word; false where no more sound comes.
    pub(super) async fn asleep(&mut self, events: &Events) -> Result<bool, VoiceError> {
        if !self.watch.is_there() {
            return Ok(!self.over);
        }
        while let Some(frame) = self.frame().await? {
            self.ear.push(frame);
            if let Some(word) = self.watch.frame(&frame, events).await {
                events.tell(Event::Woke { word });
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Waits until somebody speaks; none where nobody does.
    pub(super) async fn utterance(
        &mut self,
        events: &Events,
    ) -> Result<Option<Utterance>, VoiceError> {
        self.ear.listen();
        while let Some(frame) = self.frame().await? {
            match self.ear.push(frame) {
                Heard::Began(frames) => {
                    events.tell(Event::SpeechBegan);
                    return Ok(Some(Utterance::Frames(frames)));
                }
                Heard::Nothing => return Ok(None),
                Heard::Quiet | Heard::Going | Heard::Ended(_) => {}
            }
        }
        self.ear.stop();
        Ok(None)
    }

    /// The next piece of it.
    pub(super) async fn more(&mut self) -> Result<Utterance, VoiceError> {
        let Some(frame) = self.frame().await? else {
            self.ear.stop();
            return Ok(Utterance::Ended(Why::SourceOver));
        };
        Ok(match self.ear.push(frame) {
            Heard::Ended(why) => Utterance::Ended(why),
            _ => Utterance::Frames(vec![frame]),
        })
    }

    /// Does `work` with open ears. A source that waits for whoever takes from
    /// it is left alone meanwhile.
    pub(super) async fn beside<T>(
        &mut self,
        work: impl Future<Output = T>,
        events: &Events,
    ) -> Result<Beside<T>, VoiceError> {
        if !self.source.is_live() {
            return Ok(Beside::Done(work.await));
        }
        tokio::pin!(work);
        loop {
            if self.over {
                return Ok(Beside::Done(work.await));
            }
            let frame = tokio::select! {
                biased;
                done = &mut work => return Ok(Beside::Done(done)),
                frame = self.source.next() => frame?,
            };
            let Some(frame) = frame else {
                self.over = true;
                continue;
            };
            self.watch.passes();
            self.ear.push(frame);
            if let Some(word) = self.watch.frame(&frame, events).await {
                events.tell(Event::Woke { word });
                return Ok(Beside::Woken);
            }
        }
    }

    async fn frame(&mut self) -> Result<Option<Frame>, VoiceError> {
        if self.over {
            return Ok(None);
        }
        let frame = self.source.next().await;
        self.watch.passes();
        self.over = !matches!(frame, Ok(Some(_)));
        frame
    }
}
