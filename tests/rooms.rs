//! Satellites in other rooms, which jarvis listens to: stock ones on a sound
//! server, and pretended ones that do what stock ones would not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "support/ollama.rs"]
mod ollama;
#[path = "support/pretend.rs"]
mod pretend;
#[path = "wyoming/served.rs"]
mod served;
#[path = "support/sound_server.rs"]
mod sound_server;
#[path = "support/stock.rs"]
mod stock;
mod support;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use jarvis_voice::RATE;
use ollama::{FakeOllama, Script};
use pretend::{Line, PATIENCE, Pretend};
use serde_json::{Value, json};
use served::{Served, browse};
use sound_server::{SoundServer, environment};
use stock::Stock;
use support::speech::{models, python, recogniser, samples, talk};
use support::{Demo, first_line, free, until};

/// So many seconds of silence.
fn silence(seconds: usize) -> Vec<i16> {
    vec![0; seconds * RATE as usize]
}

/// The settings of satellites, by their names and addresses.
fn named(satellites: &[(&str, SocketAddr, &str)]) -> String {
    let mut all = "satellites:\n".to_owned();
    for (name, address, more) in satellites {
        all += &format!("  {name}: {{uri: \"tcp://{address}\"{more}}}\n");
    }
    all
}

fn operator(stt: &str, satellites: &[(&str, SocketAddr, &str)]) -> Served {
    Served::with(stt, "operator", &named(satellites))
}

#[test]
fn a_stock_satellite_asks_and_says_yes_without_its_wake_word() {
    let own = free();
    let stt = recogniser(&["shut down vm 102", "yes, 102"]);
    let served = operator(&stt, &[("kitchen", own, ", role: operator")]);
    served.peer("handle", &["start vm 102"]);
    assert_eq!(served.state_of(102), "running");
    let sound = tempfile::tempdir().unwrap();
    let server = SoundServer::start(sound.path());
    // It finds its wake word with jarvis too.
    let _stock = Stock::start(sound.path(), own, Some(served.address));
    served.until("kitchen", "asleep");
    let folder = sound.path();
    let (question, answer) = (
        samples(folder, &["Jarvis, shut down the database"], 0.5),
        samples(folder, &["Yes, one oh two"], 0.5),
    );
    // On a busy machine some sound gets lost on its way.
    let woken = || served.microphones().iter().any(|one| one["attention"] != "asleep");
    let ask = || {
        for _ in 0..5 {
            server.say(&question).wait();
            // What was heard may take its time as well; twice is once too often.
            if (0..20).any(|_| woken()) {
                return;
            }
        }
        panic!("it was not heard: {:?}", served.microphones());
    };
    ask();
    served.until("kitchen", "speaking");
    served.until("kitchen", "listening");
    assert_eq!(served.state_of(102), "running", "nobody has said yes");
    server.say(&answer).wait();
    until("it is shut down", || served.state_of(102) == "stopped");
    served.until("kitchen", "asleep");
    // Its loudspeaker is heard, and its wake word works again.
    let recording = server.record();
    ask();
    let loud = |all: &[i16]| all.iter().filter(|sample| sample.unsigned_abs() > 2000).count();
    let (all, _) = recording.until(|all| loud(all) > RATE as usize / 4);
    assert!(loud(&all) > 0);
}

#[test]
fn one_that_streams_all_the_time_is_woken_by_our_own_wake_word() {
    let own = free();
    let served = operator(&recogniser(&["start vm 102"]), &[("hall", own, ", role: operator")]);
    let sound = tempfile::tempdir().unwrap();
    let server = SoundServer::start(sound.path());
    let _stock = Stock::start(sound.path(), own, None);
    served.until("hall", "asleep");
    let order = samples(sound.path(), &["Jarvis, start the database"], 0.5);
    for _ in 0..5 {
        server.say(&order).wait();
        server.say(&silence(1)).wait();
        if served.state_of(102) == "running" {
            return;
        }
    }
    panic!("it was not heard");
}

