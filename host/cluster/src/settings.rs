//! What the binary hands to this room: which cluster, by which programs,
//! within which times, and the ports it needs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::event::EventSink;
use jarvis_domain::operation::Journal;
use jarvis_domain::{ApiPath, Clock, ClusterId};

use crate::Launcher;
use crate::access::is_proxied;
use crate::api::ApiSettings;
use crate::ssh::SshSettings;

/// Everything that [`crate::Cluster::open`] needs.
#[derive(Debug)]
pub struct ClusterSettings {
    /// The cluster's name in the settings; permits for another are refused.
    pub id: ClusterId,
    /// By which of Proxmox's doors it is reached.
    pub access: Access,
    /// The one door through which programs are started.
    pub launcher: Launcher,
    /// How other nodes' shells are reached; none where they are not.
    pub ssh: Option<SshSettings>,
    /// The state folder; this room writes below its `operations/` and
    /// its `ssh/` only.
    pub state_folder: PathBuf,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// When a node is too hot, and how often it is looked at.
    pub thermals: Thermals,
    /// Where operations are written down.
    pub journal: Arc<dyn Journal>,
    /// Who is told of ended operations and of changes on the cluster.
    pub events: Arc<dyn EventSink>,
    /// What time it is, and what waits are made of.
    pub clock: Arc<dyn Clock>,
}

/// By which of Proxmox's doors the cluster is reached.
#[derive(Debug)]
pub enum Access {
    /// `pvesh`, on the node that jarvis runs on.
    Pvesh,
    /// The HTTPS API, from anywhere.
    Api(ApiSettings),
}

/// How a host that serves looks at its nodes' temperatures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thermals {
    /// Between two rounds; at least 10 s: each costs every node a program.
    pub every: Duration,
    /// Whether a day of history is kept. Without it, and without a skill that
    /// wants to be told, nobody looks.
    pub history: bool,
    /// From here on a node is warm, degrees Celsius.
    pub warm: f64,
    /// From here on it is critical.
    pub critical: f64,
    /// How far below a threshold a node has to be to be told of as cooler.
    pub hysteresis: f64,
}

impl Thermals {
    /// Values that fit most processors, whose own limit is about 100 degrees.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            every: Duration::from_secs(30),
            history: true,
            warm: 80.0,
            critical: 95.0,
            hysteresis: 5.0,
        }
    }
}

/// How long things may take. A write has no limit: it is never killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// A read that this node answers itself. `pvesh` takes about 2 s on an
    /// idle node; the tools of others allow it 8 to 12 s.
    pub local_read: Duration,
    /// A read that `pvesh` passes on to another node by ssh. Longer than the
    /// 15 s that others allow, since `pvesh` is started twice; shorter than
    /// the two minutes of TCP's own time-out for a dead node.
    pub proxied_read: Duration,
    /// `sensors -j` and its stand-ins; a chip that hangs must not hold up
    /// the others.
    pub sensors: Duration,
    /// How long a connection to the API may take to come about, TLS included.
    pub connect: Duration,
    /// How long the answer to a write is waited for, over the API. Longer
    /// than the 30 s after which Proxmox gives up on another node; what has
    /// not answered by then is looked for among the tasks, not repeated.
    pub write_answer: Duration,
    /// How long a read waits for a free place before it gives up as busy.
    pub queue: Duration,
    /// How long the effect of a task that ended well is waited for. A reboot
    /// is started again by another process, a moment after its task.
    pub settle: Duration,
    /// The same for a guest under HA, whose task ends when HA has taken the
    /// request, before anything has happened. HA's round is 10 s.
    pub ha_settle: Duration,
    /// How long a node may take to go away, or to come back, once Proxmox has
    /// taken the request: its guests shut down first, three minutes each at
    /// most, and a server's firmware alone may take five.
    pub node_settle: Duration,
    /// Between two looks at a task that still runs; the first comes after
    /// 1 s. Each look at another node costs an ssh connection.
    pub task_poll: Duration,
    /// How long a task's status may be unreadable before the operation ends
    /// as unknown. Long enough for a node's services to be restarted.
    pub task_unreadable: Duration,
}

impl Timeouts {
    /// The values that fit a home cluster.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            local_read: Duration::from_secs(10),
            proxied_read: Duration::from_secs(20),
            sensors: Duration::from_secs(5),
            connect: Duration::from_secs(5),
            write_answer: Duration::from_secs(60),
            queue: Duration::from_secs(30),
            settle: Duration::from_secs(15),
            ha_settle: Duration::from_secs(60),
            node_settle: Duration::from_secs(900),
            task_poll: Duration::from_millis(2500),
            task_unreadable: Duration::from_secs(120),
        }
    }

    /// How long a read of `path` may take.
    pub(crate) fn read(&self, path: &ApiPath) -> Duration {
        if is_proxied(path) { self.proxied_read } else { self.local_read }
    }
}
