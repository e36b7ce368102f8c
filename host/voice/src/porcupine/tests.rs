//! The binding against stub libraries, one of each form.

use std::path::{Path, PathBuf};
use std::process::Command;

use jarvis_domain::{Explain, Fault};
use serde_json::json;

use super::*;
use crate::testing;
use crate::wyoming::{Message, Sound};

/// A folder with a library, a model and two keywords.
struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    fn new(defines: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/porcupine/stub.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-o"]).arg(folder.path().join("libpv_porcupine.so"));
        cc.args(defines.iter().map(|define| format!("-D{define}"))).arg(source);
        assert!(cc.status().unwrap().success(), "{defines:?}");
        for file in ["model.pv", "jarvis.ppn", "computer.ppn"] {
            std::fs::write(folder.path().join(file), "it").unwrap();
        }
        Self { folder }
    }

    fn of(major: u32) -> Self {
        Self::new(&[&format!("MAJOR={major}"), &format!("VERSION=\"{major}.0.1\"")])
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn settings(&self, key: Option<&str>) -> PorcupineSettings {
        let keyword = |name: &str, sensitivity| Keyword {
            name: name.to_owned(),
            path: self.path(&format!("{name}.ppn")),
            sensitivity,
        };
        PorcupineSettings {
            library: self.path("libpv_porcupine.so"),
            model: self.path("model.pv"),
            keywords: vec![keyword("jarvis", 0.5), keyword("computer", 0.75)],
            access_key: key.map(str::to_owned),
        }
    }

    fn begun(&self) -> String {
        std::fs::read_to_string(self.path("model.pv.begun")).unwrap()
    }
}

fn fault(settings: &PorcupineSettings) -> Box<Fault> {
    Porcupine::default().load(settings).unwrap_err().fault()
}

#[test]
fn each_version_is_begun_in_its_own_form() {
    for (major, begun) in [
        (1, "- - jarvis.ppn=0.50 computer.ppn=0.75"),
        (2, "secret - jarvis.ppn=0.50 computer.ppn=0.75"),
        (3, "secret - jarvis.ppn=0.50 computer.ppn=0.75"),
        (4, "secret best jarvis.ppn=0.50 computer.ppn=0.75"),
    ] {
        let stage = Stage::of(major);
        let mut porcupine = Porcupine::default();
        porcupine.load(&stage.settings(Some("secret"))).unwrap();
        assert_eq!(stage.begun(), begun, "version {major}");
        if major > 1 {
            for key in [None, Some("")] {
                assert_eq!(fault(&stage.settings(key)).code, "voice-wake-key", "version {major}");
            }
        }
    }
}

#[test]
fn what_is_no_known_version_is_refused() {
    for (what, defines) in [
        ("one to come", &["MAJOR=4", "VERSION=\"5.0.0\""][..]),
        ("none", &["MAJOR=1", "VERSION=0"]),
        ("an empty one", &["MAJOR=1", "VERSION=\"\""]),
        ("a name", &["MAJOR=1", "VERSION=\"latest\""]),
        ("0", &["MAJOR=1", "VERSION=\"0.9\""]),
        // What it has contradicts what it says.
        ("1, with devices", &["MAJOR=4", "VERSION=\"1.9.0\""]),
        ("3, with devices", &["MAJOR=4", "VERSION=\"3.0.0\""]),
        ("4, without devices", &["MAJOR=3", "VERSION=\"4.0.0\""]),
        ("other frames", &["MAJOR=1", "VERSION=\"1.9.0\"", "LENGTH=400"]),
        ("a missing call", &["MAJOR=1", "VERSION=\"1.9.0\"", "NO_PROCESS=1"]),
    ] {
        let stage = Stage::new(defines);
        let fault = fault(&stage.settings(Some("secret")));
        assert_eq!(fault.code, "voice-wake-version", "{what}: {fault}");
        assert!(!stage.path("model.pv.begun").exists(), "{what}: it was not begun");
    }
}

