//! What was written down (`domain::run`, `domain::audit`, `domain::skill_log`).

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{AnyJson, Caller, Choice, Fault, Missing, Origin, Question, Reply, Risk, Timestamp};

/// One invocation and everything that followed.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunRecord {
    /// Its id.
    pub id: String,
    /// When it began.
    pub at: Timestamp,
    /// What was invoked.
    pub invocation: Invocation,
    /// Who asked.
    pub caller: Caller,
    /// The revision that ran.
    pub revision: Option<String>,
    /// The calls, in order.
    pub calls: Vec<RecordedCall>,
    /// How it ended; none while it runs.
    pub end: Option<RunEnd>,
    /// How long it took in all, microseconds.
    pub took_us: u64,
    /// The exchange by voice that it belonged to, moment by moment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heard: Vec<Moment>,
    /// What a language model did, where no skill was asked but one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub turn: Option<ModelRun>,
}

/// What a language model did with words that no sentence fitted.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelRun {
    /// The model.
    pub model: String,
    /// What it did, in order.
    pub rounds: Vec<ModelRound>,
    /// How much a person was told, characters.
    pub told: usize,
    /// How much it said itself, characters.
    pub said: usize,
}

/// One round of a language model.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelRound {
    /// The tools that it called, in order.
    pub calls: Vec<ModelCall>,
    /// What its host says that it took.
    pub figures: TurnFigures,
    /// How long it took to the first piece of it, microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first_us: Option<u64>,
    /// How long it took in all, the tools left out, microseconds.
    pub took_us: u64,
}

/// A tool that a language model called.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelCall {
    /// Which, as it named it.
    pub tool: String,
    /// The run of its command; none where it did not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub run: Option<String>,
}

/// What happened at a moment between sound and words.
#[derive(Debug, Serialize, ToSchema)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// Microseconds since the exchange began.
    pub after_us: u64,
    /// What, in one word.
    pub what: String,
    /// What was heard or said, or why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub text: Option<String>,
}

/// What was heard by voice that led to no run, moment by moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Exchange {
    /// Its id.
    pub id: String,
    /// When it was written down, which is when it was over.
    pub at: Timestamp,
    /// Who listened.
    pub caller: Caller,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub place: Option<String>,
    /// Moment by moment.
    pub heard: Vec<Moment>,
}

/// One command with its arguments.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invocation {
    /// The same id is one request retried.
    pub request: String,
    /// The cluster.
    pub cluster: String,
    /// The command.
    pub command: String,
    /// Its arguments by name.
    pub arguments: BTreeMap<String, AnyJson>,
    /// What chose the command.
    pub origin: Origin,
    /// BCP 47.
    pub locale: String,
    /// The words it came from.
    pub words: Option<String>,
    /// The caller said yes in advance.
    pub confirmed: bool,
    /// How words became the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub chosen: Option<Chosen>,
}

/// How words became a command.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Chosen {
    /// They fit a sentence.
    Sentence {
        /// The sentence's template.
        template: String,
        /// The command that fitted next best.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        runner_up: Option<String>,
        /// How long the matching took, microseconds.
        took_us: u64,
    },
    /// They fit none, and a language model called the command.
    Model {
        /// The model.
        model: String,
        /// In which round of its turn, from 1 on.
        round: u32,
        /// What that round took.
        figures: TurnFigures,
    },
}

/// What a round of a language model took.
#[derive(Debug, Serialize, ToSchema)]
pub struct TurnFigures {
    /// `said` where it had said all, `length` where it was cut off.
    pub stop: String,
    /// Tokens that were read anew.
    pub read: u64,
    /// Tokens that were made.
    pub made: u64,
    /// Milliseconds to load the model.
    pub load_ms: u64,
    /// Milliseconds to read.
    pub read_ms: u64,
    /// Milliseconds to make.
    pub made_ms: u64,
}

/// One call that the skill made of the host.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordedCall {
    /// When.
    pub at: Timestamp,
    /// What was asked.
    pub call: String,
    /// Its rating.
    pub risk: Option<Risk>,
    /// Only recorded, in a dry run.
    pub dry: bool,
    /// The operation it became.
    pub operation: Option<String>,
    /// `ok`, or what went wrong.
    pub result: String,
    /// How long it took, microseconds.
    pub took_us: u64,
}

/// How a run ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunEnd {
    /// With an answer.
    Answered(Answer),
    /// With an error.
    Failed(Fault),
}

/// What a command answers, or asks back.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case", tag = "answer")]
pub enum Answer {
    /// It ran.
    Reply(Reply),
    /// It waits for a yes.
    Question(Question),
    /// It waits for a choice.
    Choice(Choice),
    /// It waits for a value.
    Missing(Missing),
}

