//! What goes over the simulator's socket: one JSON object a line.
//!
//! The client sends one [`Request`] and then only [`Signal`]s, or what is
//! [`Typed`] where it talks; the server
//! sends [`Frame`]s, the last one an exit code. A connection that ends before
//! it is a killed program.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt};

use crate::error::SimulatorError;
use crate::fault::Fault;
use crate::shell::Flood;

/// What a client wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Request {
    /// Run `pvesh` with these arguments.
    Pvesh(Vec<String>),
    /// Run this program on a node.
    Shell { node: String, argv: Vec<String> },
    /// Talk with this program of a node, or with its shell; the client sends
    /// [`Typed`] from then on.
    Talk { node: String, argv: Vec<String> },
    /// Run this line on a node, over SSH.
    Ssh { node: String, line: String },
    /// Make something go wrong.
    Fault(Fault),
}

/// A signal that the client was sent and hands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Signal {
    /// SIGINT.
    Int,
    /// SIGTERM.
    Term,
}

/// What somebody did at a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Typed {
    /// Typed a line, at a terminal of this size.
    Line { text: String, columns: u16, rows: u16 },
    /// Pressed Ctrl-C.
    Interrupt,
    /// Pressed Ctrl-D on an empty line.
    End,
    /// Nothing: a flood has ended.
    Flooded,
}

/// What the server answers with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Frame {
    /// Standard output.
    Out(String),
    /// Standard error.
    Err(String),
    /// Whether what is typed is to be hidden from now on.
    Hide(bool),
    /// To be printed by the client itself, which then says [`Typed::Flooded`].
    Flood(Flood),
    /// The end.
    Exit(i32),
}

impl Signal {
    /// The exit code of a program that this signal ends: 128 + its number.
    pub(crate) fn exit(self) -> i32 {
        match self {
            Self::Int => 130,
            Self::Term => 143,
        }
    }
}

/// Writes `message` as one line.
pub(crate) async fn send(
    to: &mut (impl AsyncWrite + Unpin),
    message: &impl Serialize,
) -> Result<(), SimulatorError> {
    let broken = |what: String| SimulatorError::Broken(what);
    let mut line = serde_json::to_vec(message).map_err(|error| broken(error.to_string()))?;
    line.push(b'\n');
    to.write_all(&line).await.map_err(|error| broken(error.to_string()))?;
    to.flush().await.map_err(|error| broken(error.to_string()))
}

/// Reads one line; none at the end of the stream.
pub(crate) async fn receive<T: DeserializeOwned>(
    from: &mut (impl AsyncBufRead + Unpin),
) -> Result<Option<T>, SimulatorError> {
    let mut line = String::new();
    let read = from.read_line(&mut line).await;
    match read.map_err(|error| SimulatorError::Broken(error.to_string()))? {
        0 => Ok(None),
        _ => serde_json::from_str(&line)
            .map(Some)
            .map_err(|error| SimulatorError::Broken(error.to_string())),
    }
}
