//! Writes and long commands: started, journaled, followed, never killed.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::kv::StoreError;
use crate::{Call, CallError, ClusterId, OperationId, RunId, Timestamp, Upid};

/// Whether the effect was seen, beyond the task's own word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verified")]
pub enum Verified {
    /// The task ended well, and what it was for is seen to be so.
    Yes,
    /// It did not come about, or nobody could tell; the text says which.
    No {
        /// For a person.
        why: String,
    },
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "end")]
pub enum OperationEnd {
    /// Proxmox says `OK`, or `WARNINGS: n` with n over 0.
    Succeeded {
        /// The number of warnings.
        warnings: u32,
        /// Whether the effect was seen.
        #[serde(flatten)]
        verified: Verified,
    },
    /// Proxmox says that it failed.
    Failed {
        /// Proxmox's own text.
        message: String,
    },
    /// Nobody can tell whether it happened.
    Unknown {
        /// Why not, for a person.
        why: String,
    },
}

impl std::fmt::Display for OperationEnd {
    /// `ok`, `warnings: n`, or what went wrong.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Succeeded { warnings: 0, verified: Verified::Yes } => f.write_str("ok"),
            Self::Succeeded { warnings, verified: Verified::Yes } => {
                write!(f, "warnings: {warnings}")
            }
            Self::Succeeded { verified: Verified::No { why }, .. } => {
                write!(f, "not verified: {why}")
            }
            Self::Failed { message } => f.write_str(message),
            Self::Unknown { why } => write!(f, "unknown: {why}"),
        }
    }
}

/// How far an operation is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum OperationState {
    /// Written down; it may or may not have been started.
    Journaled,
    /// Started.
    Running {
        /// The process that carries it out, on this machine.
        pid: u32,
        /// The process's start time in clock ticks (`/proc/<pid>/stat`, field
        /// 22), so that a reused pid is not taken for it.
        pid_start: u64,
    },
    /// Handed to the Proxmox API as a request, or to another node's systemd as
    /// a unit: it may or may not have arrived. Whether it has, its task or the
    /// unit tells.
    Sent,
    /// Over.
    Ended {
        /// When. Named apart from the record's own `at`, which it stands
        /// beside when the record is written down.
        #[serde(rename = "ended_at")]
        at: Timestamp,
        /// How.
        #[serde(flatten)]
        end: OperationEnd,
    },
}

/// One line of the journal: written before the operation starts, and again
/// whenever its state changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationRecord {
    /// Its id.
    pub id: OperationId,
    /// The run it belongs to.
    pub run: RunId,
    /// The cluster.
    pub cluster: ClusterId,
    /// What is carried out.
    pub call: Call,
    /// When it was journaled.
    pub at: Timestamp,
    /// The Proxmox task, once known.
    pub upid: Option<Upid>,
    /// How far it is.
    #[serde(flatten)]
    pub state: OperationState,
}

/// A page of an operation's log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// Lines without their newline.
    pub lines: Vec<String>,
    /// Where the next page begins, while there may be more.
    pub next: Option<u32>,
}

/// The operations of this host, followed.
#[async_trait]
pub trait Operations: Send + Sync + std::fmt::Debug {
    /// Waits at most `at_most`; `None` means that it still runs.
    async fn wait(
        &self,
        id: OperationId,
        at_most: Duration,
    ) -> Result<Option<OperationEnd>, CallError>;
    /// Lines of the task's log from `start` (0 is the first).
    async fn log(&self, id: OperationId, start: u32, limit: u32) -> Result<LogPage, CallError>;
}

/// Where operations are written down.
#[async_trait]
pub trait Journal: Send + Sync + std::fmt::Debug {
    /// Stores `record` under its id; on disk when this returns.
    async fn put(&self, record: &OperationRecord) -> Result<(), StoreError>;
    /// One record.
    async fn get(&self, id: OperationId) -> Result<Option<OperationRecord>, StoreError>;
    /// Every record that has not ended, oldest first.
    async fn unfinished(&self) -> Result<Vec<OperationRecord>, StoreError>;
    /// Every record that has not ended, or ended at `since` or later, as all of
    /// them were at one moment.
    async fn recent(&self, since: Timestamp) -> Result<Vec<OperationRecord>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ApiCall, Fields, Verb};

    #[test]
    fn a_record_survives_being_written_down_in_every_state() {
        let ended = OperationState::Ended {
            at: Timestamp(9),
            end: OperationEnd::Succeeded {
                warnings: 1,
                verified: Verified::No { why: "off".into() },
            },
        };
        for state in [
            OperationState::Journaled,
            OperationState::Sent,
            OperationState::Running { pid: 1, pid_start: 2 },
            ended,
        ] {
            let record = OperationRecord {
                id: OperationId::new(),
                run: RunId::new(),
                cluster: "home".parse().unwrap(),
                call: Call::Api(ApiCall {
                    verb: Verb::Create,
                    path: "/nodes/home/qemu/101/status/start".parse().unwrap(),
                    fields: Fields::none(),
                }),
                at: Timestamp(1),
                upid: None,
                state,
            };
            let text = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<OperationRecord>(&text).unwrap(), record);
        }
    }
}
