//! `skill.yaml`: all that others need to know of a skill without running its
//! code. Read as data, with every mistake and its line at once. It opens no
//! file; `folder` does.

mod events;
mod limits;
mod read;
mod schema;
mod version;

use std::collections::BTreeMap;
use std::sync::Arc;

use jarvis_document::Problems;
use jarvis_domain::{Risk, SkillId};
use jarvis_policy::GrantSet;
use jarvis_sentences::ParameterSpec;

pub use events::EventWanted;
pub use limits::{Limits, LimitsWanted};
pub use schema::parameters_schema;
pub use version::{BadVersion, ContractVersion, Version};

use crate::parameter::Parameter;

/// A whole manifest, consistent in itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The skill; also the name of its folder.
    pub id: SkillId,
    /// Its own version.
    pub version: Version,
    /// The contract it was built against; one that this host serves.
    pub contract: ContractVersion,
    /// What it is for, one sentence.
    pub summary: String,
    /// Its commands by name; never empty.
    pub commands: BTreeMap<String, Arc<CommandSpec>>,
    /// What it asks for; each with a reason. Empty for a skill that needs no
    /// capability.
    pub requests: GrantSet,
    /// The events that it wants to be told of, each topic once. Empty for a
    /// skill that only answers commands.
    pub events: Vec<EventWanted>,
    /// How much of the machine it wants.
    pub limits: LimitsWanted,
}

/// One command.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandSpec {
    /// Its name within the skill; the form of a skill id.
    pub name: String,
    /// What it does, one sentence.
    pub summary: String,
    /// The worst that it does; the host denies a call rated above it.
    pub risk: Risk,
    /// Whether doing it twice is the same as doing it once, so that it may be
    /// retried when nobody knows whether it happened.
    pub idempotent: bool,
    /// The command of the same skill, with the same parameters, that undoes
    /// it.
    pub inverse: Option<String>,
    /// What it takes, in the order in which a person is asked.
    pub parameters: Vec<Parameter>,
}

impl Manifest {
    /// Reads the text of a `skill.yaml`.
    pub fn read(text: &str) -> Result<Self, Problems> {
        read::manifest(text)
    }

    /// The commands as a file of sentences is checked against them. No
    /// parameter must be said: what is left out is asked for.
    #[must_use]
    pub fn for_sentences(&self) -> Vec<jarvis_sentences::CommandSpec> {
        let parameter = |parameter: &Parameter| ParameterSpec {
            name: parameter.name.clone(),
            kind: parameter.kind.slot(),
            must_be_said: false,
        };
        let command = |command: &Arc<CommandSpec>| jarvis_sentences::CommandSpec {
            name: command.name.clone(),
            parameters: command.parameters.iter().map(parameter).collect(),
        };
        self.commands.values().map(command).collect()
    }
}

impl CommandSpec {
    /// The parameter of this name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

#[cfg(test)]
mod published;
#[cfg(test)]
mod tests;
