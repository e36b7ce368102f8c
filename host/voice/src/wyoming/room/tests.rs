//! A room behind a door on loopback, with a microphone that a test feeds.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::{ManualClock, Timestamp};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex, split};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::*;
use crate::event::Log;
use crate::frame::Chunk;
use crate::switch::SayingEnd;
use crate::wyoming::{Connection, Decoder, Engine, Replies, Service, Sound, serve};

/// Frames as they are handed in, and how many were taken.
#[derive(Debug)]
struct Fed(mpsc::UnboundedReceiver<Frame>, Arc<AtomicUsize>, Arc<Lost>);

/// What has become of a microphone.
#[derive(Debug, Default)]
struct Lost {
    torn: AtomicBool,
    gone: AtomicBool,
}

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

    fn is_torn(&self) -> bool {
        self.2.torn.load(Ordering::SeqCst)
    }

    async fn is_still_there(&mut self) -> bool {
        !self.2.gone.load(Ordering::SeqCst)
    }
}

/// Plays at once, or is stuck. How many pieces it was given.
#[derive(Debug, Clone, Default)]
struct Loudspeaker {
    stuck: Arc<AtomicBool>,
    played: Arc<AtomicUsize>,
}

#[async_trait]
impl Sink for Loudspeaker {
    async fn play(&mut self, _: Chunk) -> Result<(), VoiceError> {
        self.played.fetch_add(1, Ordering::SeqCst);
        if self.stuck.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
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

/// Says everything in a hundredth of a second.
#[derive(Debug)]
struct Beep(Arc<ManualClock>);

struct Beeping;

#[async_trait]
impl Service for Beep {
    fn name(&self) -> &'static str {
        "beep"
    }

    async fn open(&self) -> Result<Connection, VoiceError> {
        let (ours, theirs) = duplex(1 << 16);
        let (reader, writer) = split(theirs);
        tokio::spawn(serve(reader, writer, Beeping));
        let (reader, writer) = split(ours);
        Ok(Connection::new("beep", reader, writer, self.0.clone()))
    }
}

#[async_trait]
impl Engine for Beeping {
    fn info(&self) -> Info {
        Info::default()
    }

    async fn take(&mut self, _: Message, replies: &mut Replies<'_>) -> Result<(), VoiceError> {
        replies.send(&Message::sound(Sound::FRAMES, &[0; 160])).await?;
        replies.send(&Message::new("audio-stop", json!({}))).await
    }
}

/// One that is served.
struct Served {
    address: SocketAddr,
    microphone: mpsc::UnboundedSender<Frame>,
    taken: Arc<AtomicUsize>,
    lost: Arc<Lost>,
    switch: Switch,
    clock: Arc<ManualClock>,
    loudspeaker: Loudspeaker,
    _serving: JoinHandle<()>,
}

impl Served {
    async fn with(waking: Option<Waking>) -> Self {
        Self::made(waking, |_| OnceLock::new()).await
    }

    /// One that says what it is given to say.
    async fn speaking() -> Self {
        Self::made(None, |clock| Speaker::new(Arc::new(Beep(clock))).into()).await
    }

