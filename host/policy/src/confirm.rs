//! Whose yes counts (house rule 5). Pure rules: the question's id, its 60
//! seconds and its binding to plan, revision and cluster are the skill host's.

use jarvis_domain::{Caller, CommandName, Door, Explain, Origin, Risk, Role, Row};

use crate::decide::effective_role;

/// What stands behind a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    /// A person: by uid, by a sign-in, by being in the room.
    Person,
    /// A key that a program holds.
    Key {
        /// It was made with the right to confirm.
        may_confirm: bool,
    },
}

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The command.
    pub command: &'a CommandName,
    /// Who asked for it.
    pub caller: &'a Caller,
    /// What stands behind them.
    pub credential: Credential,
    /// What chose the command.
    pub origin: Origin,
    /// The role that every write of its plan needs.
    pub needs: Role,
}

/// Who answers, and how.
#[derive(Debug, Clone, Copy)]
pub struct Answerer<'a> {
    /// Who, through which door.
    pub caller: &'a Caller,
    /// What stands behind them.
    pub credential: Credential,
    /// What the answer came from; [`Origin::Model`] never counts.
    pub origin: Origin,
    /// A spoken answer repeated the name or number (`jarvis_sentences::repeats`), or said
    /// the PIN.
    /// Looked at for the door voice alone.
    pub proved: bool,
}

/// Commands that an administrator lets run unasked, by door.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lowering(Vec<(CommandName, Door)>);

/// Only the doors `cli` and `api` can be lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a command is always asked about through the door {0}; only cli and api can go without")]
pub struct CannotLower(pub Door);

/// Why a yes does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Uncounted {
    /// A model's.
    #[error("a language model cannot confirm")]
    Model,
    /// Through MCP, or by an event.
    #[error("nobody can confirm through the door {0}")]
    Door(Door),
    /// Neither the caller nor, where that is possible, a signed-in person.
    #[error("only whoever asked for this can confirm it")]
    Stranger,
    /// A key's, where keys do not count.
    #[error("this key cannot confirm {0}")]
    Key(&'static str),
    /// The answerer could not have asked for it.
    #[error("confirming this needs the role {needs}")]
    Role {
        /// What it takes.
        needs: Role,
    },
    /// A bare spoken yes.
    #[error("a spoken yes has to repeat the name or the number")]
    Bare,
}

pub(crate) const NOT_COUNTED: Row = Row {
    code: "policy-yes-not-counted",
    meaning: "A confirmation came from somebody or something whose yes does not count.",
    hint: "Let a signed-in person with the needed role confirm, through the page or the command line.",
    exit: 5,
    status: 403,
};
pub(crate) const REPEAT: Row = Row {
    code: "policy-repeat-to-confirm",
    meaning: "A spoken yes did not say what it was about.",
    hint: "Say yes with the name or the number, like: yes, stop one oh one; or the PIN, where one is set.",
    exit: 4,
    status: 409,
};

impl Uncounted {
    /// The sentence in German.
    #[must_use]
    pub fn german(&self) -> String {
        match self {
            Self::Model => "ein Sprachmodell kann nichts bestätigen".to_owned(),
            Self::Door(door) => format!("durch die Tür {door} kann niemand etwas bestätigen"),
            Self::Stranger => "das kann nur bestätigen, wer es verlangt hat".to_owned(),
            Self::Key(_) => "dieser Schlüssel darf das nicht bestätigen".to_owned(),
            Self::Role { needs } => format!("um das zu bestätigen, braucht es die Rolle {needs}"),
            Self::Bare => "ein gesprochenes Ja muss den Namen oder die Nummer nennen".to_owned(),
        }
    }
}

impl Lowering {
    /// Lets `command` run unasked through `door`.
    pub fn add(&mut self, command: CommandName, door: Door) -> Result<(), CannotLower> {
        match door {
            Door::Cli | Door::Api => {
                self.0.push((command, door));
                Ok(())
            }
            Door::Mcp | Door::Voice | Door::Event => Err(CannotLower(door)),
        }
    }

