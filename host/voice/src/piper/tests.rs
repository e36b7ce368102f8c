use std::path::PathBuf;
use std::sync::Arc;

use jarvis_domain::{Explain, SystemClock};
use serde_json::{Value, json};

use super::phonemes::{clauses, cleaned};
use super::voice::Voice;
use super::*;
use crate::testing;
use crate::wyoming::Message;

/// A folder with a voice.
struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    fn new(onnx: &[u8], json: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tones.onnx"), onnx).unwrap();
        std::fs::write(folder.path().join("tones.onnx.json"), json.to_string()).unwrap();
        Self { folder }
    }

    fn of(speakers: bool) -> Self {
        Self::new(&tones::voice(speakers), &tones::json(speakers))
    }

    fn settings(&self) -> PiperSettings {
        PiperSettings {
            voice: self.folder.path().join("tones.onnx"),
            runtime: runtime(),
            espeak: "/usr/bin/espeak-ng".into(),
            speaker: 0,
            pace: 1.0,
        }
    }

    fn voice(&self) -> Result<Voice, PiperError> {
        Voice::read(&self.folder.path().join("tones.onnx.json"))
    }
}

/// ONNX Runtime, beside the build.
fn runtime() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let below = "tools/onnxruntime-1.32.0/onnxruntime/capi/libonnxruntime.so.1.32.0";
    let found = program.ancestors().map(|above| above.join(below)).find(|file| file.is_file());
    found.expect("ONNX Runtime is not beside the build: run script/setup")
}

/// What comes of it: the samples, or the code and text of an error.
async fn say(settings: &PiperSettings, text: &str) -> Result<Vec<i16>, (String, String)> {
    let said = Message::new("synthesize", json!({ "text": text }));
    let asked = [Message::new("settings", settings), said];
    let mut samples = Vec::new();
    for message in testing::ask(Piper::new(Arc::new(SystemClock)), &asked).await {
        if message.kind == "error" {
            let field = |field| message.text(field).unwrap_or_default().to_owned();
            return Err((field("code"), field("text")));
        }
        samples.extend(message.samples().into_iter().flat_map(|(_, samples)| samples));
    }
    Ok(samples)
}

#[test]
fn phonemes_become_numbers_with_pads_and_the_longest_first() {
    let voice = Stage::of(false).voice().unwrap();
    let of = |sign: &str| tones::json(false)["phoneme_id_map"][sign][0].as_i64().unwrap();
    // Begin, pad, h, pad, the two of one phoneme, pad, full stop, pad, end.
    let expected = [1, 0, of("h"), 0, 90, 91, 0, of("."), 0, 2];
    assert_eq!(voice.numbers("haɪ."), expected);
    assert_eq!(voice.numbers("h\u{1f600}aɪ."), expected, "unknown ones are left out");
    assert_eq!(voice.numbers(""), [1, 0, 2]);
    assert!(voice.numbers(&"a".repeat(100_000)).len() < 4200);
}

#[test]
fn clauses_keep_their_marks() {
    let found: Vec<(String, char)> =
        clauses("Hello there, sir. It is 45.3 degrees; start: now! Why? ... So")
            .into_iter()
            .map(|clause| (clause.text, clause.mark))
            .collect();
    let expected = [
        ("Hello there", ','),
        ("sir", '.'),
        ("It is 45.3 degrees", ';'),
        ("start", ':'),
        ("now", '!'),
        ("Why", '?'),
        ("So", '.'),
    ];
    assert_eq!(found, expected.map(|(text, mark)| (text.to_owned(), mark)));
    assert_eq!(cleaned(" (de)ɪç(en)\nhˈaɪ \n", ','), "ɪc\u{327} hˈaɪ, ");
    assert_eq!(clauses(&"a, ".repeat(1000)).len(), 60);
}

#[tokio::test]
async fn the_real_runtime_speaks_by_a_voice() {
    let stage = Stage::of(false);
    let one = say(&stage.settings(), "Hello.").await.unwrap();
    let two = say(&stage.settings(), "Hello. Starting the web server now!").await.unwrap();
    assert!(one.len() > 10 * tones::LENGTH && one.len() % tones::LENGTH == 0, "{}", one.len());
    assert!(two.len() > 2 * one.len());
    assert_eq!(one.iter().max(), Some(&i16::MAX), "as loud as it may be");
    let fast = PiperSettings { pace: 2.0, ..stage.settings() };
    assert_eq!(say(&fast, "Hello.").await.unwrap().len() * 2, one.len());
    assert_eq!(say(&stage.settings(), "...").await.unwrap().len(), 0);
    let several = Stage::of(true);
    for speaker in [0, 1] {
        let settings = PiperSettings { speaker, ..several.settings() };
        assert!(say(&settings, "Hello.").await.is_ok(), "{speaker}");
    }
}

