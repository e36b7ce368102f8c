//! Engines that are played by a script, in memory.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::{Clock, Explain, ManualClock, Timestamp};
use serde_json::json;
use tokio::io::{AsyncWriteExt, DuplexStream, duplex, split};

use super::*;
use crate::{FRAME, Frame, VoiceError};

/// One connection, whose other end the test holds.
#[derive(Debug)]
struct Played {
    end: Mutex<Option<DuplexStream>>,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Service for Played {
    fn name(&self) -> &'static str {
        "played"
    }

    async fn open(&self) -> Result<Connection, VoiceError> {
        let (reader, writer) = split(self.end.lock().unwrap().take().unwrap());
        Ok(Connection::new("played", reader, writer, self.clock.clone()))
    }
}

fn played(room: usize) -> (Arc<Played>, Peer, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(Timestamp(1_795_468_823_000)));
    let (ours, theirs) = duplex(room);
    let service = Played { end: Mutex::new(Some(ours)), clock: clock.clone() };
    (Arc::new(service), Peer { stream: theirs, decoder: Decoder::default() }, clock)
}

/// The other end.
struct Peer {
    stream: DuplexStream,
    decoder: Decoder,
}

impl Peer {
    async fn takes(&mut self) -> Message {
        loop {
            if let Some(message) = self.decoder.message().unwrap() {
                return message;
            }
            let mut some = [0; 4096];
            let got = tokio::io::AsyncReadExt::read(&mut self.stream, &mut some).await.unwrap();
            assert!(got > 0, "it was closed");
            self.decoder.push(&some[..got]);
        }
    }

    async fn says(&mut self, kind: &str, data: serde_json::Value) {
        self.stream.write_all(&Message::new(kind, data).encode()).await.unwrap();
    }
}

/// Moves the clock while `what` waits.
async fn meanwhile<T>(clock: &ManualClock, what: impl Future<Output = T>) -> T {
    tokio::pin!(what);
    loop {
        tokio::select! {
            biased;
            done = &mut what => return done,
            () = tokio::task::yield_now() => clock.advance(Duration::from_secs(1)),
        }
    }
}

#[tokio::test]
async fn an_utterance_becomes_words_while_it_is_said() {
    let (service, mut peer, _) = played(1 << 20);
    let names = ["web".to_owned(), "db".to_owned()];
    let mut hearing = Hearing::begin(&*service, &names).await.unwrap();
    let told = peer.takes().await;
    assert_eq!(told.kind, "transcribe");
    assert_eq!(json!(told.data), json!({"transcript_names": ["web", "db"]}));
    assert_eq!(peer.takes().await.kind, "audio-start");
    assert_eq!(hearing.frame(&Frame::SILENCE).await.unwrap(), None);
    peer.says("transcript-start", json!({})).await;
    peer.says("transcript-chunk", json!({"text": "start"})).await;
    peer.says("something-new", json!({})).await;
    peer.says("transcript-chunk", json!({"text": " the"})).await;
    assert_eq!(hearing.frame(&Frame::SILENCE).await.unwrap(), Some("start the"));
    let first = peer.takes().await;
    assert_eq!((first.payload.len(), &first.data["timestamp"]), (512, &json!(0)));
    assert_eq!(peer.takes().await.data["timestamp"], json!(16));
    peer.says("transcript", json!({"text": " start the\u{1b} web \n"})).await;
    assert_eq!(hearing.finish().await.unwrap(), "start the web");
    assert_eq!(peer.takes().await.data["timestamp"], json!(32));
}

#[tokio::test]
async fn a_text_is_spoken_piece_by_piece() {
    let (service, mut peer, _) = played(1 << 20);
    let mut speaking = Speaking::begin(&*service, "Hello.", Some("en_US-x")).await.unwrap();
    let asked = peer.takes().await;
    assert_eq!(json!(asked.data), json!({"text": "Hello.", "voice": {"name": "en_US-x"}}));
    peer.says("audio-start", json!({"rate": 22050, "width": 2, "channels": 2})).await;
    let stereo = Sound { rate: 22_050, width: 2, channels: 2 };
    let chunk = Message::sound(stereo, &[100, 300, -5, -5, i16::MAX, i16::MAX]);
    peer.stream.write_all(&chunk.encode()).await.unwrap();
    peer.says("audio-stop", json!({})).await;
    let chunk = speaking.next().await.unwrap().unwrap();
    assert_eq!((chunk.rate, chunk.samples), (22_050, vec![200, -5, i16::MAX]));
    assert_eq!(speaking.next().await.unwrap(), None);
    assert_eq!(speaking.next().await.unwrap(), None);
}

