//! What Piper holds in memory: ONNX Runtime 1.32 with the voice of the tests, whose
//! numbers are few. A real voice adds about the size of its file.

use std::path::PathBuf;
use std::sync::Arc;

use jarvis_domain::SystemClock;
use jarvis_voice::wyoming::Speaking;
use jarvis_voice::{EngineSettings, PiperSettings, Supervisor};

use crate::piper_tones;

/// Bytes, once it has spoken.
pub(crate) async fn memory() -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let voice = folder.path().join("tones.onnx");
    std::fs::write(&voice, piper_tones::voice(false)).unwrap();
    let json = piper_tones::json(false).to_string();
    std::fs::write(folder.path().join("tones.onnx.json"), json).unwrap();
    let (runtime, espeak) = (runtime(), "/usr/bin/espeak-ng".into());
    let settings = PiperSettings { voice, runtime, espeak, speaker: 0, pace: 1.0 };
    let program = std::env::current_exe().unwrap();
    let settings = EngineSettings::standard("piper", program).telling(&settings);
    let engine = Supervisor::start(settings, Arc::new(SystemClock));
    let mut speaking =
        Speaking::begin(&engine, "Node three is at 62 degrees.", None).await.unwrap();
    let mut samples = 0;
    while let Some(chunk) = speaking.next().await.unwrap() {
        samples += chunk.samples.len();
    }
    assert!(samples > 0, "it has spoken");
    engine.memory().unwrap()
}

/// Beside the build.
fn runtime() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let below = "tools/onnxruntime-1.32.0/onnxruntime/capi/libonnxruntime.so.1.32.0";
    let found = program.ancestors().map(|above| above.join(below)).find(|file| file.is_file());
    found.expect("ONNX Runtime is not beside the build: run script/setup")
}
