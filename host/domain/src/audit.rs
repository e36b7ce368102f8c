//! What is written down about everything that touches the cluster.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::kv::StoreError;
use crate::{
    Call, Caller, ClusterId, ConfirmationId, Digest, OperationId, Revision, Risk, RunId, SkillId,
    TimerId, Timestamp,
};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum AuditEvent {
    /// A call was let through. On disk before the call leaves.
    Allowed {
        /// The call.
        call: Call,
        /// Its rating.
        risk: Risk,
    },
    /// A call was refused.
    Denied {
        /// The call, as text: it may have no canonical form.
        call: String,
        /// Why.
        why: String,
    },
    /// How an allowed call ended.
    Outcome {
        /// The sequence number of its `Allowed` line.
        of: u64,
        /// The operation it became, for a write.
        operation: Option<OperationId>,
        /// `ok`, `warnings: n`, or what went wrong.
        result: String,
    },
    /// A person was asked.
    Asked {
        /// The question.
        confirmation: ConfirmationId,
        /// The digest of the plan it was made from.
        plan: Digest,
    },
    /// A person said yes.
    Confirmed {
        /// The question; none when the yes came with the command.
        confirmation: Option<ConfirmationId>,
        /// The plan.
        plan: Digest,
        /// Who answered.
        by: Caller,
    },
    /// A destructive command ran without a question, since the settings exempt
    /// it at this door.
    Unasked {
        /// The plan.
        plan: Digest,
    },
    /// A yes was not accepted, or a person said no.
    Declined {
        /// The question.
        confirmation: ConfirmationId,
        /// Who answered.
        by: Caller,
        /// Why it does not count.
        why: String,
    },
    /// A command was kept for later.
    Scheduled {
        /// As what.
        timer: TimerId,
        /// When its time comes.
        due: Timestamp,
        /// The plan that it is bound to; none for what is not asked about.
        plan: Option<Digest>,
    },
    /// The time of such a command has come and all is as it was: it runs.
    Due {
        /// Which.
        timer: TimerId,
    },
    /// Such a command will not run.
    Cancelled {
        /// Which.
        timer: TimerId,
        /// Who wanted that; none where the host did.
        by: Option<Caller>,
        /// Why.
        why: String,
    },
    /// An administrator decided about a skill.
    Decided {
        /// What, for a person: `disabled`, or `approved` with the grants.
        what: String,
        /// Who.
        by: Caller,
    },
    /// Somebody signed in or out, was refused, or a key or a terminal came or
    /// went. Who, stands in the entry's caller, where that is known.
    Access {
        /// What, for a person: `signed in from 192.0.2.7`.
        what: String,
    },
    /// Something about the host itself: started, stopped, an operation found
    /// again.
    Host {
        /// What.
        what: String,
    },
}

/// One entry, as rooms hand it in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The run it belongs to.
    pub run: Option<RunId>,
    /// The cluster.
    pub cluster: ClusterId,
    /// Who asked.
    pub caller: Option<Caller>,
    /// The skill and its revision.
    pub skill: Option<(SkillId, Revision)>,
    /// What happened.
    #[serde(flatten)]
    pub event: AuditEvent,
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditLine {
    /// 1 for the first line of all.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub entry: AuditEntry,
    /// The digest of the line before, as it stands in the file.
    pub previous: Digest,
}

/// The audit log.
#[async_trait]
pub trait AuditLog: Send + Sync + std::fmt::Debug {
    /// Appends `entry`; on disk when this returns its sequence number.
    async fn record(&self, entry: AuditEntry) -> Result<u64, StoreError>;
    /// The newest `limit` lines of `run`, or of all, oldest first.
    async fn recent(&self, run: Option<RunId>, limit: usize) -> Result<Vec<AuditLine>, StoreError>;
}
