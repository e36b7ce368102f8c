//! Voice over a WebSocket: the example of a client, and one that presses buttons
//! when it should not, against a host with a simulated cluster and real engines
//! but for the recogniser, which is played where it is not about it.
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

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use jarvis_voice::WavReader;
use serde_json::{Value, json};
use served::Served;
use support::http::Visitor;
use support::speech::{PocketSphinx, recogniser, said, talk};
use support::{PATIENCE, free, until};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::HandshakeError;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, client};

/// What the example told, and whether it ended well.
struct Said {
    told: Vec<Value>,
    ended: bool,
}

/// Has the example of a client say these files.
fn example(served: &Served, key: &str, options: &[&str], files: &[&Path]) -> Said {
    let target = support::jarvis().ancestors().nth(2).unwrap();
    let python = target.join("tools/voice-client/bin/python");
    assert!(python.exists(), "the example's library is not there: run script/setup");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/voice-client/client.py");
    let mut command = Command::new(python);
    command.args(["-B", script, "--url", &url(served)]).args(options).args(files);
    let ran = command.env("JARVIS_KEY", key).output().unwrap();
    let out = String::from_utf8(ran.stdout).unwrap();
    let told: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!told.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr));
    Said { told, ended: ran.status.success() }
}

fn url(served: &Served) -> String {
    format!("{}/ws/voice", served.http.replacen("http", "ws", 1))
}

impl Said {
    /// All of this event.
    fn of(&self, event: &str) -> Vec<&Value> {
        self.told.iter().filter_map(|told| told.get(event)).collect()
    }
}

/// `text` in a file.
fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    said(&path, &[], text);
    path
}

#[test]
fn the_example_asks_a_recogniser_that_hears_and_writes_the_answer() {
    let address = free();
    let stt = format!("tcp://{address}");
    let served = Served::start(&stt, "viewer");
    let _hears = PocketSphinx::start(served.demo(), &stt);
    let folder = tempfile::tempdir().unwrap();
    let command = file(folder.path(), "command.wav", "how hot is node three?");
    let key = served.key("desk", &["--role", "viewer"]);
    let out = folder.path().join("reply.wav");
    for options in [&["--out", out.to_str().unwrap()][..], &["--opus", "--text"]] {
        let said = example(&served, &key, options, &[&command]);
        assert!(said.ended, "{:?}", said.told);
        assert!(said.of("answer")[0]["text"].as_str().unwrap().contains("pve3"), "{:?}", said.told);
        assert_eq!(said.of("answer")[0]["question"], false);
        let sound = !options.contains(&"--text");
        assert_eq!(!said.of("audio-end").is_empty(), sound, "{:?}", said.told);
        assert_eq!(!said.of("speaking").is_empty(), sound);
    }
    let mut reader = WavReader::open(&out).unwrap();
    let mut samples = Vec::new();
    while reader.read(&mut samples).unwrap() {}
    let loud = samples.iter().filter(|sample| sample.abs() > 0.05).count();
    assert!(reader.rate() == 16_000 && loud > 16_000, "{loud} of {}", samples.len());
}

#[test]
fn a_spoken_yes_repeats_what_it_is_to_and_is_one_of_somebody_who_may() {
    let words = &["shut down vm 102", "yes", "yes, 102", "shut down vm 102", "yes, 102"];
    let served = Served::start(&recogniser(words), "operator");
    served.peer("handle", &["start vm 102"]);
    assert_eq!(served.state_of(102), "running");
    let folder = tempfile::tempdir().unwrap();
    let order = file(folder.path(), "order.wav", "Shut down the database");
    let yes = file(folder.path(), "yes.wav", "Yes, one oh two");
    let person = served.key("person", &["--role", "operator", "--may-confirm"]);
    let said = example(&served, &person, &[], &[&order, &yes, &yes]);
    assert_eq!(said.of("answer")[0]["question"], true, "{:?}", said.told);
    assert_eq!(said.of("answer")[1]["question"], true, "a bare yes is none");
    assert_eq!(served.state_of(102), "stopped", "{:?}", said.told);
    let viewer = served.key("viewer", &["--role", "viewer"]);
    let said = example(&served, &viewer, &[], &[&order]);
    assert_eq!(said.of("answer")[0]["question"], false, "{:?}", said.told);
}

