//! The host that these tests talk to, and a client that talks.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::extract::{Query, State, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use jarvis_domain::audit::{AuditEntry, AuditEvent, AuditLine, AuditLog};
use jarvis_domain::identity::{Life, Person, Shown};
use jarvis_domain::kv::StoreError;
use jarvis_domain::{
    CallError, Caller, ConsoleSize, ConsoleTarget, Door, ManualClock, Principal, Role, RunId,
    Timestamp,
};
use jarvis_policy::port::{Console, ConsoleProgram, Consoles, FarConsole};
use jarvis_policy::{ConsolePermit, ConsoleRule};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::super::{
    MAX_FRAME, MAX_MESSAGE, TerminalParts, TerminalQuery, TerminalRequest, TerminalSite, Terminals,
    serve,
};

/// How long a terminal may be idle here.
pub(super) const IDLE: Duration = Duration::from_secs(30 * 60);

/// What the shell shows when it waits for a line.
pub(super) const PROMPT: &str = "$ ";

/// How long a client waits for what must come, in real time: a test that would
/// wait for ever fails, and says what was shown.
const PATIENCE: Duration = Duration::from_secs(120);

/// A host. Each node's terminal runs `sh`; `far` is one that runs elsewhere.
pub(super) struct Rig {
    pub(super) clock: Arc<ManualClock>,
    pub(super) terminals: Arc<Terminals>,
    pub(super) audit: Arc<Heard>,
    /// Whether `slow` opens.
    pub(super) opens: watch::Sender<bool>,
    address: SocketAddr,
    lives: watch::Sender<bool>,
    server: tokio::task::JoinHandle<()>,
}

/// What is written down.
#[derive(Debug, Default)]
pub(super) struct Heard {
    what: watch::Sender<Vec<String>>,
    pub(super) fails: Mutex<bool>,
    /// From now on nothing gets written down.
    pub(super) stalls: AtomicBool,
}

/// A client that is connected.
pub(super) struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(super) id: String,
    pub(super) opened: Value,
    /// What was shown and not asked for yet.
    pub(super) seen: String,
}

/// `slow` opens once this says so.
#[derive(Debug)]
struct Shells(watch::Receiver<bool>);

/// Shows what is typed, in capitals; `bye` ends it.
#[derive(Debug)]
struct Echo {
    shown: tokio::sync::Mutex<tokio::sync::mpsc::UnboundedReceiver<Vec<u8>>>,
    show: tokio::sync::mpsc::UnboundedSender<Vec<u8>>,
}

#[derive(Clone)]
struct Entrance {
    terminals: Arc<Terminals>,
    lives: watch::Sender<bool>,
}

#[derive(Deserialize)]
struct Who {
    ticket: String,
}

impl Rig {
    pub(super) async fn new() -> Self {
        Self::with(ConsoleRule::default()).await
    }

