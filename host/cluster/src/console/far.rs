//! A console over `vncwebsocket`, with the protocol of xterm.js: first a line
//! `user:ticket`, answered with `OK`; then `0:LENGTH:DATA`,
//! `1:COLUMNS:ROWS:` and, now and then, `2`. What comes is what is shown.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use jarvis_domain::{CallError, Clock, ConsoleSize};
use jarvis_policy::port::FarConsole;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Bytes, Error as WsError, Message};

use super::ConsoleError;
use crate::ClusterError;

/// How often it is kept alive, as Proxmox's own pages do it.
const ALIVE: Duration = Duration::from_secs(30);

pub(crate) type Socket = WebSocketStream<TlsStream<TcpStream>>;
type Sink = SplitSink<Socket, Message>;

/// A console that is connected.
#[derive(Debug)]
pub(crate) struct Far {
    /// What it is of, for a person.
    what: String,
    sink: Arc<Mutex<Sink>>,
    stream: Mutex<SplitStream<Socket>>,
    /// What came with the `OK`.
    first: std::sync::Mutex<Option<Vec<u8>>>,
    alive: tokio::task::JoinHandle<()>,
}

impl Far {
    /// Says the first line over `socket`, and waits for the answer.
    pub(crate) async fn begin(
        what: String,
        socket: Socket,
        (user, ticket): (&str, &str),
        size: ConsoleSize,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ClusterError> {
        let (mut sink, mut stream) = socket.split();
        let lost = |source| ConsoleError::Lost { what: what.clone(), source: Box::new(source) };
        let line = format!("{user}:{ticket}\n");
        sink.send(Message::binary(line.into_bytes())).await.map_err(lost)?;
        let mut answer = Vec::new();
        while answer.len() < 2 {
            match stream.next().await.transpose().map_err(lost)?.and_then(data) {
                Some(bytes) => answer.extend_from_slice(&bytes),
                None => return Err(refused(what, "it closed the connection").into()),
            }
        }
        let Some(rest) = answer.strip_prefix(b"OK") else {
            return Err(refused(what, "it does not take its own ticket").into());
        };
        let first = Some(rest.to_vec()).filter(|rest| !rest.is_empty());
        sink.send(resized(size)).await.map_err(lost)?;
        let sink = Arc::new(Mutex::new(sink));
        let alive = tokio::spawn(keep_alive(Arc::downgrade(&sink), clock));
        let first = std::sync::Mutex::new(first);
        Ok(Self { what, sink, stream: Mutex::new(stream), first, alive })
    }

    async fn send(&self, message: Message) -> Result<(), CallError> {
        self.sink.lock().await.send(message).await.map_err(|source| self.lost(source))
    }

    fn lost(&self, source: WsError) -> CallError {
        let (what, source) = (self.what.clone(), Box::new(source));
        ClusterError::from(ConsoleError::Lost { what, source }).into()
    }
}

#[async_trait]
impl FarConsole for Far {
    async fn read(&self) -> Result<Option<Vec<u8>>, CallError> {
        let first = self.first.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if first.is_some() {
            return Ok(first);
        }
        let mut stream = self.stream.lock().await;
        loop {
            match stream.next().await {
                Some(Ok(message)) if message.is_ping() || message.is_pong() => {}
                Some(Ok(message)) => return Ok(data(message).map(Into::into)),
                Some(Err(error)) if is_the_end(&error) => return Ok(None),
                Some(Err(error)) => return Err(self.lost(error)),
                None => return Ok(None),
            }
        }
    }

    async fn write(&self, bytes: &[u8]) -> Result<(), CallError> {
        // Head and data in one message: a head in two parts is lost on the way.
        let mut message = format!("0:{}:", bytes.len()).into_bytes();
        message.extend_from_slice(bytes);
        self.send(Message::binary(message)).await
    }

    async fn resize(&self, size: ConsoleSize) -> Result<(), CallError> {
        self.send(resized(size)).await
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        self.alive.abort();
    }
}

async fn keep_alive(sink: Weak<Mutex<Sink>>, clock: Arc<dyn Clock>) {
    loop {
        clock.sleep(ALIVE).await;
        let Some(sink) = sink.upgrade() else { return };
        if sink.lock().await.send(Message::binary(b"2".as_slice())).await.is_err() {
            return;
        }
    }
}

fn resized(size: ConsoleSize) -> Message {
    Message::binary(format!("1:{}:{}:", size.columns(), size.rows()).into_bytes())
}

/// What a message shows; none for a word about its end.
fn data(message: Message) -> Option<Bytes> {
    match message {
        Message::Binary(bytes) => Some(bytes),
        Message::Text(text) => Some(text.into()),
        Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Some(Bytes::new()),
        Message::Close(_) => None,
    }
}

/// Proxmox ends a console with the connection, without a word in WebSocket or
/// in TLS.
fn is_the_end(error: &WsError) -> bool {
    match error {
        WsError::ConnectionClosed | WsError::AlreadyClosed | WsError::Protocol(_) => true,
        WsError::Io(error) => matches!(
            error.kind(),
            std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::ConnectionReset
        ),
        _ => false,
    }
}

fn refused(what: String, why: &str) -> ConsoleError {
    ConsoleError::NotConnected { what, why: why.to_owned() }
}
