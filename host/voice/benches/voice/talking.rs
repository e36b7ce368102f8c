//! Whether a whole conversation grows: for an hour of sound at test speed somebody says
//! the wake word and a question over and over, is understood, and is answered aloud.
//! The wake word and the voice are real; the recogniser is played.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::SystemClock;
use jarvis_voice::wyoming::Waking;
use jarvis_voice::{
    Chimes, Chunk, Conversation, Event, Frame, Framer, Moment, Observer, Parts, Patience, RATE,
    Rate, Sink, Source, Speaker, Supervisor, Switch, VoiceError,
};

use crate::listening::{FRAMES_A_SECOND, HOUR, resident};
use crate::pretend::Answering;
use crate::{answers, espeak, porcupine};

/// Seconds of silence after each question.
const SILENCE: usize = 2;
/// Exchanges that an hour has at least, since it would be no hour of talk else: a question
/// and the silence take less than 5 s, and not each wake word is found.
const LEAST: u64 = HOUR / 10;

/// What came of it.
#[derive(Debug)]
pub(crate) struct Talked {
    /// Exchanges that were answered aloud.
    pub(crate) exchanges: u64,
    /// Bytes more, of this program and its children, than after the first tenth.
    pub(crate) growth: u64,
}

/// The engines of a conversation.
#[derive(Clone)]
struct Engines {
    wakes: Arc<Supervisor>,
    hears: Arc<Supervisor>,
    speaks: Arc<Supervisor>,
}

/// A room in which the same is said over and over, as a device at 48 kHz hears it.
struct Room {
    said: Vec<f32>,
    rate: Rate,
    framer: Framer,
    frames: VecDeque<Frame>,
    heard: u64,
    engines: Engines,
    /// Bytes after the first tenth.
    tenth: Arc<Mutex<Option<u64>>>,
}

/// Plays nothing, and keeps nothing of it.
#[derive(Debug, Default)]
struct Nowhere;

/// Counts what was answered aloud.
#[derive(Debug, Default)]
struct Count(Mutex<u64>);

/// Talks for an hour.
pub(crate) async fn hour() -> Talked {
    let engines = Engines {
        wakes: porcupine::porcupine(&porcupine::settings()),
        hears: answers::pretend(),
        speaks: Arc::new(Supervisor::start(espeak::espeak(150), Arc::new(SystemClock))),
    };
    let voice = &engines.speaks;
    let said = porcupine::spoken(voice, "Jarvis, how hot is node three?", "en-us+f3").await;
    let tenth = Arc::default();
    let room = Room::new(&said, &engines, &tenth);
    let count = Arc::new(Count::default());
    let parts = Parts {
        waking: Some(Waking::new(engines.wakes.clone(), Vec::new()).in_step()),
        wake_words: vec!["jarvis".to_owned()],
        recogniser: engines.hears.clone(),
        speaker: Speaker::new(engines.speaks.clone()),
        assistant: Arc::new(Answering),
        end: Patience::Normal.settings(),
        chimes: Chimes { wake: true, end: true, done: true, error: true, brief: false },
        clock: Arc::new(SystemClock),
        switch: Switch::new(count.clone(), Arc::new(SystemClock)),
    };
    Conversation::new(parts, Box::new(room), Box::new(Nowhere)).run().await.unwrap();
    let exchanges = *count.0.lock().unwrap();
    assert!(exchanges >= LEAST, "{exchanges} exchanges are no hour of talk");
    let before = tenth.lock().unwrap().unwrap();
    Talked { exchanges, growth: engines.memory().saturating_sub(before) }
}

impl Engines {
    /// Bytes of this program and of them.
    fn memory(&self) -> u64 {
        let children = [&self.wakes, &self.hears, &self.speaks];
        resident() + children.iter().map(|child| child.memory().unwrap()).sum::<u64>()
    }
}

impl Room {
    fn new(said: &[i16], engines: &Engines, tenth: &Arc<Mutex<Option<u64>>>) -> Self {
        let silence = vec![0; SILENCE * RATE as usize];
        let samples = said.iter().chain(&silence);
        Self {
            said: samples.flat_map(|sample| [f32::from(*sample) / 32_768.0; 3]).collect(),
            rate: Rate::new(48_000, RATE).unwrap(),
            framer: Framer::default(),
            frames: VecDeque::new(),
            heard: 0,
            engines: engines.clone(),
            tenth: Arc::clone(tenth),
        }
    }
}

#[async_trait]
impl Source for Room {
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError> {
        if self.heard >= HOUR * FRAMES_A_SECOND {
            return Ok(None);
        }
        if self.heard == HOUR / 10 * FRAMES_A_SECOND {
            *self.tenth.lock().unwrap() = Some(self.engines.memory());
        }
        if self.frames.is_empty() {
            for block in self.said.chunks(1536) {
                let mut samples = Vec::with_capacity(600);
                self.rate.push(block, &mut samples).unwrap();
                let samples: Vec<i16> = samples.iter().map(|s| (s * 32_767.0) as i16).collect();
                self.frames.extend(self.framer.push(&samples));
            }
        }
        self.heard += 1;
        Ok(self.frames.pop_front())
    }

    fn is_live(&self) -> bool {
        false
    }

    async fn forget(&mut self) {}
}

#[async_trait]
impl Sink for Nowhere {
    async fn play(&mut self, _: Chunk) -> Result<(), VoiceError> {
        Ok(())
    }

    async fn played(&mut self) -> Result<(), VoiceError> {
        Ok(())
    }

    fn cut(&mut self) {}

    fn held(&self) -> Duration {
        Duration::ZERO
    }
}

impl Observer for Count {
    fn saw(&self, moment: Moment) {
        if moment.event == Event::Played {
            *self.0.lock().unwrap() += 1;
        }
    }
}
