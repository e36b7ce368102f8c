//! An Ollama of a test's own on the loopback, true to its protocol
//! (`docs/api.md`): it answers each request with what a test has laid ready
//! for it, and writes down what it was asked.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by test crates, each of which uses its own part"
)]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::{Value, json};

/// An Ollama that serves until it is dropped.
#[derive(Debug)]
pub struct FakeOllama {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    chats: Mutex<VecDeque<Script>>,
    asked: Mutex<Vec<Value>>,
    models: Mutex<Vec<(String, Vec<String>)>>,
    pull: Mutex<Script>,
    is_over: Mutex<bool>,
}

/// What is answered to one request, step by step.
#[derive(Debug, Default)]
pub struct Script {
    status: u16,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    /// A packet of its own.
    Send(Vec<u8>),
    /// Nothing more until the other end of this is dropped.
    Wait(Receiver<()>),
    /// Until whoever asks hangs up, which is then told.
    UntilGone(Sender<()>),
    /// When it has come here is told.
    Mark(Sender<Instant>),
    /// The connection ends here, though the answer does not.
    Cut,
}

impl FakeOllama {
    /// One that has the models `models`, each with what it is able to do.
    pub fn start(models: &[(&str, &[&str])]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        for (name, able) in models {
            let able = able.iter().map(|able| (*able).to_owned()).collect();
            shared.models.lock().unwrap().push(((*name).to_owned(), able));
        }
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if *serving.is_over.lock().unwrap() {
                    break;
                }
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || shared.serve(&stream.unwrap()));
            }
        });
        Self { address, shared }
    }

    /// As the settings name it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the next chat that nothing is laid ready for is answered with.
    pub fn next(&self, script: Script) {
        self.shared.chats.lock().unwrap().push_back(script);
    }

    /// What is answered to a pull; a model that is pulled whole is there then.
    pub fn pulled(&self, script: Script) {
        *self.shared.pull.lock().unwrap() = script;
    }

    /// The bodies of the chats that were asked for, the oldest first.
    pub fn asked(&self) -> Vec<Value> {
        self.shared.asked.lock().unwrap().clone()
    }
}

impl Drop for FakeOllama {
    fn drop(&mut self) {
        *self.shared.is_over.lock().unwrap() = true;
        let _ = TcpStream::connect(self.address);
    }
}

impl Script {
    /// An answer of the status 200 that has begun.
    pub fn new() -> Self {
        Self { status: 200, steps: Vec::new() }
    }

    /// An answer that is none.
    pub fn refusing(status: u16, error: &str) -> Self {
        Self { status, steps: Vec::new() }.line(&json!({"error": error}))
    }

    /// A line of its own.
    #[must_use]
    pub fn line(self, line: &Value) -> Self {
        self.bytes(format!("{line}\n").as_bytes())
    }

    /// Bytes in a packet of their own.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.steps.push(Step::Send(bytes.to_vec()));
        self
    }

    /// Words, a line for each.
    #[must_use]
    pub fn words(self, words: &[&str]) -> Self {
        words.iter().fold(self, |script, words| script.line(&content(words)))
    }

    /// Thoughts.
    #[must_use]
    pub fn thought(self, thought: &str) -> Self {
        let message = json!({"role": "assistant", "content": "", "thinking": thought});
        self.line(&json!({"model": "m", "message": message, "done": false}))
    }

    /// Calls, all in one line.
    #[must_use]
    pub fn calls(self, calls: &[(&str, Value)]) -> Self {
        let calls: Vec<Value> = calls
            .iter()
            .map(|(name, arguments)| json!({"function": {"name": name, "arguments": arguments}}))
            .collect();
        let message = json!({"role": "assistant", "content": "", "tool_calls": calls});
        self.line(&json!({"model": "m", "message": message, "done": false}))
    }

    /// Waits until the other end of `go` is dropped.
    #[must_use]
    pub fn wait(mut self, go: Receiver<()>) -> Self {
        self.steps.push(Step::Wait(go));
        self
    }

    /// Says nothing more; the other end of `gone` is told once nobody listens.
    #[must_use]
    pub fn until_gone(mut self, gone: Sender<()>) -> Self {
        self.steps.push(Step::UntilGone(gone));
        self
    }

    /// Tells when it has come here.
    #[must_use]
    pub fn mark(mut self, at: Sender<Instant>) -> Self {
        self.steps.push(Step::Mark(at));
        self
    }

    /// Ends the connection in the middle.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.steps.push(Step::Cut);
        self
    }

    /// The last line, with this reason.
    #[must_use]
    pub fn done(self, reason: &str) -> Self {
        self.line(&json!({
            "model": "m", "message": {"role": "assistant", "content": ""}, "done": true,
            "done_reason": reason, "total_duration": 9_000_000_000_u64,
            "load_duration": 2_000_000_000_u64, "prompt_eval_count": 26,
            "prompt_eval_duration": 300_000_000, "eval_count": 290,
            "eval_duration": 4_000_000_000_u64,
        }))
    }
}

