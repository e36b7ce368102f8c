use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::{Language, ManualClock, Timestamp};
use serde_json::json;
use tokio::io::{duplex, split};
use tokio::sync::Notify;

use super::*;
use crate::wyoming::{Connection, Engine, Info, Message, Replies, Sound, serve};
use crate::{Log, MemorySink};

/// A voice that may be out of reach.
#[derive(Debug)]
struct Local {
    clock: Arc<ManualClock>,
    fails: AtomicBool,
    asked: AtomicUsize,
    /// What it does with a sentence that it is asked for.
    does: Mutex<Does>,
    /// From the second sentence on it begins to speak only once this is told.
    slow: Option<Notify>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Does {
    Beeps,
    /// It ends after the first of the sound.
    Breaks,
    /// It has no sound at all.
    IsMute,
}

struct Beep(Does);

#[async_trait]
impl Service for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    async fn open(&self) -> Result<Connection, VoiceError> {
        let before = self.asked.fetch_add(1, Ordering::SeqCst);
        if let Some(go) = self.slow.as_ref().filter(|_| before > 0) {
            go.notified().await;
        }
        if self.fails.load(Ordering::SeqCst) {
            let (engine, why) = ("local".to_owned(), "it is cut off".to_owned());
            return Err(VoiceError::Down { engine, why, code: None });
        }
        let does = *self.does.lock().unwrap();
        let (ours, theirs) = duplex(1 << 16);
        let (reader, writer) = split(theirs);
        tokio::spawn(serve(reader, writer, Beep(does)));
        let (reader, writer) = split(ours);
        Ok(Connection::new("local", reader, writer, self.clock.clone()))
    }
}

#[async_trait]
impl Engine for Beep {
    fn info(&self) -> Info {
        Info::default()
    }

    async fn take(&mut self, _: Message, replies: &mut Replies<'_>) -> Result<(), VoiceError> {
        if self.0 != Does::IsMute {
            replies.send(&Message::sound(Sound::FRAMES, &[0; 160])).await?;
        }
        if self.0 == Does::Breaks {
            return replies.send(&Message::new("error", json!({"text": "it breaks"}))).await;
        }
        replies.send(&Message::new("audio-stop", json!({}))).await
    }
}

fn voice(clock: &Arc<ManualClock>, fails: bool) -> Arc<Local> {
    let (clock, fails) = (clock.clone(), AtomicBool::new(fails));
    Arc::new(Local {
        clock,
        fails,
        asked: AtomicUsize::new(0),
        does: Mutex::new(Does::Beeps),
        slow: None,
    })
}

#[tokio::test]
async fn a_voice_that_fails_is_told_of_once_and_left_alone_for_a_while() {
    let clock = Arc::new(ManualClock::at(Timestamp(0)));
    let (good, plain) = (voice(&clock, true), voice(&clock, false));
    let speaker = Speaker::new(good.clone()).or(plain.clone());
    let log = Arc::new(Log::default());
    let events = Events::begin(clock.clone(), log.clone());
    let mut sink = MemorySink::default();
    let failures = || {
        let is_failure = |moment: &&crate::Moment| matches!(moment.event, Event::Failed { .. });
        log.take().iter().filter(is_failure).count()
    };
    let mut n = 0;
    let mut told = async |pause: u64| {
        clock.advance(Duration::from_secs(pause));
        n += 1;
        let text = format!("Guest {n} runs. Guest {n} stops.");
        speaker.speak(&text, &mut sink, &events).await.unwrap();
        let asked = (good.asked.swap(0, Ordering::SeqCst), plain.asked.swap(0, Ordering::SeqCst));
        (failures(), asked)
    };
    assert_eq!(told(0).await, (1, (1, 2)), "one failure, and no second try");
    assert_eq!(told(9).await, (0, (0, 2)));
    assert_eq!(told(1).await, (0, (1, 2)), "tried again, and not told again");
    assert_eq!(told(19).await, (0, (0, 2)), "twice as long");
    good.fails.store(false, Ordering::SeqCst);
    assert_eq!(told(1).await, (0, (2, 0)), "it is back");
    good.fails.store(true, Ordering::SeqCst);
    assert_eq!(told(0).await, (1, (1, 2)), "it fails anew");
}

