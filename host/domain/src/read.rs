//! Reads of the cluster, and why a call of either kind was not answered.

use async_trait::async_trait;
use serde_json::Value;

use crate::{ApiPath, Fault, Fields};

/// What a caller can make of a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallErrorKind {
    /// The node, guest or task does not exist.
    NotFound,
    /// A deadline passed; whether an effect happened is unknown.
    TimedOut,
    /// Too much at once; worth another try after this many milliseconds.
    Busy(u32),
    /// The far side could not be reached; nothing happened.
    Unavailable,
    /// The far side refused or failed, with its status (0 where it has none).
    Failed(i32),
    /// What came back could not be understood.
    Garbled,
}

/// A failed call: what kind of failure, and what to tell a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct CallError {
    /// What a program can make of it.
    pub kind: CallErrorKind,
    /// What a person is told.
    pub fault: Fault,
}

/// Reads of the Proxmox API. Nothing here can write.
#[async_trait]
pub trait ClusterReader: Send + Sync + std::fmt::Debug {
    /// GET `path`; the answer is what Proxmox returns as `data`.
    async fn get(&self, path: &ApiPath, query: &Fields) -> Result<Value, CallError>;
}
