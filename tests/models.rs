//! The files of engines at the command line, from a source that the test plays.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use support::Demo;
use support::lab::Lab;
use support::speech::{recogniser, talk};

/// A source that has another file than the right one, whatever is asked for.
fn impostor() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\nconnection: close\r\n\r\n";
            stream.write_all(format!("{head}no model.").as_bytes()).unwrap();
        }
    });
    url
}

#[test]
fn models_are_listed_and_only_the_right_file_is_kept() {
    let demo = Demo::alone();
    let folder = demo.root().join("models");
    let text = format!(
        "models: {{folder: {}, sources: {{whisper: '{}'}}}}\n",
        folder.display(),
        impostor()
    );
    let settings = demo.file("jarvis.yaml", &text);
    let run = |args: &[&str]| {
        demo.run(&[&["models"], args, &["--config", settings.to_str().unwrap()]].concat())
    };
    let listed = run(&["list", "--json"]).ended(0);
    let listed: Value = serde_json::from_str(listed.stdout.trim()).unwrap();
    let base = listed.as_array().unwrap().iter().find(|one| one["name"] == "base.en").unwrap();
    assert_eq!((&base["held"], &base["kind"]), (&"missing".into(), &"whisper".into()));
    run(&["list", "--all"])
        .ended(0)
        .says("en_US-ryan-high")
        .says("120 MB")
        .says("147 MB")
        .says("base.en-q8_0");
    run(&["pull", "base.en"]).ended(1).says("models-fetch").says("9 bytes");
    assert!(!folder.join("whisper/ggml-base.en.bin").exists(), "it has not got the name");
    run(&["pull", "bas"]).ended(2).says("models-unknown").says("base.en");
    run(&["verify", "base.en"]).ended(1).says("models-unreadable");
    run(&["verify"]).ended(0);
    run(&["remove", "base.en"]).ended(0);
    run(&["remove", "base.en"]).ended(0).says("was not there");
    let bad = demo.file("bad.yaml", "models: {sources: {whisper: 'ftp://here'}}\n");
    demo.run(&["models", "list", "--config", bad.to_str().unwrap()]).ended(2).says("https://");
}

/// A source that has nothing, and how often it was asked.
fn counting() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (url, asked) =
        (format!("http://{}", listener.local_addr().unwrap()), Arc::<AtomicUsize>::default());
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // A connection that asks for nothing yet is one too many.
            count.fetch_add(1, Ordering::SeqCst);
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            let none = "HTTP/1.1 404 None\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(none.as_bytes()).unwrap();
        }
    });
    (url, asked)
}

#[test]
fn the_first_start_names_what_is_missing_and_nothing_is_fetched_that_nobody_asked_for() {
    let lab = Lab::open();
    let (url, asked) = counting();
    let root = lab.demo.root();
    let more = format!(
        "models: {{folder: {}/models, sources: {{whisper: '{url}', piper: '{url}', wheels: '{url}'}}}}\n\
         server: {{port: 0}}\n",
        root.display()
    );
    let config = lab.config(&lab.usual(), &more);
    let config = config.to_str().unwrap();
    // What it says until it serves.
    let starts = || {
        let mut command = lab.demo.command(&["serve", "--config", config]);
        let mut host = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(host.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut said = Vec::new();
        for line in lines {
            let serves = line.contains("jarvis serves on");
            said.push(line);
            if serves {
                break;
            }
        }
        host.kill().unwrap();
        host.wait().unwrap();
        said
    };
    let first = starts();
    let notes = first[..first.len() - 1].join("\n");
    for pull in ["pull en_US-ryan-high onnxruntime-", "pull porcupine-"] {
        assert!(notes.contains(pull), "no {pull}: {first:?}");
    }
    let hears = if cfg!(feature = "whisper") { "pull base.en" } else { "--features whisper" };
    assert!(notes.contains(hears), "{first:?}");
    assert_eq!(starts().len(), 1, "they were told, and doctor tells them again");
    let run = |args: &[&str], keys: &str| {
        lab.demo.run_with(&[args, &["--config", config]].concat(), keys)
    };
    run(&["doctor"], "");
    run(&["models", "list", "--all"], "").ended(0);
    run(&["models", "verify"], "").ended(0);
    let stt = recogniser(&["is the web server running"]);
    let said = talk(root, &["Is the web server running?"], 0.5);
    let (said, out) = (said.to_str().unwrap(), root.join("reply.wav"));
    let by = ["--stt", &stt, "--out", out.to_str().unwrap()];
    let listen = ["listen", "--json", "--push-to-talk", "--from", said];
    run(&[&listen[..], &by].concat(), "\n").ended(0).says("is stopped");
    std::fs::remove_file(&out).unwrap();
    run(&[&["hear", said], &by[..]].concat(), "").ended(0).says("is stopped");
    assert_eq!(asked.load(Ordering::SeqCst), 0, "nobody has asked for anything");
    run(&["models", "pull", "base.en"], "").ended(1).says("models-fetch");
    assert!(asked.load(Ordering::SeqCst) > 0, "it is the source that would have been asked");
}
