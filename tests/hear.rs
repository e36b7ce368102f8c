//! A spoken command from a file, heard, run and answered as sound by the built
//! program. Where it is not about the recogniser, that is played: it says what
//! it is told to.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use support::{Demo, Ran};

/// A recogniser that speaks Wyoming and understands these words, one of them
/// for each utterance; the last one again and again.
fn recogniser(words: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut left = words;
        for stream in listener.incoming() {
            hear(&stream.unwrap(), &mut left);
        }
    });
    address
}

/// One connection.
fn hear(stream: &TcpStream, words: &mut &'static [&'static str]) {
    let mut reader = BufReader::new(stream);
    let (mut line, mut heard) = (String::new(), 0);
    while reader.read_line(&mut line).unwrap_or(0) > 0 {
        let head: Value = serde_json::from_str(&line).unwrap();
        let length = |key: &str| head[key].as_u64().unwrap_or(0);
        let mut rest = vec![0; (length("data_length") + length("payload_length")) as usize];
        reader.read_exact(&mut rest).unwrap();
        heard += length("payload_length");
        if head["type"] == "audio-stop" {
            assert!(heard > 16_000, "half a second and more was heard: {heard}");
            let (said, more) = words.split_first().unwrap();
            if !more.is_empty() {
                *words = more;
            }
            let answer = json!({ "type": "transcript", "data": { "text": said } });
            writeln!(&mut &*stream, "{answer}").unwrap();
        }
        line.clear();
    }
}

/// Speech with silence around it, by `espeak-ng`.
fn spoken(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("command.wav");
    let mut espeak = Command::new("/usr/bin/espeak-ng");
    espeak.args(["-v", "en-us", "-w"]).arg(&path).arg(text);
    assert!(espeak.status().expect("espeak-ng: run script/setup").success());
    path
}

fn hears(demo: &Demo, file: &Path, stt: &str, more: &[&str]) -> Ran {
    let file = file.to_str().unwrap();
    demo.run(&[&["hear", file, "--demo", "--stt", stt], more].concat())
}

#[test]
fn a_spoken_question_is_answered_as_sound() {
    let demo = Demo::serving(&[]);
    let file = spoken(demo.root(), "how hot is node three");
    let out = demo.root().join("reply.wav");
    let stt = recogniser(&["how hot is node three"]);
    let heard = hears(&demo, &file, &stt, &["--out", out.to_str().unwrap(), "--json"]).ended(0);
    let told: Value = serde_json::from_str(heard.stdout.trim()).unwrap();
    let events = told["events"].as_array().unwrap();
    let of = |kind: &str| events.iter().find(|event| event["event"] == kind);
    assert_eq!(of("words").unwrap()["text"], "how hot is node three", "{told}");
    let answer = of("answer").unwrap()["text"].as_str().unwrap();
    assert!(answer.contains("pve3") && answer.contains("degrees"), "{answer}");
    assert!(of("speech-ended").is_some() && of("played").is_some(), "{told}");
    let reply = std::fs::read(out).unwrap();
    assert!(reply.starts_with(b"RIFF") && reply.len() > 40_000, "{} bytes", reply.len());
    // Written down at the door of voices.
    demo.run(&["runs", "--demo", "--json"]).ended(0).says("\"voice\"");
}

/// The example of a recogniser, with the sentences of this demo.
struct PocketSphinx(Child);

impl PocketSphinx {
    fn start(demo: &Demo, address: &str) -> Self {
        let sentences = demo.run(&["intents", "sentences", "--demo"]).ended(0).stdout;
        assert!((30..=60).contains(&sentences.lines().count()), "{sentences}");
        let target = support::jarvis().ancestors().nth(2).unwrap();
        let python = target.join("tools/pocketsphinx/bin/python");
        assert!(python.exists(), "PocketSphinx is not there: run script/setup");
        let server =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/wyoming-pocketsphinx/server.py");
        let mut server = Command::new(python)
            .args(["-B", server, "--uri", address])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        server.stdin.take().unwrap().write_all(sentences.as_bytes()).unwrap();
        let mut says = String::new();
        BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut says).unwrap();
        assert!(says.contains("sentences, and no other"), "{says:?}");
        Self(server)
    }
}

impl Drop for PocketSphinx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn no_part_is_played_from_the_voice_to_the_answer() {
    let demo = Demo::serving(&[]);
    let address = format!("unix://{}", demo.root().join("stt.sock").display());
    let server = PocketSphinx::start(&demo, &address);
    let file = spoken(demo.root(), "how hot is node three");
    let heard = hears(&demo, &file, &address, &[]).ended(0).says("how hot is node 3");
    assert!(heard.stdout.contains("pve3") && heard.stdout.contains("degrees"), "{heard:?}");
    let other = spoken(demo.root(), "the quick brown fox jumps over the lazy dog");
    hears(&demo, &other, &address, &[]).ended(3).says("nothing was understood");
    drop(server);
    hears(&demo, &file, &address, &[]).ended(1).says(&address);
}

#[test]
fn a_voice_is_a_viewer() {
    let demo = Demo::serving(&[]);
    let file = spoken(demo.root(), "start the database");
    let stt = recogniser(&["start vm 102"]);
    let refused = hears(&demo, &file, &stt, &[]).ended(0);
    assert!(refused.stdout.contains("viewer"), "{refused:?}");
    assert_ne!(demo.state_of(102), "running");
}

#[test]
fn what_cannot_be_heard_is_told_clearly() {
    let demo = Demo::serving(&[]);
    let file = spoken(demo.root(), "how hot is node three");
    let stt = recogniser(&["how hot is node three"]);
    let text = demo.file("text.wav", "this is no sound");
    hears(&demo, &text, &stt, &[]).ended(2).says("voice-wav-other");
    hears(&demo, Path::new("/nowhere.wav"), &stt, &[]).ended(2).says("/nowhere.wav");
    hears(&demo, &file, "tcp://127.0.0.1:9", &[]).ended(1).says("tcp://127.0.0.1:9");
    hears(&demo, &file, "whisper.lan", &[]).ended(2).says("voice-address");
    let file = file.to_str().unwrap();
    demo.run(&["hear", file, "--demo"]).ended(2).says("voice-no-recogniser").says("base.en");
}
