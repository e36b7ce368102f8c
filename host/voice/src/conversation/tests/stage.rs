//! Everything around a conversation, played.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jarvis_domain::{ManualClock, Timestamp};
use serde_json::json;
use tokio::io::{duplex, split};
use tokio::sync::{Notify, mpsc};

use super::super::*;
use crate::testing::frames;
use crate::wyoming::{Connection, Engine, Info, Message, Replies, Sound, Waking, serve};
use crate::{Chimes, Chunk, Frame, Moment, Observer, Patience};

/// What the wake word is here: 2 ms that no voice makes, and some silence.
pub(super) fn wake() -> Vec<i16> {
    let mut samples = [31_000, -31_000].repeat(16);
    samples.resize(512, 0);
    samples
}

fn is_wake(samples: &[i16]) -> bool {
    samples.windows(4).any(|some| some == [31_000, -31_000, 31_000, -31_000])
}

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) clock: Arc<ManualClock>,
    pub(super) switch: Switch,
    chimes: Chimes,
    /// The answer is a story, told as it is made.
    is_story: bool,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    words: Mutex<VecDeque<String>>,
    utterances: AtomicUsize,
    frames: AtomicUsize,
    partials: AtomicBool,
    missing: AtomicBool,
    deaf: AtomicBool,
    begins_never: AtomicBool,
    takes_nothing: AtomicBool,
    wake_down: AtomicBool,
    wake_tries: AtomicUsize,
    wake_late: AtomicUsize,
    moments: Mutex<Vec<Moment>>,
    told: Notify,
    chunks: AtomicUsize,
    cuts: AtomicUsize,
    waits: AtomicBool,
    go: Notify,
    taken: AtomicUsize,
}

impl Stage {
    /// Whose recogniser hears these, one after the other.
    pub(super) fn new(words: &[&str]) -> Self {
        let shared = Arc::new(Shared::default());
        *shared.words.lock().unwrap() = words.iter().map(|&words| words.to_owned()).collect();
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let switch = Switch::new(shared.clone(), clock.clone());
        Self { clock, switch, chimes: Chimes::NONE, is_story: false, shared }
    }

    /// With these sounds.
    pub(super) fn with(self, chimes: Chimes) -> Self {
        Self { chimes, ..self }
    }

    /// Whose answer is a story, which goes on once its beginning is heard.
    pub(super) fn telling(self) -> Self {
        Self { is_story: true, ..self }
    }

    pub(super) fn over(&self, source: impl Source + 'static) -> Conversation {
        self.conversation(source, None)
    }

    pub(super) fn woken_over(&self, source: impl Source + 'static) -> Conversation {
        self.conversation(source, Some(self.waking()))
    }

    /// What finds the wake word.
    pub(super) fn waking(&self) -> Waking {
        Waking::new(self.local(Kind::Wake), Vec::new()).in_step()
    }

    fn conversation(&self, source: impl Source + 'static, waking: Option<Waking>) -> Conversation {
        let parts = Parts {
            waking,
            wake_words: vec!["Jarvis".to_owned()],
            recogniser: self.local(Kind::Words),
            speaker: Speaker::new(self.local(Kind::Voice)),
            assistant: if self.is_story { Arc::new(Story(self.clone())) } else { Arc::new(Echo) },
            end: Patience::Normal.settings(),
            clock: self.clock.clone(),
            switch: self.switch.clone(),
            chimes: self.chimes,
        };
        Conversation::new(parts, Box::new(source), Box::new(Speakers(self.shared.clone())))
    }

    fn local(&self, kind: Kind) -> Arc<dyn Service> {
        Arc::new(Local { kind, clock: self.clock.clone(), shared: self.shared.clone() })
    }