#[test]
fn what_a_satellite_is_told_and_that_its_stream_ends_last() {
    let pretend = Pretend::listen();
    let satellites = [("kitchen", pretend.address(), ", node: pve3")];
    // A sound of ours would come before the answer's.
    let more = format!("voice: {{sounds: false}}\n{}", named(&satellites));
    let served = Served::with(&recogniser(&["list all virtual machines"]), "operator", &more);
    let mut line = pretend.accept();
    let said = samples(served.demo().root(), &["list all virtual machines"], 0.5);
    line.wakes();
    let mut mouth = line.mouth();
    let talking = std::thread::spawn(move || mouth.say(&[said, silence(1)].concat()));
    let (start, before) = line.until("audio-start");
    assert_eq!(before, ["transcribe", "voice-started", "voice-stopped", "synthesize"]);
    assert_eq!(start.data["width"], 2);
    let (_, chunks) = line.until("audio-stop");
    assert!(chunks.len() > 10 && chunks.iter().all(|kind| kind == "audio-chunk"), "{chunks:?}");
    assert!(line.within(Duration::from_millis(200)).is_none(), "it was not played yet");
    line.tell("played", json!({}));
    let (transcript, _) = line.until("transcript");
    assert_eq!(transcript.text("text"), Some("list all virtual machines"));
    assert!(talking.join().unwrap());

    // Whoever says nothing, and even stops to stream, ends it too.
    line.wakes();
    let (_, before) = line.until("transcript");
    assert_eq!(before, ["transcribe", "error"]);
}

#[test]
fn one_that_breaks_off_is_connected_to_again_and_holds_nobody_up() {
    let (bad, good) = (Pretend::listen(), Pretend::listen());
    let satellites = [("bad", bad.address(), ""), ("good", good.address(), "")];
    let served = operator(&recogniser(&["list all virtual machines"]), &satellites);
    let mut broken = bad.accept();
    let mut line = good.accept();
    broken.raw(b"{\"type\":\"audio-chunk\",\"payload_length\":100}\nhalf");
    drop(broken);
    let mut again = bad.accept();
    again.raw(b"what is this?\n");
    let mut third = bad.accept();
    // One that knows ping and falls silent is gone within seconds.
    third.tell("pong", json!({}));
    let _fourth = bad.accept();
    let said = samples(served.demo().root(), &["list all virtual machines"], 0.5);
    line.wakes();
    let mut mouth = line.mouth();
    std::thread::spawn(move || mouth.say(&[said, silence(1)].concat()));
    line.until("audio-start");
    line.until("audio-stop");
}

#[test]
fn of_fifty_that_hear_the_same_word_one_is_answered() {
    let all: Vec<Pretend> = (0..50).map(|_| Pretend::listen()).collect();
    let names: Vec<String> = (0..50).map(|n| format!("room{n}")).collect();
    let satellites: Vec<_> =
        names.iter().zip(&all).map(|(name, one)| (name.as_str(), one.address(), "")).collect();
    let served = operator(&recogniser(&["list all virtual machines"]), &satellites);
    let mut lines: Vec<Line> = all.iter().map(Pretend::accept).collect();
    let said = samples(served.demo().root(), &["list all virtual machines"], 0.5);
    let said = [said, silence(2)].concat();
    for line in &mut lines {
        line.wakes();
    }
    let mut talking = Vec::new();
    for line in &lines {
        let (mut mouth, said) = (line.mouth(), said.clone());
        talking.push(std::thread::spawn(move || mouth.say(&said)));
    }
    assert!(talking.into_iter().all(|one| one.join().unwrap()), "all are still heard");
    let (mut answered, mut sent_back) = (0, 0);
    for line in &mut lines {
        loop {
            match line.next().kind.as_str() {
                "run-satellite" => sent_back += 1,
                "synthesize" => answered += 1,
                _ => continue,
            }
            break;
        }
    }
    assert_eq!((answered, sent_back), (1, 49));
}