#[test]
fn the_wake_word_begins_in_place_of_a_button() {
    let more = "satellites:\n  garage: {uri: \"tcp://127.0.0.1:9\", node: pve3}\n";
    let served = Served::with(&recogniser(&["how hot is the node here"]), "viewer", more);
    let key = served.key("desk", &["--role", "viewer"]);
    let folder = tempfile::tempdir().unwrap();
    let command = talk(folder.path(), &["Jarvis, how hot is the node here"], 0.5);
    let options = ["--wake", "--text", "--place", "Garage"];
    let said = example(&served, &key, &options, &[&command]);
    assert_eq!(said.of("started")[0]["wake_words"], json!(["jarvis"]));
    assert_eq!(said.of("woke")[0]["word"], "jarvis", "{:?}", said.told);
    assert!(said.of("answer")[0]["text"].as_str().unwrap().contains("pve3"), "{:?}", said.told);
    let said = example(&served, &key, &["--place", "cellar"], &[&command]);
    assert_eq!(said.of("error")[0]["code"], "voice-place");
}

/// A client that says what it is told to.
struct Client(WebSocket<TcpStream>);

impl Client {
    fn connect(served: &Served, key: &str) -> Self {
        let mut request = url(served).into_client_request().unwrap();
        let bearer = format!("Bearer {key}").parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
        Self::by(served, request).expect("it is let in")
    }

    /// By what stands in the address alone; the status of a refusal.
    fn by_ticket(served: &Served, ticket: &str) -> Result<Self, u16> {
        let url = format!("{}?ticket={ticket}", url(served));
        Self::by(served, url.into_client_request().unwrap())
    }

