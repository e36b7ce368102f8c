//! A guest: a VM or a container, and what it does when it is acted on.

use jarvis_domain::{NodeName, Timestamp, Vmid};

use crate::fault::NextTask;

/// A VM or a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Qemu,
    Lxc,
}

/// What a guest is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Power {
    Stopped,
    Running,
    /// Its CPUs stand still; Proxmox calls it running, QEMU paused.
    Paused,
}

/// What a guest's start does besides starting it.
#[derive(Debug, Clone)]
pub(crate) enum Quirk {
    /// Prints this, without adding a newline.
    Says(&'static str),
    /// Prints `WARN: …`.
    Warns(&'static str),
    /// Fails with this.
    #[cfg(test)]
    Fails(&'static str),
    /// Prints `tick n` once a second, for ever.
    #[cfg(test)]
    Ticks,
}

/// One snapshot.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) at: Timestamp,
    pub(crate) parent: Option<String>,
    pub(crate) with_memory: bool,
    /// Whether it ran when the snapshot was made.
    pub(crate) power: Power,
    /// `prepare` while it is made, and for ever where its worker was killed.
    pub(crate) state: Option<&'static str>,
}

/// What HA does with a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ha {
    Started,
    Stopped,
    /// Accepted, not yet acted on.
    Starting,
    Stopping,
}

/// One guest.
#[derive(Debug, Clone)]
pub(crate) struct Guest {
    pub(crate) vmid: Vmid,
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) node: NodeName,
    pub(crate) power: Power,
    /// When it was started; means nothing while stopped.
    pub(crate) started: Timestamp,
    pub(crate) cores: u32,
    /// Bytes.
    pub(crate) memory: u64,
    /// Bytes.
    pub(crate) disk: u64,
    /// Parted by `;`.
    pub(crate) tags: String,
    /// Notes for people; empty where there are none.
    pub(crate) description: String,
    pub(crate) template: bool,
    /// A VM with a serial port `serial0` that is a socket.
    pub(crate) serial: bool,
    /// `backup`, `suspended` …
    pub(crate) lock: Option<&'static str>,
    pub(crate) ha: Option<Ha>,
    pub(crate) snapshots: Vec<Snapshot>,
    /// The snapshot that the present state grew from.
    pub(crate) parent: Option<String>,
    pub(crate) quirks: Vec<Quirk>,
    /// Does not react to a graceful shutdown.
    pub(crate) deaf: bool,
    /// Its workers stay running until they may go on.
    pub(crate) held: bool,
    /// What its next worker does.
    pub(crate) next: Option<NextTask>,
    /// A worker has its configuration's lock file.
    pub(crate) busy: bool,
}

impl Kind {
    /// As it stands in paths and ids.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Qemu => "qemu",
            Self::Lxc => "lxc",
        }
    }

    /// As Proxmox's messages begin.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Qemu => "VM",
            Self::Lxc => "CT",
        }
    }

    /// What its tasks' types begin with.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Qemu => "qm",
            Self::Lxc => "vz",
        }
    }

    /// Its folder in `/etc/pve/nodes/{node}`.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Qemu => "qemu-server",
            Self::Lxc => "lxc",
        }
    }
}

impl Power {
    /// `running` or `stopped`: the `status` of a guest's own node.
    pub(crate) fn status(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Running | Self::Paused => "running",
        }
    }

    /// What QEMU calls it, and `/cluster/resources` too.
    pub(crate) fn qmpstatus(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Running => "running",
            Self::Paused => "paused",
        }
    }
}

impl Ha {
    /// The state's name in the manager's status.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Stopped => "stopped",
            Self::Starting => "request_start",
            Self::Stopping => "request_stop",
        }
    }
}

impl Guest {
    /// Seconds since it was started; 0 while it is stopped.
    pub(crate) fn uptime(&self, now: Timestamp) -> u64 {
        match self.power {
            Power::Stopped => 0,
            Power::Running | Power::Paused => now.since(self.started).as_secs(),
        }
    }

    /// The error of an action that a lock or being a template forbids.
    pub(crate) fn locked(&self) -> Option<String> {
        self.lock.map(|lock| format!("{} is locked ({lock})", self.kind.title()))
    }
}

/// The error of a guest that is not on that node.
pub(crate) fn missing(node: &NodeName, kind: Kind, vmid: Vmid) -> String {
    format!("Configuration file 'nodes/{node}/{}/{vmid}.conf' does not exist", kind.folder())
}
