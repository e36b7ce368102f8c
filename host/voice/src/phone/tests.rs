//! What goes to and fro over a line, with a clock that the tests move.

use jarvis_domain::{Explain, ManualClock, Timestamp};

use super::*;
use crate::far::FRAMES;
use crate::port::{Sink, Source};
use crate::testing::tone;
use crate::{Chunk, Frame, RATE, SAMPLES, VoiceError, Why};

/// A phone, its line, and the switch that its conversation would have.
struct Stage {
    clock: Arc<ManualClock>,
    phone: Phone,
    line: Line,
    switch: Switch,
}

impl Stage {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let (phone, line) = Phone::new(RATE, clock.clone());
        let switch = Switch::new(phone.observer(), clock.clone());
        Self { clock, phone, line, switch }
    }

    /// Where `work` gets to before it waits for the time.
    async fn now<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = tokio::task::yield_now() => None,
        }
    }

    /// What waits on the line.
    async fn told(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            let next = tokio::select! {
                biased;
                next = self.line.next() => next.unwrap(),
                () = tokio::task::yield_now() => return told,
            };
            told.push(match next {
                Outgoing::Moment(moment) => moment.recorded().what,
                Outgoing::Sound(samples) => samples.len().to_string(),
                other => format!("{other:?}"),
            });
        }
    }
}

fn sound(millis: usize) -> Chunk {
    Chunk { rate: RATE, samples: tone(440.0, millis as f32 / 1000.0) }
}

#[tokio::test]
async fn silence_follows_what_was_said_at_once_where_the_button_is_released() {
    let stage = Stage::new();
    let (mut source, _sink) = stage.phone.ends(&stage.switch).unwrap();
    assert!(stage.phone.ends(&stage.switch).is_none());
    stage.phone.press(&stage.switch);
    stage.switch.events().tell(Event::Listening);
    assert!(stage.phone.hear(&tone(440.0, 0.02)));
    stage.phone.release();
    // A frame, and the rest of it with silence.
    for _ in 0..2 {
        assert!(stage.now(source.next()).await.unwrap().unwrap().unwrap().peak() > 0);
    }
    for _ in 0..100 {
        assert_eq!(stage.now(source.next()).await.unwrap().unwrap(), Some(Frame::SILENCE));
    }
    // For what is said next, after a question, there is time again.
    stage.switch.events().tell(Event::SpeechEnded { why: Why::Silence });
    stage.phone.release();
    stage.switch.events().tell(Event::Listening);
    assert!(stage.now(source.next()).await.is_none());
    stage.clock.advance(Duration::from_secs(3));
    assert_eq!(stage.now(source.next()).await.unwrap().unwrap(), Some(Frame::SILENCE));
}

#[tokio::test]
async fn nobody_waits_for_one_who_stops_to_stream_and_no_time_passes_for_one_asleep() {
    let stage = Stage::new();
    let (mut source, _sink) = stage.phone.ends(&stage.switch).unwrap();
    stage.clock.advance(Duration::from_secs(60));
    assert!(stage.now(source.next()).await.is_none());
    stage.switch.events().tell(Event::Listening);
    let mut count = 0;
    while stage.now(source.next()).await.is_some() {
        count += 1;
    }
    assert!((1..=40).contains(&count), "{count}");
    // A button of which nobody can be heard means nothing.
    stage.switch.mute(true);
    stage.phone.press(&stage.switch);
    stage.phone.release();
    assert!(stage.now(source.next()).await.is_none());
}

#[tokio::test]
async fn sound_that_nobody_listens_to_is_lost_and_that_is_told() {
    let stage = Stage::new();
    for _ in 0..FRAMES {
        assert!(stage.phone.hear(&[0; SAMPLES]));
    }
    assert!(!stage.phone.hear(&[0; SAMPLES]));
    // Whoever listens by then knows where some is missing.
    let (mut source, _sink) = stage.phone.ends(&stage.switch).unwrap();
    for _ in 0..FRAMES {
        assert!(stage.now(source.next()).await.is_some() && !source.is_torn());
    }
    for torn in [true, false] {
        assert!(stage.phone.hear(&[0; SAMPLES]));
        assert!(stage.now(source.next()).await.is_some());
        assert_eq!(source.is_torn(), torn);
    }
}

