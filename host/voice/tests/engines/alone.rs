//! Engines as users of their own: none is root, and each has what it needs.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jarvis_domain::SystemClock;
use jarvis_voice::wyoming::{Speaking, describe};
use jarvis_voice::{EngineSettings, EspeakSettings, PiperSettings, Supervisor};
use serde::Serialize;

use crate::{Test, piper_tones, porcupine};

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("no_engine_of_a_root_host_is_root_and_each_loads_its_files", || Box::pin(none_is_root())),
    ("what_an_engine_may_not_read_is_one_error", || Box::pin(what_it_may_not_read())),
];

/// Nobody, where this test may be somebody else.
fn user() -> Option<(u32, u32)> {
    rustix::process::geteuid().is_root().then_some((65_534, 65_534))
}

fn settings(name: &str, told: &impl Serialize) -> EngineSettings {
    // Whoever has no way to where this program is still has this one.
    let settings = EngineSettings::standard(name, "/proc/self/exe".into());
    EngineSettings { user: user(), ..settings }.telling(told)
}

/// A folder that others may enter, as the one of models is.
fn open_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn copy(file: &Path, folder: &Path) -> PathBuf {
    let to = folder.join(file.file_name().unwrap());
    std::fs::copy(file, &to).unwrap();
    to
}

async fn none_is_root() {
    let folder = open_folder();
    let folder = folder.path();
    let mut wake = porcupine::settings();
    for file in [&mut wake.library, &mut wake.model] {
        *file = copy(file, folder);
    }
    for keyword in &mut wake.keywords {
        keyword.path = copy(&keyword.path, folder);
    }
    let voice = folder.join("tones.onnx");
    std::fs::write(&voice, piper_tones::voice(false)).unwrap();
    std::fs::write(folder.join("tones.onnx.json"), piper_tones::json(false).to_string()).unwrap();
    let piper = PiperSettings {
        voice,
        runtime: copy(&runtime(), folder),
        espeak: EspeakSettings::default().program,
        speaker: 0,
        pace: 1.0,
    };
    let mut engines = vec![
        settings("espeak", &EspeakSettings::default()),
        settings("porcupine", &wake),
        settings("piper", &piper),
    ];
    #[cfg(feature = "whisper")]
    engines.push(settings("whisper", &crate::whisper::tone_model(folder)));
    let expected = user().map_or(rustix::process::geteuid().as_raw(), |(uid, _)| uid);
    for engine in engines {
        let name = engine.name.clone();
        let engine = Supervisor::start(engine, Arc::new(SystemClock));
        engine.warm().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let status = std::fs::read_to_string(format!("/proc/{}/status", engine.pid().unwrap()));
        let status = status.unwrap();
        let of = |file: &str| {
            std::fs::read_to_string(format!("/proc/{}/{file}", engine.pid().unwrap())).unwrap()
        };
        assert_eq!(of("oom_score_adj").trim(), "1000", "{name} goes before a guest");
        let limits = of("limits");
        let data = limits.lines().find(|line| line.starts_with("Max data size")).unwrap();
        assert!(!data.contains("unlimited"), "{name}: {data}");
        let ids = |field| status.lines().find(|line| line.starts_with(field)).unwrap().to_owned();
        assert_eq!(ids("Uid:"), format!("Uid:\t{expected}\t{expected}\t{expected}\t{expected}"));
        if user().is_some() {
            assert_eq!(ids("Gid:"), "Gid:\t65534\t65534\t65534\t65534", "{name}");
            assert_eq!(ids("Groups:").trim(), "Groups:", "{name}");
            assert_eq!(ids("CapEff:"), "CapEff:\t0000000000000000", "{name}");
        }
        let info = describe(&engine).await.unwrap();
        let programs = info.asr.iter().chain(&info.tts).chain(&info.wake);
        assert!(
            programs.clone().count() == 1 && programs.clone().all(|one| one.installed),
            "{name}"
        );
        if !info.tts.is_empty() {
            let mut speaking = Speaking::begin(&engine, "Hello.", None).await.unwrap();
            assert!(speaking.next().await.unwrap().is_some(), "{name}");
        }
    }
}

async fn what_it_may_not_read() {
    if user().is_none() {
        // Whoever owns a file may read it, or makes it so.
        return;
    }
    let folder = open_folder();
    let file = folder.path().join("voice.onnx.json");
    std::fs::write(&file, piper_tones::json(false).to_string()).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let piper = PiperSettings {
        voice: folder.path().join("voice.onnx"),
        runtime: copy(&runtime(), folder.path()),
        espeak: EspeakSettings::default().program,
        speaker: 0,
        pace: 1.0,
    };
    let engine = Supervisor::start(settings("piper", &piper), Arc::new(SystemClock));
    let error = engine.warm().await.unwrap_err().to_string();
    assert!(error.contains("voice.onnx.json") && error.contains("ermission denied"), "{error}");
}

/// ONNX Runtime, beside the build.
fn runtime() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let below = "tools/onnxruntime-1.32.0/onnxruntime/capi/libonnxruntime.so.1.32.0";
    let found = program.ancestors().map(|above| above.join(below)).find(|file| file.is_file());
    found.expect("ONNX Runtime is not beside the build: run script/setup")
}