    /// Whether `command` of this rating has to be asked about. What a model
    /// chose always is.
    #[must_use]
    pub fn must_ask(&self, risk: Risk, asked: &Asked<'_>) -> bool {
        let lowered = |(command, door): &(CommandName, Door)| {
            command == asked.command && *door == asked.caller.door
        };
        let may_be_lowered = is_a_persons(asked.origin);
        risk == Risk::Destructive && !(may_be_lowered && self.0.iter().any(lowered))
    }
}

impl Asked<'_> {
    /// Whether a key's word counts for this command at all.
    fn takes_keys(&self) -> bool {
        is_a_persons(self.origin) && self.caller.door != Door::Mcp
    }

    /// Whether the caller's own yes could never count, so that a signed-in
    /// person may answer in its place.
    fn needs_a_person(&self) -> bool {
        let may_confirm = match self.credential {
            Credential::Person => self.caller.door != Door::Mcp,
            Credential::Key { may_confirm } => may_confirm && self.takes_keys(),
        };
        !may_confirm
    }
}

/// Whether a person, or a program at a person's word, chose the command.
fn is_a_persons(origin: Origin) -> bool {
    matches!(origin, Origin::Typed | Origin::Template)
}

/// Whether the answerer's yes counts.
pub fn may_confirm(asked: &Asked<'_>, answerer: &Answerer<'_>) -> Result<(), Uncounted> {
    let door = answerer.caller.door;
    if answerer.origin == Origin::Model {
        return Err(Uncounted::Model);
    }
    if matches!(door, Door::Mcp | Door::Event) {
        return Err(Uncounted::Door(door));
    }
    let is_caller =
        answerer.caller.principal == asked.caller.principal && door == asked.caller.door;
    match answerer.credential {
        Credential::Key { may_confirm } => check_key(asked, may_confirm)?,
        Credential::Person => {
            let signed_in = matches!(door, Door::Cli | Door::Api);
            let in_its_place = signed_in && asked.needs_a_person();
            if !(is_caller || in_its_place) {
                return Err(Uncounted::Stranger);
            }
        }
    }
    if !is_caller && answerer.credential != Credential::Person {
        return Err(Uncounted::Stranger);
    }
    check_role(answerer.caller, asked.needs)?;
    if door == Door::Voice && !answerer.proved {
        return Err(Uncounted::Bare);
    }
    Ok(())
}

/// Whether a yes that came with the command (`--yes`, `confirmed`) counts.
pub fn counts_in_advance(asked: &Asked<'_>) -> Result<(), Uncounted> {
    if asked.origin == Origin::Model {
        return Err(Uncounted::Model);
    }
    match asked.caller.door {
        Door::Cli | Door::Api => {}
        door => return Err(Uncounted::Door(door)),
    }
    if let Credential::Key { may_confirm } = asked.credential {
        check_key(asked, may_confirm)?;
    }
    check_role(asked.caller, asked.needs)
}

fn check_key(asked: &Asked<'_>, may_confirm: bool) -> Result<(), Uncounted> {
    if !may_confirm {
        return Err(Uncounted::Key("anything: it was made without that right"));
    }
    if !asked.takes_keys() {
        return Err(Uncounted::Key("what a model or an MCP client chose"));
    }
    Ok(())
}

fn check_role(caller: &Caller, needs: Role) -> Result<(), Uncounted> {
    if effective_role(caller).is_some_and(|has| has >= needs) {
        Ok(())
    } else {
        Err(Uncounted::Role { needs })
    }
}

impl Explain for Uncounted {
    fn row(&self) -> &'static Row {
        match self {
            Self::Bare => &REPEAT,
            _ => &NOT_COUNTED,
        }
    }
}

#[cfg(test)]
mod tests;
