//! One connection to an engine, with a limit on every wait.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::Clock;
use jarvis_domain::clock::Sleep;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use super::address::Address;
use super::decoder::{Decoder, WireError};
use super::message::Message;
use crate::engine::Lease;
use crate::error::VoiceError;

/// How long a connection may take to be made, and a message to be taken.
const SOON: Duration = Duration::from_secs(5);
/// Messages that nobody asked for, within one exchange.
const STRAY: usize = 1000;

/// Whoever can be spoken to: an engine in a child, or a remote one.
#[async_trait]
pub trait Service: Send + Sync + std::fmt::Debug {
    /// How errors call it.
    fn name(&self) -> &str;
    /// A connection for one exchange.
    async fn open(&self) -> Result<Connection, VoiceError>;
}

/// A remote engine.
#[derive(Debug)]
pub struct Remote {
    name: String,
    address: Address,
    clock: Arc<dyn Clock>,
}

/// See the module. Dropping it breaks the exchange off: a child is killed, a
/// remote one finds the connection closed.
pub struct Connection {
    name: String,
    reader: Box<dyn AsyncRead + Send + Sync + Unpin>,
    writer: Box<dyn AsyncWrite + Send + Sync + Unpin>,
    decoder: Decoder,
    clock: Arc<dyn Clock>,
    lease: Option<Lease>,
    stray: usize,
}

impl Remote {
    /// Connects to nothing yet.
    #[must_use]
    pub fn new(address: Address, clock: Arc<dyn Clock>) -> Self {
        Self { name: address.to_string(), address, clock }
    }
}

#[async_trait]
impl Service for Remote {
    fn name(&self) -> &str {
        &self.name
    }

    async fn open(&self) -> Result<Connection, VoiceError> {
        let unreachable = |error| VoiceError::Unreachable { engine: self.name.clone(), error };
        let connecting = async {
            match &self.address {
                Address::Tcp(host, port) => {
                    let stream = TcpStream::connect((host.as_str(), *port)).await?;
                    // Frames are small and wanted at once.
                    stream.set_nodelay(true)?;
                    let (reader, writer) = stream.into_split();
                    Ok(Connection::new(&self.name, reader, writer, self.clock.clone()))
                }
                Address::Unix(path) => {
                    let (reader, writer) = UnixStream::connect(path).await?.into_split();
                    Ok(Connection::new(&self.name, reader, writer, self.clock.clone()))
                }
            }
        };
        tokio::select! {
            biased;
            connection = connecting => connection.map_err(unreachable),
            () = self.clock.sleep(SOON) => Err(VoiceError::Silent { engine: self.name.clone(), waited: SOON }),
        }
    }
}

impl Connection {
    /// Over any two streams.
    pub fn new(
        name: &str,
        reader: impl AsyncRead + Send + Sync + Unpin + 'static,
        writer: impl AsyncWrite + Send + Sync + Unpin + 'static,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            reader: Box::new(reader),
            writer: Box::new(writer),
            decoder: Decoder::default(),
            clock,
            lease: None,
            stray: 0,
        }
    }

    /// The same, of a child, which is killed unless [`Connection::done`] is called.
    pub(crate) fn leased(mut self, lease: Lease) -> Self {
        self.lease = Some(lease);
        self
    }

    /// Takes that back, where nobody has used it.
    pub(crate) fn unleased(mut self) -> Self {
        self.lease = None;
        self
    }

    /// How errors call the engine.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The end of `limit` from now on, for [`Connection::receive`].
    pub(super) fn within(&self, limit: Duration) -> Wait {
        Wait { limit, sleep: self.clock.sleep(limit) }
    }

    /// Sends one message. Not to be dropped half-way.
    ///
    /// # Errors
    /// The engine is gone, or takes nothing.
    pub async fn send(&mut self, message: &Message) -> Result<(), VoiceError> {
        let wire = message.encode();
        let writing = async {
            self.writer.write_all(&wire).await?;
            self.writer.flush().await
        };
        let sent = tokio::select! {
            biased;
            sent = writing => sent,
            () = self.clock.sleep(SOON) => return Err(self.silent(SOON)),
        };
        sent.map_err(|error| self.gone(Some(error)))
    }

    /// The next message. Dropping the future loses none.
    ///
    /// # Errors
    /// The engine is gone, sends no messages, says that it failed, or `wait`
    /// is over.
    pub(super) async fn receive(&mut self, wait: &mut Wait) -> Result<Message, VoiceError> {
        let name = self.name.clone();
        tokio::select! {
            biased;
            message = self.next() => message,
            () = &mut wait.sleep => Err(VoiceError::Silent { engine: name, waited: wait.limit }),
        }
    }

    /// What has come already, without waiting.
    pub(super) async fn arrived(&mut self) -> Result<Option<Message>, VoiceError> {
        tokio::select! {
            biased;
            message = self.next() => message.map(Some),
            () = std::future::ready(()) => Ok(None),
        }
    }

    /// Tells of a message that nobody asked for: it is ignored, within limits.
    pub(super) fn stray(&mut self, message: &Message) -> Result<(), VoiceError> {
        tracing::trace!(engine = %self.name, kind = %message.kind, "a message that nobody asked for");
        self.stray += 1;
        if self.stray > STRAY {
            return Err(VoiceError::Babbles { engine: self.name.clone() });
        }
        Ok(())
    }

    /// The exchange is over as it should be. A child waits for the next one.
    pub fn done(mut self) {
        if let Some(lease) = self.lease.take() {
            self.stray = 0;
            lease.give_back(self);
        }
    }

    async fn next(&mut self) -> Result<Message, VoiceError> {
        let message = self.any().await?;
        if message.kind == "error" { Err(self.failed(&message)) } else { Ok(message) }
    }

    /// The next message, be it that something failed. Dropping the future loses none.
    pub(crate) async fn any(&mut self) -> Result<Message, VoiceError> {
        loop {
            let name = self.name.clone();
            let broken = |error| VoiceError::Wire { engine: name.clone(), error };
            if let Some(message) = self.decoder.message().map_err(&broken)? {
                return Ok(message);
            }
            let mut some = [0; 8192];
            let got = self.reader.read(&mut some).await.map_err(|error| self.gone(Some(error)))?;
            if got == 0 {
                self.decoder.finish().map_err(broken)?;
                return Err(self.gone(None));
            }
            self.decoder.push(some.get(..got).unwrap_or_default());
        }
    }

    /// The error of a message that lacks what it must have.
    pub(super) fn no_message(&self, kind: &str) -> VoiceError {
        let why = "a field is missing or of another kind".to_owned();
        let error = WireError::Data { kind: kind.to_owned(), why };
        VoiceError::Wire { engine: self.name.clone(), error }
    }

    fn failed(&self, message: &Message) -> VoiceError {
        let line = |field| message.text(field).map(|text| jarvis_domain::text::line(text, 300));
        VoiceError::Failed {
            engine: self.name.clone(),
            said: line("text").unwrap_or_default(),
            code: line("code"),
        }
    }

    fn gone(&mut self, error: Option<std::io::Error>) -> VoiceError {
        let last = self.lease.as_ref().and_then(Lease::last_words);
        if let Some(lease) = self.lease.take() {
            lease.closed();
        }
        VoiceError::Gone { engine: self.name.clone(), last, error }
    }

    fn silent(&self, waited: Duration) -> VoiceError {
        VoiceError::Silent { engine: self.name.clone(), waited }
    }
}

/// A limit that begins once, over several messages.
pub(super) struct Wait {
    limit: Duration,
    sleep: Sleep,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connection({})", self.name)
    }
}
