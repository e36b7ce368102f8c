//! A node: its hardware, whether it runs, and what it shows of itself.

use std::collections::BTreeMap;
use std::time::Duration;

use jarvis_domain::{NodeName, Timestamp};

use crate::apt::Apt;
use crate::fault::{DoorTrouble, SshTrouble};
use crate::https::Identity;
use crate::sensors::Board;
use crate::shell::Unit;

/// How long pmxcfs keeps what a node said last, after the node is gone
/// (`rrd_entry_is_old` in pve-cluster's status.c).
pub(crate) const KEPT: Duration = Duration::from_secs(300);

/// What kind of machine a node is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hardware {
    pub(crate) model: &'static str,
    pub(crate) vendor: &'static str,
    pub(crate) cores: u32,
    pub(crate) threads: u32,
    /// Bytes.
    pub(crate) memory: u64,
    /// Bytes of the root file system.
    pub(crate) disk: u64,
    pub(crate) board: Board,
}

/// One node.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) name: NodeName,
    pub(crate) id: u32,
    /// From the block for documentation, RFC 5737: leads nowhere.
    pub(crate) ip: String,
    pub(crate) hardware: Hardware,
    pub(crate) booted: Timestamp,
    /// Since when it has no power.
    pub(crate) down: Option<Timestamp>,
    /// It does nothing when it is told to reboot, to shut down or to wake.
    pub(crate) deaf: bool,
    /// The program `sensors` is not installed.
    pub(crate) without_sensors: bool,
    /// How hot its processor is made to be, degrees Celsius.
    pub(crate) heat: Option<u8>,
    /// For Wake-on-LAN.
    pub(crate) mac: Option<String>,
    /// Its packages, and the kernel it runs.
    pub(crate) apt: Apt,
    /// The certificate of its HTTPS door; none until it has one.
    pub(crate) identity: Option<Identity>,
    /// How its HTTPS door misbehaves.
    pub(crate) trouble: Option<DoorTrouble>,
    /// How its sshd misbehaves.
    pub(crate) ssh_trouble: Option<SshTrouble>,
    /// How often it got another host key.
    pub(crate) host_key: u32,
    /// How often its SSH connections were cut.
    pub(crate) cut: u64,
    /// SSH connections that are open.
    pub(crate) connections: u32,
    /// What its systemd was told to run, by name.
    pub(crate) units: BTreeMap<String, Unit>,
}

impl Node {
    /// Whether it answers.
    pub(crate) fn is_up(&self) -> bool {
        self.down.is_none()
    }

    /// Whether pmxcfs still has what it said last.
    pub(crate) fn is_remembered(&self, now: Timestamp) -> bool {
        self.down.is_none_or(|since| now.since(since) < KEPT)
    }

    /// The moment that its figures are of: now, or when it went down.
    pub(crate) fn as_of(&self, now: Timestamp) -> Timestamp {
        self.down.unwrap_or(now)
    }

    /// Seconds since it was booted.
    pub(crate) fn uptime(&self, now: Timestamp) -> u64 {
        now.since(self.booted).as_secs()
    }

    /// Its certificate's fingerprint; where it has no door, one that is the
    /// same for the same node.
    pub(crate) fn fingerprint(&self) -> String {
        if let Some(identity) = &self.identity {
            return identity.fingerprint().to_owned();
        }
        let seed = crate::living::hash(self.name.as_str());
        let bytes: Vec<String> =
            (0..32_u64).map(|i| format!("{:02X}", crate::living::mix(seed, i) & 0xff)).collect();
        bytes.join(":")
    }
}