/// One line of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditLine {
    /// 1 for the first line of all.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The run it belongs to.
    pub run: Option<String>,
    /// The cluster.
    pub cluster: String,
    /// Who asked.
    pub caller: Option<Caller>,
    /// The skill and its revision.
    pub skill: Option<Vec<String>>,
    /// What happened.
    #[serde(flatten)]
    pub event: AuditEvent,
    /// The digest of the line before.
    pub previous: String,
}

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum AuditEvent {
    /// A call was let through.
    Allowed {
        /// The call.
        call: Call,
        /// Its rating.
        risk: Risk,
    },
    /// A call was refused.
    Denied {
        /// The call.
        call: String,
        /// Why.
        why: String,
    },
    /// How an allowed call ended.
    Outcome {
        /// The number of its `allowed` line.
        of: u64,
        /// The operation it became.
        operation: Option<String>,
        /// `ok`, or what went wrong.
        result: String,
    },
    /// A person was asked.
    Asked {
        /// The question.
        confirmation: String,
        /// The plan's digest.
        plan: String,
    },
    /// A person said yes.
    Confirmed {
        /// The question; none when the yes came with the command.
        confirmation: Option<String>,
        /// The plan's digest.
        plan: String,
        /// Who answered.
        by: Caller,
    },
    /// A destructive command ran unasked, by the settings.
    Unasked {
        /// The plan's digest.
        plan: String,
    },
    /// A yes did not count, or a person said no.
    Declined {
        /// The question.
        confirmation: String,
        /// Who answered.
        by: Caller,
        /// Why.
        why: String,
    },
    /// A command was kept for later.
    Scheduled {
        /// As what.
        timer: String,
        /// When its time comes.
        due: Timestamp,
        /// The digest of the plan that it is bound to.
        plan: Option<String>,
    },
    /// The time of such a command has come, and it runs.
    Due {
        /// Which.
        timer: String,
    },
    /// Such a command will not run.
    Cancelled {
        /// Which.
        timer: String,
        /// Who wanted that; none where the host did.
        by: Option<Caller>,
        /// Why.
        why: String,
    },
    /// An administrator decided about a skill.
    Decided {
        /// What.
        what: String,
        /// Who.
        by: Caller,
    },
    /// Somebody signed in or out, was refused, or a key or a terminal came or went.
    Access {
        /// What.
        what: String,
    },
    /// Something about the host itself.
    Host {
        /// What.
        what: String,
    },
}

/// A call of the cluster.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Call {
    /// The Proxmox API.
    Api(ApiCall),
    /// A program on a node.
    Shell(ShellCall),
}

/// A call of the Proxmox API.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiCall {
    /// `get`, `create`, `set` or `delete`.
    pub verb: String,
    /// The path.
    pub path: String,
    /// The parameters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<CallField>,
}

/// One parameter of a call.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallField {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A program on a node.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShellCall {
    /// The node.
    pub node: String,
    /// The program and its arguments.
    pub argv: Vec<String>,
}

/// What a check of the audit log found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Verification {
    /// Files read.
    pub files: u64,
    /// Lines read.
    pub lines: u64,
    /// The first line.
    pub first: Option<Mark>,
    /// The last line.
    pub last: Option<Mark>,
    /// The digest of the last line.
    pub head: String,
    /// What the comparison with the head in the database gave.
    pub kept: HeadCheck,
    /// The first place where the log is not as it was written.
    pub broken: Option<Break>,
    /// How many such places there are.
    pub breaks: u64,
}

/// A line, by number and time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditMark)]
pub struct Mark {
    /// Its number.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
}

/// What the comparison with the head in the database gave.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case", tag = "compared")]
pub enum HeadCheck {
    /// The line is there, with the same digest.
    Agrees {
        /// Its number.
        seq: u64,
    },
    /// It was compared, and differs.
    Differs,
    /// Nothing to compare with.
    Absent,
    /// The database could not be read.
    Unread {
        /// Why not.
        why: String,
    },
}

/// A place where the log is not as it was written.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditBreak)]
pub struct Break {
    /// The file.
    pub file: String,
    /// The line in that file, from 1.
    pub line: u64,
    /// What is wrong there.
    pub kind: BreakKind,
}

/// What is wrong with a line.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case", tag = "wrong")]
#[schema(as = AuditBreakKind)]
pub enum BreakKind {
    /// It was changed after it was written.
    Changed {
        /// Its number.
        seq: u64,
    },
    /// Numbers are left out before it.
    Missing {
        /// The first that is missing.
        from: u64,
        /// The last that is missing.
        to: u64,
    },
    /// A number that was there already.
    Order {
        /// The number there.
        seq: u64,
        /// The number that belongs there.
        expected: u64,
    },
    /// It is no line of the log.
    Unreadable {
        /// Why not.
        why: String,
    },
    /// The end of the file was not written as a whole.
    Torn {
        /// Its length in bytes.
        bytes: u64,
    },
    /// The log ends before the kept head.
    Shortened {
        /// The number of the kept head.
        kept: u64,
    },
}

/// Lines of a skill's log.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkillLogPage {
    /// Oldest first.
    pub lines: Vec<SkillLine>,
    /// Goes into `?after=` to read on. Good while this host runs.
    pub next: u64,
}

/// One line of a skill's log.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkillLine {
    /// When it was written.
    pub at: Timestamp,
    /// The run that it belongs to.
    pub run: String,
    /// How much it matters.
    pub level: SkillLevel,
    /// How it came.
    pub from: SkillStream,
    /// The line.
    pub text: String,
}

/// How much a line matters.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum SkillLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// How a line came.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum SkillStream {
    Log,
    Stdout,
    Stderr,
    Host,
}
