//! What the HTTP API answers with, beside what domain's own types say.

use jarvis_domain::inventory::{Guest, Node, Snapshot};
use jarvis_domain::operation::{OperationEnd, OperationRecord, OperationState, Verified};
use jarvis_domain::sensors::{Reading, Sample};
use jarvis_domain::{
    ClusterId, Json, NodeName, OperationId, Outcome, Reply, Role, RunId, Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::schema;

pub mod proxmox;

/// Who has just signed in. The token is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedIn {
    /// To be sent with each request, as `Authorization: Bearer`.
    pub token: String,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Who that is.
    #[serde(flatten)]
    pub me: Me,
}

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// `user:alice@pam`, `key:backup`.
    pub principal: String,
    /// What they may cause at most; none may do nothing.
    #[schema(value_type = Option<schema::Role>)]
    pub role: Option<Role>,
    /// `person` or `key`.
    pub kind: MeKind,
    /// Whether their yes counts at all.
    pub may_confirm: bool,
    /// Good until then; none for a key that is good for ever.
    #[schema(value_type = Option<schema::Timestamp>)]
    pub expires: Option<Timestamp>,
}

/// What stands behind a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MeKind {
    /// A person who signed in.
    Person,
    /// A program's key.
    Key,
}

/// A ticket for one WebSocket.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ticket {
    /// Goes into the address as `?ticket=`; good once.
    pub ticket: String,
    /// And only for so many seconds.
    pub seconds: u64,
}

/// How many sign-ins were ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ended {
    /// How many.
    pub ended: usize,
}

/// Every sign-in that goes on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sessions {
    /// Newest first; those of all accounts for an admin, else one's own.
    #[schema(value_type = Vec<schema::SignIn>)]
    pub sessions: Vec<jarvis_domain::identity::SignIn>,
}

/// API keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct Keys {
    /// All for an admin, else one's own.
    #[schema(value_type = Vec<schema::ApiKey>)]
    pub keys: Vec<jarvis_domain::identity::ApiKey>,
}

/// A key that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeKey {
    /// What is known of it from now on.
    #[schema(value_type = schema::ApiKey)]
    pub key: jarvis_domain::identity::ApiKey,
    /// To be sent as `Authorization: Bearer`. Shown this once.
    pub secret: String,
}

/// The clusters.
#[derive(Debug, Serialize, ToSchema)]
pub struct Clusters {
    /// The main one first: it is meant where none is named.
    pub clusters: Vec<ClusterEntry>,
}

/// A cluster.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClusterEntry {
    /// Goes into `?cluster=`.
    #[schema(value_type = String)]
    pub id: ClusterId,
    /// What it is called beside that.
    pub names: Vec<String>,
    /// Whether it is meant where none is named.
    pub main: bool,
}

/// How a cluster stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClusterStatus {
    /// Which.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// When this was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// Whether it has its quorum; none where there is no cluster.
    pub quorate: Option<bool>,
    /// How many nodes it has.
    pub nodes: usize,
    /// How many of them take part.
    pub nodes_online: usize,
    /// How many guests it has, templates left out.
    pub guests: usize,
    /// How many of them run.
    pub guests_running: usize,
}

/// The nodes of a cluster.
#[derive(Debug, Serialize, ToSchema)]
pub struct Nodes {
    /// The cluster.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// When this was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// By name.
    #[schema(value_type = Vec<schema::Node>)]
    pub nodes: Vec<Node>,
}

/// One node, with its guests.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneNode {
    /// The cluster.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// When this was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// The node.
    #[schema(value_type = schema::Node)]
    pub node: Node,
    /// The guests on it.
    #[schema(value_type = Vec<schema::Guest>)]
    pub guests: Vec<Guest>,
}

/// Guests of a cluster.
#[derive(Debug, Serialize, ToSchema)]
pub struct Guests {
    /// The cluster.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// When this was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// By number.
    #[schema(value_type = Vec<schema::Guest>)]
    pub guests: Vec<Guest>,
}

