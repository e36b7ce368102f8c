//! jarvis by Wyoming, to the reference library and to whoever breaks its rules:
//! a host with a simulated cluster, real engines but for the recogniser, which is
//! played where it is not about it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "wyoming/served.rs"]
mod served;
mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use jarvis_voice::wyoming::{Decoder, Message};
use serde_json::{Value, json};
use served::{Served, browse, of};
use support::PATIENCE;
use support::speech::{python, recogniser, said, talk};
use support::{free, until};

/// A message of this type with these data, as it goes over the wire.
fn wire(kind: &str, data: Value) -> Vec<u8> {
    Message::new(kind, data).encode()
}

/// What a peer is sent in answer to all that it has said, which a last `ping` tells;
/// and whether it was closed out.
fn answers(stream: &mut TcpStream) -> (Vec<Message>, bool) {
    const LAST: &str = "that was all";
    stream.write_all(&wire("ping", json!({ "text": LAST }))).unwrap();
    answers_before(stream, Some(LAST))
}

/// What a peer is sent before the `pong` to this, or until it is closed out; whether it
/// was.
fn answers_before(stream: &mut TcpStream, last: Option<&str>) -> (Vec<Message>, bool) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut decoder, mut all, mut some) = (Decoder::default(), Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut some) {
            Ok(0) => return (all, true),
            Ok(got) => {
                decoder.push(&some[..got]);
                while let Some(message) = decoder.message().unwrap() {
                    if last.is_some() && message.kind == "pong" && message.text("text") == last {
                        return (all, false);
                    }
                    all.push(message);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("neither more nor an end after {all:?}")
            }
            Err(_) => return (all, true),
        }
    }
}

/// What `/metrics` tells this machine.
fn metrics(http: &str) -> String {
    let host = http.trim_end_matches('/').strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let ask = format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(ask.as_bytes()).unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).unwrap();
    told
}

fn kinds(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.kind.as_str()).collect()
}

#[test]
fn the_reference_library_finds_all_that_there_is_and_is_served() {
    let served = Served::start(&recogniser(&["how hot is node three"]), "viewer");
    let info = &served.peer("describe", &[])[0]["read"];
    let expected = json!({
        "asr": ["base.en"], "tts": ["en_US-ryan-high"], "wake": ["jarvis"], "handle": ["jarvis"],
        "satellite": null, "streaming": [true, true, true],
    });
    assert_eq!(*info, expected);

    let spoken = served.peer("speak", &["One sentence. And another one."]);
    assert_eq!(of(&spoken, "audio-start").len(), 1, "{spoken:?}");
    assert_eq!(of(&spoken, "audio-start")[0]["data"]["rate"], 22_050);
    assert!(of(&spoken, "audio-stop")[0]["bytes"].as_u64().unwrap() > 40_000, "{spoken:?}");

    // What runs is shown, with its memory: to people, and to those who watch the host.
    let ran = served.command("models", &["running", "--json"]).output().unwrap();
    let running: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let voice = running.as_array().unwrap().iter().find(|one| one["name"] == "espeak").unwrap();
    assert_eq!((&voice["state"], &voice["restarts"]), (&json!("running"), &json!(0)), "{running}");
    assert!(voice["since"].as_u64().unwrap() > 1_700_000_000_000, "{running}");
    let memory = voice["memory"].as_u64().unwrap();
    assert!((1_000_000..200_000_000).contains(&memory), "{running}");
    let shown = served.command("models", &["running"]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("running since 20") && shown.contains(" MB"), "{shown}");
    let metrics = metrics(&served.http);
    let line = metrics.lines().find(|line| line.contains("{engine=\"espeak\"}")).unwrap();
    let bytes: u64 = line
        .strip_prefix("jarvis_engine_memory_bytes{engine=\"espeak\"} ")
        .unwrap()
        .parse()
        .unwrap();
    assert!((1_000_000..200_000_000).contains(&bytes), "{line}");

    let streamed = served.peer("stream", &["This is the first. It is 10.5 degrees. The end"]);
    assert_eq!(of(&streamed, "audio-start").len(), 3, "a sentence each: {streamed:?}");
    let all = of(&streamed, "audio-stop");
    assert!(all.iter().all(|stop| stop["bytes"].as_u64().unwrap() > 10_000), "{streamed:?}");

    let file = served.demo().root().join("question.wav");
    said(&file, &["-v", "en-us"], "how hot is node three");
    let heard = served.peer("hear", &[file.to_str().unwrap()]);
    let transcript = of(&heard, "transcript");
    assert_eq!(transcript[0]["data"]["text"], "how hot is node three", "{heard:?}");

    let call = talk(served.demo().root(), &["Jarvis, how hot is node three?"], 0.5);
    let woken = served.peer("wake", &[call.to_str().unwrap(), "jarvis"]);
    assert_eq!(of(&woken, "detection")[0]["data"]["name"], "jarvis", "{woken:?}");
    let quiet = served.peer("wake", &[file.to_str().unwrap()]);
    assert_eq!(of(&quiet, "not-detected").len(), 1, "{quiet:?}");
    let other = served.peer("wake", &[file.to_str().unwrap(), "alexa"]);
    assert_eq!(of(&other, "error")[0]["data"]["code"], "wyoming-absent", "{other:?}");

    let told = served.peer("unknown", &[]);
    assert_eq!(told[0]["data"]["text"], "still there?", "what is not known is passed over");
}

