//! The ports that write or open a shell. Each takes a [`Permit`] by value: it
//! cannot be used twice.

use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::{CallError, OperationId};

use crate::Permit;

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
