//! What a cluster consists of (`domain::inventory`, `domain::sensors`).

use serde::Serialize;
use utoipa::ToSchema;

use super::Timestamp;

/// Whether a node takes part.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum NodeState {
    Online,
    Offline,
    Unknown,
}

/// What a guest is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum GuestKind {
    Vm,
    Container,
}

/// What a guest does; on a node that is not online nobody can tell.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum GuestState {
    Running,
    Stopped,
    Paused,
    Unknown,
}

/// A node.
#[derive(Debug, Serialize, ToSchema)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its number in the cluster.
    pub id: Option<u32>,
    /// Whether it takes part.
    pub state: NodeState,
    /// Its address.
    pub address: Option<String>,
    /// Whether it is the one that answered.
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
#[derive(Debug, Serialize, ToSchema)]
pub struct Guest {
    /// Its number.
    pub vmid: u32,
    /// Its name as Proxmox has it.
    pub name: String,
    /// What it is.
    pub kind: GuestKind,
    /// Where it is.
    pub node: String,
    /// What it does.
    pub state: GuestState,
    /// A template never runs.
    pub template: bool,
    /// Its tags.
    pub tags: Vec<String>,
    /// What holds it locked.
    pub lock: Option<String>,
    /// The state that the HA stack wants or sees.
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

/// A storage as one node sees it; a shared one stands once.
#[derive(Debug, Serialize, ToSchema)]
pub struct Storage {
    /// Its name.
    pub name: String,
    /// The node; none for a shared one.
    pub node: Option<String>,
    /// Its plug-in.
    pub kind: String,
    /// Whether it can be used.
    pub available: bool,
    /// Bytes in use.
    pub used: Option<u64>,
    /// Bytes in all.
    pub total: Option<u64>,
}

/// Everything, as of one moment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Resources)]
pub struct Snapshot {
    /// The cluster.
    pub cluster: String,
    /// When this was so.
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

/// One sensor.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reading {
    /// The chip.
    pub chip: String,
    /// The sensor on it.
    pub label: String,
    /// Degrees Celsius.
    pub celsius: f64,
    /// Where the chip says it becomes critical.
    pub critical: Option<f64>,
}

/// How hot a node was at some moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// Degrees Celsius.
    pub celsius: f64,
}
