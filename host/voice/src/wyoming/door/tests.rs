//! A desk behind the door, over streams in memory, with engines that count.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::{Clock, ManualClock, Timestamp};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex, split};
use tokio::task::JoinHandle;

use super::crowd::Crowd;
use super::visit::visit;
use crate::testing::{noise, silence, spoken};
use crate::wyoming::{
    Connection, Decoder, Desk, DeskParts, Engine, Handled, Handler, Info, Message, Replies,
    Service, Sound, WakeWords, Waking, serve,
};
use crate::{Ahead, Patience, Speaker, VoiceError};

/// An engine for each connection, and how often one was opened.
#[derive(Debug)]
struct Local {
    clock: Arc<dyn Clock>,
    opened: AtomicUsize,
    /// Texts that were spoken, and utterances that were heard to their ends.
    done: Arc<Mutex<Vec<String>>>,
}

struct Played(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl Service for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    async fn open(&self) -> Result<Connection, VoiceError> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        let (ours, theirs) = duplex(1 << 20);
        let (reader, writer) = split(theirs);
        tokio::spawn(serve(reader, writer, Played(self.done.clone())));
        let (reader, writer) = split(ours);
        Ok(Connection::new("local", reader, writer, self.clock.clone()))
    }
}

#[async_trait]
impl Engine for Played {
    fn info(&self) -> Info {
        Info::default()
    }

    async fn take(&mut self, message: Message, to: &mut Replies<'_>) -> Result<(), VoiceError> {
        let text = message.text("text").unwrap_or_default().to_owned();
        match message.kind.as_str() {
            "audio-stop" => {
                self.0.lock().unwrap().push("heard".to_owned());
                for (kind, text) in [("transcript-chunk", "start"), ("transcript", "start web")] {
                    to.send(&Message::new(kind, json!({"text": text}))).await?;
                }
                Ok(())
            }
            "synthesize" => {
                for _ in 0..20 {
                    to.send(&Message::sound(Sound::FRAMES, &[7; 1600])).await?;
                }
                to.send(&Message::bare("audio-stop")).await?;
                self.0.lock().unwrap().push(text);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Answers only the words "now".
#[derive(Debug)]
struct Slow(Arc<AtomicUsize>);

/// Counts when it is dropped before its end.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Handler for Slow {
    async fn handle(
        &self,
        words: &str,
        conversation: Option<&str>,
        _: Option<&str>,
        ahead: Ahead,
    ) -> Handled {
        let _open = Open(self.0.clone());
        if words == "tell" {
            ahead.tell("Once upon a time.");
            return Handled { text: "Once upon a time. The end.".to_owned(), understood: true };
        }
        if words != "now" {
            std::future::pending::<()>().await;
        }
        Handled { text: format!("{words}, {conversation:?}"), understood: true }
    }

    fn names(&self) -> Vec<String> {
        vec!["web".to_owned()]
    }
}

/// A peer, and what is behind the door.
struct Peer {
    reader: ReadHalf<DuplexStream>,
    writer: WriteHalf<DuplexStream>,
    decoder: Decoder,
    clock: Arc<ManualClock>,
    engine: Arc<Local>,
    dropped: Arc<AtomicUsize>,
    visit: JoinHandle<Result<(), VoiceError>>,
}

impl Peer {
    fn enters() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(1000)));
        let (opened, done) = Default::default();
        let engine = Arc::new(Local { clock: clock.clone(), opened, done });
        let watched = Arc::clone(&engine);
        let parts = DeskParts {
            recogniser: Some(engine.clone()),
            speaker: Speaker::new(engine.clone()),
            wake: Some(WakeWords {
                words: vec!["jarvis".to_owned()],
                names: [("jarvis_v0.1".to_owned(), "jarvis".to_owned())].into(),
                watch: Arc::new(move || Waking::new(watched.clone(), Vec::new())),
            }),
            end: Patience::Normal.settings(),
            names: ["m", "v"].map(str::to_owned),
            clock: clock.clone(),
        };
        let dropped = Arc::new(AtomicUsize::new(0));
        let mut desk = Desk::new(Arc::new(parts), Arc::new(Slow(dropped.clone())));
        let time: Arc<dyn Clock> = clock.clone();
        let place = Crowd::new(time.clone()).enter([192, 0, 2, 7].into()).unwrap();
        let (ours, theirs) = duplex(1 << 16);
        let visit = tokio::spawn(async move {
            let (reader, writer) = split(theirs);
            visit(reader, writer, &mut desk, &place, &time).await
        });
        let (reader, writer) = split(ours);
        let decoder = Decoder::default();
        Self { reader, writer, decoder, clock, engine, dropped, visit }
    }

    async fn says(&mut self, kind: &str, data: Value) {
        self.writer.write_all(&Message::new(kind, data).encode()).await.unwrap();
    }

    async fn sounds(&mut self, samples: &[i16]) {
        for some in samples.chunks(1024) {
            let chunk = Message::sound(Sound::FRAMES, some);
            self.writer.write_all(&chunk.encode()).await.unwrap();
        }
    }

