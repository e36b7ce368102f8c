//! What goes over the control socket: JSON, one object a line.

use jarvis_assistant::{Prospect, Said};
use jarvis_domain::audit::AuditLine;
use jarvis_domain::decision::Decision;
use jarvis_domain::figures::{EngineFigures, SkillFigures};
use jarvis_domain::identity::{ApiKey, NewKey};
use jarvis_domain::invocation::Notice;
use jarvis_domain::run::{Exchange, Moment, RunRecord};
use jarvis_domain::skill_log::SkillLogPage;
use jarvis_domain::verification::Verification;
use jarvis_domain::{
    ClusterId, CommandName, ConfirmationId, ExchangeId, Fault, MicrophoneId, Revision, Role, RunId,
    SkillId,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::http::schema;
use crate::{Microphone, NewTimer, Saying, Spoken, Timer, Wish};

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "method", content = "params")]
pub enum Request {
    /// Who is there?
    Hello,
    /// Words, on their own: nothing is remembered.
    Ask(Words),
    /// Words, in this connection's conversation.
    Say(Words),
    /// A command, typed as such.
    Invoke(InvokeRequest),
    /// Yes to a question.
    Confirm {
        /// The question.
        id: ConfirmationId,
    },
    /// No to a question.
    Decline {
        /// The question.
        id: ConfirmationId,
    },
    /// The skills.
    Skills,
    /// One skill, whole.
    Skill {
        /// Which.
        id: SkillId,
    },
    /// What one skill asks for and is granted.
    Grants {
        /// Which.
        id: SkillId,
    },
    /// Grants a skill all that it asks for.
    Approve {
        /// Which.
        id: SkillId,
        /// What was looked at, [`SkillGrants::revision`].
        revision: Revision,
    },
    /// Takes every grant from a skill.
    Revoke {
        /// Which.
        id: SkillId,
        /// Forget what was granted by hand instead: the settings count again.
        to_settings: bool,
    },
    /// Puts a skill into service, or takes it out.
    Enable {
        /// Which.
        id: SkillId,
        /// Into.
        enabled: bool,
    },
    /// Lines of a skill's log.
    SkillLog(SkillLogQuery),
    /// What words would be understood as; nothing runs.
    Recognize {
        /// One sentence each.
        sentences: Vec<String>,
        /// BCP 47; the host's own where it is empty.
        #[serde(default)]
        locale: String,
    },
    /// What can be said aloud.
    Sayings {
        /// At most this many sentences.
        most: usize,
        /// BCP 47; the host's own where it is empty.
        #[serde(default)]
        locale: String,
    },
    /// What nodes and guests are called, for who recognises speech.
    Names {
        /// At most this many.
        most: usize,
    },
    /// The newest run records.
    Runs {
        /// At most this many. Fewer come where more would be too long for one
        /// answer: the caller asks again, with `before`.
        limit: usize,
        /// Only those older than this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<RunId>,
    },
    /// One run record.
    Run {
        /// Its id, or a beginning of it that no other has.
        id: String,
    },
    /// The newest exchanges by voice that led to no run.
    Exchanges {
        /// As for [`Request::Runs`].
        limit: usize,
        /// As there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<ExchangeId>,
    },
    /// One of them.
    Exchange {
        /// Its id, or a beginning of it that no other has.
        id: String,
    },
    /// The newest lines of the audit log.
    Audit(AuditQuery),
    /// The engines of speech that run in children of the host.
    Engines,
    /// Check the audit log, its end included.
    VerifyAudit,
    /// The keys that programs hold: one's own, or for an admin all.
    Keys,
    /// The microphones that somebody sits at.
    Microphones,
    /// What one's own microphone does; at least every
    /// [`REPORTED`](crate::REPORTED).
    Report(Microphone),
    /// What is wished of one's own microphone. Waits for another wish than the one
    /// that is known, some seconds at most.
    Wish {
        /// Which.
        id: MicrophoneId,
        /// [`Wish::number`] of that.
        after: u64,
        /// [`Wish::hushed`] of that.
        hushed: u64,
    },
    /// What is to be said at one's own microphone. Waits for it, some seconds at
    /// most.
    Saying {
        /// Which.
        id: MicrophoneId,
        /// [`Saying::number`] of what was to be said last; 0 where there was
        /// nothing.
        said: u64,
        /// What came of that.
        end: Spoken,
    },
    /// Whether the wake word that one's own microphone has just heard counts.
    Woke {
        /// Which.
        id: MicrophoneId,
    },
    /// Has something said aloud.
    Announce(NewAnnouncement),
    /// One's own microphone is no more.
    Leave {
        /// Which.
        id: MicrophoneId,
    },
    /// Wishes microphones to be muted, or not any more.
    Mute {
        /// Which; all of them if left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<MicrophoneId>,
        /// To be muted.
        muted: bool,
    },
    /// What waits for its time.
    Timers,
    /// A timer, or a command for later.
    SetTimer(NewTimer),
    /// Has one not come to pass.
    CancelTimer {
        /// Which: an id, the beginning of one, or words.
        named: String,
    },
    /// What was heard and said around a run of one's own.
    AddHeard {
        /// The run.
        run: RunId,
        /// Moment by moment.
        heard: Vec<Moment>,
    },
    /// Keeps an exchange of one's own that led to no run.
    AddExchange {
        /// Where it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<String>,
        /// Moment by moment.
        heard: Vec<Moment>,
    },
    /// Makes a key.
    MakeKey(NewKey),
    /// Ends a key.
    RevokeKey {
        /// Which.
        id: String,
    },
}