#[tokio::test]
async fn as_much_waits_as_the_longest_utterance_has() {
    let stage = Stage::new();
    assert!(stage.phone.hear(&tone(440.0, 15.0)));
}

#[tokio::test]
async fn a_button_that_was_released_in_an_exchange_that_failed_ends_no_other() {
    let gone = VoiceError::Gone { engine: "whisper".to_owned(), last: None, error: None };
    let fault = gone.fault();
    for event in [Event::Failed { fault }, Event::Asleep] {
        let stage = Stage::new();
        let (mut source, _sink) = stage.phone.ends(&stage.switch).unwrap();
        stage.phone.press(&stage.switch);
        stage.switch.events().tell(Event::Listening);
        stage.phone.release();
        stage.switch.events().tell(event);
        // The next one is woken by its word.
        stage.switch.events().tell(Event::Woke { word: "jarvis".to_owned() });
        assert!(stage.now(source.next()).await.is_none(), "nothing has ended");
    }
}

#[tokio::test]
async fn sound_is_sent_a_little_ahead_and_its_end_is_waited_for() {
    let mut stage = Stage::new();
    let (_source, mut sink) = stage.phone.ends(&stage.switch).unwrap();
    let mut playing = Box::pin(async move {
        sink.play(sound(1000)).await.unwrap();
        sink.played().await.unwrap();
        sink
    });
    assert!(stage.now(&mut playing).await.is_none());
    let told = stage.told().await;
    assert_eq!((told[0].as_str(), told.len()), ("Begins", 9), "{told:?}");
    stage.clock.advance(Duration::from_millis(500));
    assert!(stage.now(&mut playing).await.is_none());
    assert_eq!(stage.told().await.last().unwrap(), "Ends");
    stage.phone.played();
    let mut sink = stage.now(&mut playing).await.unwrap();
    // One who never says it is not waited for without an end.
    let mut playing = Box::pin(async {
        sink.play(sound(64)).await.unwrap();
        sink.played().await.unwrap();
    });
    assert!(stage.now(&mut playing).await.is_none());
    stage.clock.advance(Duration::from_secs(4));
    assert!(stage.now(&mut playing).await.is_some());
}

#[tokio::test]
async fn sound_of_another_rate_is_sent_to_its_end() {
    let mut stage = Stage::new();
    let (_source, mut sink) = stage.phone.ends(&stage.switch).unwrap();
    let samples = vec![900; 22_050 / 5];
    sink.play(Chunk { rate: 22_050, samples }).await.unwrap();
    sink.whole().await.unwrap();
    let told = stage.told().await;
    let sent: usize = told[1..].iter().map(|length| length.parse::<usize>().unwrap()).sum();
    assert_eq!((told[0].as_str(), sent), ("Begins", RATE as usize / 5));
}

#[tokio::test]
async fn what_was_cut_off_is_not_sent_any_more() {
    let mut stage = Stage::new();
    let (_source, mut sink) = stage.phone.ends(&stage.switch).unwrap();
    sink.play(sound(300)).await.unwrap();
    assert!(sink.held() > Duration::from_millis(200));
    sink.cut();
    assert!(sink.held().is_zero());
    stage.switch.events().tell(Event::Cut);
    assert_eq!(stage.told().await, ["Begins", "cut"]);
    sink.played().await.unwrap();
    assert!(stage.told().await.is_empty(), "nothing has ended");
}

#[tokio::test]
async fn one_who_takes_nothing_is_told_of_and_fills_no_memory() {
    let mut stage = Stage::new();
    let (_source, mut sink) = stage.phone.ends(&stage.switch).unwrap();
    // Its sound waits for room, however the time goes by.
    let mut playing = Box::pin(async move { sink.play(sound(60_000)).await.unwrap() });
    for _ in 0..100 {
        assert!(stage.now(&mut playing).await.is_none());
        stage.clock.advance(Duration::from_millis(50));
    }
    let room = WAITING - PIECES - 1;
    for _ in 0..room {
        stage.switch.events().tell(Event::NoWords);
    }
    let (told, sounds) = (stage.told().await, PIECES + 1);
    assert_eq!(told.len(), sounds + room, "all of it was taken");
    for _ in 0..=WAITING {
        stage.switch.events().tell(Event::NoWords);
    }
    assert_eq!(stage.told().await[0], "Lagging");
}