impl Shared {
    /// Answers the one request of a connection.
    fn serve(&self, mut stream: &TcpStream) {
        stream.set_nodelay(true).unwrap();
        let mut reader = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let script = match head.split(' ').nth(1).unwrap() {
            "/api/chat" => self.chat(body),
            "/api/show" => self.show(&body),
            "/api/tags" => Script::new().line(&self.tags()),
            "/api/pull" => self.pull(&body),
            other => Script::refusing(404, &format!("404 page not found: {other}")),
        };
        // Whoever hangs up in the middle ends it.
        let _ = script.play(&mut stream);
    }

    fn chat(&self, body: Value) -> Script {
        let known = self.knows(&body);
        self.asked.lock().unwrap().push(body);
        if let Err(unknown) = known {
            return unknown;
        }
        let next = self.chats.lock().unwrap().pop_front();
        next.unwrap_or_else(|| Script::refusing(500, "nothing is laid ready for this"))
    }

    fn show(&self, body: &Value) -> Script {
        match self.knows(body) {
            Ok(able) => Script::new().line(&json!({"template": "", "capabilities": able})),
            Err(unknown) => unknown,
        }
    }

    fn knows(&self, body: &Value) -> Result<Vec<String>, Script> {
        let asked = body["model"].as_str().unwrap();
        let models = self.models.lock().unwrap();
        let found = models.iter().find(|(name, _)| name == asked);
        found
            .map(|(_, able)| able.clone())
            .ok_or_else(|| Script::refusing(404, &format!("model '{asked}' not found")))
    }

    fn tags(&self) -> Value {
        let models = self.models.lock().unwrap();
        let models: Vec<Value> =
            models.iter().map(|(name, _)| json!({"name": name, "model": name})).collect();
        json!({ "models": models })
    }

    fn pull(&self, body: &Value) -> Script {
        let script = std::mem::take(&mut *self.pull.lock().unwrap());
        if script.status == 0 {
            return Script::refusing(500, "pull model manifest: file does not exist");
        }
        let name = body["model"].as_str().unwrap().to_owned();
        self.models.lock().unwrap().push((name, vec!["completion".to_owned(), "tools".to_owned()]));
        script
    }
}

impl Script {
    fn play(self, stream: &mut &TcpStream) -> std::io::Result<()> {
        let Self { status, steps } = self;
        write!(
            stream,
            "HTTP/1.1 {status} It is so\r\ncontent-type: application/x-ndjson\r\n\
             transfer-encoding: chunked\r\n\r\n"
        )?;
        for step in steps {
            match step {
                Step::Send(bytes) => {
                    write!(stream, "{:x}\r\n", bytes.len())?;
                    stream.write_all(&bytes)?;
                    stream.write_all(b"\r\n")?;
                }
                Step::Wait(go) => {
                    let _ = go.recv();
                }
                Step::UntilGone(gone) => {
                    let left = stream.read(&mut [0; 1]);
                    assert!(matches!(left, Ok(0) | Err(_)), "nothing more is sent");
                    let _ = gone.send(());
                    return Ok(());
                }
                Step::Mark(at) => {
                    let _ = at.send(Instant::now());
                }
                Step::Cut => return Ok(()),
            }
        }
        stream.write_all(b"0\r\n\r\n")
    }
}

/// A line with some words.
pub fn content(words: &str) -> Value {
    json!({"model": "m", "message": {"role": "assistant", "content": words}, "done": false})
}
