use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::{Clock, Explain, ManualClock};

use super::super::captured::MOST;
use super::super::list;
use super::super::thread;
use super::super::{DeviceChoice, DeviceError, DeviceKind, Microphone};
use super::fake::{Does, Fake};
use super::{clock, told, until};
use crate::error::VoiceError;
use crate::event::{Event, Log};
use crate::frame::{FRAME, Frame};
use crate::port::{CLIPPED, Source};

/// A tone of 375 Hz at 48 kHz.
fn tone(samples: usize) -> Vec<f32> {
    (0..samples).map(|n| (n as f32 * std::f32::consts::TAU / 128.0).sin() / 2.0).collect()
}

async fn open(fake: &Arc<Fake>, clock: &Arc<ManualClock>, log: &Arc<Log>) -> Microphone {
    let choice = DeviceChoice::Default;
    let opened = Microphone::open_by(fake.clone(), choice, clock.clone(), log.clone()).await;
    opened.unwrap()
}

/// The next frame, if it is there.
async fn at_once(microphone: &mut Microphone) -> Option<Frame> {
    tokio::select! {
        biased;
        frame = microphone.next() => Some(frame.unwrap().unwrap()),
        () = tokio::task::yield_now() => None,
    }
}

/// The next frame; where there is none, time passes by a frame at a time.
async fn next(microphone: &mut Microphone, clock: &ManualClock) -> Frame {
    loop {
        match at_once(microphone).await {
            Some(frame) => return frame,
            None => clock.advance(FRAME),
        }
    }
}

/// Frames of silence until the device was tried once more, and what came of it
/// is known; how long that took.
async fn tried(microphone: &mut Microphone, clock: &ManualClock, fake: &Fake) -> Duration {
    let (begun, before) = (clock.running(), fake.tries());
    // The try may be over before it is seen.
    while microphone.is_waiting() && fake.tries() == before {
        match at_once(microphone).await {
            Some(frame) => assert_eq!(frame, Frame::SILENCE),
            None => clock.advance(FRAME),
        }
    }
    let took = clock.running() - begun;
    until(|| fake.tries() > before).await;
    // No time goes on meanwhile, so that no frame is due.
    while !microphone.is_waiting() && microphone.name().is_none() {
        at_once(microphone).await;
    }
    took
}

#[tokio::test]
async fn what_is_heard_comes_in_frames_of_our_rate() {
    let (fake, clock, log) = (Fake::new([Does::Opens]), clock(), Arc::new(Log::default()));
    let mut microphone = open(&fake, &clock, &log).await;
    assert!(microphone.is_live());
    for block in tone(48_000).chunks(480) {
        fake.hear(block);
    }
    let mut frames = Vec::new();
    for _ in 0..60 {
        frames.push(microphone.next().await.unwrap().unwrap());
    }
    assert!(frames.iter().skip(1).all(|frame| (15_500..16_500).contains(&frame.peak())));
    // A future that was dropped has taken nothing away.
    frames.extend(at_once(&mut microphone).await);
    assert_eq!(at_once(&mut microphone).await, None);
    fake.hear(&tone(4_800));
    frames.push(microphone.next().await.unwrap().unwrap());
    assert!(frames.last().unwrap().peak() > 15_000);
    // What is behind it was heard after it: a tenth of a second, and as much again.
    let behind = microphone.behind();
    assert!((FRAME * 5..=FRAME * 7).contains(&behind), "{behind:?}");
    fake.hear(&tone(4_800));
    assert_eq!(microphone.behind(), behind + Duration::from_millis(100));
    assert!(told(&log).is_empty());
}

