//! When somebody speaks, and when they are done.
//!
//! An [`Ear`] hands on nothing until speech has begun, so that silence and
//! noise never reach a recogniser and never become words.

mod end;
mod pre_roll;

use std::time::Duration;

use earshot::Detector;

use crate::frame::Frame;

pub use end::{EndSettings, Patience, Why};

use end::{End, Turn};
use pre_roll::PreRoll;

pub(crate) use pre_roll::frames;

/// From this score on a frame can begin an utterance. Loud noise scores 0.7
/// and seldom more, a steady tone 0.6, speech 0.85 and more.
const BEGINS: f32 = 0.8;
/// From this score on a frame goes on with one: the softest within a word.
const GOES_ON: f32 = 0.6;

/// Finds one utterance after another in a stream of frames.
pub struct Ear {
    detector: Box<Detector>,
    settings: EndSettings,
    end: Option<End>,
    before: PreRoll,
}

/// What one more frame has told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Nothing is listened for, or nobody has spoken yet.
    Quiet,
    /// Somebody began to speak: all frames since, with some before.
    Began(Vec<Frame>),
    /// They go on.
    Going,
    /// They are done. With this frame the utterance is whole.
    Ended(Why),
    /// Nobody has spoken for as long as was waited.
    Nothing,
}

impl Ear {
    /// Listens to nothing yet, but remembers.
    #[must_use]
    pub fn new(settings: EndSettings) -> Self {
        let before = PreRoll::new(settings.start * 2 + settings.kept);
        Self { detector: Detector::default_boxed(), settings, end: None, before }
    }

    /// Listens for one utterance from now on. What was heard before is
    /// forgotten, save the moment for which the wake word is late: a command
    /// may follow it in one breath.
    pub fn listen(&mut self) {
        self.before.keep_last(self.settings.kept);
        self.end = Some(End::new(self.settings));
    }

    /// Forgets what was heard before.
    pub(crate) fn forget(&mut self) {
        self.before.keep_last(Duration::ZERO);
    }

    /// Listens no more.
    pub fn stop(&mut self) {
        self.end = None;
    }

    /// Whether what was said so far is a whole command, after which a shorter
    /// silence is enough. Taken back by saying so.
    pub fn complete(&mut self, complete: bool) {
        if let Some(end) = &mut self.end {
            end.complete(complete);
        }
    }

    /// Takes the next frame.
    pub fn push(&mut self, frame: Frame) -> Heard {
        // Also while nothing is listened for: the detector needs some frames
        // to know its surroundings.
        let score = self.detector.predict_i16(frame.samples());
        self.before.push(frame);
        let Some(end) = &mut self.end else { return Heard::Quiet };
        let enough = if end.began() { GOES_ON } else { BEGINS };
        match end.push(score >= enough) {
            Turn::Waiting => Heard::Quiet,
            Turn::Began => Heard::Began(self.before.take()),
            Turn::Going => Heard::Going,
            Turn::Ended(why) => {
                self.end = None;
                Heard::Ended(why)
            }
            Turn::Nothing => {
                self.end = None;
                Heard::Nothing
            }
        }
    }
}

impl std::fmt::Debug for Ear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ear").field("end", &self.end).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
