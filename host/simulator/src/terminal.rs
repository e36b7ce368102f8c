//! Terminals, after `termproxy` of pve-xtermjs: each listens on a port of its
//! node until one client comes, for ten seconds, under a task that ends with
//! the connection. What comes over the connection is `session`'s; no port is
//! really opened, because only the HTTPS door leads there.

mod console;
mod line;
mod protocol;
mod session;
mod talk;

use std::time::Duration;

use jarvis_domain::{NodeName, Upid, Vmid};

use crate::access::Caller;
use crate::cluster::Cluster;
use crate::engine::Simulator;
use crate::node::Node;

pub(crate) use session::Session;
pub(crate) use talk::{behind, talk};

/// How long it waits for its client, and then for the client's first line.
const PATIENCE: Duration = Duration::from_secs(10);

/// The ports that a node has for terminals (`next_vnc_port` of PVE::Tools).
const PORTS: std::ops::RangeInclusive<u16> = 5900..=5999;

/// A terminal that waits for its client.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    /// The place of the node that listens, in the cluster's list.
    pub(crate) here: usize,
    pub(crate) port: u16,
    /// The only one that it takes.
    pub(crate) ticket: String,
    /// Who opened it.
    pub(crate) caller: Caller,
    /// Where the caller needs `privilege`.
    pub(crate) path: String,
    pub(crate) privilege: &'static str,
    pub(crate) upid: Upid,
    pub(crate) behind: Behind,
}

/// What a terminal is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Behind {
    /// A node's shell, or what is started in its place.
    Node(NodeName, Start),
    /// A container's console, or the serial port of a VM.
    Guest(Vmid, Option<String>),
}

/// How a node's shell begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// As root, who need not sign in.
    Root,
    /// With a name and a password.
    Login,
    /// `pveupgrade --shell`.
    Upgrade,
    /// `pveceph install`, which is not there.
    Ceph,
}

/// How a terminal's task ends, as the last line of its log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// The shell, or the client, has gone.
    Over,
    /// `termproxy` said this, and exited with 1.
    Failed(&'static str),
    /// Somebody stopped the task.
    Interrupted,
}

/// The first free port of the node at `here`.
pub(crate) fn free_port(cluster: &Cluster, here: usize) -> Option<u16> {
    let taken = |port: &u16| cluster.terminals.iter().any(|t| t.here == here && t.port == *port);
    PORTS.into_iter().find(|port| !taken(port))
}

/// Waits with the terminal of `upid` until its client has come; ends it when
/// none comes.
pub(crate) async fn await_client(simulator: Simulator, upid: Upid) {
    let mut changes = simulator.changes();
    let mut patience = simulator.clock().sleep(PATIENCE);
    loop {
        changes.mark_unchanged();
        let waits =
            simulator.look(|cluster, _| cluster.terminals.iter().any(|open| open.upid == upid));
        if !waits {
            return;
        }
        let end = if is_over(&simulator, &upid) {
            End::Interrupted
        } else {
            tokio::select! {
                _ = changes.changed() => continue,
                () = &mut patience => End::Failed("failed waiting for client: timed out"),
            }
        };
        let found = simulator.with(|cluster, _| {
            let place = cluster.terminals.iter().position(|open| open.upid == upid)?;
            Some(cluster.terminals.swap_remove(place))
        });
        if let Some(terminal) = found {
            terminal.end(&simulator, &end);
        }
        return;
    }
}

/// Whether the task of a terminal has to end: somebody stops it, or its node
/// has lost its power.
fn is_over(simulator: &Simulator, upid: &Upid) -> bool {
    simulator.look(|cluster, _| {
        let is_up = cluster.node(upid.node().as_str()).is_some_and(Node::is_up);
        !is_up || cluster.task(upid).is_none_or(|task| task.stopping)
    })
}

impl Terminal {
    /// Writes the last lines of its task's log, and ends the task. What dies
    /// with its node writes nothing.
    fn end(&self, simulator: &Simulator, end: &End) {
        let log = match end {
            End::Over => "TASK OK\n".to_owned(),
            End::Interrupted => "TASK ERROR: received interrupt\n".to_owned(),
            End::Failed(why) => format!(
                "{why}\nTASK ERROR: command '/usr/bin/termproxy {} --path {} --perm {} \
                 --vncticket-endpoint --verify-port --ticket-fd 14 -- {}' failed: exit code 1\n",
                self.port,
                self.path,
                self.privilege,
                self.behind.command(),
            ),
        };
        simulator.with(|cluster, now| {
            let is_up = cluster.nodes.get(self.here).is_some_and(Node::is_up);
            if let Some(task) = cluster.task_mut(&self.upid) {
                if is_up {
                    task.log.push_str(&log);
                }
                task.ended = Some(now);
            }
        });
    }
}

impl Behind {
    /// The command line of what is behind.
    fn command(&self) -> String {
        match self {
            Self::Node(_, Start::Root) => "/bin/login -f root".to_owned(),
            Self::Node(_, Start::Login) => "/bin/login".to_owned(),
            Self::Node(_, Start::Upgrade) => "/usr/bin/pveupgrade --shell".to_owned(),
            Self::Node(_, Start::Ceph) => "/usr/bin/pveceph install".to_owned(),
            Self::Guest(vmid, None) => {
                format!(
                    "/usr/bin/dtach -A /var/run/dtach/vzctlconsole{vmid} -r winch -z lxc-console -n {vmid} -e -1"
                )
            }
            Self::Guest(vmid, Some(serial)) if serial.is_empty() => {
                format!("/usr/sbin/qm terminal {vmid} -escape 0")
            }
            Self::Guest(vmid, Some(serial)) => {
                format!("/usr/sbin/qm terminal {vmid} -escape 0 -iface {serial}")
            }
        }
    }
}
