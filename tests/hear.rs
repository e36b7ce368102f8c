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

#[cfg(feature = "whisper")]
#[path = "../host/voice/tests/models/ggml.rs"]
mod ggml;
mod support;
#[cfg(feature = "whisper")]
#[path = "../host/voice/tests/models/tones.rs"]
mod tones;

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use jarvis_voice::{Chunk, WavWriter};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::lab::Lab;
use support::speech::{PocketSphinx, falters, recogniser, said, silent, talk};
use support::{Demo, Ran, until};

/// Speech with silence around it, by `espeak-ng`.
fn spoken(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("command.wav");
    said(&path, &["-v", "en-us"], text);
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

#[test]
fn a_recording_that_was_cut_behind_a_question_is_answered_and_told_of() {
    let demo = Demo::serving(&[]);
    let file = talk(demo.root(), &["how hot is node three"], 1.0);
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 4000]).unwrap();
    let stt = recogniser(&["how hot is node three"]);
    let heard = hears(&demo, &file, &stt, &["--json"]).ended(0).says("voice-wav-cut-off");
    assert!(heard.stdout.contains("degrees"), "{heard:?}");
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

/// As `README.md` says it, of whom nobody should expect more.
#[test]
fn the_demo_understands_54_of_60_spoken_commands_and_takes_nothing_else_for_one() {
    let demo = Demo::serving(&[]);
    let sentences = demo.run(&["intents", "sentences", "--demo"]).ended(0).stdout;
    let counted = PocketSphinx::hit_rate(&sentences);
    // "54 of 60 sentences understood, …", "0 of 8 other sentences taken …"
    let share = |what: &str| {
        let line = counted.lines().find(|line| line.contains(what)).expect(what);
        let mut numbers = line.split(' ').filter_map(|word| word.parse::<u32>().ok());
        (numbers.next().unwrap(), numbers.next().unwrap())
    };
    let (hits, of) = share("sentences understood");
    assert_eq!(of, 60, "{counted}");
    assert!(hits >= 54, "{counted}");
    assert_eq!(share("other sentences"), (0, 8), "{counted}");
}

#[test]
fn the_speed_of_the_settings_is_that_of_the_voice_that_is_always_there_too() {
    let lab = Lab::open();
    let file = spoken(lab.demo.root(), "is the web server running");
    let stt = recogniser(&["is the web server running"]);
    let seconds = |speed: &str| {
        let config = lab.config(&lab.usual(), &format!("tts: {{speed: {speed}}}\n"));
        let out = lab.demo.root().join("reply.wav");
        let (file, config) = (file.to_str().unwrap(), config.to_str().unwrap());
        let args = ["hear", file, "--config", config, "--stt", &stt, "--out"];
        lab.demo.run(&[&args[..], &[out.to_str().unwrap()]].concat()).ended(0).says("is stopped");
        let mut reader = jarvis_voice::WavReader::open(&out).unwrap();
        let mut samples = Vec::new();
        while reader.read(&mut samples).unwrap() {}
        let loud = |sample: &f32| sample.abs() > 0.02;
        let (first, last) = (samples.iter().position(loud), samples.iter().rposition(loud));
        (last.unwrap() - first.unwrap()) as f32 / reader.rate() as f32
    };
    let (slow, usual, fast) = (seconds("0.5"), seconds("1"), seconds("2"));
    assert!(fast < usual * 0.7 && slow > usual * 1.5, "{slow} s, {usual} s, {fast} s");
}

#[test]
fn a_voice_is_a_viewer() {
    let demo = Demo::serving(&[]);
    let file = spoken(demo.root(), "start the database");
    let stt = recogniser(&["start vm 102"]);
    let refused = hears(&demo, &file, &stt, &[]).ended(5);
    assert!(refused.stdout.contains("viewer"), "{refused:?}");
    assert_ne!(demo.state_of(102), "running");
    // What was heard stands with the run, though a refusal tells of none.
    let runs = demo.run(&["runs", "--demo", "--json"]).ended(0).json();
    let heard = runs[0]["heard"].as_array().unwrap();
    let words = heard.iter().find(|moment| moment["what"] == "words").unwrap();
    assert_eq!(words["text"], "start vm 102", "{runs}");
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
    let nothing = demo.run(&["hear", file, "--demo"]).ended(2);
    if cfg!(feature = "whisper") {
        nothing.says("voice-no-recogniser").says("base.en");
    } else {
        nothing.says("voice-no-whisper").says("--features whisper");
    }
}

