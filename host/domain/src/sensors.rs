//! Temperatures.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{CallError, NodeName, Timestamp};

/// One sensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The chip: `coretemp-isa-0000`, `nvme-pci-0100`.
    pub chip: String,
    /// The sensor on it: `Package id 0`, `Composite`.
    pub label: String,
    /// Degrees Celsius.
    pub celsius: f64,
    /// Where the chip says it becomes critical, degrees Celsius.
    pub critical: Option<f64>,
}

/// The sensors of a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Readings {
    /// The node.
    pub node: NodeName,
    /// When they were read.
    pub as_of: Timestamp,
    /// Where from: `lm-sensors`, `hwmon`, `thermal-zone`.
    pub source: String,
    /// The sensors, absurd values left out.
    pub readings: Vec<Reading>,
}

/// How hot a node was at some moment: its processor, or the hottest sensor of
/// one whose processor has none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When it was read.
    pub at: Timestamp,
    /// Degrees Celsius.
    pub celsius: f64,
}

/// Which of a node's doors answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reach {
    /// The Proxmox API, by whichever access path is in use.
    pub api: bool,
    /// A shell on the node.
    pub shell: bool,
    /// ICMP, where it may be sent.
    pub ping: Option<bool>,
    /// Of the fastest door that answered.
    pub round_trip_ms: Option<f64>,
}

/// Temperatures and reachability.
#[async_trait]
pub trait Sensors: Send + Sync + std::fmt::Debug {
    /// The temperatures of `node`.
    async fn temperatures(&self, node: &NodeName) -> Result<Readings, CallError>;
    /// How hot `node` was from `since` on, oldest first: at most one sample a
    /// minute, the highest of it, and a day at most. Empty where none is kept:
    /// only a host that serves keeps any, in memory.
    async fn history(&self, _node: &NodeName, _since: Timestamp) -> Result<Vec<Sample>, CallError> {
        Ok(Vec::new())
    }
    /// Which doors of `node` answer.
    async fn reach(&self, node: &NodeName) -> Result<Reach, CallError>;
}