/// One guest.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneGuest {
    /// The cluster.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// When this was so.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// The guest.
    #[schema(value_type = schema::Guest)]
    pub guest: Guest,
}

/// How hot a node is, and was.
#[derive(Debug, Serialize, ToSchema)]
pub struct Temperature {
    /// The cluster.
    #[schema(value_type = String)]
    pub cluster: ClusterId,
    /// The node.
    #[schema(value_type = String)]
    pub node: NodeName,
    /// When its sensors were read.
    #[schema(value_type = schema::Timestamp)]
    pub as_of: Timestamp,
    /// Where from: `lm-sensors`, `hwmon`, `thermal-zone`.
    pub source: String,
    /// The sensors.
    #[schema(value_type = Vec<schema::Reading>)]
    pub readings: Vec<Reading>,
    /// Of how many hours `history` tells.
    pub hours: u32,
    /// How hot the processor was, oldest first; empty until the host has
    /// served for a while.
    #[schema(value_type = Vec<schema::Sample>)]
    pub history: Vec<Sample>,
}

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

/// What the settings name for one of the things that a voice assistant needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Model {
    /// For what.
    pub kind: ModelKind,
    /// The model, voice or keyword; none where the settings name none.
    pub name: Option<String>,
    /// What runs it: `ollama`, `faster-whisper`, `piper` …
    pub backend: Option<String>,
    /// Whether it can be used.
    pub state: ModelState,
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModelKind {
    /// Understands what no template fits.
    LanguageModel,
    /// Speech to text.
    SpeechToText,
    /// Text to speech.
    TextToSpeech,
    /// The word that jarvis listens for.
    WakeWord,
}

/// Whether a model can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModelState {
    /// It answers.
    Ready,
    /// The settings name it, and it does not answer.
    Unavailable,
    /// The settings name none.
    NotConfigured,
    /// This version of jarvis cannot use one yet.
    NotBuilt,
}

/// The models.
#[derive(Debug, Serialize, ToSchema)]
pub struct Models {
    /// One of each kind.
    pub models: Vec<Model>,
}

/// Run records.
#[derive(Debug, Serialize, ToSchema)]
pub struct Runs {
    /// Newest first.
    #[schema(value_type = Vec<schema::RunRecord>)]
    pub runs: Vec<jarvis_domain::run::RunRecord>,
}

/// Lines of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditLines {
    /// Oldest first.
    #[schema(value_type = Vec<schema::AuditLine>)]
    pub lines: Vec<jarvis_domain::audit::AuditLine>,
}

/// The skills.
#[derive(Debug, Serialize, ToSchema)]
pub struct Skills {
    /// By id.
    pub skills: Vec<crate::SkillSummary>,
}

/// Whether the host lives, or can serve.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Whether all is well.
    pub ok: bool,
    /// What was looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<HealthCheck>,
}

/// One thing that was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthCheck {
    /// What.
    pub name: &'static str,
    /// Whether it is well.
    pub ok: bool,
}

/// Every error.
#[derive(Debug, Serialize, ToSchema)]
pub struct Errors {
    /// By code.
    #[schema(value_type = Vec<schema::Row>)]
    pub errors: Vec<&'static jarvis_domain::Row>,
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

impl ClusterStatus {
    /// How the cluster of `snapshot` stands.
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        use jarvis_domain::inventory::GuestState;
        let guests = || snapshot.guests.iter().filter(|guest| !guest.template);
        Self {
            cluster: snapshot.cluster.clone(),
            as_of: snapshot.as_of,
            quorate: snapshot.quorate,
            nodes: snapshot.nodes.len(),
            nodes_online: snapshot.nodes.iter().filter(|node| node.is_online()).count(),
            guests: guests().count(),
            guests_running: guests().filter(|guest| guest.state == GuestState::Running).count(),
        }
    }
}
