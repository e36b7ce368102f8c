//! Consoles: the shell of a node, a container, the serial port of a VM. What
//! is on this machine or behind SSH is a command line for somebody else's
//! pseudo-terminal; by the HTTPS API it is a connection (`far`).

mod error;
mod far;
pub(crate) mod rows;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use jarvis_domain::inventory::{Guest, GuestKind, GuestState, Snapshot};
use jarvis_domain::{ConsoleSize, ConsoleTarget, NodeName};
use jarvis_policy::ConsolePermit;
use jarvis_policy::port::{Console, ConsoleProgram};
use serde_json::Value;

use crate::ClusterError;
use crate::access::{Access, Door};
use crate::inventory::Contents;
use crate::launch::Launch;
use crate::launcher::Line;

pub use error::ConsoleError;
pub(crate) use far::Far;

/// How old the word about guests and nodes may be.
const OLD: Duration = Duration::from_secs(10);
/// What runs on a node, in place of its login shell. Only `qm`'s own key to
/// leave is switched off: leaving is the terminal's.
const ENTER: [&str; 2] = ["/usr/sbin/pct", "enter"];
const TERMINAL: [&str; 2] = ["/usr/sbin/qm", "terminal"];
/// What a program at a terminal is given of the host's own environment.
const KEPT: [&str; 4] = ["HOME", "USER", "LOGNAME", "LANG"];
/// Where it finds others.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Opens consoles.
#[derive(Debug)]
pub(crate) struct Opener {
    pub(crate) access: Arc<Access>,
    pub(crate) contents: Arc<Contents>,
    pub(crate) launch: Arc<dyn Launch>,
    /// The node that jarvis runs on, if it is one of the cluster's.
    pub(crate) own: Option<NodeName>,
}

/// What is behind a console, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) node: NodeName,
    pub(crate) guest: Option<Behind>,
}

/// A guest behind a console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Behind {
    /// A container, by its number.
    Container(u32),
    /// A VM, by its number, and its serial port, `serial0`.
    Vm(u32, String),
}

impl Opener {
    /// Whether `target` is the node that jarvis runs on, however it is spelt.
    pub(crate) fn is_own_node(&self, target: &ConsoleTarget) -> bool {
        match (target, &self.own) {
            (ConsoleTarget::Node(node), Some(own)) => {
                node.as_str().eq_ignore_ascii_case(own.as_str())
            }
            _ => false,
        }
    }

    pub(crate) async fn open(
        &self,
        permit: &ConsolePermit,
        size: ConsoleSize,
    ) -> Result<Console, ClusterError> {
        let target = permit.target();
        if self.is_own_node(target) && !permit.is_for_own_node() {
            let why = "it is not for the node that jarvis runs on".to_owned();
            return Err(ClusterError::WrongPermit { what: target.to_string(), why });
        }
        let place = self.place(target).await?;
        match &self.access.door {
            Door::Pvesh(_) => {
                let line = self.launch.console(&place.node, place.argv()).await?;
                Ok(Console::Program(program(line)))
            }
            Door::Api(api) => Ok(Console::Far(Box::new(api.console(&place, size).await?))),
        }
    }

    /// Where `target` is, if a console can be had there.
    async fn place(&self, target: &ConsoleTarget) -> Result<Place, ClusterError> {
        if self.is_own_node(target)
            && let Some(own) = &self.own
        {
            // Also while nothing of the cluster answers: that is when it is needed.
            return Ok(Place { node: own.clone(), guest: None });
        }
        let snapshot = self.contents.snapshot(OLD).await?;
        let (node, guest) = match target {
            ConsoleTarget::Node(node) => (node, None),
            ConsoleTarget::Guest(vmid) => {
                let guest = snapshot.guest(*vmid).ok_or_else(|| unknown(target))?;
                (&guest.node, Some(guest))
            }
        };
        let node = online(&snapshot, node, target)?.clone();
        let guest = match guest {
            Some(guest) => Some(self.behind(guest).await?),
            None => None,
        };
        Ok(Place { node, guest })
    }

    async fn behind(&self, guest: &Guest) -> Result<Behind, ClusterError> {
        if guest.state != GuestState::Running {
            let guest = guest.called();
            return Err(ConsoleError::GuestOff { guest }.into());
        }
        let vmid = guest.vmid.get();
        if guest.kind == GuestKind::Container {
            return Ok(Behind::Container(vmid));
        }
        let path = format!("/nodes/{}/qemu/{vmid}/config", guest.node);
        let config = self.access.read(&path, &[]).await?;
        match serial(&config) {
            Some(port) => Ok(Behind::Vm(vmid, port.to_owned())),
            None => Err(ConsoleError::NoSerial { guest: guest.called(), vmid }.into()),
        }
    }
}

impl Place {
    /// What is run on the node; none for its login shell.
    fn argv(&self) -> Option<Vec<String>> {
        let words = |program: [&str; 2], vmid: &u32, more: &[&str]| {
            let words = program.iter().map(|word| (*word).to_owned());
            let more = more.iter().map(|word| (*word).to_owned());
            words.chain([vmid.to_string()]).chain(more).collect()
        };
        Some(match self.guest.as_ref()? {
            Behind::Container(vmid) => words(ENTER, vmid, &[]),
            Behind::Vm(vmid, port) => words(TERMINAL, vmid, &["-iface", port, "-escape", "0"]),
        })
    }
}

/// The first serial port that a VM's configuration has.
fn serial(config: &Value) -> Option<&'static str> {
    ["serial0", "serial1", "serial2", "serial3"].into_iter().find(|port| config.get(port).is_some())
}

fn online<'a>(
    snapshot: &'a Snapshot,
    node: &NodeName,
    target: &ConsoleTarget,
) -> Result<&'a NodeName, ClusterError> {
    let known = snapshot.node(node).ok_or_else(|| unknown(target))?;
    if known.is_online() {
        return Ok(&known.name);
    }
    let (target, node) = (target.to_string(), node.clone());
    Err(ConsoleError::NodeOffline { target, node }.into())
}

fn unknown(target: &ConsoleTarget) -> ClusterError {
    let message = "the cluster has none".to_owned();
    ClusterError::NotFound { what: target.to_string(), message }
}

fn program(line: Line) -> ConsoleProgram {
    let argv = std::iter::once(line.program.to_string_lossy().into_owned()).chain(line.args);
    let kept = KEPT.iter().filter_map(|name| Some((*name, std::env::var(name).ok()?)));
    let env = kept.chain([("PATH", PATH.to_owned())]);
    ConsoleProgram {
        argv: argv.collect(),
        env: env.map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}