    /// The next message; none once it is closed out.
    async fn hears(&mut self) -> Option<Message> {
        loop {
            if let Some(message) = self.decoder.message().unwrap() {
                return Some(message);
            }
            let mut some = [0; 4096];
            match self.reader.read(&mut some).await {
                Ok(0) | Err(_) => return None,
                Ok(got) => self.decoder.push(&some[..got]),
            }
        }
    }

    async fn until(&mut self, kind: &str) -> (Message, Vec<String>) {
        let mut before = Vec::new();
        while let Some(message) = self.hears().await {
            if message.kind == kind {
                return (message, before);
            }
            before.push(message.kind);
        }
        panic!("closed out without {kind}: {before:?}")
    }

    /// Once the desk has come to rest, time goes by.
    async fn waits(&mut self, time: Duration) {
        self.says("ping", json!({"text": "rest"})).await;
        self.until("pong").await;
        self.clock.advance(time);
    }

    fn opened(&self) -> usize {
        self.engine.opened.load(Ordering::SeqCst)
    }

    fn done(&self) -> Vec<String> {
        self.engine.done.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn silence_and_noise_reach_no_recogniser_and_become_no_words() {
    let mut peer = Peer::enters();
    peer.says("transcribe", json!({})).await;
    peer.sounds(&[silence(1.0), noise(11.0, 0.1)].concat()).await;
    peer.says("audio-stop", json!({})).await;
    let (transcript, _) = peer.until("transcript").await;
    assert_eq!((transcript.text("text"), peer.opened()), (Some(""), 0));
}

#[tokio::test]
async fn words_are_told_piece_by_piece_and_as_a_whole() {
    let mut peer = Peer::enters();
    peer.says("transcribe", json!({})).await;
    peer.sounds(&[spoken("start the web server", &[]), silence(0.5)].concat()).await;
    peer.says("audio-stop", json!({})).await;
    let (transcript, before) = peer.until("transcript").await;
    assert_eq!(transcript.text("text"), Some("start web"));
    assert_eq!(before, ["transcript-start", "transcript-chunk"]);
    peer.until("transcript-stop").await;
    assert_eq!(peer.opened(), 1);
}

#[tokio::test]
async fn whoever_stops_in_an_utterance_is_soon_told_and_keeps_no_recogniser() {
    let mut peer = Peer::enters();
    peer.says("transcribe", json!({})).await;
    peer.sounds(&spoken("start the web server", &[])).await;
    peer.waits(Duration::from_secs(6)).await;
    let (error, _) = peer.until("error").await;
    assert_eq!(error.text("code"), Some("wyoming-stalled"));
    assert!(peer.hears().await.is_none(), "it is closed out");
    assert!(peer.visit.await.unwrap().is_err());
    // What it had said is heard to its end, so that the engine need not be killed.
    while peer.engine.done.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
}

/// Says `what` every four seconds; the code of the error that it is told then.
async fn says_on(peer: &mut Peer, kind: &str, limit: usize) -> Option<String> {
    for _ in 0..limit {
        // Whoever is closed out already has been told why.
        let _ = peer.writer.write_all(&Message::bare(kind).encode()).await;
        let answer = peer.hears().await?;
        if answer.kind == "error" {
            return answer.text("code").map(str::to_owned);
        }
        peer.clock.advance(Duration::from_secs(4));
    }
    None
}

#[tokio::test]
async fn whoever_only_says_that_they_are_there_keeps_no_engine() {
    for kind in ["ping", "describe"] {
        let mut peer = Peer::enters();
        peer.says("transcribe", json!({})).await;
        peer.sounds(&spoken("start the web server", &[])).await;
        assert_eq!(says_on(&mut peer, kind, 5).await.as_deref(), Some("wyoming-stalled"));
        let mut peer = Peer::enters();
        peer.says("detect", json!({})).await;
        peer.sounds(&[0; 2048]).await;
        assert_eq!(says_on(&mut peer, kind, 35).await.as_deref(), Some("wyoming-stalled"));
    }
}

#[tokio::test]
async fn an_utterance_counts_however_it_begins_and_one_too_many_is_not_heard() {
    let speech = [spoken("start the web server", &[]), silence(0.5)].concat();
    for begins in [vec![], vec!["transcribe", "audio-start"]] {
        let mut peer = Peer::enters();
        for number in 0..=30 {
            for kind in &begins {
                peer.says(kind, json!({})).await;
            }
            peer.sounds(&speech).await;
            peer.says("audio-stop", json!({})).await;
            let (transcript, before) = peer.until("transcript").await;
            let (words, told) = match number {
                30 => ("", vec!["error"]),
                _ => ("start web", vec!["transcript-start", "transcript-chunk"]),
            };
            assert_eq!(
                (transcript.text("text"), before),
                (Some(words), told.iter().map(|kind| (*kind).to_owned()).collect())
            );
            if number < 30 {
                peer.until("transcript-stop").await;
            }
        }
        assert_eq!(peer.opened(), 30, "{begins:?}");
    }
}

#[tokio::test]
async fn what_follows_a_detect_that_was_refused_is_not_transcribed() {
    let mut peer = Peer::enters();
    peer.says("detect", json!({"names": ["ok nabu"]})).await;
    assert_eq!(peer.until("error").await.0.text("code"), Some("wyoming-absent"));
    peer.sounds(&[spoken("start the web server", &[]), silence(0.5)].concat()).await;
    peer.says("audio-stop", json!({})).await;
    let (_, before) = peer.until("not-detected").await;
    assert_eq!((before.len(), peer.opened()), (0, 0), "{before:?}");
    // What is said after it is an utterance again.
    peer.sounds(&spoken("start the web server", &[])).await;
    peer.says("audio-stop", json!({})).await;
    peer.until("transcript-stop").await;
}

#[tokio::test]
async fn an_utterance_has_an_end_however_slowly_it_comes() {
    let mut peer = Peer::enters();
    peer.says("transcribe", json!({})).await;
    let speech = spoken("start the web server", &[]);
    peer.sounds(&speech).await;
    for _ in 0..16 {
        peer.waits(Duration::from_secs(4)).await;
        peer.sounds(&speech[..1024]).await;
    }
    let (error, _) = peer.until("error").await;
    assert_eq!(error.text("code"), Some("wyoming-too-long"));
}

#[tokio::test]
async fn a_text_is_spoken_as_it_comes_and_not_twice() {
    let mut peer = Peer::enters();
    peer.says("synthesize-start", json!({})).await;
    for piece in ["It is 10", ".5 degr", "ees warm. And", " so is ", "pve2."] {
        peer.says("synthesize-chunk", json!({"text": piece})).await;
    }
    peer.says("synthesize", json!({"text": "the whole"})).await;
    peer.says("synthesize-stop", json!({})).await;
    let (_, before) = peer.until("synthesize-stopped").await;
    let starts = before.iter().filter(|kind| *kind == "audio-start").count();
    assert_eq!((starts, peer.done().len()), (2, 2), "{before:?} {:?}", peer.done());
    assert!(peer.done()[0].starts_with("It is"), "{:?}", peer.done());
    peer.says("synthesize-chunk", json!({"text": "late"})).await;
    assert_eq!(peer.until("error").await.0.text("code"), Some("wyoming-unclear"));
    peer.says("synthesize", json!({"text": "x".repeat(5000)})).await;
    assert_eq!(peer.until("error").await.0.text("code"), Some("wyoming-too-long"));
    // Nothing can be said of it, and that is a sound too.
    peer.says("synthesize", json!({"text": "…"})).await;
    assert_eq!(peer.until("audio-stop").await.1[0], "audio-start");
}

#[tokio::test]
async fn an_answer_is_broken_off_where_nobody_waits_for_it() {
    let mut peer = Peer::enters();
    let context = json!({"conversation_id": "kitchen"});
    peer.says("transcript", json!({"text": "now", "context": context})).await;
    let (answer, before) = peer.until("handled").await;
    assert_eq!(answer.text("text"), Some("now, Some(\"kitchen\")"));
    assert_eq!(before, ["handled-start", "handled-chunk"]);
    peer.until("handled-stop").await;
    // Sentence by sentence, as it is made.
    peer.says("transcript", json!({"text": "tell"})).await;
    let (first, before) = peer.until("handled-chunk").await;
    assert_eq!(
        (first.text("text"), &before[..]),
        (Some("Once upon a time."), &["handled-start".to_owned()][..])
    );
    assert_eq!(peer.until("handled-chunk").await.0.text("text"), Some(" The end."));
    let (whole, before) = peer.until("handled").await;
    assert_eq!((whole.text("text"), before.len()), (Some("Once upon a time. The end."), 0));
    peer.until("handled-stop").await;
    let before = peer.dropped.load(Ordering::SeqCst);
    peer.says("transcript", json!({"text": "shut everything down"})).await;
    peer.writer.shutdown().await.unwrap();
    assert!(peer.visit.await.unwrap().is_ok());
    assert_eq!(peer.dropped.load(Ordering::SeqCst), before + 1);
}

#[tokio::test]
async fn whoever_is_quiet_for_long_is_closed_out() {
    let mut peer = Peer::enters();
    peer.waits(Duration::from_secs(119)).await;
    peer.waits(Duration::from_secs(121)).await;
    assert!(peer.until("error").await.0.text("code") == Some("wyoming-stalled"));
    assert!(peer.hears().await.is_none());
}

#[tokio::test]
async fn a_sentence_that_nobody_hears_any_more_breaks_no_engine_off_and_the_next_is_not_spoken() {
    let mut peer = Peer::enters();
    peer.says("synthesize", json!({"text": "This is one. This is two. This is three."})).await;
    peer.until("audio-start").await;
    peer.writer.shutdown().await.unwrap();
    assert!(peer.visit.await.unwrap().is_ok());
    while peer.engine.done.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert!(peer.engine.done.lock().unwrap().len() < 3, "{:?}", peer.engine.done);
}
