//! whisper.cpp in a child: what it makes of models that are none, past what is
//! looked at before it sees them.

use std::path::Path;
use std::sync::Arc;

use jarvis_domain::{Explain, SystemClock};
use jarvis_voice::wyoming::{Hearing, Service};
use jarvis_voice::{Device, EngineSettings, Frame, Framer, Supervisor, WhisperSettings};

use crate::{Test, tones};

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("a_hostile_model_is_one_error_and_no_more", || Box::pin(hostile())),
    ("a_model_hears_in_a_child", || Box::pin(hears())),
    ("many_utterances_take_no_more_memory_than_few", || Box::pin(many())),
];

/// Two tones, in `folder`.
pub(crate) fn tone_model(folder: &Path) -> WhisperSettings {
    let model = folder.join("ggml-tones.bin");
    std::fs::write(&model, tones::model(&["start the web server", "stop the database"])).unwrap();
    WhisperSettings {
        model,
        threads: 1,
        device: Device::Auto,
        language: jarvis_domain::Language::English,
    }
}

fn start(settings: &WhisperSettings) -> Supervisor {
    let program = std::env::current_exe().unwrap();
    let settings = EngineSettings::standard("whisper", program).telling(settings);
    Supervisor::start(settings, Arc::new(SystemClock))
}

async fn hears() {
    let folder = tempfile::tempdir().unwrap();
    let engine = start(&tone_model(folder.path()));
    assert_eq!(say(&engine, 1000.0, &["web".to_owned()]).await, "stop the database");
}

/// What a tone of so many hertz is taken for.
async fn say(engine: &Supervisor, hertz: f32, names: &[String]) -> String {
    let turn = std::f32::consts::TAU * hertz / 16_000.0;
    let sound: Vec<i16> =
        (0..25_600).map(|n| ((n as f32 * turn).sin() * 10_000.0) as i16).collect();
    let mut hearing = Hearing::begin(engine, names).await.unwrap();
    for frame in Framer::default().push(&sound) {
        hearing.frame(&frame).await.unwrap();
    }
    hearing.finish().await.unwrap()
}

async fn many() {
    let folder = tempfile::tempdir().unwrap();
    let engine = start(&tone_model(folder.path()));
    let names: Vec<String> = (0..300).map(|n| format!("guest number {n}")).collect();
    let after = async |utterances: usize| {
        for _ in 0..utterances {
            assert_eq!(say(&engine, 500.0, &names).await, "start the web server");
        }
        engine.memory().unwrap()
    };
    let mut held = vec![after(80).await];
    for _ in 0..3 {
        held.push(after(100).await);
    }
    // An allocator takes memory by steps; what is lost is lost each time.
    let least = held.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).min();
    assert!(least < Some(100_000), "{held:?} bytes");
}

async fn hostile() {
    let folder = tempfile::tempdir().unwrap();
    let settings = tone_model(folder.path());
    let good = std::fs::read(&settings.model).unwrap();
    // Numbers of the header: of its eleven, which, and what.
    let number = |which: usize, value: u32| {
        let mut bytes = good.clone();
        bytes[4 + which * 4..8 + which * 4].copy_from_slice(&value.to_le_bytes());
        bytes
    };
    let at = |what: &[u8]| good.windows(what.len()).position(|some| some == what).unwrap();
    let name = at(b"encoder.conv1.weight");
    let renamed = [&good[..name], b"encoder.conv9.weight", &good[name + 20..]].concat();
    let mut long = good.clone();
    long[name - 20..name - 16].copy_from_slice(&u32::MAX.to_le_bytes());
    for (what, bytes) in [
        ("cut off within a tensor", good[..good.len() - 9].to_vec()),
        ("of another width", number(2, 24)),
        ("of more layers than it has", number(4, 7)),
        ("of heads that do not divide it", number(3, 5)),
        ("without text", number(5, 0)),
        ("of huge text", number(5, u32::MAX)),
        ("of more bands than it has", number(9, 200)),
        ("of an odd kind", number(10, 77)),
        ("with a tensor of no known name", renamed),
        ("with a tensor as large as can be told", long),
        (
            "of noise",
            (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect(),
        ),
    ] {
        std::fs::write(&settings.model, bytes).unwrap();
        let engine = start(&settings);
        let fault = match engine.warm().await {
            Err(error) => error.fault(),
            // Some are found out as they are used.
            Ok(()) => {
                let mut hearing = Hearing::begin(&engine, &[]).await.unwrap();
                let mut heard = Ok(());
                for _ in 0..60 {
                    heard = heard.and(hearing.frame(&Frame::SILENCE).await.map(|_| ()));
                }
                match heard {
                    Err(error) => error.fault(),
                    Ok(()) => hearing.finish().await.expect_err(what).fault(),
                }
            }
        };
        let known = ["voice-engine-down", "voice-engine-gone", "voice-engine-failed"];
        assert!(known.contains(&fault.code.as_str()), "{what}: {fault}");
        let told = ["is no whisper model", "whisper failed with", "signal: 6 (SIGABRT)"];
        assert!(told.iter().any(|told| fault.sentence.contains(told)), "{what}: {fault}");
        assert!(!fault.sentence.contains('\n') && fault.sentence.len() < 600, "{what}: {fault}");
    }
    // And the right one, under the same name, is loaded again.
    std::fs::write(&settings.model, &good).unwrap();
    start(&settings).open().await.unwrap().done();
}
