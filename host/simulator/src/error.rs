//! What can go wrong around the simulator itself. What the simulated `pvesh`
//! prints is no error of this room: it is its product.

use std::path::PathBuf;

use jarvis_domain::{Explain, Row};

use crate::fault::BadFault;

/// Why the simulator could not be started or reached.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The socket could not be made.
    #[error("the simulated cluster cannot listen on {}", path.display())]
    Listen {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another simulator answers there.
    #[error("a simulated cluster already listens on {}", path.display())]
    Taken {
        /// The socket.
        path: PathBuf,
    },
    /// Nothing answers there.
    #[error("no simulated cluster answers on {}", path.display())]
    Unreachable {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The connection ended, or carried something that is no frame.
    #[error("the simulated cluster hung up in the middle: {0}")]
    Broken(String),
    /// More nodes or guests than are offered, or none.
    #[error("a simulated cluster has 1 to {max} {what}, not {given}")]
    Size {
        /// `nodes` or `guests`.
        what: &'static str,
        /// What was asked for.
        given: usize,
        /// The most there can be.
        max: usize,
    },
    /// The doors may only be where nobody else can knock.
    #[error("{0} is no loopback address; a simulated cluster answers no other machine")]
    NotLoopback(std::net::SocketAddr),
    /// A door could not be opened.
    #[error("the simulated cluster cannot listen on {address}")]
    Door {
        /// Where.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no sshd to start.
    #[error(
        "there is no sshd on this machine, neither /usr/sbin/sshd nor one beside the build, or no ssh-keygen"
    )]
    NoSshd,
    /// No certificate could be made.
    #[error("no certificate could be made for the simulated cluster")]
    Certificate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A fault that cannot be made.
    #[error(transparent)]
    Fault(#[from] BadFault),
}

/// See [`SimulatorError::Listen`].
pub(crate) const LISTEN: Row = Row {
    code: "simulator-listen",
    meaning: "The simulated cluster's socket could not be made.",
    hint: "Name a socket in a folder that you may write to, with --socket.",
    exit: 1,
    status: 500,
};

/// See [`SimulatorError::Taken`].
pub(crate) const TAKEN: Row = Row {
    code: "simulator-taken",
    meaning: "Another simulated cluster listens on the socket.",
    hint: "Use the one that runs, or name another socket with --socket.",
    exit: 1,
    status: 409,
};

/// See [`SimulatorError::Unreachable`].
pub(crate) const UNREACHABLE: Row = Row {
    code: "simulator-unreachable",
    meaning: "No simulated cluster answers on the socket.",
    hint: "Start one with `jarvis simulate serve`, or set JARVIS_SIMULATOR to its socket.",
    exit: 1,
    status: 503,
};

/// See [`SimulatorError::Broken`].
pub(crate) const BROKEN: Row = Row {
    code: "simulator-broken",
    meaning: "The connection to the simulated cluster ended early.",
    hint: "Its process has ended or is of another version: start it again.",
    exit: 1,
    status: 502,
};

/// See [`SimulatorError::Size`].
pub(crate) const SIZE: Row = Row {
    code: "simulator-size",
    meaning: "The simulated cluster cannot have that many nodes or guests.",
    hint: "Give --nodes 1 to 64 and --guests 1 to 10000.",
    exit: 2,
    status: 400,
};

/// See [`SimulatorError::NotLoopback`].
pub(crate) const NOT_LOOPBACK: Row = Row {
    code: "simulator-not-loopback",
    meaning: "The simulated cluster's doors may only be on this machine.",
    hint: "Give --https or --sshd an address like 127.0.0.1:0.",
    exit: 2,
    status: 400,
};

/// See [`SimulatorError::Door`].
pub(crate) const DOOR: Row = Row {
    code: "simulator-door",
    meaning: "A door of the simulated cluster could not be opened.",
    hint: "The port may be taken: 127.0.0.1:0 takes a free one.",
    exit: 1,
    status: 500,
};

/// See [`SimulatorError::NoSshd`].
pub(crate) const NO_SSHD: Row = Row {
    code: "simulator-no-sshd",
    meaning: "The nodes' shells need an sshd of this machine, and there is none.",
    hint: "Run script/setup, which unpacks one beside the build, or install openssh-server and openssh-client.",
    exit: 1,
    status: 500,
};

/// See [`SimulatorError::Certificate`].
pub(crate) const CERTIFICATE: Row = Row {
    code: "simulator-certificate",
    meaning: "No certificate could be made for the simulated cluster.",
    hint: "Serve it without --https, and report this.",
    exit: 1,
    status: 500,
};

/// See [`SimulatorError::Fault`].
pub(crate) const FAULT: Row = Row {
    code: "simulator-fault",
    meaning: "The simulated cluster does not know that fault, node or guest.",
    hint: "`jarvis simulate fault --help` lists what may be said.",
    exit: 2,
    status: 400,
};

/// The rows of this room's error table.
pub const ROWS: &[&Row] = &[
    &LISTEN,
    &TAKEN,
    &UNREACHABLE,
    &BROKEN,
    &SIZE,
    &NOT_LOOPBACK,
    &DOOR,
    &NO_SSHD,
    &CERTIFICATE,
    &FAULT,
];

impl Explain for SimulatorError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Listen { .. } => &LISTEN,
            Self::Taken { .. } => &TAKEN,
            Self::Unreachable { .. } => &UNREACHABLE,
            Self::Broken(_) => &BROKEN,
            Self::Size { .. } => &SIZE,
            Self::NotLoopback(_) => &NOT_LOOPBACK,
            Self::Door { .. } => &DOOR,
            Self::NoSshd => &NO_SSHD,
            Self::Certificate(_) => &CERTIFICATE,
            Self::Fault(_) => &FAULT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_own_code_with_the_rooms_prefix() {
        let mut codes: Vec<_> = ROWS.iter().map(|row| row.code).collect();
        assert!(codes.iter().all(|code| code.starts_with("simulator-")), "{codes:?}");
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ROWS.len());
    }
}
