//! A whole exchange with real engines: `espeak-ng` says it, Porcupine wakes,
//! earshot finds the end, `espeak-ng` answers into a WAV file. Only the
//! recogniser is played: it says how much it heard.

use std::sync::Arc;

use jarvis_domain::SystemClock;
use jarvis_voice::wyoming::{Service, Waking};
use jarvis_voice::{
    Chimes, Conversation, Event, Log, MemorySource, Parts, Patience, RATE, Speaker, Supervisor,
    Switch, WavReader, WavWriter,
};

use crate::Test;
use crate::espeak::espeak;
use crate::porcupine::{porcupine, settings, spoken};
use crate::pretend::Answering;
use crate::supervised;

pub(crate) const TESTS: &[(&str, Test)] =
    &[("a_spoken_command_has_a_spoken_answer", || Box::pin(a_spoken_command()))];

async fn a_spoken_command() {
    let voice: Arc<Supervisor> = Arc::new(Supervisor::start(espeak(150), Arc::new(SystemClock)));
    let recogniser: Arc<dyn Service> =
        Arc::new(Supervisor::start(supervised::settings(), Arc::new(SystemClock)));
    let command = spoken(&voice, "Jarvis, start the web server.", "en-us+f4").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reply.wav");
    let log = Arc::new(Log::default());
    let parts = Parts {
        waking: Some(Waking::new(porcupine(&settings()), Vec::new()).in_step()),
        wake_words: vec!["jarvis".to_owned()],
        recogniser,
        speaker: Speaker::new(voice),
        assistant: Arc::new(Answering),
        end: Patience::Normal.settings(),
        chimes: Chimes::NONE,
        clock: Arc::new(SystemClock),
        switch: Switch::new(log.clone(), Arc::new(SystemClock)),
    };
    let file = std::fs::File::create(&path).unwrap();
    let sink = Box::new(WavWriter::new("reply.wav", file));
    let source = Box::new(MemorySource::new(&command));
    Conversation::new(parts, source, sink).run().await.unwrap();

    let moments = log.take();
    // The first comes before the exchange's clock starts, with the wake word;
    // the last begins the next exchange.
    let exchange = &moments[1..moments.len() - 1];
    assert!(exchange.is_sorted_by_key(|moment| moment.after_us), "{moments:?}");
    let events: Vec<&Event> = moments.iter().map(|moment| &moment.event).collect();
    assert_eq!(events[..2], [&Event::Asleep, &Event::Woke { word: "jarvis".to_owned() }]);
    let words = events.iter().find_map(|event| match event {
        Event::Words { text } => text.strip_suffix(" samples"),
        _ => None,
    });
    let heard: u32 = words.unwrap_or_else(|| panic!("{events:?}")).parse().unwrap();
    assert!((RATE..3 * RATE).contains(&heard), "of {} samples, {heard}", command.len());
    assert_eq!(events.last(), Some(&&Event::Asleep), "{events:?}");
    assert!(events.contains(&&Event::Played), "{events:?}");
    let mut reply = Vec::new();
    let mut reader = WavReader::open(&path).unwrap();
    while reader.read(&mut reply).unwrap() {}
    assert!(reply.len() > reader.rate() as usize, "{} samples", reply.len());
}