#[tokio::test]
async fn a_wake_word_is_told_and_watched_for_on() {
    let (service, mut peer, _) = played(1 << 20);
    let mut waking = Waking::new(service, vec!["jarvis".to_owned()]);
    assert_eq!(waking.frame(&Frame::SILENCE).await.unwrap(), None);
    assert_eq!(json!(peer.takes().await.data), json!({"names": ["jarvis"]}));
    peer.says("detection", json!({"name": "jarvis", "timestamp": 16, "speaker": null})).await;
    let found = waking.frame(&Frame::SILENCE).await.unwrap();
    assert_eq!(found, Some(Detection { name: "jarvis".to_owned(), ago: FRAME }));
    assert_eq!(waking.frame(&Frame::SILENCE).await.unwrap(), None);
}

#[tokio::test]
async fn one_word_that_is_found_under_two_names_wakes_once() {
    let (service, mut peer, _) = played(1 << 20);
    let mut waking = Waking::new(service, Vec::new());
    assert_eq!(waking.frame(&Frame::SILENCE).await.unwrap(), None);
    for name in ["hey_jarvis_v0.1", "jarvis_v2"] {
        peer.says("detection", json!({ "name": name })).await;
    }
    let found = waking.frame(&Frame::SILENCE).await.unwrap();
    assert_eq!(found, Some(Detection { name: "hey_jarvis_v0.1".to_owned(), ago: Duration::ZERO }));
    assert_eq!(waking.frame(&Frame::SILENCE).await.unwrap(), None);
    // Late, while somebody is listened to and no frame is looked at.
    peer.says("detection", json!({"name": "jarvis_v2"})).await;
    waking.forget();
    assert_eq!(waking.frame(&Frame::SILENCE).await.unwrap(), None);
    peer.says("detection", json!({"name": "jarvis_v2"})).await;
    assert!(waking.frame(&Frame::SILENCE).await.unwrap().is_some(), "that is another one");
}

#[tokio::test]
async fn an_engine_may_close_its_connection_after_a_detection_and_only_then() {
    let (service, mut peer, _) = played(1 << 20);
    let mut waking = Waking::new(service.clone(), Vec::new());
    assert_eq!(waking.frame(&Frame::SILENCE).await.unwrap(), None);
    peer.says("detection", json!({"name": "jarvis"})).await;
    drop(peer);
    assert!(waking.frame(&Frame::SILENCE).await.unwrap().is_some());
    let (ours, theirs) = duplex(1 << 20);
    *service.end.lock().unwrap() = Some(ours);
    assert_eq!(waking.frame(&Frame::SILENCE).await.unwrap(), None);
    let mut peer = Peer { stream: theirs, decoder: Decoder::default() };
    assert_eq!(peer.takes().await.kind, "detect");
    assert_eq!(peer.takes().await.kind, "audio-start");
    assert_eq!(peer.takes().await.data["timestamp"], json!(0), "no frame is lost");
    drop(peer);
    let gone = waking.frame(&Frame::SILENCE).await.unwrap_err();
    assert_eq!(gone.row().code, "voice-engine-gone");
}

#[tokio::test]
async fn each_bad_peer_has_one_error() {
    let cut = b"{\"type\":\"transcript\",\"data_length\":15}\n{\"text\":".as_slice();
    let other = b"HTTP/1.1 400 Bad Request\r\n\r\n".as_slice();
    let failed =
        b"{\"type\":\"error\",\"data\":{\"text\":\"no\\nmodel\",\"code\":\"x\"}}\n".as_slice();
    let stray = b"{\"type\":\"pong\"}\n".repeat(2000);
    for (what, said, code, sentence) in [
        ("stops within a message", cut, "voice-engine-protocol", "ended within a message"),
        ("closes at once", b"", "voice-engine-gone", "played has ended"),
        ("speaks HTTP", other, "voice-engine-protocol", "a header is none"),
        ("says that it failed", failed, "voice-engine-failed", "played failed: no model (x)"),
        ("babbles", &stray, "voice-engine-protocol", "nobody asked for"),
    ] {
        let (service, mut peer, _) = played(1 << 20);
        let hearing = Hearing::begin(&*service, &[]).await.unwrap();
        peer.stream.write_all(said).await.unwrap();
        peer.stream.shutdown().await.unwrap();
        let fault = hearing.finish().await.expect_err(what).fault();
        assert_eq!(fault.code, code, "{what}: {fault}");
        assert!(fault.sentence.contains(sentence), "{what}: {fault}");
    }
}

