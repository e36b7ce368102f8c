//! One client's connection to a terminal: the WebSocket that `pveproxy` turns
//! into bytes, and `termproxy` with what is behind it. As there, the end of
//! it all is the end of the connection, without a word in WebSocket.
//!
//! Of `pveproxy` this differs where it does no harm to be kinder: a message in
//! several frames is taken, and text has to be UTF-8.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use jarvis_domain::clock::Sleep;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::console::{Act, Console};
use super::line::{INTERRUPT, Key, Line};
use super::protocol::{self, BadLine, Input, Reader};
use super::{Behind, End, PATIENCE, Terminal, is_over};
use crate::engine::Simulator;
use crate::fault::DoorTrouble;
use crate::shell::Flood;
use crate::sink::{Chunk, Sink};

/// How much a frame of the client's may hold, as with pve-http-server.
const FRAME: usize = 128 * 1024;
/// How much may be typed ahead while a program runs; more is lost.
const AHEAD: usize = 4096;
/// How long a client may be silent. Proxmox has no such limit; here it keeps
/// forgotten terminals from using up the door's connections.
const IDLE: Duration = Duration::from_secs(3600);
/// How much of a flood comes at once.
const WAVE: usize = 16 * 1024;
/// What no program prints.
const GARBAGE: &[u8] = b"\x1b]0;owned\x07\x1b[31m]}{ \x00\xff\xfe";

/// A terminal whose client has come. Dropping it ends its task.
#[derive(Debug)]
pub(crate) struct Session {
    simulator: Simulator,
    terminal: Terminal,
    end: End,
}

/// Why the conversation is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The shell has ended, or the client is gone.
    Over,
    /// Before the conversation began.
    Failed(&'static str),
}

struct Wire<'a, S> {
    simulator: &'a Simulator,
    here: usize,
    socket: WebSocketStream<S>,
}

impl Session {
    /// The terminal at `port` of the node at `here`, for its one client; none
    /// when nothing listens there.
    pub(crate) fn take(simulator: &Simulator, here: usize, port: u16) -> Option<Self> {
        let terminal = simulator.with(|cluster, _| {
            let listens = |open: &Terminal| open.here == here && open.port == port;
            let place = cluster.terminals.iter().position(listens)?;
            let terminal = cluster.terminals.swap_remove(place);
            if let Some(task) = cluster.task_mut(&terminal.upid) {
                task.log.push_str("client connection: 127.0.0.1\n");
            }
            Some(terminal)
        })?;
        Some(Self { simulator: simulator.clone(), terminal, end: End::Over })
    }

    /// Serves the client over `stream` until either of them is gone.
    pub(crate) async fn run<S: AsyncRead + AsyncWrite + Unpin>(mut self, stream: S) {
        let config = WebSocketConfig::default()
            .max_frame_size(Some(FRAME))
            .max_message_size(Some(FRAME))
            .read_buffer_size(16 * 1024);
        let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
        let simulator = self.simulator.clone();
        let mut wire = Wire { simulator: &simulator, here: self.terminal.here, socket };
        let stop = tokio::select! {
            stop = self.talk(&mut wire) => stop,
            () = self.stopped() => {
                self.end = End::Interrupted;
                Stop::Over
            }
        };
        if let Stop::Failed(why) = stop {
            self.end = End::Failed(why);
        }
        // Who is gone hears nothing.
        let _ = wire.socket.get_mut().shutdown().await;
    }

    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(&self, wire: &mut Wire<'_, S>) -> Stop {
        match self.converse(wire).await {
            Ok(()) => Stop::Over,
            Err(stop) => stop,
        }
    }

    async fn converse<S>(&self, wire: &mut Wire<'_, S>) -> Result<(), Stop>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let rest = self.first_line(wire).await?;
        wire.say(b"OK").await?;
        let (mut console, mut acts) =
            self.simulator.look(|cluster, _| Console::of(&self.terminal.behind, cluster));
        let mut line = Line::default();
        let mut reader = Reader::default();
        let mut typed = VecDeque::from(data(reader.read(&rest)));
        loop {
            typed.extend(self.perform(wire, acts, &mut reader).await?);
            let mut echo = Vec::new();
            acts = loop {
                line.hidden = console.hides();
                let Some(byte) = typed.pop_front() else {
                    wire.say(&echo).await?;
                    echo.clear();
                    typed.extend(data(reader.read(&wire.receive(IDLE).await?)));
                    continue;
                };
                match line.key(byte, &mut echo) {
                    None => {}
                    Some(Key::Entered(line)) => break console.line(&line),
                    Some(Key::Interrupted) => break console.interrupt(),
                    Some(Key::Ended) => break console.end(),
                }
            };
            wire.say(&echo).await?;
        }
    }

