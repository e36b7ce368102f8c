use jarvis_domain::Explain;

use super::*;
use crate::tones::model;

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
        let fault = Model::check(&path).expect_err(what).fault();
        assert_eq!(fault.code, "voice-model", "{what}: {fault}");
        assert!(fault.sentence.contains(sentence), "{what}: {fault}");
    }
    let missing = Model::check(std::path::Path::new("/nowhere/x.bin")).unwrap_err();
    assert_eq!(missing.fault().code, "voice-model-unreadable");
}

#[cfg(feature = "whisper")]
mod real {
    use serde_json::json;

    use super::*;
    use crate::ggml::Sizes;
    use crate::random::{random, word};
    use crate::testing::{silence, spoken, tone};
    use crate::wyoming::{Decoder, Engine, Message, Replies, Sound};

    async fn ask(messages: &[Message]) -> Vec<(String, String)> {
        let answered = crate::testing::ask(Whisper::default(), messages).await.into_iter();
        let text = |message: &Message| message.text("text").unwrap_or_default().to_owned();
        answered.map(|message| (message.kind.clone(), text(&message))).collect()
    }

    fn settings(model: &std::path::Path) -> Message {
        let device = Device::Auto;
        let model = model.to_owned();
        Message::new(
            "settings",
            WhisperSettings {
                model,
                threads: 1,
                device,
                language: jarvis_domain::Language::English,
            },
        )
    }

    /// What an utterance is told as, piece by piece.
    fn utterance(sound: &[i16]) -> Vec<Message> {
        let pieces = sound.chunks(256).map(|some| Message::sound(Sound::FRAMES, some));
        let start = Message::new("audio-start", Sound::FRAMES);
        [start].into_iter().chain(pieces).chain([Message::bare("audio-stop")]).collect()
    }

    /// The words of `sound`, by a model that was told these names.
    async fn words(model: &std::path::Path, names: &[&str], sound: &[i16]) -> String {
        let told = Message::new("transcribe", json!({ "transcript_names": names }));
        let found = ask(&[vec![settings(model), told], utterance(sound)].concat()).await;
        let (kind, text) = found.last().unwrap().clone();
        assert_eq!(kind, "transcript", "{found:?}");
        text
    }

    const PHRASES: [&str; 4] =
        ["start the web server", "stop the database", "how hot is node three", "yes"];

    #[tokio::test]
    async fn the_real_library_chooses_among_phrases() {
        let (_folder, path) = on_disk(&model(&PHRASES));
        for (n, phrase) in PHRASES.iter().enumerate() {
            let sound = [tone(500.0 * (n + 1) as f32, 1.5), silence(0.3)].concat();
            assert_eq!(words(&path, &["web", "no\0de"], &sound).await, *phrase);
        }
    }

    /// One that says other nonsense for the least other sound.
    fn nonsense() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ggml-random.bin");
        let sizes = Sizes { state: 64, heads: 2, layers: 2, sound: 400, text: 128 };
        random(&path, sizes).unwrap();
        (folder, path)
    }

    #[tokio::test]
    async fn silence_and_noise_are_no_words() {
        // It has to say something, and is sure to a half or a quarter.
        for phrases in [&PHRASES[..2], &PHRASES] {
            let (_folder, path) = on_disk(&model(phrases));
            let hum = tone(5000.0, 1.5);
            for (what, sound) in [("silence", silence(1.5)), ("a hum", hum), ("nothing", vec![])] {
                assert_eq!(words(&path, &[], &sound).await, "", "{what} of {}", phrases.len());
            }
        }
    }

    #[tokio::test]
    async fn names_reach_the_model() {
        let (_folder, path) = nonsense();
        let loaded = loaded::Loaded::load(settings(&path).read().unwrap()).unwrap();
        let name = |n: usize| word(n).trim().to_owned();
        let many: Vec<String> = (0..5000).map(|n| name(n % 200 + 50)).collect();
        assert_eq!(loaded.prompt(&many[..2]), [50, 51]);
        assert_eq!(loaded.prompt(&many).len(), 200, "and no more than it takes");
        let odd = format!("\0\u{202e}{} {}\n", name(60), name(61));
        assert_eq!(loaded.prompt(&[odd, String::new()]), [60, 61]);
        let said = spoken("Start the web server.", &["-v", "en-us+f3"]);
        let without = words(&path, &[], &said).await;
        let with = words(&path, &[&name(60), &name(61)], &said).await;
        assert!(!without.is_empty() && with != without, "{with}");
        assert_eq!(words(&path, &[&name(60), &name(61)], &said).await, with);
    }

    #[tokio::test]
    async fn what_was_decoded_early_is_what_the_whole_says() {
        let (_folder, path) = nonsense();
        let said = |text| spoken(text, &["-v", "en-us+f3"]);
        let short = said("Start the web server.");
        let long = said("How hot is node three, and is the web server up, or the database?");
        let pause = [short.clone(), silence(0.4), long.clone()].concat();
        for (what, said) in [("short", short), ("with a pause", pause), ("long", long)] {
            // A second more of silence is what comes behind the end of speech.
            let sound = [said, silence(1.0)].concat();
            let plain = words(&path, &[], &sound).await;
            assert!(!plain.is_empty(), "{what}");
            let (live, told) = live(&path, &sound).await;
            assert_eq!(live, plain, "{what}");
            assert_eq!(told.last(), Some(&plain), "{what}: it was there before the end");
        }
    }

    #[tokio::test]
    async fn an_utterance_that_was_left_is_not_heard_in_the_next() {
        let (_folder, path) = nonsense();
        let said = |text| [spoken(text, &["-v", "en-us+f3"]), silence(0.5)].concat();
        let (left, next) = (said("Start the web server."), said("How hot is node three?"));
        let mut messages = [vec![settings(&path)], utterance(&left)].concat();
        messages.pop();
        messages.extend(utterance(&next));
        let found = ask(&messages).await;
        assert_eq!(found.last().unwrap().1, words(&path, &[], &next).await);
        assert_ne!(found.last().unwrap().1, words(&path, &[], &left).await);
    }

    /// As a microphone gives it: each piece once all of before has been taken
    /// and what it led to is done. The words, and what was told before the end.
    async fn live(model: &std::path::Path, sound: &[i16]) -> (String, Vec<String>) {
        let mut engine = Whisper::default();
        let mut told = Vec::new();
        let mut give = async |message: Message| {
            let mut answered = Vec::new();
            engine.take(message, &mut Replies::new(&mut answered)).await.unwrap();
            engine.settle().await;
            let mut decoder = Decoder::default();
            decoder.push(&answered);
            while let Some(message) = decoder.message().unwrap() {
                told.extend(message.text("text").map(str::to_owned));
            }
        };
        give(settings(model)).await;
        for message in utterance(sound) {
            give(message).await;
        }
        let words = told.pop().unwrap();
        (words, told)
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
