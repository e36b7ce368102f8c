//! Short sounds that say what goes on, made here and not read from files.

use std::f32::consts::TAU;

use serde::{Deserialize, Serialize};

use crate::frame::{Chunk, RATE};

/// How loud they are, of 1. Below speech, so that none is startled at night.
const LOUDNESS: f32 = 0.2;
/// How long a note takes to begin and to end, seconds; without it, it clicks.
const EDGE: f32 = 0.01;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chime {
    /// Somebody is listened to.
    Wake,
    /// What they said is being understood.
    End,
    /// It is done.
    Done,
    /// It is not, and no sentence says so.
    Error,
}

/// Which of them are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chimes {
    /// [`Chime::Wake`].
    pub wake: bool,
    /// [`Chime::End`].
    pub end: bool,
    /// [`Chime::Done`].
    pub done: bool,
    /// [`Chime::Error`].
    pub error: bool,
    /// Where an answer is obvious, [`Chime::Done`] is the whole of it.
    pub brief: bool,
}

impl Chimes {
    /// None of them.
    pub const NONE: Self =
        Self { wake: false, end: false, done: false, error: false, brief: false };

    pub(crate) fn has(&self, chime: Chime) -> bool {
        match chime {
            Chime::Wake => self.wake,
            Chime::End => self.end,
            Chime::Done => self.done,
            Chime::Error => self.error,
        }
    }

    /// Whether a sound takes the place of a sentence that says no more.
    pub(crate) fn is_brief(&self) -> bool {
        self.brief && self.done
    }
}

impl Chime {
    /// Its notes: hertz and seconds. Upwards is good, downwards is not.
    fn notes(self) -> &'static [(f32, f32)] {
        match self {
            Self::Wake => &[(660.0, 0.07), (880.0, 0.09)],
            Self::End => &[(660.0, 0.07)],
            Self::Done => &[(523.0, 0.08), (659.0, 0.08), (784.0, 0.14)],
            Self::Error => &[(330.0, 0.14), (247.0, 0.22)],
        }
    }

    /// How it sounds.
    #[must_use]
    pub fn sound(self) -> Chunk {
        let samples = self.notes().iter().flat_map(|(hertz, seconds)| note(*hertz, *seconds));
        Chunk { rate: RATE, samples: samples.collect() }
    }
}

fn note(hertz: f32, seconds: f32) -> impl Iterator<Item = i16> {
    let rate = RATE as f32;
    (0..(seconds * rate) as usize).map(move |n| {
        let at = n as f32 / rate;
        let edge = (at.min(seconds - at) / EDGE).clamp(0.0, 1.0);
        ((at * hertz * TAU).sin() * edge * LOUDNESS * 32_767.0) as i16
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{frames, silence};
    use crate::{Ear, Heard, Patience};

    const ALL: [Chime; 4] = [Chime::Wake, Chime::End, Chime::Done, Chime::Error];

    #[test]
    fn each_is_short_soft_without_a_click_and_like_no_other() {
        for (n, chime) in ALL.into_iter().enumerate() {
            let sound = chime.sound();
            assert!((50..=400).contains(&sound.duration().as_millis()), "{chime:?}");
            let peak = sound.samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
            assert!((5_000..7_000).contains(&peak), "{chime:?}: {peak}");
            let (first, last) = (sound.samples[0], *sound.samples.last().unwrap());
            assert!(first.abs() < 100 && last.abs() < 100, "{chime:?}: {first} {last}");
            assert!(ALL[..n].iter().all(|other| other.sound() != sound));
        }
    }

    #[test]
    fn none_of_them_is_taken_for_speech() {
        for chime in ALL {
            let mut ear = Ear::new(Patience::Normal.settings());
            ear.listen();
            let sound = [silence(0.2), chime.sound().samples, silence(0.5)].concat();
            for frame in frames(&sound) {
                assert_eq!(ear.push(frame), Heard::Quiet, "{chime:?}");
            }
        }
    }
}
