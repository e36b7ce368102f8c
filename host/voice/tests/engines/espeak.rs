//! The real espeak-ng in a real child, as a speaker uses it.

use std::sync::Arc;

use jarvis_domain::SystemClock;
use jarvis_voice::{
    EngineSettings, EspeakSettings, Event, Events, Log, MemorySink, Speaker, Supervisor,
};

use crate::Test;

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("a_text_is_spoken_sentence_by_sentence", || Box::pin(sentence_by_sentence())),
    ("another_voice_takes_over", || Box::pin(another_voice_takes_over())),
];

/// It speaks so many words a minute.
pub(crate) fn espeak(pace: u16) -> EngineSettings {
    let settings = EspeakSettings { pace, ..EspeakSettings::default() };
    EngineSettings::standard("espeak", std::env::current_exe().unwrap()).telling(&settings)
}

async fn sentence_by_sentence() {
    let engine = Arc::new(Supervisor::start(espeak(165), Arc::new(SystemClock)));
    let speaker = Speaker::new(engine);
    let log = Arc::new(Log::default());
    let mut lengths = Vec::new();
    for _ in 0..2 {
        let events = Events::begin(Arc::new(SystemClock), log.clone());
        let mut sink = MemorySink::default();
        speaker.speak("**Done.** Node pve2 is at 45 °C.", &mut sink, &events).await.unwrap();
        let told: Vec<Event> = log.take().into_iter().map(|moment| moment.event).collect();
        let sentences: Vec<&str> = told
            .iter()
            .filter_map(|event| match event {
                Event::Sentence { text } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(sentences, ["Done.", "Node pve2 is at 45 degrees Celsius."]);
        let at = |event| told.iter().position(|other| *other == event).unwrap();
        assert!(at(Event::FirstSound) < at(Event::Played));
        assert_eq!(at(Event::Played), told.len() - 1);
        lengths.push(sink.chunks.iter().map(|chunk| chunk.samples.len()).sum::<usize>());
    }
    assert!(lengths[0] > 40_000 && lengths[0] == lengths[1], "{lengths:?}, once from memory");
}

async fn another_voice_takes_over() {
    let missing = EngineSettings { program: "/nowhere/piper".into(), ..espeak(165) };
    let missing = Arc::new(Supervisor::start(missing, Arc::new(SystemClock)));
    let engine = Arc::new(Supervisor::start(espeak(165), Arc::new(SystemClock)));
    let speaker = Speaker::new(missing.clone()).or(engine);
    let events = Events::begin(Arc::new(SystemClock), Arc::new(Log::default()));
    let mut sink = MemorySink::default();
    speaker.speak("Yes.", &mut sink, &events).await.unwrap();
    assert!(!sink.chunks.is_empty());
    let none = Speaker::new(missing).speak("Yes.", &mut sink, &events).await.unwrap_err();
    assert!(none.to_string().contains("/nowhere/piper"), "{none}");
}
