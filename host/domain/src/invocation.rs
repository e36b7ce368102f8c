//! A command to run, and what came of it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::TurnFigures;
use crate::{
    ClusterId, CommandName, ConfirmationId, Digest, Fault, Json, Language, OperationId, Origin,
    RequestId, RunId, Timestamp,
};

/// One command with its arguments, bound to one cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invocation {
    /// The same id is one request retried.
    pub request: RequestId,
    /// The cluster; chosen by the host.
    pub cluster: ClusterId,
    /// The command.
    pub command: CommandName,
    /// Its arguments by name, not yet checked.
    pub arguments: Map<String, Value>,
    /// What chose the command.
    pub origin: Origin,
    /// BCP 47, for the spoken reply.
    pub locale: String,
    /// The words it came from.
    pub words: Option<String>,
    /// The caller said yes in advance (`--yes`). Counts only for
    /// [`Origin::Typed`] and [`Origin::Template`].
    pub confirmed: bool,
    /// How the command was chosen; none where it was typed as such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Chosen>,
}

impl Invocation {
    /// The language that it is answered in.
    #[must_use]
    pub fn language(&self) -> Language {
        Language::of(&self.locale)
    }
}

/// How words became a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Chosen {
    /// They fit a sentence.
    Sentence {
        /// The sentence's template.
        template: String,
        /// The command that fitted next best.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        runner_up: Option<CommandName>,
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

/// How a command ended, as the host vouches for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Done, and seen to be done.
    Done,
    /// Started and still running.
    Started,
    /// Kept for its time, which is yet to come.
    Scheduled,
    /// There was nothing to do.
    NothingChanged,
    /// Nobody can tell whether it happened.
    Unknown,
    /// Proxmox says that it failed.
    Failed,
}

impl Outcome {
    /// Of several the worst is told: the higher the worse.
    #[must_use]
    pub fn badness(&self) -> u8 {
        match self {
            Self::NothingChanged => 0,
            Self::Scheduled => 1,
            Self::Done => 2,
            Self::Started => 3,
            Self::Unknown => 4,
            Self::Failed => 5,
        }
    }
}

/// What a command answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// How it ended.
    pub outcome: Outcome,
    /// One or two sentences to speak.
    pub speech: String,
    /// Markdown for a screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// For programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Json>,
    /// The oldest data that the reply rests on, where the host knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// The run record.
    pub run: RunId,
}

/// A destructive command waits for a person's yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What the answer names.
    pub id: ConfirmationId,
    /// The question, made by the host from the plan.
    pub text: String,
    /// What would be done, one line a write.
    pub plan: Vec<String>,
    /// What the skill has to say about it. Its words, never the host's: the
    /// question stands without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The plan's digest.
    pub digest: Digest,
    /// A yes after this moment is refused.
    pub expires: Timestamp,
    /// The run record.
    pub run: RunId,
}

/// Several things fit an argument: a person picks one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The argument that is open.
    pub parameter: String,
    /// The question: "Which one: VM 101 web or VM 102 web-old?"
    pub text: String,
    /// What it can be, in the order to offer it.
    pub options: Vec<ChoiceOption>,
}

/// One thing that a person can pick.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// The argument's value, as the command takes it.
    pub value: Value,
    /// How a person is told of it.
    pub label: String,
}

/// An argument is missing: a person says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The argument.
    pub parameter: String,
    /// The question: "Which guest?"
    pub text: String,
}

/// What `invoke` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "answer")]
pub enum Answer {
    /// The command ran.
    Reply(Reply),
    /// It waits for a confirmation.
    Question(Question),
    /// It waits for a choice; nothing has run.
    Choice(Choice),
    /// It waits for a value; nothing has run.
    Missing(Missing),
}

/// Something a person would like to see while they wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "notice")]
pub enum Notice {
    /// A run has a record: told as it begins or goes on, so that whoever breaks it
    /// off or sees it fail knows which it was.
    Run {
        /// Which.
        run: RunId,
    },
    /// An operation was started.
    Started {
        /// Which.
        operation: OperationId,
        /// What it does, for a person: "starting VM 102 webserver-01".
        what: String,
    },
    /// An operation ended.
    Ended {
        /// Which.
        operation: OperationId,
        /// `ok`, `warnings: n`, or the error's text.
        how: String,
    },
    /// A sentence of the answer, before the rest of it is made. The answer has
    /// it again.
    Said {
        /// To be spoken or shown.
        sentence: String,
    },
    /// Something that was asked for is being fetched.
    Fetching {
        /// What goes on, in the words of whoever fetches.
        doing: String,
        /// How much of it is there, percent, where that is known.
        percent: Option<u8>,
    },
}

/// Where notices go while a command runs, and who may break it off. Must not
/// block.
pub trait Watcher: Send + Sync + std::fmt::Debug {
    /// Takes one notice.
    fn notice(&self, notice: Notice);

    /// Whether the command is still wanted. Once it is not, nothing new begins;
    /// what has begun goes on.
    fn is_wanted(&self) -> bool {
        true
    }
}

/// A watcher that looks away.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watcher for Unwatched {
    fn notice(&self, _: Notice) {}
}

/// What `invoke` returns when it does not answer.
pub type InvokeResult = Result<Answer, Box<Fault>>;
