//! `jarvis listen` from its wake word to its answer, by the built program, with
//! files in place of devices. Where it is not about the recogniser, that is
//! played: it says what it is told to.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use jarvis_voice::WavReader;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::Value;
use support::lab::Lab;
use support::speech::{PocketSphinx, models, recogniser, recogniser_after, silent, talk, wakes};
use support::{Demo, Ran};

/// Listens to `file`; what is said goes to `reply.wav`.
fn listens(demo: &Demo, file: &Path, stt: &str, more: &[&str], keys: &str) -> Ran {
    let out = demo.root().join("reply.wav");
    let (file, out) = (file.to_str().unwrap(), out.to_str().unwrap());
    let args = ["listen", "--from", file, "--out", out, "--stt", stt, "--json"];
    demo.run_with(&[&args, more].concat(), keys)
}

/// What it told of, a line an event: its name and its text.
fn told(ran: &Ran) -> Vec<(String, String)> {
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let events = lines.filter(|line| line["event"].is_string());
    let shown = |event: Value| {
        let detail = ["text", "chime", "word", "why"].map(|key| text(&event, key)).concat();
        (text(&event, "event"), detail)
    };
    events.map(shown).collect()
}

fn of<'t>(told: &'t [(String, String)], kind: &str) -> Vec<&'t str> {
    told.iter().filter(|(event, _)| event == kind).map(|(_, text)| text.as_str()).collect()
}

/// Seconds of the reply.
fn reply(demo: &Demo) -> f32 {
    let mut reader = WavReader::open(&demo.root().join("reply.wav")).unwrap();
    let mut samples = Vec::new();
    while reader.read(&mut samples).unwrap() {}
    samples.len() as f32 / reader.rate() as f32
}

#[test]
fn the_wake_word_and_a_command_in_one_breath_are_answered_aloud() {
    let demo = Demo::serving(&[]);
    let address = format!("unix://{}", demo.root().join("stt.sock").display());
    let _server = PocketSphinx::start(&demo, &address);
    let models = models();
    let models = ["--demo", "--models", models.path().to_str().unwrap()];
    let talk = talk(demo.root(), &["It is cold.", "Jarvis, how hot is node three?"], 1.0);
    let ran = listens(&demo, &talk, &address, &models, "").ended(0);
    assert!(ran.stdout.lines().next().unwrap().contains("jarvis models pull en_US"), "{ran:?}");
    let told = told(&ran);
    assert_eq!(of(&told, "woke"), ["jarvis"], "{told:?}");
    assert_eq!(of(&told, "words"), ["how hot is node 3"], "what stands before it is not heard");
    let answer = of(&told, "answer")[0];
    assert!(answer.contains("pve3") && answer.contains("degrees"), "{answer}");
    assert_eq!(of(&told, "chime"), ["wake", "end"]);
    assert_eq!(told.last().unwrap().0, "asleep", "{told:?}");
    assert!(reply(&demo) > 2.0, "{} s", reply(&demo));
}

#[test]
fn without_a_wake_word_a_key_begins() {
    let demo = Demo::serving(&[]);
    let stt = recogniser(&["how hot is node three"]);
    let talk = talk(demo.root(), &["How hot is node three?"], 0.5);
    let push = ["--demo", "--push-to-talk"];
    let ran = listens(&demo, &talk, &stt, &push, "\n").ended(0);
    assert!(of(&told(&ran), "answer")[0].contains("degrees"), "{ran:?}");
    // A file begins by itself where there are no keys.
    let ran = listens(&demo, &talk, &stt, &push, "").ended(0);
    assert!(of(&told(&ran), "answer")[0].contains("degrees"), "{ran:?}");
    // What is heard is kept where somebody asks for it, once, and nowhere else.
    let kept = demo.root().join("kept.wav");
    let keep = [&push[..], &["--keep", kept.to_str().unwrap()]].concat();
    listens(&demo, &talk, &stt, &keep, "\n").ended(0);
    let mut reader = WavReader::open(&kept).unwrap();
    let mut samples = Vec::new();
    while reader.read(&mut samples).unwrap() {}
    assert!(samples.iter().any(|sample| sample.abs() > 0.1) && samples.len() > 16_000);
    listens(&demo, &talk, &stt, &keep, "\n").ended(2).says("kept.wav");
    // What does not work is told, and is no success.
    let ran = listens(&demo, &talk, "tcp://127.0.0.1:9", &push, "\n").ended(1);
    assert_eq!(of(&told(&ran), "chime"), ["wake", "error"], "{ran:?}");
    // Muted, nobody is heard, however often they press.
    let ran = listens(&demo, &talk, &stt, &push, "m\n\n\n").ended(3);
    assert_eq!(of(&told(&ran), "muted").len(), 1, "{ran:?}");
    assert!(of(&told(&ran), "listening").is_empty(), "{ran:?}");
    // Nobody is at the keys, and there is no wake word.
    let none = demo.root().join("none");
    let none = ["--demo", "--models", none.to_str().unwrap()];
    listens(&demo, &talk, &stt, &none, "").ended(2).says("wake-nothing").says("porcupine-1.9.5");
}