    /// Reads the line that the client has to begin with; what came after it.
    async fn first_line<S>(&self, wire: &mut Wire<'_, S>) -> Result<Vec<u8>, Stop>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut bytes = Vec::new();
        let mut patience = self.simulator.clock().sleep(PATIENCE);
        let (user, ticket) = loop {
            match protocol::first_line(&mut bytes) {
                Ok(Some(line)) => break line,
                Ok(None) => {}
                Err(BadLine::NoColon) => {
                    return Err(Stop::Failed(
                        "failed reading ticket: authentication data is invalid",
                    ));
                }
                Err(BadLine::TooLong) => {
                    return Err(Stop::Failed(
                        "failed reading ticket: authentication data is incomplete",
                    ));
                }
            }
            let more = wire.frame(&mut patience).await.map_err(|late| match late {
                true => Stop::Failed("failed reading ticket: timed out"),
                false => {
                    Stop::Failed("failed reading ticket: connection closed before authentication")
                }
            })?;
            bytes.extend(more);
        };
        let Terminal { caller, ticket: own, path, port, privilege, .. } = &self.terminal;
        let named = std::str::from_utf8(&user).unwrap_or_default();
        let good = self
            .simulator
            .look(|cluster, now| cluster.seal.is_terminal(own, (named, path, *port), now));
        if ticket == own.as_bytes() && good && caller.has(path, privilege) {
            return Ok(bytes);
        }
        Err(Stop::Failed("authentication request failed"))
    }

