//! How long it takes from the end of an utterance to the first sound of its answer.

use std::sync::Arc;

use jarvis_domain::SystemClock;
use jarvis_voice::{
    Chimes, Conversation, EngineSettings, Event, Log, MemorySink, MemorySource, Parts, Patience,
    Speaker, Supervisor, Switch,
};

use crate::pretend::Answering;
use crate::{espeak, porcupine};

/// Exchanges that are measured.
const TRIES: usize = 300;

/// Milliseconds from the end of speech to the first sound, of each exchange.
pub(crate) async fn answers() -> Vec<f64> {
    let voice = Supervisor::start(espeak::espeak(150), Arc::new(SystemClock));
    let sound = porcupine::spoken(&voice, "Start the web server.", "en-us+f3").await;
    let (recogniser, speaker) = (pretend(), pretend());
    let mut times = Vec::with_capacity(TRIES);
    for _ in 0..TRIES {
        let log = Arc::new(Log::default());
        let parts = Parts {
            waking: None,
            wake_words: Vec::new(),
            recogniser: recogniser.clone(),
            speaker: Speaker::new(speaker.clone()),
            assistant: Arc::new(Answering),
            end: Patience::Normal.settings(),
            chimes: Chimes::NONE,
            clock: Arc::new(SystemClock),
            switch: Switch::new(log.clone(), Arc::new(SystemClock)),
        };
        let (source, sink) = (MemorySource::new(&sound), MemorySink::default());
        Conversation::new(parts, Box::new(source), Box::new(sink)).once().await.unwrap();
        let moments = log.take();
        let after = |wanted: fn(&Event) -> bool| {
            moments.iter().find(|moment| wanted(&moment.event)).unwrap().after_us
        };
        let ended = after(|event| matches!(event, Event::SpeechEnded { .. }));
        let first = after(|event| *event == Event::FirstSound);
        times.push((first - ended) as f64 / 1000.0);
    }
    times
}

pub(crate) fn pretend() -> Arc<Supervisor> {
    let settings = EngineSettings::standard("pretend", std::env::current_exe().unwrap());
    Arc::new(Supervisor::start(settings, Arc::new(SystemClock)))
}
