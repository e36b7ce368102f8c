//! Timers, commands for later and announcements, by the built program on the demo
//! cluster.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "support/pretend.rs"]
mod pretend;
mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use jarvis_voice::{Chunk, WavReader, WavWriter};
use pretend::Pretend;
use serde_json::{Value, json};
use support::http::Visitor;
use support::lab::Lab;
use support::{Demo, until};

fn waiting(demo: &Demo) -> Vec<Value> {
    let list = demo.run(&["timers", "list", "--demo", "--json"]);
    assert_eq!(list.code, 0, "{list:?}");
    list.json().as_array().unwrap().clone()
}

#[test]
fn a_command_for_later_is_asked_about_kept_listed_and_cancelled() {
    let mut demo = Demo::serving(&[]);
    let words = "in ten minutes, stop vm one oh one";
    let asked = demo.ask(words);
    assert_eq!(asked.code, 4, "{asked:?}");
    assert!(asked.stdout.contains("In 10 minutes, at "), "{asked:?}");
    assert_eq!(waiting(&demo), [] as [Value; 0], "nobody has said yes");
    let kept = demo.ask_yes(words);
    assert_eq!(kept.code, 0, "{kept:?}");
    let pizza = demo.ask("set a pizza timer for five minutes");
    assert!(pizza.stdout.starts_with("The pizza timer ends in 5 minutes, at "), "{pizza:?}");
    let waits = waiting(&demo);
    assert_eq!(waits[0]["called"], "the pizza timer");
    assert_eq!(waits[1]["command"], "vm-lifecycle.shut-down");
    assert_eq!(demo.state_of(101), "running");
    // A host that is killed finds them again.
    demo.kill();
    demo.start(&[]);
    assert_eq!(waiting(&demo), waits);
    let other = demo.run(&["timers", "cancel", "--demo", "egg timer"]);
    assert!(other.code == 1 && other.stderr.contains("timer-unknown"), "{other:?}");
    let gone = demo.ask("cancel the pizza timer");
    assert_eq!(gone.stdout.trim(), "The pizza timer is cancelled.");
    let id = waits[1]["id"].as_str().unwrap();
    let left = demo.run(&["timers", "cancel", "--demo", "--json", "shutdown of the media server"]);
    assert_eq!((left.code, left.json()), (0, json!([])), "{left:?}");
    let again = demo.run(&["timers", "cancel", "--demo", id]);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.stderr.contains("timer-unknown"), "{again:?}");
}

#[test]
fn a_command_runs_when_its_time_has_come() {
    let demo = Demo::serving(&[]);
    let asked = Instant::now();
    let kept = demo.ask_yes("stop vm one oh one in eight seconds");
    assert_eq!(kept.code, 0, "{kept:?}");
    let state = demo.state_of(101);
    let is_early = asked.elapsed() < Duration::from_secs(8);
    assert!(state == "running" || !is_early, "{state} after {:?}", asked.elapsed());
    until("it is stopped", || demo.state_of(101) == "stopped");
    until("it is over", || waiting(&demo).is_empty());
    let shown = demo.run(&["audit", "show", "--demo"]).stdout;
    for word in ["confirmed", "scheduled", "due"] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
}

/// Settings by which these have a role, with a satellite in the hall where there is one.
fn settings(lab: &Lab, users: &str, hall: Option<&Pretend>) -> PathBuf {
    let hall =
        hall.map(|hall| format!("satellites: {{hall: {{uri: \"tcp://{}\"}}}}", hall.address()));
    let more = format!(
        "server: {{roles: {{users: {{{users}}}}}}}\nstt: {{address: \"tcp://127.0.0.1:9\"}}\n{}\n",
        hall.unwrap_or_default()
    );
    lab.config(&lab.usual(), &more)
}

/// Keeps what `words` say for later.
fn keeps(person: &Visitor, words: &str) {
    let kept = person.post("/api/ask", &json!({ "words": words })).is(200);
    assert_eq!(kept.body["outcome"], "scheduled", "{kept:?}");
}