    pub(super) async fn with(rule: ConsoleRule) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(1_000_000)));
        let audit = Arc::new(Heard::default());
        let (opens, slow) = watch::channel(false);
        let consoles = Arc::new(Shells(slow));
        let main = TerminalSite { cluster: "home".parse().unwrap(), consoles };
        let terminals = Terminals::new(TerminalParts {
            main,
            others: Vec::new(),
            rule,
            idle: IDLE,
            audit: Arc::clone(&audit) as _,
            clock: Arc::clone(&clock) as _,
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let lives = watch::Sender::new(false);
        let door = Entrance { terminals: Arc::clone(&terminals), lives: lives.clone() };
        let router = Router::new().route("/ws/terminal", get(enter)).with_state(door);
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { clock, terminals, audit, opens, address, lives, server }
    }

    /// A terminal on a node's shell.
    pub(super) async fn shell(&self, who: &str) -> Client {
        let mut client = self.client(who, "node=pve2&cols=80&rows=24").await;
        client.hear(PROMPT).await;
        client
    }

    pub(super) async fn client(&self, who: &str, query: &str) -> Client {
        self.connect(who, query).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The first word to a client.
    pub(super) async fn connect(&self, who: &str, query: &str) -> Result<Client, Value> {
        let mut client = self.dial(who, query).await;
        let first = client.word().await;
        match first.get("opened") {
            Some(opened) => {
                client.id = opened["id"].as_str().unwrap().to_owned();
                client.opened = opened.clone();
                Ok(client)
            }
            None => Err(first["error"].clone()),
        }
    }

    /// A client that was told nothing yet.
    pub(super) async fn dial(&self, who: &str, query: &str) -> Client {
        let address = format!("ws://{}/ws/terminal?{query}&ticket={who}", self.address);
        let (socket, _) = tokio_tungstenite::connect_async(address).await.unwrap();
        Client { socket, id: String::new(), opened: Value::Null, seen: String::new() }
    }

    /// One whose terminal is being opened, and goes on to be.
    pub(super) async fn waiting(&self) -> Client {
        let client = self.dial("alice", "node=slow").await;
        self.audit.until("opens the terminal").await;
        assert_eq!(self.terminals.open_now(), 1);
        client
    }

    /// Ends every sign-in.
    pub(super) fn end_lives(&self) {
        self.lives.send_replace(true);
    }

    /// Moves the time on until `done`, for those who wait for it meanwhile.
    pub(super) async fn hurry<T>(&self, done: impl Future<Output = T>) -> T {
        tokio::pin!(done);
        loop {
            tokio::select! {
                biased;
                done = &mut done => return done,
                () = tokio::task::yield_now() => self.clock.advance(Duration::from_millis(1)),
            }
        }
    }

    /// Waits until no terminal is there any more.
    pub(super) async fn emptied(&self) {
        self.terminals.places.emptied().await;
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn enter(
    State(door): State<Entrance>,
    Query(who): Query<Who>,
    Query(query): Query<TerminalQuery>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let request = TerminalRequest::try_from(query).unwrap();
    let (name, role) = who.ticket.split_once('-').unwrap_or((&who.ticket, "admin"));
    let role = serde_json::from_value::<Role>(role.into()).unwrap();
    let principal = Principal(format!("user:{name}@pam"));
    let (ends, life) = Life::new();
    let mut all = door.lives.subscribe();
    tokio::spawn(async move {
        let _ = all.wait_for(|over| *over).await;
        ends.send_replace(true);
    });
    let person = Person {
        caller: Caller { principal, door: Door::Api, role: Some(role) },
        shown: Shown::Token("t".to_owned()),
        expires: None,
        life,
    };
    let upgrade = upgrade.max_frame_size(MAX_FRAME).max_message_size(MAX_MESSAGE);
    upgrade.on_upgrade(|socket| serve(socket, person, request, door.terminals))
}

impl Client {
    /// Types a line at the prompt; all that is shown up to the next one. Whoever
    /// types before that may find it echoed in the midst of what is shown.
    pub(super) async fn run(&mut self, line: &str) -> String {
        self.type_in(&format!("{line}\r")).await;
        self.hear(PROMPT).await
    }

    /// Types text.
    pub(super) async fn type_in(&mut self, text: &str) {
        self.send(Message::binary(text.as_bytes().to_vec())).await;
    }

    /// Says a control.
    pub(super) async fn say(&mut self, text: &str) {
        self.send(Message::text(text.to_owned())).await;
    }

    pub(super) async fn send(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// What comes next, the end of the connection included.
    async fn next(&mut self) -> Option<Result<Message, tungstenite::Error>> {
        match tokio::time::timeout(PATIENCE, self.socket.next()).await {
            Ok(next) => next,
            Err(_) => panic!("nothing came after {:?}", self.seen),
        }
    }

    /// The next frame, as text; bytes are kept as seen.
    pub(super) async fn word(&mut self) -> Value {
        loop {
            match self.next().await.unwrap().unwrap() {
                Message::Binary(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) => {}
                other => panic!("{other:?} after {:?}", self.seen),
            }
        }
    }

    /// The code of the next error.
    pub(super) async fn code(&mut self) -> String {
        let word = self.word().await;
        word["error"]["code"].as_str().unwrap_or_else(|| panic!("{word}")).to_owned()
    }

    /// Waits until this was shown; all up to it.
    pub(super) async fn hear(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.seen.find(text) {
                let rest = self.seen.split_off(at + text.len());
                return std::mem::replace(&mut self.seen, rest);
            }
            match self.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    self.seen.push_str(&String::from_utf8_lossy(&bytes));
                }
                Some(Ok(Message::Ping(_))) => {}
                other => panic!("{text:?} never came, {other:?} did after {:?}", self.seen),
            }
        }
    }

    /// The bytes of the next frame.
    pub(super) async fn frame(&mut self) -> usize {
        match self.next().await.unwrap().unwrap() {
            Message::Binary(bytes) => bytes.len(),
            other => panic!("{other:?}"),
        }
    }

    /// The next error's code; none for bytes.
    pub(super) async fn code_or_bytes(&mut self) -> Option<String> {
        match self.next().await.unwrap().unwrap() {
            Message::Text(text) => {
                let word: Value = serde_json::from_str(&text).unwrap();
                Some(word["error"]["code"].as_str().unwrap_or_else(|| panic!("{word}")).to_owned())
            }
            _ => None,
        }
    }

    /// Waits until a ping is answered.
    pub(super) async fn ping(&mut self) {
        self.send(Message::Ping(Vec::new().into())).await;
        assert!(matches!(self.next().await, Some(Ok(Message::Pong(_)))));
    }

    /// Sends bytes past the protocol.
    pub(super) async fn raw(&mut self, bytes: &[u8]) {
        self.socket.get_mut().write_all(bytes).await.unwrap();
    }

    /// Sends a frame, if that can be.
    pub(super) async fn try_send(&mut self, message: Message) -> Result<(), String> {
        self.socket.send(message).await.map_err(|error| error.to_string())
    }

    /// The code and reason that the socket is closed with.
    pub(super) async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.next().await {
                Some(Ok(Message::Close(Some(close)))) => {
                    return (close.code.into(), close.reason.to_string());
                }
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Whether the next frame is a Close.
    pub(super) async fn is_closed(&mut self) -> bool {
        matches!(self.next().await, Some(Ok(Message::Close(_))))
    }

    /// The connection is lost, without a word.
    pub(super) fn lose(self) -> String {
        self.id
    }
}

impl Heard {
    /// Waits until something like this is written down; all of it.
    pub(super) async fn until(&self, text: &str) -> String {
        let mut what = self.what.subscribe();
        let found = what.wait_for(|all| all.iter().any(|one| one.contains(text))).await.unwrap();
        found.iter().find(|one| one.contains(text)).unwrap().clone()
    }
}

#[async_trait]
impl AuditLog for Heard {
    async fn record(&self, entry: AuditEntry) -> Result<u64, StoreError> {
        if self.stalls.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if *self.fails.lock().unwrap() {
            let source = std::io::Error::other("no space left on device").into();
            return Err(StoreError { doing: "audit".to_owned(), source });
        }
        let AuditEvent::Access { what } = entry.event else { panic!("{entry:?}") };
        let who = entry.caller.unwrap().principal;
        self.what.send_modify(|all| all.push(format!("{who} {what}")));
        Ok(self.what.borrow().len() as u64)
    }

    async fn recent(&self, _: Option<RunId>, _: usize) -> Result<Vec<AuditLine>, StoreError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Consoles for Shells {
    fn is_own_node(&self, target: &ConsoleTarget) -> bool {
        *target == ConsoleTarget::Node("home".parse().unwrap())
    }

    async fn open(&self, permit: ConsolePermit, _: ConsoleSize) -> Result<Console, CallError> {
        let ConsoleTarget::Node(node) = permit.target() else { panic!("{permit:?}") };
        let argv: &[&str] = match node.as_str() {
            "far" => {
                let (show, shown) = tokio::sync::mpsc::unbounded_channel();
                let shown = tokio::sync::Mutex::new(shown);
                return Ok(Console::Far(Box::new(Echo { shown, show })));
            }
            "nowhere" => &["/nowhere/sh"],
            "relative" => &["sh"],
            "slow" => {
                self.0.clone().wait_for(|opens| *opens).await.unwrap();
                &["/bin/sh", "-i"]
            }
            "brief" => &["/bin/sh", "-c", "printf done; exit 3"],
            _ => &["/bin/sh", "-i"],
        };
        let argv = argv.iter().map(|word| (*word).to_owned()).collect();
        let env = [("PATH", "/usr/bin:/bin"), ("PS1", PROMPT), ("MARK", "of cluster")];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Ok(Console::Program(ConsoleProgram { argv, env }))
    }
}

#[async_trait]
impl FarConsole for Echo {
    async fn read(&self) -> Result<Option<Vec<u8>>, CallError> {
        let next = self.shown.lock().await.recv().await;
        Ok(next.filter(|bytes| bytes != b"BYE"))
    }

    async fn write(&self, bytes: &[u8]) -> Result<(), CallError> {
        let _ = self.show.send(bytes.to_ascii_uppercase());
        Ok(())
    }

    async fn resize(&self, size: ConsoleSize) -> Result<(), CallError> {
        let _ = self.show.send(format!("{}x{}", size.columns(), size.rows()).into_bytes());
        Ok(())
    }
}
