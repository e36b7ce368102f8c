//! The ports that write, open a shell or a console. Each takes a [`Permit`] or
//! a [`ConsolePermit`] by value: it cannot be used twice.

use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::{CallError, ConsoleSize, ConsoleTarget, OperationId};

use crate::{ConsolePermit, Permit};

/// What a short command on a node printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellOutput {
    /// Its exit status; 128 + n when signal n ended it.
    pub status: i32,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
    /// Either was cut at the room's limit.
    pub truncated: bool,
}

/// Starts what changes the cluster.
#[async_trait]
pub trait Actuator: Send + Sync + std::fmt::Debug {
    /// Journals and starts the permitted call. When this returns, the
    /// operation is on disk and no longer depends on the caller.
    async fn start(&self, permit: Permit) -> Result<OperationId, CallError>;
}

/// Runs short commands on nodes.
#[async_trait]
pub trait NodeShell: Send + Sync + std::fmt::Debug {
    /// Runs the permitted command, which only reads; killed after `at_most`.
    async fn run(&self, permit: Permit, at_most: Duration) -> Result<ShellOutput, CallError>;
}

/// A console, opened or ready to be.
#[derive(Debug)]
pub enum Console {
    /// To be run in a pseudo-terminal by whoever shows it.
    Program(ConsoleProgram),
    /// It runs elsewhere.
    Far(Box<dyn FarConsole>),
}

/// The one command line that `api` may start (house rules: nothing else
/// starts programs of the cluster).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleProgram {
    /// The program, by absolute path, and its arguments.
    pub argv: Vec<String>,
    /// The whole of its environment, save what names the terminal's kind.
    pub env: Vec<(String, String)>,
}

/// A console that runs elsewhere. Ends when dropped.
#[async_trait]
pub trait FarConsole: Send + Sync + std::fmt::Debug {
    /// What it shows next; none once it is over. What is not read waits there.
    /// Dropping the future loses nothing.
    async fn read(&self) -> Result<Option<Vec<u8>>, CallError>;
    /// Types `bytes`. Does not wait for anything to be read.
    async fn write(&self, bytes: &[u8]) -> Result<(), CallError>;
    /// Makes it this large.
    async fn resize(&self, size: ConsoleSize) -> Result<(), CallError>;
}

/// Hands out consoles.
#[async_trait]
pub trait Consoles: Send + Sync + std::fmt::Debug {
    /// Whether `target` is the node that jarvis itself runs on, for
    /// [`decide_console`](crate::decide_console).
    fn is_own_node(&self, target: &ConsoleTarget) -> bool;
    /// Opens the permitted console.
    async fn open(&self, permit: ConsolePermit, size: ConsoleSize) -> Result<Console, CallError>;
}