    /// Does what is to be done; what was typed meanwhile.
    async fn perform<S>(
        &self,
        wire: &mut Wire<'_, S>,
        acts: Vec<Act>,
        reader: &mut Reader,
    ) -> Result<Vec<u8>, Stop>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut ahead = Vec::new();
        let mut interrupted = false;
        for act in acts {
            match act {
                Act::Say(text) => wire.print(&text).await?,
                Act::Run(_) if interrupted => {}
                Act::Run(argv) => {
                    interrupted = !self.program(wire, &argv, reader, &mut ahead).await?;
                }
                Act::Finish => return Err(Stop::Over),
            }
        }
        Ok(ahead)
    }

    /// Runs a program to its end, or to Ctrl-C; whether it was the former.
    async fn program<S>(
        &self,
        wire: &mut Wire<'_, S>,
        argv: &[String],
        reader: &mut Reader,
        ahead: &mut Vec<u8>,
    ) -> Result<bool, Stop>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let Behind::Node(node, _) = &self.terminal.behind else { return Ok(true) };
        if let Some(flood) = Flood::of(argv) {
            return self.flood(wire, flood, reader, ahead).await;
        }
        if let ["stty", "size"] = argv.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            let (columns, rows) = reader.size;
            wire.print(&format!("{rows} {columns}\n")).await?;
            return Ok(true);
        }
        let (sink, mut output) = Sink::new();
        let program = async {
            let sink = sink;
            self.simulator.shell(node.as_str(), argv, &sink).await
        };
        tokio::pin!(program);
        let mut ended = false;
        loop {
            tokio::select! {
                biased;
                chunk = output.recv() => match chunk {
                    Some(Chunk::Out(text) | Chunk::Err(text)) => wire.print(&text).await?,
                    None => return Ok(true),
                },
                _ = &mut program, if !ended => ended = true,
                bytes = wire.receive(IDLE) => {
                    let mut typed = data(reader.read(&bytes?)).into_iter();
                    while let Some(byte) = typed.next() {
                        if byte == INTERRUPT {
                            ahead.clear();
                            ahead.extend(typed);
                            wire.print("^C\n").await?;
                            return Ok(false);
                        }
                        if ahead.len() < AHEAD {
                            ahead.push(byte);
                        }
                    }
                }
            }
        }
    }

    /// The same of a program that prints as much as is read.
    async fn flood<S>(
        &self,
        wire: &mut Wire<'_, S>,
        mut flood: Flood,
        reader: &mut Reader,
        ahead: &mut Vec<u8>,
    ) -> Result<bool, Stop>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        while let Some(wave) = flood.wave("\r\n") {
            wire.say(wave.as_bytes()).await?;
            // What has come by now, without waiting for any.
            let bytes = tokio::select! {
                biased;
                bytes = wire.receive(IDLE) => bytes?,
                () = std::future::ready(()) => continue,
            };
            let typed = data(reader.read(&bytes));
            if let Some(at) = typed.iter().position(|byte| *byte == INTERRUPT) {
                ahead.clear();
                ahead.extend(typed.iter().skip(at + 1));
                wire.print("^C\n").await?;
                return Ok(false);
            }
            ahead.extend(typed.iter().take(AHEAD.saturating_sub(ahead.len())));
        }
        Ok(true)
    }

    /// Completes once somebody stops the task, or the node that the terminal
    /// leads to has lost its power.
    async fn stopped(&self) {
        let mut changes = self.simulator.changes();
        loop {
            changes.mark_unchanged();
            let lost = match &self.terminal.behind {
                Behind::Node(node, _) => self.simulator.look(|cluster, _| {
                    cluster.node(node.as_str()).is_none_or(|node| !node.is_up())
                }),
                Behind::Guest(..) => false,
            };
            if lost || is_over(&self.simulator, &self.terminal.upid) {
                return;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.terminal.end(&self.simulator, &self.end);
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<'_, S> {
    /// Sends a program's output, with the line ends of a terminal.
    async fn print(&mut self, text: &str) -> Result<(), Stop> {
        self.say(text.replace('\n', "\r\n").as_bytes()).await
    }

    /// Sends bytes, unless the node's door misbehaves.
    async fn say(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        if bytes.is_empty() {
            return Ok(());
        }
        match trouble(self.simulator, self.here).await {
            None | Some(DoorTrouble::Silent | DoorTrouble::Hang) => self.send(bytes).await,
            Some(DoorTrouble::Slow(millis)) => {
                let clock = self.simulator.clock();
                clock.sleep(Duration::from_millis(u64::from(millis))).await;
                self.send(bytes).await
            }
            Some(DoorTrouble::Garbage | DoorTrouble::Babble) => self.send(GARBAGE).await,
            Some(DoorTrouble::Lose) => Err(Stop::Over),
            Some(DoorTrouble::Half) => {
                self.send(bytes.get(..bytes.len() / 2).unwrap_or_default()).await?;
                Err(Stop::Over)
            }
            Some(DoorTrouble::Flood) => {
                while trouble(self.simulator, self.here).await == Some(DoorTrouble::Flood) {
                    self.send(&[b'x'; WAVE]).await?;
                }
                Ok(())
            }
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let sent = self.socket.send(Message::binary(bytes.to_vec())).await;
        sent.map_err(|_| Stop::Over)
    }

    /// What comes within `patience`.
    async fn receive(&mut self, patience: Duration) -> Result<Vec<u8>, Stop> {
        let mut patience = self.simulator.clock().sleep(patience);
        self.frame(&mut patience).await.map_err(|_| Stop::Over)
    }

    /// What comes until then; else whether it was too late, or nothing will.
    async fn frame(&mut self, patience: &mut Sleep) -> Result<Vec<u8>, bool> {
        loop {
            let message = tokio::select! {
                message = self.socket.next() => message,
                () = &mut *patience => return Err(true),
            };
            match message {
                Some(Ok(Message::Binary(bytes))) => return Ok(bytes.to_vec()),
                Some(Ok(Message::Text(text))) => return Ok(text.as_bytes().to_vec()),
                // Answered by the library.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(false),
            }
        }
    }
}

/// How the door of the node at `here` misbehaves, once it is not silent.
async fn trouble(simulator: &Simulator, here: usize) -> Option<DoorTrouble> {
    let mut changes = simulator.changes();
    loop {
        changes.mark_unchanged();
        let trouble =
            simulator.look(|cluster, _| cluster.nodes.get(here).and_then(|node| node.trouble));
        let silent = matches!(trouble, Some(DoorTrouble::Silent | DoorTrouble::Hang));
        if !silent || changes.changed().await.is_err() {
            return trouble;
        }
    }
}

/// What was typed; of the size the reader keeps the last.
fn data(inputs: Vec<Input>) -> Vec<u8> {
    let mut all = Vec::new();
    for input in inputs {
        match input {
            Input::Data(bytes) => all.extend(bytes),
            Input::Size(..) => {}
        }
    }
    all
}
