//! What can go wrong between jarvis and a node's shell.

use std::path::PathBuf;
use std::time::Duration;

use jarvis_domain::read::CallErrorKind;
use jarvis_domain::{Explain, NodeName, Row};

use super::rows;

/// Why nothing was run on a node, or why it is not known whether it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SshError {
    /// The settings have no word about SSH, and the node is another machine.
    #[error("jarvis may not run programs on {node}: the settings have no section cluster.ssh")]
    NotConfigured {
        /// The node.
        node: NodeName,
    },
    /// A setting that `ssh` would understand as something else.
    #[error("{what} cannot be used for SSH: {why}")]
    Setting {
        /// Which.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// Neither the settings nor the cluster know the node.
    #[error("there is no node {node} that jarvis knows an address of")]
    UnknownNode {
        /// The node.
        node: NodeName,
    },
    /// The node has another host key than the known one.
    #[error("{node} has another host key than before{}: {known} says otherwise", shown(.seen.as_deref()))]
    KeyChanged {
        /// The node.
        node: NodeName,
        /// The fingerprint of the key that it has now, as `SHA256:…`.
        seen: Option<String>,
        /// The file, and the line, of the known key.
        known: String,
    },
    /// The node's host key stands in no file.
    #[error("the host key of {node} is not known in {}", file.display())]
    KeyUnknown {
        /// The node.
        node: NodeName,
        /// Where it was looked for.
        file: PathBuf,
    },
    /// The node does not let us in.
    #[error("{node} does not let {user} in: {message}")]
    Refused {
        /// The node.
        node: NodeName,
        /// Who.
        user: String,
        /// The words of `ssh`.
        message: String,
    },
    /// Nobody answers there.
    #[error("{node} cannot be reached at {address}: {message}")]
    Unreachable {
        /// The node.
        node: NodeName,
        /// Its address.
        address: String,
        /// The words of `ssh`.
        message: String,
    },
    /// No connection came about in time.
    #[error("{node} took no SSH connection at {address} within {} s", after.as_secs_f64())]
    TimedOut {
        /// The node.
        node: NodeName,
        /// Its address.
        address: String,
        /// The limit.
        after: Duration,
    },
    /// The connection broke after the program was handed over.
    #[error("the connection to {node} broke while {what} ran there; it may have run to its end")]
    Lost {
        /// The node.
        node: NodeName,
        /// The program.
        what: String,
    },
    /// The node's systemd did not start a program, or something else answered
    /// in its place.
    #[error("{node} did not start it: {message}")]
    NotBegun {
        /// The node.
        node: NodeName,
        /// The words of systemd, or the strange answer.
        message: String,
    },
    /// The node takes no further program over this connection.
    #[error("{node} takes no further program at the same time: {message}")]
    TooMany {
        /// The node.
        node: NodeName,
        /// The words of its `sshd`.
        message: String,
    },
    /// There is no `ssh` on this machine.
    #[error("there is no program {} on this machine", program.display())]
    NoProgram {
        /// Where it was looked for.
        program: PathBuf,
    },
    /// The `ssh` of this machine does not work.
    #[error("the ssh program of this machine does not work: {message}")]
    Program {
        /// Why not.
        message: String,
    },
    /// A command that cannot be handed to a node's shell.
    #[error("a command for {node} cannot be handed over: {why}")]
    Argv {
        /// The node.
        node: NodeName,
        /// Why not.
        why: String,
    },
}

fn shown(fingerprint: Option<&str>) -> String {
    fingerprint.map(|print| format!(", {print}")).unwrap_or_default()
}

impl SshError {
    /// What a program can make of it.
    pub(crate) fn kind(&self) -> CallErrorKind {
        match self {
            Self::NotConfigured { .. }
            | Self::Setting { .. }
            | Self::KeyChanged { .. }
            | Self::KeyUnknown { .. }
            | Self::Unreachable { .. }
            | Self::Lost { .. }
            | Self::NoProgram { .. }
            | Self::Program { .. } => CallErrorKind::Unavailable,
            Self::UnknownNode { .. } => CallErrorKind::NotFound,
            Self::Refused { .. } => CallErrorKind::Failed(401),
            Self::TimedOut { .. } => CallErrorKind::TimedOut,
            Self::TooMany { .. } => CallErrorKind::Busy(1_000),
            Self::NotBegun { .. } => CallErrorKind::Failed(502),
            Self::Argv { .. } => CallErrorKind::Failed(400),
        }
    }
}

impl Explain for SshError {
    fn row(&self) -> &'static Row {
        match self {
            Self::NotConfigured { .. } => &rows::NOT_CONFIGURED,
            Self::Setting { .. } => &rows::SETTING,
            Self::UnknownNode { .. } => &rows::UNKNOWN_NODE,
            Self::KeyChanged { .. } => &rows::KEY_CHANGED,
            Self::KeyUnknown { .. } => &rows::KEY_UNKNOWN,
            Self::Refused { .. } => &rows::REFUSED,
            Self::Unreachable { .. } => &rows::UNREACHABLE,
            Self::TimedOut { .. } => &rows::TIMEOUT,
            Self::Lost { .. } => &rows::LOST,
            Self::NotBegun { .. } => &rows::NOT_BEGUN,
            Self::TooMany { .. } => &rows::TOO_MANY,
            Self::NoProgram { .. } => &rows::NO_PROGRAM,
            Self::Program { .. } => &rows::PROGRAM,
            Self::Argv { .. } => &rows::ARGV,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::KeyChanged { node, known, .. } => Some(format!(
                "If {node} was installed anew, that is its new key: compare it with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on {node} itself, then take the old one out of {known} (on a Proxmox node `pvecm updatecerts` renews the file). If not, somebody stands between. Nothing was sent."
            )),
            Self::KeyUnknown { node, file } => Some(format!(
                "Write the key of {node} into {}: copy /etc/pve/nodes/{node}/ssh_known_hosts from any node of the cluster, or let jarvis take it the first time with cluster.ssh.verify: first-use. Nothing was sent.",
                file.display()
            )),
            Self::Refused { node, user, .. } => Some(format!(
                "Add jarvis's public key to ~{user}/.ssh/authorized_keys on {node}, and name the private one under cluster.ssh.key, readable for jarvis alone (chmod 0600)."
            )),
            _ => None,
        }
    }
}
