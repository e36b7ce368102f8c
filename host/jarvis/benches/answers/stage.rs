//! A host, a loudspeaker, and somebody who asks.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_api::control::Client;
use jarvis_api::{Request, Response, Words};
use jarvis_assistant::Said;
use jarvis_domain::SystemClock;
use jarvis_domain::invocation::Unwatched;
use jarvis_voice::wyoming::Remote;
use jarvis_voice::{
    Answer, Assistant, Chimes, Chunk, Conversation, DeviceChoice, Event, Log, Loudspeaker,
    MemorySource, Parts, Patience, RATE, Sink, Speaker, Switch, Then, VoiceError,
};
use tokio::sync::Mutex;

use crate::engines;
use crate::served::Served;
use crate::sound_server::SoundServer;
use crate::support::speech::samples;

/// From the end of speech to the words, from those to the answer, and from that to its
/// first sound at the device.
pub(crate) const STAGES: [&str; 3] = ["speech_to_words", "words_to_answer", "answer_to_sound"];

/// See the module.
pub(crate) struct Stage {
    _sound: SoundServer,
    _served: Served,
    hears: Arc<Remote>,
    speaks: Arc<Remote>,
    assistant: Arc<Asking>,
    loudspeaker: Arc<Mutex<Loudspeaker>>,
    question: Vec<i16>,
}

/// Asks a host by its control socket, as `jarvis listen` does.
#[derive(Debug)]
struct Asking(Mutex<Client>);

/// A loudspeaker that several conversations play at, one after the other.
struct Lent(Arc<Mutex<Loudspeaker>>);

impl Stage {
    pub(crate) async fn open(folder: &Path) -> Self {
        let sound = SoundServer::start(folder);
        let (hears, speaks) = (engines::hears(), engines::speaks());
        let served = Served::with(&hears, "viewer", "");
        let socket = served.demo().root().join("control.sock");
        let client = Client::connect(&socket, None).await.unwrap().spoken();
        let clock = Arc::new(SystemClock);
        let remote = |address: &str| Arc::new(Remote::new(address.parse().unwrap(), clock.clone()));
        let log = Arc::new(Log::default());
        let loudspeaker = Loudspeaker::open(DeviceChoice::Default, clock.clone(), log).await;
        Self {
            hears: remote(&hears),
            speaks: remote(&speaks),
            assistant: Arc::new(Asking(Mutex::new(client))),
            loudspeaker: Arc::new(Mutex::new(loudspeaker.unwrap())),
            question: question(&served),
            _sound: sound,
            _served: served,
        }
    }

    /// Asks, and hears the answer to its end; milliseconds of each stage.
    pub(crate) async fn exchange(&self) -> [f64; STAGES.len()] {
        let log = Arc::new(Log::default());
        let clock = Arc::new(SystemClock);
        let parts = Parts {
            waking: None,
            wake_words: Vec::new(),
            recogniser: self.hears.clone(),
            // Another each time: what one has said it knows by heart.
            speaker: Speaker::new(self.speaks.clone()),
            assistant: self.assistant.clone(),
            end: Patience::Normal.settings(),
            // As by default, save that a sound never takes the place of a sentence.
            chimes: Chimes { wake: true, end: true, done: true, error: true, brief: false },
            clock: clock.clone(),
            switch: Switch::new(log.clone(), clock),
        };
        let source = Box::new(MemorySource::new(&self.question));
        let sink = Box::new(Lent(Arc::clone(&self.loudspeaker)));
        Conversation::new(parts, source, sink).once().await.unwrap();
        let moments = log.take();
        let after = |wanted: fn(&Event) -> bool| {
            let found = moments.iter().find(|moment| wanted(&moment.event));
            found.unwrap_or_else(|| panic!("{moments:?}")).after_us as f64 / 1000.0
        };
        after(|event| matches!(event, Event::Chime { .. }));
        let ended = after(|event| matches!(event, Event::SpeechEnded { .. }));
        let words = after(|event| matches!(event, Event::Words { .. }));
        let answer = after(|event| matches!(event, Event::Answer { .. }));
        let first = after(|event| *event == Event::FirstSound);
        [words - ended, answer - words, first - answer]
    }
}

/// Somebody says it, and then nothing for long enough.
fn question(served: &Served) -> Vec<i16> {
    let mut speech = samples(served.demo().root(), &["list all virtual machines"], 0.5);
    speech.extend(vec![0; RATE as usize]);
    speech
}

#[async_trait]
impl Assistant for Asking {
    async fn answer(&self, words: &str) -> Answer {
        let words = Words {
            words: words.to_owned(),
            locale: String::new(),
            confirmed: false,
            cluster: None,
            place: None,
        };
        let told = self.0.lock().await.call(Request::Say(words), &Unwatched).await;
        let Ok(Response::Said(Said::Reply(reply))) = told else { panic!("{told:?}") };
        Answer { text: reply.speech, then: Then::Nothing, obvious: false }
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

#[async_trait]
impl Sink for Lent {
    fn ready(&mut self) {
        self.0.try_lock().unwrap().ready();
    }

    async fn play(&mut self, chunk: Chunk) -> Result<(), VoiceError> {
        self.0.lock().await.play(chunk).await
    }

    async fn whole(&mut self) -> Result<(), VoiceError> {
        self.0.lock().await.whole().await
    }

    async fn played(&mut self) -> Result<(), VoiceError> {
        self.0.lock().await.played().await
    }

    fn cut(&mut self) {
        self.0.try_lock().unwrap().cut();
    }

    fn held(&self) -> Duration {
        self.0.try_lock().unwrap().held()
    }
}