/// All lines of the audit log of a host with these settings.
fn audited(lab: &Lab, config: &Path) -> Vec<Value> {
    let show = ["audit", "show", "--json", "--limit", "10000", "--config"];
    let ran = lab.demo.run(&[&show[..], &[config.to_str().unwrap()]].concat()).ended(0);
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Why commands were cancelled.
fn cancelled(lines: &[Value]) -> Vec<&str> {
    let cancelled = lines.iter().filter(|line| line["event"] == "cancelled");
    cancelled.map(|line| line["why"].as_str().unwrap()).collect()
}

#[test]
fn a_role_that_is_lost_while_no_host_runs_takes_sign_in_and_command_along() {
    let (lab, hall) = (Lab::open(), Pretend::listen());
    let first = lab.serve(&settings(&lab, "operator@pve: operator", None));
    let person = first.visitor().signs_in("operator@pve", "simulated");
    keeps(&person, "start vm 102 in ten minutes");
    assert_eq!(
        person.get("/api/timers").is(200).body["timers"][0]["command"],
        "vm-lifecycle.start"
    );
    first.stop();
    let config = settings(&lab, "root@pam: admin", Some(&hall));
    let second = lab.serve(&config);
    let person = second.visitor().with(person.bearer());
    person.get("/api/auth/me").is(401).says("auth-token-refused");
    let (told, _) = hall.accept().until("synthesize");
    let told = told.text("text").unwrap();
    assert!(told.starts_with("I was to start vm 102. I did not: "), "{told}");
    assert!(told.contains("signed out"), "{told}");
    let other = second.visitor().signs_in("root@pam", "simulated");
    assert_eq!(other.get("/api/timers").is(200).body["timers"], json!([]));
    let lines = audited(&lab, &config);
    assert_eq!(cancelled(&lines), ["whoever set it was signed out"]);
    let ended = "user:operator@pve has another role now, and was signed out";
    assert!(lines.iter().any(|line| line["what"] == ended), "{lines:#?}");
    assert_eq!(lab.demo.state_of(102), "stopped");
}

#[test]
fn what_had_begun_is_told_before_whoever_set_it_is_said_to_have_gone() {
    let (lab, hall) = (Lab::open(), Pretend::listen());
    let config = settings(&lab, "operator@pve: operator", None);
    let first = lab.serve(&config);
    let person = first.visitor().signs_in("operator@pve", "simulated");
    lab.demo.fault(&["worker", "102", "hang"]);
    keeps(&person, "start vm 102 in one second");
    keeps(&person, "start vm 112 in ten minutes");
    until("it has begun", || {
        let lines = audited(&lab, &config);
        lines
            .iter()
            .any(|line| line["event"] == "allowed" && line["call"].to_string().contains("102"))
    });
    // As a crash would.
    drop(first);
    let config = settings(&lab, "root@pam: admin", Some(&hall));
    let _second = lab.serve(&config);
    let mut line = hall.accept();
    let mut told: Vec<String> = Vec::new();
    for _ in 0..2 {
        let (said, _) = line.until("synthesize");
        told.push(said.text("text").unwrap().to_owned());
        line.until("audio-stop");
        line.tell("played", json!({}));
    }
    told.sort();
    assert!(told[0].starts_with("As you asked, I began to start vm 102. "), "{told:?}");
    assert!(told[1].starts_with("I was to ") && told[1].contains("112"), "{told:?}");
    assert_eq!(cancelled(&audited(&lab, &config)), ["whoever set it was signed out"]);
}

#[test]
fn where_no_host_stays_nothing_is_kept() {
    let demo = Demo::alone();
    let refused = demo.ask("set a timer for five minutes");
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("timer-no-host"), "{refused:?}");
    let refused = demo.run(&["announce", "--demo", "dinner"]);
    assert!(refused.stderr.contains("timer-no-host"), "{refused:?}");
}

#[test]
fn what_is_announced_is_spoken_where_somebody_listens() {
    let demo = Demo::serving(&[]);
    let silence = demo.root().join("silence.wav");
    let chunk = Chunk { rate: 16_000, samples: vec![0; 16_000] };
    let mut file = WavWriter::new("silence", std::fs::File::create(&silence).unwrap());
    file.write(&chunk).unwrap();
    file.finish().unwrap();
    let out = demo.root().join("reply.wav");
    let args = ["listen", "--demo", "--json", "--push-to-talk", "--place", "kitchen"];
    // Nobody says anything that it would have to recognise.
    let stt = ["--stt", "tcp://127.0.0.1:9"];
    let files = ["--from", silence.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let mut command = demo.command(&[&args[..], &stt, &files].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut listener = command.spawn().unwrap();
    let to = ["announce", "--demo", "--to", "kitchen", "Dinner is ready."];
    until("the kitchen can say something", || demo.run(&to).code == 0);
    let mut lines = BufReader::new(listener.stdout.take().unwrap()).lines();
    let spoken = lines.by_ref().find(|line| {
        let line: Value = serde_json::from_str(line.as_ref().unwrap()).unwrap();
        line["event"] == "played"
    });
    assert!(spoken.is_some(), "it ended before it was said");
    let ended = listener.wait().unwrap();
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    // The file is heard beside what is said, and nobody speaks in it.
    assert_eq!(ended.code(), Some(3), "{rest:#?}");
    let mut reader = WavReader::open(&out).unwrap();
    let mut samples = Vec::new();
    while reader.read(&mut samples).unwrap() {}
    assert!(samples.iter().any(|sample| sample.abs() > 0.03), "nobody spoke");
}

#[test]
fn timers_and_announcements_are_shown_as_they_come() {
    let demo = Demo::serving(&[]);
    let visitor = Visitor::signed_in(&demo);
    let set = visitor.post("/api/timers", &json!({ "seconds": 600, "name": "tea" })).is(200);
    assert_eq!(set.body["outcome"], "scheduled", "{set:?}");
    let list = visitor.get("/api/timers").is(200).body;
    assert_eq!(list["timers"][0]["called"], "the tea timer", "{list}");
    let nowhere = json!({ "text": "Tea is ready.", "to": "attic" });
    visitor.post("/api/announcements", &nowhere).is(404).says("announcement-no-place");
}
