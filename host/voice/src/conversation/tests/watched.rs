//! The watch for the wake word, frame by frame: to the millisecond of its rules.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Notify, Semaphore};

use super::super::watch::{Holds, OwnVoice, Watch};
use super::stage::{Stage, wake};
use crate::event::Events;
use crate::frame::FRAME;
use crate::testing::frames;
use crate::wyoming::Judge;
use crate::{Chunk, Frame, Source, VoiceError};

const WAKE: Holds = Holds { wake: true, stop: false };

/// A watch, and what happens before it.
struct Scene {
    stage: Stage,
    own: OwnVoice,
    watch: Watch,
    events: Events,
    word: Frame,
    source: Queue,
}

/// What was heard, and waited for so long.
#[derive(Debug, Default)]
struct Queue(Duration);

#[async_trait]
impl Source for Queue {
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError> {
        Ok(None)
    }

    fn is_live(&self) -> bool {
        true
    }

    fn behind(&self) -> Duration {
        self.0
    }

    async fn forget(&mut self) {}
}

impl Scene {
    fn new() -> Self {
        let stage = Stage::new(&[]);
        let own = OwnVoice::new(&["Jarvis".to_owned()], stage.clock.clone());
        let watch = Watch::new(Some(stage.waking()), own.clone());
        let events = stage.switch.events();
        Self { stage, own, watch, events, word: frames(&wake())[0], source: Queue::default() }
    }

    /// Whether a wake word is found with this frame.
    async fn finds(&mut self, frame: Frame) -> bool {
        self.watch.passes(&self.source);
        self.watch.look(frame);
        self.watch.is_looking() && self.watch.looked(&self.events).await.is_some()
    }

    async fn silence(&mut self, frames: usize) {
        for _ in 0..frames {
            assert!(!self.finds(Frame::SILENCE).await);
        }
    }

    fn advance(&self, millis: u64) {
        self.stage.clock.advance(Duration::from_millis(millis));
    }
}

/// A host that takes its time, and then says yes.
#[derive(Debug)]
struct Slow {
    asked: Notify,
    says: Semaphore,
}

#[async_trait]
impl Judge for Slow {
    async fn counts(&self) -> bool {
        self.asked.notify_one();
        self.says.acquire().await.unwrap().forget();
        true
    }
}

#[tokio::test]
async fn a_word_that_is_judged_while_somebody_begins_to_speak_is_over() {
    let judge = Arc::new(Slow { asked: Notify::new(), says: Semaphore::new(0) });
    let mut scene = Scene::new();
    let waking = scene.stage.waking().judged(Arc::<Slow>::clone(&judge));
    scene.watch = Watch::new(Some(waking), scene.own.clone());
    let word = scene.word;
    {
        let finds = scene.finds(word);
        tokio::pin!(finds);
        tokio::select! {
            biased;
            _ = &mut finds => panic!("nobody has said that it counts"),
            () = judge.asked.notified() => {}
        }
    }
    assert!(scene.watch.is_looking());
    // By a key, and what they say goes by.
    scene.watch.forget();
    judge.says.add_permits(1);
    scene.silence(200).await;
    // The next one counts as always.
    judge.says.add_permits(1);
    assert!(scene.finds(word).await);
}

/// A second of sound.
fn second() -> Chunk {
    Chunk { rate: 16_000, samples: vec![0; 16_000] }
}

#[tokio::test]
async fn a_second_detection_within_two_seconds_is_one_of_the_same_word() {
    let mut scene = Scene::new();
    let word = scene.word;
    assert!(scene.finds(word).await);
    // 124 frames of 16 ms are less than 2 s, 125 are 2 s.
    scene.silence(123).await;
    assert!(!scene.finds(word).await);
    assert!(scene.finds(word).await);
}