#[tokio::test]
async fn what_it_lacks_it_says() {
    let stage = Stage::of(false);
    let good = stage.settings();
    let nowhere = PathBuf::from("/nowhere/it");
    let beside = Stage::new(b"no voice", &tones::json(false));
    let without = Stage::new(&tones::voice(false), &tones::json(true));
    for (settings, code, sentence) in [
        (
            PiperSettings { voice: nowhere.clone(), ..good.clone() },
            "voice-piper-unreadable",
            "/nowhere/it.json",
        ),
        (
            PiperSettings { runtime: nowhere.clone(), ..good.clone() },
            "voice-piper-runtime",
            "No such file",
        ),
        (
            PiperSettings { runtime: good.voice.clone(), ..good.clone() },
            "voice-piper-runtime",
            "no library",
        ),
        (PiperSettings { espeak: nowhere, ..good.clone() }, "voice-espeak", "/nowhere/it"),
        (PiperSettings { pace: 9.0, ..good.clone() }, "voice-piper-setting", "not from 0.5 to 2"),
        (PiperSettings { pace: -1.0, ..good }, "voice-piper-setting", "not from 0.5 to 2"),
        (beside.settings(), "voice-piper", "tones.onnx is none of a Piper voice"),
        (without.settings(), "voice-piper", "it takes no \"sid\""),
    ] {
        let (found, text) = say(&settings, "Hello.").await.unwrap_err();
        assert_eq!(found, code, "{text}");
        assert!(text.contains(sentence), "{text}");
    }
    let several = Stage::of(true);
    for speaker in [7, -1] {
        let settings = PiperSettings { speaker, ..several.settings() };
        let (code, text) = say(&settings, "Hello.").await.unwrap_err();
        assert!(code == "voice-piper-setting" && text.contains("only 0 to 1"), "{text}");
    }
}

#[tokio::test]
async fn a_voice_that_is_not_whole_or_not_one_is_one_error() {
    let good = tones::voice(false);
    let mut odd = good.clone();
    // Names of operations that there are none of.
    for at in 0..odd.len() - 7 {
        if odd[at..].starts_with(b"Reshape") {
            odd[at..at + 7].copy_from_slice(b"Reshady");
        }
    }
    let noise: Vec<u8> =
        (0..5000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let cut = |share: usize| good[..good.len() * share / 10].to_vec();
    for (what, onnx) in [
        ("empty", Vec::new()),
        ("a tenth", cut(1)),
        ("a half", cut(5)),
        ("most of it", cut(9)),
        ("without its last byte", good[..good.len() - 1].to_vec()),
        ("noise", noise),
        ("of an unknown operation", odd),
        ("a page", b"<!DOCTYPE html><title>Not found</title>".to_vec()),
    ] {
        let stage = Stage::new(&onnx, &tones::json(false));
        let (code, text) = say(&stage.settings(), "Hello.").await.expect_err(what);
        assert!(["voice-piper", "voice-piper-failed"].contains(&code.as_str()), "{what}: {text}");
        assert!(!text.contains('\n'), "{what}: {text}");
    }
}

#[tokio::test]
async fn a_voice_of_another_alphabet_says_so() {
    let mut json = tones::json(false);
    json["phoneme_id_map"] = json!({"^": [1], "$": [2], "_": [0], ".": [4], "ア": [3]});
    let stage = Stage::new(&tones::voice(false), &json);
    let (code, text) = say(&stage.settings(), "Hello.").await.unwrap_err();
    assert_eq!(code, "voice-piper-failed");
    assert!(text.contains("none of the phonemes"), "{text}");
    assert!(say(&stage.settings(), "...").await.is_ok());
}

#[test]
fn a_json_that_is_none_of_a_voice_is_one_error() {
    let good = tones::json(false);
    let with = |field: &str, value: Value| {
        let mut json = good.clone();
        json[field] = value;
        json
    };
    for (json, sentence) in [
        (json!([]), "invalid"),
        (json!({}), "missing field"),
        (with("audio", json!({"sample_rate": 0})), "0 samples a second"),
        (with("audio", json!({"sample_rate": 4_000_000_000_u32})), "samples a second"),
        (with("phoneme_type", json!("pinyin")), "not espeak's"),
        (with("phoneme_id_map", json!({"a": [1]})), "no phoneme"),
        (with("phoneme_id_map", json!({"a": "x"})), "invalid type"),
        (with("phoneme_id_map", json!({"^": [1], "$": [2], "_": [0], ".": [3]})), "is spoken"),
        (with("inference", json!({"length_scale": 1e6})), "length_scale is 1000000"),
        (with("inference", json!({"length_scale": 0})), "not from 0.1 to 10"),
        (with("inference", json!({"noise_w": -1})), "noise_w is -1"),
        (with("num_symbols", json!(10)), "not below 10"),
    ] {
        let stage = Stage::new(b"", &json);
        let fault = stage.voice().unwrap_err().fault();
        assert_eq!(fault.code, "voice-piper", "{fault}");
        assert!(fault.sentence.contains(sentence), "{fault}");
    }
    // What real ones leave out.
    let mut less = tones::json(false);
    for field in ["espeak", "phoneme_type", "num_speakers", "num_symbols"] {
        less.as_object_mut().unwrap().remove(field);
    }
    assert_eq!(Stage::new(b"", &less).voice().unwrap().speaker(5).unwrap(), None);
}
