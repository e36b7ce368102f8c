//! What the cluster consists of, at one moment.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{CallError, ClusterId, Language, NodeName, Timestamp, Vmid, text};

/// Whether a node takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeState {
    /// It answers.
    Online,
    /// It does not.
    Offline,
    /// Proxmox cannot tell.
    Unknown,
}

/// What a guest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuestKind {
    /// A virtual machine, `qemu` in paths.
    Vm,
    /// A container, `lxc` in paths.
    Container,
}

impl GuestKind {
    /// What people say before its number.
    #[must_use]
    pub fn called(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Vm, _) => "VM",
            (Self::Container, Language::English) => "container",
            (Self::Container, Language::German) => "Container",
        }
    }
}

/// What a guest does, judged together with its node: on a node that is not
/// online it is [`GuestState::Unknown`], whatever Proxmox last heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuestState {
    /// It runs.
    Running,
    /// It is off.
    Stopped,
    /// It is held: paused or suspended to memory.
    Paused,
    /// Nobody can tell.
    Unknown,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Its name.
    pub name: NodeName,
    /// Its number in the cluster; none on a machine without a cluster.
    pub id: Option<u32>,
    /// Whether it takes part.
    pub state: NodeState,
    /// Its address, where the cluster knows it.
    pub address: Option<String>,
    /// Whether it is the one that answered: the node that jarvis runs on.
    pub local: bool,
    /// Used share of the processors, 0 to 1.
    pub cpu: Option<f64>,
    /// Processors.
    pub cpus: Option<u32>,
    /// Memory in use, bytes.
    pub memory: Option<u64>,
    /// Memory in all, bytes.
    pub memory_total: Option<u64>,
    /// Seconds since it started.
    pub uptime: Option<u64>,
}

/// A virtual machine or a container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Guest {
    /// Its number, the same all over the cluster.
    pub vmid: Vmid,
    /// Its name as Proxmox has it; data, never to be trusted. Empty where
    /// Proxmox has none.
    pub name: String,
    /// What it is.
    pub kind: GuestKind,
    /// Where it is.
    pub node: NodeName,
    /// What it does.
    pub state: GuestState,
    /// A template never runs.
    pub template: bool,
    /// Its tags.
    pub tags: Vec<String>,
    /// What holds it locked: `backup`, `migrate` …
    pub lock: Option<String>,
    /// The state that the HA stack wants or sees, for a guest under HA.
    pub ha: Option<String>,
    /// Used share of its processors, 0 to 1.
    pub cpu: Option<f64>,
    /// Memory in use, bytes.
    pub memory: Option<u64>,
    /// Memory in all, bytes.
    pub memory_total: Option<u64>,
    /// Seconds since it started.
    pub uptime: Option<u64>,
}

/// A storage as one node sees it; a shared one stands here once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Storage {
    /// Its name.
    pub name: String,
    /// The node; none for a shared one.
    pub node: Option<NodeName>,
    /// Its plug-in: `dir`, `zfspool`, `nfs` …
    pub kind: String,
    /// Whether it can be used.
    pub available: bool,
    /// Bytes in use.
    pub used: Option<u64>,
    /// Bytes in all.
    pub total: Option<u64>,
}

/// Everything, as of one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The cluster.
    pub cluster: ClusterId,
    /// When the data was asked for. The quorum, and the nodes' numbers and
    /// addresses, may be half a minute older while the nodes' states stay.
    pub as_of: Timestamp,
    /// Whether the cluster has its quorum; none where there is no cluster.
    pub quorate: Option<bool>,
    /// By name.
    pub nodes: Vec<Node>,
    /// By number.
    pub guests: Vec<Guest>,
    /// By name.
    pub storages: Vec<Storage>,
}

impl Snapshot {
    /// The guest with this number.
    #[must_use]
    pub fn guest(&self, vmid: Vmid) -> Option<&Guest> {
        self.guests.iter().find(|guest| guest.vmid == vmid)
    }

    /// The node of this name.
    #[must_use]
    pub fn node(&self, name: &NodeName) -> Option<&Node> {
        self.nodes.iter().find(|node| &node.name == name)
    }
}

impl Node {
    /// A node of which no more is known.
    #[must_use]
    pub fn new(name: NodeName, state: NodeState) -> Self {
        Self {
            name,
            id: None,
            state,
            address: None,
            local: false,
            cpu: None,
            cpus: None,
            memory: None,
            memory_total: None,
            uptime: None,
        }
    }

    /// Whether it takes part.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.state == NodeState::Online
    }
}

impl Guest {
    /// A guest without a name, of which no more is known; no template.
    #[must_use]
    pub fn new(vmid: Vmid, kind: GuestKind, node: NodeName, state: GuestState) -> Self {
        Self {
            vmid,
            name: String::new(),
            kind,
            node,
            state,
            template: false,
            tags: Vec::new(),
            lock: None,
            ha: None,
            cpu: None,
            memory: None,
            memory_total: None,
            uptime: None,
        }
    }

    /// `VM 101 mediaserver`, `container 105`: how people are told of it. The
    /// name comes as one visible line of at most 60 characters.
    #[must_use]
    pub fn called(&self) -> String {
        self.called_in(Language::English)
    }

    /// The same in `language`.
    #[must_use]
    pub fn called_in(&self, language: Language) -> String {
        let kind = self.kind.called(language);
        let name = text::line(&self.name, 60);
        if name.is_empty() {
            format!("{kind} {}", self.vmid)
        } else {
            format!("{kind} {} {name}", self.vmid)
        }
    }
}

/// The cluster's contents.
#[async_trait]
pub trait Inventory: Send + Sync + std::fmt::Debug {
    /// A snapshot that is at most `max_age` old; zero asks anew.
    async fn snapshot(&self, max_age: Duration) -> Result<Arc<Snapshot>, CallError>;

    /// An error where a snapshot has no storages only because nobody here may
    /// see them. A host without that right can still do all the rest.
    async fn sees_storages(&self) -> Result<(), CallError> {
        Ok(())
    }
}