    async fn made(
        waking: Option<Waking>,
        speaker: impl FnOnce(Arc<ManualClock>) -> OnceLock<Speaker>,
    ) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(1000)));
        let time: Arc<dyn Clock> = clock.clone();
        let switch = Switch::new(Arc::new(Log::default()), Arc::clone(&time));
        let parts = RoomParts {
            name: "kitchen".to_owned(),
            area: None,
            waking,
            wake_words: vec!["jarvis".to_owned()],
            speaker: Arc::new(speaker(clock.clone())),
            chimes: Chimes::NONE,
            clock: Arc::clone(&time),
            switch: switch.clone(),
        };
        let (microphone, frames) = mpsc::unbounded_channel();
        let taken = Arc::new(AtomicUsize::new(0));
        let lost = Arc::<Lost>::default();
        let fed = Fed(frames, Arc::clone(&taken), Arc::clone(&lost));
        let door = Door::open(([127, 0, 0, 1], 0).into(), &[], time).await.unwrap();
        let address = door.address();
        let loudspeaker = Loudspeaker::default();
        let sink = Box::new(loudspeaker.clone());
        let serving = tokio::spawn(async move {
            let mut room = Room::new(parts, sink);
            room.serve(&door, Box::new(fed)).await.unwrap();
        });
        Self { address, microphone, taken, lost, switch, clock, loudspeaker, _serving: serving }
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

    /// Whether it is served.
    async fn answers(&mut self) -> bool {
        self.stream.read(&mut [0; 4096]).await.is_ok_and(|got| got > 0)
    }

    /// That it is closed out, without a word that this was all.
    async fn is_closed(&mut self) {
        // Nobody answers it; where it was closed too long ago, it cannot be written.
        let _ = self.stream.write_all(&Message::bare("ping").encode()).await;
        let mut some = [0; 4096];
        while let Ok(got @ 1..) = self.stream.read(&mut some).await {
            self.decoder.push(&some[..got]);
            while let Some(message) = self.decoder.message().unwrap() {
                assert!(!["audio-stop", "pong"].contains(&message.kind.as_str()));
            }
        }
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

#[tokio::test]
async fn a_sentence_whose_microphone_is_lost_ends_with_the_connection() {
    let lost: [fn(&Lost) -> &AtomicBool; 2] = [|lost| &lost.torn, |lost| &lost.gone];
    for lost in lost {
        let served = Served::with(None).await;
        let lost = lost(&served.lost);
        let mut home = served.guest().await;
        home.says("run-satellite").await;
        home.until("run-pipeline").await;
        // What is lost of nothing is no matter.
        lost.store(true, Ordering::SeqCst);
        for _ in 0..2 * LOOK {
            served.microphone.send(Frame::SILENCE).unwrap();
            home.until("audio-chunk").await;
        }
        lost.store(false, Ordering::SeqCst);
        home.says("transcribe").await;
        served.until(Phase::Listening).await;
        for _ in 0..2 * LOOK {
            served.microphone.send(Frame::SILENCE).unwrap();
            home.until("audio-chunk").await;
        }
        lost.store(true, Ordering::SeqCst);
        let taken = served.taken.load(Ordering::SeqCst) + LOOK as usize;
        for _ in 0..LOOK {
            served.microphone.send(Frame::SILENCE).unwrap();
        }
        while served.taken.load(Ordering::SeqCst) < taken {
            tokio::task::yield_now().await;
        }
        home.is_closed().await;
        served.until(Phase::Asleep).await;
        // Whoever comes again is served, without a microphone too.
        let mut home = served.guest().await;
        home.says("run-satellite").await;
        home.until("run-pipeline").await;
        served.microphone.send(Frame::SILENCE).unwrap();
        home.until("audio-chunk").await;
    }
}

impl Served {
    /// What came of something to say.
    fn says(&self) -> JoinHandle<SayingEnd> {
        let switch = self.switch.clone();
        tokio::spawn(async move { switch.say("Dinner is ready.".to_owned()).await })
    }

    /// Until the loudspeaker was given so many pieces.
    async fn played(&self, pieces: usize) {
        while self.loudspeaker.played.load(Ordering::SeqCst) < pieces {
            // The room looks again with each frame.
            self.microphone.send(Frame::SILENCE).unwrap();
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn what_a_host_has_to_say_is_said_where_nobody_is_heard_or_answered() {
    let served = Served::speaking().await;
    let saying = served.says();
    served.played(1).await;
    assert_eq!(saying.await.unwrap(), SayingEnd::Said);
    served.until(Phase::Asleep).await;
    // Whoever has the satellite listens to somebody.
    let mut home = served.guest().await;
    home.says("run-satellite").await;
    home.says("transcribe").await;
    served.until(Phase::Listening).await;
    let saying = served.says();
    for _ in 0..1000 {
        served.microphone.send(Frame::SILENCE).unwrap();
        tokio::task::yield_now().await;
    }
    assert!(!saying.is_finished());
    // And answers.
    home.says("audio-start").await;
    home.says("transcript").await;
    served.until(Phase::Asleep).await;
    for _ in 0..1000 {
        served.microphone.send(Frame::SILENCE).unwrap();
        tokio::task::yield_now().await;
    }
    assert!(!saying.is_finished());
    home.says("audio-stop").await;
    home.until("played").await;
    served.played(2).await;
    assert_eq!(saying.await.unwrap(), SayingEnd::Said);
}

#[tokio::test]
async fn what_whoever_has_the_satellite_plays_goes_before_and_the_rest_is_said_later() {
    let served = Served::speaking().await;
    served.loudspeaker.stuck.store(true, Ordering::SeqCst);
    let saying = served.says();
    served.played(1).await;
    // One who only comes and goes cuts nothing off.
    let mut asks = served.guest().await;
    asks.says("run-satellite").await;
    asks.until("run-pipeline").await;
    drop(asks);
    let mut home = loop {
        let mut home = served.guest().await;
        home.stream.write_all(&Message::bare("run-satellite").encode()).await.unwrap();
        if home.answers().await {
            break home;
        }
    };
    assert!(!saying.is_finished());
    served.loudspeaker.stuck.store(false, Ordering::SeqCst);
    home.says("audio-start").await;
    home.says("audio-stop").await;
    home.until("played").await;
    assert_eq!(saying.await.unwrap(), SayingEnd::Failed, "it is not said to its end");
}

#[tokio::test]
async fn one_that_says_nothing_by_itself_says_so() {
    let served = Served::with(None).await;
    assert_eq!(served.says().await.unwrap(), SayingEnd::Failed);
}

#[tokio::test]
async fn nothing_is_said_between_what_was_asked_and_its_answer() {
    let served = Served::speaking().await;
    let mut home = served.guest().await;
    home.says("run-satellite").await;
    // What nobody knows is passed over.
    home.says("sings").await;
    home.says("transcribe").await;
    served.until(Phase::Listening).await;
    let saying = served.says();
    home.says("transcript").await;
    served.until(Phase::Asleep).await;
    for _ in 0..1000 {
        served.microphone.send(Frame::SILENCE).unwrap();
        tokio::task::yield_now().await;
    }
    assert!(!saying.is_finished() && served.loudspeaker.played.load(Ordering::SeqCst) == 0);
    home.says("audio-start").await;
    home.says("audio-stop").await;
    home.until("played").await;
    served.played(1).await;
    assert_eq!(saying.await.unwrap(), SayingEnd::Said);
}

#[tokio::test]
async fn what_is_said_here_ends_where_somebody_is_listened_to() {
    for begins in ["detection", "transcribe", "voice-started"] {
        let served = Served::speaking().await;
        served.loudspeaker.stuck.store(true, Ordering::SeqCst);
        let mut home = served.guest().await;
        home.says("run-satellite").await;
        let saying = served.says();
        served.played(1).await;
        home.says(begins).await;
        assert_eq!(saying.await.unwrap(), SayingEnd::CutOff, "{begins}");
        served.loudspeaker.stuck.store(false, Ordering::SeqCst);
    }
}