#[test]
fn an_answer_is_written_whole_or_not_at_all() {
    let demo = Demo::serving(&[]);
    let stt = recogniser(&["how hot is node three"]);
    let out = demo.file("reply.wav", "the last answer");
    let quiet = demo.root().join("quiet.wav");
    let mut writer = WavWriter::new("quiet.wav", std::fs::File::create(&quiet).unwrap());
    writer.write(&Chunk { rate: 16_000, samples: vec![0; 16_000] }).unwrap();
    writer.finish().unwrap();
    hears(&demo, &quiet, &stt, &["--out", out.to_str().unwrap()]).ended(3);
    assert_eq!(std::fs::read(&out).unwrap(), b"the last answer");
    // What is heard is not what is written.
    let before = std::fs::read(&quiet).unwrap();
    let refused = hears(&demo, &quiet, &stt, &["--out", "./quiet.wav"]).ended(2);
    refused.says("voice-out-is-input").says("another name");
    assert_eq!(std::fs::read(&quiet).unwrap(), before);
}

/// What `child` has started, and what that has: the ids of processes, and when they began.
fn started_by(child: &Child) -> Vec<(String, String)> {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let all = all.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let all: Vec<_> = all.filter_map(|id| Some((stat(&id)?, id))).collect();
    let mut found = vec![(child.id().to_string(), String::new())];
    let mut next = 0;
    while let Some((parent, _)) = found.get(next).cloned() {
        let of_it = all.iter().filter(|([_, above, _], _)| *above == parent);
        found.extend(of_it.map(|([.., began], id)| (id.clone(), began.clone())));
        next += 1;
    }
    found.split_off(1)
}

/// The state of a process, its parent, and when it began (proc_pid_stat(5)).
fn stat(id: &str) -> Option<[String; 3]> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, stat) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = stat.split(' ').collect();
    Some([fields[0], fields[1], fields[19]].map(str::to_owned))
}

/// Tells `hearing` to end, and waits until it and all that it has started are gone.
fn break_off(mut hearing: Child, signal: Signal, code: i32) {
    let started = started_by(&hearing);
    kill_process(Pid::from_child(&hearing), signal).unwrap();
    assert_eq!(hearing.wait().unwrap().code(), Some(code));
    // What has ended may wait for a parent that looks.
    let is_there = |(id, began): &(String, String)| {
        stat(id).is_some_and(|[state, _, since]| since == *began && !"ZX".contains(&state))
    };
    until("all that it has started is gone", || !started.iter().any(is_there));
}

/// The files in `folder` that are those of an answer or its beginning.
fn answers(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_one = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with(".jarvis-") || name == "reply.wav"
    };
    files.filter(is_one).collect()
}

#[test]
fn who_is_told_to_end_while_they_are_heard_leaves_nothing_behind() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let demo = Demo::alone();
        let file = spoken(demo.root(), "how hot is node three");
        let (stt, heard) = silent();
        let args = ["hear", file.to_str().unwrap(), "--demo", "--out", "reply.wav", "--stt", &stt];
        let hearing = demo.command(&args).stdin(Stdio::null()).spawn().unwrap();
        heard.recv_timeout(Duration::from_secs(60)).expect("it is heard");
        assert!(!started_by(&hearing).is_empty(), "it has a cluster of its own");
        break_off(hearing, signal, code);
        assert_eq!(answers(demo.root()), [] as [PathBuf; 0]);
    }
}