#[test]
fn words_are_answered_as_home_assistants_conversation_agent() {
    let served = Served::start(&recogniser(&["stop"]), "operator");
    let answered = served.peer("handle", &["list all virtual machines", "kitchen"]);
    let text = answered.iter().find(|one| one["type"] == "handled").unwrap();
    assert!(text["read"].as_str().unwrap().contains("running"), "{answered:?}");
    assert_eq!(text["data"]["context"]["conversation_id"], "kitchen");
    let chunk = of(&answered, "handled-chunk");
    assert_eq!(chunk[0]["data"]["text"], text["read"]);
    let not = served.peer("handle", &["sing me a song about lighthouses"]);
    assert_eq!(not[0]["type"], "not-handled", "{not:?}");

    // What it may do by its role is done.
    served.peer("handle", &["start vm 102"]);
    assert_eq!(served.state_of(102), "running");

    // Nothing that interrupts is done, whatever is said and how often.
    let asked = served.peer("handle", &["shut down vm 102", "kitchen"]);
    let text = of(&asked, "handled")[0]["read"].as_str().unwrap().to_owned();
    assert!(text.contains("not confirmed this way"), "{text}");
    for words in ["yes", "yes, 102", "yes shut down vm 102"] {
        served.peer("handle", &[words, "kitchen"]);
    }
    assert_eq!(served.state_of(102), "running");
}

#[test]
fn a_peer_is_a_viewer_unless_the_settings_say_otherwise() {
    let served = Served::start(&recogniser(&["stop"]), "viewer");
    let refused = served.peer("handle", &["start vm 102"]);
    let text = of(&refused, "handled")[0]["read"].as_str().unwrap().to_owned();
    assert!(text.contains("viewer"), "{text}");
    assert_ne!(served.state_of(102), "running");
}

#[test]
fn frames_split_at_every_byte_and_data_within_the_header_are_read() {
    let served = Served::start(&recogniser(&["stop"]), "viewer");
    let inline = b"{\"type\":\"ping\",\"data\":{\"text\":\"in\"},\"data_length\":0.0}\r\n".to_vec();
    let behind = wire("ping", json!({"text": "behind h\u{e9}"}));
    let mut stream = served.connect();
    for byte in [inline, behind].concat() {
        stream.write_all(&[byte]).unwrap();
    }
    let (told, closed) = answers(&mut stream);
    assert!(!closed);
    assert_eq!(kinds(&told), ["pong", "pong"]);
    assert_eq!(told[1].text("text"), Some("behind h\u{e9}"));
}

