//! What can go wrong between jarvis and the cluster, and what each case means
//! to whoever called. The sentences of `pvesh` are told apart in
//! `pvesh/classify.rs`; the rows of the table are in `error/rows.rs`.

pub(crate) mod rows;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::kv::StoreError;
use jarvis_domain::read::CallErrorKind;
use jarvis_domain::{CallError, ClusterId, Explain, Fault, NodeName, OperationId, Row, Timestamp};

use crate::api::ApiError;
use crate::console::ConsoleError;
use crate::ssh::SshError;

pub use rows::ROWS;
pub(crate) use rows::row;

/// Why the cluster did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// Proxmox has no such path, guest, node or task.
    #[error("Proxmox knows nothing of {what}: {message}")]
    NotFound {
        /// The call.
        what: String,
        /// Proxmox's own words.
        message: String,
    },
    /// Proxmox does not take a parameter of the call.
    #[error("Proxmox does not accept {what}: {message}")]
    Parameter {
        /// The call.
        what: String,
        /// Proxmox's own words.
        message: String,
    },
    /// The cluster has no quorum, so that it takes no changes.
    #[error("the cluster has no quorum, so Proxmox refuses {what}: {message}")]
    NoQuorum {
        /// The call.
        what: String,
        /// Proxmox's own words.
        message: String,
    },
    /// The node that had to answer cannot be reached.
    #[error("{what} was not carried out, its node cannot be reached: {message}")]
    NodeUnreachable {
        /// The call.
        what: String,
        /// The words of `pvesh` or of ssh.
        message: String,
    },
    /// The node has not answered for some time and is left alone.
    #[error(
        "{what} was not asked: {node} has not answered since {since}, and is tried again at {until}"
    )]
    NodeResting {
        /// The call.
        what: String,
        /// The node.
        node: NodeName,
        /// Since when it does not answer.
        since: Timestamp,
        /// When it may be asked again.
        until: Timestamp,
    },
    /// The cluster's file system, pmxcfs, does not run on this node.
    #[error("the cluster file system of this node does not answer: {message}")]
    ClusterServiceDown {
        /// The words of `pvesh`.
        message: String,
    },
    /// `pvesh` works for root only.
    #[error("pvesh refuses to work because jarvis does not run as root: {message}")]
    NotRoot {
        /// The words of `pvesh`.
        message: String,
    },
    /// A user name or password was refused.
    #[error("Proxmox refuses the login for {what}")]
    Authentication {
        /// The call.
        what: String,
    },
    /// Something else holds the lock.
    #[error("{what} has to wait, something holds a lock: {message}")]
    Locked {
        /// The call.
        what: String,
        /// Proxmox's own words.
        message: String,
    },
    /// Proxmox refuses for a reason that has no row of its own.
    #[error("Proxmox refuses {what}: {message}")]
    Refused {
        /// The call.
        what: String,
        /// Proxmox's own words.
        message: String,
        /// The exit status of `pvesh`; only "not 0" has a meaning.
        status: i32,
    },
    /// `pvesh` was ended by a signal.
    #[error("pvesh was killed by signal {signal} during {what}")]
    Died {
        /// The call.
        what: String,
        /// The signal's number.
        signal: i32,
    },
    /// The program is not there.
    #[error("there is no program {}", program.display())]
    PveshMissing {
        /// Where it was looked for.
        program: PathBuf,
    },
    /// The program is there and does not start.
    #[error("the program {} cannot be started", program.display())]
    CannotStart {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A deadline passed. Only reads have one.
    #[error("{what} gave no answer within {} s and was given up", after.as_secs_f64())]
    TimedOut {
        /// The call.
        what: String,
        /// The deadline.
        after: Duration,
    },
    /// Too much is being read at once.
    #[error("{what} found no free place within {} s", after.as_secs())]
    Busy {
        /// The call.
        what: String,
        /// How long it waited.
        after: Duration,
    },
    /// More output than jarvis keeps.
    #[error("the answer to {what} is longer than {} MiB and was given up", limit >> 20)]
    TooLong {
        /// The call.
        what: String,
        /// The limit, bytes.
        limit: usize,
    },
    /// The answer is not what such an answer looks like.
    #[error("the answer to {what} cannot be understood: {why}")]
    Garbled {
        /// The call.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// A secret would have become visible in the list of processes.
    #[error("{what} carries a secret in {field:?}, and pvesh would show it to every user")]
    SecretInArgv {
        /// The call.
        what: String,
        /// The field, or the path.
        field: String,
    },
    /// The field is an option of `pvesh` itself.
    #[error("pvesh would read the field {field:?} of {what} as an option of its own")]
    ReservedField {
        /// The call.
        what: String,
        /// The field.
        field: String,
    },
    /// The node has no such program.
    #[error("{node} has no program {program:?}")]
    NoProgram {
        /// The node.
        node: NodeName,
        /// The program.
        program: String,
    },
    /// The node gives no temperatures.
    #[error("{node} has no temperature sensor that jarvis can read")]
    NoSensors {
        /// The node.
        node: NodeName,
    },
    /// The permit is for something else.
    #[error("the permit for {what} does not fit: {why}")]
    WrongPermit {
        /// The permitted call.
        what: String,
        /// What does not fit.
        why: String,
    },
    /// No such operation was ever journaled.
    #[error("there is no operation {0}")]
    NoOperation(OperationId),
    /// The launcher was given a path that depends on the working folder.
    #[error("{} is not an absolute path", .0.display())]
    RelativePath(PathBuf),
    /// The state folder cannot be used.
    #[error("the folder {} cannot be used", path.display())]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// What went wrong with a request that several waited for.
    #[error(transparent)]
    Shared(Arc<ClusterError>),
    /// The HTTPS API did not do it.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// A node's shell was not reached.
    #[error(transparent)]
    Ssh(#[from] SshError),
    /// There is no console, or no longer one.
    #[error(transparent)]
    Console(#[from] ConsoleError),
    /// The journal cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ClusterError {
    /// What a program can make of it.
    #[must_use]
    pub fn kind(&self) -> CallErrorKind {
        match self {
            Self::NotFound { .. } | Self::NoOperation(_) | Self::NoSensors { .. } => {
                CallErrorKind::NotFound
            }
            Self::Parameter { .. } | Self::SecretInArgv { .. } | Self::ReservedField { .. } => {
                CallErrorKind::Failed(400)
            }
            Self::Authentication { .. } => CallErrorKind::Failed(401),
            Self::NotRoot { .. } | Self::WrongPermit { .. } => CallErrorKind::Failed(403),
            Self::NoQuorum { .. }
            | Self::NodeUnreachable { .. }
            | Self::NodeResting { .. }
            | Self::ClusterServiceDown { .. }
            | Self::PveshMissing { .. }
            | Self::CannotStart { .. }
            | Self::NoProgram { .. }
            | Self::RelativePath(_)
            | Self::Folder { .. }
            | Self::Store(_) => CallErrorKind::Unavailable,
            Self::Locked { .. } => CallErrorKind::Busy(10_000),
            Self::Busy { .. } => CallErrorKind::Busy(1_000),
            Self::Refused { .. } | Self::Died { .. } => CallErrorKind::Failed(0),
            Self::Shared(error) => error.kind(),
            Self::Api(error) => error.kind(),
            Self::Ssh(error) => error.kind(),
            Self::Console(error) => error.kind(),
            Self::TimedOut { .. } => CallErrorKind::TimedOut,
            Self::TooLong { .. } | Self::Garbled { .. } => CallErrorKind::Garbled,
        }
    }
}

impl Explain for ClusterError {
    fn row(&self) -> &'static Row {
        match self {
            Self::NotFound { .. } => &rows::NOT_FOUND,
            Self::Parameter { .. } => &rows::PARAMETER,
            Self::NoQuorum { .. } => &rows::NO_QUORUM,
            Self::NodeUnreachable { .. } => &rows::NODE_UNREACHABLE,
            Self::NodeResting { .. } => &rows::NODE_RESTING,
            Self::ClusterServiceDown { .. } => &rows::SERVICE_DOWN,
            Self::NotRoot { .. } => &rows::NOT_ROOT,
            Self::Authentication { .. } => &rows::AUTHENTICATION,
            Self::Locked { .. } => &rows::LOCKED,
            Self::Refused { .. } => &rows::REFUSED,
            Self::Died { .. } => &rows::PVESH_DIED,
            Self::PveshMissing { .. } => &rows::PVESH_MISSING,
            Self::CannotStart { .. } => &rows::CANNOT_START,
            Self::TimedOut { .. } => &rows::PVESH_TIMEOUT,
            Self::Busy { .. } => &rows::BUSY,
            Self::TooLong { .. } => &rows::TOO_LONG,
            Self::Garbled { .. } => &rows::GARBLED,
            Self::SecretInArgv { .. } => &rows::SECRET_IN_ARGV,
            Self::ReservedField { .. } => &rows::RESERVED_FIELD,
            Self::NoProgram { .. } => &rows::NO_PROGRAM,
            Self::NoSensors { .. } => &rows::NO_SENSORS,
            Self::WrongPermit { .. } => &rows::WRONG_PERMIT,
            Self::NoOperation(_) => &rows::NO_OPERATION,
            Self::RelativePath(_) => &rows::RELATIVE_PATH,
            Self::Folder { .. } => &rows::FOLDER,
            Self::Shared(error) => error.row(),
            Self::Api(error) => error.row(),
            Self::Ssh(error) => error.row(),
            Self::Console(error) => error.row(),
            Self::Store(error) => error.row(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Shared(error) => error.hint(),
            Self::Api(error) => error.hint(),
            Self::Ssh(error) => error.hint(),
            Self::Console(error) => error.hint(),
            _ => None,
        }
    }
}

impl From<ClusterError> for CallError {
    fn from(error: ClusterError) -> Self {
        Self { kind: error.kind(), fault: Fault::from(&error) }
    }
}

/// A permit for another cluster than this one.
pub(crate) fn wrong_cluster(what: String, wanted: &ClusterId, own: &ClusterId) -> ClusterError {
    ClusterError::WrongPermit {
        what,
        why: format!("it is for the cluster {wanted}, this is {own}"),
    }
}