/// Something to be said aloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAnnouncement {
    /// What.
    pub text: String,
    /// Where; wherever the settings say if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Also in quiet hours, and once more unless somebody answers.
    #[serde(default)]
    pub urgent: bool,
}

/// Words to understand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The words.
    pub words: String,
    /// BCP 47; the host's own where it is empty.
    pub locale: String,
    /// The caller said yes in advance.
    pub confirmed: bool,
    /// The cluster that is meant; the words may name one too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterId>,
    /// Where they were said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// A command to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvokeRequest {
    /// The command.
    pub command: CommandName,
    /// Its arguments; texts are converted.
    pub arguments: Map<String, Value>,
    /// BCP 47; the host's own where it is empty.
    pub locale: String,
    /// The caller said yes in advance.
    pub confirmed: bool,
    /// The cluster; without one the main one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterId>,
}

/// Which lines of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditQuery {
    /// Only of the run whose id this is, or begins with.
    pub run: Option<String>,
    /// At most this many, the newest. Fewer come where more would be too long
    /// for one answer: the caller asks again, with `before`.
    pub limit: usize,
    /// Only with a number below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// Which lines of a skill's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillLogQuery {
    /// The skill.
    pub id: SkillId,
    /// At most this many, the newest; only where `after` is left out.
    pub limit: usize,
    /// Those from [`SkillLogPage::next`] of an earlier answer on. Where there
    /// are none yet, the answer waits for the first, some seconds at most, and
    /// may then be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// A request on its way: the door's own words beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Envelope {
    /// The caller wants to have at most this role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lowered_to: Option<Role>,
    /// The words were spoken: the caller stands at the door of voices.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) spoken: bool,
    #[serde(flatten)]
    pub(crate) request: Request,
}

/// What comes back: notices while the request runs, then one of the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Frame {
    Notice(Notice),
    Response(Box<Response>),
    Fault(Box<Fault>),
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum Response {
    /// To [`Request::Hello`].
    Hello(Hello),
    /// To [`Request::Ask`], [`Request::Say`], [`Request::Invoke`], [`Request::SetTimer`],
    /// [`Request::Confirm`] and [`Request::Decline`].
    Said(Said),
    /// To [`Request::Skills`].
    Skills(Vec<SkillSummary>),
    /// To [`Request::Skill`].
    Skill(Box<SkillSummary>),
    /// To [`Request::Grants`], [`Request::Approve`], [`Request::Revoke`] and
    /// [`Request::Enable`].
    Grants(Box<SkillGrants>),
    /// To [`Request::SkillLog`].
    SkillLog(SkillLogPage),
    /// To [`Request::Recognize`].
    Recognized(Vec<Recognized>),
    /// To [`Request::Sayings`].
    Sayings(Vec<String>),
    /// To [`Request::Names`].
    Names {
        /// What nodes and guests are called.
        names: Vec<String>,
        /// A voice may confirm with a PIN, so that its digits are not to be shown.
        pin: bool,
    },
    /// To [`Request::Runs`].
    Runs(Vec<RunRecord>),
    /// To [`Request::Run`].
    Run(Box<RunRecord>),
    /// To [`Request::Exchanges`].
    Exchanges(Vec<Exchange>),
    /// To [`Request::Exchange`].
    Exchange(Box<Exchange>),
    /// To [`Request::Audit`].
    Audit(Vec<AuditLine>),
    /// To [`Request::Engines`].
    Engines(Vec<EngineFigures>),
    /// To [`Request::VerifyAudit`].
    Verified(Verification),
    /// To [`Request::Keys`] and [`Request::RevokeKey`].
    Keys(Vec<ApiKey>),
    /// To [`Request::Microphones`] and [`Request::Mute`].
    Microphones(Vec<Microphone>),
    /// To [`Request::Report`] and [`Request::Wish`].
    Wish(Wish),
    /// To [`Request::Saying`].
    Saying(Option<Saying>),
    /// To [`Request::Woke`].
    Counts(bool),
    /// To [`Request::Timers`] and [`Request::CancelTimer`].
    Timers(Vec<Timer>),
    /// To [`Request::Leave`], [`Request::AddHeard`] and [`Request::AddExchange`].
    Noted,
    /// To [`Request::Announce`].
    Announced(Prospect),
    /// To [`Request::MakeKey`].
    MadeKey(MadeKey),
}

