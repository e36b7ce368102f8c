//! Devices that are lost, with their sound server or without it, and come back.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::{Clock, Explain, ManualClock, Timestamp};
use jarvis_voice::{
    Chunk, DeviceKind, Event, FRAME, Frame, Log, Loudspeaker, Microphone, RATE, Sink, Source,
};

use crate::devices::{choice, clock, hear, play, spoken};
use crate::likeness::find;
use crate::sound_server::{LOUDSPEAKER, SoundServer};

fn told(log: &Log) -> Vec<Event> {
    log.take().into_iter().map(|moment| moment.event).collect()
}

pub(crate) async fn microphone(server: SoundServer, folder: &Path) -> SoundServer {
    let log = Arc::new(Log::default());
    let mut microphone = Microphone::open(choice("default"), clock(), log.clone()).await.unwrap();
    let said = spoken("Jarvis.");
    hear(&mut microphone, &server, &said).await;
    server.kill();
    while microphone.name().is_some() {
        microphone.next().await.unwrap();
    }
    let events = told(&log);
    let [Event::DeviceLost { device: DeviceKind::Microphone, fault }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(fault.code, "voice-device-lost");
    assert_eq!(microphone.next().await.unwrap(), Some(Frame::SILENCE));

    let server = SoundServer::start(folder);
    while microphone.name().is_none() {
        microphone.next().await.unwrap();
    }
    let events = told(&log);
    assert!(
        matches!(&events[..], [Event::DeviceBack { device: DeviceKind::Microphone, name }] if name == "vmic"),
        "{events:?}"
    );
    let heard = hear(&mut microphone, &server, &said).await;
    let (share, ends) = find(&said, &heard);
    assert!(share > 0.7, "{share} of it, up to {ends}");
    server
}

pub(crate) async fn loudspeaker(server: SoundServer, folder: &Path) {
    let log = Arc::new(Log::default());
    let time = Arc::new(ManualClock::at(Timestamp(1_795_468_823_000)));
    let choice = choice("default");
    let mut loudspeaker = Loudspeaker::open(choice, time.clone(), log.clone()).await.unwrap();
    let said = spoken("It is done.");
    play(&mut loudspeaker, &said).await;
    server.kill();
    let fault = loudspeaker.played().await.unwrap_err().fault();
    assert_eq!(fault.code, "voice-device-lost", "{fault}");
    assert!(matches!(told(&log)[..], [Event::DeviceLost { .. }]));

    let server = SoundServer::start(folder);
    let recording = server.record();
    time.advance(Duration::from_secs(1));
    play(&mut loudspeaker, &said).await;
    assert!(matches!(told(&log)[..], [Event::DeviceBack { .. }]));
    let (heard, _) = recording.until(|all| all.len() > said.len() + 16_000);
    let (share, ends) = find(&said, &heard);
    assert!(share > 0.7, "{share} of it, up to {ends}");
}

/// One of a name is gone with its loudspeaker, of which the server tells nobody: what
/// was to be played goes to another one.
pub(crate) async fn unplugged_loudspeaker(server: &SoundServer) {
    let log = Arc::new(Log::default());
    let time = Arc::new(ManualClock::at(Timestamp(1_795_468_823_000)));
    let choice = choice(LOUDSPEAKER);
    let mut loudspeaker = Loudspeaker::open(choice, time.clone(), log.clone()).await.unwrap();
    let said = spoken("It is done.");
    play(&mut loudspeaker, &said).await;
    server.unplug_loudspeaker();
    // With one of the next sounds: it is looked for with each.
    let more = Chunk { rate: RATE, samples: vec![0; 1600] };
    let fault = loop {
        if let Err(error) = loudspeaker.play(more.clone()).await {
            break error.fault();
        }
    };
    assert_eq!(fault.code, "voice-device-lost", "{fault}");
    assert!(matches!(told(&log)[..], [Event::DeviceLost { .. }]));
    time.advance(Duration::from_secs(1));
    let fault = loudspeaker.played().await.unwrap_err().fault();
    assert_eq!(fault.code, "voice-device-unknown", "{fault}");
    assert_eq!(told(&log), [], "that it is lost was told");

    server.plug_in_loudspeaker();
    let recording = server.record();
    time.advance(Duration::from_secs(1));
    play(&mut loudspeaker, &said).await;
    assert!(matches!(told(&log)[..], [Event::DeviceBack { .. }]));
    let (heard, _) = recording.until(|all| all.len() > said.len() + 16_000);
    let (share, ends) = find(&said, &heard);
    assert!(share > 0.7, "{share} of it, up to {ends}");
}

/// A little real time, in which a microphone's time goes on by `by`.
async fn step(microphone: &mut Microphone, time: &ManualClock, by: Duration) {
    // Whatever comes meanwhile; silence comes at once.
    let real = clock().sleep(Duration::from_millis(10));
    tokio::pin!(real);
    loop {
        tokio::select! {
            biased;
            () = &mut real => break,
            frame = microphone.next() => drop(frame.unwrap()),
        }
    }
    time.advance(by);
}

/// The server gives a stream whose microphone has gone what a loudspeaker plays.
pub(crate) async fn unplugged(server: &SoundServer, name: &str) {
    const STEP: Duration = Duration::from_millis(200);
    let log = Arc::new(Log::default());
    let time = Arc::new(ManualClock::at(Timestamp(1_795_468_823_000)));
    let mut microphone = Microphone::open(choice(name), time.clone(), log.clone()).await.unwrap();
    for _ in 0..30 {
        step(&mut microphone, &time, STEP).await;
        // A server that is held up for a moment is not one that has fallen silent.
        microphone.next().await.unwrap();
    }
    assert_eq!(microphone.name(), Some("vmic"), "{:?}", log.take());
    assert!(microphone.is_still_there().await);
    server.unplug();
    assert!(!microphone.is_still_there().await, "no time has passed");
    while microphone.name().is_some() {
        step(&mut microphone, &time, STEP).await;
    }
    for _ in 0..30 {
        step(&mut microphone, &time, STEP).await;
    }
    assert!(matches!(told(&log)[..], [Event::DeviceLost { .. }]));
    server.plug_in();
    while microphone.name().is_none() {
        step(&mut microphone, &time, STEP).await;
    }
    assert!(matches!(told(&log)[..], [Event::DeviceBack { .. }]));
}

/// A server that hangs gets few threads.
pub(crate) async fn hanging(server: &SoundServer) {
    let log = Arc::new(Log::default());
    let time = Arc::new(ManualClock::at(Timestamp(1_795_468_823_000)));
    let mut microphone =
        Microphone::open(choice("default"), time.clone(), log.clone()).await.unwrap();
    let before = threads();
    server.freeze();
    while microphone.name().is_some() {
        step(&mut microphone, &time, Duration::from_millis(200)).await;
    }
    // A quarter of an hour.
    for _ in 0..56_250 {
        time.advance(FRAME);
        microphone.next().await.unwrap();
    }
    assert!(matches!(told(&log)[..], [Event::DeviceLost { .. }]));
    assert!(threads() <= before + 8, "{before} {}", threads());
    server.thaw();
    while microphone.name().is_none() {
        step(&mut microphone, &time, Duration::from_millis(100)).await;
    }
    assert!(matches!(told(&log)[..], [Event::DeviceBack { .. }]));
}

/// How many threads this program has.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

/// It tells nothing of the server's end, and never returns from closing.
pub(crate) async fn alsa(server: SoundServer, folder: &Path) {
    let log = Arc::new(Log::default());
    let time = Arc::new(ManualClock::at(Timestamp(1_795_468_823_000)));
    let name = choice("alsa:default");
    let mut microphone = Microphone::open(name, time.clone(), log.clone()).await.unwrap();
    microphone.next().await.unwrap();
    server.kill();
    // Since the last of what its thread had still to hand over.
    let mut heard = time.running();
    while microphone.name().is_some() {
        tokio::select! {
            biased;
            frame = microphone.next() => {
                frame.unwrap();
                if microphone.name().is_some() {
                    heard = time.running();
                }
            }
            () = tokio::task::yield_now() => time.advance(FRAME),
        }
    }
    let silent = time.running() - heard;
    assert!(silent < Duration::from_secs(5), "{silent:?}");
    assert!(matches!(told(&log)[..], [Event::DeviceLost { .. }]));

    let server = SoundServer::start(folder);
    while microphone.name().is_none() {
        time.advance(FRAME);
        microphone.next().await.unwrap();
    }
    assert!(matches!(told(&log)[..], [Event::DeviceBack { .. }]));
    let said = spoken("Jarvis.");
    let heard = hear(&mut microphone, &server, &said).await;
    let (share, ends) = find(&said, &heard);
    assert!(share > 0.7, "{share} of it, up to {ends}");
}