#[test]
fn what_is_no_library_or_file_is_one_error() {
    let stage = Stage::of(1);
    let good = stage.settings(None);
    let library = std::fs::read(&good.library).unwrap();
    let mut foreign = library.clone();
    foreign[18] = if cfg!(target_arch = "x86_64") { 183 } else { 62 };
    for (name, bytes) in [
        ("empty.so", &b""[..]),
        ("text.so", b"#!/bin/sh\nexit 0\n"),
        ("cut.so", &library[..600]),
        ("shorter.so", &library[..0x2000]),
        ("foreign.so", &foreign),
    ] {
        std::fs::write(stage.path(name), bytes).unwrap();
    }
    for (library, sentence) in [
        (stage.path("none.so"), "No such file"),
        (stage.path("empty.so"), "no library of Linux"),
        (stage.path("text.so"), "no library of Linux"),
        (stage.path("cut.so"), "it is cut off"),
        (stage.path("shorter.so"), "it is cut off"),
        (stage.path("foreign.so"), "and this machine is"),
        (stage.folder.path().to_owned(), "it is no file"),
        ("libpv_porcupine.so".into(), "not absolute"),
    ] {
        let fault = fault(&PorcupineSettings { library, ..good.clone() });
        assert_eq!(fault.code, "voice-wake-library", "{fault}");
        assert!(fault.sentence.contains(sentence), "{fault}");
    }
    for path in [stage.path("none.ppn"), stage.path("empty.so"), stage.folder.path().to_owned()] {
        let model = fault(&PorcupineSettings { model: path.clone(), ..good.clone() });
        let keyword = Keyword { path, ..good.keywords[0].clone() };
        let keyword = fault(&PorcupineSettings { keywords: vec![keyword], ..good.clone() });
        assert_eq!(
            (model.code.as_str(), keyword.code.as_str()),
            ("voice-wake-file", "voice-wake-file")
        );
    }
    for sensitivity in [-0.1, 1.1, f32::NAN] {
        let keyword = Keyword { sensitivity, ..good.keywords[0].clone() };
        let fault = fault(&PorcupineSettings { keywords: vec![keyword], ..good.clone() });
        assert_eq!(fault.code, "voice-wake-setting", "{fault}");
    }
    let none = fault(&PorcupineSettings { keywords: Vec::new(), ..good });
    assert_eq!(none.code, "voice-wake-setting");
}

#[test]
fn a_refused_key_says_what_happened_and_what_else_there_is() {
    let stage = Stage::of(3);
    for (key, sentence) in [
        ("status 3", "it is no key (Failed to parse AccessKey; see the console)"),
        ("status 5", "it is no key"),
        ("status 8", "needs the internet"),
        ("status 9", "as many devices as its plan allows"),
        ("status 10", "too often"),
        ("status 11", "Picovoice refuses it"),
    ] {
        let fault = fault(&stage.settings(Some(key)));
        assert_eq!(fault.code, "voice-wake-key", "{fault}");
        assert!(fault.sentence.contains(sentence), "{fault}");
        assert!(fault.hint.contains("push-to-talk"), "{}", fault.hint);
        assert!(!fault.to_string().contains(key), "the key is told to nobody: {fault}");
    }
    let other = fault(&Stage::of(2).settings(Some("status 4")));
    assert_eq!(other.code, "voice-wake-failed");
    assert!(!format!("{:?}", stage.settings(Some("secret"))).contains("secret"));
}

async fn ask(messages: &[Message]) -> Vec<Message> {
    testing::ask(Porcupine::default(), messages).await
}

/// As much sound as the library takes, in which the stub finds `sample`.
fn sound(sample: i16) -> Message {
    let mut samples = [0; 512];
    samples[0] = sample;
    Message::sound(Sound::FRAMES, &samples)
}

#[tokio::test]
async fn keywords_are_found_by_name_and_only_those_asked_for() {
    let stage = Stage::of(1);
    let settings = Message::new("settings", stage.settings(None));
    let detect = |names| Message::new("detect", json!({ "names": names }));
    let start = Message::new("audio-start", Sound::FRAMES);
    let found = ask(&[
        settings.clone(),
        Message::bare("describe"),
        detect(json!(null)),
        start.clone(),
        sound(0),
        sound(1000),
        sound(1001),
        sound(1009),
        Message::bare("audio-stop"),
        detect(json!(["computer"])),
        start.clone(),
        sound(1000),
        sound(1001),
    ])
    .await;
    assert_eq!(found[0].data["wake"][0]["models"][1]["name"], json!("computer"));
    let told: Vec<_> =
        found[1..].iter().map(|m| (m.text("name"), m.data.get("timestamp"))).collect();
    assert_eq!(
        told,
        [
            (Some("jarvis"), Some(&json!(64))),
            (Some("computer"), Some(&json!(96))),
            (None, None),
            (Some("computer"), Some(&json!(64))),
        ]
    );
    // Without settings, or failing, it says so each time and goes on.
    let found = ask(&[start.clone(), sound(0), settings, start, sound(999), sound(1000)]).await;
    let codes: Vec<_> = found.iter().map(|m| m.text("code").or(m.text("name"))).collect();
    assert_eq!(codes, [Some("voice-wake-setting"), Some("voice-wake-failed"), Some("jarvis")]);
}

#[test]
fn settings_go_over_the_wire_whole() {
    let settings = Stage::of(1).settings(Some("secret"));
    let read: PorcupineSettings = Message::new("settings", &settings).read().unwrap();
    assert_eq!((read.keywords, read.access_key), (settings.keywords, settings.access_key));
}
