use std::sync::Arc;

use jarvis_domain::{Clock, SystemClock};
use jarvis_voice::ONNX_RUNTIME;

use super::*;
use crate::engines::recogniser;
use crate::settings::Settings;

/// Settings of this text, with models in `folder`.
fn settings(folder: &Path, text: &str) -> Settings {
    let mut settings = Settings::read(text, false).unwrap();
    settings.models.folder = Some(folder.to_owned());
    settings
}

/// Files of such names and no content, as one that was fetched has.
fn fetch(folder: &Path, files: &[&str]) {
    for file in files {
        let file = folder.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, "").unwrap();
    }
}

fn fall_back(stands: Stands) -> (String, String) {
    match stands {
        Stands::FallBack(says, command) => (says, command),
        other => panic!("{other:?}"),
    }
}

#[cfg(feature = "whisper")]
#[test]
fn a_model_that_does_not_hear_the_language_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let at = |text: &str| hearing(&settings(folder.path(), text));
    let (_, command) = fall_back(at("language: de"));
    assert_eq!(command, "jarvis models pull base");
    let text = "language: de\nstt: {model: small.en, compute_type: int8}";
    let Stands::Wrong(says, hint) = at(text) else { panic!("{text}") };
    assert!(says.contains("hears English alone, and language is de"), "{says}");
    assert_eq!(hint, "stt: {model: small}, then jarvis models pull small-q8_0");
}

#[test]
fn a_voice_of_another_language_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let espeak = folder.path().join("espeak-ng");
    std::fs::write(&espeak, "").unwrap();
    let at = |text: &str| speaking(&settings(folder.path(), text), &espeak);
    let (says, command) = fall_back(at("language: de"));
    assert!(says.contains("in place of de_DE-thorsten-high"), "{says}");
    assert!(command.contains("de_DE-thorsten-high"), "{command}");
    let text = "language: de\ntts: {voice: en_US-ryan-high}";
    let Stands::Wrong(says, _) = at(text) else { panic!("{text}") };
    assert!(says.contains("en_US-ryan-high speaks en, and language is de"), "{says}");
    // One's own may be called anything.
    std::fs::write(folder.path().join("my_voice.onnx"), "").unwrap();
    let own = format!("tts: {{voice: my_voice, voices: {}}}", folder.path().display());
    let (says, _) = fall_back(at(&own));
    assert!(says.contains("in place of my_voice"), "{says}");
}

#[cfg(feature = "whisper")]
#[test]
fn what_hears_is_told_with_the_command_that_brings_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |text: &str| hearing(&settings(folder.path(), text));
    let (says, command) = fall_back(at(""));
    assert!(says.contains("base.en is not here"), "{says}");
    assert_eq!(command, "jarvis models pull base.en");
    let (_, command) = fall_back(at("stt: {model: tiny.en, compute_type: int8}"));
    assert_eq!(command, "jarvis models pull tiny.en-q8_0");
    fetch(folder.path(), &["whisper/ggml-base.en.bin"]);
    assert!(matches!(at(""), Stands::Ready(_)));
    assert!(matches!(at("stt: {address: 'tcp://lan:10300'}"), Stands::Ready(_)));
    for (text, says) in [
        ("stt: {model: /nowhere/x.bin}", "no file /nowhere/x.bin"),
        ("stt: {model: huge.en}", "no model huge.en"),
        #[cfg(not(feature = "cuda"))]
        ("stt: {device: cuda}", "without CUDA"),
    ] {
        let Stands::Wrong(told, _) = at(text) else { panic!("{:?}", at(text)) };
        assert!(told.contains(says), "{told}");
    }
}

/// Said to fetch what cannot be fetched, nobody gets further.
#[test]
fn where_nothing_hears_the_hint_is_one_that_helps() {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let fault = |text: &str| recogniser(&settings(folder.path(), text), None, &clock).unwrap_err();
    if cfg!(feature = "whisper") {
        assert_eq!(fault("").hint.matches("jarvis models pull base.en").count(), 1);
        let unknown = fault("stt: {model: huge.en}");
        assert_eq!(unknown.code, "voice-model-unknown");
        assert!(unknown.sentence.contains("huge.en"), "{unknown:?}");
        assert!(!unknown.hint.contains("pull"), "{unknown:?}");
    } else {
        for text in ["", "stt: {model: huge.en}"] {
            let without = fault(text);
            assert_eq!(without.code, "voice-no-whisper");
            assert!(!without.hint.contains("pull"), "{without:?}");
        }
    }
}

