//! `cluster:` and `ssh:`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use jarvis_document::{Cursor, Keys};
use jarvis_domain::{ClusterId, NodeName};
use serde::Serialize;

use super::api::Api;
use super::read::{absolute, millis};

/// How the cluster is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Access {
    /// `pvesh` on the node that jarvis runs on.
    Pvesh,
    /// The HTTPS API.
    Api,
}

/// `cluster:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Cluster {
    /// Its name in records and answers.
    pub(crate) id: ClusterId,
    /// How it is reached.
    pub(crate) access: Access,
    /// The HTTPS API; there where it is used.
    pub(crate) api: Option<Api>,
    /// The `pvesh` program.
    pub(crate) pvesh: PathBuf,
    /// How long a read of the own node may take.
    #[serde(serialize_with = "millis")]
    pub(crate) read_timeout: Duration,
    /// How long a read that another node answers may take.
    #[serde(serialize_with = "millis")]
    pub(crate) proxied_read_timeout: Duration,
    /// How long a guest under HA may take to reach the state it was sent to.
    #[serde(serialize_with = "millis")]
    pub(crate) ha_settle: Duration,
    /// How long a node may take to go away or come back.
    #[serde(serialize_with = "millis")]
    pub(crate) node_settle: Duration,
    /// Nodes that Proxmox does not know the address of, or that are off.
    pub(crate) nodes: Vec<NodeAddress>,
}

/// A node's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct NodeAddress {
    /// The node.
    pub(crate) name: NodeName,
    /// Its address.
    pub(crate) address: IpAddr,
}

/// How host keys are checked. There is no "never".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum HostKeys {
    /// Only keys that are known.
    Strict,
    /// A new host's key is taken and kept; a changed one is refused.
    TrustOnFirstUse,
}

/// `ssh:`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Ssh {
    /// Who to be on the nodes.
    pub(crate) user: String,
    /// How long a connection may take to come about.
    #[serde(serialize_with = "millis")]
    pub(crate) connect_timeout: Duration,
    /// The same for long commands.
    #[serde(serialize_with = "millis")]
    pub(crate) long_connect_timeout: Duration,
    /// How host keys are checked.
    pub(crate) host_keys: HostKeys,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            id: super::read::cluster_id("home"),
            access: Access::Pvesh,
            api: None,
            pvesh: "/usr/bin/pvesh".into(),
            read_timeout: Duration::from_secs(10),
            proxied_read_timeout: Duration::from_secs(20),
            ha_settle: Duration::from_secs(60),
            node_settle: Duration::from_secs(900),
            nodes: Vec::new(),
        }
    }
}

impl Default for Ssh {
    fn default() -> Self {
        Self {
            user: "root".to_owned(),
            connect_timeout: Duration::from_secs(5),
            long_connect_timeout: Duration::from_secs(10),
            host_keys: HostKeys::Strict,
        }
    }
}

impl Cluster {
    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let default = Self::default();
        let duration =
            |key, default| keys.optional(key).and_then(|c| c.duration()).unwrap_or(default);
        let cluster = Self {
            id: keys.optional("id").and_then(|c| c.parsed()).unwrap_or(default.id),
            access: keys
                .optional("access")
                .and_then(|c| c.one_of(&[("pvesh", Access::Pvesh), ("api", Access::Api)]))
                .unwrap_or(default.access),
            api: keys.optional("api").and_then(|c| Api::read(c.mapping()?)),
            pvesh: keys.optional("pvesh").and_then(|c| absolute(&c)).unwrap_or(default.pvesh),
            read_timeout: duration("read_timeout", default.read_timeout),
            proxied_read_timeout: duration("proxied_read_timeout", default.proxied_read_timeout),
            ha_settle: duration("ha_settle", default.ha_settle),
            node_settle: duration("node_settle", default.node_settle),
            nodes: keys.optional("nodes").map(|c| nodes(&c)).unwrap_or_default(),
        };
        if cluster.access == Access::Api {
            let _ = keys.required("api");
        }
        keys.finish();
        cluster
    }
}

impl Ssh {
    pub(crate) fn read(keys: Keys<'_>) -> Self {
        let default = Self::default();
        let duration =
            |key, default| keys.optional(key).and_then(|c| c.duration()).unwrap_or(default);
        let modes =
            [("strict", HostKeys::Strict), ("trust-on-first-use", HostKeys::TrustOnFirstUse)];
        let ssh = Self {
            user: keys.optional("user").and_then(|c| c.text()).map_or(default.user, str::to_owned),
            connect_timeout: duration("connect_timeout", default.connect_timeout),
            long_connect_timeout: duration("long_connect_timeout", default.long_connect_timeout),
            host_keys: keys
                .optional("host_keys")
                .and_then(|c| c.one_of(&modes))
                .unwrap_or(default.host_keys),
        };
        keys.finish();
        ssh
    }
}

fn nodes(cursor: &Cursor<'_>) -> Vec<NodeAddress> {
    let Some(keys) = cursor.mapping() else { return Vec::new() };
    let address = |(name, cursor): (&str, Cursor<'_>)| match name.parse() {
        Ok(name) => Some(NodeAddress { name, address: cursor.parsed()? }),
        Err(error) => {
            cursor.problem(format!("{error}"));
            None
        }
    };
    keys.entries().filter_map(address).collect()
}