    fn by(served: &Served, request: Request) -> Result<Self, u16> {
        let address = served.http.strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        match client(request, stream) {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(HandshakeError::Failure(Error::Http(answer))) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    fn tell(&mut self, text: &str) {
        self.0.send(Message::text(text)).unwrap();
    }

    /// Says something as fast as it can be sent.
    fn say(&mut self, samples: usize) {
        let folder = tempfile::tempdir().unwrap();
        let spoken = file(folder.path(), "spoken.wav", "list all virtual machines");
        self.tell(r#"{"press":{}}"#);
        let mut reader = WavReader::open(&spoken).unwrap();
        let mut read = Vec::new();
        while reader.read(&mut read).unwrap() {}
        let bytes: Vec<u8> = read
            .iter()
            .take(samples)
            .flat_map(|sample| ((sample * 32_000.0) as i16).to_le_bytes())
            .collect();
        for piece in bytes.chunks(6400) {
            self.0.send(Message::binary(piece.to_vec())).unwrap();
        }
        self.tell(r#"{"release":{}}"#);
    }

    /// Waits for this event; what came before it.
    fn until(&mut self, event: &str) -> (Value, Vec<Value>) {
        let mut before = Vec::new();
        loop {
            match self.0.read() {
                Ok(Message::Text(text)) => {
                    let told: Value = serde_json::from_str(&text).unwrap();
                    if let Some(about) = told.get(event) {
                        return (about.clone(), before);
                    }
                    before.push(told);
                }
                Ok(_) => {}
                Err(error) => panic!("{event} did not come: {error}, but {before:?}"),
            }
        }
    }
}

#[test]
fn a_button_cuts_an_answer_off_and_the_end_of_a_sign_in_ends_all() {
    let served = Served::start(&recogniser(&["list all virtual machines"]), "viewer");
    let key = served.key("desk", &["--role", "viewer"]);
    let mut client = Client::connect(&served, &key);
    client.tell(r#"{"start":{"mode":"push-to-talk","rate":22050}}"#);
    assert_eq!(client.until("started").0["rate"], 22_050);
    client.say(50_000);
    client.until("speaking");
    served.until("a WebSocket", "speaking");
    // Pressed while jarvis speaks: somebody wants to say something else.
    client.say(50_000);
    let (_, before) = client.until("cut");
    assert!(before.iter().all(|told| told.get("played").is_none()), "{before:?}");
    client.until("listening");
    client.until("speaking");
    client.tell(r#"{"stop":{}}"#);
    client.until("cut");
    client.until("asleep");
    // Garbage is told of, and what is revoked in the middle of an answer ends it.
    client.tell("garbage");
    assert_eq!(client.until("error").0["code"], "api-voice-control");
    client.say(50_000);
    client.until("speaking");
    served.revoke("desk");
    assert_eq!(client.until("error").0["code"], "api-signed-out");
    until("nobody sits there", || served.microphones().is_empty());
    let refused = std::panic::catch_unwind(|| Client::connect(&served, &key));
    assert!(refused.is_err(), "a key that was revoked opens nothing");
    assert!(matches!(client.0.read(), Ok(Message::Close(_)) | Err(Error::ConnectionClosed)));
}

#[test]
fn a_ticket_is_good_once_and_a_place_is_one_of_the_settings() {
    let more = "voice: {places: {Office: {node: pve3}}}\n";
    let served = Served::with(&recogniser(&["how hot is the node here"]), "viewer", more);
    let key = served.key("desk", &["--role", "viewer"]);
    let made = Visitor::at(&served.http).with(&key).post("/api/auth/ticket", &json!({})).is(200);
    let ticket = made.body["ticket"].as_str().unwrap();
    let mut client = Client::by_ticket(&served, ticket).unwrap();
    assert_eq!(Client::by_ticket(&served, ticket).err(), Some(401));
    assert_eq!(Client::by_ticket(&served, "garbage").err(), Some(401));
    client.tell(r#"{"start":{"mode":"push-to-talk","answer":"text","place":"office"}}"#);
    client.until("started");
    client.say(50_000);
    assert!(client.until("answer").0["text"].as_str().unwrap().contains("pve3"));
    // What is announced there is heard there, by the name that the settings have.
    client.until("asleep");
    served.can_say_at(&["Office"]);
    served.announce(&["--to", "Office", "Dinner is ready."]).ended(0);
    assert_eq!(client.until("answer").0["text"], "Dinner is ready.");
}

#[test]
fn what_was_heard_is_kept_though_whoever_said_it_hangs_up_at_once() {
    let served = Served::start(&recogniser(&["list all virtual machines"]), "viewer");
    let key = served.key("desk", &["--role", "viewer"]);
    let mut client = Client::connect(&served, &key);
    client.tell(r#"{"start":{"mode":"push-to-talk","answer":"text"}}"#);
    client.until("started");
    client.say(50_000);
    client.until("answer");
    drop(client);
    let runs = || {
        let ran = served.command("runs", &["--json"]).output().unwrap();
        serde_json::from_slice::<Value>(&ran.stdout).unwrap()
    };
    until("the record has what was heard", || {
        let heard = runs()[0]["heard"].clone();
        heard.as_array().is_some_and(|heard| heard.iter().any(|moment| moment["what"] == "answer"))
    });
}

#[test]
fn silence_reaches_no_recogniser_and_is_told() {
    let recogniser = TcpListener::bind("127.0.0.1:0").unwrap();
    let stt = format!("tcp://{}", recogniser.local_addr().unwrap());
    let served = Served::start(&stt, "viewer");
    // A host looks at its first start whether it is there.
    recogniser.set_nonblocking(true).unwrap();
    while recogniser.accept().is_ok() {}
    let key = served.key("desk", &["--role", "viewer"]);
    let mut client = Client::connect(&served, &key);
    client.tell(r#"{"start":{"mode":"push-to-talk","answer":"text"}}"#);
    client.until("started");
    client.tell(r#"{"press":{}}"#);
    client.until("listening");
    client.0.send(Message::binary(vec![0; 32_000])).unwrap();
    client.tell(r#"{"release":{}}"#);
    let (_, before) = client.until("no-words");
    assert_eq!(before, [] as [Value; 0], "nobody has spoken");
    client.until("asleep");
    assert!(recogniser.accept().is_err(), "nobody has asked it anything");
}

#[test]
fn where_nothing_hears_it_is_told_before_anybody_speaks() {
    let served = Served::deaf();
    let key = served.key("desk", &["--role", "viewer"]);
    let mut client = Client::connect(&served, &key);
    client.tell(r#"{"start":{"mode":"push-to-talk"}}"#);
    let (error, before) = client.until("error");
    assert_eq!(before, [] as [Value; 0]);
    let code = error["code"].as_str().unwrap();
    assert!(["voice-no-whisper", "voice-no-recogniser"].contains(&code), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("stt: address"), "{error}");
    assert!(matches!(client.0.read(), Ok(Message::Close(_))));
}
