//! What commands answer, and what they start.

use jarvis_domain::operation::{OperationEnd, OperationRecord, OperationState, Verified};
use jarvis_domain::{ClusterId, Json, OperationId, Outcome, Reply, RunId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::schema;

/// Operations of a cluster.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationList {
    /// The cluster.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// When this was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// Newest first.
    pub operations: Vec<Operation>,
}

/// One operation, as it was at a moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationNow {
    /// When this was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// The operation.
    #[serde(flatten)]
    pub operation: Operation,
}

/// Something that was started on the cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Operation {
    /// Its id.
    #[schema(value_type = String)]
    pub id: OperationId,
    /// The run that started it.
    #[schema(value_type = String)]
    pub run: RunId,
    /// The cluster.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// What is carried out: `create /nodes/home/qemu/101/status/start`.
    pub call: String,
    /// When it was written down.
    #[schema(value_type = schema::Timestamp)]
    pub at: Timestamp,
    /// Proxmox's task id, once it is known.
    pub task: Option<String>,
    /// How far it is.
    pub state: OperationPhase,
    /// When it ended.
    #[schema(value_type = Option<schema::Timestamp>)]
    pub ended_at: Option<Timestamp>,
    /// `ok`, `warnings: 2`, or what went wrong; none while it goes on.
    pub result: Option<String>,
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OperationPhase {
    /// Written down; it may or may not have been started.
    Journaled,
    /// It goes on.
    Running,
    /// Handed over; it may or may not have arrived.
    Sent,
    /// It ended well, and what it was for was seen to be so.
    Succeeded,
    /// Proxmox says that it failed.
    Failed,
    /// Nobody can tell what came of it.
    Unknown,
}

/// Lines of an operation's log.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationLog {
    /// The operation.
    #[schema(value_type = String)]
    pub id: OperationId,
    /// When this was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// Lines.
    pub lines: Vec<String>,
    /// Where the next page begins (`?start=`), while there may be more.
    pub next: Option<u32>,
}

/// What a command answered, and what it started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Acted {
    /// How it ended. `started` comes with status 202.
    #[schema(value_type = schema::Outcome)]
    pub outcome: Outcome,
    /// One or two sentences.
    pub speech: String,
    /// Markdown for a screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
    /// For programs: what the skill has to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::AnyJson>, nullable = false)]
    pub data: Option<Json>,
    /// The oldest data that the answer rests on, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>, nullable = false)]
    pub as_of: Option<Timestamp>,
    /// The run record; none where nothing ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub run: Option<RunId>,
    /// What was started on the cluster, in order.
    pub operations: Vec<Operation>,
}

impl From<&OperationRecord> for Operation {
    fn from(record: &OperationRecord) -> Self {
        let (state, ended_at, result) = match &record.state {
            OperationState::Journaled => (OperationPhase::Journaled, None, None),
            OperationState::Running { .. } => (OperationPhase::Running, None, None),
            OperationState::Sent => (OperationPhase::Sent, None, None),
            OperationState::Ended { at, end } => {
                let phase = match end {
                    OperationEnd::Succeeded { verified: Verified::Yes, .. } => {
                        OperationPhase::Succeeded
                    }
                    OperationEnd::Failed { .. } => OperationPhase::Failed,
                    // A task that ended well for nothing is no success.
                    OperationEnd::Succeeded { .. } | OperationEnd::Unknown { .. } => {
                        OperationPhase::Unknown
                    }
                };
                (phase, Some(*at), Some(end.to_string()))
            }
        };
        Self {
            id: record.id,
            run: record.run,
            cluster: record.cluster.clone(),
            call: record.call.to_string(),
            at: record.at,
            task: record.upid.as_ref().map(|upid| upid.as_str().to_owned()),
            state,
            ended_at,
            result,
        }
    }
}

impl Acted {
    /// What a command answered.
    pub(crate) fn of(reply: Reply, operations: Vec<Operation>) -> Self {
        let Reply { outcome, speech, detail, data, as_of, run } = reply;
        Self { outcome, speech, detail, data, as_of, run: Some(run), operations }
    }
}
