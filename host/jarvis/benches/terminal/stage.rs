//! A simulated cluster in a process of its own, a host's terminals on the
//! shells of its nodes, and a WebSocket client of them.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::extract::{State, WebSocketUpgrade};
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use jarvis_api::terminal::{
    TerminalParts, TerminalRequest, TerminalSite, TerminalWanted, Terminals, serve,
};
use jarvis_domain::audit::{AuditEntry, AuditLine, AuditLog};
use jarvis_domain::identity::{Life, Person, Shown};
use jarvis_domain::kv::StoreError;
use jarvis_domain::{
    CallError, Caller, ConsoleSize, ConsoleTarget, Door, Principal, Role, RunId, SystemClock,
};
use jarvis_policy::port::{Console, ConsoleProgram, Consoles};
use jarvis_policy::{ConsolePermit, ConsoleRule};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// The node that is talked with.
const NODE: &str = "pve2";

/// The program under measure.
const JARVIS: &str = env!("CARGO_BIN_EXE_jarvis");

/// Everything that runs; it ends with [`Stage::end`].
pub(crate) struct Stage {
    simulator: Child,
    folder: TempDir,
    address: SocketAddr,
    terminals: Arc<Terminals>,
    /// The sign-in of all clients ends with it.
    _life: tokio::sync::watch::Sender<bool>,
}

/// A client that is connected.
pub(crate) struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

#[derive(Debug)]
struct Shells(Vec<String>);

#[derive(Debug)]
struct Unread;

impl Stage {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut simulator = Command::new(JARVIS)
            .args(["simulate", "serve", "--with-stdin", "--socket"])
            .arg(folder.path().join("simulator.sock"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(simulator.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "ready"));
        let (life, terminals) = (Life::new(), terminals(argv(&folder)));
        let person = Person {
            caller: Caller {
                principal: Principal("user:bench@pam".to_owned()),
                door: Door::Api,
                role: Some(Role::Admin),
            },
            shown: Shown::Token("bench".to_owned()),
            expires: None,
            life: life.1,
        };
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let enter = async |upgrade: WebSocketUpgrade,
                           State(state): State<(Arc<Terminals>, Person)>| {
            let (terminals, person) = state;
            let request = TerminalRequest {
                cluster: None,
                wanted: TerminalWanted::New(ConsoleTarget::Node(NODE.parse().unwrap())),
                size: ConsoleSize::USUAL,
            };
            upgrade.on_upgrade(|socket| serve(socket, person, request, terminals))
        };
        let state = (Arc::clone(&terminals), person);
        let router = Router::new().route("/ws/terminal", get(enter)).with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { simulator, folder, address, terminals, _life: life.0 }
    }

    /// The command line of the node's shell.
    pub(crate) fn argv(&self) -> Vec<String> {
        argv(&self.folder)
    }

    pub(crate) async fn client(&self) -> Client {
        let stream = TcpStream::connect(self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let address = format!("ws://{}/ws/terminal", self.address);
        let stream = MaybeTlsStream::Plain(stream);
        Client(tokio_tungstenite::client_async(address, stream).await.unwrap().0)
    }

    pub(crate) async fn end(mut self) {
        self.terminals.shutdown().await;
        self.simulator.kill().unwrap();
        self.simulator.wait().unwrap();
    }
}

impl Client {
    /// The next bytes that are shown.
    pub(crate) async fn next(&mut self) -> Bytes {
        loop {
            match self.0.next().await.unwrap().unwrap() {
                Message::Binary(bytes) => return bytes,
                Message::Text(text) => assert!(!text.contains("error"), "{text}"),
                _ => {}
            }
        }
    }

    /// Waits until this is shown.
    pub(crate) async fn until(&mut self, text: &[u8]) {
        let mut seen = Vec::new();
        while !seen.windows(text.len()).any(|part| part == text) {
            seen.extend(self.next().await);
        }
    }

    pub(crate) async fn press(&mut self, keys: &[u8]) {
        self.0.send(Message::binary(keys.to_vec())).await.unwrap();
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text.to_owned())).await.unwrap();
    }

    /// Ends the terminal, and waits for that.
    pub(crate) async fn end(mut self) {
        self.say("{\"end\":{}}").await;
        while let Some(Ok(_)) = self.0.next().await {}
    }
}

fn argv(folder: &TempDir) -> Vec<String> {
    let socket = folder.path().join("simulator.sock").display().to_string();
    [JARVIS, "simulate", "sh", "--socket", &socket, NODE].map(str::to_owned).to_vec()
}

fn terminals(argv: Vec<String>) -> Arc<Terminals> {
    let consoles = Arc::new(Shells(argv));
    Terminals::new(TerminalParts {
        main: TerminalSite { cluster: "home".parse().unwrap(), consoles },
        others: Vec::new(),
        rule: ConsoleRule::default(),
        idle: Duration::from_secs(3600),
        audit: Arc::new(Unread),
        clock: Arc::new(SystemClock),
    })
}

#[async_trait]
impl Consoles for Shells {
    fn is_own_node(&self, _: &ConsoleTarget) -> bool {
        false
    }

    async fn open(&self, _: ConsolePermit, _: ConsoleSize) -> Result<Console, CallError> {
        Ok(Console::Program(ConsoleProgram { argv: self.0.clone(), env: Vec::new() }))
    }
}

#[async_trait]
impl AuditLog for Unread {
    async fn record(&self, _: AuditEntry) -> Result<u64, StoreError> {
        Ok(1)
    }

    async fn recent(&self, _: Option<RunId>, _: usize) -> Result<Vec<AuditLine>, StoreError> {
        Ok(Vec::new())
    }
}