    /// What happened so far, in short; and forgets it.
    pub(super) fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.moments.lock().unwrap()).iter().map(short).collect()
    }

    pub(super) fn seen(&self, event: &str) -> bool {
        self.shared.moments.lock().unwrap().iter().any(|moment| short(moment) == event)
    }

    pub(super) async fn until(&self, event: &str) {
        while !self.seen(event) {
            self.shared.told.notified().await;
        }
    }

    pub(super) fn partials(&self, partials: bool) {
        self.shared.partials.store(partials, Ordering::SeqCst);
    }

    pub(super) fn no_recogniser(&self) {
        self.shared.missing.store(true, Ordering::SeqCst);
    }

    /// The recogniser is started for ever.
    pub(super) fn recogniser_begins_never(&self) {
        self.shared.begins_never.store(true, Ordering::SeqCst);
    }

    /// The recogniser takes no sound.
    pub(super) fn recogniser_takes_nothing(&self) {
        self.shared.takes_nothing.store(true, Ordering::SeqCst);
    }

    /// The wake word's engine never answers.
    pub(super) fn wake_never_answers(&self) {
        self.shared.deaf.store(true, Ordering::SeqCst);
    }

    /// The wake word's engine does not run, or does again.
    pub(super) fn wake_is_down(&self, down: bool) {
        self.shared.wake_down.store(down, Ordering::SeqCst);
    }

    /// That engine tells of a word so many frames later.
    pub(super) fn wake_is_late(&self, frames: usize) {
        self.shared.wake_late.store(frames, Ordering::SeqCst);
    }

    /// How often that engine was tried.
    pub(super) fn wake_tries(&self) -> usize {
        self.shared.wake_tries.load(Ordering::SeqCst)
    }

    /// From now on the sink has never played all.
    pub(super) fn sink_waits(&self) {
        self.shared.waits.store(true, Ordering::SeqCst);
    }

    pub(super) fn sink_goes_on(&self) {
        self.shared.waits.store(false, Ordering::SeqCst);
        self.shared.go.notify_waiters();
        self.shared.go.notify_one();
    }

    pub(super) fn played(&self) -> usize {
        self.shared.chunks.load(Ordering::SeqCst)
    }

    pub(super) fn cuts(&self) -> usize {
        self.shared.cuts.load(Ordering::SeqCst)
    }

    pub(super) fn utterances(&self) -> usize {
        self.shared.utterances.load(Ordering::SeqCst)
    }

    /// How many frames the recogniser was given.
    pub(super) fn frames(&self) -> usize {
        self.shared.frames.load(Ordering::SeqCst)
    }

    pub(super) fn microphone(&self) -> (Live, Microphone) {
        let (to, frames) = mpsc::channel(4);
        (Live { frames, shared: self.shared.clone() }, Microphone { to, given: 0 })
    }

    /// Until all that `microphone` heard was taken.
    pub(super) async fn taken(&self, microphone: &Microphone) {
        while self.shared.taken.load(Ordering::SeqCst) < microphone.given {
            tokio::task::yield_now().await;
        }
    }
}

fn short(moment: &Moment) -> String {
    let json = json!(moment);
    let event = json["event"].as_str().unwrap();
    let detail =
        ["/text", "/fault/code", "/chime"].iter().find_map(|at| json.pointer(at)?.as_str());
    match detail {
        Some(detail) => format!("{event}: {detail}"),
        None => event.to_owned(),
    }
}

impl Observer for Shared {
    fn saw(&self, moment: Moment) {
        self.moments.lock().unwrap().push(moment);
        self.told.notify_one();
    }
}

/// Answers with the words; asks where something is to be stopped.
#[derive(Debug)]
struct Echo;

#[async_trait]
impl Assistant for Echo {
    async fn answer(&self, words: &str) -> Answer {
        if words == "begin" {
            return std::future::pending().await;
        }
        if words.starts_with("stop") {
            return Answer { text: format!("{words}?"), then: Then::Listen, obvious: false };
        }
        Answer { text: format!("{words}!"), then: Then::Nothing, obvious: words == "obvious" }
    }

    async fn is_complete(&self, words: &str) -> bool {
        words == "start the web server"
    }

    fn shown(&self, words: &str) -> String {
        words.replace("secret", "••••")
    }

    fn shown_so_far(&self, words: &str) -> Option<String> {
        (!words.contains("secret")).then(|| words.to_owned())
    }

    fn names(&self) -> Vec<String> {
        vec!["web".to_owned()]
    }

    fn goes_on(&self) -> Option<String> {
        Some("It goes on.".to_owned())
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Wake,
    Words,
    Voice,
}

/// An engine in this process.
#[derive(Debug)]
struct Local {
    kind: Kind,
    clock: Arc<ManualClock>,
    shared: Arc<Shared>,
}

#[async_trait]
impl Service for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    async fn open(&self) -> Result<Connection, VoiceError> {
        if matches!(self.kind, Kind::Words) && self.shared.missing.load(Ordering::SeqCst) {
            let (engine, why) = ("local".to_owned(), "no model".to_owned());
            return Err(VoiceError::Down { engine, why, code: None });
        }
        if matches!(self.kind, Kind::Words) && self.shared.begins_never.load(Ordering::SeqCst) {
            return std::future::pending().await;
        }
        if matches!(self.kind, Kind::Wake) && self.shared.deaf.load(Ordering::SeqCst) {
            return std::future::pending().await;
        }
        if matches!(self.kind, Kind::Wake) {
            self.shared.wake_tries.fetch_add(1, Ordering::SeqCst);
            if self.shared.wake_down.load(Ordering::SeqCst) {
                let (engine, why) = ("local".to_owned(), "no library".to_owned());
                return Err(VoiceError::Down { engine, why, code: None });
            }
        }
        // A moment of sound.
        let (ours, theirs) = duplex(1 << 12);
        let (reader, writer) = split(theirs);
        let (kind, shared, late) = (self.kind, self.shared.clone(), VecDeque::new());
        let engine = Played { kind, shared, frames: 0, late };
        tokio::spawn(serve(reader, writer, engine));
        let (reader, writer) = split(ours);
        Ok(Connection::new("local", reader, writer, self.clock.clone()))
    }
}