#[tokio::test]
async fn one_that_stands_still_is_told_once_and_looked_for_less_and_less() {
    let gone = DeviceError::None { kind: DeviceKind::Microphone, why: "unplugged".to_owned() };
    let does =
        [Does::Opens, Does::Fails(gone.clone()), Does::Fails(gone.clone()), Does::Fails(gone)];
    let (fake, clock, log) = (Fake::new(does), clock(), Arc::new(Log::default()));
    let mut microphone = open(&fake, &clock, &log).await;
    let begun = clock.running();
    assert_eq!(next(&mut microphone, &clock).await, Frame::SILENCE);
    let waited = clock.running() - begun;
    assert!((Duration::from_secs(4)..Duration::from_millis(4100)).contains(&waited), "{waited:?}");
    assert_eq!(microphone.name(), None);
    let mut expected = Duration::from_millis(500);
    for _ in 0..8 {
        let took = tried(&mut microphone, &clock, &fake).await;
        assert!(
            took + FRAME * 3 > expected && took < expected + FRAME * 3,
            "{took:?} {expected:?}"
        );
        expected = (expected * 2).min(Duration::from_secs(30));
    }
    let events = told(&log);
    let [Event::DeviceLost { device: DeviceKind::Microphone, fault }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(fault.code, "voice-device-lost");
    assert!(fault.sentence.contains("\"fake\" has gone: it has given nothing for 4 s"), "{fault}");
}

#[tokio::test]
async fn one_that_is_back_is_told_and_heard() {
    let (fake, clock, log) = (Fake::new([Does::Opens]), clock(), Arc::new(Log::default()));
    let mut microphone = open(&fake, &clock, &log).await;
    for round in 1..4 {
        fake.hear(&tone(48_000));
        fake.captured().fail("PulseAudio disconnected".to_owned());
        // All that was heard before is taken first, and nothing is waited for.
        while next(&mut microphone, &clock).await != Frame::SILENCE {}
        let took = tried(&mut microphone, &clock, &fake).await;
        assert!(took < Duration::from_millis(600), "{took:?}");
        assert_eq!(microphone.name(), Some("fake"), "in round {round}");
        let events = told(&log);
        assert!(
            matches!(&events[..], [Event::DeviceLost { .. }, Event::DeviceBack { name, .. }] if name == "fake"),
            "{events:?}"
        );
        until(|| fake.closed() == round).await;
    }
}

#[tokio::test]
async fn what_is_said_while_it_is_lost_is_missing_until_whoever_begins_is_heard() {
    let (fake, clock, log) = (Fake::new([Does::Opens]), clock(), Arc::new(Log::default()));
    let mut microphone = open(&fake, &clock, &log).await;
    fake.hear(&tone(4_800));
    assert!(next(&mut microphone, &clock).await.peak() > 0);
    assert!(!microphone.is_torn() && microphone.is_still_there().await);
    fake.captured().fail("PulseAudio disconnected".to_owned());
    while next(&mut microphone, &clock).await != Frame::SILENCE {}
    while microphone.name().is_none() {
        assert!(microphone.is_torn() && !microphone.is_still_there().await);
        tried(&mut microphone, &clock, &fake).await;
    }
    fake.hear(&tone(48_000));
    let mut torn = 0;
    loop {
        next(&mut microphone, &clock).await;
        if !microphone.is_torn() {
            break;
        }
        torn += 1;
    }
    assert_eq!(torn, CLIPPED);
    assert!(microphone.is_still_there().await);
}

#[tokio::test]
async fn one_in_whose_place_the_server_has_put_another_is_found_out_at_once() {
    let (fake, clock, log) = (Fake::new([Does::Opens]), clock(), Arc::new(Log::default()));
    let mut microphone = open(&fake, &clock, &log).await;
    fake.hear(&tone(4_800));
    assert!(next(&mut microphone, &clock).await.peak() > 0 && microphone.is_still_there().await);
    fake.unplug();
    assert!(!microphone.is_still_there().await, "no time has passed");
}

#[tokio::test]
async fn a_server_that_does_not_answer_whether_it_is_there_is_not_waited_for() {
    let (fake, clock, log) = (Fake::new([Does::Opens]), clock(), Arc::new(Log::default()));
    let mut microphone = open(&fake, &clock, &log).await;
    fake.hang_looks();
    let looking = microphone.is_still_there();
    let passing = async {
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(1));
    };
    let (there, ()) = tokio::join!(looking, passing);
    assert!(!there);
    fake.free();
}

