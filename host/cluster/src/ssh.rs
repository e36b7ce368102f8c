//! Programs on other nodes, by way of SSH: one connection a node, kept and
//! shared, over which each program is a channel of its own.
//!
//! The `ssh` program does the talking, as Proxmox itself does it; the crate
//! `openssh` speaks to it over its control socket. What may be run is decided
//! elsewhere: whatever comes here comes from the launcher.

mod address;
mod channel;
mod error;
mod known;
mod line;
mod master;
mod node;
mod options;
mod quote;
pub(crate) mod rows;
mod said;
mod settings;
#[cfg(test)]
mod testing;
mod unit;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jarvis_domain::{Clock, NodeName};

use crate::ClusterError;
use crate::launch::{Captured, Overflow};
use crate::launcher::{Line, There};

use address::Addresses;
use known::known;
use node::Node;
use options::Target;

pub use error::SshError;
pub use settings::{BadSshSetting, SshAddress, SshSettings, Verify};

pub(crate) use address::Inventory;
pub(crate) use unit::Unit;

/// The way to the shells of all nodes.
#[derive(Debug)]
pub(crate) struct Ssh {
    settings: SshSettings,
    /// For control sockets and our own file of known hosts; nobody else may
    /// enter it.
    folder: PathBuf,
    /// Where Proxmox keeps its nodes' host keys: `/etc/pve/nodes`.
    pve: PathBuf,
    addresses: Addresses,
    clock: Arc<dyn Clock>,
    nodes: Mutex<BTreeMap<NodeName, Arc<Node>>>,
}

impl Ssh {
    /// Connects to nothing yet, and makes no folder: both when a node is
    /// wanted, so that a host that never goes there needs neither.
    pub(crate) fn new(
        settings: SshSettings,
        folder: PathBuf,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ClusterError> {
        settings.check()?;
        let addresses = Addresses::new(settings.addresses.clone());
        let pve = PathBuf::from("/etc/pve/nodes");
        Ok(Self { settings, folder, pve, addresses, clock, nodes: Mutex::default() })
    }

    /// Who is asked for the addresses of nodes that the settings do not name.
    pub(crate) fn ask(&self, inventory: &Arc<dyn Inventory>) {
        self.addresses.ask(inventory);
    }

    /// Runs what only reads to its end. When the connection breaks on the way,
    /// it is run a second time, over a new one.
    pub(crate) async fn capture(
        &self,
        there: &There,
        limit: usize,
        overflow: Overflow,
    ) -> Result<Captured, ClusterError> {
        match self.once(there, limit, overflow).await {
            Err(ClusterError::Ssh(SshError::Lost { .. })) => {
                self.once(there, limit, overflow).await
            }
            ended => ended,
        }
    }

    /// The same without the second time, for whoever has to know that there was
    /// a first.
    pub(crate) async fn once(
        &self,
        there: &There,
        limit: usize,
        overflow: Overflow,
    ) -> Result<Captured, ClusterError> {
        let command = line::read(there)?;
        let node = self.node(&there.node).await?;
        let _channel = node.channel().await;
        let what = there.argv.first().cloned().unwrap_or_default();
        node.run(&command, &what, limit, overflow).await
    }

    /// The command line of an `ssh` with a connection of its own, which goes on
    /// when jarvis ends. That the node can be reached is tried first, over the
    /// connection that is kept, since `ssh` has one exit status for all that
    /// may go wrong.
    pub(crate) async fn line(&self, there: &There) -> Result<Line, ClusterError> {
        let command = line::write(there)?;
        let node = self.node(&there.node).await?;
        node.session().await?;
        Ok(options::alone(&self.settings, node.target(), &command))
    }

    /// The command line of an `ssh` at a terminal, with a connection of its own;
    /// no words are a login shell. That the node can be reached is tried first,
    /// as in [`Ssh::line`].
    pub(crate) async fn console(&self, there: &There) -> Result<Line, ClusterError> {
        let command = match there.argv.as_slice() {
            [] => None,
            _ => Some(line::write(there)?),
        };
        let node = self.node(&there.node).await?;
        node.session().await?;
        Ok(options::terminal(&self.settings, node.target(), command.as_deref()))
    }

    /// The node as its address is now.
    async fn node(&self, name: &NodeName) -> Result<Arc<Node>, ClusterError> {
        settings::fits(&self.folder)?;
        let address = self.addresses.of(name).await?;
        let target = Target {
            node: name.clone(),
            port: address.port.unwrap_or(self.settings.port),
            host: address.host,
            known: known(&self.settings, name, &self.pve, &self.folder),
        };
        let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(node) = nodes.get(name).filter(|node| *node.target() == target) {
            return Ok(Arc::clone(node));
        }
        let control = self.control(name);
        let (settings, clock) = (self.settings.clone(), Arc::clone(&self.clock));
        let node = Arc::new(Node::new(settings, target, control, clock));
        nodes.insert(name.clone(), Arc::clone(&node));
        Ok(node)
    }

    /// The control socket for a node. A digest, since a node's name may be
    /// longer than a socket's path.
    fn control(&self, node: &NodeName) -> PathBuf {
        use sha2::Digest;
        let digest = sha2::Sha256::digest(node.as_str());
        let short: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(short)
    }

    /// Where Proxmox's host keys are looked for in tests.
    #[cfg(test)]
    pub(crate) fn with_pve(self, pve: &Path) -> Self {
        Self { pve: pve.to_owned(), ..self }
    }
}

/// Makes a folder that nobody else may enter.
pub(crate) fn private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests;
