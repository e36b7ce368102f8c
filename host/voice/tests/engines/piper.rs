//! Piper in a child, with what is no ONNX Runtime. That of PyPI is tried in
//! the tests of the room itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jarvis_domain::{Explain, SystemClock};
use jarvis_voice::{EngineSettings, PiperSettings, Supervisor};

use crate::Test;

pub(crate) const TESTS: &[(&str, Test)] =
    &[("another_library_is_no_onnx_runtime", || Box::pin(another_library()))];

async fn another_library() {
    let settings = PiperSettings {
        voice: "/nowhere/voice.onnx".into(),
        runtime: libc(),
        espeak: "/usr/bin/espeak-ng".into(),
        speaker: 0,
        pace: 1.0,
    };
    let program = std::env::current_exe().unwrap();
    let settings = EngineSettings::standard("piper", program).telling(&settings);
    let engine = Supervisor::start(settings, Arc::new(SystemClock));
    let fault = engine.warm().await.unwrap_err().fault();
    assert_eq!(fault.code, "voice-engine-down");
    assert!(fault.sentence.contains("libc.so.6 cannot be loaded"), "{fault}");
    assert!(fault.hint.contains("libonnxruntime.so"), "{}", fault.hint);
}

/// A library that every program here has.
fn libc() -> PathBuf {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let paths = maps.lines().filter_map(|line| line.find('/').map(|at| &line[at..]));
    paths.map(Path::new).find(|path| path.ends_with("libc.so.6")).unwrap().to_owned()
}