/// What the next announcement at `line` says, once all of it was heard.
fn announced(line: &mut Line) -> String {
    let (told, _) = line.until("synthesize");
    let mut loudest = 0;
    loop {
        let message = line.next();
        match message.kind.as_str() {
            "audio-stop" => break,
            "audio-chunk" => {
                let (_, samples) = message.samples().unwrap();
                let peak = samples.into_iter().map(i16::unsigned_abs).max();
                loudest = loudest.max(peak.unwrap_or_default());
            }
            _ => {}
        }
    }
    assert!(loudest > 3000, "nobody spoke: {loudest}");
    line.tell("played", json!({}));
    told.text("text").unwrap().to_owned()
}

#[test]
fn what_is_announced_is_said_once_in_each_room_and_not_while_somebody_is_heard() {
    let (first, second) = (Pretend::listen(), Pretend::listen());
    let satellites = [("hall", first.address(), ""), ("s2", second.address(), ", place: kitchen")];
    let served = operator(&recogniser(&["list all virtual machines"]), &satellites);
    let (mut hall, mut kitchen) = (first.accept(), second.accept());
    served.can_say_at(&["hall", "kitchen"]);
    hall.wakes();
    hall.until("transcribe");
    let in_the_hall = std::thread::spawn(move || {
        // Nobody says anything there, and only then it is said.
        let (_, before) = hall.until("transcript");
        assert_eq!(before, ["error"]);
        assert_eq!(announced(&mut hall), "Dinner is ready.");
        assert!(hall.within(Duration::from_secs(1)).is_none(), "it was said there once");
    });
    served.announce(&["Dinner is ready."]).ended(0);
    assert_eq!(announced(&mut kitchen), "Dinner is ready.");
    served.announce(&["--to", "kitchen", "The tea too."]).ended(0);
    assert_eq!(announced(&mut kitchen), "The tea too.");
    in_the_hall.join().unwrap();
}

#[test]
fn a_room_that_is_gone_in_the_middle_of_an_announcement_holds_nobody_up() {
    let (first, second) = (Pretend::listen(), Pretend::listen());
    let satellites = [("hall", first.address(), ""), ("kitchen", second.address(), "")];
    let served = operator(&recogniser(&["list all virtual machines"]), &satellites);
    let (mut hall, mut kitchen) = (first.accept(), second.accept());
    served.can_say_at(&["hall", "kitchen"]);
    served.announce(&["--to", "hall", "The first thing is this."]).ended(0);
    hall.until("audio-chunk");
    drop(hall);
    // Where nobody is there, others are told.
    assert_eq!(announced(&mut kitchen), "The first thing is this.");
    let listening = std::thread::spawn(move || while kitchen.within(PATIENCE).is_some() {});
    let mut hall = first.accept();
    served.can_say_at(&["hall", "kitchen"]);
    served.announce(&["--to", "hall", "The second one is that."]).ended(0);
    let said = announced(&mut hall);
    if said != "The second one is that." {
        assert_eq!(said, "The first thing is this.", "it may be heard to its end now");
        assert_eq!(announced(&mut hall), "The second one is that.");
    }
    drop(served);
    listening.join().unwrap();
}

#[test]
fn a_command_for_later_of_a_satellite_keeps_its_role() {
    let pretend = Pretend::listen();
    let words = &["start vm 102 in twelve seconds"];
    let served = operator(&recogniser(words), &[("hall", pretend.address(), ", role: operator")]);
    let mut line = pretend.accept();
    let said = samples(served.demo().root(), &["start the database in twelve seconds"], 0.5);
    let asked = Instant::now();
    line.wakes();
    let mut mouth = line.mouth();
    std::thread::spawn(move || mouth.say(&[said, silence(1)].concat()));
    assert!(announced(&mut line).contains("In 12 seconds"));
    line.until("transcript");
    let state = served.state_of(102);
    let is_early = asked.elapsed() < Duration::from_secs(12);
    assert!(state == "stopped" || !is_early, "{state} after {:?}", asked.elapsed());
    // It is told where it was asked for.
    let told = std::thread::spawn(move || announced(&mut line));
    until("it is started", || served.state_of(102) == "running");
    let told = told.join().unwrap();
    assert!(told.contains("Started webserver-01"), "{told}");
}

