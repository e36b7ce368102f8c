//! Run records: everything that followed from one invocation.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::invocation::Answer;
use crate::kv::StoreError;
use crate::model::TurnFigures;
use crate::{Caller, ExchangeId, Fault, Invocation, OperationId, Revision, Risk, RunId, Timestamp};

/// One call that the skill made of the host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedCall {
    /// When it was made.
    pub at: Timestamp,
    /// What was asked, for a person: `get /cluster/resources`.
    pub call: String,
    /// Its rating; none for calls that do not reach the cluster.
    pub risk: Option<Risk>,
    /// Only recorded, in a dry run.
    pub dry: bool,
    /// The operation it became.
    pub operation: Option<OperationId>,
    /// `ok`, or what went wrong.
    pub result: String,
    /// How long it took, microseconds.
    pub took_us: u64,
}

/// What happened at a moment between sound and words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// When, by the time of day.
    pub at: Timestamp,
    /// Microseconds since the exchange began.
    pub after_us: u64,
    /// What, in one word: `woke`, `speech-ended`, `first-sound`.
    pub what: String,
    /// What was heard or said, or why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunEnd {
    /// With an answer.
    Answered(Answer),
    /// With an error.
    Failed(Fault),
}

/// What a language model did with words that no sentence fitted. Of what it was told
/// nothing is kept beside the words themselves, and of what it said only how much.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRun {
    /// The model.
    pub model: String,
    /// What it did, in order: it may call tools, and go on with their answers.
    pub rounds: Vec<ModelRound>,
    /// How much a person was told, characters.
    pub told: usize,
    /// How much it said itself, characters; what was not believed is shown and not told.
    pub said: usize,
}

/// One round of a language model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRound {
    /// The tools that it called, in order.
    pub calls: Vec<ModelCall>,
    /// What its host says that it took.
    pub figures: TurnFigures,
    /// How long it took to the first piece of it, microseconds; none where none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_us: Option<u64>,
    /// How long it took in all, the tools left out, microseconds.
    pub took_us: u64,
}

/// A tool that a language model called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelCall {
    /// Which, as it named it.
    pub tool: String,
    /// The run of its command; none where it did not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

/// One invocation and everything that followed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its id.
    pub id: RunId,
    /// When it began.
    pub at: Timestamp,
    /// What was invoked.
    pub invocation: Invocation,
    /// Who asked.
    pub caller: Caller,
    /// The revision that ran.
    pub revision: Option<Revision>,
    /// The calls, in order.
    pub calls: Vec<RecordedCall>,
    /// How it ended; none while it runs, and after a kill until the next start.
    pub end: Option<RunEnd>,
    /// How long it took in all, microseconds.
    pub took_us: u64,
    /// The exchange by voice that it belonged to, moment by moment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heard: Vec<Moment>,
    /// What a language model did, where no skill was asked but one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<ModelRun>,
}

/// An exchange by voice that led to no run: a wake word that nobody has said, words
/// that nobody understood, an engine or a device that failed, something that was
/// announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Its id.
    pub id: ExchangeId,
    /// When it was written down, which is when it was over.
    pub at: Timestamp,
    /// Who listened.
    pub caller: Caller,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Moment by moment.
    pub heard: Vec<Moment>,
}

/// The most moments of an exchange that are kept anywhere: the newest or the first of
/// them, where there are more.
pub const MOMENTS: usize = 1000;

/// Where run records are kept.
#[async_trait]
pub trait Runs: Send + Sync + std::fmt::Debug {
    /// Stores `record` under its id.
    async fn put(&self, record: &RunRecord) -> Result<(), StoreError>;
    /// One record.
    async fn get(&self, id: RunId) -> Result<Option<RunRecord>, StoreError>;
    /// The newest `limit` records, newest first.
    async fn recent(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError>;
}
