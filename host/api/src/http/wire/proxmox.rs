//! What a node says of itself, as far as the API passes it on. Proxmox leaves
//! out what it does not know, and writes numbers as texts where it likes to.

use jarvis_domain::{ClusterId, NodeName, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::schema;

/// How a node is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeStatus)]
pub struct StatusOf {
    /// The cluster.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// The node.
    #[schema(value_type = String)]
    pub node: NodeName,
    /// When it was asked.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub status: NodeStatus,
}

/// What a node says of itself.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = NodeStatusFields)]
pub struct NodeStatus {
    /// Used share of the processors, 0 to 1.
    #[serde(deserialize_with = "lenient")]
    pub cpu: Option<f64>,
    /// The load of the last minute, 5 and 15 minutes.
    #[serde(deserialize_with = "numbers")]
    pub loadavg: Vec<f64>,
    /// Seconds since it started.
    #[serde(deserialize_with = "lenient")]
    pub uptime: Option<u64>,
    /// Memory.
    pub memory: Option<Room>,
    /// Swap.
    pub swap: Option<Room>,
    /// The root file system.
    pub rootfs: Option<Room>,
    /// The processor.
    pub cpuinfo: Option<CpuInfo>,
    /// The kernel that runs.
    pub kversion: Option<String>,
    /// The version of Proxmox VE.
    pub pveversion: Option<String>,
}

/// Room, in bytes.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Room {
    /// In use.
    #[serde(deserialize_with = "lenient")]
    pub used: Option<u64>,
    /// In all.
    #[serde(deserialize_with = "lenient")]
    pub total: Option<u64>,
}

/// A node's processor.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct CpuInfo {
    /// Its model.
    pub model: Option<String>,
    /// Threads in all.
    #[serde(deserialize_with = "lenient")]
    pub cpus: Option<u32>,
    /// Sockets.
    #[serde(deserialize_with = "lenient")]
    pub sockets: Option<u32>,
}

/// The storages of a node.
#[derive(Debug, Serialize, ToSchema)]
pub struct NodeStorages {
    /// The cluster.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// The node.
    #[schema(value_type = String)]
    pub node: NodeName,
    /// When it was asked.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// What it can use.
    pub storages: Vec<NodeStorage>,
}

/// A storage, as a node sees it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NodeStorage {
    /// Its name.
    pub storage: String,
    /// Its plug-in.
    pub r#type: Option<String>,
    /// What it may hold: `images,backup`.
    pub content: Option<String>,
    /// Bytes in use.
    #[serde(default, deserialize_with = "lenient")]
    pub used: Option<u64>,
    /// Bytes in all.
    #[serde(default, deserialize_with = "lenient")]
    pub total: Option<u64>,
    /// Bytes that are free.
    #[serde(default, deserialize_with = "lenient")]
    pub avail: Option<u64>,
    /// Whether it can be used now.
    #[serde(default, deserialize_with = "flag")]
    pub active: Option<bool>,
    /// Whether it is enabled.
    #[serde(default, deserialize_with = "flag")]
    pub enabled: Option<bool>,
    /// Whether all nodes see the same.
    #[serde(default, deserialize_with = "flag")]
    pub shared: Option<bool>,
}

/// The updates that wait on a node.
#[derive(Debug, Serialize, ToSchema)]
pub struct NodeUpdates {
    /// The cluster.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// The node.
    #[schema(value_type = String)]
    pub node: NodeName,
    /// When it was asked. The lists that it looks into may be older.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// What waits.
    pub updates: Vec<Update>,
}

/// An update.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Update {
    /// The package.
    #[serde(rename(deserialize = "Package"))]
    pub package: String,
    /// The version that waits.
    #[serde(rename(deserialize = "Version"))]
    pub version: Option<String>,
    /// The version that is installed.
    #[serde(rename(deserialize = "OldVersion"))]
    pub old_version: Option<String>,
    /// What it is.
    #[serde(rename(deserialize = "Title"))]
    pub title: Option<String>,
    /// Where it comes from.
    #[serde(rename(deserialize = "Origin"))]
    pub origin: Option<String>,
    /// The section of the archive.
    #[serde(rename(deserialize = "Section"))]
    pub section: Option<String>,
}

/// A number, or a text of one; none where it is neither.
fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(number(Value::deserialize(deserializer)?))
}

fn number<T: serde::de::DeserializeOwned>(value: Value) -> Option<T> {
    let value = match value {
        Value::String(text) => serde_json::from_str(&text).ok()?,
        other => other,
    };
    serde_json::from_value(value).ok()
}

fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    let values = Option::<Vec<Value>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(values.into_iter().filter_map(number).collect())
}

/// 0 or 1, or a truth.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_bool().or_else(|| number::<f64>(value).map(|number| number != 0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_be_texts_or_missing() {
        let status: NodeStatus = serde_json::from_str(
            r#"{"cpu":0.25,"loadavg":["0.10","0.20",0.3],"uptime":"12","memory":{"used":1},"x":[]}"#,
        )
        .unwrap();
        assert_eq!((status.cpu, status.uptime), (Some(0.25), Some(12)));
        assert_eq!(status.loadavg, [0.1, 0.2, 0.3]);
        assert_eq!(status.memory.unwrap().used, Some(1));
        let storage = r#"{"storage":"local","active":1,"shared":"0","used":"17"}"#;
        let storage: NodeStorage = serde_json::from_str(storage).unwrap();
        assert_eq!((storage.active, storage.shared), (Some(true), Some(false)));
        assert_eq!((storage.used, storage.enabled), (Some(17), None));
    }
}