struct Played {
    kind: Kind,
    shared: Arc<Shared>,
    frames: usize,
    /// In how many frames a word is told of, and when it was found.
    late: VecDeque<(usize, u64)>,
}

#[async_trait]
impl Engine for Played {
    fn info(&self) -> Info {
        Info::default()
    }

    async fn take(
        &mut self,
        message: Message,
        replies: &mut Replies<'_>,
    ) -> Result<(), VoiceError> {
        match (self.kind, message.kind.as_str()) {
            (Kind::Wake, "audio-chunk") => {
                if is_wake(&message.samples().unwrap().1) {
                    let frames = self.shared.wake_late.load(Ordering::SeqCst);
                    self.late.push_back((frames, message.data["timestamp"].as_u64().unwrap()));
                }
                if let Some((_, millis)) = self.late.pop_front_if(|(frames, _)| *frames == 0) {
                    let found = json!({"name": "jarvis", "timestamp": millis});
                    replies.send(&Message::new("detection", found)).await?;
                }
                self.late.iter_mut().for_each(|(frames, _)| *frames -= 1);
                Ok(())
            }
            (Kind::Words, "audio-chunk") if self.shared.takes_nothing.load(Ordering::SeqCst) => {
                std::future::pending().await
            }
            (Kind::Words, "audio-chunk") => {
                self.frames += 1;
                self.shared.frames.fetch_add(1, Ordering::SeqCst);
                if self.frames == 60 && self.shared.partials.load(Ordering::SeqCst) {
                    let words = self.shared.words.lock().unwrap().front().cloned();
                    let text = json!({"text": words.unwrap_or_default()});
                    replies.send(&Message::new("transcript-chunk", text)).await?;
                }
                Ok(())
            }
            (Kind::Words, "audio-stop") => {
                self.shared.utterances.fetch_add(1, Ordering::SeqCst);
                let words = self.shared.words.lock().unwrap().pop_front().unwrap_or_default();
                if words == "never" {
                    return std::future::pending().await;
                }
                let kind = if words == "fail" { "error" } else { "transcript" };
                replies.send(&Message::new(kind, json!({ "text": words }))).await
            }
            (Kind::Voice, "synthesize") => {
                replies.send(&Message::sound(Sound::FRAMES, &[0; 16_000])).await?;
                replies.send(&Message::bare("audio-stop")).await
            }
            _ => Ok(()),
        }
    }
}

#[derive(Debug)]
struct Speakers(Arc<Shared>);

#[async_trait]
impl Sink for Speakers {
    async fn play(&mut self, _: Chunk) -> Result<(), VoiceError> {
        self.0.chunks.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn played(&mut self) -> Result<(), VoiceError> {
        while self.0.waits.load(Ordering::SeqCst) {
            self.0.go.notified().await;
        }
        Ok(())
    }

    fn cut(&mut self) {
        self.0.cuts.fetch_add(1, Ordering::SeqCst);
    }
}

/// A microphone, as the conversation has it and as the test does.
#[derive(Debug)]
pub(super) struct Live {
    frames: mpsc::Receiver<Frame>,
    shared: Arc<Shared>,
}

pub(super) struct Microphone {
    to: mpsc::Sender<Frame>,
    given: usize,
}

impl Microphone {
    pub(super) async fn hears(&mut self, samples: &[i16]) {
        for frame in frames(samples) {
            self.given += 1;
            self.to.send(frame).await.unwrap();
        }
    }
}

#[async_trait]
impl Source for Live {
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError> {
        let frame = self.frames.recv().await;
        self.shared.taken.fetch_add(1, Ordering::SeqCst);
        Ok(frame)
    }

    fn is_live(&self) -> bool {
        true
    }

    async fn forget(&mut self) {
        while self.frames.try_recv().is_ok() {
            self.shared.taken.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Tells a story, whose end it makes once the beginning is played.
#[derive(Debug)]
struct Story(Stage);

#[async_trait]
impl Assistant for Story {
    async fn answer(&self, _: &str) -> Answer {
        let text = "Once upon a time. The end.".to_owned();
        Answer { text, then: Then::Nothing, obvious: false }
    }

    async fn answer_ahead(&self, words: &str, ahead: Ahead) -> Answer {
        ahead.tell("Once upon a time.");
        self.0.until("first-sound").await;
        self.answer(words).await
    }

    async fn is_complete(&self, _: &str) -> bool {
        false
    }

    fn shown(&self, words: &str) -> String {
        words.to_owned()
    }

    fn shown_so_far(&self, words: &str) -> Option<String> {
        Some(words.to_owned())
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}
