//! A room behind a door on loopback, with a microphone that a test feeds.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::{ManualClock, Timestamp};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::*;
use crate::event::Log;
use crate::frame::Chunk;
use crate::switch::Phase;
use crate::wyoming::{Connection, Decoder, Service};

/// Frames as they are handed in, and how many were taken.
#[derive(Debug)]
struct Fed(mpsc::UnboundedReceiver<Frame>, Arc<AtomicUsize>);

#[async_trait]
impl Source for Fed {
    async fn next(&mut self) -> Result<Option<Frame>, VoiceError> {
        let frame = self.0.recv().await;
        self.1.fetch_add(1, Ordering::SeqCst);
        Ok(frame)
    }

    fn is_live(&self) -> bool {
        true
    }

    async fn forget(&mut self) {
        while self.0.try_recv().is_ok() {}
    }
}

/// Plays nothing.
#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl Sink for Nowhere {
    async fn play(&mut self, _: Chunk) -> Result<(), VoiceError> {
        Ok(())
    }

    async fn played(&mut self) -> Result<(), VoiceError> {
        Ok(())
    }

    fn cut(&mut self) {}
}

/// An engine that never answers.
#[derive(Debug)]
struct Unreachable;

#[async_trait]
impl Service for Unreachable {
    fn name(&self) -> &'static str {
        "unreachable"
    }

    async fn open(&self) -> Result<Connection, VoiceError> {
        std::future::pending().await
    }
}

/// One that is served.
struct Served {
    address: SocketAddr,
    microphone: mpsc::UnboundedSender<Frame>,
    taken: Arc<AtomicUsize>,
    switch: Switch,
    clock: Arc<ManualClock>,
    _serving: JoinHandle<()>,
}

impl Served {
    async fn with(waking: Option<Waking>) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(1000)));
        let time: Arc<dyn Clock> = clock.clone();
        let switch = Switch::new(Arc::new(Log::default()), Arc::clone(&time));
        let parts = RoomParts {
            name: "kitchen".to_owned(),
            area: None,
            waking,
            wake_words: vec!["jarvis".to_owned()],
            chimes: Chimes::NONE,
            clock: Arc::clone(&time),
            switch: switch.clone(),
        };
        let (microphone, frames) = mpsc::unbounded_channel();
        let taken = Arc::new(AtomicUsize::new(0));
        let fed = Fed(frames, Arc::clone(&taken));
        let door = Door::open(([127, 0, 0, 1], 0).into(), &[], time).await.unwrap();
        let address = door.address();
        let serving = tokio::spawn(async move {
            let mut room = Room::new(parts, Box::new(Nowhere));
            room.serve(&door, Box::new(fed)).await.unwrap();
        });
        Self { address, microphone, taken, switch, clock, _serving: serving }
    }

    async fn guest(&self) -> Peer {
        let stream = TcpStream::connect(self.address).await.unwrap();
        Peer { stream, decoder: Decoder::default() }
    }

    async fn until(&self, phase: Phase) {
        self.switch.phase().wait_for(|now| *now == phase).await.unwrap();
    }
}

/// A guest.
struct Peer {
    stream: TcpStream,
    decoder: Decoder,
}

impl Peer {
    async fn says(&mut self, kind: &str) {
        self.stream.write_all(&Message::new(kind, json!({})).encode()).await.unwrap();
    }

    /// The next message of this kind.
    async fn until(&mut self, kind: &str) {
        loop {
            while let Some(message) = self.decoder.message().unwrap() {
                if message.kind == kind {
                    return;
                }
            }
            let mut some = [0; 4096];
            let got = self.stream.read(&mut some).await.unwrap();
            assert!(got > 0, "closed out without {kind}");
            self.decoder.push(&some[..got]);
        }
    }
}

#[tokio::test]
async fn whoever_comes_is_served_while_the_wake_words_engine_is_waited_for() {
    let served = Served::with(Some(Waking::new(Arc::new(Unreachable), Vec::new()))).await;
    let mut home = served.guest().await;
    for kind in ["run-satellite", "transcribe"] {
        home.says(kind).await;
    }
    served.until(Phase::Listening).await;
    for _ in 0..100 {
        served.microphone.send(Frame::SILENCE).unwrap();
    }
    for _ in 0..10_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(served.taken.load(Ordering::SeqCst), 100, "the room stands still");
    let mut other = served.guest().await;
    other.says("describe").await;
    other.until("info").await;
    home.says("run-satellite").await;
    served.until(Phase::Asleep).await;
}

#[tokio::test]
async fn a_guest_that_takes_nothing_is_known_to_be_gone() {
    let served = Served::with(None).await;
    let mut home = served.guest().await;
    for kind in ["run-satellite", "transcribe"] {
        home.says(kind).await;
    }
    served.until(Phase::Listening).await;
    let mut phase = served.switch.phase();
    for _ in 0..600 {
        for _ in 0..100 {
            served.microphone.send(Frame::SILENCE).unwrap();
        }
        tokio::task::yield_now().await;
        served.clock.advance(Duration::from_secs(1));
        if *phase.borrow_and_update() == Phase::Asleep {
            let mut next = served.guest().await;
            next.says("run-satellite").await;
            return next.until("run-pipeline").await;
        }
    }
    panic!("it is still listened to for somebody who has gone");
}
