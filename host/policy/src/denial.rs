//! Why a call was refused, and what would have to change.

use jarvis_domain::{
    Call, CommandName, ConsoleTarget, Door, Explain, NodeName, Principal, Risk, Role, Row, SkillId,
};

use crate::describe::literal;
use crate::pattern::BadArgv;
use crate::{Capability, Grant, GrantSet};

/// Why a call was refused. Nothing of it has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// It could not be run as it stands.
    #[error("{} cannot be run", literal(call))]
    Malformed {
        /// What was asked.
        call: Box<Call>,
        /// What is wrong with it.
        source: BadArgv,
    },
    /// No skill may do it, whatever it is granted.
    #[error("{why}; {} was not made", literal(call))]
    Never {
        /// What was asked.
        call: Box<Call>,
        /// Why nobody may.
        why: String,
    },
    /// The skill's grant does not cover it.
    #[error("the skill {skill} {} {}", ungranted(*requested), literal(call))]
    NotGranted {
        /// The skill.
        skill: SkillId,
        /// What was asked.
        call: Box<Call>,
        /// Whether its manifest requests it, so that only the allowance is
        /// missing.
        requested: bool,
    },
    /// The skill's grant does not open the interface.
    #[error("the skill {skill} {} {}", ungranted(*requested), interface(*capability, node.as_ref()))]
    NotOpen {
        /// The skill.
        skill: SkillId,
        /// The interface.
        capability: Capability,
        /// The node, where one was meant.
        node: Option<NodeName>,
        /// Whether its manifest requests it.
        requested: bool,
    },
    /// It does more harm than the command admits to.
    #[error("{command} is declared as {declared}, but {} is {risk}", literal(call))]
    AboveDeclared {
        /// The command.
        command: CommandName,
        /// What was asked.
        call: Box<Call>,
        /// The host's rating.
        risk: Risk,
        /// The command's own.
        declared: Risk,
    },
    /// The caller may do nothing at all.
    #[error("{principal} may not use jarvis through the door {door}")]
    NoRole {
        /// Who.
        principal: Principal,
        /// Through which door.
        door: Door,
    },
    /// The caller may do less than this.
    #[error("{principal} is {has} here, and {} needs {needs}", call.as_deref().map_or_else(|| "this".to_owned(), literal))]
    RoleTooLow {
        /// Who.
        principal: Principal,
        /// Through which door.
        door: Door,
        /// What the caller is.
        has: Role,
        /// What it takes.
        needs: Role,
        /// What was asked.
        call: Option<Box<Call>>,
    },
    /// Nobody said yes to it.
    #[error("{} is not in the plan of {command} that was confirmed", literal(call))]
    OutsidePlan {
        /// The command.
        command: CommandName,
        /// What was asked.
        call: Box<Call>,
    },
    /// There is no plan that anybody could have said yes to.
    #[error(
        "{command} is declared destructive and has no confirmed plan; {} was not made",
        literal(call)
    )]
    NoPlan {
        /// The command.
        command: CommandName,
        /// What was asked.
        call: Box<Call>,
    },
    /// No terminal comes through this door.
    #[error("no terminal is opened through the door {door}; none was on {target}")]
    ConsoleDoor {
        /// Through which door.
        door: Door,
        /// What was asked.
        target: ConsoleTarget,
    },
    /// The caller may do less than open a terminal.
    #[error("{principal} is {has} here, and a terminal on {target} needs {needs}")]
    ConsoleRole {
        /// Who.
        principal: Principal,
        /// What the caller is.
        has: Role,
        /// What it takes.
        needs: Role,
        /// What was asked.
        target: ConsoleTarget,
    },
    /// The settings have no terminal on the node that jarvis runs on.
    #[error("jarvis itself runs on {target}, and the settings open no terminal there")]
    OwnConsole {
        /// What was asked.
        target: ConsoleTarget,
    },
}

const fn row(code: &'static str, meaning: &'static str, hint: &'static str) -> Row {
    Row { code, meaning, hint, exit: 5, status: 403 }
}

