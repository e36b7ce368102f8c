//! What no sentence fits, by a language model at an Ollama that the test plays.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "support/ollama.rs"]
mod ollama;
mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use ollama::{FakeOllama, Script};
use serde_json::{Value, json};
use support::lab::Lab;

/// The model that the settings name where they name none.
const MODEL: &str = "mistral:7b-instruct-q4_0";

fn stage(able: &[&str]) -> (Lab, FakeOllama) {
    let ollama = FakeOllama::start(&[(MODEL, able)]);
    let mut lab = Lab::open();
    lab.ollama = ollama.url();
    (lab, ollama)
}

#[test]
fn a_question_goes_to_the_model_and_a_sentence_does_not() {
    let (lab, ollama) = stage(&["completion", "tools"]);
    lab.ask(&lab.usual(), &["is the web server running"]).ended(0).says("stopped");
    assert_eq!(ollama.asked(), [Value::Null; 0]);
    ollama.next(Script::new().words(&["Ceph spre", "ads data. It ", "is fine."]).done("stop"));
    let ran = lab.ask(&lab.usual(), &["what do you think of Ceph"]).ended(0);
    assert_eq!(ran.stdout, "Ceph spreads data. It is fine.\n");
    let asked = &ollama.asked()[0];
    assert_eq!(asked["options"]["num_ctx"], 8192);
    let tools: Vec<&str> = asked["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["function"]["name"].as_str().unwrap())
        .collect();
    // A question changes nothing, whatever a model makes of it.
    assert!(tools.contains(&"temperatures__node"), "{tools:?}");
    assert!(!tools.contains(&"vm-lifecycle__start"), "{tools:?}");
}

#[test]
fn what_it_calls_is_done_and_what_it_says_of_it_is_not_believed() {
    let (lab, ollama) = stage(&["completion", "tools"]);
    let start = ("vm-lifecycle__start", json!({"guest": "webserver-01"}));
    ollama.next(Script::new().calls(&[start]).done("stop"));
    ollama.next(Script::new().words(&["I have started it and deleted the rest."]).done("stop"));
    let words = ["I would love to see the page of our web machine"];
    let ran = lab.ask(&lab.usual(), &words).ended(0).says("Started webserver-01.");
    assert!(ran.stdout.contains("The language model said:"), "{ran:?}");
    assert_eq!(lab.demo.state_of(102), "running");

    let stop = ("vm-lifecycle__force-stop", json!({"guest": 102}));
    ollama.next(Script::new().calls(&[stop]).done("stop"));
    // A yes in advance is for what a person typed, never for a model.
    lab.ask(&lab.usual(), &["--yes", "I have seen enough of our web machine"]).ended(4);
    assert_eq!(lab.demo.state_of(102), "running");

    ollama.next(Script::new().words(&["Done! It is off."]).done("stop"));
    let words = ["--json", "I have seen enough of our web machine"];
    let ran = lab.ask(&lab.usual(), &words).ended(0);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(said["answer"]["speech"], "I changed nothing.");
    assert_eq!(lab.demo.state_of(102), "running");
}

#[test]
fn an_answer_of_a_model_is_a_run_that_is_told_in_words() {
    let (lab, ollama) = stage(&["completion", "tools"]);
    ollama.next(Script::new().words(&["Ceph spreads data."]).done("stop"));
    lab.ask(&lab.usual(), &["what do you think of Ceph"]).ended(0);
    let config = lab.config(&lab.usual(), "").display().to_string();
    let runs = lab.demo.run(&["runs", "--config", &config, "--json"]).ended(0).json();
    let run = &runs[0];
    assert_eq!(run["invocation"]["words"], "what do you think of Ceph");
    assert_eq!((&run["turn"]["model"], &run["turn"]["told"]), (&json!(MODEL), &json!(18)));
    assert!(!run.to_string().contains("spreads"), "{run}");
    let id = run["id"].as_str().unwrap();
    lab.demo
        .run(&["runs", "show", id, "--config", &config])
        .ended(0)
        .says("You said \"what do you think of Ceph\". No sentence fitted that")
        .says(MODEL)
        .says("It called no tool. It said 18 characters, and you were told 18.");
}

#[test]
fn a_models_sentences_come_one_by_one_over_http() {
    let (lab, ollama) = stage(&["completion", "tools"]);
    let config = lab.config(&lab.usual(), "server: {port: 0}\n");
    let config = ["--config", config.to_str().unwrap()];
    let mut serve = lab.demo.command(&[&["serve", "--json"], &config[..]].concat());
    let mut host = serve.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(host.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut told = lines.map(|line| serde_json::from_str::<Value>(&line).unwrap_or_default());
    let url = told.find_map(|line| line["http"].as_str().map(str::to_owned)).unwrap();
    let make = ["key", "make", "page", "--role", "viewer", "--json"];
    let key = lab.demo.run(&[&make[..], &config[..]].concat()).ended(0).json();
    ollama.next(Script::new().words(&["Ceph spreads data. ", "It is fine."]).done("stop"));
    let address = url.strip_prefix("http://").unwrap();
    let (body, secret) =
        (r#"{"words":"what do you think of Ceph"}"#, key["secret"].as_str().unwrap());
    let request = format!(
        "POST /api/ask HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\naccept: text/event-stream\r\n\
         authorization: Bearer {secret}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    host.kill().unwrap();
    host.wait().unwrap();
    let at = |text: &str| answer.find(text).unwrap_or_else(|| panic!("no {text:?} in {answer}"));
    let first = at("\"sentence\":\"Ceph spreads data.\"");
    let second = at("\"sentence\":\"It is fine.\"");
    assert!(first < second && second < at("event: answer"), "{answer}");
}

#[test]
fn a_model_without_tools_answers_questions() {
    let (lab, ollama) = stage(&["completion"]);
    ollama.next(Script::new().words(&["It is fine."]).done("stop"));
    lab.ask(&lab.usual(), &["what do you think of Ceph"]).ended(0).says("It is fine.");
    assert_eq!(ollama.asked()[0].get("tools"), None);
}

#[test]
fn what_goes_wrong_with_a_model_is_told_with_its_cause() {
    let (lab, ollama) = stage(&["completion", "tools"]);
    ollama.next(Script::new().words(&["It is "]).line(&json!({"error": "out of memory"})));
    lab.ask(&lab.usual(), &["what do you think of Ceph"]).ended(1).says("out of memory");
    let (nowhere, words) = (Lab::open(), ["what do you think of Ceph"]);
    nowhere.ask(&nowhere.usual(), &words).ended(3).says("ollama-unreachable");
}
