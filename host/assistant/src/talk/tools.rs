//! Commands as a model's tools.

use std::collections::BTreeMap;

use jarvis_domain::model::Tool;
use jarvis_domain::{CommandName, Risk, Role};
use jarvis_skill_host::Catalog;
use jarvis_skill_host::manifest::{CommandSpec, parameters_schema};
use serde_json::{Map, Value};

/// What stands for the dot of a command's name: models' hosts take letters,
/// digits, `_` and `-`.
const DOT: &str = "__";

/// The commands that `role` may cause, by the names of their tools. In the
/// order of their names, so that a model's host finds the beginning of the
/// chat as it was.
#[derive(Debug, Default)]
pub(super) struct Tools(BTreeMap<String, (CommandName, Tool)>);

impl Tools {
    pub(super) fn of(catalog: &Catalog, role: Option<Role>) -> Self {
        let may = |risk: Risk| match role {
            None => false,
            Some(Role::Viewer) => risk == Risk::Read,
            Some(Role::Operator | Role::Admin) => true,
        };
        let commands = catalog.commands().filter(|(_, spec)| may(spec.risk));
        Self(commands.map(|(command, spec)| named(command, spec)).collect())
    }

    /// As a chat takes them.
    pub(super) fn list(&self) -> Vec<Tool> {
        self.0.values().map(|(_, tool)| tool.clone()).collect()
    }

    /// The command that a model means by `name`. Some write the dot.
    pub(super) fn command(&self, name: &str) -> Option<&CommandName> {
        let name = name.trim().replace('.', DOT);
        self.0.get(&name).map(|(command, _)| command)
    }
}

fn named(command: CommandName, spec: &CommandSpec) -> (String, (CommandName, Tool)) {
    let name = format!("{}{DOT}{}", command.skill, command.command);
    let asked = match spec.risk {
        Risk::Read => "",
        Risk::Change => " Changes the cluster.",
        Risk::Destructive => " Interrupts something: the host asks the person first.",
    };
    let mut parameters = match parameters_schema(spec) {
        Value::Object(schema) => schema,
        _ => Map::new(),
    };
    // What a model does nothing with takes room from what is said.
    for unneeded in ["$schema", "additionalProperties"] {
        parameters.remove(unneeded);
    }
    let description = format!("{}{asked}", spec.summary);
    let tool = Tool { name: name.clone(), description, parameters };
    (name, (command, tool))
}
