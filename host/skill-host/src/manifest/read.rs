//! The tree of a `skill.yaml`, key by key.

use std::collections::BTreeMap;
use std::sync::Arc;

use jarvis_document::{Cursor, Keys, Notes, Problems, parse};
use jarvis_domain::{Risk, SkillId};
use jarvis_policy::{Form, GrantSet};

use super::{CommandSpec, ContractVersion, LimitsWanted, Manifest, events};
use crate::parameter::{self, Parameter};

/// The words of `risk`.
const RISKS: [(&str, Risk); 3] =
    [("read", Risk::Read), ("change", Risk::Change), ("destructive", Risk::Destructive)];

/// The longest summary, characters: it is spoken and shown in one line.
const MAX_SUMMARY: usize = 200;
/// The most commands of a skill.
const MAX_COMMANDS: usize = 100;
/// The most parameters of a command.
const MAX_PARAMETERS: usize = 20;

pub(super) fn manifest(text: &str) -> Result<Manifest, Problems> {
    let tree = parse(text)?;
    let notes = Notes::default();
    let manifest = read(&Cursor::root(&tree, &notes));
    notes.finish(manifest)
}

fn read(root: &Cursor<'_>) -> Option<Manifest> {
    let keys = root.mapping()?;
    let id = keys.required("id").and_then(|key| key.parsed());
    let version = keys.required("version").and_then(|key| key.parsed());
    let contract = keys.required("contract").and_then(|key| contract(&key));
    let summary = summary(&keys);
    let commands = keys.required("commands").and_then(|key| commands(&key));
    let requests = match keys.optional("requests") {
        Some(key) => GrantSet::read(&key, Form::Request),
        None => Some(GrantSet::default()),
    };
    let events = match keys.optional("events") {
        Some(key) => events::read(&key, requests.as_ref()),
        None => Some(Vec::new()),
    };
    let limits = match keys.optional("limits") {
        Some(key) => LimitsWanted::read(&key),
        None => Some(LimitsWanted::default()),
    };
    keys.finish();
    Some(Manifest {
        id: id?,
        version: version?,
        contract: contract?,
        summary: summary?,
        commands: commands?,
        requests: requests?,
        events: events?,
        limits: limits?,
    })
}

fn contract(key: &Cursor<'_>) -> Option<ContractVersion> {
    let version: ContractVersion = key.parsed()?;
    if !version.is_served() {
        key.problem(format!(
            "this host serves contract {}, not {version}; build the skill against it, or use \
             another jarvis",
            ContractVersion::HOST
        ));
        return None;
    }
    Some(version)
}

fn summary(keys: &Keys<'_>) -> Option<String> {
    let key = keys.required("summary")?;
    let text = key.text()?.trim();
    let length = text.chars().count();
    if length == 0 || length > MAX_SUMMARY || text.chars().any(char::is_control) {
        key.problem(format!("a summary is one line of 1 to {MAX_SUMMARY} characters"));
        return None;
    }
    Some(text.to_owned())
}

fn commands(cursor: &Cursor<'_>) -> Option<BTreeMap<String, Arc<CommandSpec>>> {
    let keys = cursor.mapping()?;
    let entries: Vec<_> = keys.entries().collect();
    if entries.is_empty() || entries.len() > MAX_COMMANDS {
        cursor.problem(format!("a skill has 1 to {MAX_COMMANDS} commands"));
        return None;
    }
    let read = entries.iter().map(|(name, cursor)| {
        let command = command(name, cursor)?;
        Some((command.name.clone(), Arc::new(command)))
    });
    // All are read before the first that failed ends it.
    let read: Vec<_> = read.collect();
    let commands: BTreeMap<_, _> = read.iter().flatten().cloned().collect();
    for (name, cursor) in &entries {
        if let Some(command) = commands.get(*name) {
            check_inverse(command, &commands, &entries, cursor);
        }
    }
    read.iter().all(Option::is_some).then_some(commands)
}

fn command(name: &str, cursor: &Cursor<'_>) -> Option<CommandSpec> {
    // A command's name has the form of a skill's id; see `CommandName`.
    if name.parse::<SkillId>().is_err() {
        cursor.problem(format!(
            "{name:?} is not a command's name: 1 to 40 lower-case letters, digits and hyphens, no \
             hyphen at either end"
        ));
    }
    let keys = cursor.mapping()?;
    let summary = summary(&keys);
    let risk = keys.required("risk").and_then(|key| key.one_of(&RISKS));
    let idempotent = keys.optional("idempotent").and_then(|key| key.boolean()).unwrap_or(false);
    let inverse = keys.optional("inverse").and_then(|key| key.text()).map(str::to_owned);
    let parameters = match keys.optional("parameters") {
        Some(key) => parameters(&key),
        None => Some(Vec::new()),
    };
    keys.finish();
    Some(CommandSpec {
        name: name.to_owned(),
        summary: summary?,
        risk: risk?,
        idempotent,
        inverse,
        parameters: parameters?,
    })
}

fn parameters(cursor: &Cursor<'_>) -> Option<Vec<Parameter>> {
    let keys = cursor.mapping()?;
    let read: Vec<_> = keys.entries().map(|(name, value)| parameter::read(name, &value)).collect();
    if read.len() > MAX_PARAMETERS {
        cursor.problem(format!("a command has at most {MAX_PARAMETERS} parameters"));
        return None;
    }
    read.into_iter().collect()
}

/// What undoes a command must be there, and must take the same arguments: it
/// is called with them.
fn check_inverse(
    command: &CommandSpec,
    commands: &BTreeMap<String, Arc<CommandSpec>>,
    entries: &[(&str, Cursor<'_>)],
    cursor: &Cursor<'_>,
) {
    let Some(inverse) = &command.inverse else { return };
    let Some(key) = cursor.mapping().and_then(|keys| keys.optional("inverse")) else { return };
    match commands.get(inverse) {
        Some(other) if other.name == command.name => key.problem("a command cannot undo itself"),
        Some(other) if !same_parameters(command, other) => {
            key.problem(format!(
                "{inverse} takes other parameters; what undoes a command takes the same"
            ));
        }
        // One that has mistakes of its own is there, but could not be read.
        Some(_) => {}
        None if entries.iter().any(|(name, _)| name == inverse) => {}
        None => {
            let names: Vec<&str> = entries.iter().map(|(name, _)| *name).collect();
            key.not_one_of(inverse, &names);
        }
    }
}

fn same_parameters(one: &CommandSpec, other: &CommandSpec) -> bool {
    let like = |parameter: &Parameter| {
        other.parameter(&parameter.name).is_some_and(|twin| twin.kind.is_like(parameter.kind))
    };
    one.parameters.len() == other.parameters.len() && one.parameters.iter().all(like)
}