/// What is answered to `said` at `line`, after the wake word there.
fn answered(line: &mut Line, said: &[i16]) -> String {
    line.wakes();
    line.until("transcribe");
    let (mut mouth, said) = (line.mouth(), [said, &silence(1)].concat());
    let talking = std::thread::spawn(move || mouth.say(&said));
    let answer = announced(line);
    assert!(talking.join().unwrap(), "it is heard to its end");
    answer
}

/// What `work` returns, which is done while `line` is attended to: who answers no ping
/// is gone.
fn beside<T>(line: &mut Line, work: impl FnOnce() -> T) -> T {
    let (working, over) = mpsc::channel::<()>();
    std::thread::scope(move |scope| {
        scope.spawn(move || {
            while over.try_recv() == Err(mpsc::TryRecvError::Empty) {
                line.within(Duration::from_millis(50));
            }
        });
        let done = work();
        drop(working);
        done
    })
}

#[test]
fn a_satellite_to_which_the_settings_give_no_role_is_a_viewer() {
    let pretend = Pretend::listen();
    let served = operator(&recogniser(&["start vm 102"]), &[("hall", pretend.address(), "")]);
    let mut line = pretend.accept();
    let said = samples(served.demo().root(), &["start the web server"], 0.5);
    let answer = answered(&mut line, &said);
    assert!(answer.contains("viewer"), "{answer}");
    assert_eq!(served.state_of(102), "stopped");
}

#[test]
fn a_yes_in_another_room_is_no_answer_to_the_question_here() {
    let (first, second) = (Pretend::listen(), Pretend::listen());
    let role = ", role: operator";
    let satellites = [("hall", first.address(), role), ("kitchen", second.address(), role)];
    let served = operator(&recogniser(&["shut down vm 103", "yes, 103"]), &satellites);
    let (mut hall, mut kitchen) = (first.accept(), second.accept());
    let root = served.demo().root();
    let (order, yes) = (
        samples(root, &["shut down the database"], 0.5),
        samples(root, &["Yes, one oh three"], 0.5),
    );
    let question = beside(&mut kitchen, || {
        let question = answered(&mut hall, &order);
        // Nobody answers there.
        hall.until("transcript");
        question
    });
    assert!(question.contains("database"), "{question}");
    let there = beside(&mut hall, || answered(&mut kitchen, &yes));
    assert!(!there.contains("database"), "{there}");
    assert_eq!(served.state_of(103), "running");
    let here = beside(&mut kitchen, || answered(&mut hall, &yes));
    assert!(here.contains("database"), "{here}");
    until("it is shut down", || served.state_of(103) == "stopped");
}

#[test]
fn an_answer_is_spoken_while_a_model_makes_it_and_a_wake_word_ends_both() {
    let pretend = Pretend::listen();
    let model = ("mistral:7b-instruct-q4_0", &["completion", "tools"][..]);
    let ollama = FakeOllama::start(&[model]);
    let stt = recogniser(&["what do you think of Ceph"]);
    let more = format!("voice: {{sounds: false}}\n{}", named(&[("hall", pretend.address(), "")]));
    let served = Served::talking(&stt, ollama.url(), &more);
    let mut line = pretend.accept();
    let said = samples(served.demo().root(), &["what do you think of ceph"], 0.5);
    let ask = |line: &mut Line| {
        line.wakes();
        line.until("transcribe");
        let (mut mouth, said) = (line.mouth(), [said.clone(), silence(1)].concat());
        std::thread::spawn(move || mouth.say(&said));
    };
    let (go, wait) = mpsc::channel();
    let first = Script::new().words(&["Ceph spreads data. It "]).wait(wait);
    ollama.next(first.words(&["is fine."]).done("stop"));
    ask(&mut line);
    line.until("audio-start");
    // Only now the model goes on.
    drop(go);
    let (answer, _) = line.until("synthesize");
    assert_eq!(answer.text("text"), Some("Ceph spreads data. It is fine."));
    line.until("audio-stop");
    line.tell("played", json!({}));
    line.until("transcript");

    let (gone, is_gone) = mpsc::channel();
    ollama.next(Script::new().words(&["Ceph spreads data. It "]).until_gone(gone));
    ask(&mut line);
    line.until("audio-start");
    line.wakes();
    is_gone.recv_timeout(PATIENCE).expect("the model is told that nobody waits any more");
    let (_, before) = line.until("transcribe");
    assert!(!before.contains(&"synthesize".to_owned()), "{before:?}");
}

