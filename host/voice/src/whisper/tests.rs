use jarvis_domain::Explain;

use super::tones::model;
use super::*;
use crate::VoiceError;

fn on_disk(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ggml-tones.bin");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn a_model_that_is_not_whole_is_refused_before_the_library_sees_it() {
    let good = model(&["start the web server", "stop it"]);
    let (_folder, path) = on_disk(&good);
    let found = Model::check(&path).unwrap();
    assert_eq!(found, Model { vocabulary: 51_864, sound: 100, multilingual: false });
    let mut header = good.clone();
    header[4..8].fill(0xff);
    let mut kind = good.clone();
    let first = good.windows(7).position(|some| some == b"encoder").unwrap();
    kind[first - 12] = 99;
    let no_space: Vec<u8> = {
        let at = good.windows(5).position(|some| some == [1, 0, 0, 0, b' ']).unwrap();
        [&good[..at + 4], b"x", &good[at + 5..]].concat()
    };
    // Within the filters, the vocabulary and a tensor, and before any of those.
    for (what, bytes, sentence) in [
        ("nothing", Vec::new(), "does not begin as one"),
        ("text", b"# A model\n".repeat(99), "does not begin as one"),
        ("half a header", good[..30].to_vec(), "does not begin as one"),
        ("half the filters", good[..1000].to_vec(), "cut off"),
        ("half the vocabulary", good[..first - 500].to_vec(), "cut off"),
        ("no tensors", good[..first - 20].to_vec(), "no tensors"),
        ("half the tensors", good[..good.len() - 9].to_vec(), "cut off"),
        ("something behind it", [&good[..], b"x"].concat(), "cut off"),
        ("a broken header", header, "header is broken"),
        ("an unknown kind", kind, "unknown kind"),
        ("no space", no_space, "no space"),
    ] {
        let (_folder, path) = on_disk(&bytes);
        let fault = VoiceError::from(Model::check(&path).expect_err(what)).fault();
        assert_eq!(fault.code, "voice-model", "{what}: {fault}");
        assert!(fault.sentence.contains(sentence), "{what}: {fault}");
    }
    let missing =
        VoiceError::from(Model::check(std::path::Path::new("/nowhere/x.bin")).unwrap_err());
    assert_eq!(missing.fault().code, "voice-model-unreadable");
}

#[cfg(feature = "whisper")]
mod real {
    use serde_json::json;

    use super::*;
    use crate::testing::{silence, tone};
    use crate::wyoming::{Decoder, Message, Sound, serve};

    async fn ask(messages: &[Message]) -> Vec<(String, String)> {
        let asked: Vec<u8> = messages.iter().flat_map(Message::encode).collect();
        let mut answered = Vec::new();
        serve(asked.as_slice(), &mut answered, Whisper::default()).await.unwrap();
        let (mut decoder, mut found) = (Decoder::default(), Vec::new());
        decoder.push(&answered);
        while let Some(message) = decoder.message().unwrap() {
            let text = message.text("text").unwrap_or_default().to_owned();
            found.push((message.kind, text));
        }
        found
    }

    fn settings(model: &std::path::Path) -> Message {
        let language = "en".to_owned();
        WhisperSettings { model: model.to_owned(), language, threads: 1, gpu: false }.message()
    }

    #[tokio::test]
    async fn the_real_library_chooses_among_phrases() {
        let phrases = ["start the web server", "stop the database", "how hot is node three"];
        let (_folder, path) = on_disk(&model(&phrases));
        for (n, phrase) in phrases.iter().enumerate() {
            let sound = [tone(500.0 * (n + 1) as f32, 1.5), silence(0.3)].concat();
            let mut messages = vec![
                settings(&path),
                Message::new("transcribe", json!({"transcript_names": ["web", "no\0de"]})),
                Message::new("audio-start", Sound::FRAMES),
            ];
            messages.extend(sound.chunks(256).map(|some| Message::sound(Sound::FRAMES, some)));
            messages.push(Message::bare("audio-stop"));
            let found = ask(&messages).await;
            let last = found.last().unwrap();
            assert_eq!((last.0.as_str(), last.1.as_str()), ("transcript", *phrase), "{found:?}");
        }
    }

    #[tokio::test]
    async fn what_it_lacks_it_says() {
        let (_folder, path) = on_disk(b"no model");
        let start = Message::new("audio-start", Sound::FRAMES);
        let stop = Message::bare("audio-stop");
        let sound = Message::sound(Sound::FRAMES, &[0; 256]);
        let found = ask(&[settings(&path), start.clone(), sound, stop.clone(), start, stop]).await;
        let kinds: Vec<&str> = found.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["error", "error", "transcript"], "{found:?}");
        assert!(found[0].1.contains("no whisper model"), "{found:?}");
    }
}
