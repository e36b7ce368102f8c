//! A satellite that is played, at the other end of a real connection, while the
//! time is moved by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jarvis_domain::{ManualClock, Timestamp};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;
use crate::event::{Event, Log};
use crate::far::FRAMES;
use crate::port::{Sink, Source};
use crate::wyoming::Decoder;
use crate::{Chunk, Frame, VoiceError};

/// The satellite, and our end of it.
struct Played {
    stream: TcpStream,
    decoder: Decoder,
    clock: Arc<ManualClock>,
    switch: Switch,
    judge: Arc<Verdict>,
    source: FarSource,
    sink: Option<FarSink>,
    holding: JoinHandle<Result<(), VoiceError>>,
}

impl Played {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("tcp://{}", listener.local_addr().unwrap()).parse().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp(10_000)));
        let time: Arc<dyn Clock> = clock.clone();
        let dialling =
            tokio::spawn(async move { Satellite::dial("kitchen", &address, time).await.unwrap() });
        let (stream, _) = listener.accept().await.unwrap();
        let mut end = End { stream, decoder: Decoder::default() };
        end.until("describe").await;
        end.tells("info", json!({"satellite": {"name": "s", "installed": true}})).await;
        let mut link = dialling.await.unwrap();
        assert_eq!(link.info().satellite.as_ref().unwrap().name, "s");
        end.until("run-satellite").await;
        let switch = Switch::new(link.feedback(Arc::new(Log::default())), clock.clone());
        let judge = Arc::new(Verdict(AtomicBool::new(true)));
        let (source, sink) = link.ends(&switch).unwrap();
        assert!(link.ends(&switch).is_none());
        let sink = Some(sink);
        let (held, held_by) = (switch.clone(), judge.clone());
        let holding = tokio::spawn(async move { link.hold(&held, &*held_by).await });
        let End { stream, decoder } = end;
        Self { stream, decoder, clock, switch, judge, source, sink, holding }
    }

    fn end(&mut self) -> End<&mut TcpStream> {
        End { stream: &mut self.stream, decoder: std::mem::take(&mut self.decoder) }
    }

    async fn tells(&mut self, kind: &str, data: Value) {
        self.end().tells(kind, data).await;
    }

    /// The next that it is told which is no `ping`.
    async fn told(&mut self) -> Message {
        loop {
            let mut end = self.end();
            let message = end.next().await;
            self.decoder = end.decoder;
            if message.kind != "ping" {
                return message;
            }
        }
    }

    /// What is told happens in a conversation.
    fn happens(&self, event: Event) {
        self.switch.events().tell(event);
    }
}

/// Says always the same.
#[derive(Debug)]
struct Verdict(AtomicBool);

