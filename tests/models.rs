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

use serde_json::Value;
use support::Demo;

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