#[test]
fn a_node_that_goes_down_is_told_of_at_a_satellite() {
    let pretend = Pretend::listen();
    let more = "announcements: {say: [node, message]}\n";
    let more = format!("{more}{}", named(&[("hall", pretend.address(), "")]));
    let served = Served::with(&recogniser(&["list all virtual machines"]), "viewer", &more);
    let mut line = pretend.accept();
    served.can_say_at(&["hall"]);
    // What it saw first is no news.
    served.peer("handle", &["list all virtual machines"]);
    served.demo().fault_unseen(&["node", "pve4", "down"]);
    assert_eq!(announced(&mut line), "The node pve4 does not answer any more.");
    served.demo().fault_unseen(&["node", "pve4", "up"]);
    assert_eq!(announced(&mut line), "The node pve4 is back.");
}

#[test]
fn what_another_microphone_has_woken_on_wakes_no_satellite() {
    let pretend = Pretend::listen();
    let stt = recogniser(&["list all virtual machines"]);
    let served = operator(&stt, &[("hall", pretend.address(), "")]);
    let mut line = pretend.accept();
    served.until("hall", "asleep");
    let root = served.demo().root();
    let file = talk(root, &["Jarvis, list all virtual machines"], 0.5);
    let out = root.join("reply.wav");
    let files = ["--from", file.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let mut command = served.command("listen", &[&["--json"], &files[..]].concat());
    let mut listener = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(listener.stdout.take().unwrap()).lines();
    let mut until = |event: &str| {
        let is_it = |line: &std::io::Result<String>| {
            let told: Value = serde_json::from_str(line.as_ref().unwrap()).unwrap();
            told["event"] == event
        };
        assert!(lines.any(|line| is_it(&line)), "it ended before {event}");
    };
    until("woke");
    line.wakes();
    assert_eq!(line.next().kind, "run-satellite");
    until("answer");
    assert_eq!(listener.wait().unwrap().code(), Some(0));
    // That was long ago.
    let more = line.within(Duration::from_secs(2));
    assert!(more.is_none(), "nobody is heard there: {more:?}");
    line.wakes();
    assert_eq!(line.next().kind, "transcribe");
}

/// `jarvis satellite` on the sound server in `folder`; it ends when dropped.
struct Own(std::process::Child);

impl Own {
    fn start(demo: &Demo, folder: &Path, address: SocketAddr, args: &[&str]) -> Self {
        let listen = address.to_string();
        let args = [&["satellite", "--json", "--listen", &listen], args].concat();
        let mut command = demo.command(&args);
        command.envs(environment(folder)).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let line = first_line(&mut child);
        assert!(line.contains(&listen), "{line}");
        Self(child)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Home Assistant, by the reference library, and what it tells.
struct Home {
    child: std::process::Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Home {
    fn connect(address: SocketAddr) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/wyoming/home.py");
        let mut command = Command::new(python());
        command.args(["-B", script, &format!("tcp://{address}")]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next that it tells of this type.
    fn until(&mut self, kind: &str) -> Value {
        let mut before = Vec::new();
        for line in self.lines.by_ref() {
            let told: Value = serde_json::from_str(&line.unwrap()).unwrap();
            if told["type"] == kind {
                return told;
            }
            before.push(told);
        }
        panic!("no {kind} after {before:?}")
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn home_assistant_uses_this_machines_microphone_and_loudspeaker() {
    let (demo, sound, address) = (Demo::alone(), tempfile::tempdir().unwrap(), free());
    let (server, models) = (SoundServer::start(sound.path()), models());
    let args = ["--demo", "--models", models.path().to_str().unwrap()];
    let _own = Own::start(&demo, sound.path(), address, &args);
    let mut home = Home::connect(address);
    let info = home.until("info");
    assert_eq!((&info["words"], &info["others"]), (&json!(["jarvis"]), &json!(0)), "{info}");
    assert_eq!(home.until("second")["closed"], true, "one at a time has it");
    home.until("ready");
    let call = samples(sound.path(), &["Jarvis, how hot is node three?"], 0.5);
    let recording = server.record();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // On a busy machine some sound gets lost on its way.
            for _ in 0..3 {
                server.say(&call).wait();
                server.say(&silence(1)).wait();
            }
        });
        assert_eq!(home.until("detection")["data"]["name"], "jarvis");
        let run = home.until("run-pipeline");
        assert_eq!(run["data"]["start_stage"], "asr", "{run}");
        home.until("streaming-stopped");
        home.until("played");
    });
    let loud = |all: &[i16]| all.iter().filter(|sample| sample.unsigned_abs() > 5000).count();
    let (all, _) = recording.until(|all| loud(all) > RATE as usize / 4);
    assert!(loud(&all) > 0);
}

#[test]
fn a_satellite_without_a_wake_word_sends_all_that_it_hears() {
    let (demo, sound, address) = (Demo::alone(), tempfile::tempdir().unwrap(), free());
    let _server = SoundServer::start(sound.path());
    let _own = Own::start(&demo, sound.path(), address, &["--demo", "--stream"]);
    let mut home = Home::connect(address);
    assert_eq!(home.until("info")["words"], Value::Null);
    let run = home.until("run-pipeline");
    assert_eq!(run["data"]["start_stage"], "wake", "{run}");
    home.until("played");
}

#[test]
fn what_a_host_beside_it_announces_is_said_by_a_satellite_of_ours() {
    let (mut demo, sound, address) = (Demo::alone(), tempfile::tempdir().unwrap(), free());
    let server = SoundServer::start(sound.path());
    let _own = Own::start(&demo, sound.path(), address, &["--demo", "--stream"]);
    // Which of them is started first does not matter.
    demo.start(&[]);
    let recording = server.record();
    let place = "the system's microphone";
    until("it can be said there", || {
        let announce = ["announce", "--demo", "--to", place, "Dinner is ready."];
        demo.run(&announce).code == 0
    });
    let loud = |all: &[i16]| all.iter().filter(|sample| sample.unsigned_abs() > 1000).count();
    let (all, _) = recording.until(|all| loud(all) > RATE as usize / 10);
    assert!(loud(&all) > 0);
}

#[test]
fn the_network_is_told_where_a_satellite_of_ours_is_when_that_is_asked_for() {
    let (demo, sound, address) = (Demo::alone(), tempfile::tempdir().unwrap(), free());
    let _server = SoundServer::start(sound.path());
    let socket = demo.root().join("control.sock");
    let settings = "satellite: {name: attic, announce: true}\ncontrol: {socket: ";
    let config = demo.file("jarvis.yaml", &format!("{settings}{}}}\n", socket.display()));
    let args = ["--config", config.to_str().unwrap(), "--stream"];
    let _own = Own::start(&demo, sound.path(), address, &args);
    let (found, port) = (browse(address.port()), address.port());
    assert!(found.contains(&format!("attic-{port}._wyoming._tcp.local. 127.0.0.1")), "{found}");
}

#[test]
fn no_satellite_of_ours_is_open_to_everybody() {
    let demo = Demo::alone();
    let ran = demo.run(&["satellite", "--demo", "--listen", "0.0.0.0:10700"]);
    ran.ended(2).says("wyoming-open");
}