#[test]
fn an_exchange_that_led_to_no_run_has_a_record_of_its_own() {
    let demo = Demo::serving(&[]);
    let stt = recogniser(&["purple monkey"]);
    let models = models();
    let models = ["--demo", "--place", "hall", "--models", models.path().to_str().unwrap()];
    let only_woken = talk(demo.root(), &["Jarvis."], 1.0);
    listens(&demo, &only_woken, &stt, &models, "").ended(3);
    let talk = talk(demo.root(), &["How hot is node three?"], 0.5);
    let push = ["--demo", "--push-to-talk"];
    listens(&demo, &talk, "tcp://127.0.0.1:9", &push, "\n").ended(1);
    listens(&demo, &talk, &stt, &push, "\n").ended(3);
    let kept = demo.run(&["runs", "list", "--exchanges", "--demo"]).ended(0);
    let lines: Vec<&str> = kept.stdout.lines().skip(1).collect();
    let [unclear, failed, woken] = lines[..] else { panic!("{kept:?}") };
    assert!(unclear.contains("heard \"purple monkey\", answered"), "{unclear}");
    assert!(failed.contains("failed: ") && failed.contains("127.0.0.1:9"), "{failed}");
    assert!(woken.contains("hall") && woken.contains("woke on jarvis, heard nothing"), "{woken}");
    let (_, id) = woken.trim_end().rsplit_once(' ').unwrap();
    let shown = demo.run(&["runs", "show", id, "--demo"]).ended(0);
    shown.says("No command ran: woke on jarvis, heard nothing.").says("no-words");
    // Those who look at what ran see none of it.
    assert_eq!(demo.run(&["runs", "--demo", "--json"]).ended(0).json(), serde_json::json!([]));
    demo.run(&["runs", "show", "ffffffff", "--demo"]).ended(1).says("there is no run");
}

/// A host with the shipped grants, whose voices have this role.
fn lab(role: &str) -> (Lab, String) {
    let lab = Lab::open();
    let config = lab.config(&lab.usual(), &format!("voice: {{role: {role}}}\n"));
    (lab, config.to_str().unwrap().to_owned())
}

#[test]
fn what_interrupts_something_takes_a_yes_that_says_to_what() {
    let (lab, config) = lab("admin");
    let models = models();
    let with = ["--config", &config, "--models", models.path().to_str().unwrap()];
    let stt = recogniser(&["stop the media server", "yes", "yes, the mediaserver"]);
    let texts = ["Jarvis, stop the media server.", "Yes, do it now.", "Yes, the media server."];
    let ran = listens(&lab.demo, &talk(lab.demo.root(), &texts, 0.6), &stt, &with, "").ended(0);
    let told = told(&ran);
    assert_eq!(of(&told, "woke").len(), 1, "{told:?}");
    let answers = of(&told, "answer");
    assert_eq!(answers.len(), 3, "{told:?}");
    assert!(answers[0].contains("Say yes, mediaserver"), "{answers:?}");
    assert!(answers[1].contains("repeat the name"), "{answers:?}");
    assert!(answers[2].starts_with("Shut down mediaserver"), "{answers:?}");
    assert!(!of(&told, "chime").contains(&"done"), "it is told in words: {told:?}");
    assert_eq!(lab.demo.state_of(101), "stopped");
}

