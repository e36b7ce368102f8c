//! Somebody who asks a question at a satellite.

use std::time::{Duration, Instant};

use jarvis_voice::{Ear, FRAME, Framer, Heard, Patience, RATE, SAMPLES};

use crate::pretend::Line;
use crate::served::Served;
use crate::support::speech::samples;

/// A question, and where in it jarvis should know that it has ended.
pub(crate) struct Talk {
    /// Sent at once: what is waited for is its end alone.
    speech: Vec<i16>,
    /// Sent as fast as a microphone hears it, piece by piece.
    rest: Vec<i16>,
}

/// Frames of a piece: 128 ms, so that jarvis has said what it makes of one before
/// the next is sent, and it is known which one was the end.
const FRAMES: usize = 8;
/// The piece of the rest with whose first frame the silence is long enough, by an ear
/// that has heard nothing else. jarvis's own has heard the questions before, and may
/// find the end some frames later, but in the same piece.
const ENDS: usize = 4;

impl Talk {
    pub(crate) fn new(served: &Served) -> Self {
        let mut speech = samples(served.demo().root(), &["list all virtual machines"], 0.5);
        speech.extend(vec![0; RATE as usize]);
        let end = end(&speech);
        let rest = speech.split_off((end - ENDS * FRAMES) * SAMPLES);
        Self { speech, rest }
    }

    /// Asks, and waits until the exchange is over; how long it took from the end of
    /// the question to the first byte of the answer. The end is the piece of [`ENDS`],
    /// which jarvis must have had when it said that it was one.
    pub(crate) fn ask(&self, line: &mut Line) -> Duration {
        line.wakes();
        line.until("transcribe");
        let mut mouth = line.mouth();
        mouth.pour(&self.speech);
        let rest = self.rest.clone();
        let speaking = std::thread::spawn(move || {
            let pieces = rest.chunks(FRAMES * SAMPLES).enumerate();
            pieces.map(|(n, piece)| mouth.piece(n, piece, FRAME * FRAMES as u32)).collect()
        });
        line.until("voice-stopped");
        let stopped = Instant::now();
        line.until("audio-start");
        let answered = Instant::now();
        line.until("audio-stop");
        line.tell("played", serde_json::json!({}));
        line.until("transcript");
        let sent: Vec<Instant> = speaking.join().unwrap();
        // On a busy machine more may have been sent until jarvis said so, which counts.
        let had = sent.iter().take_while(|sent| **sent < stopped).count();
        assert!(had > ENDS, "the end was found too early, with {had} pieces");
        answered.duration_since(sent[ENDS])
    }
}

/// The frame with which it has ended, for an ear of the usual patience.
fn end(samples: &[i16]) -> usize {
    let mut ear = Ear::new(Patience::Normal.settings());
    ear.listen();
    let frames = Framer::default().push(samples);
    let ended = frames.into_iter().position(|frame| matches!(ear.push(frame), Heard::Ended(_)));
    ended.expect("the question ends")
}

/// A second of a room in which nobody speaks, always the same.
pub(crate) fn hum() -> Vec<i16> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as i16 / 256
    };
    (0..RATE).map(|_| next()).collect()
}