#[tokio::test]
async fn only_whole_words_are_held() {
    let scene = Scene::new();
    for (text, wake, stop) in [
        ("The web server is stopped.", false, false),
        ("It was cancelled, which is unstoppable.", false, false),
        ("Say \"stop\".", false, true),
        ("Jarvis's own.", true, false),
        ("Jarviston", false, false),
    ] {
        assert_eq!(scene.own.holds(text), Holds { wake, stop }, "{text}");
    }
}

#[tokio::test]
async fn jarvis_is_not_heard_for_300_ms_after_it_has_said_its_name() {
    let mut scene = Scene::new();
    let word = scene.word;
    assert_eq!(scene.own.holds("I am JARVIS."), WAKE);
    // Said half a second from now, for a second.
    scene.own.says(WAKE, &second(), Duration::from_millis(500));
    scene.advance(1799);
    assert!(!scene.finds(word).await);
    scene.advance(1);
    assert!(scene.finds(word).await);
}

#[tokio::test]
async fn an_engine_that_is_late_does_not_wake_jarvis_by_its_own_name() {
    let mut scene = Scene::new();
    let word = scene.word;
    // Two seconds.
    scene.stage.wake_is_late(125);
    scene.own.says(WAKE, &second(), Duration::ZERO);
    assert!(!scene.finds(word).await);
    for _ in 0..200 {
        scene.stage.clock.advance(FRAME);
        scene.silence(1).await;
    }
    // Somebody's own word counts, though jarvis says its name by the time that it is told.
    assert!(!scene.finds(word).await);
    scene.own.says(WAKE, &second(), Duration::from_millis(16));
    scene.own.says(WAKE, &second(), Duration::from_secs(2));
    scene.advance(16);
    scene.silence(124).await;
    assert!(scene.finds(Frame::SILENCE).await);
}

#[tokio::test]
async fn a_word_that_waited_to_be_looked_at_counts_by_when_it_was_heard() {
    let mut scene = Scene::new();
    let word = scene.word;
    scene.own.says(WAKE, &second(), Duration::ZERO);
    scene.advance(3_000);
    scene.source.0 = Duration::from_millis(1_701);
    assert!(!scene.finds(word).await);
    scene.source.0 = Duration::from_millis(1_700);
    assert!(scene.finds(word).await);
}

#[tokio::test]
async fn what_an_engine_finds_late_was_said_before_somebody_was_listened_to() {
    let mut scene = Scene::new();
    let word = scene.word;
    scene.stage.wake_is_late(10);
    assert!(!scene.finds(word).await);
    scene.watch.forget();
    scene.silence(20).await;
    assert!(!scene.finds(word).await);
    scene.silence(9).await;
    assert!(scene.finds(Frame::SILENCE).await);
}

#[tokio::test]
async fn what_is_cut_off_is_out_of_the_room_after_300_ms() {
    let mut scene = Scene::new();
    let word = scene.word;
    scene.own.says(WAKE, &second(), Duration::ZERO);
    scene.advance(200);
    scene.own.silent();
    scene.advance(299);
    assert!(!scene.finds(word).await);
    scene.advance(1);
    assert!(scene.finds(word).await);
}

#[tokio::test]
async fn any_other_sentence_may_be_interrupted() {
    let mut scene = Scene::new();
    let word = scene.word;
    scene.own.says(scene.own.holds("Node three is hot."), &second(), Duration::ZERO);
    assert!(scene.finds(word).await);
}

#[tokio::test]
async fn an_engine_that_fails_is_told_of_once_and_tried_less_and_less_often() {
    let mut scene = Scene::new();
    let word = scene.word;
    scene.stage.wake_is_down(true);
    // 64 s: tried at once, and 1, 3, 7, 15, 31 and 63 s later.
    scene.silence(4_000).await;
    assert_eq!(scene.stage.wake_tries(), 7);
    assert_eq!(scene.stage.told(), ["failed: voice-engine-down"]);
    scene.stage.wake_is_down(false);
    // Never later than after a minute.
    scene.silence(3_700).await;
    assert_eq!(scene.stage.wake_tries(), 8);
    assert!(scene.finds(word).await);
    assert_eq!(scene.stage.told(), [""; 0]);
}