const MALFORMED: Row = Row {
    exit: 1,
    status: 400,
    ..row(
        "policy-malformed",
        "A skill asked for a program in a form that cannot be run.",
        "This is a fault of the skill; tell its author.",
    )
};
const NEVER: Row = row(
    "policy-never-granted",
    "A skill asked for something that no skill may do, whatever it is granted.",
    "Do it yourself in Proxmox; no setting opens this to a skill.",
);
const NOT_REQUESTED: Row = row(
    "policy-not-requested",
    "A skill asked for something that its manifest does not request.",
    "The skill's author has to request it in skill.yaml; then an administrator can allow it.",
);
const NOT_ALLOWED: Row = row(
    "policy-not-allowed",
    "A skill asked for something that the administrator has not allowed it.",
    "An administrator can allow it in the settings, under skills.",
);
const ABOVE_DECLARED: Row = row(
    "policy-above-declared-risk",
    "A command tried to do more harm than its manifest declares.",
    "The skill's author has to declare the command's true risk in skill.yaml, so that people are asked first.",
);
const NO_ROLE: Row = row(
    "policy-no-role",
    "Somebody without a role asked for something.",
    "An administrator can give you a role for this door in the settings.",
);
const ROLE_TOO_LOW: Row = row(
    "policy-role-too-low",
    "Somebody asked for more than their role allows.",
    "Ask somebody with the role it needs, or use a door where you have it.",
);
const OUTSIDE_PLAN: Row = row(
    "policy-outside-plan",
    "While a confirmed plan was carried out, the skill asked for something else.",
    "The cluster may have changed since the question; ask again to get a new plan. If it stays, tell the skill's author.",
);
const NO_PLAN: Row = row(
    "policy-no-plan",
    "A destructive command tried to write without a confirmed plan.",
    "Ask again and answer the question.",
);

const CONSOLE_DOOR: Row = row(
    "policy-console-door",
    "Somebody asked for a terminal through a door that has none.",
    "Sign in at the web pages or the API, which open terminals.",
);
const CONSOLE_ROLE: Row = row(
    "policy-console-role",
    "Somebody asked for a terminal with less than the role it needs.",
    "Ask an administrator; which role a terminal needs is in the settings, under terminal: least:",
);
const OWN_CONSOLE: Row = row(
    "policy-console-own-node",
    "Somebody asked for a shell of the node that jarvis runs on.",
    "An administrator can allow it in the settings: terminal: {local: true}",
);

/// The room's rows of the table of errors.
pub const ROWS: &[&Row] = &[
    &MALFORMED,
    &NEVER,
    &NOT_REQUESTED,
    &NOT_ALLOWED,
    &ABOVE_DECLARED,
    &NO_ROLE,
    &ROLE_TOO_LOW,
    &OUTSIDE_PLAN,
    &NO_PLAN,
    &CONSOLE_DOOR,
    &CONSOLE_ROLE,
    &OWN_CONSOLE,
    &crate::confirm::NOT_COUNTED,
    &crate::confirm::REPEAT,
];

impl Denial {
    /// The grant that is missing; none where no grant would help.
    #[must_use]
    pub fn missing(&self) -> Option<Grant> {
        match self {
            Self::NotGranted { call, .. } => Grant::for_call(call),
            Self::NotOpen { capability, node, .. } => {
                Grant::whole(*capability).map(|grant| grant.on(node.as_ref()))
            }
            _ => None,
        }
    }

    /// What an administrator would have to add to the settings, as YAML that
    /// can be pasted; none where no grant would help.
    #[must_use]
    pub fn pasteable(&self) -> Option<String> {
        let (Self::NotGranted { skill, .. } | Self::NotOpen { skill, .. }) = self else {
            return None;
        };
        let grants = GrantSet::new([self.missing()?]).to_yaml(8);
        Some(format!("skills:\n  allowed:\n    {skill}:\n      grants:\n{grants}"))
    }
}

impl Explain for Denial {
    fn row(&self) -> &'static Row {
        match self {
            Self::Malformed { .. } => &MALFORMED,
            Self::Never { .. } => &NEVER,
            Self::NotGranted { requested: false, .. } | Self::NotOpen { requested: false, .. } => {
                &NOT_REQUESTED
            }
            Self::NotGranted { .. } | Self::NotOpen { .. } => &NOT_ALLOWED,
            Self::AboveDeclared { .. } => &ABOVE_DECLARED,
            Self::NoRole { .. } => &NO_ROLE,
            Self::RoleTooLow { .. } => &ROLE_TOO_LOW,
            Self::OutsidePlan { .. } => &OUTSIDE_PLAN,
            Self::NoPlan { .. } => &NO_PLAN,
            Self::ConsoleDoor { .. } => &CONSOLE_DOOR,
            Self::ConsoleRole { .. } => &CONSOLE_ROLE,
            Self::OwnConsole { .. } => &OWN_CONSOLE,
        }
    }

    fn hint(&self) -> Option<String> {
        let yaml = self.pasteable()?;
        let lead = if *self.row() == NOT_REQUESTED {
            "its author has to request this in skill.yaml, and an administrator to add this"
        } else {
            "if it may, an administrator adds this"
        };
        Some(format!("{lead} to the settings:\n{yaml}"))
    }
}

fn ungranted(requested: bool) -> &'static str {
    if requested { "is not allowed to" } else { "does not request in its manifest to" }
}

fn interface(capability: Capability, node: Option<&NodeName>) -> String {
    match node {
        Some(node) => format!("use {capability} of node {node}"),
        None => format!("use {capability}"),
    }
}

#[cfg(test)]
mod tests;
