//! A satellite that is none: it listens, is connected to, and says and tells what
//! a test wants.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by test crates, each of which uses its own part"
)]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use jarvis_voice::wyoming::{Decoder, Message, Sound};
use serde_json::{Value, json};

/// How long the next message may take.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// Samples of a message: 64 ms.
pub const PIECE: usize = 1024;

/// One that nobody has connected to yet.
pub struct Pretend(TcpListener);

/// Its connection.
pub struct Line {
    stream: TcpStream,
    decoder: Decoder,
    begun: Instant,
}

impl Pretend {
    pub fn listen() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    /// The next connection, once it was told to run. Where this came too late jarvis
    /// has hung up, and comes again.
    pub fn accept(&self) -> Line {
        loop {
            let mut line =
                Line { stream: self.next(), decoder: Decoder::default(), begun: Instant::now() };
            if line.introduces_itself() {
                return line;
            }
        }
    }

    fn next(&self) -> TcpStream {
        let (listener, (came, coming)) = (self.0.try_clone().unwrap(), channel());
        std::thread::spawn(move || came.send(listener.accept().unwrap().0));
        let stream = coming.recv_timeout(PATIENCE).expect("somebody connects");
        stream.set_nodelay(true).unwrap();
        stream
    }
}

impl Line {
    /// Whether it was asked what it is, and told to run.
    fn introduces_itself(&mut self) -> bool {
        let own = json!({"name": "s", "attribution": {"name": "", "url": ""}, "installed": true,
            "description": null, "version": null});
        let info = Message::new("info", json!({"asr": [], "tts": [], "satellite": own})).encode();
        self.within(PATIENCE).is_some_and(|message| message.kind == "describe")
            && self.stream.write_all(&info).is_ok()
            && self.within(PATIENCE).is_some_and(|message| message.kind == "run-satellite")
    }

    pub fn tell(&mut self, kind: &str, data: Value) {
        self.raw(&Message::new(kind, data).encode());
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Its wake word was said.
    pub fn wakes(&mut self) {
        self.tell("run-pipeline", json!({"start_stage": "asr", "end_stage": "tts"}));
    }

    /// Another end that only speaks.
    pub fn mouth(&self) -> Self {
        let stream = self.stream.try_clone().unwrap();
        Self { stream, decoder: Decoder::default(), begun: Instant::now() }
    }

    /// Says the `n`th piece of this length once a microphone would have heard it; when
    /// that began.
    pub fn piece(&mut self, n: usize, samples: &[i16], length: Duration) -> Instant {
        let due = self.begun + length * (n as u32 + 1);
        while let Some(left) = due.checked_duration_since(Instant::now()) {
            std::thread::park_timeout(left);
        }
        // Before it is heard: what comes of it is never earlier.
        let said = Instant::now();
        self.raw(&Message::sound(Sound::FRAMES, samples).encode());
        said
    }

    /// Says `samples` as fast as a microphone would. False once nobody hears it.
    pub fn say(&mut self, samples: &[i16]) -> bool {
        let begun = Instant::now();
        for (n, piece) in samples.chunks(PIECE).enumerate() {
            let due = begun + Duration::from_millis(64) * (n as u32 + 1);
            while let Some(left) = due.checked_duration_since(Instant::now()) {
                std::thread::park_timeout(left);
            }
            let chunk = Message::sound(Sound::FRAMES, piece).encode();
            if self.stream.write_all(&chunk).is_err() {
                return false;
            }
        }
        true
    }

    /// The same all at once, as nobody speaks.
    pub fn pour(&mut self, samples: &[i16]) {
        for piece in samples.chunks(PIECE) {
            self.raw(&Message::sound(Sound::FRAMES, piece).encode());
        }
    }

    /// The next message, which is no `ping`: those are answered.
    pub fn next(&mut self) -> Message {
        self.within(PATIENCE).expect("more comes")
    }

    /// The same; none where nothing comes for so long, or nothing more.
    pub fn within(&mut self, patience: Duration) -> Option<Message> {
        let begun = Instant::now();
        loop {
            while let Some(message) = self.decoder.message().unwrap() {
                if message.kind != "ping" {
                    return Some(message);
                }
                let pong = Message { kind: "pong".to_owned(), ..message }.encode();
                self.stream.write_all(&pong).ok()?;
            }
            let left = patience.checked_sub(begun.elapsed()).filter(|left| !left.is_zero())?;
            self.stream.set_read_timeout(Some(left)).unwrap();
            let mut some = [0; 8192];
            match self.stream.read(&mut some) {
                Ok(0) => return None,
                Ok(got) => self.decoder.push(&some[..got]),
                // Whoever is killed hangs up over what it has not read.
                Err(error)
                    if [ErrorKind::WouldBlock, ErrorKind::ConnectionReset]
                        .contains(&error.kind()) =>
                {
                    return None;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The next of this type, and the types of those before it.
    pub fn until(&mut self, kind: &str) -> (Message, Vec<String>) {
        let mut before = Vec::new();
        loop {
            let message = self.within(PATIENCE);
            let message = message.unwrap_or_else(|| panic!("no {kind} after {before:?}"));
            if message.kind == kind {
                return (message, before);
            }
            before.push(message.kind);
        }
    }
}