#[test]
fn what_speaks_is_told_with_the_command_that_brings_a_better_voice() {
    let folder = tempfile::tempdir().unwrap();
    let espeak = folder.path().join("espeak-ng");
    let at = |text: &str| speaking(&settings(folder.path(), text), &espeak);
    let (says, command) = fall_back(at(""));
    assert!(says.starts_with("nothing speaks"), "{says}");
    assert_eq!(command, "apt install espeak-ng");
    fetch(folder.path(), &["espeak-ng"]);
    let (says, command) = fall_back(at(""));
    assert_eq!(says, "espeak-ng speaks in place of en_US-ryan-high");
    assert_eq!(command, format!("jarvis models pull en_US-ryan-high {ONNX_RUNTIME}"));
    fetch(folder.path(), &["piper/en_US-ryan-high.onnx", "piper/en_US-ryan-high.onnx.json"]);
    assert_eq!(fall_back(at("")).1, format!("jarvis models pull {ONNX_RUNTIME}"));
    fetch(folder.path(), &["onnxruntime/libonnxruntime.so", "onnxruntime/LICENSE"]);
    assert!(matches!(at(""), Stands::Ready(_)));
    assert!(matches!(at("tts: {voice: xx_XX-nobody}"), Stands::Wrong(..)));
    assert!(matches!(at("tts: {voice: /nowhere/x.onnx}"), Stands::Wrong(..)));
}

#[cfg(target_arch = "x86_64")]
#[test]
fn what_wakes_is_told_with_the_command_that_brings_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |text: &str| waking(&settings(folder.path(), text));
    assert_eq!(fall_back(at("")).1, "jarvis models pull porcupine-1.9.5");
    for wrong in ["keyword: [jarvis, /nowhere/x.ppn]", "library: /nowhere/x.so"] {
        assert!(matches!(at(&format!("wake: {{{wrong}}}")), Stands::Wrong(..)), "{wrong}");
    }
    assert!(matches!(at("wake: {address: 'tcp://lan:10400'}"), Stands::Ready(_)));
    let files = ["libpv_porcupine.so", "porcupine_params.pv", "jarvis_linux.ppn", "LICENSE"];
    fetch(
        folder.path(),
        &files.map(|file| format!("porcupine/{file}")).each_ref().map(String::as_str),
    );
    assert_eq!(at(""), Stands::Ready("Porcupine wakes on jarvis".to_owned()));
}

/// Each was called ready once, and failed at the first sentence.
#[tokio::test]
async fn what_looks_ready_is_tried_and_told_with_what_helps() {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let voice = ["piper/en_US-ryan-high.onnx", "piper/en_US-ryan-high.onnx.json"];
    fetch(folder.path(), &voice);
    fetch(folder.path(), &["onnxruntime/libonnxruntime.so", "onnxruntime/LICENSE"]);
    let at = async |text: &str| {
        let settings = settings(folder.path(), text);
        assert!(matches!(look(&settings)[1].stands, Stands::Ready(_)), "{text}");
        let [_, speaks, _] = tried(&settings, &clock).await;
        fall_back(speaks.stands)
    };
    let (says, hint) = at("").await;
    assert!(says.contains("speaks in place of en_US-ryan-high: "), "{says}");
    assert!(
        says.contains("en_US-ryan-high.onnx") && hint.contains("jarvis models"),
        "{says} {hint}"
    );
    let (says, hint) = at("tts: {address: 'tcp://127.0.0.1:9'}").await;
    assert!(says.contains("tcp://127.0.0.1:9 cannot be reached"), "{says}");
    assert!(hint.contains("Check the address"), "{hint}");
    for (text, part) in
        [("stt: {address: 'tcp://127.0.0.1:9'}", 0), ("wake: {address: 'tcp://127.0.0.1:9'}", 2)]
    {
        let settings = settings(folder.path(), text);
        assert!(matches!(look(&settings)[part].stands, Stands::Ready(_)), "{text}");
        let stands = &tried(&settings, &clock).await[part].stands;
        let Stands::Wrong(says, _) = stands else { panic!("{text}: {stands:?}") };
        assert!(says.contains("cannot be reached"), "{says}");
    }
}

#[test]
fn a_file_that_is_another_is_not_handed_to_an_engine() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), "");
    let model = Need::model(&settings);
    assert_eq!(model.file(&settings).unwrap(), None);
    fetch(folder.path(), &["whisper/ggml-base.en.bin"]);
    let fault = model.file(&settings).unwrap_err();
    assert_eq!(fault.code, "models-damaged");
}