#[tokio::test]
async fn a_library_that_hangs_gets_no_more_than_eight_threads() {
    let does = [Does::HangsAtTheEnd, Does::Hangs];
    let (fake, clock, log) = (Fake::new(does), clock(), Arc::new(Log::default()));
    let mut microphone = open(&fake, &clock, &log).await;
    fake.captured().fail("gone".to_owned());
    // Ten minutes of silence.
    for _ in 0..37_500 {
        assert_eq!(next(&mut microphone, &clock).await, Frame::SILENCE);
    }
    assert_eq!(microphone.threads(), thread::MOST);
    until(|| fake.tries() == thread::MOST).await;
    assert_eq!(told(&log).len(), 1);
    // To let go of it takes no time, and where it comes to, all is given back.
    drop(microphone);
    assert_eq!(fake.closed(), 0);
    fake.free();
    until(|| fake.closed() == thread::MOST).await;
}

#[tokio::test]
async fn one_that_hangs_at_once_is_an_error_and_not_a_wait() {
    let (fake, clock, log) = (Fake::new([Does::Hangs]), clock(), Arc::new(Log::default()));
    let choice = DeviceChoice::Default;
    let opening = Microphone::open_by(fake.clone(), choice, clock.clone(), log);
    let listing = list::of(fake.clone(), clock.clone());
    let passing = async {
        until(|| fake.tries() == 2).await;
        clock.advance(Duration::from_secs(5));
    };
    let (opened, listed, ()) = tokio::join!(opening, listing, passing);
    assert_eq!(opened.unwrap_err().fault().code, "voice-device-stuck");
    assert!(matches!(listed, Err(DeviceError::Hangs { .. })), "{listed:?}");
    fake.free();
}

#[tokio::test]
async fn who_takes_nothing_fills_no_memory() {
    let (fake, clock, log) = (Fake::new([Does::Opens]), clock(), Arc::new(Log::default()));
    let mut microphone = open(&fake, &clock, &log).await;
    let second = vec![0.0; 48_000];
    for _ in 0..60 {
        fake.hear(&second);
    }
    fake.hear(&tone(48_000));
    assert_eq!(microphone.dropped(), 51 * 48_000);
    let mut frames = 0;
    while next(&mut microphone, &clock).await.peak() < 15_000 {
        frames += 1;
    }
    // Nine seconds of it were kept, and the newest.
    assert_eq!(MOST, 480_000);
    assert!((540..580).contains(&frames), "{frames}");
}

#[tokio::test]
async fn what_is_wrong_at_the_start_is_said_as_it_is() {
    let (kind, name) = (DeviceKind::Microphone, "desk".to_owned());
    let there = vec!["headset".to_owned(), "webcam".to_owned()];
    let why = || "it says so".to_owned();
    for (error, code, sentence) in [
        (
            DeviceError::None { kind, why: why() },
            "voice-device-none",
            "there is no microphone here",
        ),
        (
            DeviceError::Unknown { kind, name: name.clone(), there },
            "voice-device-unknown",
            "there are: headset, webcam",
        ),
        (DeviceError::Busy { kind, name: name.clone(), why: why() }, "voice-device-busy", "in use"),
        (
            DeviceError::Denied { kind, name: name.clone(), why: why() },
            "voice-device-denied",
            "may not be used",
        ),
        (
            DeviceError::Format { kind, name: name.clone(), why: why() },
            "voice-device-format",
            "no format",
        ),
        (DeviceError::Failed { kind, name, why: why() }, "voice-device-failed", "it says so"),
        (DeviceError::NotBuilt, "voice-device-not-built", "built without"),
    ] {
        let (fake, log) = (Fake::new([Does::Fails(error)]), Arc::new(Log::default()));
        let opened =
            Microphone::open_by(fake, DeviceChoice::Default, clock(), log).await.map(|_| ());
        let fault = VoiceError::fault(&opened.unwrap_err());
        assert_eq!(fault.code, code);
        assert!(fault.sentence.contains(sentence) && !fault.hint.is_empty(), "{fault}");
    }
}