#[async_trait::async_trait]
impl Judge for Verdict {
    async fn counts(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

struct End<S> {
    stream: S,
    decoder: Decoder,
}

impl<S: AsyncReadExt + AsyncWriteExt + Unpin> End<S> {
    async fn tells(&mut self, kind: &str, data: Value) {
        self.stream.write_all(&Message::new(kind, data).encode()).await.unwrap();
    }

    async fn next(&mut self) -> Message {
        loop {
            if let Some(message) = self.decoder.message().unwrap() {
                return message;
            }
            let mut some = [0; 4096];
            let got = self.stream.read(&mut some).await.unwrap();
            assert!(got > 0, "it was closed");
            self.decoder.push(&some[..got]);
        }
    }

    async fn until(&mut self, kind: &str) {
        while self.next().await.kind != kind {}
    }
}

fn chunk(samples: usize) -> Chunk {
    Chunk { rate: 22_050, samples: vec![9; samples] }
}

#[tokio::test]
async fn the_transcript_is_held_back_until_the_exchange_is_over() {
    let mut played = Played::new().await;
    played.happens(Event::Asleep);
    // What nobody knows is passed over.
    played.tells("sings", json!({"text": ["run-pipeline"]})).await;
    played.tells("run-pipeline", json!({"start_stage": "asr", "end_stage": "tts"})).await;
    played.switch.wanted().await;
    for event in [
        Event::Listening,
        Event::SpeechBegan,
        Event::SpeechEnded { why: crate::Why::Silence },
        Event::Words { text: "shut down web".to_owned() },
        Event::Answer { text: "Really?".to_owned() },
        Event::Listening,
        Event::NoWords,
        Event::Asleep,
    ] {
        played.happens(event);
    }
    let mut kinds = Vec::new();
    loop {
        let message = played.told().await;
        kinds.push(message.kind.clone());
        if message.kind == "transcript" {
            assert_eq!(message.text("text"), Some("shut down web"));
            break;
        }
    }
    let expected = ["transcribe", "voice-started", "voice-stopped", "synthesize", "transcribe"];
    assert_eq!(kinds[..5], expected);
    assert_eq!(kinds[5..], ["error", "transcript"]);
}

#[tokio::test]
async fn whose_wake_word_was_heard_elsewhere_goes_back_to_it_without_a_sound() {
    let mut played = Played::new().await;
    played.judge.0.store(false, Ordering::SeqCst);
    let run = json!({"start_stage": "asr", "end_stage": "tts"});
    played.tells("run-pipeline", run.clone()).await;
    assert_eq!(played.told().await.kind, "run-satellite");
    // Nor does anybody who is muted wake.
    played.judge.0.store(true, Ordering::SeqCst);
    played.switch.mute(true);
    played.tells("run-pipeline", run.clone()).await;
    assert_eq!(played.told().await.kind, "run-satellite");
    played.switch.mute(false);
    // Nor does one wake that only streams.
    played.tells("run-pipeline", json!({"start_stage": "wake", "end_stage": "tts"})).await;
    played.tells("run-pipeline", run).await;
    played.switch.wanted().await;
}

#[tokio::test]
async fn one_that_answers_pings_is_gone_when_it_is_silent_and_one_that_never_did_is_not() {
    let mut played = Played::new().await;
    let mut end = played.end();
    end.until("ping").await;
    played.decoder = end.decoder;
    for _ in 0..30 {
        played.clock.advance(Duration::from_secs(2));
        tokio::task::yield_now().await;
    }
    assert!(!played.holding.is_finished(), "one of old knows no ping");
    played.tells("pong", json!({"text": "jarvis"})).await;
    let mut gone = played.holding;
    loop {
        tokio::select! {
            biased;
            ended = &mut gone => {
                assert!(ended.unwrap().is_err());
                return;
            }
            () = tokio::task::yield_now() => played.clock.advance(Duration::from_millis(100)),
        }
    }
}

#[tokio::test]
async fn whoever_stops_to_stream_in_an_exchange_is_heard_as_silence_and_only_then() {
    let mut played = Played::new().await;
    let frame = Message::frame(&Frame::from([7; crate::SAMPLES]), 0);
    played.stream.write_all(&frame.encode()).await.unwrap();
    assert_eq!(played.source.next().await.unwrap().unwrap().peak(), 7);
    played.clock.advance(Duration::from_secs(2));
    let nothing = tokio::select! {
        biased;
        _ = played.source.next() => false,
        () = tokio::task::yield_now() => true,
    };
    assert!(nothing, "nobody is listened to");
    played.happens(Event::Listening);
    assert_eq!(played.source.next().await.unwrap().unwrap(), Frame::SILENCE);
    // The connection ends, and with it the sound.
    drop((played.stream, played.switch));
    // With an error or without: what it was sent last nobody has read.
    let _ = played.holding.await.unwrap();
    while played.source.next().await.unwrap().is_some() {}
}

#[tokio::test]
async fn whoever_listens_knows_where_some_of_the_sound_is_missing() {
    let mut played = Played::new().await;
    let frame = Message::frame(&Frame::from([7; crate::SAMPLES]), 0).encode();
    for _ in 0..FRAMES + 5 {
        played.stream.write_all(&frame).await.unwrap();
    }
    // All of it has come once this is answered.
    played.tells("ping", json!({"text": "all"})).await;
    while played.told().await.kind != "pong" {}
    for _ in 0..FRAMES {
        assert!(played.source.next().await.unwrap().is_some() && !played.source.is_torn());
    }
    for torn in [true, false] {
        played.stream.write_all(&frame).await.unwrap();
        assert!(played.source.next().await.unwrap().is_some());
        assert_eq!(played.source.is_torn(), torn);
    }
}

#[tokio::test]
async fn sound_is_sent_a_little_ahead_and_was_played_when_that_is_said() {
    let mut played = Played::new().await;
    let mut sink = played.sink.take().unwrap();
    let time = played.clock.clone();
    let mut moved = Duration::ZERO;
    {
        // 22 pieces are a second.
        let playing = sink.play(chunk(22 * 1024));
        tokio::pin!(playing);
        loop {
            tokio::select! {
                biased;
                played = &mut playing => break played.unwrap(),
                () = tokio::task::yield_now() => {
                    time.advance(Duration::from_millis(10));
                    moved += Duration::from_millis(10);
                }
            }
        }
    }
    assert!((400..700).contains(&moved.as_millis()), "half a second was ahead: {moved:?}");
    assert_eq!(played.told().await.kind, "audio-start");
    for _ in 0..22 {
        assert_eq!(played.told().await.kind, "audio-chunk");
    }
    let waiting = tokio::spawn(async move {
        sink.played().await.unwrap();
        sink
    });
    assert_eq!(played.told().await.kind, "audio-stop");
    assert!(!waiting.is_finished());
    played.tells("played", json!({})).await;
    let mut sink = waiting.await.unwrap();
    played.clock.advance(Duration::from_secs(1));
    sink.play(chunk(1024)).await.unwrap();
    sink.cut();
    assert_eq!(sink.held(), Duration::ZERO);
    for kind in ["audio-start", "audio-chunk", "audio-stop"] {
        assert_eq!(played.told().await.kind, kind);
    }
}
