//! What the skill host needs of other rooms, in one bundle.

use std::sync::Arc;

use jarvis_domain::Clock;
use jarvis_domain::audit::AuditLog;
use jarvis_domain::inventory::Inventory;
use jarvis_domain::kv::KeyValue;
use jarvis_domain::operation::Operations;
use jarvis_domain::read::ClusterReader;
use jarvis_domain::run::Runs;
use jarvis_domain::sensors::Sensors;
use jarvis_domain::skill_log::SkillLogs;
use jarvis_policy::port::{Actuator, NodeShell};

/// The ports, as the binary wires them.
#[derive(Debug, Clone)]
pub struct Ports {
    /// Reads of the Proxmox API.
    pub reader: Arc<dyn ClusterReader>,
    /// The cluster's contents.
    pub inventory: Arc<dyn Inventory>,
    /// Temperatures and reachability.
    pub sensors: Arc<dyn Sensors>,
    /// Starts writes.
    pub actuator: Arc<dyn Actuator>,
    /// Runs short commands on nodes.
    pub shell: Arc<dyn NodeShell>,
    /// Follows what was started.
    pub operations: Arc<dyn Operations>,
    /// The audit log.
    pub audit: Arc<dyn AuditLog>,
    /// The run records.
    pub runs: Arc<dyn Runs>,
    /// The skills' stores.
    pub kv: Arc<dyn KeyValue>,
    /// What skills write and print.
    pub logs: Arc<dyn SkillLogs>,
    /// The time, and what is waited on.
    pub clock: Arc<dyn Clock>,
}
