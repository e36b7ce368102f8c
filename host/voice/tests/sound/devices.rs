//! What goes in is heard, what is played comes out, and a server that dies is
//! survived.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jarvis_domain::{Clock, SystemClock};
use jarvis_voice::{
    Chunk, DeviceChoice, Log, Loudspeaker, Microphone, RATE, Rate, Sink, Source, WavReader,
};

use crate::Test;
use crate::likeness::{find, power};
use crate::sound_server::SoundServer;

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("what_is_said_is_heard", |folder| Box::pin(said_and_heard(folder, "default"))),
    ("what_is_played_comes_out", |folder| Box::pin(played_and_out(folder, "default"))),
];

/// How much earlier or later than the recording an end may be told.
const EARLY: Duration = Duration::from_millis(60);
const LATE: Duration = Duration::from_millis(300);

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

fn choice(name: &str) -> DeviceChoice {
    let Ok(choice) = name.parse();
    choice
}

/// `text` as `espeak-ng` says it, at 16 kHz.
fn spoken(text: &str) -> Vec<i16> {
    let out = Command::new("espeak-ng").args(["--stdout", "-v", "en-us+f3", text]).output();
    let out = out.expect("espeak-ng is missing: run script/setup");
    let mut reader = WavReader::new(out.stdout.as_slice()).unwrap();
    let (mut read, mut changed) = (Vec::new(), Vec::new());
    while reader.read(&mut read).unwrap() {}
    let mut rate = Rate::new(reader.rate(), RATE).unwrap();
    rate.push(&read, &mut changed).unwrap();
    rate.finish(&mut changed).unwrap();
    changed.into_iter().map(|sample| (sample * 32_767.0) as i16).collect()
}

async fn said_and_heard(folder: PathBuf, name: &str) {
    let server = SoundServer::start(&folder);
    let log = Arc::new(Log::default());
    let mut microphone = Microphone::open(choice(name), clock(), log.clone()).await.unwrap();
    assert!(microphone.is_live());
    let said = spoken("Jarvis, how hot is node three?");
    let into = said.clone();
    let saying = std::thread::spawn(move || {
        server.hear(&into);
        server
    });
    let mut heard = Vec::new();
    while !saying.is_finished() || heard.len() < said.len() + RATE as usize {
        heard.extend(microphone.next().await.unwrap().unwrap().samples());
    }
    let (begins, likeness) = find(&said, &heard);
    assert!(likeness > 0.9, "{likeness} at {begins}");
    assert_eq!(microphone.dropped(), 0);
    assert!(log.take().is_empty());
}

async fn played_and_out(folder: PathBuf, name: &str) {
    let server = SoundServer::start(&folder);
    let log = Arc::new(Log::default());
    let mut loudspeaker = Loudspeaker::open(choice(name), clock(), log.clone()).await.unwrap();
    let said = spoken("Node three is at sixty two degrees.");
    let recording = server.record();
    for samples in said.chunks(1600) {
        loudspeaker.play(Chunk { rate: RATE, samples: samples.to_vec() }).await.unwrap();
    }
    assert!(loudspeaker.held() > Duration::from_millis(200), "{:?}", loudspeaker.held());
    loudspeaker.played().await.unwrap();
    let played = Instant::now();
    let quiet =
        |all: &[i16]| all.len() > said.len() + 8000 && power(&all[all.len() - 4000..]) < 1.0;
    let (heard, ended) = recording.until(quiet);
    let (begins, likeness) = find(&said, &heard);
    assert!(likeness > 0.9, "{likeness} at {begins}");
    // The recording is late itself, by its own buffer.
    let more = heard.len() - (begins + said.len());
    let over = ended - Duration::from_secs_f64(more as f64 / f64::from(RATE));
    assert!(over.saturating_duration_since(played) < EARLY, "said to be played too early");
    assert!(played.saturating_duration_since(over) < LATE, "said to be played too late");
}
