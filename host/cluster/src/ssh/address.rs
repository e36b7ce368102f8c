//! Where nodes are: as the settings say, else as the cluster says.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;
use jarvis_domain::NodeName;
use jarvis_domain::inventory::Snapshot;

use super::SshError;
use super::settings::SshAddress;
use crate::ClusterError;

/// Who knows which nodes there are.
#[async_trait]
pub(crate) trait Inventory: Send + Sync + std::fmt::Debug {
    /// The newest word about the cluster that has the node `wanted` in it; else
    /// the cluster as it is.
    async fn nodes(&self, wanted: &NodeName) -> Result<Arc<Snapshot>, ClusterError>;
}

/// Where nodes are.
#[derive(Debug)]
pub(super) struct Addresses {
    named: BTreeMap<NodeName, SshAddress>,
    /// Weak: the inventory may itself be read by what is started through us.
    inventory: OnceLock<Weak<dyn Inventory>>,
}

impl Addresses {
    pub(super) fn new(named: BTreeMap<NodeName, SshAddress>) -> Self {
        Self { named, inventory: OnceLock::new() }
    }

    pub(super) fn ask(&self, inventory: &Arc<dyn Inventory>) {
        // Only ever called once, when the room is put together.
        let _ = self.inventory.set(Arc::downgrade(inventory));
    }

    /// The address of `node`. One that neither the settings nor the cluster
    /// know is not looked for: its name comes from a caller.
    pub(super) async fn of(&self, node: &NodeName) -> Result<SshAddress, ClusterError> {
        if let Some(address) = self.named.get(node) {
            return Ok(address.clone());
        }
        let unknown = || ClusterError::from(SshError::UnknownNode { node: node.clone() });
        let inventory = self.inventory.get().and_then(Weak::upgrade).ok_or_else(unknown)?;
        let snapshot = inventory.nodes(node).await?;
        let known = snapshot.nodes.iter().find(|known| known.name == *node).ok_or_else(unknown)?;
        let host = known.address.clone().unwrap_or_else(|| node.to_string());
        // It goes into a command line, and comes from outside.
        host.parse().map_err(|_| unknown())
    }
}
