//! What is said is heard, what is played comes out, and which devices there are.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jarvis_domain::{Clock, Explain, SystemClock};
use jarvis_voice::{
    Chunk, DeviceChoice, DeviceKind, Log, Loudspeaker, Microphone, RATE, SAMPLES, Sink, Source,
    devices,
};

use crate::Test;
use crate::likeness::{find, power};
use crate::sound_server::{LOUDSPEAKER, MICROPHONE, SoundServer};
use crate::spoken;

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("devices_are_listed_and_named", |folder| Box::pin(listed_and_named(folder))),
    ("without_any_device_it_is_said", |folder| Box::pin(without_any(folder))),
];

/// How much earlier or later than the recording an end may be told.
const EARLY: Duration = Duration::from_millis(150);
const LATE: Duration = Duration::from_millis(500);

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

pub(crate) fn choice(name: &str) -> DeviceChoice {
    let Ok(choice) = name.parse();
    choice
}

/// `text` in a voice that carries.
pub(crate) fn spoken(text: &str) -> Vec<i16> {
    spoken::spoken(text, &["-v", "en-us+f3"])
}

/// What the microphone hears while `said` is said into it.
pub(crate) async fn hear(
    microphone: &mut Microphone,
    server: &SoundServer,
    said: &[i16],
) -> Vec<i16> {
    let mut heard = Vec::new();
    let mut saying = server.say(said);
    // What was put in last is half a second behind at most.
    let mut after = 0;
    while after < RATE as usize / 2 {
        let frame = microphone.next().await.unwrap().unwrap();
        heard.extend(frame.samples());
        after += if saying.is_over() { SAMPLES } else { 0 };
    }
    heard
}

pub(crate) async fn play(loudspeaker: &mut Loudspeaker, said: &[i16]) {
    for samples in said.chunks(1600) {
        loudspeaker.play(Chunk { rate: RATE, samples: samples.to_vec() }).await.unwrap();
    }
}

pub(crate) async fn said_and_heard(server: &SoundServer, name: &str) {
    let log = Arc::new(Log::default());
    let mut microphone = Microphone::open(choice(name), clock(), log.clone()).await.unwrap();
    assert!(microphone.is_live());
    let said = spoken("Jarvis, how hot is it?");
    let heard = hear(&mut microphone, server, &said).await;
    let (share, ends) = find(&said, &heard);
    assert!(share > 0.7, "{share} of it, up to {ends}");
    assert_eq!(microphone.dropped(), 0);
    assert_eq!(log.take(), []);
}

pub(crate) async fn played_and_out(server: &SoundServer, name: &str) {
    let log = Arc::new(Log::default());
    let mut loudspeaker = Loudspeaker::open(choice(name), clock(), log.clone()).await.unwrap();
    let said = spoken("Sixty two degrees.");
    let recording = server.record();
    play(&mut loudspeaker, &said).await;
    assert!(loudspeaker.held() > Duration::from_millis(200), "{:?}", loudspeaker.held());
    loudspeaker.played().await.unwrap();
    let played = Instant::now();
    let quiet =
        |all: &[i16]| all.len() > said.len() + 8000 && power(&all[all.len() - 4000..]) < 1.0;
    let (heard, ended) = recording.until(quiet);
    let (share, ends) = find(&said, &heard);
    assert!(share > 0.7, "{share} of it, up to {ends}");
    // The recording is late itself, by its own buffer.
    let more = heard.len().saturating_sub(ends);
    let over = ended - Duration::from_secs_f64(more as f64 / f64::from(RATE));
    assert!(over.saturating_duration_since(played) < EARLY, "said to be played too early");
    assert!(played.saturating_duration_since(over) < LATE, "said to be played too late");
    assert_eq!(log.take(), []);
}

async fn listed_and_named(folder: PathBuf) {
    let _server = SoundServer::start(&folder);
    let found = devices(clock()).await.unwrap();
    let find = |kind, name: &str| found.iter().find(|d| d.kind == kind && d.name == name).unwrap();
    let microphone = find(DeviceKind::Microphone, MICROPHONE);
    assert!(microphone.default && microphone.by == "PulseAudio", "{microphone:?}");
    let format = microphone.format.as_ref().unwrap();
    assert_eq!((format.rate, format.channels, format.sample.as_str()), (16_000, 1, "i16"));
    let loudspeaker = find(DeviceKind::Loudspeaker, LOUDSPEAKER);
    assert_eq!(loudspeaker.format.as_ref().map(|format| format.rate), Some(48_000));
    assert_eq!(found.iter().filter(|device| device.default).count(), 2);
    assert!(found.iter().all(|device| !device.name.ends_with(".monitor")), "{found:?}");

    let log = Arc::new(Log::default());
    for name in [MICROPHONE, &microphone.description, "pulse:vmic", "vspk.monitor"] {
        let opened = Microphone::open(choice(name), clock(), log.clone()).await;
        opened.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let unknown = Microphone::open(choice("desk"), clock(), log.clone()).await;
    let fault = unknown.map(|_| ()).unwrap_err().fault();
    assert_eq!(fault.code, "voice-device-unknown");
    assert!(fault.sentence.ends_with("\"desk\" here; there are: vmic"), "{fault}");
    let unknown = Loudspeaker::open(choice(MICROPHONE), clock(), log).await;
    let fault = unknown.map(|_| ()).unwrap_err().fault();
    assert!(fault.sentence.contains("there are: ") && fault.sentence.contains("vspk"), "{fault}");
}

/// Neither a sound server nor, for ALSA, a card.
async fn without_any(_folder: PathBuf) {
    assert_eq!(devices(clock()).await, Ok(Vec::new()));
    let log = Arc::new(Log::default());
    for name in ["default", "alsa:default", "pulse:default"] {
        let none = Microphone::open(choice(name), clock(), log.clone()).await;
        let fault = none.map(|_| ()).unwrap_err().fault();
        assert_eq!(fault.code, "voice-device-none", "{name}: {fault}");
        let none = Loudspeaker::open(choice(name), clock(), log.clone()).await;
        let fault = none.map(|_| ()).unwrap_err().fault();
        assert_eq!(fault.code, "voice-device-none", "{name}: {fault}");
        assert!(fault.hint.contains("Typed words"), "{}", fault.hint);
    }
    let none = Microphone::open(choice("desk"), clock(), log).await;
    let fault = none.map(|_| ()).unwrap_err().fault();
    assert!(fault.sentence.contains("there is none"), "{fault}");
}