#[test]
fn of_an_answer_that_is_broken_off_there_is_no_half_file() {
    let lab = Lab::open();
    let file = spoken(lab.demo.root(), "is the web server running");
    let stt = recogniser(&["is the web server running"]);
    let config = lab.config(&lab.usual(), &format!("tts: {{address: \"{}\"}}\n", falters()));
    let args = ["hear", file.to_str().unwrap(), "--config", config.to_str().unwrap()];
    let mut command = lab.demo.command(&args);
    command.args(["--stt", &stt, "--out", "reply.wav"]).stdin(Stdio::null());
    let hearing = command.spawn().unwrap();
    let half = || answers(lab.demo.root()).pop().and_then(|path| path.metadata().ok());
    until("some of it is written", || half().is_some_and(|file| file.len() > 10_000));
    break_off(hearing, Signal::TERM, 143);
    assert_eq!(answers(lab.demo.root()), [] as [PathBuf; 0]);
}

#[test]
fn a_question_that_the_file_has_no_answer_to_waits_for_one() {
    let lab = Lab::open();
    let config = lab.config(&lab.usual(), "voice: {role: admin}\n");
    let file = spoken(lab.demo.root(), "stop the media server");
    let stt = recogniser(&["stop the media server"]);
    let (file, config) = (file.to_str().unwrap(), config.to_str().unwrap());
    let heard = lab.demo.run(&["hear", file, "--config", config, "--stt", &stt]);
    heard.ended(4).says("Say yes, mediaserver");
    assert_eq!(lab.demo.state_of(101), "running");
}

/// By a model that knows one sentence, which it hears in everything.
#[cfg(feature = "whisper")]
#[test]
fn whisper_hears_by_the_model_of_the_settings() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::open();
    let mut folder = tempfile::Builder::new();
    let folder = folder.permissions(std::fs::Permissions::from_mode(0o755)).tempdir().unwrap();
    let model = folder.path().join("ggml-one.bin");
    std::fs::write(&model, tones::model(&["how hot is node three"])).unwrap();
    let file = spoken(lab.demo.root(), "how hot is node three");
    let hears = |stt: &str| {
        let config = lab.config(&lab.usual(), &format!("stt: {{{stt}}}\n"));
        lab.demo.run(&["hear", file.to_str().unwrap(), "--config", config.to_str().unwrap()])
    };
    let whole = format!("model: {}, threads: 1", model.display());
    // That it cannot be read without SSH is the answer.
    let heard = hears(&whole).ended(1).says("how hot is node three");
    assert!(heard.stdout.contains("pve3"), "{heard:?}");
    // Who hears, and where, is told beside; and what speaks in place of a better voice.
    assert!(heard.stderr.contains("whisper hears, with "), "{heard:?}");
    assert!(heard.stderr.contains("on the processor"), "{heard:?}");
    assert!(heard.stderr.contains("espeak-ng speaks in place of"), "{heard:?}");
    #[cfg(not(feature = "cuda"))]
    hears(&format!("{whole}, device: cuda")).ended(1).says("without CUDA").says("device: auto");
    let whole_file = std::fs::read(&model).unwrap();
    std::fs::write(&model, &whole_file[..100_000]).unwrap();
    hears(&whole).ended(1).says("cut off").says("voice-engine-down");
    std::fs::set_permissions(&model, std::fs::Permissions::from_mode(0o600)).unwrap();
    if rustix::process::geteuid().is_root() {
        hears(&whole).ended(1).says("ermission denied").says("jarvis-engine");
        // The doctor could read it; the engine cannot.
        std::fs::write(&model, &whole_file).unwrap();
        let config = lab.config(&lab.usual(), &format!("stt: {{{whole}}}\n"));
        let doctor = lab.demo.run(&["doctor", "--json", "--config", config.to_str().unwrap()]);
        let findings = doctor.json()["findings"].clone();
        let hears = findings.as_array().unwrap().iter().find(|one| one["check"] == "hears");
        let hears = hears.unwrap();
        assert_eq!(hears["state"], "ill", "{hears}");
        assert!(hears["says"].as_str().unwrap().contains("ermission denied"), "{hears}");
    }
    hears("model: /nowhere/x.bin").ended(2).says("/nowhere/x.bin");
    hears("model: tiny.en, compute_type: int8").ended(2).says("jarvis models pull tiny.en-q8_0");
}