/// A key that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeKey {
    /// What is known of it from now on.
    pub key: ApiKey,
    /// The key itself, this once.
    pub secret: Shown,
}

/// A secret on its way to the eyes of its owner. No log shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shown(pub String);

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("********")
    }
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version of jarvis.
    pub version: String,
    /// Whether this host runs on a simulated cluster.
    pub demo: bool,
    /// The caller's role here.
    pub role: Option<Role>,
}

/// A skill, loaded or broken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SkillSummary {
    /// Its id, or its folder's name where it has none.
    pub id: String,
    /// `active`, `held-back` (active, and an update of it could not be loaded),
    /// `disabled`, `compiling` or `broken`.
    pub state: String,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub version: Option<String>,
    /// One line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub summary: Option<String>,
    /// Its revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub revision: Option<String>,
    /// Its commands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<CommandSummary>,
    /// What it asks for, one line each, with its reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<String>,
    /// What of that the administrator does not allow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_allowed: Vec<String>,
    /// The events that it takes; none where it takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub events: Option<EventsSummary>,
    /// What it took and what came of its calls; none if it was not called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::SkillFigures>, nullable = false)]
    pub figures: Option<SkillFigures>,
    /// Why it is broken, or its update held back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Fault>, nullable = false)]
    pub fault: Option<Fault>,
}

/// What a skill asks for and is granted, line by line as in the settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SkillGrants {
    /// The skill.
    #[schema(value_type = String)]
    pub id: SkillId,
    /// What it asks for, with reasons.
    pub requests: Vec<String>,
    /// The revision that asks for it; an approval names it.
    #[schema(value_type = String)]
    pub revision: Revision,
    /// What it is granted.
    pub allowed: Vec<String>,
    /// What it asks for beyond that.
    pub missing: Vec<String>,
    /// What was decided by hand; where that says nothing of grants, the
    /// settings count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Decision>, nullable = false)]
    pub decision: Option<Decision>,
}

/// How a skill stands with its events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EventsSummary {
    /// The topics that it is told of, each with its reason.
    pub topics: Vec<String>,
    /// Events that wait for it.
    pub waiting: u64,
    /// Events that were dropped because too many waited.
    pub dropped: u64,
    /// Events that it did not take after all tries.
    pub given_up: u64,
    /// Since when it gets none, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub paused: Option<String>,
}

/// A command of a skill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CommandSummary {
    /// `vm-lifecycle.start`.
    pub name: String,
    /// One line.
    pub summary: String,
    /// `read`, `change` or `destructive`.
    pub risk: String,
    /// Its parameters as a JSON Schema object.
    #[schema(value_type = schema::AnyJson)]
    pub parameters: Value,
}

/// What one sentence would be understood as.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recognized {
    /// The sentence.
    pub text: String,
    /// The command; none when it was not understood.
    pub intent: Option<String>,
    /// The values found in it.
    pub slots: Map<String, Value>,
    /// The template that fits.
    pub template: Option<String>,
    /// How long it took, microseconds.
    pub us: f64,
    /// Why it was not understood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