#[test]
fn a_pin_takes_the_place_of_the_name_and_is_in_nothing_that_is_shown_or_kept() {
    let lab = Lab::open();
    let pin = lab.demo.root().join("pin");
    std::fs::write(&pin, "42718390\n").unwrap();
    std::fs::set_permissions(&pin, std::fs::Permissions::from_mode(0o600)).unwrap();
    let voice = format!("voice: {{role: admin, pin: 'file:{}'}}\n", pin.display());
    let config = lab.config(&lab.usual(), &voice);
    let models = models();
    let config = config.to_str().unwrap();
    let with = ["--config", config, "--models", models.path().to_str().unwrap()];
    let texts = [
        "Jarvis, stop the media server.",
        "Four two seven two.",
        "Four two seven one eight three nine zero.",
    ];
    let words = &[
        "stop the media server",
        "four two seven two",
        "yes, four two seven one eight three nine zero",
    ];
    let stt = recogniser_after(words, 1);
    let ran = listens(&lab.demo, &talk(lab.demo.root(), &texts, 0.6), &stt, &with, "").ended(0);
    let told = told(&ran);
    assert_eq!(of(&told, "words"), ["stop the media server", "••••", "yes, ••••"], "{told:?}");
    // Of what may hold it nothing is told before it is said.
    assert_eq!(of(&told, "partial"), ["stop the media server"], "{told:?}");
    assert!(of(&told, "answer")[2].starts_with("Shut down mediaserver"), "{told:?}");
    assert_eq!(lab.demo.state_of(101), "stopped");
    let state = files(lab.demo.root());
    assert!(state.iter().any(|(_, bytes)| holds(bytes, "stop the media server")));
    let config = ["--config", config];
    let list = lab.demo.run(&[&["runs", "--json"], &config[..]].concat()).ended(0);
    for secret in ["42718390", "four two"] {
        assert!(!format!("{ran:?} {list:?}").contains(secret), "{secret}");
        let leak = state.iter().find(|(path, bytes)| *path != pin && holds(bytes, secret));
        assert!(leak.is_none(), "{secret} is in {:?}", leak.map(|(path, _)| path));
    }
}

#[test]
fn what_leads_to_no_pin_is_refused_and_not_shown() {
    let lab = Lab::open();
    let pin = lab.demo.root().join("pin");
    let voice = format!("server: {{port: 0}}\nvoice: {{pin: 'file:{}'}}\n", pin.display());
    let config = lab.config(&lab.usual(), &voice);
    let config = config.to_str().unwrap();
    for (text, mode, code) in
        [("815", 0o600, "settings-pin"), ("42718390", 0o644, "settings-secret")]
    {
        std::fs::write(&pin, text).unwrap();
        std::fs::set_permissions(&pin, std::fs::Permissions::from_mode(mode)).unwrap();
        let refused = lab.demo.run(&["serve", "--config", config]).ended(2).says(code);
        assert!(!format!("{refused:?}").contains(text), "{refused:?}");
    }
    // A command by itself does without one that is not for it to read.
    lab.demo.run(&["ask", "--config", config, "is the web server running"]).ended(0);
}

/// Every file below `folder`, and what is in it.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of = |path: PathBuf| match std::fs::symlink_metadata(&path) {
        Ok(about) if about.is_dir() => files(&path),
        Ok(about) if about.is_file() => vec![(path.clone(), std::fs::read(path).unwrap())],
        _ => Vec::new(),
    };
    entries.flat_map(of).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_question_that_nobody_answers_is_no_success() {
    let (lab, config) = lab("admin");
    let models = models();
    let with = ["--config", &config, "--models", models.path().to_str().unwrap()];
    let stt = recogniser(&["stop the media server"]);
    let talk = talk(lab.demo.root(), &["Jarvis, stop the media server."], 0.6);
    listens(&lab.demo, &talk, &stt, &with, "").ended(4).says("mediaserver");
    assert_eq!(lab.demo.state_of(101), "running");
}