#[tokio::test]
async fn a_recogniser_that_never_answers_is_given_up() {
    let (service, mut peer, clock) = played(1 << 20);
    let hearing = Hearing::begin(&*service, &[]).await.unwrap();
    // Half a message, and then no more.
    peer.stream.write_all(b"{\"type\":\"transcr").await.unwrap();
    let silent = meanwhile(&clock, hearing.finish()).await.unwrap_err().fault();
    assert_eq!((silent.code.as_str(), silent.status), ("voice-engine-silent", 504));
    assert!(silent.sentence.contains("within 30 s"), "{silent}");
}

#[tokio::test]
async fn a_peer_that_takes_nothing_is_given_up() {
    let (service, _peer, clock) = played(1000);
    let mut hearing = Hearing::begin(&*service, &[]).await.unwrap();
    let sending = async {
        loop {
            if let Err(error) = hearing.frame(&Frame::SILENCE).await {
                return error;
            }
        }
    };
    assert_eq!(meanwhile(&clock, sending).await.row().code, "voice-engine-silent");
}

#[tokio::test]
async fn sound_that_is_none_or_never_ends_is_refused() {
    let long = Message::sound(Sound { rate: 8_000, width: 2, channels: 1 }, &[0; 800_000]);
    let odd = |width, channels, rate| {
        Message::new("audio-chunk", json!({"rate": rate, "width": width, "channels": channels}))
    };
    for (what, chunk) in [
        ("three bytes", odd(3, 1, 22_050)),
        ("no channel", odd(2, 0, 22_050)),
        ("no rate", odd(2, 1, 0)),
        ("nothing said", Message::bare("audio-chunk")),
        ("without end", long),
    ] {
        let (service, mut peer, _) = played(1 << 23);
        let mut speaking = Speaking::begin(&*service, "Hello.", None).await.unwrap();
        for _ in 0..2 {
            peer.stream.write_all(&chunk.encode()).await.unwrap();
        }
        let error = loop {
            match speaking.next().await {
                Ok(found) => assert!(found.is_some(), "{what}"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.row().code, "voice-engine-sound", "{what}");
    }
}

#[tokio::test]
async fn remote_engines_are_reached_over_both_kinds_of_socket() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp(0)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("engine.sock");
    let unix: Address = format!("unix://{}", path.display()).parse().unwrap();
    let missing = Remote::new(unix.clone(), clock.clone()).open().await.unwrap_err().fault();
    assert_eq!(missing.code, "voice-engine-unreachable");
    assert!(missing.to_string().contains("engine.sock cannot be reached"), "{missing}");
    assert!(missing.to_string().contains("No such file"), "{missing}");
    let at_unix = tokio::net::UnixListener::bind(&path).unwrap();
    let at_tcp = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let tcp: Address = format!("tcp://{}", at_tcp.local_addr().unwrap()).parse().unwrap();
    let serving = tokio::spawn(async move {
        let (reader, writer) = at_unix.accept().await.unwrap().0.into_split();
        serve(reader, writer, Nothing).await.unwrap();
        let (reader, writer) = at_tcp.accept().await.unwrap().0.into_split();
        serve(reader, writer, Nothing).await.unwrap();
    });
    for address in [unix, tcp] {
        let info = describe(&Remote::new(address, clock.clone())).await.unwrap();
        assert_eq!(info.asr[0].name, "nothing");
    }
    serving.await.unwrap();
}

/// An engine that knows what it is.
struct Nothing;

#[async_trait]
impl Engine for Nothing {
    fn info(&self) -> Info {
        let program = Program { name: "nothing".to_owned(), installed: true, ..Program::default() };
        Info { asr: vec![program], ..Info::default() }
    }

    async fn take(&mut self, _: Message, _: &mut Replies<'_>) -> Result<(), VoiceError> {
        Ok(())
    }
}

#[test]
fn an_info_has_what_the_strict_reader_wants_and_takes_less() {
    let told = json!(Nothing.info());
    for list in ["asr", "tts", "wake", "handle", "intent", "mic", "snd"] {
        assert!(told[list].is_array(), "{list} in {told}");
    }
    for field in ["name", "attribution", "installed", "description", "version", "models", "voices"]
    {
        assert!(told["asr"][0].get(field).is_some(), "{field} in {told}");
    }
    let less = json!({"tts": [{"name": "piper", "installed": true, "voices": [
        {"name": "x", "installed": true, "languages": null, "speakers": [{"name": "0"}]},
    ]}], "asr": null, "satellite": {}});
    let read: Info = serde_json::from_value(less).unwrap();
    assert_eq!(read.tts[0].voices[0].name, "x");
}
