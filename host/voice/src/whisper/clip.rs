//! One utterance as it is heard, and how much of it is worth to be decoded.
//!
//! What counts of it ends 0.2 s after the last speech: silence adds no words, and
//! is what a model makes words up for. A pause is as long as that. So what was
//! decoded at a pause is the result, to the sample, where only silence follows.

use earshot::Detector;

use crate::frame::{Framer, SAMPLES};
use crate::wav::to_f32;

/// The most samples of one utterance: what the model takes, 30 s.
const MOST: usize = 30 * 16_000;
/// From this score on a frame is speech; the conversation's own.
const SPEECH: f32 = 0.6;
/// So many frames of silence are a pause: 0.2 s.
const PAUSE: usize = 12;

/// See the module.
#[derive(Default)]
pub(super) struct Clip {
    heard: Vec<f32>,
    framer: Framer,
    detector: Option<Box<Detector>>,
    /// Whole frames that were heard.
    frames: usize,
    /// Up to and with the last one of speech.
    speech: usize,
    /// Up to which it was last worth to decode.
    worth: usize,
}

/// Why it is worth to decode now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    /// Somebody may be done.
    Pause,
    /// They have spoken for a while.
    While,
}

impl Clip {
    /// Takes some sound. `while_frames` is how many more frames than the last
    /// time are worth it without a pause.
    pub(super) fn push(&mut self, samples: &[i16], while_frames: usize) -> Option<Worth> {
        let room = MOST.saturating_sub(self.heard.len());
        let heard = samples.iter().take(room).map(|sample| to_f32(*sample));
        self.heard.extend(heard);
        let mut worth = None;
        for frame in self.framer.push(samples) {
            let detector = self.detector.get_or_insert_with(Detector::default_boxed);
            self.frames += 1;
            if detector.predict_i16(frame.samples()) >= SPEECH {
                self.speech = self.frames;
            }
            if self.speech > self.worth && self.frames == self.speech + PAUSE {
                worth = Some(Worth::Pause);
            } else if self.speech == self.frames && self.frames >= self.worth + while_frames {
                worth = Some(Worth::While);
            }
            if worth.is_some() {
                self.worth = self.frames;
            }
        }
        worth
    }

    /// How many samples count, by what was heard so far. Where no speech was
    /// found all do: whoever sends them has ears of their own.
    pub(super) fn counts(&self) -> usize {
        if self.speech == 0 {
            return self.heard.len();
        }
        ((self.speech + PAUSE) * SAMPLES).min(self.heard.len())
    }

    /// The first samples.
    pub(super) fn first(&self, samples: usize) -> &[f32] {
        self.heard.get(..samples).unwrap_or(&self.heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{silence, spoken};

    #[test]
    fn only_silence_behind_a_pause_changes_nothing_of_what_counts() {
        let said = spoken("Start the web server.", &["-v", "en-us+f3"]);
        let mut clip = Clip::default();
        let sound = [said, silence(2.0)].concat();
        let mut at_pause = Vec::new();
        for some in sound.chunks(100) {
            if clip.push(some, usize::MAX) == Some(Worth::Pause) {
                at_pause.push(clip.counts());
            }
        }
        let last = *at_pause.last().unwrap();
        assert_eq!(clip.counts(), last, "{at_pause:?}");
        assert!(last + 16_000 < sound.len(), "the silence does not count");
        assert!(last > 16_000 && at_pause.len() < 4, "{at_pause:?}");
    }

    #[test]
    fn long_speech_is_worth_it_again_and_again() {
        let long = "Start the web server and the database and the mail server and the router";
        let mut clip = Clip::default();
        let said = spoken(long, &["-v", "en-us+f3"]);
        let found = said.chunks(256).filter(|some| clip.push(some, 60) == Some(Worth::While));
        let found = found.count();
        assert!((2..=said.len() / (60 * SAMPLES)).contains(&found), "{found}");
        assert!(Clip::default().push(&silence(5.0), 60).is_none());
    }

    #[test]
    fn no_more_is_kept_than_the_model_takes() {
        let mut clip = Clip::default();
        for _ in 0..40 {
            clip.push(&silence(1.0), 60);
        }
        assert_eq!((clip.counts(), clip.first(usize::MAX).len()), (MOST, MOST));
    }
}