#[test]
fn a_sound_says_that_the_one_thing_is_done() {
    let (lab, config) = lab("operator");
    let models = models();
    let with = ["--config", &config, "--models", models.path().to_str().unwrap()];
    let stt = recogniser(&["start the web server", "is the web server running"]);
    let texts = ["Jarvis, start the web server.", "Jarvis, is the web server running?"];
    let ran = listens(&lab.demo, &talk(lab.demo.root(), &texts, 1.2), &stt, &with, "").ended(0);
    let told = told(&ran);
    assert_eq!(of(&told, "chime"), ["wake", "end", "done", "wake", "end"], "{told:?}");
    assert_eq!(of(&told, "sentence"), ["webserver 01 is running."], "{told:?}");
    assert_eq!(lab.demo.state_of(102), "running");
}

#[test]
fn what_was_heard_is_in_the_record_of_a_run_that_was_broken_off() {
    let (lab, config) = lab("operator");
    lab.demo.fault(&["worker", "102", "hang"]);
    let stt = recogniser(&["start the web server"]);
    let file = talk(lab.demo.root(), &["Start the web server."], 0.5);
    let out = lab.demo.root().join("reply.wav");
    let args = ["listen", "--config", &config, "--json", "--push-to-talk", "--stt", &stt];
    let mut command = lab.demo.command(&args);
    command.arg("--from").arg(&file).arg("--out").arg(&out);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut keys = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut until = |wanted: &str| {
        let found = lines.by_ref().find(|line| line.contains(wanted));
        found.unwrap_or_else(|| panic!("no {wanted}"))
    };
    keys.write_all(b"\n").unwrap();
    let told = until(r#""notice":"run""#);
    until(r#""notice":"started""#);
    // It is waited for, and somebody wants no answer any more.
    keys.write_all(b"s\n").unwrap();
    until(r#""event":"cut""#);
    lab.demo.fault(&["worker", "102", "go"]);
    drop(keys);
    until(r#""event":"played""#);
    child.wait().unwrap();
    let runs = lab.demo.run(&["runs", "--config", &config, "--json"]).ended(0).json();
    assert!(told.contains(runs[0]["id"].as_str().unwrap()), "{told} {runs}");
    let heard = runs[0]["heard"].as_array().unwrap();
    let what: Vec<&str> = heard.iter().map(|moment| moment["what"].as_str().unwrap()).collect();
    let at = |wanted: &str| what.iter().position(|what| *what == wanted).expect(wanted);
    assert!(at("words") < at("cut"), "{what:?}");
}

#[test]
fn another_engine_may_watch_for_the_wake_word() {
    let (lab, _) = lab("viewer");
    let wake = |more: &str| {
        let config =
            lab.config(&lab.usual(), &format!("wake: {{{more}}}\nvoice: {{patience: long}}\n"));
        config.to_str().unwrap().to_owned()
    };
    // About when the last word is over, as one that hears would tell it.
    let stt = recogniser_after(&["is the web server running"], 3);
    let talk = talk(lab.demo.root(), &["Hey Jarvis, is the web server running?"], 2.0);
    let address = wakes();
    let config = wake(&format!("address: '{address}'"));
    let ran = listens(&lab.demo, &talk, &stt, &["--config", &config], "").ended(0);
    assert_eq!(of(&told(&ran), "woke"), ["hey_jarvis_v0.1"], "{ran:?}");
    assert_eq!(of(&told(&ran), "answer"), ["webserver-01 is stopped."]);
    // It is a whole command already, which the host has said before the silence was long.
    assert_eq!(of(&told(&ran), "speech-ended"), ["complete"], "{ran:?}");
    // What is wrong is told at the start, with what else there is.
    for (more, code, says, hint) in [
        (
            &format!("address: '{address}', keyword: computer")[..],
            2,
            "knows no wake word like computer; it has alexa",
            "keyword",
        ),
        ("address: 'tcp://127.0.0.1:9'", 1, "voice-engine-unreachable", "Check the address"),
        ("library: /nowhere/libpv_porcupine.so", 1, "No such file", "push-to-talk"),
    ] {
        let config = wake(more);
        let ran = listens(&lab.demo, &talk, &stt, &["--config", &config], "").ended(code);
        assert!(ran.stdout.contains(says) && ran.stdout.contains(hint), "{more}: {ran:?}");
    }
}

#[test]
fn a_terminal_shows_what_goes_on_and_takes_keys() {
    let demo = Demo::serving(&[]);
    let stt = recogniser(&["how hot is node three"]);
    let file = talk(demo.root(), &["How hot is node three?"], 0.5);
    let out = demo.root().join("reply.wav");
    let listen = format!(
        "{} listen --demo --push-to-talk --stt {stt} --from {} --out {}; echo ended $?; stty -a",
        support::jarvis().display(),
        file.display(),
        out.display(),
    );
    let pair = native_pty_system().openpty(PtySize::default()).unwrap();
    let mut command = CommandBuilder::new("/bin/sh");
    command.args(["-c", &listen]);
    command.env_clear();
    for (name, value) in demo.command(&[]).get_envs() {
        command.env(name, value.unwrap());
    }
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let (mut keys, mut screen) =
        (pair.master.take_writer().unwrap(), pair.master.try_clone_reader().unwrap());
    let mut shown = String::new();
    // What is wanted next stands behind what was wanted before.
    let mut until = |wanted: &str| {
        let mut bytes = [0; 4096];
        while !shown.contains(wanted) {
            let read = screen.read(&mut bytes).unwrap_or(0);
            assert!(read > 0, "no {wanted:?} in {shown:?}");
            shown.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        let (_, rest) = shown.split_once(wanted).unwrap();
        shown = rest.to_owned();
    };
    let mut press = |key: &str| keys.write_all(key.as_bytes()).unwrap();
    until("Enter talks, m mutes");
    until("asleep");
    press("m");
    until("muted");
    press("m");
    until("asleep");
    press("\r");
    until("> how hot is node three");
    until("degrees");
    until("asleep");
    press("q");
    until("ended 0");
    until(" icanon iexten echo ");
    assert!(child.wait().unwrap().success());
}

/// A command once waited for ever for whoever was to read what it shows.
#[test]
fn it_ends_where_nobody_reads_what_it_shows() {
    let demo = Demo::serving(&[]);
    let stt = recogniser(&["how hot is node three"]);
    let talk = talk(demo.root(), &["How hot is node three?"], 0.5);
    let (unread, full) = std::io::pipe().unwrap();
    fill(&full);
    let args = ["listen", "--demo", "--json", "--push-to-talk", "--stt", &stt, "--from"];
    let mut command = demo.command(&[&args[..], &[talk.to_str().unwrap()]].concat());
    let out = demo.root().join("reply.wav");
    command.arg("--out").arg(&out).stdin(Stdio::piped()).stdout(full);
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "what was asked was answered");
    drop(unread);
    assert!(reply(&demo) > 1.0);
}

/// Leaves no room in a pipe.
fn fill(pipe: &std::io::PipeWriter) {
    let flags = rustix::fs::fcntl_getfl(pipe).unwrap();
    rustix::fs::fcntl_setfl(pipe, flags | rustix::fs::OFlags::NONBLOCK).unwrap();
    let mut writer = pipe;
    while writer.write(b"\n").is_ok() {}
    rustix::fs::fcntl_setfl(pipe, flags).unwrap();
}

/// Whoever types is served all the while. That it is told after 30 s is tried where
/// the clock can be moved.
#[test]
fn a_recogniser_that_never_answers_holds_up_nobody_else() {
    let demo = Demo::serving(&[]);
    let (stt, heard) = silent();
    let talk = talk(demo.root(), &["How hot is node three?"], 0.5);
    let out = demo.root().join("reply.wav");
    let args = ["listen", "--demo", "--json", "--push-to-talk", "--stt", &stt, "--from"];
    let mut command = demo.command(&[&args[..], &[talk.to_str().unwrap()]].concat());
    command.arg("--out").arg(&out).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut keys = child.stdin.take().unwrap();
    keys.write_all(b"\n").unwrap();
    heard.recv_timeout(Duration::from_secs(60)).expect("it is heard");
    demo.ask("how hot is node three").ended(0).says("degrees");
    assert!(child.try_wait().unwrap().is_none(), "the recogniser is still waited for");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "it can be ended meanwhile");
    assert!(!String::from_utf8_lossy(&ended.stdout).contains("failed"), "{ended:?}");
}
