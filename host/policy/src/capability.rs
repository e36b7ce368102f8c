//! What a skill may ask for, by the contract's interface names. The
//! interfaces `log` and `config` are not here: every skill has them.

use serde::{Deserialize, Serialize};

/// One interface of the contract that needs a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// What the host knows of the cluster.
    Inventory,
    /// Temperatures and reachability.
    Sensors,
    /// Reads of the Proxmox API.
    ClusterRead,
    /// Writes of the Proxmox API.
    ClusterWrite,
    /// Programs on nodes.
    NodeShell,
    /// The skill's own small store.
    Kv,
}

impl Capability {
    /// All of them with their names, in the order of the contract.
    pub const ALL: [(&'static str, Self); 6] = [
        ("inventory", Self::Inventory),
        ("sensors", Self::Sensors),
        ("cluster-read", Self::ClusterRead),
        ("cluster-write", Self::ClusterWrite),
        ("node-shell", Self::NodeShell),
        ("kv", Self::Kv),
    ];

    /// The interface's name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Inventory => "inventory",
            Self::Sensors => "sensors",
            Self::ClusterRead => "cluster-read",
            Self::ClusterWrite => "cluster-write",
            Self::NodeShell => "node-shell",
            Self::Kv => "kv",
        }
    }

    /// The capability of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, capability)| *capability)
    }
}

impl std::fmt::Display for Capability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_name() {
        for (name, capability) in Capability::ALL {
            assert_eq!(capability.name(), name);
            assert_eq!(Capability::by_name(name), Some(capability));
        }
        assert_eq!(Capability::by_name("shell"), None);
    }
}
