//! The seam between what this room wants started and the processes that do
//! it. Tests put a table in its place; the only real one is the [`Starter`].

mod apart;
mod process;
mod starter;
mod watch;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

use async_trait::async_trait;
use jarvis_domain::{NodeName, OperationId};

use crate::ClusterError;
use crate::launcher::{Line, Program};

pub(crate) use process::{Stop, bounded, command};
pub(crate) use starter::Starter;

pub(crate) use apart::Apart;

/// Completes when a program has ended, with its exit status (128 + n for
/// signal n).
pub(crate) type Exit = Pin<Box<dyn Future<Output = Result<i32, Unseen>> + Send>>;

/// Why nobody saw how a program ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unseen {
    /// Only a parent is told, and that was an earlier life of this host.
    #[error("jarvis was stopped meanwhile and did not see it end")]
    Stopped,
    /// The node has no unit of that name.
    #[error("{node} knows nothing of it: it never got there, or {node} was started anew meanwhile")]
    Forgotten {
        /// The node.
        node: NodeName,
    },
    /// The node could not be asked.
    #[error("{node} could not be asked for {} min: {message}", after.as_secs() / 60)]
    OutOfReach {
        /// The node.
        node: NodeName,
        /// For how long.
        after: Duration,
        /// Why not.
        message: String,
    },
}

/// What to do with output over the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overflow {
    /// Kill the program and fail.
    Fail,
    /// Keep what fits and let the program finish.
    Cut,
}

/// What a program printed and how it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Captured {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) truncated: bool,
}

/// A program that runs by itself.
pub(crate) struct Started {
    pub(crate) by: By,
    pub(crate) exit: Exit,
}

/// Who runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// A process of this machine.
    Process {
        pid: u32,
        /// Its start time in clock ticks since boot, field 22 of its `stat`.
        pid_start: u64,
    },
    /// The systemd of another node.
    Unit,
}

/// The files that an operation's process prints to, so that neither our end
/// breaks its pipe nor what it said is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) out: PathBuf,
    pub(crate) err: PathBuf,
}

/// Starts and watches processes.
#[async_trait]
pub(crate) trait Launch: Send + Sync + std::fmt::Debug {
    /// Runs `program` to its end. Dropping the future kills it and all its
    /// children. `limit` is in bytes, for each of the two streams.
    async fn capture(
        &self,
        program: &Program,
        limit: usize,
        overflow: Overflow,
    ) -> Result<Captured, ClusterError>;

    /// Starts `program` with its output to new files. Nothing here ever
    /// kills it.
    async fn detach(&self, program: &Program, output: &Output) -> Result<Started, ClusterError>;

    /// Watches a process that an earlier life of this host started; none
    /// when it has ended.
    fn follow(&self, pid: u32, pid_start: u64) -> Option<Started>;

    /// The process that prints to `output`, for an operation whose host died
    /// between starting it and writing its pid down.
    fn find(&self, output: &Output) -> Option<Started>;

    /// The unit of another node that runs `program`; none where it would be a
    /// process. Whether it is there, how it ends tells.
    fn unit(&self, program: &Program, output: &Output) -> Option<Started>;

    /// The command line of what a person talks with at a terminal: `argv` on
    /// `node`, or its login shell. Whoever owns the terminal starts it.
    async fn console(
        &self,
        node: &NodeName,
        argv: Option<Vec<String>>,
    ) -> Result<Line, ClusterError>;

    /// Lets that node forget the unit.
    async fn forget(&self, program: &Program, output: &Output);
}

impl Output {
    /// The files of operation `id` in `folder`.
    pub(crate) fn of(folder: &Path, id: OperationId) -> Self {
        Self { out: folder.join(format!("{id}.out")), err: folder.join(format!("{id}.err")) }
    }

    /// What the operation is called where it needs a name.
    fn name(&self) -> String {
        let id = self.out.file_stem().unwrap_or_default().to_string_lossy();
        format!("jarvis-operation-{id}")
    }
}

impl std::fmt::Debug for Started {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Started").field("by", &self.by).finish_non_exhaustive()
    }
}
