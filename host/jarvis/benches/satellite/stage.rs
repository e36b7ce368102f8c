//! What both sides have: a demo host, a recogniser, a sound server, a question.

use std::time::{Duration, Instant};

use jarvis_voice::{RATE, Rate, WavReader};
use tempfile::TempDir;

use crate::sound_server::SoundServer;
use crate::support::Demo;
use crate::support::speech::{PocketSphinx, models, talk};

/// Louder than what a codec or a resampler leaves of silence.
const LOUD: u16 = 500;
/// A frame of what was recorded, samples: 20 ms.
const FRAME: usize = RATE as usize / 50;
/// Frames of an answer, and how many of these are loud at least: more than a
/// short sound has.
const BEGINNING: (usize, usize) = (20, 13);
/// How often a question is asked that nobody hears, and how long its answer may take.
const TRIES: usize = 5;
const PATIENCE: Duration = Duration::from_secs(30);
/// Frames of silence behind an answer.
const SILENCE: usize = 60;

pub(crate) struct Stage {
    pub(crate) demo: Demo,
    pub(crate) stt: String,
    pub(crate) models: TempDir,
    pub(crate) sound: TempDir,
    server: SoundServer,
    question: Vec<i16>,
    _recogniser: PocketSphinx,
}

impl Stage {
    pub(crate) fn start() -> Self {
        let demo = Demo::serving(&[]);
        let stt = format!("unix://{}", demo.root().join("stt.sock").display());
        let recogniser = PocketSphinx::start(&demo, &stt);
        let sound = tempfile::tempdir().unwrap();
        let server = SoundServer::start(sound.path());
        let question = question(&demo);
        Self { demo, stt, models: models(), sound, server, question, _recogniser: recogniser }
    }

    /// Asks, and waits for the end of the answer; from the end of the question
    /// to the beginning of the answer. On a busy machine some sound gets lost on its
    /// way, and the question with it: it is asked again.
    pub(crate) fn ask(&self) -> Duration {
        (0..TRIES).find_map(|_| self.asked()).expect("it is answered")
    }

    fn asked(&self) -> Option<Duration> {
        let recording = self.server.record();
        let began = Instant::now();
        self.server.say(&self.question).wait();
        let asked = began.elapsed();
        let mut start = None;
        let came = recording.within(PATIENCE, |all| {
            let frames: Vec<bool> = all.chunks_exact(FRAME).map(is_loud).collect();
            start = start.or_else(|| beginning(&frames));
            let rest = frames.len().saturating_sub(SILENCE);
            start.is_some_and(|start| start < rest) && !frames[rest..].contains(&true)
        });
        came.ok()?;
        Some(Duration::from_millis(20 * start? as u64).saturating_sub(asked))
    }

    /// Lets some time pass in which nothing is said.
    pub(crate) fn pass(&self, time: Duration) {
        let silence = vec![0; (time.as_secs_f64() * f64::from(RATE)) as usize];
        self.server.say(&silence).wait();
    }
}

/// The frame in which an answer begins.
fn beginning(frames: &[bool]) -> Option<usize> {
    let (length, loud) = BEGINNING;
    let mut windows = frames.windows(length);
    windows.position(|window| window[0] && window.iter().filter(|loud| **loud).count() >= loud)
}

fn is_loud(frame: &[i16]) -> bool {
    frame.iter().any(|sample| sample.unsigned_abs() > LOUD)
}

/// As the microphone hears it, without silence behind it.
fn question(demo: &Demo) -> Vec<i16> {
    let file = talk(demo.root(), &["Jarvis, how hot is node three?"], 0.0);
    let mut reader = WavReader::open(&file).unwrap();
    let mut rate = Rate::new(reader.rate(), RATE).unwrap();
    let (mut read, mut changed) = (Vec::new(), Vec::new());
    while reader.read(&mut read).unwrap() {}
    rate.push(&read, &mut changed).unwrap();
    rate.finish(&mut changed).unwrap();
    let mut samples: Vec<i16> =
        changed.into_iter().map(|sample| (sample * 32_000.0) as i16).collect();
    let end = samples.iter().rposition(|sample| sample.unsigned_abs() > LOUD).unwrap();
    samples.truncate(end + 1);
    samples
}
