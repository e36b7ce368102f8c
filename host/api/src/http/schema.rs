//! How domain's types look in the OpenAPI document. Nothing is made of these:
//! domain knows no OpenAPI, so what serde writes of its types is described
//! here, and a test holds every answer against it.
#![allow(dead_code, reason = "described, never made")]

use serde::Serialize;
use utoipa::openapi::schema::{Object, Schema, SchemaType};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

mod cluster;
mod forms;
mod records;

pub use cluster::{
    Guest, GuestKind, GuestState, Node, NodeState, Reading, Sample, Snapshot, Storage,
};
pub use forms::{
    AccountName, CommandName, GuestSort, Id, KeyName, NodeName, Revision, SkillId, Username, Vmid,
    Words,
};
pub use records::{
    Answer, ApiCall, AuditEvent, AuditLine, Break, BreakKind, Call, Exchange, HeadCheck,
    Invocation, Mark, Moment, RecordedCall, RunEnd, RunRecord, ShellCall, SkillLevel, SkillLine,
    SkillLogPage, SkillStream, Verification,
};

/// Any JSON value: what a skill takes, answers or is set to. Its form is the skill's own.
#[derive(Debug)]
pub struct AnyJson;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug)]
pub struct Timestamp;

/// What a caller may cause at most, from little to much.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Role {
    Viewer,
    Operator,
    Admin,
}

/// How much harm something can do.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Risk {
    Read,
    Change,
    Destructive,
}

/// How a command ended, as the host vouches for it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Outcome {
    Done,
    Started,
    Scheduled,
    NothingChanged,
    Unknown,
    Failed,
}

/// Through which way somebody came.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Door {
    Cli,
    Api,
    Mcp,
    Voice,
    Event,
}

/// What chose a command.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Origin {
    Typed,
    Template,
    Model,
    Event,
}

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Caller {
    /// `uid:1000`, `user:alice@pam`, `key:backup`.
    pub principal: String,
    /// Through which way.
    pub door: Door,
    /// What they may cause at most there.
    pub role: Option<Role>,
}

/// An error, with its whole cause.
#[derive(Debug, Serialize, ToSchema)]
pub struct Fault {
    /// Its code.
    pub code: String,
    /// One sentence.
    pub sentence: String,
    /// What to do about it.
    pub hint: String,
    /// What caused it, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// The exit code of the command line.
    pub exit: u8,
    /// The status of an HTTP answer.
    pub status: u16,
}

/// A kind of error.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErrorKind)]
pub struct Row {
    /// Its code.
    pub code: String,
    /// What it means.
    pub meaning: String,
    /// What to do about it.
    pub hint: String,
    /// The exit code of the command line.
    pub exit: u8,
    /// The status of an HTTP answer.
    pub status: u16,
}

/// A destructive command waits for a person's yes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Question {
    /// What the answer names.
    pub id: String,
    /// The question.
    pub text: String,
    /// What would be done, one line a write.
    pub plan: Vec<String>,
    /// What the skill has to say about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
    /// The plan's digest.
    pub digest: String,
    /// A yes after this moment is refused.
    pub expires: Timestamp,
    /// The run record.
    pub run: String,
}

/// Several things fit an argument.
#[derive(Debug, Serialize, ToSchema)]
pub struct Choice {
    /// The argument.
    pub parameter: String,
    /// The question.
    pub text: String,
    /// What it can be.
    pub options: Vec<ChoiceOption>,
}

/// One thing that can be picked.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChoiceOption {
    /// The argument's value, as the command takes it.
    pub value: AnyJson,
    /// How a person is told of it.
    pub label: String,
}

/// An argument is missing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Missing {
    /// The argument.
    pub parameter: String,
    /// The question.
    pub text: String,
}

/// What a command answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reply {
    /// How it ended.
    pub outcome: Outcome,
    /// One or two sentences.
    pub speech: String,
    /// Markdown for a screen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
    /// For programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub data: Option<AnyJson>,
    /// The oldest data that it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub as_of: Option<Timestamp>,
    /// The run record.
    pub run: String,
}

/// An API key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKey {
    /// Its id, which is in the key itself.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do at most.
    pub role: Role,
    /// Its yes counts for what was typed as such.
    pub may_confirm: bool,
    /// When it was made.
    pub made: Timestamp,
    /// By whom.
    pub by: String,
    /// Good until then; none for ever.
    pub expires: Option<Timestamp>,
}

/// A sign-in that goes on.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignIn {
    /// Its id.
    pub id: String,
    /// Whose.
    pub account: String,
    /// Since when.
    pub since: Timestamp,
    /// Good until then.
    pub expires: Timestamp,
    /// Where it came from.
    pub address: String,
    /// The account's groups then.
    pub groups: Vec<String>,
}

/// What an administrator decided about a skill by hand.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decision {
    /// The skill.
    pub skill: String,
    /// What it is granted, as the YAML list of the settings; none: the settings count.
    pub grants: Option<String>,
    /// The revision that was looked at.
    pub revision: Option<String>,
    /// Whether it may serve at all.
    pub enabled: bool,
    /// Who decided.
    pub by: Caller,
    /// When.
    pub at: Timestamp,
}

/// What a skill took of the machine, and what came of its calls.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkillFigures {
    /// Calls of the skill.
    pub calls: u64,
    /// Those that ended in an error, by its code.
    pub errors: std::collections::BTreeMap<String, u64>,
    /// How long half of the newest calls took at most, microseconds.
    pub p50_us: u64,
    /// The same for all but one in a hundred.
    pub p99_us: u64,
    /// The processor's time in all, microseconds.
    pub cpu_us: u64,
    /// The most memory that one call had, bytes.
    pub peak_memory: u64,
    /// Calls that it made of the host.
    pub host_calls: u64,
    /// Those of them that policy denied.
    pub denials: u64,
}

impl PartialSchema for AnyJson {
    fn schema() -> RefOr<Schema> {
        let mut any = Object::with_type(SchemaType::AnyValue);
        any.description = Some(
            "Any JSON value: what a skill takes, answers or is set to. Its form is the skill's own."
                .to_owned(),
        );
        any.into()
    }
}

impl ToSchema for AnyJson {}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        let mut moment = Object::with_type(SchemaType::Type(Type::Integer));
        moment.description = Some("A moment: milliseconds since 1970-01-01T00:00:00Z.".to_owned());
        moment.minimum = Some(0.into());
        moment.into()
    }
}

impl ToSchema for Timestamp {}

impl Serialize for AnyJson {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(0)
    }
}
