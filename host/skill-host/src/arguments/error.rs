//! What can be wrong with arguments, or open about them.

use jarvis_document::nearest;
use jarvis_domain::invocation::{Choice, Missing};
use jarvis_domain::{Explain, Row, text};

use crate::manifest::CommandSpec;
use crate::parameter::{BadValue, did_you_mean, listed};

/// Why a command cannot run with the arguments it was given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ArgumentError {
    /// The command has no such parameter.
    #[error("{command} has no argument {argument:?}{}", did_you_mean(.nearest.as_deref()))]
    Unknown {
        /// The command's name within its skill.
        command: String,
        /// What was given.
        argument: String,
        /// The parameter that was probably meant.
        nearest: Option<String>,
        /// The parameters it has.
        valid: Vec<String>,
    },
    /// A value does not fit its parameter.
    #[error("{parameter}: {source}")]
    Bad {
        /// The parameter.
        parameter: String,
        /// Why.
        source: BadValue,
    },
    /// No guest, node or tag is called so.
    #[error("there is no {kind} {given:?}{}", instead(.nearest))]
    NoSuch {
        /// The parameter.
        parameter: String,
        /// `guest`, `node` or `tag`.
        kind: &'static str,
        /// What was said, shortened.
        given: String,
        /// The nearest real names, nearest first.
        nearest: Vec<String>,
    },
    /// Several things are called so: a person picks one.
    #[error("{}", .0.text)]
    Choice(Choice),
    /// A required value is missing: a person says it.
    #[error("{}", .0.text)]
    Missing(Missing),
}

/// An argument that the command does not have.
const UNKNOWN: Row = Row {
    code: "skill-argument-unknown",
    meaning: "The command has no argument of this name.",
    hint: "jarvis skill show SKILL lists what each command takes.",
    exit: 2,
    status: 400,
};
/// A value that does not fit.
const BAD: Row = Row {
    code: "skill-argument-invalid",
    meaning: "An argument's value is of another type, out of its bounds, or not one of its values.",
    hint: "Give a value that fits; jarvis skill show SKILL lists what each command takes.",
    exit: 2,
    status: 400,
};
/// A name that nothing has.
const NO_SUCH: Row = Row {
    code: "skill-argument-no-such-name",
    meaning: "No guest, node or tag of the cluster is called what was said.",
    hint: "Say one that exists, by name or number; \"list all machines\" names the guests.",
    exit: 3,
    status: 404,
};
/// A name that several have.
const CHOICE: Row = Row {
    code: "skill-argument-choice",
    meaning: "What was said fits several guests, nodes or tags; a person picks one.",
    hint: "Say the number or the whole name of the one you mean.",
    exit: 4,
    status: 409,
};
/// A value that is missing.
const MISSING: Row = Row {
    code: "skill-argument-missing",
    meaning: "The command needs a value that was not given; a person is asked for it.",
    hint: "Say it, or add it as name=value.",
    exit: 4,
    status: 409,
};

/// The rows of this module.
pub const ARGUMENT_ROWS: &[&Row] = &[&UNKNOWN, &BAD, &NO_SUCH, &CHOICE, &MISSING];

impl ArgumentError {
    pub(super) fn unknown(spec: &CommandSpec, argument: &str) -> Self {
        let valid: Vec<String> = spec.parameters.iter().map(|p| p.name.clone()).collect();
        let nearest = nearest(argument, valid.iter().map(String::as_str)).map(str::to_owned);
        let argument = text::cut(argument, 60);
        Self::Unknown { command: spec.name.clone(), argument, nearest, valid }
    }

    /// The lower, the sooner it is told.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Unknown { .. } => 0,
            Self::Bad { .. } => 1,
            Self::NoSuch { .. } => 2,
            Self::Choice(_) => 3,
            Self::Missing(_) => 4,
        }
    }
}

impl Explain for ArgumentError {
    fn row(&self) -> &'static Row {
        match self {
            Self::Unknown { .. } => &UNKNOWN,
            Self::Bad { .. } => &BAD,
            Self::NoSuch { .. } => &NO_SUCH,
            Self::Choice(_) => &CHOICE,
            Self::Missing(_) => &MISSING,
        }
    }

    fn german(&self) -> Option<String> {
        Some(match self {
            Self::Unknown { command, argument, .. } => {
                format!("{command} kennt keine Angabe {argument:?}")
            }
            Self::Bad { parameter, .. } => format!("{parameter} ist so nicht zu gebrauchen"),
            Self::NoSuch { kind, given, nearest, .. } => {
                let nothing = match *kind {
                    "node" => "keinen Knoten",
                    "tag" => "keinen Tag",
                    _ => "keine Maschine",
                };
                match nearest.join(" oder ") {
                    none if none.is_empty() => format!("es gibt {nothing} namens {given:?}"),
                    near => format!("es gibt {nothing} namens {given:?}; vielleicht {near}"),
                }
            }
            Self::Choice(choice) => choice.text.clone(),
            Self::Missing(missing) => missing.text.clone(),
        })
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { command, valid, .. } if valid.is_empty() => {
                Some(format!("{command} takes no arguments; leave it out."))
            }
            Self::Unknown { command, valid, .. } => {
                Some(format!("{command} takes {}.", valid.join(", ")))
            }
            _ => None,
        }
    }
}

fn instead(nearest: &[String]) -> String {
    let names: Vec<&str> = nearest.iter().map(String::as_str).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!("; is it {}?", listed(&names)),
    }
}