#[tokio::test]
async fn what_a_voice_cannot_say_to_its_end_or_at_all_is_told_and_another_goes_on() {
    let clock = Arc::new(ManualClock::at(Timestamp(0)));
    for (does, says) in [(Does::Breaks, 1), (Does::IsMute, 2)] {
        let (good, plain) = (voice(&clock, false), voice(&clock, false));
        *good.does.lock().unwrap() = does;
        let speaker = Speaker::new(good.clone()).or(plain.clone());
        let log = Arc::new(Log::default());
        let events = Events::begin(clock.clone(), log.clone());
        let mut sink = MemorySink::default();
        speaker.speak("One runs. Two stops.", &mut sink, &events).await.unwrap();
        // Half a sentence is not said again.
        assert_eq!(plain.asked.load(Ordering::SeqCst), says, "{does:?}");
        assert_eq!(sink.chunks.len(), 2, "{does:?}");
        let told = log.take();
        let failed = |moment: &&crate::Moment| matches!(moment.event, Event::Failed { .. });
        assert_eq!(told.iter().filter(failed).count(), 1, "{told:?}");
    }
    // Where there is no other, that is an error once all else was said.
    let mute = voice(&clock, false);
    *mute.does.lock().unwrap() = Does::IsMute;
    let events = Events::begin(clock, Arc::new(Log::default()));
    let speaker = Speaker::new(mute.clone());
    let spoken = speaker.speak("Yes. No.", &mut MemorySink::default(), &events).await;
    assert_eq!(spoken.unwrap_err().row().code, "voice-engine-sound");
    assert_eq!(mute.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_and_that_is_said() {
    let told = async |language: Language, times: usize| {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let speaker = Speaker::new(voice(&clock, false)).in_language(language);
        let log = Arc::new(Log::default());
        let events = Events::begin(clock, log.clone());
        let text = "Once upon a time there was a node. ".repeat(times);
        speaker.speak(&text, &mut MemorySink::default(), &events).await.unwrap();
        let said = |moment: crate::Moment| match moment.event {
            Event::Sentence { text } => Some(text),
            _ => None,
        };
        log.take().into_iter().filter_map(said).collect::<Vec<String>>()
    };
    for language in Language::ALL {
        let said = told(language, 500).await;
        let (last, before) = said.split_last().unwrap();
        assert_eq!(*last, speakable_in(language, &more(language)));
        let all: usize = before.iter().map(|said| said.chars().count()).sum();
        assert!(all <= LONGEST && all > LONGEST - 100, "{all}");
        assert!(!told(language, 50).await.contains(last), "nothing is left of it");
    }
}

#[tokio::test]
async fn the_last_voice_is_always_tried_and_its_error_is_the_end() {
    let clock = Arc::new(ManualClock::at(Timestamp(0)));
    let only = voice(&clock, true);
    let speaker = Speaker::new(only.clone());
    let log = Arc::new(Log::default());
    let events = Events::begin(clock.clone(), log.clone());
    for asked in 1..=2 {
        let spoken = speaker.speak("Yes.", &mut MemorySink::default(), &events).await;
        assert_eq!(spoken.unwrap_err().row().code, "voice-engine-down");
        assert_eq!(only.asked.load(Ordering::SeqCst), asked);
    }
    let told = log.take();
    assert!(!told.iter().any(|moment| matches!(moment.event, Event::Failed { .. })), "{told:?}");
}

#[tokio::test]
async fn the_first_sentence_is_played_while_the_second_is_made() {
    let clock = Arc::new(ManualClock::at(Timestamp(0)));
    let (fails, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let slow = Some(Notify::new());
    let voice =
        Arc::new(Local { clock: clock.clone(), fails, asked, does: Mutex::new(Does::Beeps), slow });
    let speaker = Speaker::new(voice.clone());
    let log = Arc::new(Log::default());
    let events = Events::begin(clock, log.clone());
    let mut sink = MemorySink::default();
    {
        let speaking = speaker.speak("One runs. Two stops.", &mut sink, &events);
        tokio::pin!(speaking);
        // Far more turns than all that can go on without the second one takes.
        for _ in 0..1000 {
            tokio::select! {
                biased;
                spoken = &mut speaking => panic!("{spoken:?} without the second sentence"),
                () = tokio::task::yield_now() => {}
            }
        }
        let told: Vec<Event> = log.take().into_iter().map(|moment| moment.event).collect();
        let sentence = |text: &str| Event::Sentence { text: text.to_owned() };
        assert_eq!(told.first(), Some(&sentence("One runs.")), "{told:?}");
        assert!(told.contains(&sentence("Two stops.")), "it is being made: {told:?}");
        assert!(told.contains(&Event::FirstSound) && !told.contains(&Event::Played), "{told:?}");
        voice.slow.as_ref().unwrap().notify_one();
        speaking.await.unwrap();
    }
    assert_eq!(sink.chunks.len(), 2);
}
