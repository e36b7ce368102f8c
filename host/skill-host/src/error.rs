//! What can go wrong between an invocation and its answer, each with its row.
//! What is wrong with a skill itself is in `catalog::error`.

mod engine;
mod excess;
mod rows;

use std::time::Duration;

use jarvis_domain::kv::StoreError;
use jarvis_domain::{
    CallError, ClusterId, CommandName, Door, Explain, Fault, German, Role, Row, SkillId,
};

use crate::arguments::ArgumentError;
use crate::schedule::TimerError;

pub use engine::EngineError;
pub use excess::Excess;
pub(crate) use rows::{
    BUSY, DENIED, EXCESS_ROWS, FAILED, INVALID, INVOKE_ROWS, LATE, NOT_FOUND, OTHER, UNAVAILABLE,
};

/// Why an invocation was not answered.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// No such command.
    #[error("there is no command {given}{}", or_nearest(.nearest.as_deref()))]
    UnknownCommand {
        /// What was asked for.
        given: CommandName,
        /// The nearest real one.
        nearest: Option<String>,
    },
    /// The skill is there, but could not be loaded.
    #[error("the skill {skill} is not in service")]
    NotServing {
        /// The skill.
        skill: SkillId,
        /// Why it could not be loaded.
        reason: String,
    },
    /// The invocation names a cluster that this host does not serve.
    #[error("this host looks after {}, not {asked}", listed(ours))]
    OtherCluster {
        /// Which it serves.
        ours: Vec<ClusterId>,
        /// Which was asked for.
        asked: ClusterId,
    },
    /// The caller's role does not cover the command.
    #[error("{command} needs the role {needed}, and {}", standing(*.has, *.door))]
    Role {
        /// The command.
        command: CommandName,
        /// The least role that covers it.
        needed: Role,
        /// The caller's role.
        has: Option<Role>,
        /// The caller's door.
        door: Door,
    },
    /// The skill itself answered with an error.
    #[error("{text}")]
    Answered {
        /// Which case of the contract's `error` it was.
        row: &'static Row,
        /// Its words, bounded, or the host's where the contract has none.
        text: String,
        /// The fault of the cluster that it passes on.
        behind: Option<Box<Fault>>,
    },
    /// The skill crashed.
    #[error("the skill {skill} crashed; nothing was changed")]
    Trapped {
        /// The skill.
        skill: SkillId,
        /// WebAssembly's reason and stack.
        reason: String,
    },
    /// The call took longer than its budget.
    #[error("the skill {skill} had no answer after {}; nothing was changed", seconds(*.after))]
    TimedOut {
        /// The skill.
        skill: SkillId,
        /// The budget.
        after: Duration,
    },
    /// Whoever asked for it has broken it off, before it began anything.
    #[error("{command} was broken off by whoever asked for it; nothing was changed")]
    BrokenOff {
        /// The command.
        command: CommandName,
    },
    /// Another revision took its place long ago, or it may no longer serve.
    #[error("the skill {skill} was replaced or withdrawn while this ran")]
    Replaced {
        /// The skill.
        skill: SkillId,
    },
    /// It wanted more memory than its limit.
    #[error("the skill {skill} needs more than its {} MiB of memory; nothing was changed", .limit >> 20)]
    Memory {
        /// The skill.
        skill: SkillId,
        /// The limit, bytes.
        limit: u64,
    },
    /// It went over another limit.
    #[error("the skill {skill} {excess}; it was stopped, and nothing was changed")]
    TooMuch {
        /// The skill.
        skill: SkillId,
        /// Which.
        excess: Excess,
    },
    /// No place came free among the calls that run at the same time.
    #[error("the skill {skill} runs {most} times already; nothing was changed")]
    Crowded {
        /// The skill.
        skill: SkillId,
        /// How often it runs at the same time at most.
        most: u32,
    },
    /// No share of the engine's pool came free.
    #[error(
        "the host has no place for another call, of the skill {skill} now; nothing was changed"
    )]
    Full {
        /// The skill.
        skill: SkillId,
    },
    /// The machine has no memory, or no addresses, for the call.
    #[error("this machine has no memory for a call of the skill {skill}")]
    OutOfMemory {
        /// The skill.
        skill: SkillId,
        /// The engine's reason.
        reason: String,
    },
    /// Its reply is longer than the contract allows.
    #[error("the reply of the skill {skill} is too long: {what}")]
    ReplyTooLarge {
        /// The skill.
        skill: SkillId,
        /// Which part, how long, and how long it may be.
        what: String,
    },
    /// Its reply cannot be read.
    #[error("the reply of the skill {skill} makes no sense: {what}")]
    BadReply {
        /// The skill.
        skill: SkillId,
        /// What is wrong with it.
        what: String,
    },
    /// Audit or run record cannot be written.
    #[error("jarvis cannot write down what it does, so it does nothing")]
    Store(#[source] StoreError),
    /// The cluster could not be asked about what the command needs to know.
    #[error("the cluster cannot be asked right now")]
    Cluster(#[source] CallError),
    /// An error of another room that already has its row.
    #[error("{0}")]
    Passed(Fault),
    /// It is for later, and cannot be kept, or does not run by now.
    #[error(transparent)]
    Timer(#[from] TimerError),
    /// The arguments do not fit.
    #[error(transparent)]
    Argument(ArgumentError),
    /// The host itself broke while it took an answer.
    #[error("jarvis itself failed while it took your answer")]
    Broken {
        /// How.
        reason: String,
    },
    /// The host itself broke.
    #[error("jarvis itself failed while it ran {command}")]
    Host {
        /// The command.
        command: CommandName,
        /// How.
        reason: String,
    },
}

impl InvokeError {
    /// The fault that leaves this room.
    pub(crate) fn into_fault(self) -> Fault {
        self.to_fault()
    }

    /// As [`Self::into_fault`], for who needs the error still.
    pub(crate) fn to_fault(&self) -> Fault {
        let cause = match self {
            Self::Passed(fault) => return fault.clone(),
            Self::Cluster(error) => {
                let own = || self.german().map(|german| Box::new(German(german)));
                let german = error.fault.german.clone().or_else(own);
                return Fault { german, ..error.fault.clone() };
            }
            Self::Argument(error) => return Fault::from(error),
            Self::Timer(error) => return Fault::from(error),
            Self::NotServing { reason, .. }
            | Self::Trapped { reason, .. }
            | Self::OutOfMemory { reason, .. }
            | Self::Broken { reason }
            | Self::Host { reason, .. } => Some(reason.clone()),
            _ => None,
        };
        let mut fault = Fault::from(self);
        if let Self::Answered { behind: Some(behind), .. } = self {
            // What to do about it only the cluster knows.
            fault.hint.clone_from(&behind.hint);
            let is_said = fault.sentence.contains(behind.sentence.trim_end_matches('.'));
            let cause = if is_said { &behind.code } else { &behind.to_string() };
            fault.causes.push(cause.clone());
        }
        match cause {
            Some(cause) => fault.with_cause(cause),
            None => fault,
        }
    }
}

fn listed(clusters: &[ClusterId]) -> String {
    let names: Vec<&str> = clusters.iter().map(ClusterId::as_str).collect();
    match names.as_slice() {
        [one] => format!("the cluster {one}"),
        several => format!("the clusters {}", several.join(", ")),
    }
}

/// Whether no place came free for a call: neither the skill nor what it was
/// asked for is to blame.
pub(crate) fn is_full(fault: &Fault) -> bool {
    [rows::CROWDED.code, rows::FULL.code].contains(&fault.code.as_str())
}

impl Explain for InvokeError {
    fn row(&self) -> &'static Row {
        match self {
            Self::UnknownCommand { .. } => &rows::UNKNOWN_COMMAND,
            Self::NotServing { .. } => &rows::NOT_SERVING,
            Self::OtherCluster { .. } => &rows::OTHER_CLUSTER,
            Self::Role { .. } => &rows::ROLE,
            Self::Answered { row, .. } => row,
            Self::Trapped { .. } => &rows::TRAPPED,
            Self::TimedOut { .. } => &rows::TIMEOUT,
            Self::BrokenOff { .. } => &rows::BROKEN_OFF,
            Self::Replaced { .. } => &rows::REPLACED,
            Self::Memory { .. } => &rows::MEMORY,
            Self::TooMuch { excess, .. } => excess.row(),
            Self::Crowded { .. } => &rows::CROWDED,
            Self::Full { .. } => &rows::FULL,
            Self::OutOfMemory { .. } => &rows::OUT_OF_MEMORY,
            Self::ReplyTooLarge { .. } => &rows::REPLY_TOO_LARGE,
            Self::BadReply { .. } => &rows::BAD_REPLY,
            Self::Store(error) => error.row(),
            Self::Cluster(_) => &rows::CLUSTER,
            Self::Argument(error) => error.row(),
            Self::Timer(error) => error.row(),
            // `into_fault` passes the whole fault on; a row is static.
            Self::Passed(_) | Self::Broken { .. } | Self::Host { .. } => &rows::HOST,
        }
    }

    /// Of those that people meet in speech; of others it is said in English why it did
    /// not work.
    fn german(&self) -> Option<String> {
        Some(match self {
            // The skill's own words, in the language that it was asked in.
            Self::Answered { text, .. } => text.clone(),
            Self::UnknownCommand { given, .. } => format!("den Befehl {given} gibt es nicht"),
            Self::NotServing { skill, .. } => format!("der Skill {skill} ist nicht in Betrieb"),
            Self::Role { command, needed, has: Some(has), .. } => {
                format!("{command} braucht die Rolle {needed}, und diese hier ist {has}")
            }
            Self::Role { command, needed, .. } => {
                format!("{command} braucht die Rolle {needed}, und hier gibt es keine")
            }
            Self::Trapped { skill, .. } => {
                format!("der Skill {skill} ist abgestürzt; geändert wurde nichts")
            }
            Self::TimedOut { skill, .. } => {
                format!(
                    "der Skill {skill} hat nicht rechtzeitig geantwortet; geändert wurde nichts"
                )
            }
            Self::BrokenOff { .. } => "es wurde abgebrochen; geändert wurde nichts".to_owned(),
            Self::Crowded { .. } | Self::Full { .. } => {
                "im Moment ist zu viel zu tun; geändert wurde nichts".to_owned()
            }
            Self::Store(_) => {
                "Jarvis kann nicht aufschreiben, was geschieht, und tut darum nichts".to_owned()
            }
            Self::Cluster(_) => "der Cluster antwortet gerade nicht".to_owned(),
            _ => return None,
        })
    }
}

fn or_nearest(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}

fn standing(role: Option<Role>, door: Door) -> String {
    match role {
        Some(role) => format!("you are {role} through {door}"),
        None => format!("you have no role through {door}"),
    }
}

fn seconds(duration: Duration) -> String {
    match duration.as_millis() {
        millis @ 0..1000 => format!("{millis} ms"),
        millis => format!("{} s", millis / 1000),
    }
}
