//! The listeners, in a process of their own: their work and their memory are
//! none of the server's.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// A connection to the events.
pub(crate) type Socket = WebSocketStream<TcpStream>;

/// How many listen in the name of one person.
const EACH: usize = 20;
/// How long the last frames may be on their way.
const GRACE: Duration = Duration::from_secs(10);

/// What the listeners heard.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Heard {
    /// How long each frame took, microseconds.
    pub(crate) took: Vec<u32>,
    /// Listeners that missed a frame, or were told to have.
    pub(crate) missed: u32,
    /// Listeners whose socket was closed.
    pub(crate) closed: u32,
}

/// The process, seen from outside.
pub(crate) struct Process {
    child: Child,
    stdout: BufReader<tokio::process::ChildStdout>,
}

impl Process {
    /// Starts it, and waits until all listen.
    pub(crate) async fn start(to: SocketAddr) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["listen", &to.to_string(), &crate::LISTENERS.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).await.unwrap();
        assert_eq!(line, "ready\n", "the listeners have not come");
        Self { child, stdout }
    }

    /// What was heard, once all have heard the last, or it took too long.
    pub(crate) async fn end(mut self) -> Heard {
        let mut told = Vec::new();
        let read = self.stdout.read_to_end(&mut told);
        if let Ok(read) = tokio::time::timeout(GRACE, read).await {
            read.unwrap();
        } else {
            drop(self.child.stdin.take());
            self.stdout.read_to_end(&mut told).await.unwrap();
        }
        self.child.wait().await.unwrap();
        serde_json::from_slice(&told).unwrap()
    }
}

/// What the process does: listens until each has heard the last, or standard
/// input ends.
pub(crate) async fn listen(to: SocketAddr, count: usize) -> ExitCode {
    let over = watch::Sender::new(false);
    let (ready, mut waiting) = tokio::sync::mpsc::channel(count);
    let mut all = JoinSet::new();
    for number in 0..count {
        let (ready, over) = (ready.clone(), over.subscribe());
        let person = format!("listener-{}", number / EACH);
        let socket = connect(to, &person, None, None).await;
        all.spawn(one(socket, ready, over));
    }
    for _ in 0..count {
        waiting.recv().await.unwrap();
    }
    println!("ready");
    std::io::stdout().flush().unwrap();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        over.send_replace(true);
    });
    let heard = all.join_all().await.into_iter().fold(Heard::default(), Heard::and);
    serde_json::to_writer(std::io::stdout(), &heard).unwrap();
    ExitCode::SUCCESS
}

/// One listener.
async fn one(
    mut socket: Socket,
    ready: tokio::sync::mpsc::Sender<()>,
    mut over: watch::Receiver<bool>,
) -> Heard {
    let mut heard = Heard::default();
    let (mut ready, mut before) = (Some(ready), None);
    loop {
        let message = tokio::select! {
            message = socket.next() => message,
            _ = over.wait_for(|over| *over) => None,
        };
        match message {
            Some(Ok(Message::Text(text))) if text.contains("\"type\":\"event\"") => {
                let number = number_of(&text, "{\"seq\":");
                if before.is_some_and(|before| number != before + 1) {
                    heard.missed = 1;
                }
                before = Some(number);
                let published = Duration::from_nanos(number_of(&text, "\"published\":"));
                let took = monotonic().saturating_sub(published).as_micros();
                heard.took.push(took.try_into().unwrap_or(u32::MAX));
                if text.contains("\"last\":true") {
                    return heard;
                }
            }
            Some(Ok(Message::Text(text))) if text.contains("\"type\":\"missed\"") => {
                heard.missed = 1;
            }
            // How the cluster stands is among what comes first.
            Some(Ok(Message::Text(text))) if text.contains("\"type\":\"snapshot\"") => {
                // Once: later ones nobody waits for.
                if let Some(ready) = ready.take() {
                    ready.send(()).await.unwrap();
                }
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => {
                heard.closed += 1;
                return heard;
            }
        }
    }
}

/// Comes in as `person`, with a receive buffer of so many bytes.
pub(crate) async fn connect(
    to: SocketAddr,
    person: &str,
    since: Option<&str>,
    buffer: Option<u32>,
) -> Socket {
    let socket = TcpSocket::new_v4().unwrap();
    if let Some(buffer) = buffer {
        socket.set_recv_buffer_size(buffer).unwrap();
    }
    let stream = socket.connect(to).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let since = since.map(|since| format!("?since={since}")).unwrap_or_default();
    let mut request = format!("ws://{to}/ws/events{since}").into_client_request().unwrap();
    let bearer = format!("Bearer {person}").parse().unwrap();
    request.headers_mut().insert("authorization", bearer);
    let config = WebSocketConfig::default().read_buffer_size(4096);
    let connected = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
    connected.await.unwrap().0
}

/// A clock that all processes of this machine share.
pub(crate) fn monotonic() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.try_into().unwrap()
}

/// The number behind `name`.
fn number_of(text: &str, name: &str) -> u64 {
    let (_, rest) = text.split_once(name).unwrap();
    let digits = rest.bytes().take_while(u8::is_ascii_digit);
    digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}

impl Heard {
    /// Together with what others heard.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.took.extend(other.took);
        self.missed += other.missed;
        self.closed += other.closed;
        self
    }
}