#[test]
fn whoever_breaks_the_rules_is_told_and_closed_out_and_nobody_else() {
    let served = Served::start(&recogniser(&["stop"]), "viewer");
    let mut neighbour = served.connect();
    let long = [b"{\"type\":\"".as_slice(), &[b'a'; 70 * 1024]].concat();
    let huge = b"{\"type\":\"audio-chunk\",\"payload_length\":1048576}\n".to_vec();
    let negative = b"{\"type\":\"audio-chunk\",\"payload_length\":-5}\n".to_vec();
    let none = b"GET / HTTP/1.1\r\n\r\n".to_vec();
    let broken = b"{\"type\":\"ping\",\"data_length\":3}\nabc".to_vec();
    for (bytes, code) in [
        (long, "voice-engine-protocol"),
        (huge, "voice-engine-protocol"),
        (negative, "voice-engine-protocol"),
        (none, "voice-engine-protocol"),
        (broken, "voice-engine-protocol"),
    ] {
        let mut stream = served.connect();
        let _ = stream.write_all(&bytes);
        let (told, closed) = answers_before(&mut stream, None);
        assert!(closed, "{told:?}");
        // Where more was sent than is read, the system may lose the words.
        assert!(told.iter().all(|one| one.text("code") == Some(code)), "{told:?}");
    }
    // In the middle of a message it is waited for, and not for ever.
    let mut stalled = served.connect();
    let chunk = wire("audio-chunk", json!({"rate": 16_000, "width": 2, "channels": 1}));
    stalled.write_all(&chunk[..chunk.len() - 7]).unwrap();
    neighbour.write_all(&wire("ping", json!({"text": "and I?"}))).unwrap();
    let (told, closed) = answers(&mut neighbour);
    assert_eq!((kinds(&told), closed), (vec!["pong"], false));
    stalled.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut rest = Vec::new();
    stalled.read_to_end(&mut rest).unwrap();
    assert!(String::from_utf8_lossy(&rest).contains("wyoming-stalled"), "{rest:?}");
    // Sound that is none, and what has no text.
    neighbour
        .write_all(&wire("audio-chunk", json!({"rate": 1, "width": 9, "channels": 0})))
        .unwrap();
    neighbour.write_all(&wire("transcript", json!({}))).unwrap();
    let (told, closed) = answers(&mut neighbour);
    let codes: Vec<_> = told.iter().map(|one| one.text("code").unwrap()).collect();
    assert_eq!((codes, closed), (vec!["voice-engine-sound", "wyoming-unclear"], false));
}

#[test]
fn whoever_asks_too_often_is_told_so_and_may_ask_again_later() {
    let served = Served::start(&recogniser(&["stop"]), "viewer");
    let (mut stream, begun) = (served.connect(), Instant::now());
    for _ in 0..60 {
        stream.write_all(&wire("transcript", json!({"text": "never mind"}))).unwrap();
    }
    let (told, closed) = answers(&mut stream);
    assert!(!closed);
    let refused = told.iter().filter(|one| one.text("code") == Some("wyoming-too-often")).count();
    let handled = told.iter().filter(|one| one.kind == "handled").count();
    // Thirty at once, and one more each half second.
    let most = 31 + (begun.elapsed().as_millis() / 500) as usize;
    assert!((30..=most).contains(&handled) && refused == 60 - handled, "{handled} {refused}");
}

#[test]
fn the_network_is_told_where_it_is_when_that_is_asked_for() {
    let stt = recogniser(&["stop"]);
    let announced = Served::announced(&stt);
    let port = announced.address.port();
    let found = browse(port);
    assert!(found.contains(&format!("jarvis-{port}._wyoming._tcp.local. 127.0.0.1")), "{found}");
}

/// Engines by the reference library; they end when dropped.
struct Elsewhere(std::process::Child);

impl Elsewhere {
    fn start(address: std::net::SocketAddr) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/wyoming/engine.py");
        let mut command = std::process::Command::new(python());
        let child = command.args(["-B", script, &format!("tcp://{address}")]).spawn().unwrap();
        until("the engines are there", || TcpStream::connect(address).is_ok());
        Self(child)
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_voice_and_a_wake_word_of_the_reference_library_are_used_and_offered_on() {
    let address = free();
    let _engines = Elsewhere::start(address);
    let more =
        format!("tts: {{address: \"tcp://{address}\"}}\nwake: {{address: \"tcp://{address}\"}}\n");
    let served = Served::with(&recogniser(&["stop"]), "viewer", &more);
    assert_eq!(served.peer("describe", &[])[0]["read"]["wake"], json!(["jarvis"]));
    let spoken = served.peer("speak", &["Seven letters."]);
    assert_eq!(of(&spoken, "audio-start")[0]["data"]["rate"], 16_000);
    assert_eq!(of(&spoken, "audio-stop")[0]["bytes"], 14 * 3200, "{spoken:?}");
    let file = served.demo().root().join("loud.wav");
    said(&file, &["-a", "200"], "anything that is loud");
    let woken = served.peer("wake", &[file.to_str().unwrap(), "jarvis"]);
    assert_eq!(of(&woken, "detection").len(), 1, "{woken:?}");
}
