//! Why there is no console.

use jarvis_domain::read::CallErrorKind;
use jarvis_domain::{Explain, NodeName, Row};

use super::rows;

/// Why there is no console, or no longer one.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The node is not online.
    #[error("there is no console of {target}: {node} is not online")]
    NodeOffline {
        /// What was wanted.
        target: String,
        /// Its node.
        node: NodeName,
    },
    /// The guest does not run.
    #[error("there is no console of {guest}: it does not run")]
    GuestOff {
        /// The guest.
        guest: String,
    },
    /// The VM has no serial port.
    #[error("there is no console of {guest}: it has no serial port")]
    NoSerial {
        /// The guest.
        guest: String,
        /// Its number.
        vmid: u32,
    },
    /// Proxmox does not connect it.
    #[error("Proxmox does not connect the console of {what}: {why}")]
    NotConnected {
        /// What was wanted.
        what: String,
        /// What came instead.
        why: String,
    },
    /// The connection broke.
    #[error("the connection to the console of {what} broke off")]
    Lost {
        /// What it was of.
        what: String,
        /// Why.
        #[source]
        source: Box<tokio_tungstenite::tungstenite::Error>,
    },
}

impl ConsoleError {
    /// What a program can make of it.
    pub(crate) fn kind(&self) -> CallErrorKind {
        match self {
            Self::NodeOffline { .. } | Self::NotConnected { .. } | Self::Lost { .. } => {
                CallErrorKind::Unavailable
            }
            Self::GuestOff { .. } | Self::NoSerial { .. } => CallErrorKind::Failed(409),
        }
    }
}

impl Explain for ConsoleError {
    fn row(&self) -> &'static Row {
        match self {
            Self::NodeOffline { .. } => &rows::NODE_OFFLINE,
            Self::GuestOff { .. } => &rows::GUEST_OFF,
            Self::NoSerial { .. } => &rows::NO_SERIAL,
            Self::NotConnected { .. } => &rows::NOT_CONNECTED,
            Self::Lost { .. } => &rows::LOST,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoSerial { vmid, .. } => Some(format!(
                "Give it one and start it anew: qm set {vmid} --serial0 socket. Its system has to offer a login there, as Debian's does with: systemctl enable --now serial-getty@ttyS0"
            )),
            _ => None,
        }
    }
}
